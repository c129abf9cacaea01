#!/bin/sh
# taggers.sh [TRAIN TEST]: one tagging task by everything that there is: counting (a hidden Markov
# model); features of a window of words, by which each tag is found by itself, or all tags of a
# sentence together (a conditional random field, learnt in two ways); and networks: a
# bidirectional LSTM, and one with a conditional random field as its output.
#
# TRAIN and TEST have a token a line, in columns, its tag in the last one, and an empty line after
# each sentence; both may be gzipped.  Without them it takes $WORDPIPE_DATA/pos-ewt.  Networks
# make EPOCHS passes (6), and know of a word what vectors of its own and of parts of it say, learnt
# from TRAIN alone.  TASK is what the figures are called (tags).  What is made stays in $OUT
# (build/taggers); a table of all is in $OUT/table.tsv, its seconds those of the processor.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/taggers}" "${EPOCHS:=6}" "${TASK:=tags}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/pos-ewt/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/pos-ewt/dev.tsv}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "taggers.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"
gzip -dcf "$train" > "$OUT/train"
gzip -dcf "$test" > "$OUT/test"
columns=$(awk 'NF { print NF; exit }' "$OUT/train")
printf 'model\taccuracy\tf1\ttrain seconds\ttest seconds\tbytes\n' > "$OUT/table.tsv"

# User seconds of all commands so far.
spent() {
  times > "$OUT/times"
  awk 'NR == 2 { split($1, t, /[ms]/); printf "%.2f", 60 * t[1] + t[2] }' "$OUT/times" > "$OUT/spent"
  read -r seconds < "$OUT/spent" || :
}
since() { awk -v now="$seconds" -v from="$1" 'BEGIN { printf "%.2f", now - from }'; }

# measure NAME TRAIN TEST: commands that write a model, $OUT/NAME.bin, and a report.
measure() {
  spent
  started=$seconds
  "$2" "$1" > "$OUT/$1.bin"
  spent
  trained=$(since "$started")
  started=$seconds
  "$3" "$1" > "$OUT/$1.report"
  spent
  tested=$(since "$started")
  accuracy=$(awk '$1 == "accuracy" { print $2 }' "$OUT/$1.report")
  f1=$(awk '$1 == "micro" { print $4 }' "$OUT/$1.report")
  printf '%s\t%s\t%s\t%s\t%s\t%s\n' "$1" "$accuracy" "${f1:--}" "$trained" "$tested" \
    "$(wc -c < "$OUT/$1.bin")" >> "$OUT/table.tsv"
}

ids() { tokenize --columns "1,$columns" "$1" | vocab --tags; }
network() {
  ids "$OUT/train" | rnn-train -q --threads 1 --task tag --batch 16 --rate 0.003 \
    --schedule cosine --epochs "$EPOCHS" --net "word-dropout 0.5, embedding 100 subwords=50000,
    dropout 0.5, lstm 100 bidirectional, dropout 0.5, $1"
}
test_network() { ids "$OUT/test" | rnn-predict --tag --report - "$OUT/$1.bin"; }

train_hmm() { awk -F '[ \t]' -v OFS='\t' 'NF { print $1, $NF; next } { print "" }' "$OUT/train" | hmm-train; }
test_hmm() {
  awk -F '[ \t]' -v OFS='\t' 'NF { print $1, $NF; next } { print "" }' "$OUT/test" |
    hmm-predict --report - "$OUT/$1.bin"
}
train_crf() { crf-train -q "$OUT/train"; }
train_perceptron() { crf-train -q --method perceptron "$OUT/train"; }
test_crf() { crf-predict --report - "$OUT/$1.bin" "$OUT/test"; }
# The templates of the field without B: pairs of tags.
train_window() {
  ts-convert --to tsv --tensor crf.templates "$OUT/crf.bin" | grep -v '^B' > "$OUT/templates"
  crf-train -q --templates "$OUT/templates" "$OUT/train"
}
train_bilstm() { network softmax; }
train_bilstm_crf() { network crf; }

measure hmm train_hmm test_hmm
measure crf train_crf test_crf
measure window train_window test_crf
measure perceptron train_perceptron test_crf
measure bilstm train_bilstm test_network
measure bilstm-crf train_bilstm_crf test_network
cat "$OUT/table.tsv"
awk -F '\t' -v task="$TASK" 'NR == 1 { next }
  { printf "result\t%s.%s.seconds\t%s\n", task, $1, $4 }' "$OUT/table.tsv"
awk -F '\t' -v task="$TASK" 'NR == 1 { next }
  { printf "result\t%s.%s.accuracy\t%s\n", task, $1, $2 }
  $3 != "-" { printf "result\t%s.%s.f1\t%s\n", task, $1, $3 }' "$OUT/table.tsv"
