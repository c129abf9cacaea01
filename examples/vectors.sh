#!/bin/sh
# vectors.sh [TEXT]: the best word vectors in a minute.
#
# Without TEXT it takes 16 million words of English Wikipedia from $WORDPIPE_DATA/enwiki.  Vectors by
# prediction and by counting are joined, and what the spelling of words says is added; each costs half
# of the time or less.  They stay in $OUT (build/vectors), and the path of the stream is printed.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/vectors}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ -f "$text" ] || {
  echo "vectors.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"

tokenize --lower "$text" | vocab --min-count 5 > "$OUT/ids.bin"
w2v "$OUT/ids.bin" > "$OUT/w2v.bin"
cooc --window 10 "$OUT/ids.bin" | svd-embed > "$OUT/svd.bin"
emb-shape --no-special --normalize --weights 1,0.6 --pca 100 "$OUT/w2v.bin" "$OUT/svd.bin" |
  emb-ngrams --share 0.7 > "$OUT/vectors.bin"
rm "$OUT/ids.bin" "$OUT/w2v.bin" "$OUT/svd.bin"
echo "$OUT/vectors.bin"
