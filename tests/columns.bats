#!/usr/bin/env bats
# Further columns of a text: read from files, in networks beside the words, kept in models.
bats_require_minimum_version 1.5.0

# text LINES SEED [CHOICES]: a word, a part of speech, a colour and a tag a line; the tag is the
# part of speech and the colour together, of which the word says nothing.
text() {
  awk -v lines="$1" -v seed="$2" -v parts="${3:-N V D}" 'BEGIN {
    srand(seed); n = split(parts, p, " "); split("red blue", c, " ")
    for (i = 1; i <= lines; i++) {
      a = int(rand() * n) + 1; b = int(rand() * 2) + 1
      print "w" int(rand() * 9), p[a], c[b], p[a] "-" c[b]
      if (rand() < 0.2) print ""
    }
  }'
}

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  text 3000 1 > train.txt
  text 500 2 "D N V" > test.txt
  ts-convert --from conll --columns 1,4,pos=2,colour=3 train.txt > train.bin
  ts-convert --from conll --columns 1,-1,colour=3,pos=2 test.txt > test.bin
  rnn-train -q --task tag --columns pos,colour=3 --hidden 12 --epochs 6 --rate 0.02 train.bin > model.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR" || return
}

accuracy() {
  awk '$1 == "accuracy" { print $2 }' "$1"
}

@test "ts-convert reads further columns by name, of CoNLL and of CoNLL-U" {
  printf 'a X p\nb Y q\n\na X q\n' > t
  run ts-convert --from conll --columns 1,2,kind=3,kind-2=-1 t
  [ "$status" = 0 ]
  ts-convert --from conll --columns 1,2,kind=3 t > t.bin
  [ "$(ts-info t.bin | grep -c 'column\.kind')" = 2 ]
  [ "$(ts-select --tensor column.kind t.bin | ts-convert --to tsv | paste -sd' ')" = "1 0 0" ]
  # The words, their ids and tags are those without the column.
  ts-select --without 'column.*' t.bin | ts-diff - <(ts-convert --from conll --columns 1,2 t)
  # Words alone, and the column of tags as another one.
  ts-convert --from conll --columns 1,kind=2 t | ts-info - | grep -q 'column.kind.vocab *string (2)'
  printf '1\ta\tA\tNOUN\tNN\t_\t0\troot\t_\t_\n\n' |
    ts-convert --from conllu --columns 2,4,lemma=3,xpos=5 | ts-info - | grep -q 'column.lemma.vocab.*: A'
  # So many sentences of each.
  ts-convert --from conll --columns 1,2,kind=3 --top 1 t | ts-info - | grep -q 'column.kind *i32 *(2)'
}

@test "ts-convert refuses columns that are none" {
  printf 'a X p\n' > t
  for columns in 1,2,3 1,2,kind 1,2,kind= 1,2,kind=x 1,2,=3 1,2,kind=3,kind=2 1,2,k/d=3 1,2,kind=0 \
    1,2, 1,2,abcdefghijklmnopqrstuvwxyza=3; do
    echo "$columns"
    run -2 --separate-stderr ts-convert --from conll --columns "$columns" t
    [[ $stderr == *columns* ]]
  done
  run -4 --separate-stderr ts-convert --from conll --columns 1,2,kind=9 t
  [[ $stderr == *"line 1"* ]]
}

@test "a network reads columns that say more than the words" {
  rnn-predict --tag --report report model.bin test.bin > tags
  [ "$(accuracy report)" = 1.0000 ] || { cat report; false; }
  rnn-train -q --task tag --hidden 12 --epochs 6 --rate 0.02 train.bin > words.bin
  rnn-predict --tag --report report words.bin test.bin > /dev/null
  awk -v a="$(accuracy report)" 'BEGIN { exit !(a < 0.5) }'
}

@test "the options are short for a network in words" {
  run rnn-train --summary --task tag --columns pos,colour=3 --dim 7 --hidden 5 --subwords 50 --word-dropout 1 \
    --dropout 0.5 train.bin
  grep -qF -e '--net "word-dropout 1, embedding 7 subwords=50, embedding 20 from column.pos, embedding 3 from column.colour, concat from embedding+embedding2+embedding3, dropout 0.5, lstm 5, dropout 0.5, softmax"' <<< "$output"
  rnn-train -q --task tag --seed 3 --epochs 1 --net "embedding 100, embedding 20 from column.pos,
    embedding 3 from column.colour, concat from embedding+embedding2+embedding3, lstm 12, softmax" \
    train.bin > a.bin
  rnn-train -q --task tag --seed 3 --epochs 1 --columns pos,colour=3 --hidden 12 train.bin > b.bin
  ts-diff <(ts-select --without rnn.config a.bin) <(ts-select --without rnn.config b.bin)
}

@test "columns are found by name, their values by what they are called" {
  # The same text, its columns in another order and under other numbers.
  rnn-predict --tag --probabilities model.bin test.bin > a
  { text 500 2 "D N V"; } | tac > reversed.txt
  ts-convert --from conll --columns 1,4,other=2,pos=2,colour=3 <(cat test.txt; printf '\nw1 V blue V-blue\n') |
    rnn-predict --tag --probabilities model.bin > b
  head -n "$(wc -l < a)" b | cmp - a
  # A model has no columns that its network does not read.
  ! ts-info model.bin | grep -q 'column.*i32'
  rnn-train -q --task tag --columns pos --hidden 3 --epochs 1 train.bin > one.bin
  ! ts-info one.bin | grep -q colour
  rnn-predict --tag one.bin <(ts-select --without 'column.colour*' test.bin) > /dev/null
}

@test "values that the model lacks have no vector, and are told of" {
  sed 's/ red / green /' test.txt > green.txt
  ts-convert --from conll --columns 1,4,pos=2,colour=3 green.txt > green.bin
  run --separate-stderr rnn-predict --tag model.bin green.bin
  [ "$status" = 0 ]
  [[ $stderr == *"lacks $(grep -c green green.txt) values of columns, as in 'column.colour'"* ]]
  # Parts of speech are still known.
  awk '{ for (i = 1; i <= NF; i++) print substr($i, 1, 1) }' <<< "$output" > got
  awk 'NF { print $2 }' green.txt | cmp - got
  # With UNKNOWN_TOKEN among the values they have its vector.
  sed 's/ red / UNKNOWN_TOKEN /' train.txt | ts-convert --from conll --columns 1,4,colour=3,pos=2 |
    rnn-train -q --task tag --columns pos,colour=3 --hidden 12 --epochs 6 --rate 0.02 > unknown.bin
  run --separate-stderr rnn-predict --tag --report report unknown.bin green.bin
  [ "$stderr" = "" ]
  [ "$(accuracy report)" = 1.0000 ]
}

@test "data without a column are refused, with a way to have it" {
  run -1 --separate-stderr rnn-predict --tag model.bin <(ts-select --without 'column.colour*' test.bin)
  [[ $stderr == *"no 'column.colour', which the network reads: 'ts-convert --from conll --columns WORD,TAG,colour=NUMBER'"* ]]
  run -1 --separate-stderr rnn-train --task tag --columns shape train.bin
  [[ $stderr == *"train.bin: no 'column.shape'"* ]]
  run -1 --separate-stderr rnn-train -q --task tag --columns pos --valid <(ts-select --without 'column.pos*' test.bin) train.bin
  [[ $stderr == *"no 'column.pos'"* ]]
  seq 200 | ts-convert --from csv --no-heading > series.bin
  run -1 --separate-stderr rnn-train --task regress --target next --net \
    "embedding 5 from column.pos, lstm 5, squared-error" series.bin
  [[ $stderr == *"columns are those of a text"* ]]
}

@test "columns that do not fit their text are refused" {
  why() {
    run -1 --separate-stderr rnn-train -q --task tag --columns pos --epochs 1 <(cat)
    echo "$stderr"
    [[ $stderr == *"$1"* ]]
  }
  ts-select --slice 'column.pos[:-1]' train.bin | why "'column.pos' has 2999 numbers for 3000 tokens"
  ts-select --slice 'column.pos.vocab[:2]' train.bin | why "'column.pos' has 2, in a vocabulary of 2"
  ts-select --without column.pos train.bin | why "'column.pos' has 0 numbers for 3000 tokens"
  ts-select --without column.pos.vocab train.bin | why "'column.pos' comes before its vocabulary"
  ts-select --rename column.pos=x,column.pos.vocab=y,lengths=column.pos.vocab train.bin | why "is not a list of type string"
}

@test "joined streams have to agree in a column, too" {
  ts-convert --from conll --columns 1,4,pos=2,colour=3 train.txt > again.bin
  cat train.bin again.bin | rnn-train -q --task tag --columns pos --hidden 3 --epochs 1 > /dev/null
  sed 's/ N / NOUN /' train.txt | ts-convert --from conll --columns 1,4,pos=2 > other.bin
  run -1 --separate-stderr rnn-train -q --task tag --columns pos <(cat train.bin other.bin)
  [[ $stderr == *"joined streams have different 'column.pos.vocab'"* ]]
}

@test "networks that cannot read a column say why" {
  why() {
    run --separate-stderr rnn-train -q --task "${3:-tag}" --net "$1" train.bin
    echo "$stderr"
    [ "$status" = 2 ] && [[ $stderr == *"$2"* ]]
  }
  why "lstm 5 from column.pos, softmax" "embedding' before it gives its values vectors"
  why "word-dropout 1 from column.pos, embedding 5, softmax" "'embedding' before it"
  why "embedding 5 subwords=100 from column.pos, softmax" "parts of words"
  why "embedding 5 from column.pos, softmax" "still to come" lm
  why "embedding 5 from column., softmax" "no such item"
  run -2 --separate-stderr rnn-train --task tag --columns pos,pos train.bin
  [[ $stderr == *"'pos' twice"* ]]
  run -2 --separate-stderr rnn-train --task tag --columns pos=0 train.bin
  run -2 --separate-stderr rnn-train --task tag --columns pos --dim 0 train.bin
  run -2 --separate-stderr rnn-train --task tag --columns pos --net "embedding 5, softmax" train.bin
  [[ $stderr == *"no --columns"* ]]
}

@test "capitals of the words are a column that every text has" {
  # The tag is how the word is written; words of the test are others than those of training.
  words() {
    awk -v seed="$1" 'BEGIN { srand(seed); split("abcdefghijklmnopqrstuvwxyz", l, "")
      for (i = 0; i < 800; i++) {
        w = ""; for (k = 0; k < 4; k++) w = w l[int(rand() * 26) + 1]
        t = int(rand() * 5)
        if (t == 1) w = toupper(substr(w, 1, 1)) substr(w, 2)
        if (t == 2) w = toupper(w)
        if (t == 3) w = substr(w, 1, 2) toupper(substr(w, 3))
        if (t == 4) w = int(rand() * 1e6)
        print w, "t" t; if (rand() < 0.2) print ""
      } }'
  }
  words 1 | ts-convert --from conll > caps.train
  words 2 | ts-convert --from conll > caps.test
  rnn-train -q --task tag --columns caps=4 --dim 3 --hidden 8 --epochs 12 --rate 0.02 --word-dropout 100 \
    caps.train > caps.bin
  rnn-predict -q --tag --report report caps.bin caps.test > /dev/null
  [ "$(accuracy report)" = 1.0000 ] || { head -3 report; false; }
  [ "$(ts-select --tensor column.caps.vocab caps.bin | ts-convert --to tsv | paste -sd' ')" = "none lower initial all mixed" ]
  # Where the text says so itself, that counts.
  words 3 | awk 'NF { $3 = "one" } 1' | ts-convert --from conll --columns 1,2,caps=3 > own.bin
  rnn-train -q --task tag --columns caps --hidden 3 --epochs 1 own.bin | ts-info - | grep -q 'column.caps.vocab *string (1)'
}

@test "states and the part to validate on have their columns" {
  # The last tenth is validated with its own rows of the columns: all of its tags are found.
  rnn-train --task tag --columns pos,colour --hidden 12 --epochs 6 --rate 0.02 --valid-share 0.1 --log log train.bin 2> /dev/null > /dev/null
  awk -F '\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i ~ /accuracy/) c = i } END { exit !($c > 0.99) }' log
  rnn-predict --states model.bin test.bin > states.bin
}

@test "--init continues with the columns of the model, and their values" {
  # The values come in another order: they keep the numbers that they have in the model.
  vocab=$(ts-select --tensor column.pos.vocab model.bin | ts-convert --to tsv | paste -sd' ')
  awk 'NF && $2 == substr("'"$vocab"'", 1, 1) && NR % 3 { $2 = "D" } NF && NR % 50 == 0 { $2 = "X" } 1' train.txt |
    ts-convert --from conll --columns 1,4,pos=2,colour=3 > other.bin
  [ "$(ts-select --tensor column.pos.vocab other.bin | ts-convert --to tsv | paste -sd' ')" != "$vocab" ]
  rnn-train -q --init model.bin --epochs 0 other.bin > other-model.bin
  rnn-predict --tag other-model.bin test.bin | cmp - <(rnn-predict --tag model.bin test.bin)
  rnn-train -q --init model.bin --epochs 0 train.bin > same.bin
  rnn-predict --tag same.bin test.bin | cmp - <(rnn-predict --tag model.bin test.bin)
  [ "$(ts-select --tensor column.pos.vocab same.bin | ts-convert --to tsv | paste -sd' ')" = "$vocab" ]
}
