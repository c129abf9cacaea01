#!/usr/bin/env bats
# seq-eval: text, labels, tags, tokens and sentences against what is known.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # "Don't panic. Go!" and "Yes «so»." in two paragraphs; a range, an empty node, a space in a form.
  {
    printf '# newdoc id = a\n# sent_id = 1\n'
    row 1-2 "Don't" _
    row 1 Do _
    row 2 "n't" _
    row 2.1 gone _
    row 3 panic SpaceAfter=No
    row 4 . _
    printf '\n# sent_id = 2\n'
    row 1 Go 'Gloss=go|SpaceAfter=No'
    row 2 '!' _
    printf '\n# newpar\n'
    row 1 Yes _
    row 2 '«' SpaceAfter=No
    row 3 so SpaceAfter=No
    row 4 '»' SpaceAfter=No
    row 5 '.' _
    row 6 '1 000' _
    printf '\n'
  } > gold
}

# row ID FORM MISC
row() {
  printf '%s\t%s\t_\t_\t_\t_\t_\t_\t_\t%s\n' "$1" "$2" "$3"
}

# is EXPECTED COMMAND ...: the command succeeds and prints just that.
is() {
  local expected=$1
  shift
  run -0 --separate-stderr "$@"
  echo "expected: $expected"
  echo "got: $output"
  [ "$output" = "$expected" ]
}

# figures TOKENS SENTENCES: gold, found and right of both, of what is on standard input.
figures() {
  [ "$(seq-eval --tokens gold | cut -f 5- | tail -n +2 | tr '\t\n' '  ')" = "$1 $2 " ]
}

@test "seq-eval: the text of a treebank" {
  is $'Don\'t panic. Go!\nYes «so». 1 000' seq-eval --text gold
}

@test "seq-eval: tokens and sentences are right where they begin and end" {
  printf "Don't panic .\nGo !\nYes « so » . 1\\\\s000\n" > right
  figures "11 11 11" "3 3 3" < right
  is $'unit\tprecision\trecall\tf1\tgold\tfound\tright\ntokens\t100.00\t100.00\t100.00\t11\t11\t11\nsentences\t100.00\t100.00\t100.00\t3\t3\t3' \
    seq-eval --tokens gold right
  # Split: Do n't; joined: Go! and 1 000 apart; two sentences in one.
  printf "Do n't panic .\nGo! Yes « so » . 1 000\n" | figures "11 12 7" "3 2 1"
  printf "Don't\n\npanic . Go ! Yes « so » . 1 000\n" | figures "11 12 10" "3 2 0"
  # Everything in one token, everything apart.
  printf "Don'tpanic.Go!Yes«so».1000\n" | figures "11 1 0" "3 1 0"
  seq-eval --text gold | tokenize --chars | sed 's/ \\s/ /g; s/^\\s //; s/ \\n$//' | figures "11 26 5" "3 2 1"
}

@test "seq-eval: case, digits and quotation marks may be those of a tokenizer" {
  seq-eval --text gold | tokenize --treebank --sentences --lower --fold-digits > t
  grep -q '``\|«' t
  figures "11 13 9" "3 4 2" < t
  printf 'DON\47T panic .\nGo !\nYes `` so \47\47 . 1000\n' | figures "11 11 11" "3 3 3"
}

@test "seq-eval: what cannot be seen is not looked at" {
  { row 1 $'so\u200e' _; row 2 $'\u200f' _; echo; } > gold
  printf 'so\n' | figures "1 1 1" "1 1 1"
}

@test "seq-eval: another text, or no treebank, is refused" {
  printf "Don't panic .\nStop\n" > t
  run -4 --separate-stderr seq-eval --tokens gold t
  [[ $stderr = 'seq-eval: t: not the text of the treebank, which has "Go!Yes«so»" (line 2)' ]]
  run -4 --separate-stderr seq-eval --tokens gold <(echo "Don't")
  run -4 --separate-stderr seq-eval --tokens gold <(cat t; echo more)
  printf '1 Go\n' > t
  run -4 --separate-stderr seq-eval --text t
  [[ $stderr = "seq-eval: t: no line of CoNLL-U, ten fields with TABs between them (line 1)" ]]
  for id in x 1- -1 2-1 1.; do
    row "$id" Go _ > t
    run -4 seq-eval --text t
  done
  run -4 --separate-stderr seq-eval --text /dev/null
  [[ $stderr = "seq-eval: /dev/null: no tokens" ]]
  run -2 seq-eval
  run -2 seq-eval --text gold --tokens gold
  run -2 seq-eval --text gold gold
}

# score NAME [OPTION ...]: the score of that measure.
score() {
  local name=$1
  shift
  seq-eval "$@" | awk -F '\t' -v name="$name" '$1 == name { print $2 }'
}

# agrees REFERENCES HOW lower|mixed SMOOTHING WORDS REFERENCE FOUND: as the reference computes it.
agrees() {
  local lower=
  [ "$3" = mixed ] || lower=--lower
  python3 "$BATS_TEST_DIRNAME/seq_eval_reference.py" score "$2" "$3" "$4" "$5" "$1" "$6" "$7" > expected
  # shellcheck disable=SC2086
  seq-eval --reference "$6" --references "$1" --tokenize "$2" $lower --smoothing "$4" \
    --word-order "$5" --samples 100 -q "$7" | cut -f 1,2 | tail -n +2 > got
  paste expected got | awk -F '\t' -v how="$*" '
    $1 != $3 || ($2 - $4) ^ 2 > ($4 == int($4) && $4 > 1 ? 0.25 : 2.6e-5) { print how ": " $0; bad = 1 }
    END { exit bad || NR != 11 }'
}

# Every setting in turn with every other one, roughly.
agrees_all() {
  agrees "$1" none mixed exp 0 "$2" "$3"
  agrees "$1" 13a mixed exp 0 "$2" "$3"
  agrees "$1" intl mixed floor 2 "$2" "$3"
  agrees "$1" char lower add-k 1 "$2" "$3"
  agrees "$1" 13a lower none 2 "$2" "$3"
  agrees "$1" none lower floor 0 "$2" "$3"
  agrees "$1" 13a mixed add-k 0 "$2" "$3"
}

@test "seq-eval --reference: BLEU and chrF by hand" {
  # 7 of 8 words, 5 of 7 pairs, 3 of 6 triples, 1 of 5 quadruples; of 7 words in the reference.
  echo "a b c d e f g" > r
  echo "a b c x e f g h" > f
  seq-eval --reference r --tokenize none f | cut -f 1,2 > got
  awk 'BEGIN { print exp((log(6 / 8) + log(4 / 7) + log(2 / 6) + log(1 / 2 / 5)) / 4) * 100 }' > bleu
  grep -q "$(printf '^BLEU\t%.2f$' "$(cat bleu)")" got
  grep -q "$(printf '^precision.4\t10.00$')" got
  # Shorter than the reference: exp(1 - 7 / 4), all n-grams right.
  echo "a b c d" > f
  [ "$(score BLEU --reference r --tokenize none f)" = "$(awk 'BEGIN { printf "%.2f", 100 * exp(1 - 7 / 4) }')" ]
  [ "$(score brevity-penalty --reference r --tokenize none f)" = 0.4724 ]
  # "ab" against "ac": 1 of 2 characters, 0 of 1 pair: mean 1/4 for both.
  echo ac > r
  echo ab > f
  [ "$(score chrF2 --reference r f)" = 25.00 ]
  # With words: 0 of 1, and no pairs: (1/2 + 0 + 0) / 3.
  [ "$(score chrF2++ --reference r --word-order 2 f)" = 16.67 ]
}

@test "seq-eval --reference: which words BLEU counts" {
  printf 'He said: "1.5 of 10-12, it'\''s a-b."\n' > r
  lengths() { for how; do score length --reference r --tokenize "$how" r; done | tr '\n' ' '; }
  [ "$(lengths none 13a intl char)" = "7 14 16 28 " ]
  seq-eval --reference r --tokenize intl --lower --smoothing floor r | grep -q '|case:lc|eff:no|tok:intl|smooth:floor\[0.10\]$'
  seq-eval --reference r r | grep -q '|case:mixed|eff:no|tok:13a|smooth:exp$'
  # As the definitions of the properties have it: final sigma, and a dot that stays.
  printf 'ΟΔΟΣ İ\n' > r
  printf 'οδος i\xcc\x87\n' > f
  [ "$(score exact --reference r --lower f)" = 100.00 ]
  [ "$(score exact --reference r f)" = 0.00 ]
}

@test "seq-eval --reference: equal to an independent computation, text with every kind of mark" {
  python3 - << 'END'
import random
rng = random.Random(3)
bits = list("aAbZ01.9,,..-'\"&;<>()$%_/\\ ") + ["&quot;", "&amp;", "&lt;", "&amp;lt;", "<skipped>", " ",
    "\u00a0", "\u3000", "ΟΔΟΣ", "Σ", "İ", "ß", "é", "…", "«", "€", "½", "٣", "日本", "\u200d", "–", "3-4", "..."]
for name, references in (("two", 2), ("one", 1), ("found", 1)):
    with open(name, "w", encoding="utf-8") as f:
        for i in range(120):
            f.write("\t".join("".join(rng.choice(bits) for _ in range(rng.randrange(25)))
                              for _ in range(references)) + "\n")
END
  agrees_all 2 two found
  agrees_all 1 one found
}

@test "seq-eval --reference: equal to an independent computation, captions in two languages" {
  data=${WORDPIPE_DATA:-$BATS_TEST_DIRNAME/../../shared/data}/multi30k
  [ -f "$data/val.de" ] || skip "no captions in WORDPIPE_DATA"
  for language in de en; do
    head -n 200 "$data/val.$language" > reference
    python3 "$BATS_TEST_DIRNAME/seq_eval_reference.py" perturb < reference > found
    agrees_all 1 reference found
  done
  paste "$data/val.en" "$data/val.de" | head -n 100 > both
  cut -f 1 both | python3 "$BATS_TEST_DIRNAME/seq_eval_reference.py" perturb > found
  agrees 2 13a mixed exp 2 both found
}

@test "seq-eval: intervals and comparisons are those of the bootstrap" {
  # 300 of 400 labels are right: the interval is that of a share, some 4.2 to both sides.
  yes a | head -n 400 > gold
  { yes a | head -n 300; yes b | head -n 100; } > found
  seq-eval --labels gold found | awk -F '\t' '
    $1 == "accuracy" { exit !($2 == 75 && $3 > 69.5 && $3 < 71.9 && $4 > 78.1 && $4 < 80.5) }'
  # The same seed, the same bytes; another one, others.
  seq-eval --labels gold found > a
  seq-eval --labels gold found | cmp a -
  seq-eval --labels gold --seed 2 found > b
  run -1 cmp -s a b
  # With itself there is no difference; with all right there is.
  seq-eval --labels gold --compare found found | grep -q "$(printf '^accuracy\t75.00\t75.00\t0.00\t0.00\t0.00\t1.0000$')"
  seq-eval --labels gold --compare gold found | awk -F '\t' '
    $1 == "accuracy" { exit !($4 == -25 && $5 < -20.8 && $6 > -29.2 && $6 < 0 && $7 < 0.01) }'
  # Of pairs: errors in the same places cancel each other, a single one more is chance.
  sed '400s/.*/a/' found > better
  seq-eval --labels gold --compare found better | awk -F '\t' '
    $1 == "accuracy" { exit !($4 == 0.25 && $5 == 0 && $7 > 0.5) }'
  # BLEU: text in which one line of ten differs.
  for i in 1 2 3 4 5 6 7 8 9; do echo "a man is walking on the street number $i"; done > r
  sed '3s/walking on/x y/' r > f
  seq-eval --reference r --compare f r | awk -F '\t' '$1 == "BLEU" { exit !($2 == 100 && $3 < 97 && $5 >= 0) }'
}

@test "seq-eval --labels: accuracy, and precision, recall and F1 of each label" {
  printf 'pos\tgood film\nneg\tbad\npos\nneg\npos\n' > gold
  printf 'pos\t0.9\tneg\t0.1\nneg\r\nneg\npos\npos\n' > found
  seq-eval --labels gold < found | cut -f 1,2 > got
  diff got - << 'END'
measure	score
accuracy	60.00
macro.precision	58.33
macro.recall	58.33
macro.f1	58.33
neg.precision	50.00
neg.recall	50.00
neg.f1	50.00
pos.precision	66.67
pos.recall	66.67
pos.f1	66.67
END
}

@test "seq-eval --labels: means as scikit-learn has them" {
  python3 -c 'import sklearn' || skip "no scikit-learn"
  python3 - << 'END'
import random
from sklearn.metrics import accuracy_score, precision_recall_fscore_support as f
rng = random.Random(1)
gold = [rng.choice("abcde") for _ in range(300)]
found = [g if rng.random() < 0.6 else rng.choice("abcxy") for g in gold]
for name, of in (("gold", gold), ("found", found)):
    open(name, "w").write("\n".join(of) + "\n")
p, r, f1, _ = f(gold, found, average="macro", zero_division=0)
open("expected", "w").write("".join("%.2f\n" % (100 * x) for x in (accuracy_score(gold, found), p, r, f1)))
END
  seq-eval --labels gold found | sed -n 2,5p | cut -f 2 | diff expected -
}

@test "seq-eval --tags: chunks as conlleval, in columns and in lines" {
  # NP of two words right, NP of one with another type, a VP too long, one that is missed.
  printf 'The DT B-NP\ncat NN I-NP\n\nit PRP B-NP\nsat VB B-VP\ndown RB O\nup RB B-NP\n\n' > gold
  printf 'The B-NP\ncat I-NP\n\nit B-PP\nsat B-VP\ndown I-VP\nup O\n' > found
  seq-eval --tags gold found | cut -f 1,2 > got
  diff got - << 'END'
measure	score
accuracy	50.00
precision	33.33
recall	25.00
f1	28.57
NP.precision	100.00
NP.recall	33.33
NP.f1	50.00
PP.precision	0.00
PP.recall	0.00
PP.f1	0.00
VP.precision	0.00
VP.recall	0.00
VP.f1	0.00
END
  seq-eval --tags gold --conlleval found > report
  head -n 1 report | grep -q '^processed 6 tokens with 4 phrases; found: 3 phrases; correct: 1.$'
  grep -q 'NP: precision: 100.00%; recall:  33.33%; FB1:  50.00  1$' report
  printf 'B-NP I-NP\nB-PP B-VP I-VP O\n' > lines
  seq-eval --tags gold lines | cut -f 1,2 | cmp got -
  printf 'B-NP I-NP\nB-NP B-VP O B-NP\n' | seq-eval --tags - --lines lines | cut -f 1,2 | cmp got -
  # Parts of speech mark no chunks.
  cut -d ' ' -f 1,2 gold > pos
  is $'measure\tscore\naccuracy\t100.00' bash -c 'seq-eval --tags pos pos | cut -f 1,2 | head -n 2'
  run -1 --separate-stderr seq-eval --tags pos --conlleval pos
  [[ $stderr = *"no report of conlleval" ]]
}

@test "seq-eval --tags: what rnn-predict reports of itself" {
  for i in 1 2 3 4 5 6; do printf 'Ann/B-PER Lee/I-PER met/O Bob/B-PER\nin/O Rome/B-LOC\n'; done |
    awk '{ for (i = 1; i <= NF; i++) { split($i, p, "/"); print p[1] "\t" p[2] } print "" }' > gold
  tokenize --columns 1,2 gold | vocab --tags > tagged.bin
  rnn-train --task tag --hidden 4 --epochs 2 -q tagged.bin > model.bin
  rnn-predict --tag model.bin tagged.bin > found
  rnn-predict --tag --report report model.bin tagged.bin > again
  [ "$(score accuracy --tags gold found)" = "$(awk '$1 == "accuracy" { printf "%.2f", 100 * $2 }' report)" ]
  [ "$(score f1 --tags gold found)" = "$(awk '$1 == "micro" { printf "%.2f", 100 * $4 }' report)" ]
}

@test "seq-eval: files of different texts are refused, naming where" {
  printf 'a\nb\n' > two
  printf 'a\n' > one
  run -1 --separate-stderr seq-eval --reference two one
  [[ $stderr = "seq-eval: one: fewer lines than two has (line 2)" ]]
  run -1 --separate-stderr seq-eval --reference one two
  [[ $stderr = "seq-eval: two: more lines than one has (line 2)" ]]
  run -1 --separate-stderr seq-eval --reference one --compare two one
  [[ $stderr = "seq-eval: two: more lines than one has (line 2)" ]]
  run -1 --separate-stderr seq-eval --labels two one
  [[ $stderr = "seq-eval: one: 1 labels, and two has 2" ]]
  run -4 --separate-stderr seq-eval --references 2 --reference one one
  [[ $stderr = "seq-eval: one: not 2 references, separated by tabs (line 1)" ]]
  printf 'a\n\n' > gap
  run -4 --separate-stderr seq-eval --labels gap two
  [[ $stderr = "seq-eval: gap: no label (line 2)" ]]
  printf 'a B\nb O\n\nc B\n' > tags
  printf 'a B\n\nb O\nc B\n' > other
  run -1 --separate-stderr seq-eval --tags tags other
  [[ $stderr = "seq-eval: other: 1 tags, and tags has 2 in sentence 1 (line 1)" ]]
  sed s/b/x/ tags > other
  run -0 --separate-stderr seq-eval --tags tags other
  [[ $stderr = "seq-eval: other: 1 words are others than in tags (first on line 2)" ]]
  for option in --reference --labels --tags; do
    run -1 --separate-stderr seq-eval $option /dev/null /dev/null
  done
  yes 'so it is .' | head -n 100 > apart
  run -0 --separate-stderr seq-eval --reference apart apart
  [[ $stderr = *"--tokenize none" ]]
  run -2 seq-eval --reference two --labels two two
  run -2 seq-eval --labels two --lower two
  run -2 seq-eval --reference two --conlleval two
  run -2 seq-eval --tags two --conlleval --compare two two
  run -2 seq-eval --reference two --smoothing-value 1 two
  run -2 seq-eval --reference - < two
}

@test "seq-eval(1): the example does what the page says" {
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/seq-eval.1" > page
  sed -n 's/^\$ //p' page > commands
  sed '/^\$ /d' page > expected
  bash -e -o pipefail commands > got
  diff expected got
}
