#!/bin/sh
# tagger.sh [TRAIN TEST [TEXT]]: parts of speech.
#
# TRAIN and TEST have a word, a tab and its tag a line, and an empty line after each sentence;
# TEXT is plain text, from which vectors of many more words are learnt; `none`: without.  All may
# be gzipped.  Without operands it takes
# $WORDPIPE_DATA/pos-ewt and $WORDPIPE_DATA/enwiki.  EPOCHS passes (15); what is made stays in
# $OUT (build/tagger).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/tagger}" "${EPOCHS:=15}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/pos-ewt/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/pos-ewt/dev.tsv}
text=${3:-${TEXT:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}}
for file in "$train" "$test" "$text"; do
  [ -f "$file" ] || [ "$file" = none ] || {
    echo "tagger.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

if [ "$text" = none ]; then
  embedding='' given='' join=''
else
  tokenize --treebank --sentences "$text" | vocab --min-count 5 |
    w2v -v --window 3 > "$OUT/emb.bin"
  embedding="--embedding $OUT/emb.bin --all-words"
  given="e=embedding 100 frozen from input, " join="concat from e+s, "
fi

# The vectors stay as they are, for words that the training text lacks are not trained either.  Beside
# them are vectors that are trained: a word without one of its own still has its beginning, its end
# and its shape (subwords), and with word-dropout the network learns to do with these.
# shellcheck disable=SC2086 # a list of options
tokenize --columns 1,2 "$train" | vocab --tags | rnn-train -v --threads 1 --task tag $embedding --net "
  ${given}x=word-dropout 1 from input, s=embedding 100 subwords=200000 from x,
  ${join}dropout 0.5, lstm 150 bidirectional, dropout 0.5, crf" \
  --batch 16 --rate 0.003 --schedule cosine --epochs "$EPOCHS" > "$OUT/model.bin"

tokenize --columns 1,2 "$test" | vocab --tags |
  rnn-predict --tag --report "$OUT/report" "$OUT/model.bin" > "$OUT/tags"
cat "$OUT/report"
awk -F '\t' '$1 == "accuracy" { printf "result\ttags.accuracy\t%s\n", $2 }' "$OUT/report"
