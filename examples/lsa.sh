#!/bin/sh
# lsa.sh [TEXT [WORD ...]]: latent semantic analysis of documents, one a line.
#
# Words and documents get vectors by a singular value decomposition of the TF-IDF matrix: words
# are near to each other when they are in the same documents, or in documents that share others.
# Without TEXT it takes the film reviews of $WORDPIPE_DATA/imdb, and some of their words.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/lsa}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/imdb/unsup.txt.gz}
[ -f "$text" ] || {
  echo "lsa.sh: $text: no such file" >&2
  exit 1
}
[ $# -gt 1 ] || set -- "$text" boring romance killer zombie
shift
mkdir -p "$OUT"

tokenize --lower "$text" | vocab --min-count 5 --top 20000 --no-unknown |
  onehot --bow --tfidf --sublinear | svd-embed --dim 50 --context > "$OUT/lsa.bin"

neighbors -k 5 "$@" < "$OUT/lsa.bin"

# Documents are told by their line numbers: which are most like the first one?
ts-convert --to tsv --tensor context "$OUT/lsa.bin" | awk '{ print NR "\t" $0 }' |
  ts-convert --from tsv > "$OUT/documents.bin"
neighbors -k 5 1 < "$OUT/documents.bin"
