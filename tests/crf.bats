# crf-train and crf-predict.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  # Phrases that a word and its neighbours tell: DET ADJ* NOUN is one.
  awk 'BEGIN {
    srand(7); split("the a this", det); split("big red old", adj)
    split("dog man book tree", noun); split("sees eats takes", verb)
    for (s = 0; s < 120; s++) {
      for (side = 0; side < 2; side++) {
        print det[int(rand() * 3) + 1], "DET", "B-NP"
        if (rand() < 0.5) print adj[int(rand() * 3) + 1], "ADJ", "I-NP"
        print noun[int(rand() * 4) + 1], "NOUN", "I-NP"
        if (!side) print verb[int(rand() * 3) + 1], "VERB", (rand() < 0.1 ? "O" : "B-VP")
      }
      print ""
    }
  }' > text
  printf 'Uw:%%x[0,0]\nUp:%%x[0,1]\nUpp:%%x[-1,1]/%%x[0,1]\nB\n' > templates
  crf-train -q --templates templates -o crf.bin text
  crf-train -q --method perceptron --templates templates -o perceptron.bin text
}

setup() {
  cd "$BATS_TEST_TMPDIR"
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

# accuracy MODEL TEXT [OPTION ...]
accuracy() {
  local model=$1 text=$2
  shift 2
  crf-predict --report - "$@" "$model" "$text" | awk '$1 == "accuracy" { print $2 }'
}

at_least() {
  awk -v a="$1" -v b="$2" 'BEGIN { exit !(a >= b) }' || { echo "$1 is below $2"; return 1; }
}

@test "crf: it learns what the templates can tell" {
  at_least "$(accuracy crf.bin text)" 0.97
  at_least "$(accuracy perceptron.bin text)" 0.96
  crf-train -q text > default.bin
  at_least "$(accuracy default.bin text)" 0.97
}

@test "crf-predict: columns out: each line, its tag behind it, and empty lines as they were" {
  printf '\n\nthe DET\ndog NOUN\n\n\nman NOUN\n' > in
  crf-predict crf.bin in > out
  printf '\n\nthe DET B-NP\ndog NOUN I-NP\n\n\nman NOUN I-NP\n' | diff - out
  # With tabs, and with the tags, and at the end of the file an empty line.
  printf 'the\tDET\tO\ndog\tNOUN\tO\n\n' | crf-predict crf.bin > out
  printf 'the\tDET\tO\tB-NP\ndog\tNOUN\tO\tI-NP\n\n' | diff - out
  printf '' | crf-predict crf.bin > out
  [ ! -s out ]
  # CR LF, and no line feed at the end.
  printf 'the DET\r\ndog NOUN\r\n\r\n' | crf-predict crf.bin | cut -d' ' -f3 | tr '\n' ' ' > out
  [ "$(cat out)" = "B-NP I-NP  " ]
}

@test "crf-predict --tag: a line of tags for each sentence" {
  crf-predict --tag crf.bin text > tags
  [ "$(wc -l < tags)" -eq 120 ]
  crf-predict crf.bin text | awk 'NF { print $4 }' > column
  tr ' ' '\n' < tags | diff - column
}

@test "crf-predict --probabilities: of all tags, falling, and together 1" {
  crf-predict --probabilities crf.bin text > out
  awk 'NF { sum = $5; if ($4 == "") exit 1
    for (i = 6; i < NF; i += 2) { sum += $(i + 1); if (i > 6 && $(i + 1) > $(i - 1)) { print; exit 1 } }
    if (NF != 11 || sum < 0.9999 || sum > 1.0001) { print NF, sum; exit 1 } }' out
}

@test "crf-predict --best: the best first, their probabilities together at most 1" {
  head -n 6 text > one
  crf-predict --best 4 crf.bin one > out
  grep '^#' out
  [ "$(grep -c '^#' out)" -eq 4 ]
  grep '^#' out | awk '{ if ($2 != NR - 1 || (NR > 1 && $3 > last)) exit 1; last = $3; sum += $3 }
    END { exit !(sum <= 1.00001 && sum > 0.5) }'
  sed -n '2,7p' out | diff - <(crf-predict crf.bin one)
  # All sequences there are: three tokens of four tags are 64.
  printf 'the DET\ndog NOUN\nsees VERB\n' > three
  run -0 crf-predict --best 100 crf.bin three
  [ "$(grep -c '^#' <<< "$output")" -eq 64 ]
  grep '^#' <<< "$output" | awk '{ sum += $3 } END { exit !(sum > 0.999 && sum < 1.001) }'
}

@test "crf-predict --score: the logarithm of the probability of the given tags, or of the best" {
  cut -d' ' -f1,2 text | head -n 6 > plain
  crf-predict --best 2 crf.bin plain | awk '/^#/ { print log($3); exit }' > best
  crf-predict --score crf.bin plain | awk -v b="$(cat best)" '{ d = $1 - b; exit !(d < 1e-5 && d > -1e-5) }'
  crf-predict --score crf.bin text > out
  [ "$(wc -l < out)" -eq 120 ]
  # What training made as large as it could: without penalties -1 times the objective.
  crf-train -q --l2 0.0001 --tolerance 1e-9 --min-weight 0 --log log --templates templates text > free.bin
  tokens=$(grep -c . text)
  crf-predict --score free.bin text | awk -v n="$tokens" -v o="$(tail -n 1 log | cut -f7)" \
    '{ sum += $1 } END { d = -sum / n - o; print -sum / n, o; exit !(d < 1e-3 && d > -1e-3) }'
}

@test "crf: templates that differ in their macros alone share attributes" {
  printf 'U:%%x[-1,0]\nU:%%x[1,0]\n' > shared
  crf-train -q --templates shared text > shared.bin
  run -0 crf-predict --features 1000 shared.bin
  [[ $output == *"U:dog"* ]]
  [ "$(cut -f1,3 <<< "$output" | sort | uniq -d)" = "" ]
}

@test "crf: templates B with macros: as every sequence of tags says, and at the best weights" {
  cat > few <<'END'
the D B
old A I
man N I
boats V O

Old N B
boats V O
sink V O

the D B
boats N I

boats N B
the D B
END
  printf 'Uw:%%x[0,0]\nB1:%%x[0,1]\nB2:%%x[-1,0]/%%X[0,0]\n' > without
  cp without pairs
  echo B >> pairs
  for t in without pairs; do
    crf-train -q --tolerance 1e-14 --min-weight 0 --templates $t few > m.bin
    crf-predict --score m.bin few > given
    cut -d' ' -f1,2 few | crf-predict --score m.bin > best
    crf-predict --probabilities m.bin few > probabilities
    crf-predict --best 4 m.bin few > n-best
    PYTHONPATH=$BATS_TEST_DIRNAME python3 "$BATS_TEST_DIRNAME/crf_reference.py" m.bin few given best \
      probabilities n-best
  done
}

@test "crf: templates B with macros: training, tagging and names" {
  printf 'Uw:%%x[0,0]\nB1:%%x[0,1]\nB\n' > pairs
  for method in lbfgs perceptron; do
    crf-train -q --method $method --templates pairs -o m.bin text
    at_least "$(accuracy m.bin text)" 0.97
    crf-predict --features 100 m.bin > names
    grep -q '^I-NP	[0-9.]*	B1:NOUN after B-NP$' names
  done
  # What tells pairs alone: of equal words, the tag follows the one before or does not.
  awk 'BEGIN { srand(3); for (s = 0; s < 200; s++) { y = "A"; for (t = 0; t < 6; t++) {
    w = rand() < 0.5 ? "same" : "other"; if (t && w == "other") y = y == "A" ? "B" : "A"
    print (t ? w : "first"), y } print "" } }' > follow
  printf 'Uw:%%x[0,0]\nB\n' > plain
  printf 'Uw:%%x[0,0]\nBw:%%x[0,0]\n' > pairs
  for method in lbfgs perceptron; do
    crf-train -q --method $method --templates plain follow > plain.bin
    crf-train -q --method $method --templates pairs follow > m.bin
    at_least 0.9 "$(accuracy plain.bin follow)"
    at_least "$(accuracy m.bin follow)" 1
  done
  # Threads, L1, all pairs, rare ones, and a text to validate on.
  crf-train -q -t 1 --no-history --templates pairs follow > a
  crf-train -q -t 3 --no-history --templates pairs follow | cmp - a
  crf-train -q --l1 1 --templates pairs follow > l1.bin
  at_least "$(accuracy l1.bin follow)" 1
  weights() { crf-train -v --epochs 1 --templates pairs "$@" follow 2>&1 > x | sed -n 's/.* \([0-9]*\) weights.*/\1/p'; }
  [ "$(weights)" -eq 9 ]
  [ "$(weights --all-tags)" -eq 14 ]
  [ "$(weights --min-count 1000000 2> /dev/null || true)" = "" ]
  crf-train -q --valid follow --templates pairs follow > valid.bin
  at_least "$(accuracy valid.bin follow)" 1
  # A long text takes several windows.
  for i in 1 2 3 4 5; do cat follow; done > long
  crf-train -q --templates pairs long > long.bin
  at_least "$(accuracy long.bin follow)" 1
}

@test "crf: columns of a stream are those of a text" {
  ts-convert --from conll --columns 1,3 text > words.bin
  ts-convert --from conll --columns 2 text |
    ts-select --tensor ids,vocab --rename ids=column.pos,vocab=column.pos.vocab > pos.bin
  ts-select words.bin pos.bin > both.bin
  crf-train -q --no-history --templates templates both.bin > stream.bin
  [ "$(ts-convert --to tsv --tensor crf.columns stream.bin)" = pos ]
  for t in templates weight transition tag feature value; do
    ts-convert --to tsv --tensor crf.$t stream.bin | cmp - <(ts-convert --to tsv --tensor crf.$t crf.bin)
  done
  # By name, wherever it stands; and from a text, or by a model of a text.
  ts-convert --from conll --columns 1 text |
    ts-select --tensor ids,vocab --rename ids=column.more,vocab=column.more.vocab > more.bin
  ts-select words.bin more.bin pos.bin > three.bin
  crf-predict crf.bin text > expected
  tr ' ' '\t' < expected > tabs
  crf-predict stream.bin three.bin | cmp - tabs
  crf-predict crf.bin both.bin | cmp - tabs
  crf-predict stream.bin text | cmp - expected
  [ "$(accuracy stream.bin both.bin)" = "$(accuracy crf.bin text)" ]
  # Tags in front, as the model was taught.
  awk 'NF { print $3, $1, $2; next } { print }' text > front
  crf-train -q --tag-column 1 --templates templates front > front.bin
  [ "$(accuracy front.bin both.bin)" = "$(accuracy crf.bin text)" ]
  crf-train -q --valid both.bin --epochs 5 both.bin > x
  # Numbers, without a vocabulary.
  printf 'Rn:%%x[0,1]\n' > number
  awk 'NF { print $1, ($2 == "DET" ? 1 : -1), ($2 == "DET" ? "D" : "X"); next } { print }' text > n.text
  ts-convert --from conll --columns 1,3 n.text > w.bin
  awk 'NF { print $2 }' n.text | PYTHONPATH=$BATS_TEST_DIRNAME python3 -c '
import sys
from tensor_stream import record, stream
n = [float(line) for line in sys.stdin]
sys.stdout.buffer.write(stream(record("column.n", "f32", [len(n)], n)))' > n.bin
  ts-select w.bin n.bin > wn.bin
  crf-train -q --templates number -o x wn.bin
  [ "$(accuracy x wn.bin)" = 1.0000 ]
}

@test "crf: streams whose columns do not suit are refused" {
  printf 'the DET\nman NOUN\n\n' | ts-convert --from conll --columns 1,2 > words.bin
  run -1 crf-predict crf.bin words.bin
  [[ $output == *"words.bin: 1 column, and the model reads 2" ]]
  run -1 crf-train -o x --templates templates words.bin
  [[ $output == *"the templates read column 1"* ]]
  echo the man | vocab > plain.bin
  run -1 crf-train -o x plain.bin
  [[ $output == *"plain.bin: no tags: see vocab --tags" ]]
  run -2 crf-train -o x --tag-column 1 words.bin
  [[ $output == *"a stream has its tags apart"* ]]
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - << 'END'
from tensor_stream import record, stream, strings
def text(name, *more, ids=(0, 1), lengths=(2,)):
    open(name, "wb").write(stream(strings("vocab", ["the", "man"]), record("ids", "i32", [2], ids),
        record("lengths", "i32", [len(lengths)], lengths), strings("tags.vocab", ["D", "N"]),
        record("tags", "i32", [2], [0, 1]), *more))
pos = strings("column.pos.vocab", ["DET", "NOUN"])
text("good", pos, record("column.pos", "i32", [2], [0, 1]))
text("short", pos, record("column.pos", "i32", [1], [0]))
text("beyond", pos, record("column.pos", "i32", [2], [0, 2]))
text("matrix", pos, record("column.pos", "i32", [2, 1], [0, 1]))
text("nan", record("column.pos", "f32", [2], [0, float("nan")]))
text("lengths", lengths=(1,))
text("negative", ids=(0, -1))
END
  crf-train -q -o x --templates templates good
  refused() { run -1 crf-train -o y --templates templates "$1"; echo "$output"; [[ $output == "crf-train: $1: $2" ]]; }
  refused short "'column.pos' has another length than the text"
  refused beyond "'column.pos' has a number that is too large, or below 0"
  refused matrix "'column.pos' is not a list of type i32"
  refused nan "'column.pos' has a number that is not finite"
  refused lengths "'lengths' does not add up to the text"
  refused negative "'ids' has a number that is too large, or below 0"
  run -1 crf-predict x words.bin
  [[ $output == *"words.bin: no tensor 'column.pos'; there are"* ]]
  head -c 300 good > cut
  run -3 crf-train -o y --templates templates cut
}

@test "crf: patterns make prefixes, suffixes and shapes" {
  cat > shapes <<'END'
# a comment

Up3:%m[0,0,"^..."]
Us2:%m[0,0,"..$"]
Ucap:%t[0,0,"^\u"]
Unum:%t[0,0,"^\d*$"]
Ulow:%X[0,0]
Uup:%M[0,0,"^\l*"]
END
  printf 'Über X\n12 Y\nABCd X\n\n' > odd
  crf-train -q --min-weight 0 --templates shapes odd > shapes.bin
  crf-predict --features 100 shapes.bin | cut -f3 | sort -u > names
  cat names
  for name in Up3:Übe Us2:er Ucap:true Ucap:false Unum:true Ulow:über Uup:über Up3: Us2:12 Ulow:abcd; do
    grep -qx "$name" names || { echo "no $name"; return 1; }
  done
}

@test "crf-train: the gradient is right: at the minimum it is 0" {
  crf-train -q --tolerance 1e-12 --log log --templates templates text > /dev/null
  tail -n 1 log
  tail -n 1 log | awk '{ exit !($10 < 0.02) }'
}

@test "crf-train: the objective never rises" {
  crf-train -q --log log --templates templates text > /dev/null
  awk 'NR > 1 { if (NR > 2 && $7 > last) exit 1; last = $7 } END { exit NR < 5 }' log
}

@test "crf-train: any number of threads makes the same bytes" {
  crf-train -q -t 1 --no-history text > a
  crf-train -q -t 3 --no-history text | cmp - a
}

@test "crf-train --l1: most weights are 0" {
  crf-train -q --l1 2 --log log --templates templates text > small.bin
  at_least "$(accuracy small.bin text)" 0.95
  few=$(tail -n 1 log | cut -f11)
  crf-train -q --log log --templates templates text > /dev/null
  many=$(tail -n 1 log | cut -f11)
  echo "$few of $many"
  [ $((few * 2)) -lt "$many" ]
  [ "$(wc -c < small.bin)" -lt "$(wc -c < crf.bin)" ]
}

@test "crf-train --min-count and --all-tags" {
  crf-train -v --min-count 60 --templates templates text 2>&1 > few.bin | grep -o '[0-9]* attributes' > few
  crf-train -v --templates templates text 2>&1 > /dev/null | grep -o '[0-9]* attributes' > all
  [ "$(cut -d' ' -f1 few)" -lt "$(cut -d' ' -f1 all)" ]
  at_least "$(accuracy few.bin text)" 0.9
  crf-train -v --all-tags --templates templates text 2>&1 > all.bin | grep -o '[0-9]* attributes, [0-9]* weights' > out
  # Four tags: four weights for each attribute, and sixteen pairs.
  awk '{ exit !($3 == $1 * 4 + 16) }' out
  at_least "$(accuracy all.bin text)" 0.97
  run -1 crf-train -o x --min-count 100000 text
  [[ $output == *"no attribute is left"* ]]
}

@test "crf-train --tag-column: tags anywhere" {
  awk 'NF { print $1, $3, $2; next } { print }' text > middle
  crf-train -q --no-history --tag-column 2 --templates templates middle > a
  at_least "$(accuracy a middle)" 0.97
  crf-predict --tag a middle | cmp - <(crf-predict --tag crf.bin text)
  awk 'NF { print $1, $3; next } { print }' middle | crf-predict --tag a | cmp - <(crf-predict --tag a middle)
}

@test "crf: word vectors as features" {
  # What a word is stands only in its vector; half of the words are new in the test.
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - > emb.bin <<'END'
import sys
from tensor_stream import record, stream, strings
words = ["w%d" % i for i in range(40)]
rows = [x for i in range(40) for x in ((1.0, 0.1) if i % 3 == 0 else (-1.0, 0.2) if i % 3 == 1 else (0.0, -1.0))]
sys.stdout.buffer.write(stream(strings("vocab", words), record("embedding", "f32", [40, 2], rows)))
END
  awk 'BEGIN { srand(3); for (s = 0; s < 60; s++) { for (t = 0; t < 6; t++) { i = int(rand() * 20); print "w" i, "T" i % 3 } print "" } }' > a
  awk 'BEGIN { srand(4); for (s = 0; s < 20; s++) { for (t = 0; t < 6; t++) { i = 20 + int(rand() * 20); print "W" i, "T" i % 3 } print "" } }' > b
  printf 'V:%%x[0,0]\nB\n' > vectors
  for method in lbfgs perceptron; do
    crf-train -q --method $method -e emb.bin --templates vectors a > v.bin
    at_least "$(accuracy v.bin b -e emb.bin)" 0.99
  done
  run -1 crf-predict v.bin b
  [[ $output == *"--embedding"* ]]
  run -2 crf-train --templates vectors a
  [[ $output == *"--embedding"* ]]
  run -2 crf-train --templates templates -e emb.bin text
  # Without templates of one's own, too.
  crf-train -q -e emb.bin a > v.bin
  at_least "$(accuracy v.bin b -e emb.bin)" 0.9
}

@test "crf: numbers in columns as features" {
  # The tag is the sign of the sum of both numbers; words say nothing.
  awk 'BEGIN { srand(5); for (s = 0; s < 150; s++) { for (i = 0; i < 6; i++) {
    a = rand() * 2 - 1; b = rand() * 2 - 1
    printf "w%d\t%.3f\t%.3f\t%s\n", int(rand() * 5), a, b, (a + b > 0 ? "UP" : "DOWN") } print "" } }' > signs
  printf 'Uw:%%x[0,0]\nRa:%%x[0,1]\nRb:%%x[0,2]\nB\n' > numbers
  printf 'Uw:%%x[0,0]\nB\n' > words
  for method in lbfgs perceptron; do
    crf-train -q --method $method --templates numbers signs > m
    at_least "$(accuracy m signs)" 0.95
    crf-train -q --method $method --templates words signs > m
    at_least 0.7 "$(accuracy m signs)"
  done
  # The same with any number of threads, even where there is no attribute to divide.
  printf 'Ra:%%x[0,1]\nRb:%%x[0,2]\n' > two
  crf-train -q --no-history -t 1 --l2 1 --templates two signs > m
  crf-train -q --no-history -t 3 --l2 1 --templates two signs | cmp - m
  # What scikit-learn's logistic regression finds, whose C is 1 / l2, where tags are apart.
  crf-train -q --l2 1 --tolerance 1e-9 --min-weight 0 --templates two signs > m
  crf-predict --features 9 m | grep '^UP' | sort -k 3 > ours
  [ "$(cut -f 3 ours | tr '\n' ' ')" = "Ra:%x[0,1] Rb:%x[0,2] " ]
  python3 -c 'import sklearn' 2> /dev/null || skip "no scikit-learn"
  python3 - << 'END'
import numpy as np
from sklearn.linear_model import LogisticRegression
rows = [l.split() for l in open("signs") if l.strip()]
x = np.array([[float(r[1]), float(r[2])] for r in rows])
y = [r[3] == "UP" for r in rows]
# Two weights, one the negative of the other: half of each, so half the penalty.
model = LogisticRegression(C=2, fit_intercept=False, tol=1e-10, max_iter=1000).fit(x, y)
ours = np.array([float(l.split("\t")[1]) for l in open("ours")])
assert abs(2 * ours - model.coef_[0]).max() < 0.01 * abs(model.coef_).max(), (ours, model.coef_)
END
}

@test "crf: a number that is none is refused" {
  printf 'a\t1\tX\nb\tx\tY\n' > wrong
  printf 'a\t1\tX\nb\t2\tY\n' > right
  printf 'Ra:%%x[0,1]\n' > numbers
  run -1 crf-train --templates numbers -o m wrong
  [ "$output" = "crf-train: wrong: 'x' in column 1 is not a number, which a template R reads there (sentence at line 1)" ]
  crf-train -q --templates numbers right > m
  run -1 crf-predict m wrong
  [[ $output == *"'x' in column 1 is not a number"* ]]
  printf 'Ra:%%m[0,1,"a"]\n' > numbers
  run -4 crf-train --templates numbers -o m right
  [[ $output == *"a template of a number has one macro, %x (line 1)" ]]
}

@test "crf-train --checkpoint, --resume: continued as if never stopped" {
  for method in lbfgs perceptron; do
    crf-train -q --no-history --method $method --epochs 8 --checkpoint unused text > whole || return
    crf-train -q --method $method --epochs 8 --checkpoint ck --checkpoint-every 0 text > out &
    sleep 0.02
    kill -TERM $! 2>/dev/null || true
    wait $! || true
    if [ -s ck ]; then
      crf-train -q --no-history --method $method --epochs 8 --resume ck text | cmp - whole
    fi
    rm -f ck
  done
  cp crf.bin ck
  run -1 crf-train -o x --resume ck text
  [[ $output == *"ck: not a checkpoint of this run"* ]]
}

@test "crf-train --valid: the model is the best of all iterations" {
  # The text, a tenth of its tags wrong: learnt by heart in the end, and so worse.
  awk -v OFS=' ' 'NF && NR % 9 == 0 { $3 = "O" } { print }' text > noisy
  for method in lbfgs perceptron; do
    [ $method = lbfgs ] && little=(--tolerance 0 --l2 0.001) || little=()
    crf-train -q --method $method --epochs 30 "${little[@]}" --min-weight 0 --valid text \
      --log log noisy > best.bin
    best=$(awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "valid_f1") c = i; next }
      $c > b { b = $c } END { printf "%.4f", b }' log)
    f1=$(crf-predict --report - best.bin text | awk '$1 == "micro" { print $4 }')
    last=$(awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "valid_f1") c = i; next }
      { l = $c } END { printf "%.4f", l }' log)
    echo "$method best $best, model $f1, last $last"
    [ "$best" = "$f1" ]
    [ $method = perceptron ] || [ "$best" != "$last" ]
  done
  crf-train -v --method perceptron --epochs 500 --patience 2 --valid text noisy 2> said > x
  n=$(grep -c ': F1' said)
  [ "$n" -lt 500 ]
  tail -n +1 said | grep ': F1' | tail -n 2 | grep -vq 'the best so far'
  run -2 crf-train --patience 2 text
  [[ $output == *"without --valid"* ]]
  cut -d ' ' -f 1,3 text > narrow
  run -1 crf-train --valid narrow -o x text
  [[ $output == *"narrow: lines have 2 columns, and those of the text to learn from 3"* ]]
  run -1 crf-train --valid /dev/null -o x text
  [[ $output == *"no tokens"* ]]
}

@test "crf-train --valid: continued from a checkpoint as if never stopped" {
  for _ in $(seq 30); do cat text; done | awk 'NF && NR % 7 == 0 { $3 = "O" } { print }' > long
  crf-train -q --no-history --method perceptron --epochs 12 --valid text long > whole
  # Stop it when the log has two epochs; where it was faster than the signal, once more.
  for _ in $(seq 20); do
    rm -f log
    crf-train -q --method perceptron --epochs 12 --valid text --log log --checkpoint ck --checkpoint-every 0 long > out &
    until [ -s log ] && [ "$(wc -l < log)" -gt 2 ]; do sleep 0.01; done
    kill -TERM $! 2> /dev/null || true
    wait $! || true
    [ ! -s ck ] || break
  done
  [ -s ck ]
  crf-train -q --no-history --method perceptron --epochs 12 --valid text --resume ck long | cmp - whole
  head -n 20 text > other
  run -1 crf-train -q --method perceptron --epochs 12 --valid other --resume ck long -o x
  [[ $output == *"ck: "* ]]
}

@test "crf-train: what cannot be learnt is refused, and says why" {
  printf 'a X\nb X\n\n' > one
  run -1 crf-train -o x one
  [[ $output == "crf-train: one: all tokens have the same tag"* ]]
  run -1 crf-train -o x /dev/null
  [[ $output == *"no tokens"* ]]
  printf 'a\nb\n' > words
  run -1 crf-train -o x words
  [[ $output == *"one column"* ]]
  printf 'a X\nb Y Z\n' > ragged
  run -4 crf-train -o x ragged
  [[ $output == "crf-train: ragged: 3 columns, and 2 in the lines before (line 2)" ]]
  printf 'a\tX\n\tY\n' > hole
  run -4 crf-train -o x hole
  [[ $output == *"nothing in column 1 (line 2)"* ]]
  printf 'U:%%x[0,7]\n' > far
  run -1 crf-train -o x --templates far text
  [[ $output == *"the templates read column 7"*"lines have 2"* ]]
  run -1 crf-train -o x --tag-column 9 text
  [[ $output == *"no column 9"* ]]
}

@test "crf-train: wrong templates name their line" {
  check() {
    printf '# one\nU:%%x[0,0]\n%s\n' "$1" > wrong
    run -4 crf-train -o x --templates wrong text
    echo "$output"
    [[ $output == "crf-train: wrong: "*"$2"*"(line 3)" ]]
  }
  check 'U:%x[0' 'a macro is'
  check 'U:%x[0,0' 'closing bracket'
  check 'U:%x[99,0]' 'from -64 to 64'
  check 'U:%x[0,-1]' 'column from 0'
  check 'U:%y[0,0]' 'begins no macro'
  check 'U:%m[0,0]' 'without a pattern'
  check 'U:%m[0,0,"*"]' 'nothing before'
  check 'U:%m[0,0,"a' 'closing quotation mark'
  check 'X:%x[0,0]' 'begins with U, B, V or R'
  check 'B:%x[0' 'a macro is'
  check 'V:%x[0,0]%x[1,0]' 'one macro'
  check 'U:%x[0,0]%x[0,0]%x[0,0]%x[0,0]%x[0,0]%x[0,0]%x[0,0]%x[0,0]%x[0,0]' 'more than 8'
  printf '# nothing\n' > empty
  run -4 crf-train -o x --templates empty text
  [[ $output == *"no template"* ]]
}

@test "crf-predict: text that does not fit the model is refused" {
  printf 'a b c d e\n' > wide
  run -1 crf-predict crf.bin wide
  [[ $output == *"5 columns, and the model reads 2, or 3 with the tags (line 1)" ]]
  printf 'a b\n' > plain
  run -1 crf-predict --report - crf.bin plain
  [[ $output == *"no column of tags"* ]]
  run -1 crf-predict <(ts-cat crf.bin | head -c 0; cat perceptron.bin | ts-convert --to tsv --tensor crf.weight > x; printf '' | vocab) plain
  [[ $output == *"no model of crf-train"* ]]
}

@test "crf: tags that the model does not know count as wrong" {
  printf 'the DET B-NP\ndog NOUN NEW\n' > new
  run -0 crf-predict --report - crf.bin new
  [[ $output == *"correct	1"* ]]
  run -0 crf-predict --score crf.bin new
  [[ $output == "-inf	2	B-NP NEW" ]]
}

@test "crf-train: not converged is a warning" {
  run -0 --separate-stderr crf-train --epochs 2 -o x text
  [[ $stderr == *"not converged after 2 iterations"* ]]
}

@test "crf: options that would do nothing are refused" {
  run -2 crf-train --method perceptron --l2 1 text
  run -2 crf-train --method perceptron --history 3 text
  run -2 crf-train --seed 2 text
  run -2 crf-predict --tag --best 2 crf.bin text
  run -2 crf-predict --tag --probabilities crf.bin text
  run -2 crf-predict --tag --score crf.bin text
  run -2 crf-predict --features 3 crf.bin text
}

@test "crf: chunks of CoNLL-2000 as CRFsuite finds them" {
  data=${WORDPIPE_DATA:-../shared/data}/chunk-conll2000
  [ -f "$BATS_TEST_DIRNAME/../$data/train.txt.gz" ] && data=$BATS_TEST_DIRNAME/../$data
  [ -f "$data/train.txt.gz" ] || skip "no CoNLL-2000"
  # A quarter of the text: enough for F1 of 91.
  gzip -dc "$data/train.txt.gz" | head -n 50000 > part
  crf-train -q --method perceptron --epochs 5 part > chunk.bin
  f1=$(gzip -dc "$data/dev.txt.gz" | crf-predict --report - chunk.bin | awk '$1 == "micro" { print $4 }')
  at_least "$f1" 0.91
}

@test "crf-predict: no tokens is a warning, and text is no model" {
  run -0 bash -c 'crf-predict crf.bin < /dev/null'
  [ "$output" = "crf-predict: <stdin>: no tokens" ]
  run -0 bash -c 'crf-predict --report - crf.bin < /dev/null'
  [ "$output" = "crf-predict: <stdin>: no tokens" ]
  run -4 crf-predict text text
  [ "$output" = "crf-predict: text: text, not a model as crf-train writes it: 'crf-predict MODEL FILE' takes the model first" ]
}
