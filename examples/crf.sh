#!/bin/sh
# crf.sh [TRAIN TEST]: phrases, names or parts of speech by features.
#
# TRAIN and TEST have a token a line, in columns, its tag in the last one, and an empty line after
# each sentence; both may be gzipped.  Without them it takes $WORDPIPE_DATA/chunk-conll2000.
# TEMPLATES is a file of feature templates: for three columns, by default, chunk.templates beside
# this script, otherwise those that crf-train has.  METHOD is lbfgs, unless it is perceptron, and
# TASK what the figures are called (chunks).  What is made stays in $OUT (build/crf).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/crf}" "${METHOD:=lbfgs}" "${TASK:=chunks}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
here=$(dirname "$0")
train=${1:-$WORDPIPE_DATA/chunk-conll2000/train.txt.gz}
test=${2:-$WORDPIPE_DATA/chunk-conll2000/dev.txt.gz}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "crf.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

result() { printf 'result\t%s.%s\t%s\n' "$TASK" "$1" "$2"; }
now() { date +%s.%N; }
since() { now | awk -v from="$1" '{ printf "%.2f", $1 - from }'; }

gzip -dcf "$train" > "$OUT/train"
gzip -dcf "$test" > "$OUT/test"
columns=$(awk 'NF { print NF; exit }' "$OUT/train")
if [ -z "${TEMPLATES:-}" ] && [ "$columns" -eq 3 ]; then
  TEMPLATES=$here/chunk.templates
fi

started=$(now)
crf-train ${TEMPLATES:+--templates "$TEMPLATES"} --method "$METHOD" --log "$OUT/log" "$OUT/train" \
  > "$OUT/crf.bin"
result train.seconds "$(since "$started")"
started=$(now)
crf-predict "$OUT/crf.bin" "$OUT/test" > "$OUT/tagged"
seconds=$(since "$started")
result test.seconds "$seconds"
result bytes "$(wc -c < "$OUT/crf.bin")"
crf-predict --report - "$OUT/crf.bin" "$OUT/test" > "$OUT/report"
result accuracy "$(awk '$1 == "accuracy" { print $2 }' "$OUT/report")"
f1=$(awk '$1 == "micro" { print $4 }' "$OUT/report")
[ -z "$f1" ] || result f1 "$f1"
