# Tables with a heading: columns chosen by their names, series, targets, labels, sequences.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  cat > shop.csv <<'END'
day,price,"units, sold",trend,store
2020-01-01,1.5,10,up,A
2020-01-02,2.5,,up,A

2020-01-03, 3.25 ,30,"do""wn",B
END
}

values() { ts-convert --to tsv --no-words --tensor "$1" "$2" | tr '\n\t' ' ,'; }

@test "csv: columns by name, targets, labels, sequences" {
  ts-convert --from csv --columns price --targets '"units, sold"' --label trend --sequence store shop.csv > s.bin
  [ "$(values series s.bin)" = "1.5 2.5 3.25 " ]
  [ "$(values targets s.bin)" = "10 nan 30 " ]
  [ "$(values lengths s.bin)" = "2 1 " ]
  [ "$(values labels s.bin)" = "1 0 " ]
  [ "$(values labels.vocab s.bin)" = 'do"wn up ' ]
  [ "$(values series.columns s.bin)" = "price " ]
  ts-convert --from csv --columns '"units, sold",price' --top 1 shop.csv > s.bin
  [ "$(values series s.bin)" = "10,1.5 " ]
  # Without --columns, all that are nothing else.
  cut -d , -f 2,4- shop.csv | tr -d '"' | sed 's/sold,//; s/, sold//' > plain.csv
  printf 'x,y,kind\n1,2,a\n3,4,b\n' | ts-convert --from csv --label kind > s.bin
  [ "$(values series s.bin)" = "1,2 3,4 " ]
  [ "$(values labels s.bin)" = "0 1 " ]
}

@test "csv: what separates fields is found in the heading; marks and line ends do no harm" {
  printf 'x,y\n1,2\n3,4\n' > want.csv
  ts-convert --no-history --from csv want.csv > want.bin
  for separator in ';' '\t' ','; do
    tr , "$separator" < want.csv > other
    ts-convert --no-history --from csv other | cmp - want.bin
    sed 's/$/\r/' other | ts-convert --no-history --from csv | cmp - want.bin
    { printf '\357\273\277'; cat other; } | ts-convert --no-history --from csv | cmp - want.bin
  done
  printf '"x","y"\n"1","2"\n"3","4"' | ts-convert --no-history --from csv | cmp - want.bin
  printf '"a\nb",y\n1,2\n' | ts-convert --from csv | ts-convert --to csv | cmp - <(printf '"a\nb",y\n1,2\n')
}

@test "csv: numbers come back, and the heading with them" {
  awk 'BEGIN { srand(5); print "a,b,c"; for (i = 0; i < 300; i++) printf "%.9g,%.9g,%d\n", rand(), 1e20 * (rand() - .5), i }' > t.csv
  ts-convert --from csv --type f64 t.csv | ts-convert --to csv | cmp - t.csv
  ts-convert --from csv t.csv | ts-convert --to csv | ts-convert --no-history --from csv | cmp - <(ts-convert --no-history --from csv t.csv)
  ts-convert --from csv --type f64 t.csv | ts-convert --to csv --columns u,v,w | head -n 1 | grep -qx u,v,w
  printf 'a 1 2\nb"c 3 4\n' | ts-convert --from glove | ts-convert --to csv --tensor embedding > words.csv
  cmp words.csv <(printf 'word,x1,x2\na,1,2\n"b""c",3,4\n')
}

@test "csv: a column becomes a forecast, with the same heading" {
  awk 'BEGIN { print "hour,load"; for (i = 0; i < 60; i++) printf "%d:00,%.4f\n", i % 24, sin(i / 3) }' > load.csv
  ts-convert --from csv --columns load load.csv > s.bin
  rnn-train -q --task regress --target next --hidden 4 --epochs 2 s.bin > m.bin
  rnn-predict --forecast 3 m.bin s.bin | ts-convert --to csv > next.csv
  [ "$(head -n 1 next.csv)" = load ]
  [ "$(wc -l < next.csv)" = 4 ]
}

@test "csv: pandas reads and writes the same" {
  /usr/bin/python3 -c 'import pandas' 2>/dev/null || skip "no pandas"
  /usr/bin/python3 -c 'import pandas as pd, numpy as np
pd.DataFrame(np.random.default_rng(2).normal(size=(50, 3)), columns=["a", "b,c", "d\"e"]).to_csv("t.csv", index=False)'
  ts-convert --from csv --type f64 t.csv | ts-convert --to csv > back.csv
  /usr/bin/python3 -c 'import pandas as pd
a, b = pd.read_csv("t.csv"), pd.read_csv("back.csv"); assert list(a) == list(b) and (a.values == b.values).all()'
}

@test "csv: refusals say the column, the row and the line" {
  refused() { # STATUS MESSAGE OPTIONS, the table on standard input
    local status=$1 message=$2
    shift 2
    cat > t.csv
    run "-$status" ts-convert --from csv "$@" t.csv -o out
    echo "$output"
    [ "$output" = "ts-convert: t.csv: $message" ] && [ ! -e out ]
  }
  refused 4 "column 'day' has '2020-01-01', which is not a number of type f32 (row 1, line 2): '--columns' chooses columns of numbers, '--label' and '--tags' take names" < shop.csv
  refused 4 "column 'units, sold' has an empty field, which is not a number of type f32 (row 2, line 3)" --columns '"units, sold"' < shop.csv
  refused 1 "no column 'cost'; the heading has: day, price, units, sold, trend, store" --columns price,cost < shop.csv
  refused 1 "more than one column 'x'; the heading has: x, y, x" --columns x <<< $'x,y,x\n1,2,3'
  refused 4 "3 fields in a row, and 2 in the heading (line 3)" <<< $'x,y\n1,2\n1,2,3'
  refused 4 "another label within one sequence (line 3)" --label l --sequence s <<< $'x,l,s\n1,a,1\n2,b,1'
  refused 4 "a row without a label (line 2)" --label l <<< $'x,l\n1,'
  refused 4 "text behind a field in quotes (line 2)" <<< $'x,y\n"1"2,3'
  refused 4 "a quoted field without end (line 2)" <<< $'x,y\n1,"2'
  refused 4 "a heading without rows (line 2)" <<< 'x,y'
  refused 4 "empty where a heading was expected" < /dev/null
  refused 4 "numbers where the names of the columns belong; '--no-heading' reads a table without them (line 1)" <<< $'1,2\n3,4'
  for options in '--from tsv --columns x' '--to csv --label x' '--from npy --targets x' '--from csv --no-words'; do
    # shellcheck disable=SC2086 # words are wanted
    run -2 ts-convert $options
  done
}

@test "ts-convert --from auto: what the first bytes tell, and says so" {
  printf '%s\n' 'ant 0.5 2' 'bee 3 5.25' > rows
  ts-convert --from glove rows > emb.bin
  for format in npy safetensors word2vec word2vec-binary glove csv; do
    options=
    [ $format != csv ] || options='--tensor embedding --no-words'
    # shellcheck disable=SC2086 # words are wanted
    ts-convert --to $format $options emb.bin > foreign
    options=
    [ $format != csv ] || options='--tensor embedding'
    # shellcheck disable=SC2086 # words are wanted
    ts-convert --no-history --from auto $options foreign > auto.bin 2> err
    grep -qx "ts-convert: foreign: taken for $format" err
    # shellcheck disable=SC2086 # words are wanted
    ts-convert --no-history --from $format $options foreign | cmp - auto.bin
  done
  printf '%%%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2\n' > foreign
  ts-convert --from auto foreign 2> err | ts-convert --to cells --no-words | grep -qx $'0\t0\t2'
  gzip -c rows | ts-convert --no-history -q --from auto | cmp - <(ts-convert --no-history --from glove rows)
  printf 'just some words\n' > text
  run -4 ts-convert --from auto text -o out
  [ "$output" = "ts-convert: text: text, not a file whose format its first bytes tell" ]
  run -4 ts-convert --from auto emb.bin -o out
  [[ $output = *"emb.bin: a tensor stream, not a file whose format its first bytes tell"* ]]
}

@test "csv: vectors with their words come back to the last bit" {
  printf 'a b "c", d\nb a\n' | tokenize --words | vocab | w2v --dim 7 --epochs 1 --threads 1 --no-history > e.bin
  ts-convert --to csv e.bin > e.csv
  head -n 1 e.csv | grep -qx 'word,x1,x2,x3,x4,x5,x6,x7'
  ts-convert --no-history --from csv e.csv > back.bin
  ts-diff <(ts-select --no-history --tensor vocab,embedding e.bin) back.bin
  ts-convert --to csv back.bin | cmp - e.csv
  ts-convert --from auto -q e.csv | ts-convert --to csv | cmp - e.csv
  printf 'b\n' > b
  [ "$(ts-convert --from csv --vocab b e.csv | ts-convert --to tsv --tensor vocab)" = b ]
  # Named, the column is one of numbers.
  printf 'word,n\n1,2\n' | ts-convert --from csv --columns word,n | ts-convert --to csv | cmp - <(printf 'word,n\n1,2\n')
  # Words that need quotes.
  printf 'word,x1\n"a,b",1\n"c\nd",2\n"""",3\n' > q.csv
  ts-convert --from csv q.csv | ts-convert --to csv | cmp - q.csv
}

@test "csv: a table without a heading, and files that are no table for tsv say which it is" {
  seq 1 5 > n
  run -4 ts-convert -o new.bin --from tsv n
  [ "$output" = "ts-convert: n: '1': a word without numbers; '--no-words' reads numbers alone (line 1)" ]
  run -4 ts-convert -o new.bin --from csv n
  [[ $output == *"'--no-heading' reads a table without them (line 1)" ]]
  [ "$(ts-convert --from csv --no-heading n | ts-convert --to tsv --tensor series | tr '\n' ' ')" = "1 2 3 4 5 " ]
  ts-convert --no-history -q --from auto n | cmp - <(ts-convert --no-history --from csv --no-heading n)
  printf '1,2\n3,4\n' | ts-convert --from csv --no-heading --targets x2 | ts-convert --to csv --tensor targets | cmp - <(printf 'x2\n2\n4\n')
  printf 'load\n1\n2\n' > l
  run -4 ts-convert -o new.bin --from tsv l
  [ "$output" = "ts-convert: l: 'load': a word without numbers; '--from csv' reads a table with a heading, '--type string' words (line 1)" ]
  run -4 ts-convert -o new.bin --from tsv --no-words l
  [ "$output" = "ts-convert: l: 'load' is not a number of type f32 (line 1; '--from csv' reads a table with a heading)" ]
  printf '1\t2\n3\t4\n' > t
  run -0 ts-convert -o new.bin --from tsv t
  [ "$output" = "ts-convert: t: the first column, all numbers, is taken for words: '--no-words' takes it for numbers" ]
  run -4 rnn-train n
  [[ $output == *"n: numbers as text, not a tensor stream: 'ts-convert --from csv --no-heading n' makes a tensor stream of it"* ]]
  run -4 rnn-train l
  [[ $output == *"'ts-convert --from csv l' makes a tensor stream of it"* ]]
}

@test "csv: labels without sequences are those of rows, tags those of steps, and either is learnt" {
  printf 'x,y,kind\n1,2,a\n3,4,b\n5,6,a\n' > k.csv
  ts-convert --from csv --label kind k.csv > k.bin
  [ "$(values lengths k.bin)" = "1 1 1 " ]
  rnn-train -q --task classify --hidden 3 --epochs 1 -o m.bin k.bin
  run -1 rnn-train --task tag --hidden 3 --epochs 1 -o m.bin k.bin
  [ "$output" = "rnn-train: k.bin: no 'tags', which tag needs, but 'labels': 'ts-convert --from csv --tags COLUMN' reads them from a table" ]
  ts-convert --from csv --tags kind k.csv > t.bin
  [ "$(values tags t.bin)" = "0 1 0 " ]
  [ "$(values lengths t.bin)" = "3 " ]
  rnn-train -q --task tag --hidden 3 --epochs 1 -o m.bin t.bin
  rnn-predict --tag m.bin t.bin
  run -4 ts-convert -o new.bin --from csv k.csv
  [[ $output == *"column 'kind' has 'a', which is not a number of type f32 (row 1, line 2): '--columns' chooses columns of numbers, '--label' and '--tags' take names" ]]
}

@test "auto: CoNLL-U and CoNLL are known" {
  printf '# text = a b\n1\ta\ta\tX\t_\t_\t0\t_\t_\t_\n2\tb\tb\tY\t_\t_\t1\t_\t_\t_\n\n' > a.conllu
  ts-convert --no-history -q --from auto a.conllu | cmp - <(ts-convert --no-history --from conllu a.conllu)
  printf -- '-DOCSTART- -X- O O\n\nEU NNP I-NP B-ORG\n\n' > a.conll
  ts-convert --no-history -q --from auto a.conll | cmp - <(ts-convert --no-history --from conll a.conll)
  run -4 w2v a.conllu
  [[ $output == *"a.conllu: a treebank in CoNLL-U, not a tensor stream: 'ts-convert --from conllu a.conllu' makes a tensor stream of it"* ]]
}

@test "csv: predictions have the names of the targets, also without targets" {
  awk 'BEGIN { print "t,u,load,price"; for (i = 0; i < 40; i++) print i % 5 "," i % 3 "," i % 7 "," i % 2 }' > all.csv
  ts-convert --from csv --targets load,price all.csv > all.bin
  rnn-train -q --task regress --hidden 4 --epochs 1 -o m.bin all.bin
  ts-convert --from csv --columns t,u all.csv > new.bin
  for data in all.bin new.bin; do
    rnn-predict --regress m.bin $data | ts-convert --to csv > p.csv
    [ "$(head -n 1 p.csv)" = load,price ]
    [ "$(wc -l < p.csv)" -eq 41 ]
  done
  ts-convert --from csv --columns load,price all.csv > s.bin
  rnn-train -q --task regress --target next --hidden 4 --epochs 1 -o n.bin s.bin
  [ "$(rnn-predict --regress n.bin s.bin | ts-convert --to csv | head -n 1)" = load,price ]
  [ "$(rnn-predict --forecast 2 n.bin s.bin | ts-convert --to csv | head -n 1)" = load,price ]
  # A series without names of its own.
  ts-select --tensor series s.bin > bare.bin
  [ "$(rnn-predict --forecast 2 n.bin bare.bin | ts-convert --to csv | head -n 1)" = load,price ]
}

@test "a series that is given to be learnt as a text, or without targets: what to say is said" {
  seq 1 20 | ts-convert --from csv --no-heading > s.bin
  run -1 rnn-train -o m.bin s.bin
  [ "$output" = "rnn-train: s.bin: a 'series' of numbers, not a text: '--task regress --target next' learns to continue it" ]
  run -1 rnn-train --task regress -o m.bin s.bin
  [ "$output" = "rnn-train: s.bin: no 'targets', which regress needs: '--target next' learns to continue the series itself" ]
}
