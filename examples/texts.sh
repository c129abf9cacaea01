#!/bin/sh
# texts.sh [TRAIN TEST [MORE]]: vectors of documents by each method of emb-text, and how well a linear
# classifier tells their labels by them.
#
# TRAIN and TEST are lines "LABEL TAB TEXT", MORE is text without labels for better vectors of words
# ("none": do without); each may be gzipped.  Without operands it takes the film reviews of
# $WORDPIPE_DATA/imdb.  METHODS chooses among mean, sif, lsa and dbow, DIM is the length of all vectors.
# Everything stays in $OUT (build/texts).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/texts}" "${METHODS:=mean sif lsa dbow}" "${DIM:=100}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/imdb/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/imdb/dev.tsv.gz}
more=${3:-none}
for file in "$train" "$test" "$more"; do
  [ "$file" = none ] || [ -f "$file" ] || {
    echo "texts.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

tokenize --labels --lower "$train" > "$OUT/train.txt"
vocab --labels "$OUT/train.txt" > "$OUT/train.bin"
tokenize --labels --lower "$test" | vocab --labels > "$OUT/test.bin"

# Vectors of words, of all texts there are; labels are no part of them.
words() {
  [ ! -f "$OUT/words.bin" ] || return 0
  {
    cut -f 2 "$OUT/train.txt"
    [ "$more" = none ] || tokenize --lower "$more"
  } | vocab --min-count 5 | w2v --dim "$DIM" > "$OUT/words.bin"
}

# Vectors of the texts into $OUT/train.vec and $OUT/test.vec.
vectors() {
  case $1 in
  mean | sif)
    words
    emb-text --method "$1" -e "$OUT/words.bin" "$OUT/train.bin" > "$OUT/train.vec"
    emb-text --from "$OUT/train.vec" -e "$OUT/words.bin" "$OUT/test.bin" > "$OUT/test.vec" ;;
  lsa)
    vocab --labels --min-count 5 --no-unknown "$OUT/train.txt" | onehot --bow --tfidf --sublinear > "$OUT/rows.bin"
    svd-embed --dim "$DIM" "$OUT/rows.bin" > "$OUT/lsa.bin"
    emb-text --method lsa -e "$OUT/lsa.bin" "$OUT/rows.bin" > "$OUT/train.vec"
    onehot --from "$OUT/lsa.bin" "$OUT/test.bin" | emb-text --method lsa -e "$OUT/lsa.bin" > "$OUT/test.vec" ;;
  dbow)
    vocab --labels --min-count 5 "$OUT/train.txt" | emb-text --method dbow --dim "$DIM" > "$OUT/train.vec"
    emb-text --from "$OUT/train.vec" "$OUT/test.bin" > "$OUT/test.vec" ;;
  *)
    echo "texts.sh: no method '$1'" >&2
    return 1 ;;
  esac
}

rm -f "$OUT/words.bin"
for method in $METHODS; do
  vectors "$method"
  linear-train --method logistic "$OUT/train.vec" > "$OUT/model.bin"
  linear-predict --report - "$OUT/model.bin" "$OUT/test.vec" |
    awk -v m="$method" '$1 == "accuracy" { printf "result\t%s.accuracy\t%.2f\n", m, 100 * $2 }'
done
rm -f "$OUT/train.txt" "$OUT/rows.bin"
