#!/bin/sh
# long-memory.sh: what a simple recurrent network needs to remember for a hundred steps.
#
# The adding problem (Hochreiter & Schmidhuber 1997): of a hundred pairs, a number and a mark, the
# two marked numbers are to be added at the end.  An Elman network with tanh, whose gradients
# vanish on the way, against the same with ReLU that begins with the identity (Le et al. 2015), with
# orthogonal weights (Saxe et al. 2014), and an LSTM.  LENGTH (100) steps, SEQUENCES (5000) to train
# on, EPOCHS (20); models and streams stay in $OUT (build/long-memory).  At the end stand the mean
# squared error of each on other sequences, and that of the mean, which is what not learning gives.
set -eu

: "${OUT:=build/long-memory}" "${LENGTH:=100}" "${SEQUENCES:=5000}" "${EPOCHS:=20}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
make_series=${WORDPIPE_EXAMPLES:-$PWD/build/examples}/make-series
mkdir -p "$OUT"
"$make_series" -n "$SEQUENCES" -l "$LENGTH" -s 1 adding > "$OUT/train.bin"
"$make_series" -n 500 -l "$LENGTH" -s 2 adding > "$OUT/test.bin"
: > "$OUT/results"

# learn NAME OPTION ...: train on some sequences, and try it on others.
learn() {
  name=$1
  shift
  echo "$name" >&2
  rnn-train --task regress --target end --hidden 50 --epochs "$EPOCHS" --rate 0.001 --clip 1 \
    "$@" "$OUT/train.bin" > "$OUT/$name.model.bin"
  rnn-predict -q --regress --report "$OUT/$name.report" "$OUT/$name.model.bin" "$OUT/test.bin" \
    > "$OUT/$name.bin"
  awk -F '\t' -v OFS='\t' -v name="$name" \
    '$1 == "mse" { print "result", "adding." name ".mse", $2 }' "$OUT/$name.report" >> "$OUT/results"
}

learn elman --cell elman
learn identity --cell elman --activation relu --initializer he --recurrent-initializer identity
learn orthogonal --cell elman --recurrent-initializer orthogonal
learn lstm --cell lstm

awk -F '\t' -v OFS='\t' '$1 == "naive_rmse" { print "result", "adding.mean.mse", $2 ^ 2 }' \
  "$OUT/elman.report"
cat "$OUT/results"
