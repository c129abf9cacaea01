#!/usr/bin/env bats
# seq-eval: tokens and sentences against a treebank.
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

@test "seq-eval(1): the example does what the page says" {
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/seq-eval.1" > page
  sed -n 's/^\$ //p' page > commands
  sed '/^\$ /d' page > expected
  bash -e -o pipefail commands > got
  diff expected got
}
