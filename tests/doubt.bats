# Results that are likely of no use, and inputs that are likely not what was meant: warned of in
# one line, which --quiet leaves out; or refused, with what to do.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  awk 'BEGIN { srand(3); split("ant bee cat dog elk fox", a); split("red blue green gray pink teal", b)
    for (i = 0; i < 1500; i++) { for (j = 0; j < 10; j++)
      printf "%s ", i % 2 ? a[1 + int(6 * rand())] : b[1 + int(6 * rand())]; print "the" } }' > text
  tr a-z A-Z < text | head -n 50 > capitals
  vocab text > ids.bin
  vocab capitals > capitals.bin
  w2v -q -t 1 --dim 8 --epochs 1 ids.bin > emb.bin
  rnn-train -q --sentences --hidden 4 --epochs 1 ids.bin > lm.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

# warns PATTERN COMMAND...: success, with one line that has it; none with -q.
warns() {
  local pattern=$1
  shift
  "$@" > out 2> err || { cat err; return 1; }
  [ "$(wc -l < err)" -eq 1 ] && grep -qe "$pattern" err || { echo "$*:"; cat err; return 1; }
  "$@" -q > out 2> err && [ ! -s err ] || { cat err; return 1; }
}

silent() {
  "$@" > out 2> err && [ ! -s err ] || { echo "$*:"; cat err; return 1; }
}

@test "most tokens unknown: to a vocabulary, and to a model" {
  warns '550 of 550 tokens are unknown to ids.bin' vocab --from ids.bin capitals
  warns 'capitals.bin: 550 of 550 tokens are unknown to the model' rnn-predict --score lm.bin capitals.bin
  warns 'capitals.bin: 550 of 550 tokens are unknown' rnn-train --sentences --hidden 4 --epochs 1 --valid capitals.bin ids.bin
  { head -n 50 text; head -n 20 capitals; } > mixed
  silent vocab --from ids.bin mixed
  vocab mixed > mixed.bin
  silent rnn-predict --score lm.bin mixed.bin
}

@test "vectors to begin with that have few of the words, or none" {
  printf 'ANT 1 2 3 4 5 6 7 8\nBEE 1 2 3 4 5 6 7 8\n' | ts-convert --from glove > other.bin
  run -1 --separate-stderr w2v -t 1 --dim 8 --epochs 1 --init other.bin ids.bin
  [ "$stderr" = "w2v: other.bin: none of the 14 words has a vector there" ]
  printf 'ant 1 2 3 4 5 6 7 8\nBEE 1 2 3 4 5 6 7 8\n' | ts-convert --from glove > other.bin
  warns 'other.bin: has vectors for only 1 of 14 words' w2v -t 1 --dim 8 --epochs 1 --init other.bin ids.bin
  warns 'other.bin: has vectors for only 1 of 14 words' rnn-train --dim 8 --hidden 4 --epochs 1 --embedding other.bin ids.bin
  silent w2v -t 1 --dim 8 --epochs 1 --init emb.bin ids.bin
}

@test "a loss that rises, or stays above that of chance" {
  warns 'the loss .*; a smaller --rate may help' rnn-train --hidden 4 --epochs 2 --rate 50 ids.bin
  silent rnn-train --hidden 4 --epochs 2 ids.bin
  silent rnn-train --hidden 4 --epochs 2 --rate 0 ids.bin
  silent w2v -t 1 --dim 8 --epochs 3 --model cbow ids.bin
}

@test "a model to begin with that does not fit is refused, with the setting" {
  refused() {
    run -1 --separate-stderr rnn-train --sentences --epochs 1 --init lm.bin "${@:2}" ids.bin
    echo "$stderr"
    [[ $stderr = *"of the model to begin with does not fit this one: $1" ]]
  }
  refused 'hidden is 4 there and 6 here' --hidden 6
  refused 'cell is lstm there and gru here' --hidden 4 --cell gru
  refused 'the vectors of words (dim) have 0 numbers there and 5 here' --hidden 4 --dim 5
  silent rnn-train --sentences --epochs 1 --hidden 4 --init lm.bin ids.bin
  silent rnn-train --sentences --epochs 1 --hidden 4 --layers 2 --init lm.bin ids.bin # one more layer
  rnn-train -q --sentences --hidden 4 --layers 2 --epochs 1 ids.bin > deep.bin
  run -1 --separate-stderr rnn-train --sentences --epochs 1 --layers 1 --init deep.bin ids.bin
  [[ $stderr = *"'layer1."*": layers is 2 there and 1 here" ]]
}

@test "labels and tags that are taken for each other" {
  printf 'very good\tliked it\nso so\tit was good fun\nvery bad\thated it\n' > labelled
  vocab labelled | ts-info | grep -q '^  labels '
  printf 'D N\tthe ant\n\nD A N V\tthe red ant runs\n' > tagged
  vocab tagged | ts-info | grep -q '^  tags '
  vocab --tags tagged > tags.bin
  vocab --labels labelled > labels.bin
  run -1 --separate-stderr rnn-train --task classify tags.bin
  [[ $stderr = *"tags.bin: no 'labels', which classify needs, but 'tags': 'vocab --labels' takes what stands before a TAB for the label of the line" ]]
  run -1 --separate-stderr rnn-train --task tag labels.bin
  [[ $stderr = *"labels.bin: no 'tags', which tag needs, but 'labels': 'vocab --tags' takes "* ]]
  run -1 --separate-stderr rnn-train --task tag ids.bin
  [[ $stderr = *"ids.bin: no 'tags', which tag needs: 'vocab --tags' reads them from the text, before a TAB" ]]
}

@test "a word that is not there: the one that was likely meant" {
  run -0 --separate-stderr neighbors -e emb.bin ANT cta the
  [ "$stderr" = "neighbors: unknown word 'ANT'; did you mean 'ant'?
neighbors: unknown word 'cta'; did you mean 'cat'?" ]
  run -1 --separate-stderr analogy -e emb.bin ant bee elephants
  [ "$stderr" = "analogy: unknown word 'elephants'" ]
}

@test "a tensor that is not there: those that are" {
  run -1 --separate-stderr ts-convert --to npy --tensor vectors emb.bin
  [ "$stderr" = "ts-convert: emb.bin: no tensor 'vectors'; there are history, vocab, counts, embedding" ]
  run -1 --separate-stderr neighbors --tensor context -e emb.bin ant
  [[ $stderr = *"no tensor 'context'; there are history, vocab, counts, embedding" ]]
}

@test "equal words in a file of vectors: the first is kept, with a warning" {
  printf '%s\n' 'ant 1 2' 'bee 3 4' 'ant 5 6' 'cat 7 8' > rows
  { echo 4 2; cat rows; } > headed
  tr ' ' '\t' < rows > table
  for from in 'glove rows' 'word2vec headed' 'tsv table'; do
    # shellcheck disable=SC2086 # words are wanted
    warns "${from#* }: 'ant' comes twice (rows 1 and 3): the first of them is kept" ts-convert --from $from
    # shellcheck disable=SC2086 # words are wanted
    ts-convert -q --from $from | ts-convert --to glove | cmp - <(sed 3d rows)
  done
  printf 'cat 9 9\nant 9 9\n' >> rows
  warns ", as do 2 other words: the first of them is kept" ts-convert --from glove rows
  printf '1\n2\n3\n' > numbers
  printf 'ant\nbee\nant\n' > words
  run -4 --separate-stderr ts-convert --from tsv --no-words --words words numbers
  [ "$stderr" = "ts-convert: words: 'ant' comes twice (rows 1 and 3)" ]
  # A stream of another program may have one: a word is never its own neighbour.
  python3 -c 'import sys; sys.path.insert(0, sys.argv[1]); import tensor_stream as t
sys.stdout.buffer.write(t.stream(t.strings("vocab", ["ant", "bee", "ant", "cat"]),
  t.record("embedding", "f32", [4, 2], [1, 2, 3, 1, 1.1, 2, 0, 1])))' "$BATS_TEST_DIRNAME" > twice.bin
  [ "$(neighbors -e twice.bin ant | cut -f 2,4 | tr '\t' ' ')" = "cat bee" ]
  run -0 analogy -e twice.bin ant bee cat
  [[ $output != *$'\tant\t'* ]]
}

@test "a heading where rows belong, and the reverse" {
  printf '2 3\nant 1 2 3\nbee 4 5 6\n' > headed
  run -4 --separate-stderr ts-convert --from glove headed
  [ "$stderr" = "ts-convert: headed: line 1 is the header of word2vec's form: '--from word2vec' reads it" ]
  printf '2 1\n7 3\n' | ts-convert --from glove | ts-convert --to tsv | cmp - <(printf '2\t1\n7\t3\n')
  printf '2 2\nant 1 2 3\nbee 4 5 6\n' > wrong
  run -4 --separate-stderr ts-convert --from word2vec wrong
  [ "$stderr" = "ts-convert: wrong: more numbers than the 2 that the header says (line 2)" ]
  run -4 --separate-stderr ts-convert --from glove --dim 2 <(sed 1d wrong)
  [[ $stderr = *"more numbers than the 2 of a vector (line 1)" ]]
  printf 'word\tx\ty\nant\t1\t2\n' > table
  run -4 --separate-stderr ts-convert --from tsv table
  [ "$stderr" = "ts-convert: table: 'x' is not a number of type f32 (line 1; '--from csv' reads a table with a heading)" ]
}

@test "cosines that are equal but for rounding are equal in rank" {
  # Multiples of one vector, others of another: all similarities are 1 or the same.
  awk 'BEGIN { srand(8); for (i = 1; i <= 12; i++) { f = (i % 2 ? 1 : 3) * i; printf "w%d", i
    for (j = 1; j <= 30; j++) printf " %.9g", f * (j % 7 - 3 + (i % 2) * sin(j)) / 7; print "" } }' |
    ts-convert --from glove > lines.bin
  printf 'w1 w3 1\nw1 w5 2\nw3 w7 3\nw5 w9 4\nw7 w11 5\n' > same
  [ "$(emb-eval -e lines.bin same | tail -n 1 | cut -f 4)" = - ]
  { cat same; printf 'w1 w2 0\nw3 w4 0.1\n'; } > two
  /usr/bin/python3 -c 'import scipy' 2> /dev/null || skip "no SciPy"
  want=$(/usr/bin/python3 -c 'from scipy.stats import spearmanr
print("%.2f" % (100 * spearmanr([1, 2, 3, 4, 5, 0, 0.1], [1, 1, 1, 1, 1, 0, 0])[0]))')
  [ "$(emb-eval -e lines.bin two | tail -n 1 | cut -f 4)" = "$want" ]
  # Neighbours that are equally near stand in the order of the vocabulary.
  [ "$(neighbors -e lines.bin -k 5 w7 | cut -f 2,4,6,8,10 | tr '\t' ' ')" = "w1 w3 w5 w9 w11" ]
}

@test "tags B, I and O without a type mark phrases of one type" {
  printf 'O B I O\tthe red ant runs\nB O B\tbees see ants\n' > tagged
  vocab --tags tagged > tags.bin
  rnn-train -q --task tag --hidden 8 --dim 4 --epochs 60 --rate 0.05 tags.bin > tagger.bin
  rnn-predict --tag --report - tagger.bin tags.bin > report
  grep -q '^phrases' report
  grep -q '^micro' report
  [ "$(awk -F '\t' '$1 == "phrases" { print $2 }' report)" = 3 ]
}
