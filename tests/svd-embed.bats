# svd-embed: weights, decomposition, and what it reads and writes.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  # Words that come as often as words do, some of them in company; 1100 of them, more than are
  # written out as a dense matrix.
  awk 'BEGIN {
    srand(3)
    for (line = 0; line < 3000; line++) {
      topic = int(rand() * 20)
      for (i = 0; i < 12; i++) {
        rank = int(exp(rand() * log(1100)))
        if (rand() < 0.4) rank = topic * 55 + int(exp(rand() * log(55)))
        printf "%sw%d", i ? " " : "", rank
      }
      print ""
    }
  }' > text
  vocab text | tee ids.bin | cooc --window 3 > cooc.bin
  onehot --bow --tfidf ids.bin > bags.bin
  cooc --documents ids.bin > documents.bin
  toy_cells > toy.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

# stream ARGS: what tensor_stream.matrix makes of these arguments in Python.
stream() {
  PYTHONPATH=$BATS_TEST_DIRNAME python3 -c '
import sys
from math import inf, nan
from tensor_stream import *
sys.stdout.buffer.write(eval("matrix(" + sys.argv[1] + ")"))' "$1"
}

toy_cells() {
  stream '"I like enjoy deep learning NLP flying .".split(),
    [(0, 1, 2.), (0, 2, 1.), (1, 0, 2.), (1, 3, 1.), (1, 5, 1.), (2, 0, 1.), (2, 6, 1.),
     (3, 1, 1.), (3, 4, 1.), (4, 3, 1.), (4, 7, 1.), (5, 1, 1.), (5, 7, 1.), (6, 2, 1.),
     (6, 7, 1.), (7, 4, 1.), (7, 5, 1.), (7, 6, 1.)]'
}

tsv() {
  ts-convert --to tsv --tensor "$@"
}

need_scipy() {
  /usr/bin/python3 -c 'import numpy, scipy.sparse.linalg' 2>/dev/null || skip "no SciPy"
}

# The tensors of a stream as .npy files: npy STREAM NAME ...
npy() {
  local name from=$1
  shift
  for name in "$@"; do ts-convert --to npy --tensor "$name" "$from" > "$name.npy"; done
}

@test "svd-embed: the toy matrix, its singular values and its map" {
  svd-embed --transform raw --power 0 --dim 2 toy.bin > toy-map.bin
  run -0 tsv singular.values toy-map.bin
  [[ ${lines[0]} == 2.75726275* && ${lines[1]} == 2.678248003* ]]
  # By numpy.linalg.svd, but for signs.
  printf '%s\n' 'I 0.524125 -0.572859' 'like 0.594438 0.630121' 'enjoy 0.256274 0.274018' \
    'deep 0.285637 -0.247912' 'learning 0.193139 0.033850' 'NLP 0.305135 -0.293989' \
    'flying 0.182490 -0.161028' '. 0.246898 0.157255' > expected
  tsv embedding toy-map.bin | awk '{ printf "%s %.6f %.6f\n", $1, $2, $3 }' | diff expected -
}

@test "svd-embed: all dimensions give the matrix back" {
  for method in exact krylov; do
    svd-embed --transform raw --power 0.5 --dim 8 --context --method $method toy.bin > all.bin
    paste <(tsv embedding all.bin | cut -f 2-) <(tsv context all.bin | cut -f 2-) | awk '
      { for (k = 1; k <= 8; k++) { u[NR, k] = $k; w[NR, k] = $(8 + k) } }
      END {
        for (i = 1; i <= 8; i++)
          for (j = 1; j <= 8; j++) {
            sum = 0
            for (k = 1; k <= 8; k++) sum += u[i, k] * w[j, k]
            printf "%.4f ", sum + 0.00001
          }
      }' > product
    [ "$(head -c 48 product)" = "0.0000 2.0000 1.0000 0.0000 0.0000 0.0000 0.0000" ] ||
      { cat product; false; }
    tsv explained all.bin | awk '{ share = $NF } END { exit !(share > 0.999999 && share < 1.000001) }'
  done
}

@test "svd-embed: singular values against SciPy, for every weight" {
  need_scipy
  npy cooc.bin cooc.row cooc.col cooc.value cooc.shape
  local options
  for options in 'ppmi --shift 1' 'ppmi --shift 2' 'ppmi --shift 1 --smooth 0.75' 'ppmi --shift 0.5 --smooth 0.5' \
    log raw; do
    # shellcheck disable=SC2086 # words are wanted
    svd-embed --method krylov --dim 40 --power 1 --transform $options cooc.bin > emb.bin
    npy emb.bin singular.values explained embedding
    /usr/bin/python3 - $options <<'END' || { echo "$options"; false; }
import sys, numpy as np, scipy.sparse as sp
from scipy.sparse.linalg import svds
row, col, x, shape = (np.load(f"cooc.{n}.npy") for n in ("row", "col", "value", "shape"))
a = sp.coo_matrix((x, (row, col)), shape=shape).tocsr()
option = dict(zip(sys.argv[2::2], map(float, sys.argv[3::2])))
if sys.argv[1] == "log":
    a.data = np.log(1 + a.data)
if sys.argv[1] == "ppmi":
    r, c = np.asarray(a.sum(1)).ravel(), np.asarray(a.sum(0)).ravel() ** option.get("--smooth", 1)
    i, j = a.nonzero()
    a.data = np.log(a.data * c.sum() / (r[i] * c[j])) - np.log(option.get("--shift", 1))
    a.data[a.data < 0] = 0
u, s, v = svds(a, k=40)
s = np.sort(s)[::-1]
got = np.load("singular.values.npy")
assert np.abs(got / s - 1).max() < 1e-4, np.abs(got / s - 1).max()
share = np.cumsum(s ** 2) / (a.data ** 2).sum()
assert np.abs(np.load("explained.npy") / share - 1).max() < 1e-4
# The vectors, by the matrix that they approximate: U S S U' = (A A') in the space of U.
e = np.load("embedding.npy").astype(float)
assert np.abs(np.linalg.norm(e, axis=0) / s - 1).max() < 1e-4
assert np.abs(e.T @ e - np.diag(s * s)).max() < 1e-4 * s[0] ** 2
b = a.T @ (e / s)
assert np.abs(np.linalg.norm(b, axis=0) / s - 1).max() < 1e-3
END
  done
}

@test "svd-embed: faster ways and exact ones agree" {
  for matrix in cooc bags documents; do
    svd-embed --dim 30 --method exact $matrix.bin > exact.bin
    svd-embed --dim 30 --method krylov $matrix.bin > krylov.bin
    paste <(tsv singular.values exact.bin) <(tsv singular.values krylov.bin) |
      awk -v what=$matrix '{ off = $1 / $2 - 1; if (off < 0) off = -off
        if (off > most) most = off } END { print what, most; exit !(most < 1e-4) }'
  done
}

@test "svd-embed: same bytes for any number of threads, and from a pipe" {
  for matrix in cooc bags; do
    svd-embed --threads 1 $matrix.bin > one.bin
    for threads in 2 3; do
      svd-embed --threads $threads $matrix.bin | cmp one.bin -
    done
    bash -c 'set -o pipefail; cat "$0" | svd-embed | cmp one.bin -' $matrix.bin
  done
}

@test "svd-embed: another seed, another way to the same place" {
  svd-embed --dim 10 --tolerance 1e-8 --no-history cooc.bin > one.bin
  svd-embed --dim 10 --tolerance 1e-8 --no-history --seed 2 cooc.bin > two.bin
  run ! cmp -s one.bin two.bin
  ts-diff --tolerance 1e-3 --absolute 1e-3 one.bin two.bin
}

@test "svd-embed: every instruction set gives the same up to rounding" {
  svd-embed --dim 10 --tolerance 1e-8 cooc.bin > best.bin
  for isa in plain avx2; do
    WORDPIPE_ISA=$isa svd-embed --dim 10 --tolerance 1e-8 cooc.bin > other.bin
    ts-diff --tolerance 1e-3 --absolute 1e-3 best.bin other.bin
  done
}

@test "svd-embed: more iterations are never worse, and too few are told of" {
  local last=0
  for n in 1 2 3 4 6 8 12; do
    run -0 --separate-stderr bash -c "svd-embed --dim 20 --iterations $n --method krylov cooc.bin > n.bin"
    sum=$(tsv singular.values n.bin | awk '{ sum += $1 } END { printf "%.6f", sum }')
    awk -v a="$last" -v b="$sum" 'BEGIN { exit !(b >= a * (1 - 1e-6)) }' || { echo "$n: $last $sum"; false; }
    last=$sum
    [ $n -gt 2 ] || [[ $stderr == "svd-embed: stopped after "*" iterations; "* ]]
  done
  run -0 --separate-stderr bash -c 'svd-embed --dim 20 --method krylov cooc.bin > n.bin'
  [ -z "$stderr" ]
}

@test "svd-embed: --power scales each dimension by its singular value" {
  for power in 0 0.5 1; do svd-embed --dim 5 --power $power cooc.bin > p$power.bin; done
  tsv singular.values p0.bin | paste -s > sigma
  for power in 0.5 1; do
    tsv embedding p0.bin | cut -f 2- | cat sigma - | awk -v p=$power '
      NR == 1 { for (k = 1; k <= NF; k++) scale[k] = $k ^ p; next }
      { for (k = 1; k <= NF; k++) printf "%.3f ", $k * scale[k] + 1e-9; print "" }' > want
    tsv embedding p$power.bin | cut -f 2- | awk '
      { for (k = 1; k <= NF; k++) printf "%.3f ", $k + 1e-9; print "" }' > got
    [ "$(diff want got | grep -c '^<')" -lt 20 ] # where rounding falls to the other side
  done
}

@test "svd-embed: words of one topic become neighbours" {
  svd-embed --dim 20 cooc.bin > emb.bin
  run -0 neighbors -e emb.bin -k 5 w58
  echo "$output"
  [ "$(tr '\t ' '\n' <<< "$output" | grep -cE '^w(5[5-9]|[6-9][0-9]|10[0-9])$')" -ge 5 ]
}

@test "svd-embed: a word without neighbours gets zeros, not rounding" {
  svd-embed --dim 5 --context cooc.bin > emb.bin
  for tensor in embedding context; do
    [ "$(tsv $tensor emb.bin | head -n 1)" = "$(printf 'UNKNOWN_TOKEN\t0\t0\t0\t0\t0')" ]
  done
}

@test "svd-embed: bags of words give vectors of words, and of documents as context" {
  svd-embed --dim 7 --context bags.bin > lsa.bin
  ts-check lsa.bin
  run -0 ts-info lsa.bin
  words=$(tsv vocab bags.bin | wc -l)
  [[ $output == *"embedding        f32    ($words, 7)"* ]]
  [[ $output == *"context          f32    (3000, 7)"* ]]
  [[ $output == *"singular.values  f64    (7)"* && $output == *"explained        f64    (7)"* ]]
  [[ $output != *onehot.row* ]]
  svd-embed --dim 7 bags.bin > words.bin
  cmp <(ts-convert --to npy lsa.bin) <(ts-convert --to npy words.bin)
}

@test "svd-embed: documents as columns give the same words as documents as rows" {
  svd-embed --transform log --dim 5 --tolerance 1e-8 documents.bin > one.bin
  onehot --bow ids.bin | svd-embed --transform log --dim 5 --tolerance 1e-8 > two.bin
  cut_special() { tsv embedding "$1" | grep '^w' | sort; }
  paste <(cut_special one.bin) <(cut_special two.bin) | awk '
    { n++; for (k = 2; k <= 6; k++) { d = $k - $(k + 6); if (d * d > 1e-6) bad++ } }
    END { exit !(n > 1000 && !bad) }'
}

@test "svd-embed: what is no part of the matrix is passed on, the matrix is not" {
  printf 'good\ta b c d\nbad\tb c d e\n' | tokenize --labels |
    vocab --labels > labelled.bin
  onehot --bow labelled.bin | svd-embed --dim 2 > out.bin
  run -0 ts-info out.bin
  [[ $output == *labels* && $output != *onehot.row* ]]
}

@test "svd-embed: -v reports shape, steps, singular values and shares" {
  run -0 --separate-stderr bash -c 'svd-embed -v --dim 30 cooc.bin > v.bin'
  [[ $stderr == *" cells when weighed by ppmi"* || $stderr == *" when weighed by ppmi"* ]]
  [[ $stderr == *"steps with the symmetric matrix"* ]]
  [[ $stderr == *"singular value 1 is "*"singular value 10 is "*"singular value 30 is "* ]]
}

@test "svd-embed: a matrix that is nearly symmetric is not taken for one" {
  stream '["a", "b", "c"], [(0, 1, 2.), (0, 2, 1.), (1, 0, 2.), (2, 0, 1.0000001)]' > near.bin
  run -0 --separate-stderr bash -c 'svd-embed -v --transform raw --dim 2 near.bin > v.bin'
  [[ $stderr == *"exact, of the dense matrix"* ]]
  run -0 --separate-stderr bash -c 'svd-embed -v --transform raw --dim 2 toy.bin > v.bin'
  [[ $stderr == *"exact, of the dense symmetric matrix"* ]]
}

@test "svd-embed: rank, shape and emptiness" {
  # Rank 1: the second dimension is 0.
  stream '["a", "b", "c"], [(i, j, 1. + i) for i in range(3) for j in range(2)], [3, 2]' > one.bin
  svd-embed --transform raw --dim 2 --power 1 one.bin > out.bin
  tsv embedding out.bin | awk '{ if ($3 * $3 > 1e-9) exit 1 }'
  run -2 bash -c 'svd-embed --transform raw --dim 3 one.bin 2>&1 > out.bin'
  [[ $output == *"3 by 2 has 2 singular values, and 3 are wanted" ]]
  stream '["a", "b", "c"], []' > empty.bin
  run -1 bash -c 'svd-embed --dim 1 empty.bin 2>&1 > out.bin'
  [[ $output == *"the matrix has no cells" ]]
  # All as often as by chance.
  stream '["a", "b"], [(i, j, 1.) for i in range(2) for j in range(2)]' > chance.bin
  run -1 bash -c 'svd-embed --shift 1 --dim 1 chance.bin 2>&1 > out.bin'
  [[ $output == *"no cells when it is weighed" ]]
}

@test "svd-embed: numbers that are none, or no counts, are errors that name the cell" {
  for bad in nan inf -inf; do
    stream "['a', 'b'], [(0, 0, 1.), (1, 0, $bad)]" > bad.bin
    run -4 bash -c "svd-embed --dim 1 bad.bin 2>&1 > out.bin"
    [[ $output == *"'cooc.value' has a number that is not finite, in row 1 and column 0 (from 0)" ]]
  done
  for bad in 1e300; do
    for weight in raw log ppmi; do
      stream "['a', 'b'], [(0, 0, 1.), (1, 0, $bad)]" > bad.bin
      run -1 bash -c "svd-embed --dim 1 --transform $weight bad.bin 2>&1 > out.bin"
      [[ $output == *"word 1 and column 0"* ]]
    done
  done
  stream '["a", "b"], [(0, 0, 1.), (1, 0, -2.)]' > negative.bin
  run -1 bash -c "svd-embed --dim 1 negative.bin 2>&1 > out.bin"
  [[ $output == *"-2, which is no count"* ]]
  svd-embed --dim 1 --transform raw negative.bin > out.bin
  run -0 tsv singular.values out.bin
  [[ $output == 2.2360679* ]]
}

@test "svd-embed: streams that are not for it are refused, with a reason" {
  run -1 bash -c 'svd-embed ids.bin 2>&1 > out.bin'
  [[ $output == *"no matrix 'cooc' or 'onehot'"* ]]
  onehot --bow --dense f32 ids.bin > dense.bin
  run -1 bash -c 'svd-embed dense.bin 2>&1 > out.bin'
  [[ $output == *"no matrix 'cooc' or 'onehot'"* ]]
  run -4 bash -c 'cat cooc.bin cooc.bin | svd-embed 2>&1 > out.bin'
  stream '["a", "b"], [(0, 0, 1.)], [3, 3]' > other.bin
  run -1 bash -c 'svd-embed --dim 1 other.bin 2>&1 > out.bin'
  [[ $output == *"3 words, and 'vocab' has 2"* ]]
  stream '["a", "b"], [(0, 0, 1.), (1, 7, 1.)]' > outside.bin
  run -1 bash -c 'svd-embed --dim 1 outside.bin 2>&1 > out.bin'
  [[ $output == *"outside its shape"* ]]
}

@test "svd-embed: --memory is kept to, and the message says what would do" {
  run -1 bash -c 'svd-embed --memory 100K cooc.bin 2>&1 > out.bin'
  [[ $output == *"cells need some "*" MiB, and the vectors more, but the limit is 0 MiB: see --memory"* ]]
  run -1 bash -c 'svd-embed --memory 20M --dim 20 --method krylov cooc.bin 2>&1 > out.bin'
  [[ $output =~ "need "([0-9]+)" MiB of memory, and the limit is 20 MiB: see --memory" ]]
  least=${BASH_REMATCH[1]}
  run -1 svd-embed --memory $((least - 1))M --dim 20 --method krylov -o out.bin cooc.bin
  # A basis that has to be cut down again and again.  It may be too small for the error to be
  # known as small: that ends, and is said.
  svd-embed --dim 20 --method krylov cooc.bin > free.bin
  timeout 30 svd-embed --dim 20 --method krylov --memory ${least}M cooc.bin > small.bin 2> err
  cat err
  [ ! -s err ] || grep "singular values may be off by .*: --memory is short" err
  paste <(tsv singular.values free.bin) <(tsv singular.values small.bin) |
    awk '{ off = $1 / $2 - 1; if (off * off > 1e-7) exit 1 }'
}

@test "svd-embed: options that mean nothing together are refused" {
  run -2 bash -c 'svd-embed --transform log --shift 5 cooc.bin 2>&1 > out.bin'
  [[ $output == *"--shift and --smooth are for --weight ppmi, not log"* ]]
  run -2 bash -c 'svd-embed --smooth 0.5 bags.bin 2>&1 > out.bin'
  [[ $output == *"not raw"* ]]
}

@test "svd-embed: --shift 0.25 and --power 0.25 are what counts of cooc get, --power 0.5 what others do" {
  svd-embed --dim 5 --no-history cooc.bin > one.bin
  svd-embed --dim 5 --no-history --shift 0.25 --power 0.25 cooc.bin > two.bin
  cmp one.bin two.bin
  svd-embed --dim 5 --no-history --shift 1 --power 0.5 cooc.bin > three.bin
  run ! ts-diff -q one.bin three.bin
  svd-embed --dim 5 --no-history bags.bin > one.bin
  svd-embed --dim 5 --no-history --power 0.5 bags.bin > two.bin
  cmp one.bin two.bin
}
