# What is not a finite number is refused wherever numbers are read: vectors, series, matrices,
# models; with the tensor and the row, and no advice about learning rates.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  seq 1 40 | awk '{ print "one two three four five six" }' | vocab --no-unknown > ids.bin
}

# refused STATUS PATTERN COMMAND...: one line that has the pattern, and no file.
refused() {
  local status=0 expected=$1 pattern=$2
  shift 2
  rm -f out
  "$@" -o out 2> err < /dev/null || status=$?
  if [ $status -ne "$expected" ] || [ "$(wc -l < err)" -ne 1 ] || ! grep -qe "$pattern" err ||
    grep -qi 'learning rate' err || [ -e out ]; then
    echo "$* (status $status):"
    cat err
    return 1
  fi
}

# damage STREAM TENSOR ELEMENT VALUE: a stream that is sound but for that number.
damage() { python3 "$BATS_TEST_DIRNAME/damage_value.py" "$@"; }

@test "not finite: vectors in every format, with their row" {
  for bad in nan inf -inf NaN -Infinity; do
    printf '%s\n' 'one 1 2 3' 'two 4 5 6' "three 7 $bad 9" > rows
    refused 4 "rows: 'embedding' has a value that is .* (row 3, column 2)" ts-convert --from glove rows
    { echo 3 3; cat rows; } > headed
    refused 4 "headed: 'embedding' has a value that is .* (row 3, column 2)" ts-convert --from word2vec headed
    tr ' ' '\t' < rows > table
    refused 4 "table: 'embedding' has a value that is .* (row 3, column 2)" ts-convert --from tsv table
    for type in f16 bf16 f64; do
      refused 4 "table: 'embedding' has a value that is .* (row 3, column 2)" ts-convert --from tsv --type $type table
    done
  done
  python3 - <<'END'
import struct
with open("vectors.w2v", "wb") as f:
    f.write(b"2 2\n")
    f.write(b"one " + struct.pack("<2f", 1, 2) + b"\n")
    f.write(b"two " + struct.pack("<2f", float("inf"), 2) + b"\n")
for code, size, name in (("<f4", "f", "single"), (">f8", "d", "double")):
    header = "{'descr': '%s', 'fortran_order': False, 'shape': (2, 2), }\n" % code
    with open(name + ".npy", "wb") as f:
        f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header)) + header.encode())
        f.write(struct.pack(code[0] + "4" + size, 1, 2, 3, float("nan")))
END
  refused 4 "vectors.w2v: 'embedding' has a value that is infinite (row 2, column 1)" ts-convert --from word2vec-binary vectors.w2v
  for name in single double; do
    refused 4 "$name.npy: 'embedding' has a value that is not a number (row 2, column 2)" ts-convert --from npy $name.npy
    # Another tensor may have it: that is worth a warning; among targets it says that there is none.
    ts-convert --from npy --tensor other -o out $name.npy 2> err
    grep -q "ts-convert: $name.npy: 'other' has a value that is not a number (row 2, column 2)" err
    ts-convert --from npy --tensor targets -o out $name.npy 2> err
    [ ! -s err ]
  done
}

@test "numbers that a type cannot hold are refused alike, and called what they are" {
  while read -r type number; do
    printf '1\t2\n3\t%s\n' "$number" > table
    refused 4 "table: '$number' is out of the range of type $type (line 2)" ts-convert --from tsv --no-words --type "$type" table
  done <<'END'
f16 65520
f16 -1e5
f16 1e39
bf16 3.4e38
bf16 1e40
f32 -3.5e38
f32 1e400
f64 1e309
i8 -129
u8 256
i32 3000000000
i64 9223372036854775808
END
  for number in 1e 2020-01-01 1,5 0x10 --1; do
    printf '1\t2\n3\t%s\n' $number > table
    refused 4 "table: '$number' is not a number of type f32 (line 2)" ts-convert --from tsv --no-words table
  done
  printf '65504\t-65519\n' | ts-convert --from tsv --no-words --type f16 | ts-convert --to tsv | cmp - <(printf '65504\t-65504\n')
  printf 'two 1\none 1e39\n' > rows
  refused 4 "rows: '1e39' is too large for a float (line 2)" ts-convert --from glove rows
  printf 'one\t1e39\t1\n' | ts-convert --from tsv --type f64 > large.bin
  refused 1 "'embedding' has a number that is too large for a float (row 1)" ts-convert --to word2vec large.bin
  refused 4 "large.bin: 'embedding' has a number that is too large for f32 (row 1, column 1)" neighbors -e large.bin one
}

@test "not finite: vectors that are given to train or to ask" {
  printf '%s\n' 'one 1 2' 'two 4 5' 'three 7 8' 'four 1 1' | ts-convert --from glove > good.bin
  damage good.bin embedding 5 nan > bad.bin
  ts-check -q bad.bin
  at="bad.bin: 'embedding' has a value that is not a number (row 3, column 2)"
  refused 4 "$at" w2v -q -t 1 --dim 2 --init bad.bin ids.bin
  refused 4 "$at" rnn-train --epochs 1 --dim 2 --task classify --embedding bad.bin <(sed 's/^/x\t/' <(echo 'one two') | vocab) ||
    refused 4 "$at" rnn-train --epochs 1 --dim 2 --embedding bad.bin ids.bin
  refused 4 "$at" neighbors -e bad.bin one
  refused 4 "$at" analogy -e bad.bin one two three
  printf 'one two 3\n' > pairs
  refused 4 "$at" emb-eval -e bad.bin pairs
}

@test "not finite: series and targets" {
  for i in 1 2 3 4 5 6; do printf '%d\t%d\n' $i $((7 - i)); done > numbers
  sed '4s/4/inf/' numbers | ts-convert -q --from tsv --no-words --tensor series > bad.bin
  ts-convert --from tsv --no-words --tensor series numbers > good.bin
  at="bad.bin: 'series' has a value that is infinite (row 4, column 1)"
  refused 4 "$at" rnn-train -q --task regress --target next --hidden 2 --epochs 1 bad.bin
  rnn-train -q --task regress --target next --hidden 2 --epochs 1 good.bin > model.bin
  refused 4 "$at" rnn-predict --regress model.bin bad.bin
  refused 4 "$at" rnn-predict --forecast 2 model.bin bad.bin
}

@test "not finite: sparse matrices" {
  cooc ids.bin > counts.bin
  damage counts.bin cooc.value 3 inf > bad.bin
  for program in svd-embed glove 'ts-convert --to cells' 'ts-convert --to matrix-market'; do
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "bad.bin: 'cooc.value' has a number that is not finite, in row . and column . (from 0)" $program bad.bin
  done
  onehot --tfidf ids.bin > bags.bin
  damage bags.bin onehot.value 0 nan > bad.bin
  refused 4 "bad.bin: 'onehot.value' has a number that is not finite, in row 0 and column 0 (from 0)" svd-embed bad.bin
}

@test "not finite: models" {
  rnn-train -q --hidden 2 --epochs 1 ids.bin > model.bin
  damage model.bin output.bias 1 nan > bad.bin
  at="bad.bin: 'output.bias' has a value that is not a number (row 1, column 2)"
  refused 4 "$at" rnn-predict --score bad.bin ids.bin
  refused 4 "$at" rnn-predict --generate 3 bad.bin
  refused 4 "$at" rnn-train -q --init bad.bin --epochs 1 --hidden 2 ids.bin
}

@test "forecasts and predictions that leave the finite numbers end with status 5" {
  for i in 1 2 3 4 5 6 7 8; do echo $((i * i)); done | ts-convert --from tsv --no-words --tensor series > s.bin
  rnn-train -q --task regress --target next --cell elman --activation relu --hidden 4 --epochs 5 --rate 0.02 s.bin > m.bin
  for at in 0 1 2 3; do # it begins to grow
    damage m.bin layer0.forward.recurrent $((5 * at)) 9 > next.bin
    damage next.bin layer0.forward.input $at 9 > m.bin
    damage m.bin output.weight $at 9 > next.bin
    mv next.bin m.bin
  done
  refused 5 "the forecast of series 1 leaves the finite numbers at step [0-9]* of 500" rnn-predict --forecast 500 m.bin s.bin
  for i in $(seq 300); do echo 3e30; done | ts-convert --from tsv --no-words --tensor series > large.bin
  refused 5 "the prediction of step [0-9]* is not a finite number" rnn-predict --regress m.bin large.bin
}

@test "a series of one number a step: one axis, of any type of numbers" {
  seq 1 30 | awk '{ print sin($1 / 3) }' > column
  ts-convert --from tsv --no-words --tensor series column > one.bin
  rnn-train -q --task regress --target next --hidden 3 --epochs 3 one.bin > m.bin
  [ "$(rnn-predict --forecast 4 m.bin one.bin | ts-convert --to tsv --no-words --tensor series | wc -l)" = 4 ]
  for type in f64 f16 i32; do
    awk '{ print int(100 * $1) }' column | ts-convert --from tsv --no-words --type $type --tensor series > "$type.bin"
    rnn-train -q --no-history --task regress --target next --hidden 3 --epochs 3 $type.bin > "$type.model"
  done
  cmp f64.model f16.model
  cmp f64.model i32.model
}

@test "temperatures near zero are greedy" {
  seq 1 40 | awk '{ print "ONE two, three; FOUR." }' | tokenize --chars | vocab | rnn-train -q --hidden 4 --epochs 2 > m.bin
  rnn-predict --generate 20 --greedy m.bin > want
  for options in '' '--top-k 2' '--top-p 0.9'; do
    for t in 1e-37 1e-38 1e-42 5e-324; do
      # shellcheck disable=SC2086 # words are wanted
      rnn-predict --generate 20 --temperature $t $options m.bin | cmp - want
    done
  done
}
