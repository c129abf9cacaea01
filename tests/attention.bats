#!/usr/bin/env bats
# Transformers: language models in blocks, what is cut, what is refused.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # Characters that follow from the one two before: nothing but attention or memory tells.
  awk 'BEGIN { srand(5)
    for (i = 0; i < 6000; i++) { c = substr("abcdefgh", int(rand() * 8) + 1, 1); printf "%s%s%s%s", c, "-", c, "." }
    print "" }' > text
  tokenize --chars text | vocab > text.bin
  rnn-train -q --net "embedding 16, positions 16, transformer 16 heads=2 causal, norm, softmax" \
    --batch 16 --epochs 20 --rate 0.005 --table-scale 0 --warm-up 50 text.bin > lm.bin
  awk 'BEGIN { for (i = 0; i < 300; i++) print (i % 2 ? "odd" : "even") "\t" (i % 2 ? "x a b c" : "y c a b d") }' > labelled
  vocab --labels labelled > labelled.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR" || return
}

@test "a causal Transformer learns what stands two characters before" {
  # Of four characters, one is free: log 8 / 4.
  rnn-predict --score --report - lm.bin text.bin > report
  awk -F '\t' '{ r[$1] = $2 } END { print log(r["perplexity"]); exit !(r["context"] == 16 && log(r["perplexity"]) < .6) }' report
  rnn-predict --generate 200 --seed 3 --prime 'a-a.' lm.bin > made
  cat made
  grep -o '[a-h]-[a-h]\.' made | awk '{ n++; same += substr($0, 1, 1) == substr($0, 3, 1) } END { print same, n; exit !(n > 40 && same > .95 * n) }'
}

@test "a text is scored in blocks of the context, each by itself" {
  rnn-predict --score --tokens lm.bin text.bin | head -n 33 | cut -f 1 > rows
  # The block that begins with token 16, alone.
  head -c 33 text | tail -c 17 > block
  tokenize --chars block | vocab | rnn-predict --score --tokens lm.bin | head -n 16 | cut -f 1 > alone
  sed -n '17,32p' rows | diff - alone
}

@test "threads and pieces change nothing; training is the same twice" {
  rnn-predict --score lm.bin text.bin > one
  rnn-predict --threads 2 --score lm.bin text.bin | cmp - one
  for threads in 1 2; do
    rnn-train -q --no-history --net "embedding 8, positions 8, transformer 8 causal, softmax" --threads $threads \
      --batch 64 --epochs 1 text.bin > "again.$threads"
  done
  cmp again.1 again.2
}

@test "--max-steps: the end of training and of its schedule" {
  net="embedding 8, positions 8, transformer 8 causal, softmax"
  rnn-train -q --net "$net" --batch 64 --epochs 3 --max-steps 60 --schedule linear --rate 0.01 --log log --log-every 1 text.bin > max.bin
  [ "$(ts-convert --to tsv --no-words --tensor rnn.training max.bin | grep -c '^steps=60$')" = 1 ]
  awk -F '\t' '/^[0-9]/ { n++; last = $6; if (n == 31) half = $6 } END { print n, half, last
    exit !(n == 60 && half > .0049 && half < .0051 && last < .0002 && last > 0) }' log
}

@test "a run that was stopped is resumed to the same bytes" {
  net="embedding 8, positions 8, transformer 8 causal, softmax"
  rnn-train -q --no-history --net "$net" --batch 64 --epochs 2 text.bin > whole
  rnn-train -q --no-history --net "$net" --batch 64 --epochs 2 --checkpoint part --max-time 0.01 text.bin > x || true
  [ ! -e part ] || rnn-train -q --no-history --net "$net" --batch 64 --epochs 2 --resume part text.bin | cmp - whole
}

@test "encoders classify and tag; what is longer than the context is cut, or refused" {
  rnn-train -q --task classify --net "embedding 8, positions 8, transformer 8 heads=2, mean, softmax" \
    --epochs 5 --rate 0.01 labelled.bin > classify.bin
  [ "$(cut -f 2 labelled | vocab | rnn-predict --classify classify.bin | diff - <(cut -f 1 labelled) | wc -l)" = 0 ]
  run -1 rnn-train -q --task classify --net "embedding 8, positions 4, transformer 8 heads=2, mean, softmax" labelled.bin
  [[ $output == *"the longest sequence has 5 steps, but the network reads 4 at once"* ]]
  run -1 rnn-predict --classify classify.bin <(echo "a b c a b c a b c" | vocab)
  [[ $output == *"a sequence of 9 steps, but the network reads 8 at once (positions)"* ]]
  # Tags: of sequences of 9 steps, in blocks of 4; each tag says its token.
  awk 'BEGIN { for (i = 0; i < 200; i++) { t = w = ""; for (k = 0; k < 1 + i % 9; k++) { c = (i * i + k * i) % 5; t = t " t" c; w = w " w" c }
    print substr(t, 2) "\t" substr(w, 2) } }' > tagged
  vocab --tags tagged > tagged.bin
  rnn-train -q --task tag --net "embedding 8, positions 4, transformer 8 heads=2, softmax" --epochs 10 --rate 0.02 tagged.bin > tag.bin
  rnn-predict --tag --report - tag.bin tagged.bin | grep -qx $'accuracy\t1.*'
}

@test "a series longer than the context is learnt in blocks, and forecast" {
  awk 'BEGIN { for (i = 0; i < 400; i++) print sin(i / 5) }' | ts-convert --from tsv --no-words --tensor series > s.bin
  rnn-train -q --task regress --target next --epochs 100 --batch 4 --rate 0.005 \
    --net "dense 8, positions 16, transformer 8 heads=2 causal, squared-error" s.bin > r.bin
  rnn-predict --forecast 20 r.bin s.bin | ts-convert --to tsv --no-words --tensor series > made
  awk '{ d = $1 - sin((400 + NR - 1) / 5); s += d * d } END { print NR, s / NR; exit !(NR == 20 && s / NR < .2) }' made
}

@test "what does not go together is refused" {
  refused() {
    run "-$1" rnn-train -q --net "$2" "${@:4}" text.bin
    echo "$output"
    [[ $output == *"$3"* ]]
  }
  refused 2 "embedding 6, attention 4 causal, softmax" "6 numbers cannot be shared by 4 heads"
  refused 2 "embedding 8, attention 4, softmax" "'causal' has it read the last ones"
  refused 2 "attention 4 causal, softmax" "reads numbers, not tokens"
  refused 2 "embedding 8, attention 4 causal, softmax" "needs whole sequences: they cannot be cut"
  refused 2 "embedding 8, positions 8, softmax" "bptt 9 is more than the network reads at once, 8 steps" --bptt 9
  refused 2 "embedding 8, a=transformer 8 causal, softmax" "has no label"
  refused 2 "embedding 8, transformer 8 causal from input, softmax" "of pairs one of the source: from +LABEL"
  refused 2 "embedding 8, positions 8, transformer 6 causal, softmax" "rows of 6 numbers cannot be added to rows of 8"
}
