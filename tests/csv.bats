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
  refused 4 "column 'day' has '2020-01-01', which is not a number of type f32 (row 1, line 2)" < shop.csv
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
  refused 4 "numbers where the names of the columns belong; a table without them, separated by tabs, is read by '--from tsv --no-words' (line 1)" <<< $'1,2\n3,4'
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
