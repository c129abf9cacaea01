#!/usr/bin/env bats
# rnn-train: recurrent networks.  The mathematics is tested in tests/lib/nn_*_test.c; this is
# about the program.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # A language of which each word decides the next: loss 0 is possible after the first word.
  awk 'BEGIN {
    for (line = 0; line < 400; line++) {
      k = line % 5
      text = ""
      for (i = 0; i < 4 + line % 7; i++) {
        text = text (i ? " " : "") "w" k
        k = (2 * k + 1) % 7
      }
      print text
    }
  }' > text
  vocab text > ids.bin
  sed 's/.*/SENTENCE_START & SENTENCE_END/' text | vocab > sentences.bin
  # The label and each tag say whether the word is even.
  awk '{ tags = ""; for (i = 1; i <= NF; i++) tags = tags (i > 1 ? " " : "") \
    (substr($i, 2) % 2 ? "odd" : "even"); print tags "\t" $0 }' text | vocab --tags > tags.bin
  # Words come in two cycles: w0 w1 w3, and w2 w5 w4.
  awk '{ print ($1 ~ /[013]/ ? "one" : "two") "\t" $0 }' text > labelled
  vocab --labels labelled > labels.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

small() {
  rnn-train --hidden 12 "$@"
}

# The best validation loss of a run with these options is below $1.
learns() {
  local limit=$1 loss
  shift
  small --valid-share 0.2 --log log.tsv -o model.bin "$@" || return
  loss=$(awk -F '\t' 'NR > 1 && $8 != "-" && (best == "" || $8 < best) { best = $8 } END { print best }' log.tsv)
  echo "$*: $loss, to be below $limit"
  awk -v a="$loss" -v b="$limit" 'BEGIN { exit !(a != "" && a < b) }'
}

@test "rnn-train: every cell learns a language" {
  for cell in elman jordan lstm peephole gru gru-reset-before; do
    learns 0.6 --cell $cell --batch 10 --bptt 20 --epochs 8 --rate 0.01 ids.bin
  done
}

@test "rnn-train: every optimiser does" {
  for optimizer in sgd momentum adagrad rmsprop adam; do
    learns 1.1 --cell elman --optimizer $optimizer --batch 10 --bptt 10 --epochs 10 ids.bin
  done
}

@test "rnn-train: sentence by sentence, in layers, with vectors, tied, and with dropout" {
  learns 0.6 --cell gru --layers 2 --epochs 30 --rate 0.01 sentences.bin
  learns 0.6 --dim 6 --epochs 30 --rate 0.01 --sentences sentences.bin
  learns 0.6 --tied --epochs 30 --rate 0.02 sentences.bin
  learns 1.2 --dropout 0.1 --variational --recurrent-dropout 0.1 --epochs 30 --rate 0.01 sentences.bin
}

@test "rnn-train: networks without recurrence" {
  small() { rnn-train "$@"; }
  learns 0.6 --net "embedding 9, window 3 causal, dense 20 tanh, softmax" --epochs 30 \
    --rate 0.01 sentences.bin
  learns 0.2 --task tag --net "embedding 9, window 3, dense 20 tanh, softmax" --epochs 4 \
    --rate 0.01 tags.bin
}

@test "rnn-train: sampled and hierarchical softmax are validated by the full one" {
  learns 0.9 --softmax hierarchical --batch 10 --bptt 20 --epochs 10 --rate 0.01 ids.bin
  learns 0.9 --softmax sampled --samples 4 --batch 10 --bptt 20 --epochs 10 --rate 0.01 ids.bin
}

@test "rnn-train: labels and tags" {
  learns 0.2 --task tag --bidirectional --epochs 4 --rate 0.01 tags.bin
  for pooling in last mean max; do
    learns 0.1 --task classify --pooling $pooling --epochs 10 --rate 0.01 labels.bin
  done
  learns 0.1 --task classify --bidirectional --epochs 10 --rate 0.01 labels.bin
  learns 0.1 --task classify --bptt 3 --epochs 10 --rate 0.01 labels.bin
}

@test "rnn-train: series of numbers, with targets at each step, at the end, or the next value" {
  series() { "$WORDPIPE_BIN/../examples/make-series" "$@"; }
  series -n 300 -l 10 sum > sum.bin
  learns 0.05 --task regress --cell elman --epochs 20 --rate 0.02 sum.bin
  series -n 300 -l 10 adding > adding.bin
  learns 0.25 --task regress --target end --epochs 20 --rate 0.01 adding.bin
  series -n 60 -l 60 sine > sine.bin
  learns 0.03 --task regress --target next --epochs 60 --rate 0.02 sine.bin
  learns 0.05 --task regress --target next --stream --batch 8 --bptt 20 --epochs 60 --rate 0.02 sine.bin
  series -n 400 -l 8 compare > compare.bin
  learns 0.5 --task classify --epochs 15 --rate 0.01 compare.bin
}

@test "rnn-train: same seed, same bytes, for any number of threads; another seed, others" {
  for options in "--batch 100 --bptt 10 ids.bin" "--batch 100 sentences.bin" \
    "--batch 100 --bptt 3 --dropout 0.2 sentences.bin" \
    "--batch 100 --task tag --bidirectional --word-dropout 1 tags.bin"; do
    # shellcheck disable=SC2086
    for threads in 1 2 3; do
      small --epochs 2 --valid-share 0.1 --threads $threads $options > $threads.bin
    done
    cmp 1.bin 2.bin
    cmp 1.bin 3.bin
  done
  small --epochs 1 ids.bin > a.bin
  small --epochs 1 --seed 2 ids.bin > b.bin
  run ! ts-diff -q a.bin b.bin
}

@test "rnn-train: a pipe gives what a file gives, and --memory changes nothing" {
  small --epochs 1 ids.bin > a.bin
  bash -c 'set -o pipefail; cat ids.bin | rnn-train --hidden 12 --epochs 1 --memory 4K > b.bin'
  cmp a.bin b.bin
}

@test "rnn-train: streams joined by cat are one text" {
  head -n 200 text | vocab --from ids.bin > one.bin
  tail -n +201 text | vocab --from ids.bin > two.bin
  small --epochs 1 --no-history ids.bin > a.bin
  cat one.bin two.bin | small --epochs 1 --no-history > b.bin
  ts-diff a.bin b.bin
}

# Train with these options for long, but stop it soon with signal $1; it leaves "state".
interrupt() {
  local signal=$1 status=0
  shift
  rnn-train --hidden 12 --epochs 4000 --checkpoint state --checkpoint-every 50 -o part.bin "$@" 3>&- &
  local pid=$!
  for ((i = 0; i < 100; i++)); do
    [ ! -e state ] || break
    sleep 0.1
  done
  sleep 0.2
  kill -"$signal" $pid
  wait $pid || status=$?
  echo "status $status"
  [ ! -e part.bin ] && [ -e state ]
}

@test "rnn-train: stopped by SIGTERM or killed, --resume ends with the bytes of an unbroken run" {
  for options in "--batch 10 --bptt 7 ids.bin" \
    "--optimizer momentum --rate 0.01 --dropout 0.2 --bptt 3 --valid-share 0.2 --valid-every 7 sentences.bin" \
    "--optimizer adagrad --cell gru --batch 100 --valid-share 0.2 --schedule plateau --task tag tags.bin"; do
    for signal in TERM KILL; do
      rm -f state
      # shellcheck disable=SC2086
      set -- $options
      small --epochs 60 "$@" > whole.bin
      rnn-train --hidden 12 --epochs 60 --checkpoint state --checkpoint-every 20 -o part.bin "$@" 3>&- &
      pid=$!
      for ((i = 0; i < 200; i++)); do
        [ ! -e state ] || break
        sleep 0.02
      done
      kill -$signal $pid
      wait $pid || true
      rm -f part.bin
      small --epochs 60 --resume state "$@" > part.bin
      cmp whole.bin part.bin
    done
  done
}

@test "rnn-train: a signal leaves no model, and status 128 + its number" {
  interrupt TERM ids.bin
  run -1 small --epochs 4001 --resume state -o part.bin ids.bin
  [[ $output == *"made by"* ]]
  run -1 small --epochs 4000 --resume state -o part.bin sentences.bin
  [[ $output == *"not a checkpoint of this run"* ]]
}

@test "rnn-train: --summary counts the parameters" {
  # 8000 words, 100 hidden units: 2 x 8000 x 100 + 100 x 100
  awk 'BEGIN { for (i = 1; i <= 7999; i++) printf "%d ", i; print "" }' | vocab > many.bin
  run -0 --separate-stderr bash -c \
    'rnn-train --cell elman --hidden 100 --no-bias --epochs 0 --summary -o model.bin many.bin'
  echo "$stderr"
  [ -z "$output" ]
  [[ $stderr == *'--net "elman 100 no-bias, softmax no-bias"'* ]]
  grep -qE '^all +1610000$' <<< "$stderr"
  ts-check model.bin
}

@test "rnn-train: --best-by keeps the model of the best F1 or accuracy, and so does --resume" {
  awk '{ tags = ""; for (i = 1; i <= NF; i++) tags = tags (i > 1 ? " " : "") \
    (substr($i, 2) % 2 ? "B-X" : "O"); print tags "\t" $0 }' text | vocab --tags > chunks.bin
  net="embedding 5, lstm 6 bidirectional, crf"
  for measure in f1 accuracy; do
    run -0 --separate-stderr rnn-train -v --task tag --net "$net" --rate 0.01 --valid-share 0.2 --valid-every 3 \
      --best-by $measure --epochs 4 --checkpoint state --checkpoint-every 13 -o whole.bin chunks.bin
    echo "$stderr"
    # Of each validation: is it better than all before it, and does the program say so?
    sed -n 's/.*accuracy \([0-9.]*\) %\(, F1 \([0-9.]*\)\)\?\( (not the best)\)\?$/\1 \3 \4/p' <<< "$stderr" |
      awk -v f1=$measure '{ x = f1 == "f1" ? $2 : $1; worse = /not the best/; if (x + 0 < best && !worse) exit 1
        if (x + 0 > best && worse) exit 1; if (x + 0 > best) best = x + 0; n++ } END { exit n < 5 }'
    rnn-train --task tag --net "$net" --rate 0.01 --valid-share 0.2 --valid-every 3 --best-by $measure --epochs 4 \
      --resume state -o resumed.bin chunks.bin
    ts-diff whole.bin resumed.bin
  done
  run -2 rnn-train --best-by f1 --valid-share 0.1 ids.bin
  [[ $output == *"not for lm"* ]]
  run -1 rnn-train --task tag --best-by f1 --valid-share 0.1 -o x.bin tags.bin
  [[ $output == *"not those of chunks"* ]]
}

@test "rnn-train: --best-by perplexity chooses as the loss does, and shows it; not for tags" {
  for measure in loss perplexity; do
    rnn-train -v --hidden 6 --rate 0.05 --epochs 3 --valid-share 0.2 --best-by $measure -o $measure.bin ids.bin 2> $measure
    sed -n 's/.*validation \(loss .*\)/\1/p' $measure > $measure.said
  done
  ts-diff loss.bin perplexity.bin
  diff loss.said perplexity.said
  awk -F '[ ,]+' '{ exit !($4 > 1 && ($4 - exp($2)) ^ 2 < 1) }' loss.said
  run -2 rnn-train --task tag --valid-share 0.2 --best-by perplexity tags.bin
  [[ $output == *"perplexity: not for tag"* ]]
}

@test "rnn-train: --init leaves the outputs of another task, whatever they are called" {
  for name in output q; do
    rnn-train --task tag --net "embedding 5, gru 4, $name=softmax" --epochs 0 -o tagger.bin tags.bin
    run -0 rnn-train -v --task classify --net "embedding 5, gru 4, pool last, $name=softmax" --epochs 0 \
      --init tagger.bin -o classifier.bin labels.bin
    echo "$output"
    # Ten numbers: two classes by four units, and their biases.
    sed -n 's/.*gives \([0-9]*\) of \([0-9]*\) parameters/\2 \1/p' <<< "$output" | awk '{ exit $1 - $2 != 10 }'
  done
}

@test "rnn-train: --scheme learns tags in one scheme, and they are written in that of the data" {
  for scheme in bio iob1; do
    awk -v scheme=$scheme 'BEGIN { srand(7)
      for (i = 0; i < 300; i++) {
        text = tags = ""; before = "O"
        n = 2 + int(rand() * 5)
        for (k = 0; k < n; k++) {
          r = rand()
          first = scheme == "bio" || before != "O" ? "B-" : "I-"
          if (r < 0.4) { text = text " runs"; tags = tags " O"; before = "O" }
          else if (r < 0.7) { text = text " Kim"; tags = tags " " (scheme == "bio" ? "B" : before == "P" ? "B" : "I") "-P"; before = "P" }
          else { text = text " New York"; tags = tags " " (scheme == "bio" ? "B" : before == "L" ? "B" : "I") "-L I-L"; before = "L" }
        }
        print substr(tags, 2) "\t" substr(text, 2)
      } }' > chunks
    head -n 200 chunks | vocab --tags > train.bin
    tail -n 100 chunks > test
    vocab --tags test > test.bin
    rnn-train --task tag --net "embedding 9, gru 9 bidirectional, crf" --scheme iobes --epochs 12 --rate 0.02 \
      --valid test.bin --best-by f1 -o model.bin train.bin
    ts-convert --to tsv --no-words --tensor tags.vocab model.bin | sort > names
    printf '%s\n' B-L E-L O S-P | diff names -
    rnn-predict --tag model.bin test.bin > out
    cut -f 1 test | diff - out
    rnn-predict --tag --report - model.bin test.bin | grep -qx $'accuracy\t1.0000'
    rnn-predict --tag --probabilities model.bin test.bin | grep -q S-P
  done
  run -1 rnn-train --task tag --scheme iobes -o x.bin tags.bin
  [[ $output == *"mark no chunks"* ]]
}

# What --summary prints for --net.
in_words() {
  sed -n 's/^--net "\(.*\)"$/\1/p' "$1"
}

@test "rnn-predict: --best writes the most probable sequences of tags of a crf" {
  rnn-train --task tag --net "embedding 9, gru 9 bidirectional, crf" --epochs 2 --rate 0.02 --quiet \
    -o model.bin tags.bin
  rnn-predict --tag --tokens model.bin tags.bin > one
  rnn-predict --tag --best 5 model.bin tags.bin > best
  awk '/^# / { keep = $2 == 0; next } keep' best | diff - one
  # Of each sentence in falling order, and no more than all.
  awk '/^# / { if ($2 == 0) { sum = 0; last = 1 }
    if ($3 > last || (sum += $3) > 1.00001) { print NR ": " $0; bad = 1 } last = $3 } END { exit bad }' best
  # By the marginals: what the tag of the path has, then all others.
  rnn-predict --tag --best 2 --probabilities --threads 1 model.bin tags.bin > marginal
  awk -F '\t' '!/^#/ && NF { if (NF != 6) bad = 1; print $1 "\t" $2 "\t" $3 } /^#/ || !NF { print }
    END { exit bad }' marginal > first
  rnn-predict --tag --best 2 model.bin tags.bin | diff - first
  rnn-train --task tag --quiet --epochs 1 --dim 4 --hidden 4 -o softmax.bin tags.bin
  run -1 rnn-predict --tag --best 2 softmax.bin tags.bin
  [[ $output == *"'softmax', has no most probable sequences"* ]]
  run -2 rnn-predict --score --best 2 model.bin tags.bin
}

@test "rnn-train: what --summary prints trains the same model by --net" {
  while IFS='|' read -r data task options; do
    small --epochs 1 --batch 10 --task $task $options --summary -o a.bin $data.bin 2> summary
    net=$(in_words summary)
    echo "$options: $net"
    rnn-train --epochs 1 --batch 10 --task $task --net "$net" --summary -o b.bin $data.bin 2> again
    ts-diff a.bin b.bin
    diff summary again
  done <<'END'
ids|lm|--cell elman --activation relu --layers 2
ids|lm|--cell jordan --activation sigmoid --no-bias
ids|lm|--cell gru --dim 8 --dropout 0.3 --variational --recurrent-dropout 0.2 --layers 3
ids|lm|--dim 12 --tied --word-dropout 0.25
ids|lm|--softmax sampled --samples 3 --no-bias
sentences|lm|--softmax hierarchical --cell peephole
labels|classify|--bidirectional --pooling max --dim 9
labels|classify|--cell gru-reset-before --dim 0
tags|tag|--bidirectional --layers 2 --subwords 40 --dropout 0.5
END
}

@test "rnn-train: --net: labels, repeats, widths, two inputs, from a file" {
  echo 'w=embedding 5 subwords=20, 2 x (gru 4 bidirectional, dropout 0.1),
    concat from w+dropout2, small=elman 3, add from small+small, softmax' > net
  rnn-train --task tag --net @net --epochs 1 --summary -o a.bin tags.bin 2> summary
  grep -q '^layer1.backward.input *(8, 12)' summary
  grep -q '^small.forward.input *(13, 3)' summary
  grep -q '^w.subword *(20, 5)' summary
  rnn-train --task tag --net "$(in_words summary)" --epochs 1 -o b.bin tags.bin
  ts-diff a.bin b.bin
  rnn-predict --tag a.bin tags.bin > out
  [ "$(wc -w < out)" -eq "$(cut -f 2 tags | wc -w)" ] || [ "$(wc -l < out)" -eq 400 ]
  rnn-train --check-gradients --task tag --net @net tags.bin
}

@test "rnn-train: --summary says what repeats" {
  while IFS='|' read -r net printed; do
    run -0 --separate-stderr rnn-train --epochs 1 --summary --net "$net" -o model.bin ids.bin
    [[ $stderr == *"--net \"$printed\""* ]]
  done << 'END'
lstm 4, lstm 4, lstm 4, softmax|3 x (lstm 4), softmax
lstm 4, lstm 4, dropout 0.1, lstm 4, lstm 4, dropout 0.1, softmax|2 x (2 x (lstm 4), dropout 0.1), softmax
a=lstm 4, lstm 4, lstm 5, softmax|a=lstm 4, lstm 4, lstm 5, softmax
e=embedding 4, gru 5, 2 x (gru 3 from e, gru 3), softmax|e=embedding 4, gru 5, 2 x (gru 3 from e, gru 3), softmax
END
  rnn-train --epochs 1 --layers 3 --hidden 4 --dropout 0.2 --summary -o model.bin ids.bin 2> summary
  [ "$(in_words summary)" = "3 x (lstm 4, dropout 0.2), softmax" ]
}

@test "rnn-train: --net says which item is wrong" {
  fails() {
    run -2 rnn-train --task "$1" --net "$2" -o model.bin tags.bin
    echo "$output"
    [[ $output == *"$3"* ]]
  }
  fails tag "embedding 5, lst 4, softmax" "no type 'lst'; there are word-dropout, "
  fails tag "embedding 5, lstm 0, softmax" "layer0: units '0': not 1 to 65536"
  fails tag "embedding 5, lstm 4 colour=red, softmax" "layer0: 'colour=red'"
  fails tag "embedding 5, lstm 4" "layer0: the last one is to be an output, such as softmax"
  fails tag "embedding 5, a=lstm 3, b=gru 4 from embedding, add from a+b, softmax" \
    "network: item 4 (add from a+b): add: rows of 3 numbers cannot be added to rows of 4"
  fails lm "embedding 4, lstm 5, softmax tied" \
    "item 3 (softmax tied): output: tied: embedding of 4 numbers, but states of 5"
  fails tag "2 x lstm 3, softmax" "'2 x lstm 3': a repeat is said as N x (LIST)"
  fails tag "2 x (lstm 3, softmax" "a repeat is said as N x (LIST)"
  fails tag "jordan 3, lstm 4, softmax" "layer0: jordan makes the outputs itself"
  fails tag "lstm 3 deep, softmax" "it has units, activation, bidirectional"
  fails tag "lstm 3, pool mean, softmax" "no 'pool' before output"
  fails classify "lstm 3, softmax" "'pool' is missing before output"
  fails tag "lstm 3, squared-error" "the output is to give classes"
  fails lm "lstm 3 bidirectional, softmax" "would see the token it predicts"
  seq 30 | ts-convert --from tsv --no-words --tensor series > series.bin
  for net in "window 3" "lstm 3 bidirectional" "conv 3 width=2"; do
    run -2 rnn-train --task regress --target next --net "$net, squared-error" series.bin
    [[ $output == *"reads steps to come: it would see the value that it predicts"* ]]
  done
  fails lm "embedding 4, window 3, dense 5 relu, softmax" \
    "window reads steps to come: it would see the token it predicts; 'causal'"
  fails tag "window 3, softmax" "window: reads numbers, not tokens: 'embedding' before it"
  fails tag "embedding 4, dense 5 relus, softmax" "dense: 'relus': dense has no such setting"
  fails tag "x=lstm 3, x=lstm 4, softmax" "two items 'x'"
  fails tag "lstm 3 from y, softmax" "from 'y': no such item before it"
  fails tag "a-very-long-label-it-is=peephole 3 bidirectional, softmax" "a name of "
  run -2 rnn-train --net "lstm 3, softmax" --layers 2 ids.bin
  [[ $output == *"no --layers"* ]]
}

@test "rnn-train: --check-gradients compares every number" {
  for cell in elman jordan lstm peephole gru gru-reset-before; do
    run -0 rnn-train --check-gradients --cell $cell --hidden 5 ids.bin
    echo "$output"
    [[ $output == "compared"*"numbers"*"largest relative error"* ]]
  done
  run -0 rnn-train --check-gradients --task tag --bidirectional --layers 2 --hidden 3 --dim 3 tags.bin
}

@test "rnn-train: divergence ends with status 5, names the step, and leaves the gradients" {
  run -5 small --cell elman --activation relu --optimizer sgd --rate 1e6 --clip 0 --gradients grads.bin \
    -o model.bin ids.bin
  echo "$output"
  [[ $output == *"diverged at step "[0-9]* ]]
  [ ! -e model.bin ]
  ts-check grads.bin
  step=$(sed -E 's/.*diverged at step ([0-9]+) .*/\1/' <<< "$output")
  clip-stats --tsv grads.bin > stats
  [ "$(awk -F '\t' '$1 == "run" && $3 == "steps" { print $4 }' stats)" = "$step" ]
  [ "$(awk -F '\t' '$1 == "run" && $3 == "finite" { print $4 }' stats)" = $((step - 1)) ]
}

@test "rnn-train: divergence at the first update, with a validation to come" {
  run -5 small --init-scale 1000000 --cell elman --activation relu --layers 4 --valid-share 0.2 \
    --gradients grads.bin --log log --log-every 1 -o model.bin ids.bin
  echo "$output"
  [[ $output == *"diverged at step 1 (epoch 1)"* ]]
  [ ! -e model.bin ]
  [ "$(ts-convert --to tsv --no-words --tensor gradients.step grads.bin)" = 1 ]
  [ "$(awk 'END { print NR }' log)" -le 2 ]
}

@test "rnn-train: --gradients has norms before and after clipping, and of each group" {
  small --epochs 2 --batch 10 --bptt 20 --clip 0.1 --gradients grads.bin -o model.bin ids.bin
  run -0 ts-info grads.bin
  echo "$output"
  [[ $output == *"gradients.names  string (5)"* ]]
  [[ $output == *"gradients.groups f32    (28, 5)"* ]]
  [[ $output == *"gradients.threshold f64"*"0.1"* ]]
  ts-convert --to tsv --tensor gradients.clipped grads.bin | awk '$NF > 0.1001 { exit 1 }'
}

@test "rnn-train --sample-every: what rnn-predict would write, and the same model" {
  for i in $(seq 200); do echo 'dog bites man'; done | tokenize --markers | vocab > said.bin
  small --batch 20 --epochs 2 --rate 0.02 --sample-every 10 -o sampled.bin said.bin 2> err
  cat err
  grep -q '^rnn-train: step 10: ' err
  small --batch 20 --epochs 2 --rate 0.02 --no-history -o plain.bin said.bin
  [ "$(grep '^rnn-train: step 20: ' err)" = "rnn-train: step 20: $(rnn-predict --generate 100 plain.bin)" ]
  ts-diff sampled.bin plain.bin
  small --batch 20 --epochs 1 --sample-every 5 -q -o quiet.bin said.bin 2> err
  [ ! -s err ]
  printf 'a\tdog\nb\tman\n' | vocab --labels > classes.bin
  run -1 rnn-train --task classify --hidden 4 --sample-every 5 -o no.bin classes.bin
  [[ $output == *"a model for the task 'classify'"* ]]
  [ ! -e no.bin ]
}

@test "rnn-train: the log is a table" {
  small --epochs 2 --batch 10 --bptt 20 --valid-share 0.2 --log log --log-every 4 -o model.bin ids.bin
  cat log
  [ "$(head -n 1 log)" = "$(printf 'step\tepoch\tseconds\ttokens\ttokens_per_second\trate\tloss\tvalid_loss\tvalid_accuracy\tvalid_f1\tnorm\tclipped_norm')" ]
  awk -F '\t' 'NF != 12 { exit 1 }' log
  [ "$(awk -F '\t' '$8 != "-"' log | wc -l)" -eq 3 ]
}

@test "rnn-train: parameters of the output are named for it, those of jordan too" {
  for net in 'jordan 5, out=softmax direct' 'elman 5, out=softmax'; do
    rnn-train --net "$net" --epochs 1 -o m.bin ids.bin
    ts-info m.bin | grep -q 'out\.weight'
    rnn-predict --generate 5 --seed 1 m.bin
  done
}

@test "rnn-train: the log has a 0 where the accuracy or F1 is 0, and a - where there is none" {
  yes "$(printf 'B-X O\ta b')" | head -n 40 | vocab --tags > train.bin
  yes "$(printf 'O B-X\ta b')" | head -n 4 | vocab --tags > wrong.bin
  for best in f1 accuracy; do
    small --task tag --rate 0.05 --epochs 4 --valid wrong.bin --best-by $best --log log -o m.bin train.bin
    tail -n 1 log | cut -f 9,10 >> measured
  done
  diff measured - << 'END'
0.000000	0.000000
0.000000	-
END
  small --valid-share 0.2 --task classify --epochs 1 --log log -o m.bin labels.bin
  [ "$(tail -n 1 log | cut -f 10)" = - ]
}

# The learning rates of the epochs.
rates() {
  small --epochs 4 --batch 50 --bptt 0 --rate 1e-3 --log log --log-every 1 -o model.bin "$@"
  awk -F '\t' 'NR > 1 && $2 != last { print $6; last = $2 }' log | tr '\n' ' '
}

@test "rnn-train: schedules of the learning rate" {
  [ "$(rates ids.bin)" = "0.001 0.001 0.001 0.001 " ]
  [ "$(rates --schedule epoch --rate-decay 0.1 --decay-after 2 ids.bin)" = "0.001 0.001 0.0001 1e-05 " ]
  [ "$(rates --schedule cosine ids.bin)" = "0.001 0.000853553 0.0005 0.000146447 " ]
  [ "$(rates --schedule linear ids.bin)" = "0.001 0.00075 0.0005 0.00025 " ]
  # Nothing is learnt at rate 0, so that no validation is better than the first.
  small --epochs 4 --rate 0 --schedule plateau --valid-share 0.2 --patience 2 -v -o model.bin ids.bin 2> err
  cat err
  [ "$(grep -c 'validation loss.*perplexity' err)" -eq 3 ]
}

@test "rnn-train: the best model is what is written" {
  # Much too fast: it becomes worse, but what is written is the best.
  small --optimizer sgd --rate 20 --epochs 6 --valid ids.bin --log log -v -o best.bin ids.bin 2> err
  cat err
  best=$(sed -n 's/.*best validation loss \([0-9.]*\), after.*/\1/p' err)
  small --rate 0 --init best.bin --epochs 1 --valid ids.bin -v -o model.bin ids.bin 2> err
  cat err
  grep -q "validation loss $best" err
}

@test "rnn-train: --valid may have a vocabulary of its own" {
  tac text | sed 's/w3/w3 w9/' | vocab > other.bin
  small --epochs 1 --valid other.bin -o model.bin ids.bin # w9 is UNKNOWN_TOKEN
  sed 's/^[a-z]*/true/' "$BATS_FILE_TMPDIR/labelled" | vocab --labels > other.bin
  run -1 small --task classify --epochs 1 --valid other.bin -o model.bin labels.bin
  [[ $output == *"has no label 'true'"* ]]
}

@test "rnn-train: --embedding has vectors for words that it lacks, of their n-grams" {
  printf 'walked talked\nwalking talking\nwalked home\n' | vocab | w2v -t 1 --dim 5 --char-ngrams > parts.bin
  printf 'walks talks\nwalked home\nqqq walks\n' | vocab > new.bin
  small --epochs 1 --embedding parts.bin --freeze -v -o model.bin new.bin 2> report
  cat report
  ts-convert --to tsv --tensor embedding model.bin > given
  emb-ngrams --compose -e parts.bin walks talks walked home > want
  for word in walks talks walked home; do
    [ "$(grep "^$word" given)" = "$(grep "^$word" want)" ]
  done
  grep '^qqq' given
}

@test "rnn-train: --embedding and --freeze" {
  w2v --threads 1 --dim 7 --epochs 2 --sample 0 ids.bin > emb.bin
  small --epochs 1 --embedding emb.bin --freeze -o model.bin ids.bin
  ts-convert --to tsv --tensor embedding emb.bin > given
  ts-convert --to tsv --tensor embedding model.bin > kept
  cmp given kept
  small --epochs 1 --embedding emb.bin -o model.bin ids.bin
  ts-convert --to tsv --tensor embedding model.bin > trained
  run ! cmp given trained
  run -1 small --dim 8 --embedding emb.bin -o model.bin ids.bin
  [[ $output == *"have 7 numbers"* ]]
}

@test "rnn-train: --all-words knows words that the data lack" {
  sed 's/w3/w9/g' text | vocab > more.bin
  w2v --threads 1 --dim 7 --epochs 1 --sample 0 more.bin > emb.bin
  small --task tag --epochs 1 --embedding emb.bin -o model.bin tags.bin
  small --task tag --epochs 1 --embedding emb.bin --all-words -o more.model tags.bin
  run -0 ts-info model.bin
  echo "$output"
  [[ $output == *"embedding "*"(7, 7)"* ]]
  run -0 ts-info more.model
  [[ $output == *"embedding "*"(8, 7)"*"w9"* || $output == *"w9"*"(8, 7)"* ]]
  ts-convert --to tsv --tensor embedding emb.bin | grep '^w9' > given
  ts-convert --to tsv --tensor embedding more.model | grep '^w9' > kept
  cmp given kept
}

@test "rnn-train: --init goes on with another model, also for another task" {
  small --epochs 3 --no-history -o first.bin ids.bin
  small --epochs 1 --rate 0 --init first.bin --no-history -o second.bin ids.bin
  ts-diff first.bin second.bin
  run -1 ts-diff --history first.bin second.bin
  [[ $output == "rnn.training"* ]]
  vocab --from first.bin < text > again.bin
  small --epochs 1 --rate 0 --dim 0 --task lm --sentences --init first.bin -v -o second.bin again.bin 2> err
  grep -q 'gives .* of .* parameters' err
  run -1 small --init first.bin -o second.bin sentences.bin
  [[ $output == *"another vocabulary"* ]]
}

@test "rnn-train: command lines that make no sense are refused before anything is read" {
  while read -r options; do
    # shellcheck disable=SC2086
    run -2 rnn-train $options /nonexistent
    echo "$options: $output"
    [ "${#lines[@]}" -eq 1 ]
  done <<- 'END'
	--stream --sentences
	--valid x --valid-share 0.1
	--patience 3
	--variational
	--samples 5
	--optimizer adagrad --momentum 0.5
	--optimizer sgd --epsilon 0.1
	--rate-decay 0.3
	--schedule plateau --valid x --decay-after 2
	--cell gru --forget-bias 1
	--schedule plateau
	--freeze
	--target end
	--all-words
	--checkpoint-every 5
	--bidirectional
	--task tag --stream
	--task classify --bidirectional --bptt 5
	--task classify --pooling mean --bptt 5
	--cell lstm --activation relu
	--cell jordan --layers 2
	--recurrent-dropout 0.1
	--task tag --softmax sampled
	--subwords 100 --dim 0
	--schedule cosine --epochs 2 --decay-after 2
	--weight-decay 0.1
	--average-after 1
	--average steps --average-decay 0.9
	--average steps --average-after 1 --average-patience 2 --valid x
	--average steps --average-patience 2
	--vary-bptt --sentences
	--vary-bptt --bptt 4
	--class-weights balanced
	--softmax sampled --label-smoothing 0.1
	--embedding-dropout 0.1 --dim 0
	--max-time 5x
	--max-time -1
END
}

@test "rnn-train: input that does not fit the task is refused, with a reason" {
  run -1 small --task classify -o model.bin ids.bin
  [[ $output == *"no 'labels'"* ]]
  run -1 small --task tag -o model.bin ids.bin
  [[ $output == *"no 'tags'"* ]]
  run -1 small --task regress -o model.bin ids.bin
  [[ $output == *"no 'targets'"* ]]
  run -4 small -o model.bin text
  : > empty
  run -3 small -o model.bin empty
  for text in '' 'a'; do
    printf '%s' "$text" | vocab > none.bin
    run -1 small -o model.bin none.bin
    [[ $output == *"none.bin: no sequences"* || $output == *"no sequence has a target"* ]]
  done
}

@test "rnn-train: what is no part of the data travels on" {
  ts-info ids.bin
  small --epochs 1 -o model.bin ids.bin
  run -0 ts-info model.bin
  echo "$output"
  [[ $output == *"rnn.config"* && $output == *"made by vocab"*"rnn-train"* ]]
  [[ $output != *" ids "* && $output != *"lengths"* ]]
}

@test "rnn-train: --max-time ends training after a step, validated, with a model" {
  run -0 small --epochs 1000000 --max-time 0.5s --valid-share 0.1 --checkpoint state \
    --log log -o m.bin ids.bin
  [[ $output == *"time is over after step "*", in epoch "*" of 1000000"* ]]
  # The last row is a validation, of the last step.
  tail -n 1 log | awk -F '\t' '{ exit $8 == "-" }'
  rnn-predict --score m.bin ids.bin > /dev/null
  # It continues, and comes further.
  before=$(tail -n 1 log | cut -f 1)
  small --epochs 1000000 --max-time 0.01m --valid-share 0.1 --resume state --log log -q \
    -o n.bin ids.bin
  [ "$(tail -n 1 log | cut -f 1)" -gt "$before" ]
  # A run that goes on for no time has the parameters that were saved.
  small --epochs 1000000 --max-time 0.3 --checkpoint state -q -o m.bin ids.bin
  small --epochs 1000000 --max-time 0.000001 --resume state -q -o n.bin ids.bin
  cmp m.bin n.bin
}

@test "rnn-train: a training too short for its warm-up or its average is warned of" {
  run -0 small --epochs 1 --warm-up 100000 -o m.bin ids.bin
  [[ $output == *"the rate rises for 100000 updates, of which there were "* ]]
  run -0 small --epochs 2 --average steps --average-after 9 -o m.bin ids.bin
  [[ $output == *"no average of the parameters had begun when training ended"* ]]
  run -0 small --epochs 2 --average steps --average-after 1 --warm-up 2 -o m.bin ids.bin
  [[ $output != *average* && $output != *rises* ]]
  run -2 rnn-train --net "dense 0, softmax" ids.bin
  [[ $output == *"units '0': not 1 to 1048576"* ]]
}

@test "rnn-train: --checkpoint-seconds saves after time, not after steps" {
  rnn-train --hidden 12 --epochs 100000 --checkpoint state --checkpoint-seconds 0.2 -q -o m.bin ids.bin 3>&- &
  for _ in $(seq 100); do
    [ -s state ] && break
    sleep 0.1
  done
  [ -s state ]
  kill -TERM $!
  wait $! || true
  run -2 small --checkpoint-seconds 5 ids.bin
  [[ $output == *"--checkpoint FILE"* ]]
}

@test "rnn-train: --class-weights balanced finds the rare class" {
  awk 'BEGIN { srand(3); for (i = 0; i < 600; i++) {
    rare = rand() < 0.05; w = rand() < (rare ? 0.6 : 0.25) ? "x" : "y"
    print (rare ? "rare" : "common") "\t" w } }' | vocab --labels > odd.bin
  how="--task classify --hidden 4 --epochs 8 --rate 0.05 -q"
  rnn-train $how odd.bin > plain.bin
  rnn-train $how --class-weights balanced odd.bin > balanced.bin
  count() { rnn-predict --classify "$1" odd.bin | grep -c rare; }
  [ "$(count plain.bin || true)" = 0 ]
  [ "$(count balanced.bin)" -gt 50 ]
  printf 'rare\t19\n' > weights
  rnn-train $how --class-weights weights odd.bin > given.bin
  [ "$(count given.bin)" -gt 50 ]
  run -0 rnn-train --task classify --hidden 4 --epochs 1 --class-weights weights -o given.bin odd.bin
  [ -z "$output" ] # no warning of a loss that rises
  printf 'rar\t19\n' > weights
  run -1 rnn-train $how --class-weights weights odd.bin
  [[ $output == *"weights: 'rar': the data have no such label"* ]]
  printf 'rare 19\n' > weights
  run -1 rnn-train $how --class-weights weights odd.bin
  [[ $output == *"not a label, a tab and a weight"* ]]
}

@test "rnn-train: what is dropped in training is saved with the network, and not in use" {
  small --weight-drop 0.5 --embedding-dropout 0.1 --dim 12 --tied --label-smoothing 0.1 \
    --epochs 2 -q -o m.bin ids.bin
  rnn-predict --score m.bin ids.bin > one
  rnn-predict --score m.bin ids.bin > two
  cmp one two
  rnn-train -q --net "embedding 12 dropout=0.1, lstm 12 weight-drop=0.5, \
    softmax tied label-smoothing=0.1" --epochs 2 -o n.bin ids.bin
  rnn-predict --score n.bin ids.bin | cmp - one
}

@test "rnn-train: --init continues a model without its options, and says what it took" {
  how="--hidden 5 --layers 2 --cell gru --dim 4 --dropout 0.1 --no-bias"
  rnn-train -q $how --epochs 1 --no-history -o m.bin sentences.bin
  rnn-train -q $how --epochs 1 --init m.bin --no-history -o whole.bin sentences.bin
  run -0 --separate-stderr rnn-train --epochs 1 --init m.bin --no-history -o short.bin sentences.bin
  [ "$stderr" = "rnn-train: m.bin gives --cell gru --hidden 5 --layers 2 --no-bias --dim 4 --dropout 0.1" ]
  cmp whole.bin short.bin
  # What is given counts.
  run -0 --separate-stderr rnn-train --epochs 1 --init m.bin --dropout 0.2 -o other.bin sentences.bin
  [[ $stderr != *dropout* ]]
  run -1 rnn-train --epochs 1 --init m.bin --hidden 6 sentences.bin
  [[ $output == *"hidden is 5 there and 6 here"* ]]
  # A network in words, and another task.
  rnn-train -q --net 'embedding 3, dropout 0.1, elman 4 weight-drop=0.2, softmax' --epochs 1 \
    -o words.bin sentences.bin
  run -0 --separate-stderr rnn-train --epochs 1 --init words.bin -o again.bin sentences.bin
  [[ $stderr == *'gives --net "embedding 3, dropout 0.1, elman 4 weight-drop=0.2, softmax"' ]]
  rnn-train -q --task tag --hidden 3 --bidirectional --epochs 1 -o t.bin tags.bin
  run -0 --separate-stderr rnn-train --epochs 1 --init t.bin -o u.bin tags.bin
  [ "$stderr" = "rnn-train: t.bin gives --task tag --hidden 3 --bidirectional" ]
  vocab --labels --from t.bin labelled > same.bin
  rnn-train -q --task classify --epochs 1 --init t.bin -o c.bin same.bin
  rnn-predict --classify c.bin same.bin > /dev/null
  # It is read once: it may be a pipe.
  rnn-train -q --epochs 1 --init <(cat m.bin) --no-history -o piped.bin sentences.bin
  ts-diff piped.bin short.bin
}

@test "rnn-train: the model says what training came to" {
  rnn-train -q --hidden 8 --epochs 2 --valid-share 0.2 --log log -o m.bin ids.bin
  valid=$(awk -F '\t' 'NR > 1 && $8 != "-" { best = best == "" || $8 < best ? $8 : best } END { print best }' log)
  run -0 ts-info m.bin
  [[ $output =~ rnn.training.*epochs=2\ steps=$(tail -n 1 log | cut -f 1)\ loss=[0-9.]+\ best_step=[0-9]+\ valid_loss=([0-9.]+)\ valid_accuracy=0 ]]
  awk -v a="${BASH_REMATCH[1]}" -v b="$valid" 'BEGIN { exit !(a - b < 1e-5 && b - a < 1e-5) }'
  # It is the last model's own, and not of programs that read it.
  rnn-predict --encode m.bin sentences.bin | ts-info | { run -1 grep rnn.training; }
  rnn-train -q --epochs 1 --init m.bin ids.bin | ts-info | grep -q 'rnn.training.*epochs=1 '
}
