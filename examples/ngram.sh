#!/bin/sh
# ngram.sh [TRAIN TEST]: n-gram language models, by smoothing and order.
#
# TRAIN and TEST have a sentence a line and a space between two tokens; both may be gzipped.
# Without them it takes the Penn Treebank of $WORDPIPE_DATA/ptb.  Words of TEST that TRAIN does not
# have are UNKNOWN_TOKEN.  What is made stays in $OUT (build/ngram).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/ngram}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/ptb/ptb.train.txt.gz}
test=${2:-$WORDPIPE_DATA/ptb/ptb.valid.txt.gz}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "ngram.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

vocab "$train" > "$OUT/train.bin"
vocab "$test" > "$OUT/test.bin"

# field NAME: a number of the last report.
field() { awk -v name="$1" '$1 == name { printf "%.2f", $2 }' "$OUT/report"; }

for model in katz:3 katz:5 kneser-ney:2 kneser-ney:3 kneser-ney:5; do
  smoothing=${model%:*} order=${model#*:}
  case $smoothing in
  katz) name=katz$order ;;
  *) name=kn$order ;;
  esac
  started=$(date +%s.%N)
  ngram-train -q --smoothing "$smoothing" --order "$order" -o "$OUT/$name.bin" "$OUT/train.bin"
  ngram-predict --score --report "$OUT/report" "$OUT/$name.bin" "$OUT/test.bin" > "$OUT/scores"
  seconds=$(date +%s.%N | awk -v from="$started" '{ printf "%.2f", $1 - from }')
  printf 'result\tngram.%s.seconds\t%s\n' "$name" "$seconds"
  printf 'result\tngram.%s.bytes\t%s\n' "$name" "$(wc -c < "$OUT/$name.bin" | tr -d ' ')"
  printf 'result\tngram.%s.perplexity\t%s\n' "$name" "$(field perplexity)"
done

# How many n-grams of the test, by length, did the training text have?
ngram-train -q --order 10 --smoothing witten-bell "$OUT/train.bin" > "$OUT/ten.bin"
ngram-predict --score --report - "$OUT/ten.bin" "$OUT/test.bin" |
  awk '$1 == "seen" { printf "%2d-grams: %5.1f %% were seen before\n", $2, 100 * $3 / $4 }'
