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
@test "layers: formats is over text, stream and base" { may_include formats text stream base x86; }
@test "layers: embed is over all of them" { may_include embed math text stream base x86; }
@test "layers: rnn is over all of them" { may_include rnn embed math text stream base x86; }

@test "layers: programs include the tool layer and the library, not each other" {
  run ! bash -c "grep -nE '^#include \"' tools/*.[ch] |
    grep -vE '\"(tool.h|(base|stream|text|formats|math|embed|rnn)/[a-z0-9_]+.h)\"'"
  echo "$output"
}

@test "layers: the library neither prints nor exits" {
  run ! grep -nE '\b(v?f?printf|puts|putchar|perror|exit|_exit|abort) ?\(' \
    lib/base/*.c lib/stream/*.c lib/text/*.c lib/formats/*.c lib/math/*.c lib/embed/*.c lib/rnn/*.c
  echo "$output"
}
