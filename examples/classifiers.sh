#!/bin/sh
# classifiers.sh [TRAIN TEST]: labels of texts by everything that there is: naive Bayes, logistic
# regression and support vector machines, of words and of pairs of words; and a network.
#
# A line of TRAIN and TEST is a label, a tab, and a text; both may be gzipped.  Without them it
# takes those of $WORDPIPE_DATA/sst2.  CHARS=1 takes characters instead of words, one or two of
# them and one to four, for languages.  The network is a bidirectional LSTM, the mean of whose
# states is classified; it makes EPOCHS passes (5), and learns the vectors of words from TRAIN
# alone; sentiment.sh has one that has read more.  What is made stays in $OUT (build/classifiers);
# a table of all is in $OUT/table.tsv, its seconds those of the processor.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/classifiers}" "${EPOCHS:=5}" "${CHARS:=}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
train=${1:-$WORDPIPE_DATA/sst2/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/sst2/dev.tsv}
for file in "$train" "$test"; do
  [ -f "$file" ] || {
    echo "classifiers.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"
printf 'model\taccuracy\ttrain seconds\ttest seconds\tbytes\n' > "$OUT/table.tsv"

# User seconds of all commands so far.
spent() {
  times > "$OUT/times"
  awk 'NR == 2 { split($1, t, /[ms]/); printf "%.2f", 60 * t[1] + t[2] }' "$OUT/times" > "$OUT/spent"
  read -r seconds < "$OUT/spent" || :
}
since() { awk -v now="$seconds" -v from="$1" 'BEGIN { printf "%.2f", now - from }'; }

# measure NAME TRAIN TEST [ARGUMENT ...]: functions that write a model, $OUT/NAME.bin, and a report.
measure() {
  name=$1 training=$2 testing=$3
  shift 3
  spent
  started=$seconds
  "$training" "$@" > "$OUT/$name.bin"
  spent
  trained=$(since "$started")
  started=$seconds
  "$testing" "$OUT/$name.bin" > "$OUT/$name.report"
  spent
  tested=$(since "$started")
  accuracy=$(awk '$1 == "accuracy" { print $2 }' "$OUT/$name.report")
  printf '%s\t%s\t%s\t%s\t%s\n' "$name" "$accuracy" "$trained" "$tested" \
    "$(wc -c < "$OUT/$name.bin")" >> "$OUT/table.tsv"
}

if [ -n "$CHARS" ]; then
  cut_text() { tokenize --labels --chars "$1" | vocab --labels; }
  short=1-2 long=1-4 shorter=bigrams longer=4-grams
else
  cut_text() { tokenize --labels --lower "$1" | vocab --labels; }
  short=1 long=1-2 shorter=words longer=bigrams
fi

# linear NGRAMS "OPTIONS OF onehot" OPTION ...
linear() {
  ngrams=$1 rows=$2
  shift 2
  # shellcheck disable=SC2086 # words are wanted
  cut_text "$train" | onehot --ngrams "$ngrams" --min-df 1 $rows | linear-train -q --threads 1 "$@"
}
test_linear() { cut_text "$test" | onehot --from "$1" | linear-predict --report - "$1"; }
network() {
  cut_text "$train" | rnn-train -q --threads 1 --task classify --cell lstm --bidirectional \
    --hidden 64 --pooling mean --dropout 0.5 --epochs "$EPOCHS" --schedule cosine
}
test_network() { cut_text "$test" | rnn-predict --classify --report - "$1"; }

tfidf="--tfidf --sublinear"
measure bayes-$shorter linear test_linear $short --binary --method naive-bayes
measure bayes-$longer linear test_linear $long --binary --method naive-bayes
measure logistic-$shorter linear test_linear $short "$tfidf" --method logistic --cost 10
measure logistic-$longer linear test_linear $long "$tfidf" --method logistic --cost 10
measure svm-$shorter linear test_linear $short "$tfidf"
measure svm-$longer linear test_linear $long "$tfidf"
measure lstm network test_network
cat "$OUT/table.tsv"
awk -F '\t' 'NR > 1 { printf "result\tclassify.%s.seconds\t%s\n", $1, $3 }' "$OUT/table.tsv"
awk -F '\t' 'NR > 1 { printf "result\tclassify.%s.accuracy\t%s\n", $1, $2 }' "$OUT/table.tsv"
