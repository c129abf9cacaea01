#!/usr/bin/env bats
# w2v: word vectors from ids.  The mathematics is tested in tests/lib/w2v_test.c; this is about
# the program.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # Two topics that never meet: the words of one are each other's neighbours.
  awk 'BEGIN {
    srand(7)
    split("red green blue yellow brown", colour)
    split("one two three four five", number)
    for (line = 0; line < 4000; line++) {
      text = ""
      for (i = 0; i < 8; i++) {
        k = int(rand() * 5) + 1
        text = text (i ? " " : "") (line % 2 ? colour[k] : number[k])
      }
      print text
    }
  }' > text
  vocab text > ids.bin
}

small() {
  w2v --threads 1 --dim 20 --sample 0 "$@"
}

# Train for 400 epochs, but stop it soon: `stopped CHECKPOINT OUTPUT`.
stopped() {
  w2v --threads 1 --dim 20 --sample 0 --epochs 400 --checkpoint "$1" -o "$2" ids.bin 3>&- &
  pid=$!
  sleep 0.5
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  [ $status -eq 143 ]
}

@test "w2v: words of one topic become neighbours, with every model and loss" {
  for model in skipgram cbow; do
    for loss in negative hierarchical softmax; do
      small --model $model --loss $loss --rate 0.05 --epochs 4 ids.bin > emb.bin
      run -0 neighbors -e emb.bin -k 4 red
      echo "$model $loss: $output"
      for word in green blue yellow brown; do
        [[ $output == *$word* ]]
      done
    done
  done
}

@test "w2v: one thread, same seed: same bytes; another seed: others" {
  small ids.bin > a.bin
  small ids.bin > b.bin
  small --seed 2 ids.bin > c.bin
  cmp a.bin b.bin
  run ! ts-diff -q a.bin c.bin
}

@test "w2v: a pipe gives what a file gives, and --memory changes nothing" {
  small ids.bin > a.bin
  bash -c 'set -o pipefail; cat ids.bin | w2v --threads 1 --dim 20 --sample 0 --memory 64K > b.bin'
  cmp a.bin b.bin
}

@test "w2v: streams joined by cat are one text; other vocabularies are refused" {
  head -n 2000 text | vocab --from ids.bin > one.bin
  tail -n +2001 text | vocab --from ids.bin > two.bin
  small --no-history ids.bin > a.bin
  cat one.bin two.bin | small --no-history > b.bin
  ts-diff a.bin b.bin
  echo other words | vocab > other.bin
  run -1 bash -c 'cat ids.bin other.bin | w2v 2>&1 >/dev/null'
  [[ $output == *"different vocabularies"* ]]
}

@test "w2v: stopped by SIGTERM it saves, and --resume ends with the bytes of an unbroken run" {
  small --epochs 400 -o whole.bin ids.bin
  stopped state part.bin
  [ ! -e part.bin ]
  small --epochs 400 --resume state -o part.bin ids.bin
  cmp whole.bin part.bin
}

@test "w2v: a checkpoint of other settings is refused" {
  stopped state part.bin
  run -1 small --epochs 401 --resume state -o part.bin ids.bin
  [[ $output == *"made by"* ]]
}

@test "w2v: divergence ends with status 5 and no file" {
  run -5 small --rate 1e5 -o emb.bin ids.bin
  [[ $output == *"not finite"* ]]
  [ ! -e emb.bin ]
}

@test "w2v: --init begins with the vectors given" {
  small --epochs 3 ids.bin > first.bin
  small --rate 0 --last-rate 0 --epochs 1 --init first.bin --no-history ids.bin > second.bin
  ts-diff first.bin second.bin
  run -1 small --dim 21 --init first.bin -o third.bin ids.bin
  [[ $output == *"21"* ]]
}

@test "w2v: --context writes the output vectors; vocab and counts go along" {
  small --context ids.bin > emb.bin
  run -0 ts-info emb.bin
  [[ $output == *"embedding        f32    (11, 20)"* ]]
  [[ $output == *"context          f32    (11, 20)"* ]]
  [[ $output == *"vocab "* && $output == *"counts "* ]]
  [[ $output != *" ids "* ]]
}

@test "w2v: UNKNOWN_TOKEN is not trained unless asked for" {
  sed 's/five/rare/' text | vocab --top 9 > cut.bin
  unknown() { ts-convert --to tsv "$1" | grep '^UNKNOWN_TOKEN'; }
  small --epochs 1 cut.bin > one.bin
  small --epochs 2 cut.bin > two.bin
  [ "$(unknown one.bin)" = "$(unknown two.bin)" ]
  small --epochs 2 --specials cut.bin > trained.bin
  [ "$(unknown one.bin)" != "$(unknown trained.bin)" ]
}

@test "w2v: two threads train as well as one" {
  w2v --threads 2 --dim 20 --sample 0 --epochs 4 --rate 0.05 ids.bin > emb.bin
  run -0 neighbors -e emb.bin -k 4 three
  for word in one two four five; do
    [[ $output == *$word* ]]
  done
}

@test "w2v: the log is a table whose loss falls" {
  small --epochs 60 --log log ids.bin > emb.bin
  head -n 1 log | grep -q "^step.epoch.seconds.tokens.tokens_per_second.rate.loss.share$"
}

@test "w2v: input that is no text of ids is refused, with a reason" {
  small ids.bin > emb.bin
  run -1 bash -c 'w2v emb.bin 2>&1 >/dev/null'
  [[ $output == *"no 'ids'"* ]]
  run -4 w2v text
  printf '' > empty
  run -3 w2v empty
}

@test "w2v: a text without words to train is an error, not a crash" {
  for text in '' 'a a a'; do
    printf '%s' "$text" | vocab --top 1 > none.bin
    run -1 bash -c 'w2v none.bin 2>&1 >/dev/null'
    [[ $output == *"no words to train on"* ]]
  done
}

# A text in which what a word stands beside depends on its ending, of stems that come and go.
endings() {
  awk 'BEGIN {
    srand(3)
    n = split("walk talk jump play work cook paint sail climb push pull help", stem, " ")
    m = split("s ed ing er", ending, " ")
    split("daily yesterday now person", near, " ")
    for (line = 0; line < 6000; line++) {
      e = int(rand() * m) + 1
      s = int(rand() * n) + 1
      if (s == 1 && e == 3) continue # never "walking"
      print near[e], stem[s] ending[e], near[e]
    }
  }' | vocab > endings.bin
}

@test "w2v --char-ngrams: words without a vector get one from their parts" {
  endings
  w2v -t 1 --dim 16 --sample 0 --epochs 5 --char-ngrams endings.bin > emb.bin
  run -0 neighbors -k 5 -e emb.bin walking
  echo "$output"
  [ "$(cut -f 2,4,6,8,10 <<< "$output" | tr '\t' '\n' | grep -c ing)" -ge 4 ]
  # emb-ngrams composes the same vector.
  emb-ngrams --compose -e emb.bin walking | neighbors --vector -k 5 -e emb.bin > near
  [ "$(cat near)" = "$output" ]
  # Of a word of unknown parts nothing is known.
  run -1 --separate-stderr neighbors -e emb.bin zzz
  [[ $stderr == *"unknown word 'zzz'"* ]]
}

@test "w2v --char-ngrams: what is written is what tensor-stream(5) says, by another implementation" {
  endings
  w2v -t 1 --dim 6 --epochs 1 --char-ngrams --shortest 2 --longest 3 --min-df 1 endings.bin > emb.bin
  emb-ngrams --compose -e emb.bin walking working > composed
  for tensor in charngram.hash charngram.vector charngram.settings; do
    ts-convert --no-words --to tsv --tensor $tensor emb.bin > $tensor
  done
  ts-convert --to tsv emb.bin > words
  python3 - <<'END'
def fnv(text):
    h, mask = 0xcbf29ce484222325, 2**64 - 1
    for b in text.encode():
        h = (h ^ b) * 0x100000001b3 & mask
    h = (h ^ h >> 32) * 0xd6e8feb86659fd93 & mask
    return h ^ h >> 32
def rows(name):
    return [line.rstrip("\n").split("\t") for line in open(name)]
hashes = [int(row[0]) % 2**64 for row in rows("charngram.hash")]
vectors = [[float(x) for x in row] for row in rows("charngram.vector")]
assert hashes == sorted(hashes) and len(vectors) == len(hashes)
assert rows("charngram.settings") == [["shortest=2"], ["longest=3"], ["sum=mean"]]
def compose(word):
    text = "<" + word + ">"
    grams = {fnv(text[i:i + n]) for n in (2, 3) for i in range(len(text) - n + 1)}
    known = [vectors[hashes.index(h)] for h in grams if h in hashes]
    return [sum(v[j] for v in known) / len(known) for j in range(6)]
got = rows("composed")
assert all(abs(float(x) - y) < 1e-6 for x, y in zip(got[0][1:], compose("walking")))
own = next(row for row in rows("words") if row[0] == "working")
assert got[1] == own # a known word has a vector of its own besides
END
}

@test "w2v --char-ngrams: resumed, begun from vectors, of two threads" {
  endings
  w2v -t 1 --dim 20 --sample 0 --epochs 400 --char-ngrams --checkpoint state -o part.bin endings.bin 3>&- &
  pid=$!
  sleep 0.5
  kill -TERM $pid
  wait $pid || true
  w2v -t 1 --dim 20 --sample 0 --epochs 400 --char-ngrams --resume state -o part.bin endings.bin
  w2v -t 1 --dim 20 --sample 0 --epochs 400 --char-ngrams -o whole.bin endings.bin
  cmp whole.bin part.bin
  run -1 w2v -t 1 --dim 20 --sample 0 --epochs 400 --resume state -o other.bin endings.bin
  w2v -t 1 --dim 20 --epochs 1 --rate 0 --char-ngrams --no-history --init part.bin endings.bin > again.bin
  ts-convert --to tsv part.bin > part.tsv
  ts-convert --to tsv again.bin > again.tsv
  paste part.tsv again.tsv | awk '{ for (i = 2; i <= 21; i++) if ((d = $i - $(i + 21)) > 1e-4 || d < -1e-4) exit 1 }'
  w2v -t 2 --dim 16 --sample 0 --epochs 5 --char-ngrams endings.bin > two.bin
  run -0 neighbors -k 3 -e two.bin walking
  [[ $output == *ing* ]]
}

@test "w2v: --shortest and the like need --char-ngrams; n-grams that no word has are refused" {
  run -2 w2v --longest 4 ids.bin
  [[ $output == *"--char-ngrams"* ]]
  run -2 w2v --char-ngrams --shortest 4 --longest 3 ids.bin
  run -1 bash -c 'w2v --char-ngrams --min-df 1000 ids.bin 2>&1 >/dev/null'
  [[ $output == *"no n-gram"* ]]
}

@test "w2v: options that change nothing are refused, the full softmax says its cost" {
  run -2 w2v --loss hierarchical --negative 5 ids.bin
  [[ $output == *"--negative goes with --loss negative"* ]]
  run -2 w2v --loss softmax --noise-power 1 ids.bin
  run -2 w2v --schedule constant --last-rate 0.01 ids.bin
  # Known before anything is trained: so the run can be stopped.
  awk 'BEGIN { for (i = 0; i < 60000; i++) { printf "w%d ", i * 7919 % 20000; if (i % 20 == 19) print "" } }' |
    vocab > many.bin
  run bash -c 'timeout 5 w2v -t 1 --loss softmax --epochs 1000 many.bin 2>&1 > /dev/null'
  [[ $output == *"the full softmax will take about "*" hours"* ]]
  run -0 --separate-stderr small --loss softmax --epochs 1 -o emb.bin ids.bin
  [ -z "$stderr" ]
}

@test "w2v: the rate of CBOW, and one at which it diverges" {
  small --model cbow --epochs 2 --no-history ids.bin > a.bin
  small --model cbow --epochs 2 --no-history --rate 0.075 ids.bin > b.bin
  small --model cbow --epochs 2 --no-history --rate 0.05 ids.bin > c.bin
  cmp a.bin b.bin
  run ! cmp -s a.bin c.bin
  run bash -c 'w2v -t 1 --dim 20 --sample 0 --model cbow --rate 5 --epochs 20 ids.bin 2>&1 > out.bin'
  [ "$status" -ne 0 ] || [[ $output == *"a smaller --rate may help"* ]]
}

@test "w2v --model cbow: a rate with which vectors are poor is warned of" {
  vocab <(seq 500 | sed 's/\(.\)/\1 /g') > ids.bin
  run -0 --separate-stderr w2v -t 1 --dim 4 --epochs 1 --model cbow --rate 0.2 -o emb.bin ids.bin
  [[ "$stderr" = "w2v: --rate 0.2: with rates above 0.15, vectors of cbow are poor"* ]]
  run -0 --separate-stderr w2v -t 1 --dim 4 --epochs 1 --model cbow --rate 0.15 -o emb.bin ids.bin
  [[ "$stderr" != *poor* ]]
  run -0 --separate-stderr w2v -t 1 --dim 4 --epochs 1 --rate 0.2 -o emb.bin ids.bin
  [[ "$stderr" != *poor* ]]
}
