#!/bin/sh
# captions.sh [TRAIN-SOURCE TRAIN-TARGET TEST-SOURCE TEST-TARGET]: write sentences for vectors.
#
# Line i of a TARGET is a caption, such as that of a picture; the line of the SOURCE is what it is
# written for.  A SOURCE is an array of NumPy, a row for each caption (a file that ends in .npy), or text in
# another language, of which the vectors of a latent semantic analysis are taken.  The network is a
# language model that reads the vector.  Files of text may be gzipped; without operands those of
# $WORDPIPE_DATA/multi30k, German and English.
#
# CONDITION is how the vector is read: step, or start.  UNITS is the length of all vectors of the network, DIM
# of those of sources, EPOCHS how often the captions are read; with SENTENCES, only so many of the first ones.
# Everything stays in $OUT (build/captions).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/captions}" "${CONDITION:=step}" "${UNITS:=256}" "${DIM:=128}"
: "${EPOCHS:=2}" "${SENTENCES:=}" "${THREADS:=1}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
data=$WORDPIPE_DATA/multi30k
[ $# -gt 0 ] || set -- "$data/train.de.gz" "$data/train.en.gz" "$data/val.de" "$data/val.en"
[ $# -eq 4 ] || {
  echo "usage: captions.sh [TRAIN-SOURCE TRAIN-TARGET TEST-SOURCE TEST-TARGET]" >&2
  exit 2
}
for file; do
  [ -f "$file" ] || {
    echo "captions.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# plain FILE: its text.
plain() {
  case $1 in
  *.gz) gzip -dc "$1" ;;
  *) cat "$1" ;;
  esac
}

# The vectors of both sources.
case $1 in
*.npy)
  ts-convert --from npy --tensor encoding "$1" > "$OUT/train.vec"
  ts-convert --from npy --tensor encoding "$3" > "$OUT/test.vec" ;;
*)
  plain "$1" | tokenize --lower | vocab --min-count 2 --no-unknown > "$OUT/source.bin"
  onehot --bow --tfidf --sublinear "$OUT/source.bin" > "$OUT/rows.bin"
  svd-embed -t "$THREADS" --dim "$DIM" "$OUT/rows.bin" > "$OUT/lsa.bin"
  emb-text --method lsa -e "$OUT/lsa.bin" "$OUT/rows.bin" > "$OUT/train.vec"
  plain "$3" | tokenize --lower | vocab | onehot --from "$OUT/lsa.bin" |
    emb-text --method lsa -e "$OUT/lsa.bin" > "$OUT/test.vec"
  rm "$OUT/source.bin" "$OUT/rows.bin" ;;
esac

# Each with its caption.
plain "$2" | tokenize --lower --markers | vocab --min-count 2 > "$OUT/text.bin"
ts-select "$OUT/text.bin" "$OUT/train.vec" > "$OUT/train.bin"
plain "$4" | tokenize --lower --markers | vocab --from "$OUT/text.bin" > "$OUT/test.text.bin"
ts-select "$OUT/test.text.bin" "$OUT/test.vec" > "$OUT/test.bin"
if [ -n "$SENTENCES" ]; then
  ts-select --sequences ":$SENTENCES" "$OUT/train.bin" > "$OUT/part.bin"
  mv "$OUT/part.bin" "$OUT/train.bin"
fi

# learn MODEL OPTION ...
learn() {
  model=$1
  shift
  rnn-train -t "$THREADS" -v --cell gru --hidden "$UNITS" --dim "$UNITS" --dropout 0.3 --batch 64 --rate 0.002 \
    --schedule linear --epochs "$EPOCHS" "$@" "$OUT/train.bin" 2> "$OUT/err" > "$OUT/$model" || {
    cat "$OUT/err" >&2
    return 1
  }
}
learn with.bin --condition "$CONDITION"
awk '/ tokens\/s in / { for (i = 2; i < NF; i++) if ($i ~ "^tokens/s") speed = $(i - 1) }
  / of CPU/ { for (i = 2; i < NF; i++) if ($i == "s" && $(i + 1) == "of" && $(i + 2) ~ "^CPU") cpu = $(i - 1) }
  END { printf "result\tcaptions.train.tokens_s\t%s\nresult\tcaptions.train.seconds\t%s\n", speed, cpu }' "$OUT/err"
learn without.bin -q

# A caption for each vector, as text.
rnn-predict --generate 40 --greedy --tokens "$OUT/with.bin" "$OUT/test.bin" > "$OUT/found.txt"
plain "$4" | tokenize --lower > "$OUT/known.txt"
printf 'result\tcaptions.different\t%d\n' "$(sort -u "$OUT/found.txt" | wc -l)"
seq-eval --reference "$OUT/known.txt" --tokenize none "$OUT/found.txt" |
  awk -F '\t' '$1 == "BLEU" || $1 == "chrF2" { printf "result\tcaptions.%s\t%s\n", tolower($1), $2 }'
rnn-predict -t "$THREADS" --score --report - "$OUT/without.bin" "$OUT/test.text.bin" |
  awk '$1 == "perplexity" { printf "result\tcaptions.without.perplexity\t%s\n", $2 }'
rnn-predict -t "$THREADS" --score --report - "$OUT/with.bin" "$OUT/test.bin" |
  awk '/^perplexity/ && !/known/ { sub("perplexity_", "", $1)
    printf "result\tcaptions.%s\t%s\n", $1 == "perplexity" ? $1 : $1 ".perplexity", $2 }'
