#!/bin/sh
# char-lm.sh [TRAIN TEST]: language models of characters, by dilated causal convolutions (van den Oord
# et al. 2016; Bai et al. 2018) or recurrence.
#
# Without operands it takes the first nine tenths of $WORDPIPE_DATA/tinyshakespeare, and tests on the
# last one.  NET is conv (six layers of 128, which see the last 127 characters) or lstm (one of 200);
# EPOCHS passes (conv 1, lstm 4: a minute of one core); what is made stays in $OUT (build/char-lm).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/char-lm}" "${EPOCHS:=}" "${NET:=conv}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
mkdir -p "$OUT"
if [ $# -eq 0 ]; then
  text=$WORDPIPE_DATA/tinyshakespeare/input.txt.gz
  [ ! -f "$text" ] || gzip -cd "$text" > "$OUT/text"
  [ ! -f "$text" ] || head -n 36000 "$OUT/text" > "$OUT/train"
  [ ! -f "$text" ] || tail -n +36001 "$OUT/text" > "$OUT/test"
  set -- "$OUT/train" "$OUT/test"
fi
for file in "$@"; do
  [ -f "$file" ] || {
    echo "char-lm.sh: $file: no such file" >&2
    exit 1
  }
done

result() { printf 'result\tchars.%s\t%s\n' "$1" "$2"; }
since() { date +%s.%N | awk -v from="$1" '{ printf "%.2f", $1 - from }'; }

# Each layer normalises, looks back twice as far as the one before, and is added to what it read.
block() { echo "residual (norm, conv 128 width=3 dilation=$1 causal gated-tanh, dense 128)"; }
case $NET in
  conv)
    net="embedding 128, $(block 1), $(block 2), $(block 4), $(block 8), $(block 16), $(block 32),
      norm, softmax"
    options="--bptt 128 --clip 1 --rate 0.008"
    : "${EPOCHS:=1}"
    ;;
  lstm)
    net="lstm 200, dropout 0.05, softmax"
    options="--bptt 50 --rate 0.008 --forget-bias 1"
    : "${EPOCHS:=4}"
    ;;
  *)
    echo "char-lm.sh: NET is conv or lstm, not '$NET'" >&2
    exit 1
    ;;
esac

tokenize --chars "$1" | vocab > "$OUT/train.bin"
tokenize --chars "$2" | vocab > "$OUT/test.bin"
started=$(date +%s.%N)
# shellcheck disable=SC2086 # words are wanted
rnn-train -v --threads 1 --net "$net" --batch 16 $options --schedule cosine \
  --epochs "$EPOCHS" "$OUT/train.bin" > "$OUT/model.bin"
seconds=$(since "$started")
rnn-predict --generate 300 --seed 1 "$OUT/model.bin" > "$OUT/generated"
rnn-predict --threads 1 --score --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" > "$OUT/scores"
result train.seconds "$seconds"
result characters.per.second "$(wc -m < "$1" | awk -v s="$seconds" -v e="$EPOCHS" '{ printf "%.0f", $1 * e / s }')"
result nats "$(awk -F '\t' '$1 == "perplexity" { printf "%.4f", log($2) }' "$OUT/report")"
