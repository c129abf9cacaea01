#!/bin/sh
# phrases.sh [TEXT]: what belongs together, and what it is like.
#
# Without TEXT it takes 16 million words of English Wikipedia from $WORDPIPE_DATA/enwiki.  Prints
# the phrases that come most often, then the neighbours of three; the vectors of words and phrases
# stay in $OUT (build/phrases), and the path of the stream is printed.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/phrases}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ -f "$text" ] || {
  echo "phrases.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"

# Twice, so that "new york" and "new york city" both come about.
tokenize --lower "$text" > "$OUT/tokens"
phrases --connectors english --threshold 100,50 --list "$OUT/tokens" > "$OUT/list"
sort -t "$(printf '\t')" -k 3,3nr "$OUT/list" | head -n 20

phrases --from "$OUT/list" "$OUT/tokens" | vocab --min-count 5 | w2v > "$OUT/vectors.bin"
sort -t "$(printf '\t')" -k 3,3nr "$OUT/list" | head -n 3 | cut -f 1 | tr ' ' _ |
  neighbors -k 5 -e "$OUT/vectors.bin"
rm "$OUT/tokens"
echo "$OUT/vectors.bin"
