#!/bin/sh
# window-tagger.sh [TRAIN TEST [TEXT]]: phrases by a multi-layer perceptron that reads five words
# (Collobert and Weston 2008), with a conditional random field on top.
#
# TRAIN and TEST have a word, its part of speech and its chunk tag a line, with spaces between,
# and an empty line after each sentence; all may be gzipped.  TEXT is plain text, from which
# vectors of many more words are learnt; `none`, as without it: none.  Without operands it takes
# $WORDPIPE_DATA/chunk-conll2000.  EPOCHS passes (10); what is made stays in $OUT
# (build/window-tagger).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/window-tagger}" "${EPOCHS:=10}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/chunk-conll2000/train.txt.gz}
test=${2:-$WORDPIPE_DATA/chunk-conll2000/dev.txt.gz}
text=${3:-none}
for file in "$train" "$test" "$text"; do
  [ -f "$file" ] || [ "$file" = none ] || {
    echo "window-tagger.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

result() { printf 'result\tchunks.%s\t%s\n' "$1" "$2"; }
since() { date +%s.%N | awk -v from="$1" '{ printf "%.2f", $1 - from }'; }

if [ "$text" = none ]; then
  embedding=
else
  tokenize --treebank --sentences "$text" | vocab --min-count 5 |
    w2v -v --window 3 -o "$OUT/emb.bin"
  embedding="--embedding $OUT/emb.bin --all-words"
fi
tokenize --columns 1,3 "$train" | vocab --tags > "$OUT/train.bin"
tokenize --columns 1,3 "$test" | vocab --tags > "$OUT/test.bin"

# What a word looks like, its beginning, end and capitals, is a vector of its parts: subwords.
started=$(date +%s.%N)
# shellcheck disable=SC2086 # a list of options
rnn-train -v --threads 1 --task tag $embedding --net "word-dropout 0.5,
  embedding 100 subwords=50000, dropout 0.3, window 5, dense 300 hardtanh, dropout 0.3, crf" \
  --batch 8 --rate 0.002 --schedule cosine --epochs "$EPOCHS" "$OUT/train.bin" > "$OUT/model.bin"
seconds=$(since "$started")
started=$(date +%s.%N)
rnn-predict --threads 1 --tag --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" > "$OUT/tags"
result test.seconds "$(since "$started")"
result train.seconds "$seconds"
result words.per.second "$(tokenize --columns 1,3 "$train" | cut -f 2 | wc -w |
  awk -v s="$seconds" -v e="$EPOCHS" '{ printf "%.0f", $1 * e / s }')"
awk -F '\t' '$1 == "accuracy" { printf "result\tchunks.accuracy\t%s\n", $2 }
  $1 == "micro" { printf "result\tchunks.f1\t%s\n", $4 }' "$OUT/report"
