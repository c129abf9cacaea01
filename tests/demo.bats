# The corpus maker, its grammar, and the demo that uses them.

bats_require_minimum_version 1.5.0

setup() {
  corpus=$WORDPIPE_BUILD/examples/make-corpus
  grammar=$BATS_TEST_DIRNAME/../examples/demo.grammar
  cd "$BATS_TEST_TMPDIR"
}

# A grammar from standard input.
write_grammar() {
  cat > g
}

# Runs make-corpus, which must fail with this message.
refuses() {
  run -1 "$corpus" g
  echo "$output"
  [ "$output" = "make-corpus: $1" ]
}

@test "make-corpus: the demo's text is the same on every machine" {
  sum=$("$corpus" -n 100000 -s 7 "$grammar" | cksum)
  echo "$sum"
  [ "$sum" = "1994935147 100065" ]
}

@test "make-corpus: seeds differ, a shorter text begins the longer one" {
  "$corpus" -n 20000 -s 1 "$grammar" > one
  "$corpus" -n 20000 -s 2 "$grammar" > two
  run ! cmp -s one two
  "$corpus" -n 40000 -s 1 "$grammar" | head -n "$(wc -l < one)" | cmp - one
}

@test "make-corpus: as many bytes as asked, up to the end of a paragraph" {
  "$corpus" -n 50000 "$grammar" > text
  [ "$(wc -c < text)" -ge 50000 ]
  [ "$(sed '$d' text | wc -c)" -lt 50000 ]
  [ "$("$corpus" -n 0 "$grammar" | wc -c)" -eq 0 ]
}

@test "make-corpus: paragraphs are 3 to 7 sentences of plain English" {
  "$corpus" -n 300000 "$grammar" > text
  run ! grep -n -e '[{}]' -e '  ' -e '^ ' -e ' $' -e '^[a-z]' text
  run ! grep -n -E '\b[Aa] (apple|elephant|ugly|Irish|umbrella|old)|\b[Aa]n [bcdfgjklmnpqrstvwxyz]' text
}

@test "make-corpus: every word that is asked for stands in the text, often enough to learn" {
  "$corpus" "$grammar" | tr A-Z a-z | tr -cs a-z '\n' | sort | uniq -c |
    awk '{ print $2, $1 }' > counts
  "$corpus" -q "$grammar" | sed '/^:/d' | tr A-Z a-z | tr ' ' '\n' | sort -u > asked
  [ "$(wc -l < asked)" -gt 400 ]
  awk 'NR == FNR { n[$1] = $2; next } n[$1] < 50 { print; bad = 1 } END { exit bad }' counts asked
}

@test "make-corpus: questions have sections and four different words a line" {
  "$corpus" -q "$grammar" > questions
  [ "$(head -n 1 questions)" = ": capital-common-countries" ]
  [ "$(sed -n 2p questions)" = "Paris France Rome Italy" ]
  [ "$(grep -c '^: ' questions)" -eq 9 ]
  [ "$(wc -l < questions)" -gt 5000 ]
  awk '/^:/ { next } NF != 4 || $1 == $2 || $1 == $3 || $2 == $4 { print; bad = 1 }
       END { exit bad }' questions
}

@test "make-corpus: no question for what several rows share" {
  write_grammar <<'END'
table land: country money
	Sweden krona
	Italy euro
	Japan yen
	Spain euro
ask currency: country money
about land: 1
	{country} {money}
END
  run -0 "$corpus" -q g
  [ "$output" = ": currency
Sweden krona Japan yen
Japan yen Sweden krona" ]
}

@test "make-corpus: a paragraph keeps to its row, {other} to the other ones" {
  write_grammar <<'END'
table pair: left right
	a1 b1
	a2 b2
	a3 b3
about pair: 1
	{left}{right}/{other left}
END
  "$corpus" -n 20000 g | tr A-Z a-z > text
  # One row a paragraph; "a1b1/a2", never "a1b2" or "a1b1/a1".
  run ! grep -n -E 'a1b[23]|a2b[13]|a3b[12]|a(.)b.*/a\1' text
  run ! grep -n -E 'b1.*b[23]|b2.*b[13]|b3.*b[12]' text
  for i in 1 2 3; do grep -q "b$i" text; done
}

@test "make-corpus: columns of other tables are drawn anew, cells are phrases" {
  write_grammar <<'END'
table role: man woman
	king queen
	monk nun
table sex: person he
	{man} he
	{woman} she
table day: day
	monday
	friday
about role sex: 1
	{person} {he} {day} {day}.
END
  "$corpus" -n 20000 g | tr A-Z a-z | sed 's/\. */\n/g' | sort -u | grep . > text
  [ "$(wc -l < text)" -eq 16 ]
  [ "$(cut -d' ' -f1,2 text | sort -u | tr '\n' ,)" = "king he,monk he,nun she,queen she," ]
}

@test "make-corpus: capitals, and an before vowels that sound so" {
  write_grammar <<'END'
rule thing
	apple
	pear
	uniform
	euro
	hour
	Irish tea
about: 1
	a {thing} and a {thing}, not a {thing}.
	"ah, a {thing}."
END
  "$corpus" -n 20000 g | grep -oE '\b[Aa]n? [a-zI]+' | sort -u > text
  run -0 cat text
  echo "$output"
  [ "$(grep -ivE '^(an (apple|hour|irish)|a (pear|uniform|euro))$' text)" = "" ]
  [ "$("$corpus" -n 20000 g | grep -cE '(^|[.] )[a-z]|"[a-z]')" -eq 0 ]
}

@test "make-corpus: the first words of a list are the most frequent" {
  write_grammar <<'END'
list w
	aa bb cc dd
about: 1
	{w}
END
  "$corpus" -n 200000 g | tr A-Z a-z | tr ' ' '\n' | sort | uniq -c | sort -rn > counts
  cat counts
  [ "$(awk '{ printf "%s ", $2 }' counts)" = "aa bb cc dd " ]
  # 1 to 1/4
  awk 'NR == 1 { n = $1 } NR == 4 { exit !(n / $1 > 3.8 && n / $1 < 4.2) }' counts
}

@test "make-corpus -t: sentences and the trees of how they were made" {
  local g=$BATS_TEST_DIRNAME/../examples/trees.grammar
  "$corpus" -t -n 200000 "$g" > trees
  # A mark of the tree for each word; brackets are closed in their order.
  awk -F '\t' '
    NF != 2 { exit bad = 1 }
    {
      words = split($1, word, " ")
      n = split($2, part, " ")
      depth = leaves = 0
      for (i = 1; i <= n; i++)
        if (part[i] ~ /^\(/)
          open[depth++] = substr(part[i], 2)
        else if (part[i] ~ /^\)/) {
          if (depth == 0 || open[--depth] != substr(part[i], 2) || (depth == 0 && i < n))
            exit bad = 1
        } else
          leaves += part[i] == "XX"
      if (depth || leaves != words || part[1] != "(S")
        exit bad = 1
    }
    END { if (bad) print NR ": " $0; exit bad }' trees
  # The sentences are those of the text.
  "$corpus" -n 200000 "$g" | sed 's/\([.,?]\)/ \1/g; s/\([.?]\) /\1\n/g' |
    head -n "$(wc -l < trees)" > text
  cut -f 1 trees | head -n "$(wc -l < text)" | cmp - text
  "$corpus" -t -n 50000 "$grammar" > trees
  awk -F '\t' '{ n = split($1, w, " "); if (gsub("XX", "XX", $2) != n) { print; exit 1 } }' trees
  printf 'rule r\n\tan {l}\nlist l\n\tx\nabout: 1\n\t"so {r}s, {l}"\n' > g
  [ "$("$corpus" -t -n 1 g | head -n 1)" = \
    "$(printf '" So an xs , x "\t(S XX XX (r XX XX )r XX XX XX )S')" ]
}

@test "make-pairs: sequences copied, reversed and sorted" {
  local pairs=$WORDPIPE_BUILD/examples/make-pairs
  "$pairs" -n 500 -l 7 -w 5 reverse > reverse
  cut -f 1 reverse | paste - <(cut -f 1 reverse |
    awk '{ for (i = NF; i > 0; i--) printf "%s%s", $i, (i > 1 ? " " : "\n") }') | cmp - reverse
  "$pairs" -n 500 -l 7 -w 5 sort > sort
  cut -f 1 sort | paste - <(cut -f 1 sort | while read -r -a words; do
    # shellcheck disable=SC2046
    echo $(printf '%s\n' "${words[@]}" | sort)
  done) | cmp - sort
  "$pairs" -n 500 -l 7 -w 5 copy | awk -F '\t' '$1 != $2 { exit 1 }'
  cut -f 1 reverse | awk '{ n[NF]++ } END { for (i = 1; i <= 7; i++) if (n[i] < 40) exit 1 }'
  [ "$(cut -f 1 sort | tr ' ' '\n' | sort -u | tr '\n' ' ')" = 'a b c d e ' ]
  [ "$("$pairs" -n 2000 -w 30 -l 2 copy | cut -f 1 | tr ' ' '\n' | sort -u | grep -c '[0-9]')" -eq 4 ]
  run ! cmp -s <("$pairs" -s 2 -n 500 -l 7 -w 5 sort) sort
  run -2 "$pairs" turn
  run -2 "$pairs" -n 0 sort
  run -2 "$pairs"
  run -1 bash -c '"$1" sort > /dev/full' - "$pairs"
}

@test "make-series caption: vectors and what they show" {
  local series=$WORDPIPE_BUILD/examples/make-series
  "$series" -n 300 -l 20 caption > captions.bin
  [[ "$("$WORDPIPE_BIN/ts-info" captions.bin)" == *'encoding         f32    (300, 20) '* ]]
  "$WORDPIPE_BIN/ts-check" captions.bin
  # The vector says what there is: linear regression finds each word of the caption.
  python3 -c 'import numpy' 2> /dev/null || skip "no NumPy"
  PATH=$WORDPIPE_BIN:$PATH
  "$series" -n 2000 -l 50 caption > captions.bin
  ts-convert --to npy --tensor encoding captions.bin > x.npy
  ts-convert --to npy --tensor target.ids captions.bin > ids.npy
  python3 - << 'END'
import numpy as np
x, ids = np.load("x.npy"), np.load("ids.npy").reshape(-1, 11)
assert (ids[:, 0] == 1).all() and (ids[:, -1] == 2).all()
for place in range(1, 10):
    want = np.eye(20)[ids[:, place]]
    made = x @ np.linalg.lstsq(x[:1500], want[:1500], rcond=None)[0]
    assert (made[1500:].argmax(1) == ids[1500:, place]).mean() > 0.9, place
END
}

@test "make-corpus: mistakes in a grammar are told with their line" {
  printf 'about: 1\n\ta {b}\n' > g; refuses "g:2: no list, rule or column is called 'b'"
  printf 'about: 1\n\ta {b\n' > g; refuses "g:2: '{' without '}'"
  printf '\tword\n' > g; refuses "g:1: this line belongs to no block"
  printf 'lits x\n' > g; refuses "g:1: neither 'list', 'rule', 'table:', 'about:' nor 'ask:'"
  printf 'list x\n\ta\nlist x\n\tb\n' > g; refuses "g:3: 'x' is defined twice"
  printf 'list x\nabout: 1\n\ta\n' > g; refuses "g: 'x' is empty"
  printf 'list x\n\ta\n' > g; refuses "g: there is no 'about'"
  printf 'about: 0\n' > g; refuses "g:1: a share is a number from 1 to 1000"
  printf 'about x: 1\n' > g; refuses "g:1: there is no table 'x' above"
  printf 'table t: a b\n\t1\n' > g; refuses "g:2: cell missing"
  printf 'table t: a b\n\t1 2 3\n' > g; refuses "g:2: more cells than columns"
  printf 'table t: a\n\t1\nask q: a b\n' > g
  refuses "g:3: 'a' and 'b' are not columns of one table above"
  printf 'rule r\n\tx {r}\nabout: 1\n\t{r}\n' > g; refuses "g:2: this phrase has no end"
  printf 'table t: a\n\t1\nabout t: 1\n\t{other a}\n' > g; refuses "g:4: there is no other 'a'"
  rm g; refuses "g: No such file or directory"
}

@test "make-corpus: wrong command lines and full disks" {
  run -2 "$corpus"
  run -2 "$corpus" -x "$grammar"
  run -2 "$corpus" -n 1k "$grammar"
  run -2 "$corpus" "$grammar" "$grammar"
  run -1 bash -c '"$1" "$2" > /dev/full' - "$corpus" "$grammar"
  [ "$output" = "make-corpus: <stdout>: No space left on device" ]
  run -1 bash -c '"$1" -q "$2" > /dev/full' - "$corpus" "$grammar"
}

@test "demo: learns the planted analogies, and looks up words" {
  DEMO_DIR=here WORDPIPE_EXAMPLES=$WORDPIPE_BUILD/examples TEXT='' \
    run -0 sh "$BATS_TEST_DIRNAME/../examples/demo.sh"
  echo "$output"
  [[ $output == *'$ tokenize --lower text | vocab --min-count 5 | w2v > emb.bin'* ]]
  [[ $output == *$'\nman\twoman\tking\tqueen\t'* ]]
  [[ $output == *'% of the analogies came out right'* ]]
  ts-check here/emb.bin
}

@test "demo: fails where too few analogies come out right" {
  mkdir shim
  ln -s "$WORDPIPE_BIN"/* shim/
  rm shim/emb-eval
  printf '#!/bin/sh\nprintf "questions\\ttotal\\t3cosadd\\t89.99\\n"\n' > shim/emb-eval
  chmod +x shim/emb-eval
  DEMO_DIR=here WORDPIPE_BIN=$PWD/shim WORDPIPE_EXAMPLES=$WORDPIPE_BUILD/examples TEXT='' \
    run -1 --separate-stderr sh "$BATS_TEST_DIRNAME/../examples/demo.sh"
  [ "$stderr" = "demo: 89.99 % of the analogies came out right; 90 % or more should" ]
}

@test "demo: takes a text of the user's, gzipped and oddly named too" {
  "$corpus" -n 200000 "$grammar" | gzip > "it's a \$text"
  DEMO_DIR=here TEXT="it's a \$text" run -0 sh "$BATS_TEST_DIRNAME/../examples/demo.sh"
  echo "$output"
  # Five rows of a word and its five neighbours.
  [ "$(grep -c -P '^[a-z]+(\t[a-z]+\t[-0-9.]+){5}$' <<< "$output")" -eq 5 ]
}

@test "demo: says what is wrong with a text" {
  DEMO_DIR=here TEXT=absent run -1 sh "$BATS_TEST_DIRNAME/../examples/demo.sh"
  [[ $output == "demo: "*"/absent: no such file" ]]
  yes 'be to be' | head -n 100 > short
  DEMO_DIR=here TEXT=short run -1 sh "$BATS_TEST_DIRNAME/../examples/demo.sh"
  [[ $output == *"demo: this text is too short"* ]]
}
