#!/bin/sh
# classify.sh [TRAIN TEST]: labels of texts by counting: naive Bayes, and linear models of words
# and of n-grams.
#
# A line of TRAIN and TEST is a label, a tab, and a text; both may be gzipped.  Without them it
# takes those of $WORDPIPE_DATA/imdb.  CHARS=1 takes characters instead of words, for languages.
# COST is C of the linear models, or several, of which cross-validation chooses one; without it
# that is 1, or of 100 to 10,000 texts one of 0.5, 1, 2 and 5.  What is made stays in $OUT
# (build/classify).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/classify}" "${CHARS:=}" "${COST:=}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/imdb/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/imdb/dev.tsv.gz}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "classify.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

if [ -n "$CHARS" ]; then
  cut_text() { tokenize --labels --chars "$@"; }
  short=1-2 long=1-4 least=3
else
  cut_text() { tokenize --labels --lower "$@"; }
  short=1 long=1-2 least=2
fi
result() { printf 'result\tclassify.%s\t%s\n' "$1" "$2"; }

# learn NAME "OPTIONS OF onehot" OPTION ...: seconds of training and testing, accuracy.
learn() {
  name=$1 rows=$2
  shift 2
  started=$(date +%s.%N)
  # shellcheck disable=SC2086 # words are wanted
  onehot $rows "$OUT/train.bin" | linear-train "$@" > "$OUT/$name.bin"
  onehot --from "$OUT/$name.bin" "$OUT/test.bin" |
    linear-predict --report - "$OUT/$name.bin" > "$OUT/$name.report"
  result "$name.seconds" "$(date +%s.%N | awk -v from="$started" '{ printf "%.2f", $1 - from }')"
  result "$name.bytes" "$(wc -c < "$OUT/$name.bin")"
  result "$name.accuracy" "$(awk '$1 == "accuracy" { print $2 }' "$OUT/$name.report")"
}

if [ -z "$COST" ]; then
  texts=$(gzip -cdf "$train" | wc -l) COST=1
  [ "$texts" -lt 100 ] || [ "$texts" -gt 10000 ] || COST=0.5,1,2,5
fi
cut_text "$train" | vocab --labels > "$OUT/train.bin"
cut_text "$test" | vocab --labels > "$OUT/test.bin"
learn bayes "--ngrams $short --min-df 1 --binary" --method naive-bayes
learn words "--ngrams $short --min-df 1 --tfidf --sublinear" --cost "$COST"
learn ngrams "--ngrams $long --min-df $least --tfidf --sublinear" --cost "$COST"
linear-predict --features 3 "$OUT/ngrams.bin" | head -n 12
