#!/bin/sh
# ptb.sh [TRAIN TEST]: the perplexity of a recurrent language model of five minutes of one core,
# and of the same beside an n-gram model.
#
# TRAIN and TEST have a sentence a line and a space between two tokens; both may be gzipped.
# Without them it takes the training and validation parts of the Penn Treebank of
# $WORDPIPE_DATA/ptb.  EPOCHS passes (5) over an LSTM of HIDDEN units (300).  In the mixture, an
# n-gram model with modified Kneser-Ney smoothing has a fifth of the weight.  What is made stays in
# $OUT (build/ptb).
#
# Chosen by measurements within five minutes: plain gradients of a high rate, clipped, are far
# ahead of Adam (perplexity 104 where Adam comes to 122); the vectors of words are the output's
# weights, and begin as those of word2vec from the same text, each of length 1 (99.2 instead of
# 103.3, for six seconds); a softmax over a sample of the words is a small part of the work of the
# full one.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/ptb}" "${EPOCHS:=5}" "${HIDDEN:=300}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/ptb/ptb.train.txt.gz}
test=${2:-$WORDPIPE_DATA/ptb/ptb.valid.txt.gz}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "ptb.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# One long text, in which the ends of sentences are tokens.
lines() { gzip -cdf "$1" | sed 's/ *$/ SENTENCE_END/; s/^ *//'; }
lines "$train" > "$OUT/train.txt"
vocab "$OUT/train.txt" > "$OUT/train.bin"
lines "$test" | vocab --from "$OUT/train.bin" > "$OUT/test.bin"

# Sampling among few words would gain nothing.
softmax="--softmax sampled --samples 500"
[ "$(vocab --list "$OUT/train.txt" | wc -l)" -gt 4000 ] || softmax=
w2v --dim "$HIDDEN" --epochs 20 --window 4 --threads 1 "$OUT/train.bin" |
  emb-shape --center --unit > "$OUT/vectors.bin"
# shellcheck disable=SC2086 # words are wanted
rnn-train --stream --embedding "$OUT/vectors.bin" --hidden "$HIDDEN" --dim "$HIDDEN" --tied \
  $softmax --init-scale 0.1 --batch 20 --bptt 20 --dropout 0.2 --optimizer sgd --rate 20 \
  --clip 0.25 --schedule cosine --epochs "$EPOCHS" --threads 1 --log "$OUT/run.tsv" \
  "$OUT/train.bin" > "$OUT/model.bin"

# User seconds of the commands above.
times > "$OUT/times"
awk 'NR == 2 { split($1, t, /[ms]/)
  printf "result\tptb.seconds\t%.1f\n", 60 * t[1] + t[2] }' "$OUT/times"
rnn-predict --score --tokens --threads 1 --report "$OUT/report" "$OUT/model.bin" "$OUT/test.bin" \
  > "$OUT/scores"
ngram-train -q "$OUT/train.bin" > "$OUT/ngram.bin"
ngram-predict --score --report "$OUT/mixed" --weights 0.2,0.8 --mix-scores "$OUT/scores" \
  "$OUT/ngram.bin" "$OUT/test.bin" > "$OUT/mixed.scores"
perplexity() { awk -F '\t' -v name="$2" '$1 == "perplexity" { printf "result\t%s\t%.2f\n", name, $2 }' "$1"; }
perplexity "$OUT/mixed" ptb.mixed.perplexity
perplexity "$OUT/report" ptb.perplexity
