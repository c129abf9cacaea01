#!/bin/sh
# forecast.sh [FILE [STEPS]]: from a column of numbers to forecasts and a picture of them.
#
# FILE has a number a line; without it a sine with noise is made.  Four models learn all but the
# last STEPS (50) numbers, and forecast those: an autoregressive model, by least squares; a dense
# network that reads the last numbers, by L-BFGS; a GRU; and an LSTM, as rnn-train trains it where
# nothing else is said.  picture.svg shows the forecast of the GRU beside the truth.  At the end
# stand the seconds of training, and the root of the mean squared error of each, after those of the
# naive forecasts: the last number, and the mean.  WINDOW (32) numbers are read by what has a
# window.  What is made stays in $OUT (build/forecast).
set -eu

: "${OUT:=build/forecast}" "${WINDOW:=32}"
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

stream() {
  ts-convert --from tsv --no-words --tensor series
}
head -n "$known" "$OUT/numbers" | stream > "$OUT/known.bin"
tail -n "$steps" "$OUT/numbers" | stream > "$OUT/truth.bin"
stream < "$OUT/numbers" > "$OUT/all.bin"
: > "$OUT/seconds"
: > "$OUT/errors"

# learn NAME OPTION ...: train on what is known, and judge the forecast of the rest.
learn() {
  name=$1
  shift
  rnn-train --task regress --target next --log "$OUT/$name.log" --log-every 1 "$@" \
    "$OUT/known.bin" > "$OUT/$name.model.bin"
  rnn-predict -q --forecast "$steps" --report "$OUT/$name.report" "$OUT/$name.model.bin" \
    "$OUT/all.bin" > "$OUT/next.bin"
  tail -n 1 "$OUT/$name.log" | awk -F '\t' -v OFS='\t' -v name="$name" \
    '{ print "result", "forecast." name ".seconds", $3 }' >> "$OUT/seconds"
  awk -F '\t' -v OFS='\t' -v name="$name" \
    '$1 == "rmse" { print "result", "forecast." name ".rmse", $2 }' "$OUT/$name.report" >> "$OUT/errors"
}

learn ar --window "$WINDOW" --optimizer least-squares
learn mlp --window "$WINDOW" --hidden 32 --optimizer lbfgs --epochs 100 --l2 1e-4
learn lstm
learn gru --cell gru --hidden 32 --epochs 300 --bptt 50

rnn-predict --forecast "$steps" "$OUT/gru.model.bin" "$OUT/known.bin" > "$OUT/forecast.bin"
ts-plot --last 200 --title 'The last numbers, and a forecast of them' \
  "$OUT/known.bin" "$OUT/forecast.bin" "$OUT/truth.bin" > "$OUT/picture.svg"
ts-convert --to tsv "$OUT/forecast.bin" > "$OUT/forecast"

cat "$OUT/seconds"
awk -F '\t' -v OFS='\t' '$1 == "naive_rmse" { print "result", "forecast.last.rmse", $2 }' "$OUT/ar.report"
awk -v known="$known" -v OFS='\t' '
  NR <= known { sum += $1; next }
  { mean = sum / known; squares += ($1 - mean) ^ 2 }
  END { print "result", "forecast.mean.rmse", sqrt(squares / (NR - known)) }' "$OUT/numbers"
cat "$OUT/errors"
