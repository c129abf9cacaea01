# ts-plot: pictures.  That they look well is for people to judge; that they are sound images with what
# belongs into them is tested here.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf 'step\tepoch\tloss\tvalid_loss\tnorm\n1\t1\t4.0\t-\t0.5\n2\t1\t3.0\t-\t0.4\n3\t1\t2.5\t2.7\t0.3\n' > a.log
  printf 'step\tepoch\tloss\tvalid_loss\tnorm\n1\t1\t4.2\t-\t0.5\n3\t1\t2.0\t2.2\t0.3\n' > b.log
  printf 'the cat sat\nthe dog sat on the mat\nthe cat ran\n' | vocab | cooc --window 1 > cooc.bin
  awk 'BEGIN { srand(1); for (i = 1; i <= 200; i++) printf "word%d\t%.4f\t%.4f\n", i, rand(), rand() }' > map.tsv
}

# A well-formed image without numbers that are none; the program writes it.
image() {
  ts-plot "$@" > out.svg
  ! grep -n -i -e 'nan' -e '[" ,]-\?inf' out.svg
  python3 - <<'END'
import xml.dom.minidom
root = xml.dom.minidom.parse("out.svg").documentElement
assert root.tagName == "svg" and root.getElementsByTagName("title")
END
}

# The texts of the image, one a line.
texts() {
  python3 - <<'END'
import xml.dom.minidom
for text in xml.dom.minidom.parse("out.svg").getElementsByTagName("text"):
    print(text.firstChild.data)
END
}

# Boxes of labels, by the widths of DejaVu Sans as the page promises: none may cover another.
boxes_apart() {
  python3 - <<'END'
import xml.dom.minidom
boxes = []
for t in xml.dom.minidom.parse("out.svg").getElementsByTagName("text"):
    if t.hasAttribute("transform"):
        continue
    s, x, y = t.firstChild.data, float(t.getAttribute("x")), float(t.getAttribute("y"))
    w = sum(0.28 if c in "iljI.,'" else 0.97 if c in "mMW@" else 0.63 for c in s) * 13
    x -= {"start": 0, "middle": w / 2, "end": w}[t.getAttribute("text-anchor")]
    boxes.append((x, y - 9, x + w, y + 3, s))
for i, a in enumerate(boxes):
    for b in boxes[:i]:
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1], (a, b)
print(len(boxes), "labels")
END
}

@test "ts-plot: curves of several logs, with a legend" {
  image a.log b.log
  run -0 texts
  [[ "$output" = *"a valid_loss"* && "$output" = *$'\nb\n'* && "$output" = *loss* && "$output" = *step* ]]
  [ "$(grep -c '<polyline' out.svg)" -eq 2 ] && [ "$(grep -c '<circle' out.svg)" -eq 2 ] # validated once
  boxes_apart
}

@test "ts-plot: columns by name, and an absent one with those that there are" {
  image -x epoch -y norm a.log
  [ "$(grep -c '<polyline' out.svg)" -eq 1 ]
  run -1 ts-plot -y norms a.log
  [ "$output" = "ts-plot: a.log: no column 'norms'; there are step, epoch, loss, valid_loss, norm" ]
  run -1 ts-plot -x steps a.log
  [[ "$output" = *"no column 'steps'"* ]]
}

@test "ts-plot: a column of numbers alone, without a heading" {
  seq 1 50 > numbers
  image numbers
  [ "$(grep -c '<polyline' out.svg)" -eq 1 ]
  image --kind histogram numbers
  [ "$(grep -c '<rect' out.svg)" -ge 12 ]
}

@test "ts-plot: a map of words, whose labels do not overlap" {
  image map.tsv
  [ "$(grep -c '<circle' out.svg)" -eq 200 ]
  run -0 texts
  [ "${lines[0]}" = word1 ]
  boxes_apart
  ts-convert --from tsv --tensor map map.tsv > map.bin
  ts-plot map.bin > stream.svg
  [ "$(grep -c '<circle' stream.svg)" -eq 200 ]
  image --words 'word7,word150' --arrows 'word1 word2' map.tsv
  [ "$(texts | wc -l)" -eq 4 ]
  image --words 'word7,word1' --arrows 'word1 word2' map.tsv
  [ "$(texts | wc -l)" -eq 3 ] # word1 once
  run -1 ts-plot --words word201 map.tsv
  [[ "$output" = *"no word 'word201'"* ]]
}

@test "ts-plot: the co-occurrences of a text, with words on both sides" {
  image cooc.bin
  [ "$(texts | grep -cx cat)" -eq 2 ]
  image --words 'cat the' cooc.bin
  run -0 texts
  [ "$(grep -cx 2 <<< "$output")" -ge 2 ]
}

@test "ts-plot: cosines of words" {
  printf 'a\t1\t0\nb\t0\t2\nc\t-3\t0\n' | ts-convert --from tsv > emb.bin
  image --kind heat --words 'a b c' emb.bin
  [ "$(texts | grep -cx -e -1.00)" -eq 2 ]
}

@test "ts-plot: the confusions of a report" {
  printf 'accuracy\t0.9\nlabel\tx\t1\t1\t1\t4\nconfusion\tgood\tgood\t3\nconfusion\tgood\tbad\t1\nconfusion\tbad\tbad\t4\n' > report
  image report
  [ "$(texts | grep -cx good)" -eq 2 ]
}

@test "ts-plot: norms of gradients with the threshold" {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" gradients > grads.bin
  image grads.bin
  grep -q 'stroke-dasharray' out.svg
  texts | grep 'clipped at'
}

@test "ts-plot: a series and what follows" {
  seq 1 60 | awk '{ print sin($1 / 5) }' > truth
  seq 61 80 | awk '{ print sin($1 / 5) }' > guess
  image --kind forecast --last 30 truth guess
  texts | grep -x guess
}

@test "ts-plot: singular values" {
  svd-embed -d 3 --transform raw cooc.bin > svd.bin
  image svd.bin
  [ "$(grep -c '<circle' out.svg)" -eq 3 ]
}

@test "ts-plot --text: 80 columns at most, the same on any terminal" {
  for what in "a.log b.log" map.tsv cooc.bin; do
    # shellcheck disable=SC2086
    ts-plot --text $what > out
    cat out
    [ "$(wc -l < out)" -le 23 ] && [ -s out ]
    python3 -c 'import sys; assert all(len(l.rstrip("\n")) <= 80 for l in open("out", encoding="utf-8"))'
  done
}

@test "ts-plot: the same bytes twice, dark is another picture, names are escaped" {
  ts-plot map.tsv > one
  ts-plot map.tsv > two
  cmp one two
  ts-plot --dark map.tsv > two
  ! cmp -s one two
  printf '<b>&"\t1\t2\n\033[31m\t2\t1\nc\t0\t0\n' > odd.tsv
  image --title 'a < b & c' odd.tsv
  run -0 texts
  [[ "$output" = *'<b>&"'* && "$output" != *$'\033'* ]]
}

@test "ts-plot: nothing to draw is said, and what there is" {
  printf 'a\t1\t0\t0\nb\t0\t2\t0\n' | ts-convert --from tsv > emb.bin
  run -1 ts-plot emb.bin
  [[ "$output" = *"choose one with --kind, such as heat or histogram; tsne makes a map of vectors" ]]
  run -1 ts-plot --kind map --tensor embedding emb.bin
  [[ "$output" = *"a map has 2 numbers a row, not 3"* ]]
  run -1 ts-plot --kind heat --tensor nothing emb.bin
  [[ "$output" = *"no matrix 'nothing' to draw; there are embedding" ]]
  run -2 ts-plot -o out.png map.tsv
  [[ "$output" = *"images are SVG"* ]]
  : > empty
  run -1 ts-plot empty
  [[ "$output" = *"empty: no rows to draw" ]]
  printf 'All wolves have a fang.\nThe den is large.\n' > prose
  run -4 ts-plot prose
  [[ "$output" = *"prose: no numbers to draw: a table has columns of numbers"* ]]
  head -c 300 emb.bin > cut.bin
  run -3 ts-plot cut.bin
  run -1 ts-plot -o out.svg emb.bin
  [ ! -e out.svg ]
}

@test "ts-plot: one value, equal values, no finite value" {
  printf 'x\ty\n1\t5\n' > one
  image one
  printf 'x\ty\n1\t5\n2\t5\n3\t5\n' > equal
  image equal
  image --log-y equal
  printf 'x\ty\n1\t0\n2\t-1\n' > below
  image --log-y below
}

@test "ts-plot: rows of gates and states are named by their tokens; a curve of one point is a dot" {
  for i in 1 2 3; do echo 'the cat sat'; done | vocab > t.bin
  rnn-train -q --hidden 3 --epochs 1 -t 1 -o lm.bin t.bin
  echo 'cat sat the' | vocab --from lm.bin | rnn-predict --states lm.bin > states.bin
  ts-plot --kind heat --tensor states.0.forward.state states.bin > gates.svg
  grep -o '>[a-z]*</text>' gates.svg | tr -d '\n' | grep -q '>cat</text>>sat</text>>the</text>'
  grep -q 'shape-rendering="crispEdges"' gates.svg
  printf 'step\tloss\tvalid_loss\n1\t3\t-\n2\t2\t2.5\n' | ts-plot > one.svg
  [ "$(grep -c '<circle' one.svg)" -eq 1 ]
}

@test "ts-plot: a word that is not there is named with the one that was likely meant" {
  printf 'france\t1\t2\nspain\t2\t1\n' | ts-convert --from tsv > v.bin
  run -1 ts-plot --kind heat --words 'France spain' v.bin
  [ "${lines[0]}" = "ts-plot: v.bin: no word 'France'; did you mean 'france'?" ]
  run -1 ts-plot --kind heat --words 'zzzzzz spain' v.bin
  [ "${lines[0]}" = "ts-plot: v.bin: no word 'zzzzzz'" ]
  ts-select --rename embedding=map v.bin > m.bin
  run -1 ts-plot --kind map --words spian m.bin
  [ "${lines[0]}" = "ts-plot: m.bin: no word 'spian' to label; did you mean 'spain'?" ]
}

@test "ts-plot: tables of other programs: commas, semicolons, spaces, quotes, dates" {
  printf 'epoch\tloss\tvalid_loss\n1\t2.5\t3\n2\t2.1\t2\n3\t1.8\t2\n' > log.tsv
  ts-plot --title t log.tsv > want.svg
  tr '\t' , < log.tsv > log.csv
  tr '\t' ';' < log.tsv > log.txt
  tr '\t' ' ' < log.tsv > log.dat
  sed 's/[a-z_]*loss/"&"/g; s/,/, /g' log.csv > quoted.csv
  for file in log.csv log.txt log.dat quoted.csv; do
    ts-plot --title t "$file" | cmp - want.svg
  done
  # Dates are no names: curves by the number of the row, also of two columns.
  awk 'BEGIN { print "date,load,price"; for (i = 1; i < 29; i++) printf "2020-01-%02d,%g,%g\n", i, sin(i), cos(i) }' > d.csv
  image d.csv
  [ "$(grep -c '<polyline' out.svg)" -eq 2 ]
  texts | grep -x load
  texts | grep -x row
  # Half an epoch there is not.
  image -y valid_loss log.csv
  [ "$(texts | grep -xc 1.5)" -eq 0 ]
}

@test "ts-plot: a column without a name has the file's, or is called value" {
  seq 1 30 > load.txt
  image load.txt
  [ "$(texts | tail -n 1)" = load ] || texts | grep -x load
  ts-plot < load.txt > out.svg
  texts | grep -x value
  run ! grep -x 1 <(texts)
}

@test "ts-plot: gates, tensors that are named, and derivatives that vanish, each with one command" {
  printf 'a b c a\n' | vocab > t.bin
  rnn-train -q --hidden 4 --epochs 1 -o m.bin t.bin
  rnn-predict --states m.bin t.bin > states.bin
  image states.bin
  texts | grep -x b
  image --tensor states.0.forward.f states.bin
  w2v -q --dim 3 --epochs 1 --threads 1 t.bin > e.bin
  image --tensor embedding e.bin
  image --tensor counts e.bin
  awk 'BEGIN { print "distance\tsegments\tmedian\tlargest\tbound"; for (i = 0; i < 24; i++) print i "\t1\t" 0.1 ^ i "\t1\t1" }' > j.tsv
  image j.tsv
  texts | grep -x 1e-18
  [ "$(texts | grep -xc 0)" -eq 1 ] # the distance
}

@test "ts-plot: a column of numbers and a forecast of it" {
  seq 1 30 > load.txt
  seq 31 40 | ts-convert --from csv --no-heading > f.bin
  image load.txt f.bin
  texts | grep -x load
  texts | grep -x f
}
