#!/usr/bin/env bats
# rnn-train against PyTorch: from the same parameters, the same losses and the same updates.
bats_require_minimum_version 1.5.0

setup_file() {
  # bats 1.8 takes a skip in here for a failure: setup() skips.
  /usr/bin/python3 -c 'import numpy, torch' 2>/dev/null || return 0
  cd "$BATS_FILE_TMPDIR" || return
  awk 'BEGIN {
    for (line = 0; line < 20; line++) {
      text = tags = ""
      for (i = 0; i < 1 + line * 7 % 12; i++) {
        k = (line * line + i * i * i + line * i) % 11
        text = text " w" k
        tags = tags (i ? " " : "") "t" (k * i + line) % 4
      }
      print "SENTENCE_START" text " SENTENCE_END" > "sentences"
      print tags "\t" substr(text, 2) > "tagged"
    }
  }'
  vocab sentences > lm.bin
  vocab --tags tagged > tag.bin
}

setup() {
  [ -e "$BATS_FILE_TMPDIR/tag.bin" ] || skip "no NumPy and PyTorch"
  cd "$BATS_FILE_TMPDIR" || return
}

# Three updates over all of the text, each a batch of its own.  A first step of Adam moves by the
# sign of each gradient, however small that is; an epsilon above the rounding of gradients lets
# the results be compared.
same() {
  local text=$1 data=$2 method how smoothing=${SMOOTHING:-0}
  shift 2
  for method in ${METHODS:-sgd adam}; do
    how="--optimizer $method"
    [ "$method" = sgd ] || how="$how --epsilon 1e-4"
    [ "$method" != adamw ] || how="$how --weight-decay 2"
    [ "$smoothing" = 0 ] || how="$how --label-smoothing $smoothing"
    rnn-train -q --hidden 10 "$@" --epochs 0 "$data" > before.bin
    # shellcheck disable=SC2086
    rnn-train -q --hidden 10 "$@" --init before.bin --epochs 3 --batch 1000 --clip 0 \
      $how --log log --log-every 1 "$data" > after.bin
    run /usr/bin/python3 "$BATS_TEST_DIRNAME/rnn_torch.py" before.bin after.bin log \
      "$text" "$method" "$smoothing"
    echo "$method: $output"
    [ "$status" = 0 ] || return 1
  done
}

@test "rnn-train and PyTorch: Elman" {
  same sentences lm.bin --cell elman
  same tagged tag.bin --task tag --dim 6 --cell elman
}

@test "rnn-train and PyTorch: LSTM" {
  same sentences lm.bin --cell lstm
  same tagged tag.bin --task tag --dim 6 --cell lstm
}

@test "rnn-train and PyTorch: GRU" {
  same sentences lm.bin --cell gru
  same tagged tag.bin --task tag --dim 6 --cell gru
}

@test "rnn-train and PyTorch: two layers" {
  same sentences lm.bin --cell lstm --layers 2
  same tagged tag.bin --task tag --dim 6 --cell gru --layers 2
}

@test "rnn-train and PyTorch: both directions" {
  same tagged tag.bin --task tag --dim 6 --cell elman --bidirectional
  same tagged tag.bin --task tag --dim 6 --cell lstm --bidirectional
  same tagged tag.bin --task tag --dim 6 --cell gru --bidirectional --layers 2
}

@test "rnn-train and PyTorch: AdamW" {
  METHODS=adamw same sentences lm.bin --cell lstm
  METHODS=adamw same tagged tag.bin --task tag --dim 6 --cell gru
}

@test "rnn-train and PyTorch: label smoothing" {
  SMOOTHING=0.1 same sentences lm.bin --cell lstm
  SMOOTHING=0.3 same tagged tag.bin --task tag --dim 6 --cell elman
}
