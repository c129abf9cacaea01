#!/usr/bin/env bats
# phrases: words that belong together, joined.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # "new york city" and "bank of america" among words at random.
  awk 'BEGIN {
    srand(11)
    for (line = 0; line < 3000; line++) {
      text = ""
      for (i = 0; i < 8; i++) {
        r = rand()
        word = r < 0.06 ? "new york city" : r < 0.09 ? "new york" : r < 0.12 ? "bank of america" : \
          r < 0.2 ? "of" : r < 0.22 ? "new" : "w" int(rand() * rand() * 300)
        text = text (i ? " " : "") word
      }
      print text
    }
  }' > text
}

# The counts and scores of pass 1, as the page says, by brute force: words TAB score.
reference() {
  python3 - "$@" <<'END'
import collections, math, sys
score, minimum, threshold, connectors = sys.argv[1], int(sys.argv[2]), float(sys.argv[3]), sys.argv[4:]
words, pairs = collections.Counter(), collections.Counter()
tokens = 0
for line in open("text"):
    start, between = None, []
    for word in line.split():
        tokens += 1
        if word in connectors:
            between.append(word)
            continue
        words[word] += 1
        if start:
            pairs[(start, *between, word)] += 1
        start, between = word, []
types = len(words) + len(pairs)
for phrase, n in pairs.items():
    a, b = words[phrase[0]], words[phrase[-1]]
    if score == "npmi":
        s = math.log(n / tokens / (a / tokens * b / tokens)) / -math.log(n / tokens)
    else:
        s = (n - minimum) / (a * b) * (tokens if score == "word2vec" else types)
    if n >= minimum and s > threshold:
        print(" ".join(phrase), "%.6g" % s, n, sep="\t")
END
}

short() {
  awk -F '\t' '{ printf "%s\t%.6g\t%s\n", $1, $2, $3 }' | LC_ALL=C sort
}

@test "phrases: scores and counts of each method are those of brute force" {
  for connectors in '' of of,w1; do
    reference word2vec 3 5 ${connectors//,/ } | LC_ALL=C sort > want
    phrases --list --min-count 3 --threshold 5 ${connectors:+--connectors "$connectors"} text | short > got
    [ -s want ]
    diff want got
    reference gensim 3 2 ${connectors//,/ } | LC_ALL=C sort > want
    phrases --list --score gensim --min-count 3 --threshold 2 ${connectors:+--connectors "$connectors"} text | short > got
    diff want got
    reference npmi 2 0.1 ${connectors//,/ } | LC_ALL=C sort > want
    phrases --list --score npmi --min-count 2 --threshold 0.1 ${connectors:+--connectors "$connectors"} text | short > got
    diff want got
  done
}

@test "phrases: little memory gives the same counts" {
  phrases --list --score npmi --min-count 1 --threshold -1 text > a
  phrases --list --score npmi --min-count 1 --threshold -1 --memory 200K text > b
  [ "$(wc -l < a)" -gt 5000 ]
  cmp a b
  phrases --list --score gensim --threshold 1 text > a
  phrases --list --score gensim --threshold 1 --memory 200K text > b
  cmp a b
}

@test "phrases: text is joined, longer with each pass; lines stay lines" {
  printf '\n' >> text
  phrases --threshold 4 text > one
  grep -q '\bnew_york\b' one
  run ! grep -q 'new york' one
  phrases --threshold 4,3 text > two
  grep -q 'new_york_city' two
  phrases --threshold 4 one > again # a second pass over text that was joined before
  phrases --threshold 4,4 text > at_once
  cmp again at_once
  for f in one two; do
    tr _ ' ' < $f | cmp - text
  done
  phrases --delimiter '~' --threshold 4 text | tr '~' _ | cmp - one
  cat text | phrases --threshold 4 | cmp - one
}

@test "phrases: connectors stand within phrases" {
  phrases --connectors of --threshold 4 text > joined
  grep -q 'bank_of_america' joined
  phrases --list --connectors of --threshold 4 text > list
  grep -q $'^bank of america\t' list
  run ! grep -q '^of \| of	' list
  tr _ ' ' < joined | cmp - text
}

@test "phrases --from: a list joins a text as learning did, and line by line" {
  phrases --connectors of --threshold 4,3 text > want
  phrases --list --connectors of --threshold 4,3 text > list
  phrases --from list text > got
  cmp want got
  printf 'nothing here\n\nnew york  city of bank of america\n' | phrases --from list > got
  printf 'nothing here\n\nnew_york_city of bank_of_america\n' | cmp - got
  printf 'ice cream\n' > own
  printf 'an ice cream\n' | phrases --from own > got
  [ "$(cat got)" = 'an ice_cream' ]
  printf 'ice\n' > own
  run -4 phrases --from own text
  [[ $output == *"own: line 1: "* ]]
  printf 'ice cream\tx\n' > own
  run -4 phrases --from own text
  : > own
  run -4 phrases --from own text
}

@test "phrases: labels, escapes and special tokens stay" {
  sed 's/^/good\t/' text > labelled
  phrases --labels --threshold 4 labelled > got
  phrases --threshold 4 text | sed 's/^/good\t/' | cmp - got
  phrases --list --threshold 4 text > list
  phrases --labels --from list labelled | cmp - got
  for _ in 1 2 3 4 5 6 7 8 9 10; do echo 'UNKNOWN_TOKEN x\sy \\z UNKNOWN_TOKEN x\sy \\z'; done > odd
  for _ in 1 2 3 4 5 6 7 8 9 10; do echo 'other words here that are not'; done >> odd
  phrases --threshold 1 --list odd | cut -f 1 > list
  grep -qxF 'x\sy \\z' list
  run ! grep -q UNKNOWN list
  phrases --threshold 4 odd | head -n 1 > got
  [ "$(cat got)" = 'UNKNOWN_TOKEN x\sy_\\z UNKNOWN_TOKEN x\sy_\\z' ]
}

@test "phrases: what makes no sense is refused or warned of" {
  run -2 phrases --from list --passes 2 text
  run -2 phrases --line-buffered text
  run -2 phrases --threshold 5, text
  run -2 phrases --threshold 5,4 --passes 1 text
  run -2 phrases --score npmi --discount 1 text
  run -2 phrases --delimiter ' ' text
  echo 'a b c' > none
  run -0 --separate-stderr phrases none
  [ "$output" = 'a b c' ]
  [[ $stderr == *"no phrase comes 5 times"* ]]
  : > empty
  run -0 phrases --quiet empty
  [ -z "$output" ]
}

@test "phrases: scores of gensim itself" {
  python3 -c 'import gensim' 2> /dev/null || skip "gensim is not installed"
  python3 - > want <<'END'
from gensim.models.phrases import Phrases
lines = [line.split() for line in open("text")]
for score, threshold in (("default", 2), ("npmi", 0.1)):
    model = Phrases(lines, min_count=3, threshold=threshold, scoring=score,
                    connector_words=frozenset(["of"]))
    for phrase, value in sorted(model.export_phrases().items()):
        print(score, phrase, "%.6g" % value, sep="\t")
END
  for score in gensim npmi; do
    threshold=2
    [ $score = gensim ] || threshold=0.1
    phrases --list --score $score --min-count 3 --threshold $threshold --connectors of text |
      awk -F '\t' -v s=$score '{ gsub(" ", "_", $1); printf "%s\t%s\t%.6g\n", s == "gensim" ? "default" : s, $1, $2 }' |
      LC_ALL=C sort -k 2,2
  done | LC_ALL=C sort > got
  LC_ALL=C sort want | cmp - got
}
