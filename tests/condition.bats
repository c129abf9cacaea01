#!/usr/bin/env bats
# Networks that read a vector for each sequence: decoders and classifiers that are conditioned on it.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  export series=${WORDPIPE_BUILD:-$BATS_TEST_DIRNAME/../build}/examples/make-series
  # Vectors, and what they show: a small red circle above a large blue square.
  "$series" -n 1500 -l 30 -s 1 caption | ts-select --rename 'target.*=*' > train.bin
  "$series" -n 200 -l 30 -s 2 caption | ts-select --rename 'target.*=*' > test.bin
  rnn-train -q -t 1 --cell gru --hidden 48 --dim 24 --condition step --rate 0.01 --epochs 6 train.bin > step.bin
  rnn-train -q -t 1 --cell gru --hidden 48 --dim 24 --condition start --rate 0.01 --epochs 12 train.bin > start.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR" || return
}

# value NAME < REPORT
value() {
  awk -v name="$1" '$1 == name { print $2 }'
}

# known FILE: its sentences as text.
known() {
  ts-convert --to conll "$1" | awk '
    NF == 0 { print text; text = ""; next }
    $1 !~ /^SENTENCE_/ { text = text (text ? " " : "") $1 }
    END { if (text) print text }'
}

@test "condition: a sentence for each vector, and it is the right one" {
  known test.bin > known
  for model in step start; do
    rnn-predict --generate 20 --greedy --tokens $model.bin test.bin > found
    [ "$(wc -l < found)" = 200 ]
    exact=$(seq-eval --reference known --tokenize none found | value exact)
    echo "$model: $exact"
    awk -v x="$exact" 'BEGIN { exit !(x > 75) }'
    # In their order; several for each; a beam for each.
    rnn-predict --generate 20 --greedy --tokens --count 2 $model.bin test.bin | awk 'NR % 2' | cmp - found
    rnn-predict --generate 20 --beam 3 --tokens $model.bin test.bin > beam
    awk -v x="$(seq-eval --reference known --tokenize none beam | value exact)" 'BEGIN { exit !(x > 75) }'
  done
}

@test "condition: the report compares the right vector, another one and none" {
  for model in step start; do
    rnn-predict --score --report - $model.bin test.bin > report
    cat report
    awk '{ v[$1] = $2 } END { exit !(v["perplexity"] < 1.6 && v["perplexity_none"] > 2 * v["perplexity"] &&
      v["perplexity_shuffled"] > v["perplexity_none"]) }' report
  done
  # A model without vectors has no such lines.
  rnn-train -q --hidden 8 --epochs 1 train.bin > plain.bin
  rnn-predict --score --report - plain.bin test.bin > report
  run -1 grep -e shuffled -e none report
}

@test "condition: a vector of zeros, and one that is shuffled by hand, give what the report says" {
  rnn-train -q -t 1 --standardize none --hidden 16 --dim 8 --condition step --epochs 1 train.bin > raw.bin
  ts-select --without encoding test.bin > text.bin
  ts-convert --to npy --tensor encoding test.bin > v.npy
  /usr/bin/python3 -c 'import numpy' || skip "no NumPy"
  /usr/bin/python3 -c 'import numpy; numpy.save("zero.npy", 0 * numpy.load("v.npy"))'
  ts-convert --from npy --tensor encoding zero.npy > zero.bin
  ts-select text.bin zero.bin > zeros.bin
  none=$(rnn-predict --score --report - raw.bin test.bin | value perplexity_none)
  [ "$(rnn-predict --score --report - raw.bin zeros.bin | value perplexity)" = "$none" ]
}

@test "condition: steps are whole sequences, and threads change nothing" {
  # What generates greedily scores best: the found sentence is as probable as the decoder says.
  rnn-predict --score -t 1 step.bin test.bin > one
  rnn-predict --score -t 2 step.bin test.bin | cmp - one
  rnn-train -q -t 2 --cell gru --hidden 48 --dim 24 --condition step --rate 0.01 --epochs 6 train.bin |
    ts-diff step.bin -
}

@test "condition: vectors that are missing, too many or of another length are refused by name" {
  ts-select --without encoding train.bin > text.bin
  run -1 --separate-stderr rnn-train -q --condition start text.bin
  [[ $stderr = "rnn-train: text.bin: no 'encoding', a vector for each sequence, which the network reads"* ]]
  run -1 --separate-stderr rnn-train -q --net "e=embedding 4, v=repeat from encoding, concat from e+v, gru 4, softmax" text.bin
  [[ $stderr = "rnn-train: text.bin: no 'encoding'"* ]]
  ts-select --tensor encoding test.bin > few.bin
  ts-select text.bin few.bin > uneven.bin
  run -1 --separate-stderr rnn-train -q --condition start uneven.bin
  [[ $stderr = "rnn-train: uneven.bin: 200 vectors in 'encoding' for 1500 sequences" ]]
  "$series" -n 200 -l 7 -s 2 caption | ts-select --rename 'target.*=*' > short.bin
  run -1 --separate-stderr rnn-predict --score step.bin short.bin
  [[ $stderr = "rnn-predict: short.bin: vectors of 7 numbers in 'encoding' for a network that reads 30" ]]
  ts-select --without encoding test.bin > text.bin
  run -1 --separate-stderr rnn-predict --score step.bin text.bin
  [[ $stderr = "rnn-predict: text.bin: no 'encoding'"* ]]
  run -1 --separate-stderr rnn-train -q --stream train.bin \
    --net "e=embedding 4, v=repeat from encoding, concat from e+v, gru 4, softmax"
  [[ $stderr = "rnn-train: train.bin: a vector for each sequence, but one stream of text"* ]]
  run -2 rnn-train -q --condition start --stream train.bin
  run -2 rnn-predict --generate 5 plain.bin test.bin
  run -1 --separate-stderr rnn-predict --next 3 step.bin
  [[ $stderr = *"the network reads a vector for each sequence, and lines of text have none" ]]
  run -2 rnn-train --condition step --cell jordan train.bin
  run -2 rnn-train --condition step train.bin
  run -2 rnn-train --condition start --net "lstm 4, softmax" train.bin
}

@test "condition: a vector that nobody reads is warned of" {
  run -0 --separate-stderr rnn-train --hidden 4 --epochs 1 -o plain.bin train.bin
  [[ $stderr = *"'encoding'"*"--condition"* ]]
}

@test "condition: classifiers and taggers read vectors, too" {
  /usr/bin/python3 -c 'import numpy' || skip "no NumPy"
  # The label is whether the vector's sign and the first word agree; neither tells it alone.
  /usr/bin/python3 - << 'END'
import numpy, random
rng = numpy.random.default_rng(1)
for name, n in (("train", 1200), ("test", 300)):
    v = rng.uniform(-1, 1, (n, 3)).astype("float32")
    words = rng.integers(0, 2, n)
    numpy.save(name + ".npy", v)
    with open(name + ".tsv", "w") as f, open(name + ".tags", "w") as g:
        for x, w in zip(v[:, 1], words):
            agree = (x > 0) == w
            rest = " ".join(rng.choice(list("abc"), rng.integers(1, 5)))
            f.write("%s\t%s %s\n" % ("yes" if agree else "no", "up" if w else "down", rest))
END
  for part in train test; do
    vocab --labels $part.tsv > text.bin
    ts-convert --from npy --tensor encoding $part.npy > v.bin
    ts-select text.bin v.bin > labelled.$part.bin
  done
  rnn-train -q --task classify --net "embedding 8, elman 8, p=pool mean, concat from p+encoding, dense 12 tanh, softmax" \
    --rate 0.01 --epochs 25 labelled.train.bin > model.bin
  accuracy=$(rnn-predict --classify --report - model.bin labelled.test.bin | value accuracy)
  echo "$accuracy"
  awk -v x="$accuracy" 'BEGIN { exit !(x > 0.93) }'
  rnn-train -q --task classify --hidden 8 --epochs 25 --rate 0.01 --condition start labelled.train.bin > model.bin
  awk -v x="$(rnn-predict --classify --report - model.bin labelled.test.bin | value accuracy)" 'BEGIN { exit !(x > 0.93) }'
}

@test "condition: vectors of a model's own encoding, of other sentences" {
  rnn-predict --encode plain.bin train.bin | ts-select --tensor encoding > own.bin
  ts-select --without encoding train.bin > text.bin
  ts-select text.bin own.bin | rnn-train -q --cell gru --hidden 16 --dim 8 --condition start --epochs 1 > model.bin
  [ "$(rnn-predict --score --report - model.bin <(ts-select text.bin own.bin) | value sentences)" = 1500 ]
}

@test "condition: a model continues, begins another one, and resumes" {
  rnn-train -q -t 1 --hidden 16 --dim 8 --condition step --epochs 2 train.bin > whole.bin
  rnn-train -q -t 1 --hidden 16 --dim 8 --condition step --epochs 2 --max-time 0.01s --checkpoint c train.bin > cut.bin || true
  rnn-train -q -t 1 --hidden 16 --dim 8 --condition step --epochs 2 --resume c train.bin | ts-diff whole.bin -
  rnn-train -q --init step.bin --epochs 1 train.bin > more.bin
  p=$(rnn-predict --score --report - more.bin test.bin | value perplexity)
  awk -v x="$p" 'BEGIN { exit !(x < 1.6) }'
}

@test "captions.sh: vectors of text and of NumPy, and a result for each figure" {
  known train.bin > train.txt
  known test.bin > test.txt
  EPOCHS=8 UNITS=32 DIM=16 OUT=out run -0 --separate-stderr sh "$BATS_TEST_DIRNAME/../examples/captions.sh" \
    train.txt train.txt test.txt test.txt
  echo "$output"
  for name in tokens_s seconds different bleu chrf2 without.perplexity perplexity shuffled.perplexity none.perplexity; do
    grep -qE "^result	captions.(train.)?$name	[0-9.]+$" <<< "$output"
  done
  awk '{ v[$2] = $3 } END { exit !(v["captions.perplexity"] < v["captions.without.perplexity"] &&
    v["captions.perplexity"] < v["captions.shuffled.perplexity"]) }' <<< "$output"
  ts-convert --to npy --tensor encoding train.bin > train.npy
  ts-convert --to npy --tensor encoding test.bin > test.npy
  CONDITION=start EPOCHS=8 UNITS=32 OUT=out run -0 --separate-stderr sh "$BATS_TEST_DIRNAME/../examples/captions.sh" \
    train.npy train.txt test.npy test.txt
  awk '{ v[$2] = $3 } END { exit !(v["captions.perplexity"] < v["captions.shuffled.perplexity"]) }' <<< "$output"
  run -1 sh "$BATS_TEST_DIRNAME/../examples/captions.sh" absent train.txt test.npy test.txt
  run -2 sh "$BATS_TEST_DIRNAME/../examples/captions.sh" train.txt
}
