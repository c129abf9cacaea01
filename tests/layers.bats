# The layers of CONTRIBUTING.md: who may include whom.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_DIRNAME/.."
}

# may_include DIR OTHER ...: files of lib/DIR include from there and from the others only.
may_include() {
  local dir=$1 allowed
  allowed=$(echo "$@" | tr ' ' '|')
  run ! bash -c "grep -n '^#include \"[^\"]*/' lib/$dir/*.[ch] | grep -vE '\"($allowed)/'"
  echo "$output"
}

@test "layers: base stands alone" { may_include base; }
@test "layers: stream is over base" { may_include stream base x86; }
@test "layers: math is over base" { may_include math base x86; }
@test "layers: text is over stream and base" { may_include text stream base x86; }
@test "layers: plot is over text, stream and base" { may_include plot text stream base; }
@test "layers: pieces is over text, stream and base" { may_include pieces text stream base; }
@test "layers: formats is over text, stream and base" { may_include formats text stream base x86; }
@test "layers: embed is over all of them" { may_include embed math text stream base x86; }
@test "layers: models that count are over all of them, but not over each other" {
  local model
  for model in linear ngram hmm crf; do
    [ ! -d "lib/$model" ] || may_include "$model" math text stream base x86
  done
}
@test "layers: nn is over all of them" {
  for folder in lib/nn/*/; do
    may_include "$(basename lib/nn)/$(basename "$folder")" 'nn/[a-z]*' embed math text stream base x86
  done
}

# The floors of lib/nn: a folder includes from itself and from those named.
nn_may_include() {
  local dir=$1 allowed
  allowed=$(echo "$@" | tr ' ' '|')
  run ! bash -c "grep -n '^#include \"nn/' lib/nn/$dir/*.[ch] | grep -vE '\"nn/($allowed)/'"
  echo "$output"
}

@test "layers: nn: parameters below kernels, kernels below layers and outputs" {
  nn_may_include core
  nn_may_include kernels core
  nn_may_include layers kernels core
  nn_may_include outputs kernels core
}
@test "layers: nn: a net is layers and outputs; a model has one" {
  nn_may_include net outputs layers kernels core
  nn_may_include model net core
}
@test "layers: nn: training, decoding, tasks and analysis are over that" {
  nn_may_include train model net kernels core
  nn_may_include decode model net kernels core
  nn_may_include tasks decode train model net core
  nn_may_include analysis tasks train model net layers core
}
@test "layers: nn has no other folder" {
  [ "$(ls lib/nn | xargs)" = "analysis core decode kernels layers model net outputs tasks train" ]
}

@test "layers: programs include the tool layer and the library, not each other" {
  run ! bash -c "grep -nE '^#include \"' tools/*.[ch] |
    grep -vE '\"(tool(_parts|_w2v)?.h|program_table.h|(base|stream|text|pieces|formats|plot|math|embed|linear|ngram|hmm|crf|nn/[a-z]+)/[a-z0-9_]+.h)\"'"
  echo "$output"
}

@test "layers: the library neither prints nor exits" {
  run ! grep -nE '\b(v?f?printf|puts|putchar|perror|exit|_exit|abort) ?\(' \
    lib/base/*.c lib/stream/*.c lib/text/*.c lib/pieces/*.c lib/formats/*.c lib/plot/*.c lib/math/*.c lib/embed/*.c \
    lib/linear/*.c lib/ngram/*.c lib/crf/*.c lib/hmm/*.c lib/nn/*/*.c
  echo "$output"
}
