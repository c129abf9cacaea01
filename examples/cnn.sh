#!/bin/sh
# cnn.sh [TRAIN TEST [TEXT ...]]: good sentences from bad ones, by convolutions of three widths and
# their maxima over time (Kim 2014).
#
# A line of TRAIN and TEST is a label, a tab, and a text; TEXTs are like them, or without labels:
# vectors of words are learnt from them; `none`: without.  All may be gzipped.  Without operands
# it takes $WORDPIPE_DATA/sst2, and $WORDPIPE_DATA/imdb for the vectors.  EPOCHS passes (4); what is
# made stays in $OUT (build/cnn).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/cnn}" "${EPOCHS:=4}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
[ $# -gt 0 ] || set -- "$WORDPIPE_DATA/sst2/train.tsv.gz" "$WORDPIPE_DATA/sst2/dev.tsv" \
  "$WORDPIPE_DATA/imdb/train.tsv.gz" "$WORDPIPE_DATA/imdb/unsup.txt.gz"
for file in "$@"; do
  [ -f "$file" ] || [ "$file" = none ] || {
    echo "cnn.sh: $file: no such file" >&2
    exit 1
  }
done
train=$1 test=$2
shift 2
[ "${1:-none}" != none ] || set --
mkdir -p "$OUT"

result() { printf 'result\tclassify.%s\t%s\n' "$1" "$2"; }
since() { date +%s.%N | awk -v from="$1" '{ printf "%.2f", $1 - from }'; }

tokenize --labels --lower "$train" | vocab --labels > "$OUT/train.bin"
tokenize --labels --lower "$test" | vocab --labels > "$OUT/test.bin"

# Two channels, as Kim has them: vectors that stay as they are, and others that are trained.
words="e=embedding 100" options=
if [ $# -gt 0 ]; then
  for file in "$@"; do
    gzip -cdf "$file" | awk -F '\t' '{ print $NF }' | tokenize --lower
  done | vocab --min-count 5 | w2v -v --threads 1 --epochs 5 > "$OUT/emb.bin"
  options="--embedding $OUT/emb.bin --all-words"
  words="f=embedding 100 frozen, t=embedding 100 subwords=50000 from input, e=concat from f+t"
fi
started=$(date +%s.%N)
# shellcheck disable=SC2086 # a list of options
rnn-train -v --threads 1 --task classify $options --net "$words, d=dropout 0.3,
  a=conv 100 width=3 relu from d, b=conv 100 width=4 relu from d, c=conv 100 width=5 relu from d,
  concat from a+b+c, max, dropout 0.5, softmax" \
  --batch 50 --rate 0.001 --schedule cosine --epochs "$EPOCHS" "$OUT/train.bin" > "$OUT/model.bin"
result train.seconds "$(since "$started")"

rnn-predict --threads 1 --classify --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" > "$OUT/labels"
result accuracy "$(awk -F '\t' '$1 == "accuracy" { print $2 }' "$OUT/report")"
