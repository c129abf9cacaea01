#!/bin/sh
# autoencode.sh [TRAIN TEST [TEXT]]: auto-encoders of bags of words: how much the code of each kind keeps,
# and how well a linear classifier tells labels by it.
#
# TRAIN and TEST are lines "LABEL TAB TEXT", TEXT is lines without labels, of which the variational one
# learns, too ("none": there are none); all may be gzipped.  Without operands it takes the film reviews
# of $WORDPIPE_DATA/imdb, or without these, sentences of two topics of its own.  ROWS lines of TRAIN,
# evenly chosen (0: all); bags of the WORDS (2000) most frequent words but for the COMMON (100) most
# frequent of all; CODE numbers of code (50, and of the sparse and the denoising one four times as many);
# UPDATES of each (2000; of the variational one 2.5 times as many).  What is made stays in $OUT
# (build/autoencode).
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/autoencode}" "${ROWS:=0}" "${WORDS:=2000}"
: "${COMMON:=100}" "${CODE:=50}" "${UPDATES:=2000}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
mkdir -p "$OUT"
train=${1:-$WORDPIPE_DATA/imdb/train.tsv.gz}
test=${2:-$WORDPIPE_DATA/imdb/dev.tsv.gz}
more=${3:-none}
[ $# -gt 0 ] || ! [ -f "$WORDPIPE_DATA/imdb/unsup.txt.gz" ] || more=$WORDPIPE_DATA/imdb/unsup.txt.gz
if [ $# -eq 0 ] && ! [ -f "$train" ]; then
  COMMON=0
  for file in train test; do
    awk -v seed=$file 'BEGIN { srand(seed == "train")
      for (i = 0; i < (seed == "train" ? 1000 : 300); i++) {
        line = i % 2 ? "ships\t" : "farms\t"
        for (k = 0; k < 25; k++)
          line = line " word" int(50 * rand() ^ 2) + (rand() < 0.8 ? 50 * (i % 2) : 100)
        print line } }' > "$OUT/$file.tsv"
  done
  train=$OUT/train.tsv test=$OUT/test.tsv
fi
for file in "$train" "$test" "$more"; do
  [ -f "$file" ] || [ "$file" = none ] || {
    echo "autoencode.sh: $file: no such file" >&2
    exit 1
  }
done

result() { printf 'result\tautoencode.%s\t%s\n' "$1" "$2"; }
since() { date +%s.%N | awk -v from="$1" '{ printf "%.2f", $1 - from }'; }
of() { awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"; }

# Bags: counts, and ln(n) + 1 of them.
tokenize --labels --lower "$train" > "$OUT/all.txt"
awk -v rows="$ROWS" -v all="$(wc -l < "$OUT/all.txt")" \
  'rows == 0 || int(NR * rows / all) > int((NR - 1) * rows / all)' "$OUT/all.txt" > "$OUT/train.txt"
tokenize --labels --lower "$test" > "$OUT/test.txt"
cut -f 2 "$OUT/train.txt" | vocab --no-labels --no-ids | vocab --merge --list |
  awk -F '\t' -v common="$COMMON" -v words="$WORDS" \
    '$1 ~ /^[a-z][a-z0-9]+$/ && ++n > common && n <= common + words { print $1 }' > "$OUT/words"
for part in train test; do
  vocab -q --labels --from "$OUT/words" --no-unknown "$OUT/$part.txt" > "$OUT/$part.ids"
  onehot --bow "$OUT/$part.ids" > "$OUT/$part.counts"
  onehot --tfidf --sublinear --idf none --norm none "$OUT/$part.ids" > "$OUT/$part.logs"
done
{
  cut -f 2 "$OUT/train.txt"
  [ "$more" = none ] || tokenize --lower "$more"
} | vocab -q --no-labels --from "$OUT/words" --no-unknown | onehot --bow > "$OUT/more.counts"
rows=$(wc -l < "$OUT/train.txt")

# learn NAME KIND BAGS BATCH OPTION ...: an auto-encoder of that kind, its report, and what a
# classifier makes of its codes.
learn() {
  name=$1 kind=$2 bags=$3 batch=$4
  shift 4
  epochs=$(((UPDATES * batch + rows - 1) / rows))
  started=$(date +%s.%N)
  rnn-train --threads 1 --task autoencode "$@" --batch "$batch" --epochs "$epochs" \
    --schedule linear "$OUT/$bags" > "$OUT/$name.bin"
  seconds=$(since "$started")
  result "$name.seconds" "$seconds"
  result "$name.rows.per.second" \
    "$(echo "$rows $epochs $seconds" | awk '{ printf "%.0f", $1 * $2 / $3 }')"
  bags=${bags#*.}
  rnn-predict --reconstruct --report "$OUT/$name.report" "$OUT/$name.bin" "$OUT/test.$bags" \
    > "$OUT/$name.rows"
  if [ "$kind" = counts ]; then
    for figure in neg_elbo kl active_units perplexity_bound unigram_perplexity relative_perplexity; do
      result "$name.$figure" "$(of "$figure" "$OUT/$name.report")"
    done
  else
    result "$name.code_nonzero" "$(of code_nonzero "$OUT/$name.report")"
    result "$name.unexplained" "$(of unexplained "$OUT/$name.report")"
  fi
  rnn-predict --encode "$OUT/$name.bin" "$OUT/train.$bags" |
    linear-train -q --method logistic --cost 0.1 > "$OUT/$name.classifier"
  rnn-predict --encode "$OUT/$name.bin" "$OUT/test.$bags" |
    linear-predict --report "$OUT/$name.labels" "$OUT/$name.classifier" > "$OUT/$name.predicted"
  accuracy=$(of accuracy "$OUT/$name.labels")
  [ "$name" = denoising ] || result "$name.accuracy" "$accuracy"
}

learn linear numbers train.logs 200 --autoencoder linear --code "$CODE" --rate 0.01
learn sparse numbers train.logs 100 --autoencoder sparse --code $((4 * CODE))
# Its accuracy comes last.
learn denoising numbers train.logs 100 \
  --net "noise zero=0.5, dense $((4 * CODE)) tanh, code, squared-error"
denoising=$accuracy
# Dropout keeps the encoder from knowing the bags by heart; more bags do so better.
[ "$more" = none ] || rows=$((rows + $(tokenize --lower "$more" | wc -l)))
UPDATES=$((UPDATES * 5 / 2))
learn variational counts more.counts 200 --rate 0.008 \
  --net "log, dense 256 relu, dropout 0.2, gaussian $CODE anneal=2, multinomial"
result denoising.accuracy "$denoising"
