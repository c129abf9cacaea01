#!/bin/sh
# shakespeare.sh [TEXT]: a network that reads characters, and what it writes.
#
# Without TEXT it takes a million characters of Shakespeare from $WORDPIPE_DATA/tinyshakespeare.
# EPOCHS passes (10); then it continues PRIME (ROMEO:).  The model and its log stay in $OUT
# (build/shakespeare).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/shakespeare}" "${EPOCHS:=10}" "${PRIME:=ROMEO:}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/tinyshakespeare/input.txt.gz}
[ -f "$text" ] || {
  echo "shakespeare.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"

# The last twentieth of the text tells how well it does on what it has not seen.
tokenize --chars "$text" | vocab | rnn-train -v --cell lstm --hidden 128 --epochs "$EPOCHS" \
  --valid-share 0.05 --log "$OUT/run.tsv" --gradients "$OUT/gradients.bin" > "$OUT/model.bin"

rnn-predict --generate 500 --prime "$PRIME" --temperature 0.8 "$OUT/model.bin"

# Did clipping matter, and how far back does the network look?
clip-stats "$OUT/gradients.bin" | tail -n 4
tokenize --chars "$text" | vocab --from "$OUT/model.bin" |
  clip-stats --jacobian "$OUT/model.bin" --distance 20
