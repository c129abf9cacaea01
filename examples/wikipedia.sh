#!/bin/sh
# wikipedia.sh [TEXT]: word vectors of real text, and how good they are.
#
# Without TEXT it takes 16 million words of English Wikipedia from $WORDPIPE_DATA/enwiki.  The
# vectors are judged by Google's analogies and by WordSim-353, which are there, too, and stay in
# $OUT (build/wikipedia).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/wikipedia}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ -f "$text" ] || {
  echo "wikipedia.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"

tokenize --lower "$text" | vocab --min-count 5 | w2v -v > "$OUT/emb.bin"

neighbors -k 5 france king swimming tuesday < "$OUT/emb.bin"
analogy -k 3 man woman king < "$OUT/emb.bin"
analogy -k 3 paris france rome < "$OUT/emb.bin"

# As is usual, among the 30,000 most frequent words.  The score is per cent right, or Spearman's
# rank correlation; coverage is the share of the tests of which all words are known.
emb-eval --top 30000 -e "$OUT/emb.bin" "$WORDPIPE_DATA/analogy/questions-words.txt.gz" \
  "$WORDPIPE_DATA/word-sim/EN-WS-353-ALL.txt"
