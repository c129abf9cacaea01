#!/usr/bin/env bats
# glove: word vectors from co-occurrences.  The mathematics is tested in
# tests/lib/glove_test.c; this is about the program.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

# matrix [CHANGE]: a stream as cooc writes it, of two topics that hardly meet.  CHANGE is Python
# that may change `words`, `cells` (row, column, value) and `shape`.
matrix() {
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - "${1-}" << 'END'
import sys
import tensor_stream
words = "red green blue yellow brown one two three four five".split()
# Of the first topic with itself, of the second, and across, each a bit uneven.
cells = [[i, j, (40 if i // 5 == j // 5 else 2) + (i * 3 + j * 3) % 7]
         for i in range(10) for j in range(10)]
shape = [10, 10]
exec(sys.argv[1])
sys.stdout.buffer.write(tensor_stream.matrix(words, cells, shape))
END
}

# larger [CHANGE]: many words, so that training takes a while.
larger() {
  matrix "words = ['w%d' % i for i in range(300)]; shape = [300, 300]
cells = [[i, j, 1 + (i * j + i + j) % 97] for i in range(300) for j in range(300) if (i ^ j) % 3]
${1-}"
}

small() {
  glove --dim 20 "$@"
}

@test "glove: words of one topic become neighbours" {
  matrix | small --epochs 100 > emb.bin
  run -0 neighbors -e emb.bin -k 4 red
  echo "$output"
  for word in green blue yellow brown; do
    [[ $output == *$word* ]]
  done
}

@test "glove: from a text, by the whole pipeline" {
  awk 'BEGIN {
    srand(7)
    split("red green blue yellow brown", colour)
    split("one two three four five", number)
    for (line = 0; line < 1000; line++) {
      text = ""
      for (i = 0; i < 8; i++) {
        k = int(rand() * 5) + 1
        text = text (i ? " " : "") (line % 2 ? colour[k] : number[k])
      }
      print text
    }
  }' | vocab | cooc --window 10 | small --epochs 100 > emb.bin
  run -0 neighbors -e emb.bin -k 4 three
  echo "$output"
  for word in one two four five; do
    [[ $output == *$word* ]]
  done
}

@test "glove: the cost of the log falls" {
  larger | small --epochs 8 --log log > emb.bin
  [ "$(head -n 1 log)" = "$(printf 'step\tepoch\tseconds\tcells\tcells_per_second\trate\tloss')" ]
  [ "$(wc -l < log)" -eq 9 ]
  awk 'NR > 2 && $7 >= last { print "not falling: " $0; bad = 1 } { last = $7 } END { exit bad }' log
}

@test "glove: --eta is another name of --rate" {
  larger > cooc.bin
  small --epochs 1 --eta 0.1 -o eta.bin cooc.bin
  small --epochs 1 --rate 0.1 -o rate.bin cooc.bin
  cmp eta.bin rate.bin
  small --epochs 1 cooc.bin | run -1 cmp - rate.bin
}

@test "glove: same bytes for any number of threads, any memory, and a pipe" {
  larger > cooc.bin
  small --threads 1 cooc.bin > one.bin
  small --threads 2 cooc.bin > two.bin
  small --threads 7 --memory 64K cooc.bin > seven.bin
  bash -c 'set -o pipefail; cat cooc.bin | glove --dim 20 --memory 1G > pipe.bin'
  cmp one.bin two.bin
  cmp one.bin seven.bin
  cmp one.bin pipe.bin
  small --seed 2 cooc.bin > other.bin
  run ! ts-diff -q one.bin other.bin
}

@test "glove: cells beyond --memory go to a file in --tmpdir that nobody sees" {
  matrix "words = ['w%d' % i for i in range(500)]; shape = [500, 500]
cells = [[i, j, 1 + (i + j) % 7] for i in range(500) for j in range(500)]" > cooc.bin
  small --epochs 1 --memory 1K --tmpdir . cooc.bin > little.bin
  [ "$(ls)" = "$(printf 'cooc.bin\nlittle.bin')" ]
  small --epochs 1 --memory 1G cooc.bin > much.bin
  cmp little.bin much.bin
  run -1 small --epochs 1 --memory 1K --tmpdir /nowhere -o none.bin cooc.bin
  [[ $output == *"/nowhere"* ]]
}

@test "glove: --write main, context, sum and both" {
  larger > cooc.bin
  for what in main context sum both; do
    small --no-history --write $what cooc.bin > $what.bin
  done
  small --no-history -c cooc.bin > c.bin
  cmp both.bin c.bin
  vectors() { ts-convert --to tsv --no-words --tensor "$2" "$1.bin"; }
  vectors both embedding | cmp - <(vectors main embedding)
  vectors both context | cmp - <(vectors context embedding)
  paste <(vectors main embedding) <(vectors context embedding) <(vectors sum embedding) > all
  # A sum of two numbers of binary16 is exact in binary32; tsv has nine digits.
  awk '{ for (i = 1; i <= 20; i++) { d = $i + $(i + 20) - $(i + 40); if (d * d > 1e-14) exit 1 } }' all
  [ "$(wc -l < all)" -eq 300 ]
  run -2 small -c --write sum cooc.bin
}

@test "glove: vocab, counts and what else there is go along; the matrix does not" {
  matrix > cooc.bin
  run -0 bash -c 'glove --dim 7 cooc.bin | ts-info'
  echo "$output"
  [[ $output == *"vocab  "*"counts  "*"embedding        f32    (10, 7)"* ]]
  [[ $output != *"cooc."* ]]
  [[ $output == *"made by glove"* ]]
}

@test "glove: others read the vectors" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  matrix | small --epochs 3 > emb.bin
  ts-convert --to npy emb.bin > emb.npy
  ts-convert --to word2vec emb.bin > emb.txt
  /usr/bin/python3 - << 'END'
import numpy
npy = numpy.load("emb.npy")
text = numpy.loadtxt("emb.txt", skiprows=1, usecols=range(1, 21))
assert npy.shape == (10, 20) and npy.dtype == numpy.float32
assert numpy.isfinite(npy).all() and abs(npy - text).max() < 1e-6
END
}

@test "glove: gensim reads the vectors" {
  /usr/bin/python3 -c 'import gensim' 2>/dev/null || skip "no gensim"
  matrix | small --epochs 50 > emb.bin
  ts-convert --to word2vec-binary emb.bin > emb.w2v
  /usr/bin/python3 - << 'END'
from gensim.models import KeyedVectors
vectors = KeyedVectors.load_word2vec_format("emb.w2v", binary=True)
near = {word for word, _ in vectors.most_similar("two", topn=4)}
assert near == {"one", "three", "four", "five"}, near
END
}

# The same descent in NumPy, in double precision, over the same cells in the same epochs: where
# the order of the cells matters little, both come to the same cost.
@test "glove: the cost is that of the equations in NumPy" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  larger > cooc.bin
  small --epochs 4 --log log cooc.bin > emb.bin
  /usr/bin/python3 - > costs << 'END'
import numpy
rng = numpy.random.default_rng(1)
V, D, rate = 300, 20, 0.05
cells = [(i, j, 1 + (i * j + i + j) % 97) for i in range(V) for j in range(V) if (i ^ j) % 3]
W, C = ((rng.random((V, D)) - 0.5) / D for _ in range(2))
b, c = ((rng.random(V) - 0.5) / D for _ in range(2))
GW, GC = numpy.full(V, rate ** -2), numpy.full(V, rate ** -2)
Gb, Gc = numpy.ones(V), numpy.ones(V)
for epoch in range(4):
    cost = 0
    for n in rng.permutation(len(cells)):
        i, j, x = cells[n]
        r = W[i] @ C[j] + b[i] + c[j] - numpy.log(x)
        slope = min(1, (x / 10) ** 0.75) * r
        cost += slope * r / 2
        w_slope, c_slope = slope * C[j], slope * W[i]
        GW[i] += (w_slope ** 2).mean()
        GC[j] += (c_slope ** 2).mean()
        Gb[i] += slope ** 2
        Gc[j] += slope ** 2
        W[i] -= w_slope / numpy.sqrt(GW[i])
        C[j] -= c_slope / numpy.sqrt(GC[j])
        b[i] -= slope / numpy.sqrt(Gb[i])
        c[j] -= slope / numpy.sqrt(Gc[j])
    print(cost / len(cells))
END
  paste <(tail -n +2 log | cut -f 7) costs
  paste <(tail -n +2 log | cut -f 7) costs |
    awk '{ if ($1 / $2 > 1.03 || $1 / $2 < 0.97) bad = 1 } END { exit bad || NR != 4 }'
}

# Train for long, but stop it after an epoch or so: `stopped CHECKPOINT OUTPUT`.
stopped() {
  glove --dim 20 --epochs 400 --threads 1 --checkpoint "$1" --log begun -o "$2" cooc.bin 3>&- &
  pid=$!
  until [ -e begun ] && [ "$(wc -l < begun)" -ge 2 ]; do
    sleep 0.01
  done
  kill -TERM $pid
  status=0
  wait $pid || status=$?
  [ $status -eq 143 ]
}

@test "glove: stopped by SIGTERM it saves, and --resume ends with the bytes of an unbroken run" {
  larger > cooc.bin
  small --epochs 400 -o whole.bin cooc.bin
  stopped state part.bin
  [ ! -e part.bin ]
  small --epochs 400 --resume state --threads 1 --log log -o part.bin cooc.bin
  cmp whole.bin part.bin
  [ "$(tail -n 1 log | cut -f 1)" -eq 400 ]
}

@test "glove: a run that was killed continues from its last checkpoint" {
  larger > cooc.bin
  small --epochs 1500 -o whole.bin cooc.bin
  glove --dim 20 --epochs 1500 --threads 1 --checkpoint state --checkpoint-every 1 \
    -o part.bin cooc.bin 3>&- &
  pid=$!
  until [ -e state ]; do
    sleep 0.1
  done
  kill -KILL $pid || true
  wait $pid || true
  [ -e state ]
  small --epochs 1500 --resume state -o part.bin cooc.bin
  cmp whole.bin part.bin
}

@test "glove: a checkpoint of other settings or of other cells is refused" {
  larger > cooc.bin
  stopped state part.bin
  run -1 small --epochs 401 --resume state -o part.bin cooc.bin
  [[ $output == *"made by"* ]]
  larger "cells.pop()" > other.bin
  run -1 small --epochs 400 --resume state -o part.bin other.bin
  [[ $output == *"the input is not the same"* ]]
  [ ! -e part.bin ]
}

@test "glove: a checkpoint with numbers that are not finite: status 4 and no file" {
  larger > cooc.bin
  stopped state part.bin
  # A bias of the checkpoint becomes infinite.
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - << 'END'
import re, subprocess, struct, zlib
import tensor_stream
data = bytearray(open("state", "rb").read())
at = 64
while data[at:at + 4] == b"TREC":
    stored = struct.unpack_from("<Q", data, at + 8)[0]
    if data[at + 80:at + 120].rstrip(b"\0") == b"glove.tails":
        struct.pack_into("<f", data, at + 128, float("inf"))
        struct.pack_into("<I", data, at + 120, zlib.crc32(data[at + 128:at + 128 + stored]))
        struct.pack_into("<I", data, at + 124, zlib.crc32(data[at:at + 124]))
    at += 128 + stored + -stored % 64
open("broken", "wb").write(data)
END
  run -4 small --epochs 400 --resume broken -o part.bin cooc.bin
  [[ $output == *"not finite"* ]]
  [ ! -e part.bin ]
}

@test "glove: a value that is no positive number is refused, with its place" {
  for value in 'float("nan")' 'float("inf")'; do
    matrix "cells[63][2] = $value" > cooc.bin
    run -4 bash -c 'glove cooc.bin 2>&1 > out.bin'
    [[ $output == "glove: cooc.bin: 'cooc.value' has a number that is not finite, in row 6 and column 3 (from 0)" ]]
  done
  for value in 0 -1; do
    matrix "cells[63][2] = $value" > cooc.bin
    run -1 bash -c 'glove cooc.bin 2>&1 > out.bin'
    echo "$output"
    [[ $output == "glove: cooc.bin: cell (6, 3): "*" is not a positive number (record 8 'cooc.value', byte "*")" ]]
  done
}

@test "glove: a matrix that is not square, or not of this vocabulary, is refused" {
  matrix "shape = [10, 12]" > wide.bin
  matrix "words = words[:8]" > long.bin
  for file in wide.bin long.bin; do
    run -1 bash -c "glove $file 2>&1 > out.bin"
    echo "$output"
    [[ $output == *"beyond the matrix"* || $output == *"another shape"* ]]
  done
}

@test "glove: input without a matrix, a vocabulary or cells is refused" {
  matrix "cells = []" > none.bin
  run -1 bash -c 'glove none.bin 2>&1 > out.bin'
  [[ $output == *"no cells to train on"* ]]
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" embedding > emb.bin
  run -1 bash -c 'glove emb.bin 2>&1 > out.bin'
  [[ $output == *"'cooc' is not there"* ]]
  matrix "words = []; shape = [0, 0]; cells = []" > no-words.bin
  run -1 bash -c 'glove no-words.bin 2>&1 > out.bin'
  [[ $output == *"vocabulary of 0 words"* ]]
  printf '' > empty
  run -3 glove empty
  echo text > text
  run -4 glove text
}

@test "glove: a stream cut short gives status 3 and no file" {
  larger > cooc.bin
  for n in 300 100000 500000; do
    head -c $n cooc.bin > part
    run -3 glove -o emb.bin part
    run -3 bash -c 'cat part | glove -o emb.bin'
    [ ! -e emb.bin ]
  done
}
