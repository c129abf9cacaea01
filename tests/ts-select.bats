# ts-select: choose, drop, rename and slice tensors; join streams of different ones.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf 'x\ta b c\ny\td e\nx\tf g a b\n' | tokenize --labels | vocab --labels > t.bin
  w2v --dim 6 --epochs 1 --threads 1 t.bin | ts-select --without 'labels*' --no-history > e.bin
}

# names STREAM: its tensors but for the history.
names() {
  ts-info --json "$1" | python3 -c '
import json, sys
print(*(t["name"] for t in json.load(sys.stdin)["tensors"] if t["name"] != "history"))'
}

@test "a selection without options is the stream itself, and gains a line of history" {
  ts-select --no-history t.bin > u.bin
  ts-diff t.bin u.bin
  run -0 ts-info <(ts-select t.bin)
  [ "${lines[-1]}" = "  made by ts-select 0.1.0" ]
  ts-select -z 9 t.bin | ts-select | ts-diff - t.bin
}

@test "tensors are chosen, dropped and renamed, also by patterns" {
  [ "$(names <(ts-select --tensor ids,lengths t.bin))" = "ids lengths" ]
  [ "$(names <(ts-select --tensor 'l*' --without 'labels*' t.bin))" = lengths ]
  [ "$(names <(ts-select --tensor '*.vocab,ids' --rename 'labels.*=tags.*,ids=labels' t.bin))" = "tags.vocab labels" ]
  ts-select --rename embedding=e e.bin | ts-select --rename e=embedding | ts-diff - e.bin
  run -1 ts-select -o new.bin --tensor idz t.bin
  [[ $output == "ts-select: --tensor idz: no such tensor; there are "*"vocab, "*"ids"* ]]
  [ ! -e new.bin ]
  run -1 ts-select -o new.bin --rename ids=lengths t.bin
  [[ $output == *"'lengths' would have the name of another tensor" || $output == *"'ids' would have the name of another tensor" ]]
  run -1 ts-select -o new.bin --rename '*=a-prefix-that-is-far-too-long-for-a-name-*' t.bin
  [[ $output == *"longer than 39 bytes" ]]
  for wrong in a=b,, = a= 'a*b*=c' 'a=b*'; do
    run -2 ts-select -o new.bin --rename "$wrong" t.bin
    [[ $output == *"is not FROM=TO" ]]
  done
}

@test "streams of different tensors become one, whatever joins them" {
  ts-select t.bin e.bin > both.bin
  cat t.bin e.bin | ts-select | cmp - both.bin
  [ "$(names both.bin)" = "$(names t.bin) embedding" ]
  ts-select --no-history e.bin both.bin e.bin | ts-diff - both.bin # the same once more, sequences too
  ts-select --sequences : t.bin both.bin > again.bin
  [ "$(names again.bin)" = "$(names both.bin)" ]
  ts-select --tensor embedding,vocab,counts --no-history both.bin | ts-diff - e.bin
  ts-convert --to tsv both.bin | cmp - <(ts-convert --to tsv e.bin)
}

@test "each message names the program that would do it" {
  ts-select --without 'labels*' t.bin > u.bin
  run -1 ts-cat -o new.bin u.bin t.bin
  [[ $output == "ts-cat: t.bin: 'labels"*"' is not in the streams before, but 'ids' is: 'ts-select' joins "* ]]
  ts-select --no-history u.bin t.bin | ts-diff - t.bin
  run -1 ts-cat -o new.bin t.bin u.bin
  [[ $output == "ts-cat: u.bin: 'labels' is in the streams before but not in this one: 'ts-select --without labels' leaves it out of them" ]]
  ts-select --sequences 1: t.bin > part.bin
  run -1 ts-select -o new.bin --tensor ids,lengths t.bin part.bin
  [[ $output == "ts-select: part.bin: 'ids' is another sequence in the streams before: 'ts-cat' appends sequences" ]]
  echo 'z z' | vocab > z.bin
  run -1 ts-cat -o new.bin <(ts-select --without 'labels*' t.bin) z.bin
  [[ $output == *"'vocab' is not the same"*"vocab --merge"*"vocab --from"* ]]
  run -1 ts-select -o new.bin e.bin z.bin
  [[ $output == *"'vocab' is another one"*"vocab --from"*"vocab --merge"* ]]
  run -4 bash -c 'cat t.bin e.bin | ts-convert --to tsv --tensor ids'
  [[ $output == *"another stream follows, with other tensors: 'ts-select' makes one of both"* ]]
  run -4 bash -c 'cat t.bin t.bin | ts-convert --to tsv --tensor ids'
  [[ $output == *"another stream follows: 'ts-cat' makes one of both"* ]]
  run -4 bash -c '(cat t.bin; echo rest) | ts-convert --to tsv --tensor ids'
  [[ $output == *"data after the end, and not another stream"* ]]
  [ ! -e new.bin ]
}

@test "rows and slices are those that Python takes" {
  ts-convert --to tsv --no-words e.bin > all
  python3 - "$BATS_TEST_DIRNAME/.." <<'END'
import subprocess
rows = [line.rstrip("\n").split("\t") for line in open("all")]
def run(*options):
    a = subprocess.run(["ts-select", *options, "e.bin"], stdout=subprocess.PIPE, check=True)
    b = subprocess.run(["ts-convert", "--to", "tsv", "--no-words"], input=a.stdout, stdout=subprocess.PIPE, check=True)
    return [line.split("\t") for line in b.stdout.decode().splitlines()]
for text in ":", "2:", ":-1", "1:5:2", "-3:", "::3", "3:100", ":1":
    part = slice(*(int(x) if x else None for x in text.split(":")))
    assert run("--rows", text) == rows[part], text
    assert run("--slice", f"embedding[{text}]") == rows[part], text
    assert run("--slice", f"embedding[:,{text}]") == [r[part] for r in rows], text
    assert run("--slice", f"embedding[::-1]".replace("-1", "2") ) == rows[::2]
assert run("--rows", "3,-1,0:2") == [rows[3], rows[-1], rows[0], rows[1]]
END
  [ "$(ts-select --rows 1:3 e.bin | ts-convert --to tsv --tensor vocab | tr '\n' ' ')" = "a b " ]
  run -1 ts-select -o new.bin --rows 100: e.bin
  [[ ${lines[0]} == "ts-select: 'vocab': nothing selected of its 8 rows" ]]
  run -1 ts-select -o new.bin --rows 8 e.bin
  run -1 ts-select -o new.bin --rows 0:2 t.bin
  [[ ${lines[0]} == *"'--tensor'"*"--sequences takes sequences" ]]
  run -1 ts-select -o new.bin --slice 'embedding[:,:,:]' e.bin
  run -1 ts-select -o new.bin --slice 'none[1]' e.bin
  for wrong in 1-2 a 1:2:0 1:2:-1 '' 1,; do run -2 ts-select -o new.bin --rows "$wrong" e.bin; done
  for wrong in embedding 'embedding[' 'embedding[]' 'embedding[1]x' '[1]'; do
    run -2 ts-select -o new.bin --slice "$wrong" e.bin
  done
  run -2 ts-select -o new.bin --rows 1 --sequences 1 e.bin
}

@test "sequences take what goes with them, and their parts joined are the whole" {
  ts-select --no-history --sequences :1 t.bin > a.bin
  ts-select --no-history --sequences 1: t.bin > b.bin
  ts-select --no-history --without counts a.bin > a2.bin
  ts-select --no-history --without counts b.bin > b2.bin
  ts-cat a2.bin b2.bin | ts-diff - <(ts-select --no-history --without counts t.bin)
  [ "$(ts-select --sequences 2,0 t.bin | ts-convert --to tsv --tensor labels | tr '\n' ' ')" = \
    "$(ts-convert --to tsv --tensor labels t.bin | sed -n '3p;1p' | tr '\n' ' ')" ]
  [ "$(ts-select --sequences 2,0 t.bin | ts-convert --to tsv --tensor ids | wc -l)" -eq 7 ]
  run -1 ts-select -o new.bin --sequences 0 e.bin
  [[ ${lines[0]} == *"no list 'lengths'"* ]]
}

@test "a series, its targets and its lengths: cat and ts-select train the same network" {
  seq 1 40 | awk '{ print sin($1 / 3) }' > x
  seq 1 40 | awk '{ print cos($1 / 3) }' > y
  printf '20\n20\n' > l
  ts-convert --from tsv --no-words --tensor series x > x.bin
  ts-convert --from tsv --no-words --tensor targets y > y.bin
  ts-convert --from tsv --no-words --tensor lengths --type i32 l > l.bin
  ts-select x.bin y.bin l.bin > all.bin
  rnn-train --task regress --hidden 3 --epochs 1 --no-history -o one all.bin
  cat x.bin y.bin l.bin | rnn-train --task regress --hidden 3 --epochs 1 --no-history -o two
  ts-diff one two
}


# What makes of x.bin and y.bin one stream, all in the same bytes but for the history.
all_agree() {
  ts-select --no-history "$@" > selected.bin
  ts-cat "$@" | ts-diff - selected.bin
  cat "$@" | ts-cat | ts-diff - selected.bin
  cat "$@" | ts-select --no-history | cmp - selected.bin
}

@test "cat, ts-cat and ts-select agree: on a series and its targets, on a text and its vectors" {
  seq 1 40 | awk '{ print sin($1 / 3) }' | ts-convert --from tsv --no-words --tensor series > x.bin
  seq 1 40 | awk '{ print cos($1 / 3) }' | ts-convert --from tsv --no-words --tensor targets > y.bin
  printf '20\n20\n' | ts-convert --from tsv --no-words --tensor lengths --type i32 > l.bin
  all_agree x.bin y.bin
  all_agree l.bin y.bin x.bin
  ts-cat x.bin y.bin l.bin | rnn-train --task regress --hidden 3 --epochs 1 --no-history -o one
  cat x.bin y.bin l.bin | rnn-train --task regress --hidden 3 --epochs 1 --no-history -o two
  ts-diff one two
  all_agree t.bin e.bin # the counts of both are the same, and are not added up
  all_agree e.bin t.bin e.bin
  [ "$(ts-cat t.bin t.bin | ts-convert --to tsv --tensor counts --no-words | awk '{ n += $1 } END { print n }')" -eq \
    "$(ts-convert --to tsv --tensor counts --no-words t.bin | awk '{ n += 2 * $1 } END { print n }')" ]
}

@test "ts-cat appends series and targets that come in turns, as cat does" {
  printf '1\n2\n3\n' > a
  printf '4\n5\n' > b
  for f in a b; do
    { echo v; cat $f; } > $f.csv
    ts-convert --from csv $f.csv | ts-select --tensor series > x$f
    ts-convert --from tsv --no-words --tensor targets $f > y$f
  done
  cat xa ya xb yb | rnn-train -q --task regress --hidden 3 --epochs 1 --no-history -o one
  ts-cat xa ya xb yb | rnn-train -q --task regress --hidden 3 --epochs 1 --no-history -o two
  ts-diff one two
  [ "$(ts-cat xa ya xb yb | ts-convert --to tsv --tensor targets | tr '\n' ' ')" = "1 2 3 4 5 " ]
}

@test "rows: which tensors have rows is known from the format, not guessed" {
  printf 'load,price,kind\n1,2,a\n3,4,b\n5,6,a\n' > s.csv
  ts-convert --from csv --columns load,price --label kind s.csv > s.bin
  ts-select --rows 1: s.bin > part.bin
  [ "$(ts-convert --to csv part.bin | tr '\n' ' ')" = "load,price 3,4 5,6 " ]
  [ "$(ts-convert --to tsv --tensor labels part.bin | tr '\n' ' ')" = "1 0 " ]
  [ "$(ts-convert --to tsv --tensor labels.vocab part.bin | tr '\n' ' ')" = "a b " ]
  [ "$(ts-select --tensor labels.vocab --rows 1 part.bin | ts-convert --to tsv --tensor labels.vocab)" = b ]
  # As many words as tokens: rows of one are not those of the other.
  echo 'a b c' | vocab --no-unknown > same.bin
  run -1 ts-select -o new.bin --tensor vocab,ids --rows 1 same.bin
  [[ $output == "ts-select: 'vocab' has 3 words and 'ids' 3 steps: '--tensor' and '--without' say which"* ]]
  # Vectors of svd-embed, whose singular values belong to columns.
  printf 'a b c\nb c a\n' | vocab | cooc | svd-embed --dim 2 > svd.bin
  ts-select --rows 1:3 svd.bin > part.bin
  [ "$(ts-convert --to tsv --tensor vocab part.bin | tr '\n' ' ')" = "$(ts-convert --to tsv --tensor vocab svd.bin | sed -n 2,3p | tr '\n' ' ')" ]
  ts-diff <(ts-select --tensor singular.values part.bin) <(ts-select --tensor singular.values svd.bin)
}

@test "sequences: what goes with steps and what with sequences is known, though there be as many" {
  printf '2\n0\n1\n' | ts-convert --from tsv --no-words --tensor lengths --type i32 > l.bin
  printf '1\n2\n3\n' | ts-convert --from tsv --no-words --tensor series > x.bin
  printf '7\n8\n9\n' | ts-convert --from tsv --no-words --tensor labels --type i32 > k.bin
  ts-select --sequences 2 <(ts-select l.bin x.bin k.bin) > part.bin
  [ "$(ts-convert --to tsv --tensor series part.bin)" = 3 ]
  [ "$(ts-convert --to tsv --tensor labels part.bin)" = 9 ]
  [ "$(ts-select --sequences 0 <(ts-select l.bin x.bin k.bin) | ts-convert --to tsv --tensor series | tr '\n' ' ')" = "1 2 " ]
  ts-select l.bin x.bin <(ts-select --rename labels=targets k.bin) > unclear.bin
  run -1 ts-select -o new.bin --sequences 0 unclear.bin
  [[ $output == *"'targets' has 3 rows: do they go with the 3 sequences, or with their 3 steps?" ]]
}
