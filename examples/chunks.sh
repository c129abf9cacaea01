#!/bin/sh
# chunks.sh [TRAIN TEST [TEXT]]: phrases, by a bidirectional network with a conditional random
# field on top (Ma & Hovy 2016): words, their characters and their parts of speech.
#
# TRAIN and TEST have a word, its part of speech and its chunk tag a line, with spaces between,
# and an empty line after each sentence; all may be gzipped.  TEXT is plain text, from which vectors
# of many more words are learnt; `none`: without.  Without operands it takes
# $WORDPIPE_DATA/chunk-conll2000 and $WORDPIPE_DATA/enwiki.  EPOCHS passes (12); what is made stays
# in $OUT (build/chunks).  FIELDS says where words, tags and columns are, as ts-convert has it.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/chunks}" "${EPOCHS:=12}" "${FIELDS:=1,3,pos=2}" "${TASK:=chunks}"
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

if [ "$text" = none ]; then
  embedding=
else
  [ -f "$OUT/emb.bin" ] || tokenize --treebank --sentences "$text" | vocab --min-count 2 |
    w2v -v --threads 1 -o "$OUT/emb.bin"
  embedding="--embedding $OUT/emb.bin --all-words"
fi
ts-convert --from conll --columns "$FIELDS" "$train" > "$OUT/train.bin"
ts-convert --from conll --columns "$FIELDS" "$test" > "$OUT/test.bin"

# A word that is in no table still has its characters, and the column pos, where there is one, a
# vector for each part of speech.
case $FIELDS in
*,pos=*) column="p=embedding 20 from column.pos, concat from w+c+p" ;;
*) column="concat from w+c" ;;
esac

# shellcheck disable=SC2086 # a list of options
rnn-train -v --threads 1 --task tag $embedding --net "w=embedding 100, c=char-conv 50 relu from input,
  $column, dropout 0.5, lstm 150 bidirectional, dropout 0.5, crf" \
  --scheme iobes --batch 16 --rate 0.003 --schedule cosine --epochs "$EPOCHS" "$OUT/train.bin" > "$OUT/model.bin"

rnn-predict --tag --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" > "$OUT/tags"
awk -F '\t' -v task="$TASK" '$1 == "accuracy" { printf "result\t%s.accuracy\t%s\n", task, $2 }
  $1 == "micro" { printf "result\t%s.f1\t%s\n", task, $4 }' "$OUT/report"
