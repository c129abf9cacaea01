#!/bin/sh
# counts.sh [TEXT]: count once, and make word vectors of the counts in two ways: by GloVe, and by
# factorising their mutual information.  Which of them is better at what?
#
# Without TEXT it takes 16 million words of English Wikipedia from $WORDPIPE_DATA/enwiki.  The
# tests of wikipedia.sh judge both; the counts and the vectors stay in $OUT (build/counts).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/counts}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ -f "$text" ] || {
  echo "counts.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"

tokenize --lower "$text" | vocab --min-count 5 --no-unknown | cooc --window 10 > "$OUT/counts.bin"

glove -v --log "$OUT/glove.tsv" "$OUT/counts.bin" > "$OUT/glove.bin"
svd-embed -v "$OUT/counts.bin" > "$OUT/svd.bin"

for vectors in glove svd; do
  emb-eval --top 30000 -e "$OUT/$vectors.bin" "$WORDPIPE_DATA/analogy/questions-words.txt.gz" \
    "$WORDPIPE_DATA/word-sim/EN-WS-353-ALL.txt" | sed "s/^/$vectors: /"
done
