#!/bin/sh
# mixture.sh [TRAIN TEST]: an n-gram model, a recurrent network, and both together.
#
# TRAIN and TEST have a sentence a line and a space between two tokens; both may be gzipped.
# Without them it takes the Penn Treebank of $WORDPIPE_DATA/ptb.  The network is that of the
# README; EPOCHS passes (3).  The weights of the mixture are found on the last twentieth of TRAIN,
# which the network has not seen.  What is made stays in $OUT (build/mixture).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/mixture}" "${EPOCHS:=3}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/ptb/ptb.train.txt.gz}
test=${2:-$WORDPIPE_DATA/ptb/ptb.valid.txt.gz}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "mixture.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# The network reads one long text, in which the ends of sentences are tokens.
lines() { gzip -cdf "$1" | sed 's/ *$/ SENTENCE_END/; s/^ *//'; }
lines "$train" > "$OUT/train.txt"
kept=$(awk 'END { print NR - int(NR / 20) }' "$OUT/train.txt")
vocab "$OUT/train.txt" > "$OUT/train.bin"
head -n "$kept" "$OUT/train.txt" | vocab --from "$OUT/train.bin" > "$OUT/most.bin"
tail -n +$((kept + 1)) "$OUT/train.txt" | vocab --from "$OUT/train.bin" > "$OUT/held.bin"
lines "$test" | vocab > "$OUT/test.bin"

ngram-train -q -o "$OUT/most.ngram" "$OUT/most.bin"
ngram-train -q -o "$OUT/train.ngram" "$OUT/train.bin"
# Sampling among few words would gain nothing.
softmax="--softmax sampled --samples 500"
[ "$(vocab --list "$OUT/train.txt" | wc -l)" -gt 2000 ] || softmax=
# shellcheck disable=SC2086 # words are wanted
rnn-train --stream --batch 20 --bptt 20 --hidden 200 --dim 200 --tied --init-scale 0.1 \
  $softmax --optimizer sgd --rate 20 --clip 0.25 --epochs "$EPOCHS" \
  --schedule cosine --threads 1 "$OUT/most.bin" > "$OUT/rnn.bin"
for part in held test; do
  rnn-predict --score --tokens --report "$OUT/rnn.$part" "$OUT/rnn.bin" "$OUT/$part.bin" \
    > "$OUT/$part.scores"
done

ngram-predict --score --report - --find-weights --mix-scores "$OUT/held.scores" \
  "$OUT/most.ngram" "$OUT/held.bin" > "$OUT/weights"
weights=$(awk '$1 == "weight" { printf "%s%s", sep, $3; sep = "," }' "$OUT/weights")
ngram-predict --score --report - "$OUT/train.ngram" "$OUT/test.bin" > "$OUT/ngram.test"
ngram-predict --score --report - --weights "$weights" --mix-scores "$OUT/test.scores" \
  "$OUT/train.ngram" "$OUT/test.bin" > "$OUT/mixed.test"

perplexity() { awk '$1 == "perplexity" { printf "%.2f", $2 }' "$1"; }
printf 'weights of n-grams and network: %s\n' "$weights"
printf 'result\tmixture.ngram.perplexity\t%s\n' "$(perplexity "$OUT/ngram.test")"
printf 'result\tmixture.rnn.perplexity\t%s\n' "$(perplexity "$OUT/rnn.test")"
printf 'result\tmixture.mixed.perplexity\t%s\n' "$(perplexity "$OUT/mixed.test")"
