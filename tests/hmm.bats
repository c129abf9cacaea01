# hmm-train and hmm-predict.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  # Words of three classes; "can" is a noun after "the" and a verb otherwise.
  awk 'BEGIN {
    srand(11); split("dog man book tree window", noun); split("sees eats takes walking running", verb)
    for (s = 0; s < 200; s++) {
      print "the\tDET"; print (rand() < 0.2 ? "can" : noun[int(rand() * 5) + 1]) "\tNOUN"
      if (rand() < 0.3) print "can\tVERB"
      print verb[int(rand() * 5) + 1] "\tVERB"
      print "the\tDET"; print noun[int(rand() * 5) + 1] "\tNOUN"; print ""
    }
  }' > text
  hmm-train -o tagger.bin text
  awk 'NF { tags = tags (tags ? " " : "") $2; words = words (words ? " " : "") $1; next }
    { print tags "\t" words; tags = words = "" }' text > tagged
  vocab --no-unknown --tags tagged > tagged.bin
  hmm-train --plain -o plain.bin tagged.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' || { echo "$1 is below $2"; return 1; }
}

accuracy() {
  hmm-predict --report - "$@" | awk '$1 == "accuracy" { print $2 }'
}

@test "hmm: a tagger tells what words are by what stands before them" {
  [ "$(accuracy tagger.bin text)" = 1.0000 ]
  run -0 hmm-predict --tag tagger.bin <(printf 'the\ncan\ncan\nsees\n')
  [ "$output" = "DET NOUN VERB VERB" ]
}

@test "hmm: unknown words are guessed by their ending, and by capitals" {
  run -0 hmm-predict --tag tagger.bin <(printf 'the\nhouse\ntalking\nthe\ncat\n')
  [ "$output" = "DET NOUN VERB DET NOUN" ]
  run -0 hmm-predict --tag tagger.bin <(printf 'The\nDOG\nsees\n')
  [ "$output" = "DET NOUN VERB" ]
}

@test "hmm-train --order 2: pairs instead of triples" {
  hmm-train --order 2 -o pairs.bin text
  at_least "$(accuracy pairs.bin text)" 0.98
  run ! cmp -s pairs.bin tagger.bin
}

@test "hmm-predict: columns out, as crf-predict has them" {
  printf '\nthe\ndog\n\n\nman\n' | hmm-predict tagger.bin > out
  printf '\nthe\tDET\ndog\tNOUN\n\n\nman\tNOUN\n' | diff - out
  head -n 3 text | hmm-predict tagger.bin | cut -f2,3 | awk '$1 != $2 { exit 1 }'
}

@test "hmm-predict --probabilities: of all tags, together 1" {
  hmm-predict --probabilities tagger.bin <(cut -f1 text) > out
  awk 'NF { sum = $3; for (i = 5; i <= NF; i += 2) sum += $i
    if (NF != 7 || sum < 0.9999 || sum > 1.0001) { print; exit 1 } }' out
}

@test "hmm-predict --score: of the best tags below 0, of wrong ones lower" {
  hmm-predict --score tagger.bin <(cut -f1 text) | awk '{ if ($1 > 1e-6) exit 1 }'
  a=$(printf 'the\tDET\ncan\tNOUN\n' | hmm-predict --score tagger.bin | cut -f1)
  b=$(printf 'the\tDET\ncan\tVERB\n' | hmm-predict --score tagger.bin | cut -f1)
  at_least "$a" "$b"
}

@test "hmm-train --plain: shares of counts" {
  hmm-train --plain --add 0 -o counts.bin tagged.bin
  # Every sentence begins with DET, and what follows DET is NOUN.
  ts-convert --to tsv --tensor hmm.start counts.bin > start
  tr -s '\t\n' '  ' < start
  [ "$(awk '{ s += $1; if ($1 > m) m = $1 } END { print s, m }' start)" = "1 1" ]
  at_least "$(accuracy plain.bin tagged.bin)" 0.99
}

@test "hmm-predict of a plain model: a stream and columns give the same" {
  hmm-predict --tag plain.bin tagged.bin > a
  cut -f1 text | hmm-predict --tag plain.bin | cmp - a
  [ "$(wc -l < a)" -eq 200 ]
}

@test "hmm-predict --score of a plain model: ln p(text)" {
  # The probabilities of all sentences of one word are 1 together.
  printf 'the\n\ncan\n\ndog\n\nman\n\nbook\n\ntree\n\nwindow\n\nsees\n\neats\n\ntakes\n\nwalking\n\nrunning\n' |
    hmm-predict --score plain.bin | awk '{ sum += exp($1) } END { print sum; exit !(sum > 0.99999 && sum < 1.00001) }'
}

@test "hmm-predict --posterior: the most probable state of each token" {
  hmm-predict --posterior --probabilities plain.bin tagged.bin |
    awk 'NF { if ($6 > $4 || $8 > $4) { print; exit 1 } }'
}

@test "hmm-train --states: finds classes of words, and the likelihood never falls" {
  sed 's/.*\t//' tagged | vocab --no-unknown > words.bin
  hmm-train -q --states 3 --seed 4 --log log --tolerance 1e-7 --epochs 300 -o hidden.bin words.bin
  awk 'NR > 1 { if (NR > 2 && $7 > last + 1e-9) { print; exit 1 } last = $7 } END { exit NR < 4 }' log
  # "the" has a state of its own.
  hmm-predict hidden.bin words.bin > states
  [ "$(awk '$1 == "the" { print $2 }' states | sort -u | wc -l)" -eq 1 ]
  the=$(awk '$1 == "the" { print $2; exit }' states)
  [ "$(awk -v s="$the" '$1 != "the" && $2 == s' states | wc -l)" -eq 0 ]
}

@test "hmm-train --init: continues" {
  sed 's/.*\t//' tagged | vocab --no-unknown > words.bin
  hmm-train -q --no-history --states 3 --epochs 7 --tolerance 0 -o whole.bin words.bin
  hmm-train -q --no-history --states 3 --epochs 4 --tolerance 0 -o half.bin words.bin
  hmm-train -q --no-history --init half.bin --epochs 3 --tolerance 0 -o again.bin words.bin
  cmp <(ts-convert --to tsv --tensor hmm.transition again.bin) <(ts-convert --to tsv --tensor hmm.transition whole.bin)
  # So does --resume, whatever the iterations so far.
  hmm-train -q --no-history --states 3 --epochs 7 --tolerance 0 --resume half.bin words.bin > resumed.bin
  cmp resumed.bin <(hmm-train -q --no-history --states 3 --epochs 7 --tolerance 0 words.bin)
  run -1 hmm-train -o x --states 4 --resume half.bin words.bin
  [[ $output == *"3 states, not 4"* ]]
  printf 'other words\n' | vocab > other.bin
  run -1 hmm-train -o x --init half.bin other.bin
  [[ $output == *"vocabulary is not that of the model"* ]]
}

@test "hmm: sequences of numbers" {
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - > series.bin <<'END'
import random, sys
from tensor_stream import record, stream
random.seed(5)
rows = []
for t in range(1000):
    state = t // 20 % 2
    rows += [random.gauss(3 if state else -3, 1), random.gauss(0, 2 if state else 0.5)]
sys.stdout.buffer.write(stream(record("series", "f32", [1000, 2], rows), record("lengths", "i32", [2], [400, 600])))
END
  hmm-train -q --states 2 -o gauss.bin series.bin
  ts-convert --to tsv --tensor hmm.mean gauss.bin | awk '{ d = ($1 < 0 ? -$1 : $1) - 3; if (d > 0.2 || d < -0.2) exit 1 }'
  hmm-predict --tag gauss.bin series.bin | tr ' ' '\n' > states
  # Changes every 20 steps.
  [ "$(uniq states | wc -l)" -le 56 ]
  printf -- '-2.9\t0.1\n3.1\t0.5\n' | hmm-predict --tag gauss.bin | awk '{ exit $1 == $2 }'
  hmm-predict --generate 500 --states gauss.bin | awk 'NF == 3 { n++ } END { exit n != 500 }'
  printf '3.1\tx\n' > odd
  run -4 hmm-predict gauss.bin odd
  [[ $output == *"x is no number"* ]]
}

@test "hmm-predict --generate: text of the model, the seed decides" {
  hmm-predict --generate 5 --count 400 plain.bin > a
  [ "$(wc -l < a)" -eq 400 ]
  [ "$(awk '{ print NF }' a | sort -u)" = 5 ]
  # Nearly all begin as the sentences do.
  at_least "$(grep -c '^the' a)" 390
  hmm-predict --generate 5 --count 400 --seed 2 plain.bin > b
  run ! cmp -s a b
  hmm-predict --generate 5 --count 400 --seed 1 plain.bin | cmp - a
  run -0 hmm-predict --generate 3 --states plain.bin
  [[ ${lines[0]} == "the	DET" ]]
}

@test "hmm-train: a tagger of a stream is that of a text" {
  printf 'the D\ndog N\nbites V\n\nthe D\nman N\nsleeps V\n' > t
  hmm-train --no-history t > a.bin
  ts-convert --from conll t | hmm-train --no-history | cmp - a.bin
  cut -d' ' -f1 t | ts-convert --from conll --columns 1 > untagged.bin
  run -1 hmm-train -o x untagged.bin
  [[ $output == *"untagged.bin: no tags to learn"* ]]
  ts-convert --from conll t > t.bin
  run -2 hmm-train -o x --tag-column 1 t.bin
}

@test "hmm: what cannot be learnt is refused, and says why" {
  printf 'a\tX\nb\tX\n' > one
  run -1 hmm-train -o x one
  [[ $output == "hmm-train: one: all tokens have the same tag"* ]]
  run -1 hmm-train -o x /dev/null
  [[ $output == *"no tokens"* ]]
  printf 'a\n' > words
  run -1 hmm-train -o x words
  [[ $output == *"one column"* ]]
  run -1 hmm-train -o x --tag-column 5 text
  [[ $output == *"no column 5"* ]]
  echo 'a b' | vocab > untagged.bin
  run -1 hmm-train -o x --plain untagged.bin
  [[ $output == *"no tags to count"* ]]
  run -1 hmm-predict --generate 3 tagger.bin
  [[ $output == *"trigram tagger"* ]]
  run -1 hmm-predict untagged.bin words
  [[ $output == *"no hidden Markov model"* ]]
}

@test "hmm: options that would do nothing are refused" {
  run -2 hmm-train --states 3 --order 2 text
  run -2 hmm-train --seed 3 text
  run -2 hmm-train --plain --states 3 text
  run -2 hmm-train --add 1 text
  run -2 hmm-predict --count 3 tagger.bin text
  run -2 hmm-predict --generate 3 plain.bin text
  run -2 hmm-predict --tag --probabilities tagger.bin text
}

@test "hmm: parts of speech of UD English EWT: 93.8 % and more" {
  data=${WORDPIPE_DATA:-../shared/data}/pos-ewt
  [ -f "$BATS_TEST_DIRNAME/../$data/train.tsv.gz" ] && data=$BATS_TEST_DIRNAME/../$data
  [ -f "$data/train.tsv.gz" ] || skip "no EWT"
  hmm-train -o ewt.bin "$data/train.tsv.gz"
  at_least "$(accuracy ewt.bin "$data/dev.tsv")" 0.938
}

@test "hmm-predict: no tokens is a warning, and text is no model" {
  run -0 bash -c 'hmm-predict tagger.bin < /dev/null'
  [ "$output" = "hmm-predict: <stdin>: no tokens" ]
  run -0 bash -c 'hmm-predict --report - plain.bin < /dev/null'
  [ "$output" = "hmm-predict: <stdin>: no tokens" ]
  run -4 hmm-predict text text
  [ "$output" = "hmm-predict: text: text, not a model as hmm-train writes it: 'hmm-predict MODEL FILE' takes the model first" ]
}
