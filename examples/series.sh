#!/bin/sh
# series.sh: what recurrent networks can learn, on sequences that are made for it.
#
# The sum so far; which of two sums is larger; the adding problem, which needs two numbers from
# long ago; ten symbols to be kept over a gap; a noisy sine wave, and how it continues.  Streams
# and models stay in $OUT (build/series).  SEQUENCES to train on (5000).
set -eu

: "${OUT:=build/series}" "${SEQUENCES:=5000}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
make_series=${WORDPIPE_EXAMPLES:-$PWD/build/examples}/make-series
mkdir -p "$OUT"

# learn KIND LENGTH OPTION ...: train on some sequences, to be tried on others.
learn() {
  kind=$1 length=$2
  shift 2
  echo "$kind"
  "$make_series" -n "$SEQUENCES" -l "$length" -s 1 "$kind" > "$OUT/$kind.bin"
  "$make_series" -n 500 -l "$length" -s 2 "$kind" > "$OUT/$kind.test.bin"
  rnn-train "$@" "$OUT/$kind.bin" > "$OUT/$kind.model.bin"
}

learn sum 20 --task regress --cell elman --hidden 16 --epochs 10
rnn-predict --regress --report - "$OUT/sum.model.bin" "$OUT/sum.test.bin"

learn compare 20 --task classify --cell gru --hidden 16 --epochs 10
rnn-predict --classify --report - "$OUT/compare.model.bin" "$OUT/compare.test.bin"

learn adding 50 --task regress --target end --cell lstm --hidden 32 --epochs 20 --rate 0.005
rnn-predict --regress --report - "$OUT/adding.model.bin" "$OUT/adding.test.bin"

learn copy 10 --task tag --cell gru --hidden 100 --dim 16 --epochs 50 --rate 0.005
rnn-predict --tag --report - "$OUT/copy.model.bin" "$OUT/copy.test.bin" | sed '/^confusion/d'

learn sine 60 --task regress --target next --cell gru --hidden 32 --epochs 10
rnn-predict --forecast 10 "$OUT/sine.model.bin" "$OUT/sine.test.bin" | ts-info
