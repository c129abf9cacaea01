#!/bin/sh
# forecast.sh [FILE [STEPS]]: from a column of numbers to a forecast and a picture of it.
#
# FILE has a number a line; without it a sine with noise is made.  The network learns all but the
# last STEPS (50) numbers, and forecasts those; picture.svg shows both.  At the end stand the root
# of the mean squared error and, to compare with, those of repeating the last number and of the
# mean.  What is made stays in $OUT (build/forecast).
set -eu

: "${OUT:=build/forecast}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
steps=${2:-50}
mkdir -p "$OUT"

if [ $# -ge 1 ]; then
  cp "$1" "$OUT/numbers"
else
  awk 'BEGIN { srand(1); for (i = 1; i <= 800; i++) print sin(i / 8) + (rand() - 0.5) / 10 }' \
    > "$OUT/numbers"
fi
known=$(($(wc -l < "$OUT/numbers") - steps))
[ "$known" -gt "$steps" ] || { echo "forecast.sh: too few numbers: $known before $steps" >&2; exit 1; }

# The four commands.
head -n "$known" "$OUT/numbers" |
  ts-convert --from tsv --no-words --tensor series > "$OUT/known.bin"
rnn-train --task regress --target next --cell gru --hidden 32 --epochs 300 --bptt 50 \
  "$OUT/known.bin" > "$OUT/model.bin"
rnn-predict --forecast "$steps" "$OUT/model.bin" "$OUT/known.bin" > "$OUT/forecast.bin"

tail -n "$steps" "$OUT/numbers" |
  ts-convert --from tsv --no-words --tensor series > "$OUT/truth.bin"
ts-plot --last 200 --title 'The last numbers, and a forecast of them' \
  "$OUT/known.bin" "$OUT/forecast.bin" "$OUT/truth.bin" > "$OUT/picture.svg"

ts-convert --to tsv "$OUT/forecast.bin" > "$OUT/forecast"
tail -n "$steps" "$OUT/numbers" | paste "$OUT/forecast" - |
  awk -v last="$(sed -n "${known}p" "$OUT/numbers")" \
    -v mean="$(head -n "$known" "$OUT/numbers" | awk '{ s += $1 } END { print s / NR }')" '
    { f += ($1 - $2) ^ 2; l += (last - $2) ^ 2; m += (mean - $2) ^ 2 }
    END {
      OFS = "\t"
      print "result", "forecast.last.rmse", sqrt(l / NR)
      print "result", "forecast.mean.rmse", sqrt(m / NR)
      print "result", "forecast.rmse", sqrt(f / NR)
    }'
