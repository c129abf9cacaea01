# ts-convert: other formats.  Their traps are tested in tests/lib/formats_test.c; this is about
# the program, and about what other programs read and write.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
}

make_stream() {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" "$1"
}

@test "ts-convert: every format gives back what went in" {
  make_stream embedding > emb.bin
  ts-convert --to tsv --tensor vocab emb.bin > words
  for format in npy tsv word2vec glove word2vec-binary; do
    options=
    [ $format != npy ] || options="--words words"
    ts-convert --to $format emb.bin > foreign
    ts-convert --from $format $options foreign > back.bin
    ts-diff <(ts-convert --to npy emb.bin | ts-convert --from npy --words words) back.bin
    cat foreign | ts-convert --from $format $options | ts-diff - back.bin
    gzip -c foreign | ts-convert --from $format $options -o again.bin
    ts-diff again.bin back.bin
  done
}

@test "ts-convert: numbers in text are exact" {
  python3 - <<'END'
import random, struct
generator = random.Random(5)
floats = [struct.unpack("<f", struct.pack("<I", generator.getrandbits(32)))[0] for _ in range(20000)]
floats = [f for f in floats if f == f][:19800]
with open("a.npy", "wb") as f:
    header = b"{'descr': '<f4', 'fortran_order': False, 'shape': (%d, 100), }" % (len(floats) // 100)
    f.write(b"\x93NUMPY\1\0" + struct.pack("<H", len(header) + 1) + header + b"\n")
    f.write(struct.pack("<%df" % len(floats), *floats))
END
  ts-convert --from npy a.npy > a.bin
  ts-convert --to tsv a.bin | ts-convert --from tsv --no-words | ts-diff - a.bin
  LC_ALL=de_DE.UTF-8 ts-convert --to tsv a.bin | cmp - <(ts-convert --to tsv a.bin)
}

@test "ts-convert: text that was short stays as it was" {
  printf '2 3\nthe 0.418 -0.1 1e-05\nof 0.70853 100 123456\n' > a
  ts-convert --from word2vec a | ts-convert --to word2vec | cmp - a
  tail -n 2 a > b
  ts-convert --from word2vec b | ts-convert --to glove | cmp - b
  ts-convert --from glove b | ts-convert --to word2vec | cmp - a
}

@test "ts-convert --to tsv: any tensor, with the words of its rows where it has them" {
  printf 'b a b\n' | vocab > ids.bin
  run -0 ts-convert --to tsv --tensor counts ids.bin
  [ "$output" = $'UNKNOWN_TOKEN\t0\nb\t2\na\t1' ]
  run -0 ts-convert --to tsv --tensor counts --no-words --top 2 ids.bin
  [ "$output" = $'0\n2' ]
  run -0 ts-convert --to tsv --tensor vocab ids.bin
  [ "$output" = $'UNKNOWN_TOKEN\nb\na' ]
  run -0 ts-convert --to tsv --tensor lengths ids.bin
  [ "$output" = "3" ]
  make_stream everything > all.bin
  run -0 ts-convert --to tsv --tensor scalar all.bin
  [ "$output" = "0.5" ]
}

@test "ts-convert --from tsv: types, words, strings" {
  for type in i8 u8 i32 i64 f16 bf16 f32 f64; do
    printf '1\t2\n3\t100\n' | ts-convert --from tsv --no-words --type $type --tensor x > a.bin
    ts-info a.bin | grep -q "x  *$type  *(2, 2) .*: 1 2 3 100"
    ts-convert --to tsv --tensor x a.bin | cmp - <(printf '1\t2\n3\t100\n')
  done
  printf '1\n2\n' | ts-convert --from tsv --no-words --words <(printf 'a\nb\\sc\n') > a.bin
  run -0 ts-convert --to tsv a.bin
  [ "$output" = $'a\t1\nb\\sc\t2' ]
  printf 'one\ntwo\\nlines\n' > words
  ts-convert --from tsv --type string --tensor labels.vocab words > a.bin
  ts-convert --to tsv --tensor labels.vocab a.bin | cmp - words
}

@test "ts-convert: words that would break a line are escaped, or refused" {
  printf 'a\\nb\t1\t2\nc\\td\t2\t3\n' > a
  ts-convert --from tsv a > a.bin
  ts-convert --to tsv a.bin | cmp - a
  run -1 bash -c 'ts-convert --to word2vec a.bin -o b'
  [ "$output" = "ts-convert: word 0 holds a line feed, which text cannot hold" ]
  [ ! -e b ]
}

@test "ts-convert -v says which form was found" {
  printf '1 2\na 1 2\n' > a
  run -0 --separate-stderr ts-convert -v --from word2vec -o b a
  [[ $stderr = *"a: 1 vectors of length 2, with a header"* ]]
  printf 'a 1 2\n' > a
  run -0 --separate-stderr ts-convert -v --from word2vec -o b a
  [[ $stderr = *"a: 1 vectors of length 2, without header"* ]]
}

@test "ts-convert: refusals say where" {
  printf 'a 1 2\nb 1\n' > a
  run -4 ts-convert --from word2vec a -o b
  [ "$output" = "ts-convert: a: fewer than a word and 2 numbers (line 2)" ]
  printf '3 2\na 1 2\n' > a
  run -3 ts-convert --from word2vec a -o b
  printf '1 4\na 0.25 -0.5 0.75 1e-4\n' > a
  run -4 ts-convert --from word2vec-binary a -o b
  [ "$output" = "ts-convert: a: numbers as text: not the binary form (byte 4)" ]
  run -4 ts-convert --from npy a -o b
  [ "$output" = "ts-convert: a: word vectors as text, not a .npy file: 'ts-convert --from word2vec a' makes a tensor stream of it" ]
  [ ! -e b ]
  make_stream embedding > emb.bin
  run -1 ts-convert --to npy --tensor nothing emb.bin -o b
  [[ $output = "ts-convert: emb.bin: no tensor 'nothing'; there are "*vocab*embedding* ]]
  run -1 ts-convert --to word2vec --tensor vocab emb.bin -o b
  printf 'a\n' > words
  ts-convert --to npy emb.bin > e.npy
  run -1 ts-convert --from npy --words words e.npy -o b
  [[ $output = "ts-convert: 1 words for "*" rows" ]]
  # What was begun is a stream that says that it failed.
  run -3 bash -c 'printf "x\n" | ts-convert --from npy 2>/dev/null | ts-check'
  [ ! -e b ]
}

@test "ts-convert: options that would do nothing are refused" {
  for options in '' '--from npy --to tsv' '--from npy --no-words' '--from tsv --words x' \
    '--from cells --no-words --type f32' '--to tsv --type f32' '--from npy --dim 3' '--to npy --words x'; do
    # shellcheck disable=SC2086 # words are wanted
    run -2 ts-convert $options
  done
}

@test "ts-convert: NumPy reads and writes the same arrays" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  /usr/bin/python3 - <<'END'
import numpy as np
generator = np.random.default_rng(1)
for i, t in enumerate(["i1", "u1", "i4", "i8", "f2", "f4", "f8", ">i4", ">f8", ">f2"]):
    for shape in [(), (0,), (7,), (3, 4), (2, 0), (2, 3, 4)]:
        a = (generator.standard_normal(shape) * 50).astype(t) if "u" not in t else generator.integers(0, 255, shape).astype(t)
        np.save("%d-%d.npy" % (i, len(shape) * 10 + int(np.prod(shape))), a)
np.save("order.npy", np.asfortranarray(np.arange(35, dtype=np.float32).reshape(5, 7)))
np.save("bool.npy", np.array([True, False]))
END
  for file in [0-9]*.npy order.npy bool.npy; do
    ts-convert --from npy "$file" | ts-convert --to npy > "$file.back"
  done
  /usr/bin/python3 - <<'END'
import glob, numpy as np
for path in glob.glob("*.npy"):
    a, b = np.load(path), np.load(path + ".back")
    assert a.shape == b.shape and (a == b).all(), path
    assert a.dtype.newbyteorder("=") == b.dtype or a.dtype == bool, path
END
}

@test "ts-convert: gensim reads and writes the same vectors" {
  /usr/bin/python3 -c 'import gensim' 2>/dev/null || skip "no gensim"
  awk 'BEGIN { srand(4); for (i = 0; i < 200; i++) {
    printf "w\303\244%d", i; for (j = 0; j < 10; j++) printf "\t%.6f", rand() - .5; print "" } }' |
    ts-convert --from tsv > emb.bin
  ts-convert --to word2vec emb.bin > ours.txt
  ts-convert --to word2vec-binary emb.bin > ours.w2v
  ts-convert --to glove emb.bin > ours.glove
  /usr/bin/python3 - <<'END'
import numpy as np
from gensim.models import KeyedVectors
load = KeyedVectors.load_word2vec_format
text, binary, glove = load("ours.txt"), load("ours.w2v", binary=True), load("ours.glove", no_header=True)
assert text.index_to_key == binary.index_to_key == glove.index_to_key and len(text) == 200
assert (text.vectors == binary.vectors).all() and (text.vectors == glove.vectors).all()
text.save_word2vec_format("theirs.txt")
text.save_word2vec_format("theirs.w2v", binary=True)
text.save_word2vec_format("theirs.glove", write_header=False)
END
  ts-convert --from word2vec theirs.txt | ts-diff - emb.bin
  ts-convert --from word2vec-binary theirs.w2v | ts-diff - emb.bin
  ts-convert --from glove theirs.glove | ts-diff - emb.bin
  ts-convert --from word2vec theirs.glove | ts-diff - emb.bin
}

@test "ts-convert --to cells: words, numbers, and the first rows" {
  printf 'a b\na c a\n' | vocab | cooc > counts.bin
  run -0 ts-convert --to cells counts.bin
  [ "$output" = $'a\ta\t1\na\tb\t1\na\tc\t2\nb\ta\t1\nc\ta\t2' ]
  run -0 ts-convert --to cells --no-words counts.bin
  [ "$output" = $'1\t1\t1\n1\t2\t1\n1\t3\t2\n2\t1\t1\n3\t1\t2' ]
  run -0 ts-convert --to cells --top 3 counts.bin
  [ "$output" = $'a\ta\t1\na\tb\t1\na\tc\t2\nb\ta\t1' ]
  # Documents and rows of onehot have no words; as many of them as words change nothing.
  printf 'a b\na c a\n\n' | vocab --no-unknown > ids.bin
  run -0 bash -c 'cooc --documents ids.bin | ts-convert --to cells'
  [ "$output" = $'a\t0\t1\na\t1\t2\nb\t0\t1\nc\t1\t1' ]
  run -0 bash -c 'onehot --bow ids.bin | ts-convert --to cells'
  [ "$output" = $'0\ta\t1\n0\tb\t1\n1\ta\t2\n1\tc\t1' ]
  # Words that would break a line are escaped.
  printf 'a\\tb c\\\\d\n' | vocab --no-unknown | cooc > counts.bin
  run -0 ts-convert --to cells counts.bin
  [ "$output" = $'a\\tb\tc\\\\d\t1\nc\\\\d\ta\\tb\t1' ]
}

@test "ts-convert: sparse matrices come back, in whatever order the lines are" {
  printf 'a b c\na c a\nd\n' | vocab > ids.bin
  cooc ids.bin > counts.bin
  ts-convert --to tsv --tensor vocab counts.bin > words
  matrix() {
    for part in row col value shape; do
      ts-convert --to tsv --no-words --tensor "${2:-cooc}.$part" "$1"
    done
  }
  matrix counts.bin > want
  ts-convert --to cells counts.bin | sort -k3 | ts-convert --from cells --words words > back.bin
  matrix back.bin | diff want -
  ts-convert --to tsv --tensor vocab back.bin | cmp - words
  # Numbers only: the last word stands near no other, and its row is not known.
  ts-convert --to cells --no-words counts.bin | ts-convert --from cells --no-words > back.bin
  matrix back.bin | diff <(sed 's/^5$/4/' want) -
  ts-convert --to matrix-market counts.bin > counts.mtx
  ts-convert --from matrix-market counts.mtx | tee back.bin | ts-convert --to matrix-market |
    cmp - counts.mtx
  matrix back.bin | diff want -
  (sed 2q counts.mtx; sed 1,2d counts.mtx | sort -r) | ts-convert --from matrix-market --words words > back.bin
  matrix back.bin | diff want -
  onehot --tfidf ids.bin > bags.bin
  ts-convert --to cells --tensor onehot bags.bin |
    ts-convert --from cells --words words --tensor onehot > back.bin
  diff <(matrix bags.bin onehot) <(matrix back.bin onehot)
  ts-convert --to matrix-market --top 2 bags.bin | sed -n 2p | grep -x '2 5 5'
  # Beyond the memory, by way of the disk.
  ts-convert --to cells --memory 1K --tmpdir . counts.bin | cmp - <(ts-convert --to cells counts.bin)
}

@test "ts-convert --from matrix-market: its kinds" {
  cells() { ts-convert --from matrix-market | ts-convert --to cells | tr '\n\t' ' :'; }
  [ "$(printf '%%%%MatrixMarket matrix coordinate integer symmetric\r\n%% a comment\n\n3 3 2\n 2  1 5\n3 3 -1.5e0\r\n' | cells)" = "0:1:5 1:0:5 2:2:-1.5 " ]
  [ "$(printf '%%%%matrixmarket MATRIX Coordinate Pattern General\n2 4 2\n2 4\n1 1\n' | cells)" = "0:0:1 1:3:1 " ]
  [ "$(printf '%%%%MatrixMarket matrix coordinate real general\n2 2 0\n' | cells)" = "" ]
}

@test "ts-convert: cells of one place are added up, as SciPy and others do" {
  printf '2\t1\t0.5\n0\t1\t2\n2\t1\t0.25\n0\t1\t-2\n2\t1\t8\n' |
    ts-convert --from cells --no-words | ts-convert --to cells --no-words > got
  cmp got <(printf '0\t1\t0\n2\t1\t8.75\n')
  printf '%%%%MatrixMarket matrix coordinate pattern symmetric\n3 3 4\n2 1\n3 3\n2 1\n3 3\n' > m.mtx
  ts-convert --from matrix-market m.mtx | ts-convert --to cells --no-words > got
  cmp got <(printf '0\t1\t2\n1\t0\t2\n2\t2\t2\n')
  /usr/bin/python3 -c 'import scipy.io' 2>/dev/null || skip "no SciPy"
  printf '%%%%MatrixMarket matrix coordinate real general\n3 4 6\n1 1 1.5\n3 2 4\n1 1 2.25\n3 2 -1\n2 4 1\n1 1 8\n' > m.mtx
  ts-convert --from matrix-market m.mtx | ts-convert --to cells --no-words > got
  /usr/bin/python3 - << 'END'
import scipy.io
m = scipy.io.mmread("m.mtx").tocsr()
cells = [line.split() for line in open("got")]
assert m.nnz == len(cells) and all(m[int(r), int(c)] == float(v) for r, c, v in cells)
END
}

@test "ts-convert: sparse matrices: refusals say where" {
  refused() { # STATUS MESSAGE OPTIONS, text on standard input
    local status=$1 message=$2
    shift 2
    cat > foreign
    run "-$status" ts-convert "$@" foreign -o back.bin
    echo "$output"
    [ "$output" = "ts-convert: foreign: $message" ] && [ ! -e back.bin ]
  }
  printf 'a\nb\n' > words
  head='%%MatrixMarket matrix coordinate real general'
  refused 4 'fewer than a row, a column and a value, separated by tabs (line 2)' --from cells --words words <<< $'a\tb\t1\na b 1'
  refused 4 'a word that the vocabulary does not have (line 1)' --from cells --words words <<< $'a\tx\t1'
  refused 4 'a row or column that is no number (line 1)' --from cells --no-words <<< $'a\tb\t1'
  refused 4 'a row or column out of range (line 1)' --from cells --no-words <<< $'-1\t0\t1'
  refused 4 'a value that is no number (line 1)' --from cells --words words <<< $'a\tb\t1x'
  for value in nan inf -Infinity; do
    refused 4 'a value that is infinite or not a number (line 2)' --from cells --words words <<< $'a\tb\t1\na\ta\t'$value
    refused 4 'a value that is infinite or not a number (line 3)' --from matrix-market <<< "$head"$'\n1 1 1\n1 1 '$value
  done
  refused 4 'the values of row 0 and column 1 (from 0) add up to infinity' --from cells --no-words <<< $'0\t1\t1e308\n0\t1\t1e308'
  refused 4 'not a MatrixMarket file (line 1)' --from matrix-market <<< '1 1 1'
  refused 4 'empty where a MatrixMarket file was expected (line 0)' --from matrix-market < /dev/null
  refused 4 'a row or column beyond the matrix (line 3)' --from matrix-market <<< "$head"$'\n1 1 1\n1 2 1'
  refused 4 'a row or column out of range (line 3)' --from matrix-market <<< "$head"$'\n1 1 1\n0 1 1'
  refused 3 '1 cells are missing at the end' --from matrix-market <<< "$head"$'\n1 1 1'
  refused 4 'more cells than the heading says (line 4)' --from matrix-market <<< "$head"$'\n1 2 1\n1 1 1\n1 2 1'
  refused 4 'not a value where one belongs (line 3)' --from matrix-market <<< "$head"$'\n1 2 1\n1 1'
  refused 4 'no line with the size of the matrix (line 1)' --from matrix-market <<< "$head"
  refused 4 'not a matrix of coordinates, real, integer or pattern, general or symmetric (line 1)' \
    --from matrix-market <<< '%%MatrixMarket matrix array real general'
  make_stream embedding > emb.bin
  run -1 ts-convert --to cells emb.bin
  [ "$output" = "ts-convert: emb.bin: no sparse matrix" ]
  run -1 ts-convert --to cells --tensor cooc emb.bin
  [ "$output" = "ts-convert: emb.bin: matrix 'cooc' is not there: cooc counts it in the output of vocab" ]
  for options in '--from cells' '--from cells --words a --no-words' '--to word2vec --memory 1M' \
    '--to matrix-market --no-words' '--to cells --words words'; do
    # shellcheck disable=SC2086 # words are wanted
    run -2 ts-convert $options
  done
}

@test "ts-convert: SciPy reads and writes the same sparse matrices" {
  /usr/bin/python3 -c 'import scipy.io' 2>/dev/null || skip "no SciPy"
  printf 'a b c d e f\na c a d\nd b\n' | vocab | cooc > counts.bin
  ts-convert --to matrix-market counts.bin > ours.mtx
  ts-convert --to cells --no-words counts.bin > ours.tsv
  /usr/bin/python3 - << 'END'
import scipy.io, scipy.sparse
m = scipy.io.mmread("ours.mtx")
cells = [line.split() for line in open("ours.tsv")]
assert m.shape == (7, 7) and m.nnz == len(cells)
assert all(m.tocsr()[int(r), int(c)] == float(v) for r, c, v in cells)
scipy.io.mmwrite("general", scipy.sparse.coo_matrix(m), symmetry="general", precision=17)
scipy.io.mmwrite("symmetric", scipy.sparse.coo_matrix(m), precision=17)
END
  for kind in general symmetric; do
    ts-convert --from matrix-market $kind.mtx | ts-convert --to matrix-market | cmp - ours.mtx
  done
}
