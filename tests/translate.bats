#!/usr/bin/env bats
# Pairs of sequences: rnn-train --task translate, and what rnn-predict does with its models.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # The target is the source backwards, in capital letters.
  awk 'BEGIN {
    for (line = 0; line < 600; line++) {
      source = target = ""
      n = 2 + line % 4
      for (i = 0; i < n; i++) {
        k = int(line * (7 + 3 * i) / (1 + i) + line * line * i / 5) % 8
        source = source (i ? " " : "") substr("abcdefgh", k + 1, 1)
        target = substr("ABCDEFGH", k + 1, 1) (i ? " " : "") target
      }
      print source "\t" target
    }
  }' > pairs
  vocab --pair pairs > pairs.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

train() {
  rnn-train -q --task translate --hidden 24 --dim 12 --rate 0.01 --valid-share 0.2 "$@" pairs.bin
}

# The best validation loss of a run with these options is below $1.
learns() {
  local limit=$1 loss
  shift
  train --log log.tsv -o model.bin "$@" || return
  loss=$(awk -F '\t' 'NR > 1 && $8 != "-" && (best == "" || $8 < best) { best = $8 } END { print best }' log.tsv)
  echo "$*: $loss, to be below $limit"
  awk -v a="$loss" -v b="$limit" 'BEGIN { exit !(a != "" && a < b) }'
}

@test "translate: every kind of attention learns to reverse, and without any less is learnt" {
  learns 0.35 --attention additive --cell gru --bidirectional --epochs 14
  learns 0.6 --attention general --cell lstm --bidirectional --epochs 14
  learns 0.6 --attention dot --heads 2 --cell gru --layers 2 --epochs 14
  learns 1.5 --cell lstm --epochs 10
}

@test "translate: the options are short for words, which train the same model" {
  for options in "--attention additive --bidirectional --cell gru --dropout 0.2" \
    "--attention additive --layers 2 --cell lstm --tied" \
    "--attention dot --cell elman --no-bias" "--layers 2 --dropout 0.1 --cell peephole" \
    "--attention general --heads 4 --softmax sampled --samples 3 --word-dropout 0.3"; do
    # shellcheck disable=SC2086
    run -0 --separate-stderr train --epochs 1 --summary -o a.bin $options
    # shellcheck disable=SC2154
    net=$(sed -n 's/^--net "\(.*\)"$/\1/p' <<< "$stderr")
    [ -n "$net" ]
    rnn-train -q --task translate --rate 0.01 --valid-share 0.2 --epochs 1 --net "$net" -o b.bin pairs.bin
    ts-diff a.bin b.bin
  done
}

@test "translate: gradients are right" {
  for options in "--attention additive --bidirectional --cell gru" "--attention dot --cell lstm --layers 2"; do
    # shellcheck disable=SC2086
    rnn-train -q --task translate --check-gradients --hidden 4 --dim 3 $options pairs.bin
  done
}

@test "translate: the same model with more threads, and after a pause" {
  train --attention additive --epochs 2 --batch 256 -o one.bin
  train --attention additive --epochs 2 --batch 256 --threads 2 -o two.bin
  ts-diff one.bin two.bin
  train --attention additive --epochs 2 --batch 256 --max-time 0.1 --checkpoint c.bin -o x.bin
  train --attention additive --epochs 2 --batch 256 --resume c.bin -o three.bin
  ts-diff one.bin three.bin
}

@test "translate: what does not go together is refused by name" {
  run -2 train --cell jordan
  [[ "$output" == *"not with the cell jordan"* ]]
  run -2 train --heads 2
  [[ "$output" == *"--heads needs --attention"* ]]
  run -2 train --attention dot --hidden 25 --bidirectional
  run -2 rnn-train --attention dot pairs.bin
  [[ "$output" == *"only for translate"* ]]
  run -2 train --attention dot --bptt 5
  [[ "$output" == *"cannot be cut"* ]]
  cut -f 1 pairs | vocab > half.bin
  run -1 rnn-train --task translate -o x.bin half.bin
  [[ "$output" == *"no 'target.ids'"*"--pair"* ]]
  [ ! -e x.bin ]
  run -1 rnn-train -o x.bin pairs.bin
  run -2 rnn-train --task translate --net "embedding 4 from source, softmax" pairs.bin
  [[ "$output" == *"reads the source, not the target"* ]]
  run -2 rnn-train --task translate --net "e=embedding 4 from source, f=embedding 4 from input, add from e+f, softmax" pairs.bin
  [[ "$output" == *"beside those of the targets"* ]]
}
