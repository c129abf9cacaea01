#!/bin/sh
# gpt.sh [TRAIN VALID]: a Transformer as language model of characters (GPT-2, Radford et al. 2019).
#
# Without operands it takes the first nine tenths of $WORDPIPE_DATA/tinyshakespeare, and the last one
# to validate on.  LAYERS blocks (4) of WIDTH numbers (128) and HEADS heads (4) read CONTEXT characters
# (64); STEPS updates (2000) of BATCH blocks (12): two minutes of one core.  What is made stays in $OUT
# (build/gpt).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/gpt}" "${LAYERS:=4}" "${WIDTH:=128}" "${HEADS:=4}"
: "${CONTEXT:=64}" "${STEPS:=2000}" "${BATCH:=12}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
mkdir -p "$OUT"
if [ $# -eq 0 ]; then
  text=$WORDPIPE_DATA/tinyshakespeare/input.txt.gz
  if [ -f "$text" ]; then
    gzip -cd "$text" > "$OUT/text"
    bytes=$(wc -c < "$OUT/text")
    head -c $((bytes * 9 / 10)) "$OUT/text" > "$OUT/train"
    tail -c +$((bytes * 9 / 10 + 1)) "$OUT/text" > "$OUT/valid"
  fi
  set -- "$OUT/train" "$OUT/valid"
fi
if [ $# -ne 2 ]; then
  echo "usage: gpt.sh [TRAIN VALID]" >&2
  exit 2
fi
for file in "$@"; do
  [ -f "$file" ] || {
    echo "gpt.sh: $file: no such file" >&2
    exit 1
  }
done

result() { printf 'result\tgpt.%s\t%s\n' "$1" "$2"; }
# User time of what ended between begin and spent, in seconds.
begin() { times > "$OUT/before"; }
spent() {
  times > "$OUT/after"
  seconds=$(awk 'FNR == 2 { split($1, t, /[ms]/); s[FILENAME] = t[1] * 60 + t[2] }
    END { printf "%.2f", s[ARGV[2]] - s[ARGV[1]] }' "$OUT/before" "$OUT/after")
}
per_second() { awk -v s="$seconds" -v n="$1" 'BEGIN { printf "%.0f", n / (s > 0 ? s : 0.01) }'; }

case $1 in *.gz) gzip -cd "$1" ;; *) cat "$1" ;; esac | tokenize --chars | vocab > "$OUT/train.bin"
case $2 in *.gz) gzip -cd "$2" ;; *) cat "$2" ;; esac | tokenize --chars | vocab > "$OUT/valid.bin"

begin
rnn-train -v --threads 1 --batch "$BATCH" --epochs 1000 --max-steps "$STEPS" --optimizer adamw \
  --rate 0.001 --decay 0.99 --weight-decay 0.1 --clip 1 --schedule cosine --warm-up 100 \
  --net "embedding $WIDTH, positions $CONTEXT, $LAYERS x (transformer $WIDTH heads=$HEADS causal no-bias),
    norm, softmax tied no-bias" "$OUT/train.bin" > "$OUT/model.bin"
spent
result train.cpu.seconds "$seconds"
result train.characters.per.second "$(per_second $((STEPS * BATCH * CONTEXT)))"

# Texts that it knows from their beginning to their end.
texts=100 length=$((CONTEXT - 1))
begin
rnn-predict --generate $length --count $texts --seed 1 "$OUT/model.bin" > "$OUT/generated"
spent
result generate.characters.per.second "$(per_second $((texts * length)))"

rnn-predict --threads 1 --score --report "$OUT/report" "$OUT/model.bin" "$OUT/valid.bin" > "$OUT/scores"
result valid.nats "$(awk -F '\t' '$1 == "perplexity" { printf "%.4f", log($2) }' "$OUT/report")"
