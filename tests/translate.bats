#!/usr/bin/env bats
# Pairs of sequences: rnn-train --task translate, and what rnn-predict does with its models.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # The target is the source backwards, in capital letters.
  awk 'BEGIN {
    for (line = 0; line < 600; line++) {
      source = target = ""
      n = 2 + line % 4
      for (i = 0; i < n; i++) {
        k = int(line * (7 + 3 * i) / (1 + i) + line * line * i / 5) % 8
        source = source (i ? " " : "") substr("abcdefgh", k + 1, 1)
        target = substr("ABCDEFGH", k + 1, 1) (i ? " " : "") target
      }
      print source "\t" target
    }
  }' > pairs
  vocab --pair pairs > pairs.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

train() {
  rnn-train -q --task translate --hidden 24 --dim 12 --rate 0.01 --valid-share 0.2 "$@" pairs.bin
}

# The best validation loss of a run with these options is below $1.
learns() {
  local limit=$1 loss
  shift
  train --log log.tsv -o model.bin "$@" || return
  loss=$(awk -F '\t' 'NR > 1 && $8 != "-" && (best == "" || $8 < best) { best = $8 } END { print best }' log.tsv)
  echo "$*: $loss, to be below $limit"
  awk -v a="$loss" -v b="$limit" 'BEGIN { exit !(a != "" && a < b) }'
}

@test "translate: every kind of attention learns to reverse, and without any less is learnt" {
  learns 0.35 --attention additive --cell gru --bidirectional --epochs 14
  learns 0.6 --attention general --cell lstm --bidirectional --epochs 14
  learns 0.6 --attention dot --heads 2 --cell gru --layers 2 --epochs 14
  learns 1.5 --cell lstm --epochs 10
}

@test "translate: a Transformer learns to reverse" {
  rnn-train -q --task translate --batch 16 --epochs 30 --rate 0.003 --warm-up 50 --valid-share 0.2 --log log.tsv -o model.bin \
    --net "embedding 24 from source, positions 10, transformer 24 heads=2 hidden=48, memory=norm,
      embedding 24 from input, positions 10, transformer 24 heads=2 hidden=48 causal from +memory, norm, softmax" pairs.bin
  awk -F '\t' 'NR > 1 && $8 != "-" && (best == "" || $8 < best) { best = $8 } END { print best; exit !(best < .5) }' log.tsv
  cut -f 1 pairs | vocab --from model.bin | rnn-predict --translate --beam 3 model.bin > out
  cut -f 2 pairs | paste - out | awk -F '\t' '{ n += $1 == $2 } END { print n; exit !(n > 500) }'
  run -1 rnn-train -q --task translate -o none --net "embedding 8 from source, positions 3, m=norm,
      embedding 8 from input, cross-attention 2 from +m, softmax" pairs.bin
  [[ $output == *"a sequence of 5 steps, but the network reads 3 at once (positions)"* ]]
}

@test "translate: the options are short for words, which train the same model" {
  for options in "--attention additive --bidirectional --cell gru --dropout 0.2" \
    "--attention additive --layers 2 --cell lstm --tied" \
    "--attention dot --cell elman --no-bias" "--layers 2 --dropout 0.1 --cell peephole" \
    "--attention general --heads 4 --softmax sampled --samples 3 --word-dropout 0.3"; do
    # shellcheck disable=SC2086
    run -0 --separate-stderr train --epochs 1 --summary -o a.bin $options
    # shellcheck disable=SC2154
    net=$(sed -n 's/^--net "\(.*\)"$/\1/p' <<< "$stderr")
    [ -n "$net" ]
    rnn-train -q --task translate --rate 0.01 --valid-share 0.2 --epochs 1 --net "$net" -o b.bin pairs.bin
    ts-diff a.bin b.bin
  done
}

@test "translate: gradients are right" {
  for options in "--attention additive --bidirectional --cell gru" "--attention dot --cell lstm --layers 2"; do
    # shellcheck disable=SC2086
    rnn-train -q --task translate --check-gradients --hidden 4 --dim 3 $options pairs.bin
  done
}

@test "translate: the same model with more threads, and after a pause" {
  train --attention additive --epochs 2 --batch 256 -o one.bin
  train --attention additive --epochs 2 --batch 256 --threads 2 -o two.bin
  ts-diff one.bin two.bin
  train --attention additive --epochs 2 --batch 256 --max-time 0.001 --checkpoint c.bin -o x.bin
  train --attention additive --epochs 2 --batch 256 --resume c.bin -o three.bin
  ts-diff one.bin three.bin
}

# A model that reverses, made once.
reverser() {
  local model=$BATS_FILE_TMPDIR/reverser.bin
  [ -e "$model" ] || train --attention additive --cell gru --bidirectional --epochs 25 -o "$model"
  [ -e reverser.bin ] || ln -s "$model" .
}

@test "translate: a line for each line: greedy, by a beam, for any number of threads" {
  reverser
  head -n 60 pairs | cut -f 1 > source
  head -n 60 pairs | cut -f 2 > target
  printf '\n' >> source
  vocab --from reverser.bin source > source.bin
  rnn-predict --translate reverser.bin source.bin > greedy
  rnn-predict --translate --beam 4 reverser.bin source.bin > beam
  [ "$(wc -l < greedy)" = 61 ]
  [ -z "$(tail -n 1 greedy)" ]
  for out in greedy beam; do
    same=$(head -n 60 $out | paste - target | awk -F '\t' '$1 == $2 { n++ } END { print n + 0 }')
    echo "$out: $same of 60"
    [ "$same" -ge 50 ]
  done
  rnn-predict --translate --threads 2 --beam 4 reverser.bin source.bin | cmp - beam
  rnn-predict --translate --beam 4 --best 2 reverser.bin source.bin > best
  awk -F '\t' '$1 != last { print $3; last = $1 }' best | cmp - <(head -n 60 beam)
  rnn-predict --translate --max-length 2 reverser.bin source.bin > short
  awk 'NF > 2 { exit 1 }' short
  rnn-predict --translate --sample --seed 4 reverser.bin source.bin > a
  rnn-predict --translate --sample --seed 4 --threads 2 reverser.bin source.bin | cmp - a
}

@test "translate: scores are those that the beam found, and a wide beam finds the best target of all" {
  cut -f 2 pairs | sed 's,[CDGH],B,g; s,[EF],A,g' | paste <(cut -f 1 pairs) - > two
  vocab --pair two > two.bin
  rnn-train -q --task translate --attention general --hidden 6 --dim 4 --epochs 2 -o two.model two.bin
  head -n 5 two | cut -f 1 | vocab --from two.model > five.bin
  rnn-predict --translate --beam 40 --best 40 --length-penalty 0 --min-length 1 --max-length 4 two.model five.bin > found
  # All targets of up to four tokens, scored as pairs.
  awk 'BEGIN { n = split("A B A,A A,B B,A B,B", t)
    for (i = 1; i <= 6; i++) { gsub(",", " ", t[i]); all[++k] = t[i] }
    for (i = 3; i <= 6; i++) for (j = 1; j <= 6; j++) all[++k] = t[i] " " t[j]
    while ((getline line < "two") > 0 && ++l <= 5) { split(line, p, "\t")
      for (i = 1; i <= k; i++) print p[1] "\t" all[i] } }' > every
  vocab --pair --from two.model every | rnn-predict --score two.model | paste every - |
    sort -t "$(printf '\t')" -k 3,3gr > scored
  head -n 5 two | cut -f 1 | sort -u | while read -r source; do
    number=$(awk -F '\t' -v s="$source" '$1 == s { print NR; exit }' two)
    awk -F '\t' -v s="$source" '$1 == s { print $3 "\t" $2; exit }' scored > expected
    awk -F '\t' -v n="$number" '$1 == n { print $2 "\t" $3; exit }' found > first
    cat expected first
    paste expected first | awk -F '\t' '{ d = $1 - $3; exit !($2 == $4 && d * d < 1e-6) }'
  done
}

@test "translate: maps are weights, and say of what; unknown words are copied" {
  reverser
  head -n 20 pairs | cut -f 1 > source
  vocab source > own.bin
  rnn-predict --translate --maps maps.bin reverser.bin own.bin > out
  ts-convert --to tsv --tensor attention.shape maps.bin > shape
  ts-convert --to tsv --tensor attention maps.bin > weights
  paste <(awk '{ print NF + 1 }' out) <(awk '{ print NF }' source) shape |
    awk -F '\t' '$1 != $4 || $2 != $5 || $3 != 1 { exit 1 }'
  # Each row adds up to 1, and the last token attends most to what stands at the beginning.
  awk 'NR == FNR { n += $1 * $2; next } { sum += $1 } END { exit !(n - sum < 1e-3 && sum - n < 1e-3) }' shape weights
  ts-check maps.bin
  ts-plot --kind heat maps.bin > map.svg
  for word in $(head -n 1 out) SENTENCE_END $(head -n 1 source); do grep -q ">$word<" map.svg; done
  # ts-select takes the weights of a sentence with it.
  ts-select --sequences 2 maps.bin > one.bin
  sed -n 3p shape > one.shape
  ts-convert --to tsv --tensor attention.shape one.bin | diff - one.shape
  awk 'NR == FNR { before += FNR < 3 ? $1 * $2 * $3 : 0; n = FNR == 3 ? $1 * $2 * $3 : n; next }
    FNR > before && FNR <= before + n' shape weights > one.weights
  ts-convert --to tsv --tensor attention one.bin | diff - one.weights
  ts-select --without attention.shape maps.bin > shapeless.bin
  run -1 ts-select --sequences 2 shapeless.bin
  [[ "$output" == *"'attention' without 'attention.shape'"* ]]
  # A model that does not know g and h writes what it attends to.
  awk -F '\t' '$1 !~ /h/ || NR % 9 == 0' pairs > some
  vocab --pair --top 9 some > some.bin
  rnn-train -q --task translate --attention additive --cell gru --bidirectional --hidden 24 --dim 12 --rate 0.01 --epochs 3 \
    -o some.model some.bin
  rnn-predict --translate --copy-unknown some.model own.bin > copied
  run ! grep -q UNKNOWN_TOKEN copied
  rnn-predict --translate --unknown some.model own.bin | grep -q UNKNOWN_TOKEN
  run -1 rnn-predict --encode some.model own.bin
  [[ "$output" == *"it reads pairs"* ]]
}

@test "translate: what does not go together is refused by name" {
  run -2 train --cell jordan
  [[ "$output" == *"not with the cell jordan"* ]]
  run -2 train --heads 2
  [[ "$output" == *"--heads needs --attention"* ]]
  run -2 train --attention dot --hidden 25 --bidirectional
  run -2 rnn-train --attention dot pairs.bin
  [[ "$output" == *"translate only"* ]]
  run -2 train --attention dot --bptt 5
  [[ "$output" == *"cannot be cut"* ]]
  cut -f 1 pairs | vocab > half.bin
  run -1 rnn-train --task translate -o x.bin half.bin
  [[ "$output" == *"no 'target.ids'"*"--pair"* ]]
  [ ! -e x.bin ]
  run -1 rnn-train -o x.bin pairs.bin
  run -2 rnn-train --task translate --net "embedding 4 from source, softmax" pairs.bin
  [[ "$output" == *"reads the source, not the target"* ]]
  run -2 rnn-train --task translate --net "e=embedding 4 from source, f=embedding 4 from input, add from e+f, softmax" pairs.bin
  [[ "$output" == *"beside those of the targets"* ]]
  train --epochs 1 -o deaf.bin
  run -1 rnn-predict --translate --maps x deaf.bin pairs.bin
  [[ "$output" == *"no layer of the model attends to the source: see --attention of rnn-train" ]]
  [ ! -e x ]
  run -2 rnn-predict --translate --best 3 deaf.bin pairs.bin
  [[ "$output" == *"--best 3 needs --beam 3 or more"* ]]
  for options in "--translate --sample --beam 2" "--translate --temperature 2" "--translate --best 2" \
    "--translate --length-penalty 2" "--score --maps x" "--score --copy-unknown" "--generate 3 --sample"; do
    # shellcheck disable=SC2086
    run -2 rnn-predict $options reverser.bin pairs.bin
  done
}
