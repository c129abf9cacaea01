#!/bin/sh
# sentiment.sh [TRAIN TEST MORE]: good film reviews from bad ones.
#
# A line of TRAIN and TEST is a label, a tab, and a review; MORE are reviews without labels, which
# help to learn what words mean.  Without them it takes those of $WORDPIPE_DATA/imdb.  EPOCHS
# passes (3); what is made stays in $OUT (build/sentiment).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/sentiment}" "${EPOCHS:=3}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/imdb/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/imdb/dev.tsv.gz}
more=${3:-$WORDPIPE_DATA/imdb/unsup.txt.gz}
for file in "$train" "$test" "$more"; do
  [ -f "$file" ] || {
    echo "sentiment.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# Vectors of the words of all reviews; for these, the label is no part of the text.
tokenize --labels --lower "$train" > "$OUT/train.txt"
{
  cut -f 2 "$OUT/train.txt"
  tokenize --lower "$more"
} | vocab --min-count 5 | w2v -v --epochs 5 > "$OUT/emb.bin"

vocab --top 30000 "$OUT/train.txt" | rnn-train -v --task classify --cell lstm --bidirectional \
  --hidden 64 --pooling mean --embedding "$OUT/emb.bin" --dropout 0.5 --epochs "$EPOCHS" \
  --schedule cosine > "$OUT/model.bin"

tokenize --labels --lower "$test" | vocab | rnn-predict --classify --report - "$OUT/model.bin"
