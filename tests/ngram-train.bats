#!/usr/bin/env bats
# ngram-train and ngram-predict: against the definitions, written out in Python, against published
# figures, and by what must hold.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  python3 - << 'END'
import random
random.seed(5)
words = ["w%d" % i for i in range(40)]
def line():
    w = random.randrange(40)
    out = []
    for _ in range(random.randrange(12)):
        out.append(words[w])
        w = (w * 7 + random.choice((0, 1, 1, 2, 5, random.randrange(40)))) % 40
    return " ".join(out)
open("text", "w").write("".join(line() + "\n" for _ in range(400)))
open("test", "w").write("".join(line() + "\n" for _ in range(30)) + "w1 never w2 w3\n\n")
END
  vocab text > text.bin
  vocab test > test.bin
}

# same_as_reference SMOOTHING ORDER [MIN]
same_as_reference() {
  ngram-train -q --smoothing "$1" --order "$2" ${3:+--min-count "$3"} text.bin > m
  ngram-predict --score m test.bin | cut -f 1 > ours
  python3 "$BATS_TEST_DIRNAME/ngram_reference.py" "$1" "$2" text test "${@:3}" > theirs
  paste ours theirs | awk '{ d = $1 - $2; if (d < -0.002 || d > 0.002) { print; bad = 1 } } END { exit bad }' ||
    { echo "$*"; false; }
}

@test "probabilities are those of the definitions" {
  for order in 1 2 3 5; do
    for smoothing in kneser-ney katz witten-bell absolute; do
      same_as_reference $smoothing $order
    done
  done
  same_as_reference add-k 1
  same_as_reference add-k 2
}

@test "cut-offs: what is left out goes to the shorter context" {
  for smoothing in kneser-ney witten-bell absolute katz; do
    same_as_reference $smoothing 3 1,1,2
    same_as_reference $smoothing 3 1,2,3
  done
  run -2 ngram-train --min-count 2,1 text.bin
  run -2 ngram-train --min-count 0 text.bin
}

@test "the next words have probabilities that add up to 1" {
  for smoothing in kneser-ney katz witten-bell absolute add-k; do
    ngram-train -q --smoothing $smoothing --order 3 text.bin > m
    for prime in "" "w1" "w3 w9" "w39 w1 w8"; do
      ngram-predict --next 1000 --unknown ${prime:+--prime "$prime"} m |
        awk -F'\t' 'BEGIN { last = 2 } { sum += $2; if ($2 > last) exit 1; last = $2 }
          END { exit sum < 0.9999 || sum > 1.0001 }' || { echo "$smoothing, '$prime'"; false; }
    done
    ngram-predict --next 1000 --prime w1 m | awk '{ sum += $2 } /UNKNOWN_TOKEN/ { exit 1 }
      END { exit sum < 0.9999 || sum > 1.0001 }'
  done
}

@test "Penn Treebank: published perplexities to the last digit" {
  [ -d "$WORDPIPE_DATA/ptb" ] || skip "no ptb"
  gzip -dc "$WORDPIPE_DATA/ptb/ptb.train.txt.gz" | vocab > train.bin
  gzip -dc "$WORDPIPE_DATA/ptb/ptb.valid.txt.gz" | vocab > valid.bin
  while read -r smoothing order perplexity; do
    ngram-train --smoothing "$smoothing" --order "$order" train.bin > m
    ngram-predict --score --report - m valid.bin > report
    [ "$(awk '$1 == "tokens" { print $2 }' report)" = 73760 ]
    [ "$(awk '$1 == "perplexity" { printf "%.2f", $2 }' report)" = "$perplexity" ] ||
      { echo "$smoothing $order"; cat report; false; }
  done << 'END'
katz 3 177.54
katz 5 172.20
kneser-ney 2 199.02
kneser-ney 3 157.77
kneser-ney 5 148.01
END
}

@test "parts that are merged have the bytes of one run" {
  head -n 150 text | vocab --from text.bin | ngram-train --no-history --counts > c1
  tail -n +151 text | vocab --from text.bin | ngram-train --no-history --counts > c2
  ngram-train --no-history -q text.bin > whole
  ngram-train --no-history -q --merge c1 c2 | cmp - whole
  ngram-train --no-history -q --merge c2 c1 | cmp - whole
  ngram-train --no-history --counts text.bin > c
  ngram-train --no-history --counts --merge c1 c2 | cmp - c
  run -1 ngram-train --merge --order 4 c1
  [[ $output = *"no 'ngram.4.ids'"* ]]
  vocab test | ngram-train --counts > other
  run -1 ngram-train --merge c1 other
  [[ $output = *"vocabularies differ"* ]]
}

@test "whatever the memory, the same bytes" {
  for _ in $(seq 40); do cat text; done | awk '{ print; print $0, "w" NR }' > long
  vocab long > long.bin
  for smoothing in kneser-ney katz witten-bell absolute; do
    for order in 1 2 4; do
      ngram-train --no-history -q --smoothing $smoothing --order $order long.bin > large
      ngram-train --no-history -q --smoothing $smoothing --order $order -m 64K long.bin |
        cmp - large || { echo "$smoothing $order"; false; }
    done
  done
  ngram-train --no-history -q --min-count 1,1,2 long.bin > large
  ngram-train --no-history -q --min-count 1,1,2 -m 64K long.bin | cmp - large
  ngram-train --no-history -q --smoothing add-k --order 2 long.bin > large
  ngram-train --no-history -q --smoothing add-k --order 2 -m 64K long.bin | cmp - large
  ngram-train -q --arpa long.bin > large
  ngram-train -q --arpa -m 64K long.bin | cmp - large
  ngram-train --no-history --counts long.bin > large
  ngram-train --no-history --counts -m 64K long.bin | cmp - large
  ngram-train --no-history -q --merge large large > twice
  ngram-train --no-history -q --merge -m 64K large large | cmp - twice
  run -1 ngram-train --prune 1e-8 -m 64K long.bin
  [[ $output = *"--prune needs all n-grams in memory"*"see --memory"* ]]
}

@test "a full disk is said" {
  for _ in $(seq 20); do cat text; done | awk '{ print $0, "w" NR }' | vocab > long.bin
  # No disk is full here; a limit of the size of files is as good.
  run -1 --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 64
    ngram-train -q -m 64K -T . long.bin | wc -c; exit "${PIPESTATUS[0]}"'
  [ "$stderr" = "ngram-train: .: temporary file: cannot write (byte 65536): File too large" ] ||
    { echo "$stderr"; false; }
  run -1 ngram-train -q -m 64K -T nowhere long.bin
  [[ $output = *"nowhere: temporary file: cannot create"* ]]
}

@test "pruning leaves out what adds the least, as the definition has it" {
  vocab --no-unknown text > closed.bin
  for smoothing in kneser-ney katz absolute; do
    ngram-train -q --smoothing $smoothing --order 3 --arpa closed.bin > whole
    for share in 1e-6 3e-5 1e-3; do
      ngram-train -q --smoothing $smoothing --order 3 --prune $share --arpa closed.bin > pruned
      python3 "$BATS_TEST_DIRNAME/prune_reference.py" $share whole pruned ||
        { echo "$smoothing $share"; false; }
      [ "$(wc -l < pruned)" -lt "$(wc -l < whole)" ] || [ $share = 1e-6 ]
    done
  done
  # The same whether suffixes are known to be there or not: read back from ARPA they are not.
  ngram-train -q --order 4 --prune 1e-4 closed.bin > m
  ngram-train -q --order 4 --prune 1e-4 --arpa closed.bin | ngram-train --from-arpa > back
  ngram-predict -q --score --tokens m test.bin > a
  ngram-predict -q --score --tokens back test.bin | diff - a
  ngram-train -q --prune 1e-4 --no-history text.bin > m
  ngram-predict --next 1000 --unknown --prime "w1 w8" m |
    awk '{ sum += $2 } END { exit sum < 0.9999 || sum > 1.0001 }'
  run -2 ngram-train --prune 1e-8 --smoothing add-k text.bin
  [[ $output = *"--prune: not of add-k"* ]]
  run -2 ngram-train --prune 1e-8 --counts text.bin
}

@test "log: a row for each length" {
  ngram-train -q --order 3 --log log text.bin > m
  [ "$(head -n 1 log | cut -f 1-4)" = "n	types	once	in_model" ]
  [ "$(cut -f 1 log | tail -n +2 | tr '\n' ' ')" = "1 2 3 " ]
  awk -F'\t' 'NF != 8 { exit 1 } NR > 1 && ($4 != $2 || $3 > $2 || $5 <= 0 || $5 > 1) { exit 1 }' log
  run -2 ngram-train --counts --log log text.bin
}

@test "counts are those of the text" {
  ngram-train --order 3 --counts text.bin > c
  ts-convert --to tsv --tensor ngram.3.count c | awk '{ n += $1 } END { print n }' > sum
  awk '{ n += NF + 1 } END { print n }' text | diff - sum
}

@test "markers of the text are not doubled" {
  tokenize --markers < text | vocab | ngram-train -q --no-history > with
  # The same lines: tokenize leaves out those without tokens.
  grep . text | tokenize | vocab | ngram-train -q --no-history > without
  grep . test | tokenize --markers | vocab | ngram-predict --score with | cut -f 1-3 > a
  grep . test | tokenize | vocab | ngram-predict --score without | cut -f 1-3 | diff - a
}

@test "ARPA: what goes out comes back" {
  for smoothing in kneser-ney katz; do
    vocab --no-unknown text | ngram-train -q --smoothing $smoothing --order 4 > m
    vocab --no-unknown text | ngram-train -q --smoothing $smoothing --order 4 --arpa > arpa
    ngram-train --from-arpa arpa > back
    ngram-predict -q --score m test.bin > a
    ngram-predict -q --score back test.bin | diff - a
    [ "$(head -n 1 arpa)" = '\data\' ] && [ "$(tail -n 1 arpa)" = '\end\' ]
  done
  # Every context's probabilities add up to 1 in the file, too.
  python3 - << 'END'
from collections import defaultdict
grams, n = {}, 0
for line in open("arpa"):
    line = line.rstrip("\n")
    if line.endswith("-grams:"):
        n = int(line[1:-7])
    elif n and "\t" in line:
        f = line.split("\t")
        grams[tuple(f[1].split())] = (float(f[0]), float(f[2]) if len(f) > 2 else 0)
def p(h, w):
    if h + (w,) in grams:
        return 10 ** grams[h + (w,)][0]
    return 10 ** grams.get(h, (0, 0))[1] * p(h[1:], w)
words = [g[0] for g in grams if len(g) == 1 and g[0] != "<s>"]
for h in [(), ("<s>",), ("w1",), ("w3", "w21"), ("<s>", "w1")]:
    total = sum(p(h, w) for w in words)
    assert abs(total - 1) < 1e-4, (h, total)
END
}

@test "ARPA files that are wrong are refused, with the line" {
  good() { printf '\\data\\\nngram 1=3\nngram 2=1\n\n\\1-grams:\n-99\t<s>\t-0.3\n-0.3\t</s>\n-0.3\ta\t-0.2\n\n\\2-grams:\n-0.1\t<s> a\n\n\\end\\\n'; }
  good | ngram-train --from-arpa > m
  [ "$(echo a | vocab | ngram-predict --score m | cut -f 1)" = "-1.3816" ]
  refuse() {
    run "-$1" bash -c 'ngram-train --from-arpa > m' < wrong
    echo "$output"
    [[ $output = "ngram-train: <stdin>: "*"$2"* ]]
  }
  good | sed 's/$/\r/' > wrong
  refuse 4 "CR LF"
  good | sed 's/^-0.3\ta/0.3\ta/' > wrong
  refuse 4 "a probability above 1: its logarithm is positive (line 8)"
  good | sed 's/<s>\t-0.3/<s>/' > wrong
  refuse 4 "context has no back-off weight (line 11)"
  good | sed 's/<s> a/b a/' > wrong
  refuse 4 "a word that is not among the 1-grams (line 11)"
  good | sed 's/ngram 2=1/ngram 2=2/' > wrong
  refuse 4 "fewer n-grams than announced"
  good | sed 's/ngram 1=3/ngram 1=4/; s/^-0.3\ta\t.*/&\n&/' > wrong
  refuse 4 "the 1-gram 'a' is there twice"
  good | sed 's/ngram 2=1/ngram 2=2\nngram 3=0/; s/^-0.1\t<s> a/&\t0\n&\t0/; s/^.end/\\3-grams:\n\n&/' > wrong
  refuse 4 "an n-gram that was there before (line 13)"
  good | sed '$d' > wrong
  refuse 3 "cut short"
  good | sed 's/-0.1\t<s> a/-0.1\t<s>/' > wrong
  refuse 4 "fewer words"
  good | sed 's/-0.1\t<s> a/x\t<s> a/' > wrong
  refuse 4 "not a number"
  echo hello > wrong
  refuse 4 'does not begin with'
  run -1 bash -c 'echo "a <unk> b" | vocab | ngram-train -q --arpa'
  [[ $output = *"see vocab --no-unknown"* ]]
}

@test "a mixture: sums of probabilities, and weights that make the text most probable" {
  ngram-train -q --order 1 text.bin > one
  ngram-train -q --order 3 text.bin > three
  ngram-predict --score --tokens one test.bin | grep . | cut -f 1 > p1
  ngram-predict --score --tokens three test.bin > scores
  grep . scores | cut -f 1 > p3
  paste p1 p3 | awk '{ p = 0.25 * exp($1) + 0.75 * exp($2); print log(p) }' > expected
  for how in "--mix three" "--mix-scores scores"; do
    ngram-predict --score --tokens $how --weights 0.25,0.75 one test.bin | grep . | cut -f 1 |
      paste - expected | awk '{ d = $1 - $2; if (d < -.0002 || d > .0002) exit 1 }'
  done
  ngram-predict --score --report - --mix three --find-weights one test.bin > best
  w=$(awk '$1 == "weight" && $2 == 1 { print $3 }' best)
  found=$(awk '$1 == "logprob" { print $2 }' best)
  for d in -0.02 0.02; do
    a=$(awk -v w="$w" -v d=$d 'BEGIN { a = w + d; if (a < 0) a = 0; if (a > 1) a = 1; print a }')
    other=$(ngram-predict --score --report - --mix three --weights "$a,$(awk -v a="$a" 'BEGIN { print 1 - a }')" one test.bin |
      awk '$1 == "logprob" { print $2 }')
    awk -v f="$found" -v o="$other" 'BEGIN { exit o > f + 1e-3 }'
  done
  head -n 5 test | vocab > less.bin
  run -1 ngram-predict --score --mix-scores scores one less.bin
  [[ $output = *"are they of the same text?"* ]]
  run -2 ngram-predict --score --mix three --weights 0.5,0.6 one test.bin
}

@test "generating: the seed decides, and the text is likely" {
  ngram-train -q --order 3 text.bin > m
  ngram-predict --generate 20 --count 5 m > a
  ngram-predict --generate 20 --count 5 m | diff - a
  run ! diff a <(ngram-predict --generate 20 --count 5 --seed 2 m)
  [ "$(wc -l < a)" -eq 5 ]
  first=$(ngram-predict --next 1 m | cut -f 1)
  [[ "$(ngram-predict --generate 1 --greedy m)" = "$([ "$first" = SENTENCE_END ] || echo "$first")" ]]
  ngram-predict --generate 30 --count 200 m | vocab | ngram-predict --score --report - m > made
  awk '$1 == "perplexity" { exit $2 > 41 }' made
}

@test "report: how many n-grams were seen" {
  printf 'a b c\na b d\n' | vocab | ngram-train -q --order 4 > m
  printf 'a b c\n' | vocab | ngram-predict --score --report - m | grep seen > seen
  printf 'seen\t1\t4\t4\nseen\t2\t4\t4\nseen\t3\t3\t3\nseen\t4\t2\t2\n' | diff - seen
  printf 'b d x\n' | vocab | ngram-predict --score --report - m | grep seen > seen
  printf 'seen\t1\t3\t4\nseen\t2\t1\t4\nseen\t3\t0\t3\nseen\t4\t0\t2\n' | diff - seen
}

@test "a closed vocabulary: unknown words have no probability, and are counted" {
  vocab --no-unknown text | ngram-train -q > m
  ngram-predict --score --report - m test.bin > report 2> said
  cat said report
  grep -q 'ngram-predict: 1 of .* tokens have no probability' said
  [ "$(awk '$1 == "never" { print $2 }' report)" = 1 ]
}

@test "discounts that cannot be had are said, and training goes on" {
  printf 'a b\na b\n' | vocab > tiny.bin
  ngram-train tiny.bin > m 2> said
  grep -q 'discounts of 1-grams cannot be had from these counts: taken as 0.5, 1 and 1.5' said
  ngram-predict --next 10 --unknown m | awk '{ s += $2 } END { exit s < 0.9999 || s > 1.0001 }'
  ngram-train -q tiny.bin > m 2> said
  [ ! -s said ]
}

@test "no text is refused, and so are other streams" {
  vocab < /dev/null > empty.bin
  run -1 ngram-train empty.bin
  [[ $output = *"no text to count"* ]]
  run -1 ngram-predict --score test.bin text.bin
  [[ $output = *"no n-gram model: is this the output of ngram-train?"* ]]
  run -2 ngram-train text.bin text.bin
  [[ $output = *"several files are for --merge"* ]]
  ngram-train --arpa text.bin > m.arpa
  run -4 ngram-predict --score m.arpa text.bin
  [[ $output = *"m.arpa: an ARPA file, not a tensor stream: 'ngram-train --from-arpa m.arpa' makes a model of it"* ]]
  ngram-train --counts text.bin > counts.bin
  run -1 ngram-predict --score counts.bin text.bin
  [[ $output = *"ngram-train --merge makes a model of counts"* ]]
  run -2 ngram-predict m
  run -2 ngram-predict --score --prime x m
  run -2 ngram-train --counts --smoothing katz text.bin
  run -2 ngram-train --arpa --smoothing add-k text.bin
}

@test "a model that is damaged is refused" {
  ngram-train -q --order 2 text.bin > m
  python3 - "$BATS_TEST_DIRNAME" << 'END'
import sys
sys.path.insert(0, sys.argv[1])
import tensor_stream as t
words = ["UNKNOWN_TOKEN", "a", "SENTENCE_START", "SENTENCE_END"]
def model(start, prob=(-1, -1, -99, -1)):
    return t.stream(t.strings("vocab", words), t.strings("ngram.settings", ["order=2"]),
        t.record("ngram.1.prob", "f32", [4], prob), t.record("ngram.1.backoff", "f32", [4], [0] * 4),
        t.record("ngram.2.start", "i32", [len(start)], start),
        t.record("ngram.2.key", "i32", [1], [5]), t.record("ngram.2.prob", "f32", [1], [-1]))
open("good", "wb").write(model([0, 0, 1]))
open("bad1", "wb").write(model([0, 7, 1]))
open("bad2", "wb").write(model([0, 1]))
open("bad3", "wb").write(model([0, 0, 1], (-1, 2, -99, -1)))
END
  ngram-predict --score good test.bin > /dev/null
  for n in 1 2; do
    run -1 ngram-predict --score bad$n test.bin
    echo "$output"
  done
  run -4 ngram-predict --score bad3 test.bin
  [[ $output = *"bad3: 1-grams: a number that is no logarithm of a probability"* ]]
}

@test "ngram-predict --report: no file where the rows could not be written" {
  [ -c /dev/full ] || skip "no /dev/full"
  ngram-train -q text.bin > m
  run -1 bash -c 'ngram-predict --score --report report m test.bin > /dev/full'
  [ ! -e report ]
  ngram-predict --score --report report m test.bin > rows
  grep -q '^perplexity' report
  run -4 ngram-predict --score text test.bin
  [ "$output" = "ngram-predict: text: text, not a model as ngram-train writes it: 'ngram-predict MODEL FILE' takes the model first" ]
}
