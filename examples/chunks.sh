#!/bin/sh
# chunks.sh [TRAIN TEST [TEXT]]: phrases, by a bidirectional network with a conditional random
# field on top.
#
# TRAIN and TEST have a word, its part of speech and its chunk tag a line, with spaces between,
# and an empty line after each sentence; all may be gzipped.  TEXT is plain text, from which vectors
# of many more words are learnt; `none`: without.  Without operands it takes
# $WORDPIPE_DATA/chunk-conll2000 and $WORDPIPE_DATA/enwiki.  EPOCHS passes (15); what is made stays
# in $OUT (build/chunks).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/chunks}" "${EPOCHS:=15}" "${WORDS_AND_TAGS:=1,3}" "${TASK:=chunks}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/chunk-conll2000/train.txt.gz}
test=${2:-$WORDPIPE_DATA/chunk-conll2000/dev.txt.gz}
text=${3:-${TEXT:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}}
for file in "$train" "$test" "$text"; do
  [ -f "$file" ] || [ "$file" = none ] || {
    echo "${0##*/}: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# A word that is not in the table still has its beginning, its end and its shape: subwords.  With
# word-dropout the network learns to do with these.
if [ "$text" = none ]; then
  embedding=
else
  [ -f "$OUT/emb.bin" ] || tokenize --treebank --sentences "$text" | vocab --min-count 5 |
    w2v -v --window 3 -o "$OUT/emb.bin"
  embedding="--embedding $OUT/emb.bin --all-words"
fi
tokenize --columns "$WORDS_AND_TAGS" "$train" | vocab --tags > "$OUT/train.bin"
tokenize --columns "$WORDS_AND_TAGS" "$test" | vocab --tags > "$OUT/test.bin"

# shellcheck disable=SC2086 # a list of options
rnn-train -v --threads 1 --task tag $embedding --net "word-dropout 0.5,
  embedding 100 subwords=50000, dropout 0.5, lstm 100 bidirectional, dropout 0.5, crf" \
  --scheme iobes --batch 16 --rate 0.003 --schedule cosine --epochs "$EPOCHS" "$OUT/train.bin" > "$OUT/model.bin"

rnn-predict --tag --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" > "$OUT/tags"
awk -F '\t' -v task="$TASK" '$1 == "accuracy" { printf "result\t%s.accuracy\t%s\n", task, $2 }
  $1 == "micro" { printf "result\t%s.f1\t%s\n", task, $4 }' "$OUT/report"
