#!/bin/sh
# hmm.sh [TRAIN TEST]: parts of speech by counting.
#
# TRAIN and TEST have a word, a tab and its tag a line, and an empty line after each sentence;
# both may be gzipped.  Without them it takes $WORDPIPE_DATA/pos-ewt.  Beside the trigram tagger
# there are one of pairs, and a plain hidden Markov model, in which words say nothing but their
# counts.  What is made stays in $OUT (build/hmm).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/hmm}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/pos-ewt/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/pos-ewt/dev.tsv}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "hmm.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

result() { printf 'result\ttags.%s\t%s\n' "$1" "$2"; }
now() { date +%s.%N; }
since() { now | awk -v from="$1" '{ printf "%.3f", $1 - from }'; }
accuracy() { awk '$1 == "accuracy" { print $2 }' "$1"; }

# The plain model reads a stream; what it does not know is UNKNOWN_TOKEN.
tokenize --columns 1,2 "$train" | vocab --tags --min-count 2 | hmm-train --plain > "$OUT/plain.bin"
hmm-predict --report - "$OUT/plain.bin" "$test" > "$OUT/plain.report"
result plain.accuracy "$(accuracy "$OUT/plain.report")"

hmm-train --order 2 "$train" > "$OUT/bigram.bin"
hmm-predict --report - "$OUT/bigram.bin" "$test" > "$OUT/bigram.report"
result bigram.accuracy "$(accuracy "$OUT/bigram.report")"

started=$(now)
hmm-train "$train" > "$OUT/trigram.bin"
result train.seconds "$(since "$started")"
started=$(now)
hmm-predict "$OUT/trigram.bin" "$test" > "$OUT/tagged"
seconds=$(since "$started")
result test.seconds "$seconds"
result words.per.second "$(awk -v s="$seconds" 'NF { n++ } END { printf "%.0f", n / s }' "$OUT/tagged")"
result bytes "$(wc -c < "$OUT/trigram.bin")"
hmm-predict --report - "$OUT/trigram.bin" "$test" > "$OUT/trigram.report"
result accuracy "$(accuracy "$OUT/trigram.report")"
