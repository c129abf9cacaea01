# clip-stats: the norms of a run summed up, and Jacobians.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" gradients > grads.bin
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" no-gradients > nan.bin
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" embedding > emb.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

# The value of a row of --tsv.
value() {
  clip-stats --tsv grads.bin | awk -F '\t' -v p="$1" -v i="$2" -v q="$3" \
    '$1 == p && $2 == i && $3 == q { print $4 }'
}

@test "the share of the steps clipped, and what they kept" {
  clip-stats --tsv grads.bin > tsv
  [ "$(value run all steps)" = 1000 ]
  [ "$(value run all threshold)" = 1.45 ]
  # 1.5 to 1.9, every tenth, and the spike, which stands in for a 1.0
  [ "$(value run all clipped)" = 501 ]
  expected=$(awk 'BEGIN { for (i = 5; i < 10; i++) s += 100 * 1.45 / (1 + i / 10)
                          printf "%.6g", (s + 1.45 / 50) / 501 }')
  [ "$(value run all kept)" = "$expected" ] || { value run all kept; echo "$expected"; false; }
}

@test "quantiles are NumPy's" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  clip-stats --tsv grads.bin | awk -F '\t' '$1 == "norm" && $3 ~ /^quantile/ { print $4 }' > ours
  /usr/bin/python3 -c '
import numpy as np
n = np.array([50.0 if i == 700 else 1 + i % 10 / 10 for i in range(1000)], "f4")
for q in (0, .01, .1, .25, .5, .75, .9, .99, 1):
    print("%.6g" % np.quantile(n.astype("f8"), q))' > theirs
  diff ours theirs
}

@test "the one spike is found, with its step" {
  [ "$(value run all spikes)" = 1 ]
  [ "$(value spike 701 norm)" = 50 ]
  clip-stats grads.bin | grep -q 'step 701: norm 50, .* times the usual'
}

@test "the threshold advised clips the share that was asked for" {
  [ "$(clip-stats --tsv --share 0.1 grads.bin | awk '$3 == "suggestion" { print ($4 >= 1.8 && $4 <= 1.9) }')" = 1 ]
  clip-stats grads.bin | grep -q '^advice     --clip 1.[89]$'
}

@test "each group's share of the squared norm" {
  [ "$(value parameters layer0.forward.recurrent share)" = 0.36 ]
  [ "$(value parameters output.weight share)" = 0.64 ]
}

@test "--histogram counts every step once" {
  clip-stats --histogram grads.bin > report
  [ "$(awk '$2 == ".." { n += $4 } END { print n }' report)" = 1000 ]
}

@test "norms that are not finite: counted, and no report where there are no others" {
  run ! clip-stats nan.bin
  [ "$output" = "clip-stats: gradients: no step has a finite norm" ]
}

@test "a stream of something else is refused by name" {
  run -1 clip-stats emb.bin
  [ "$output" = "clip-stats: emb.bin: not what rnn-train --gradients writes" ]
}

@test "input cut short: status 3" {
  head -c 20000 grads.bin > short
  run -3 clip-stats short
  [ ! -s out ]
}

@test "options that do not go together are refused" {
  run -2 clip-stats --tsv --histogram grads.bin
  run -2 clip-stats --distance 5 grads.bin
  run -2 clip-stats --jacobian m.bin --tsv grads.bin
}

# An Elman network, trained a little, over a small text.
train() {
  printf 'the cat sat on the mat\nthe dog sat on the cat\n%.0s' 1 2 3 4 > text
  [ -s "$1.bin" ] || vocab text | rnn-train --cell "$1" --hidden 8 --epochs 1 --sentences --batch 2 > "$1.bin"
}

@test "--jacobian: an Elman network is within its bound at every distance" {
  train elman
  vocab text | clip-stats --jacobian elman.bin --distance 4 > table
  cat table
  [ "$(wc -l < table)" -eq 6 ]
  awk 'NR > 1 && !($4 <= $5 * 1.0001 && $3 <= $4) { exit 1 }' table
  awk 'NR == 2 && !($3 > 0.9999 && $3 < 1.0001) { exit 1 }' table
}

@test "--jacobian: an LSTM has no bound" {
  train lstm
  vocab text | clip-stats --jacobian lstm.bin --distance 3 | tail -n +2 | cut -f 5 | sort -u > bound
  [ "$(cat bound)" = - ]
}

@test "--jacobian: of a model that reads numbers, equal to finite differences" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  awk 'BEGIN { print "a,b"; for (i = 0; i < 40; i++) print 5 + sin(i / 2) "," 3 * cos(i / 3) }' |
    ts-convert --from csv > s.bin
  ts-select --slice 'series[:5]' s.bin > five.bin
  rnn-train -q --task regress --target next --cell gru --hidden 5 --epochs 2 -o gru.model s.bin
  clip-stats --jacobian gru.model --distance 30 s.bin > table
  [ "$(wc -l < table)" -eq 32 ]
  awk 'NR == 2 && !($3 > 0.9999 && $3 < 1.0001) { exit 1 }' table
  rnn-train -q --task regress --target next --cell elman --hidden 5 --epochs 2 -o elman.model s.bin
  # A segment of five steps, wherever it begins: the longest distance is that from the beginning.
  clip-stats --jacobian elman.model --distance 4 --segments 50 five.bin > table
  for t in layer0.forward.input layer0.forward.recurrent layer0.forward.bias; do
    ts-convert --to npy --tensor $t elman.model > $t.npy
  done
  ts-convert --to npy --tensor series five.bin > series.npy
  for t in mean scale; do ts-convert --to npy --tensor series.$t elman.model > $t.npy; done
  /usr/bin/python3 -c '
import numpy as np
W, U, b = (np.load("layer0.forward.%s.npy" % n).astype("f8") for n in ("input", "recurrent", "bias"))
x = (np.load("series.npy") - np.load("mean.npy")) / np.load("scale.npy")
def last(h, k):
    for row in x[k + 1:]: h = np.tanh(row @ W + h @ U + b.ravel())
    return h
h = [np.tanh(x[0] @ W + b.ravel())]
for row in x[1:]: h.append(np.tanh(row @ W + h[-1] @ U + b.ravel()))
e = 1e-6
J = np.array([(last(h[0] + e * d, 0) - last(h[0] - e * d, 0)) / (2 * e) for d in np.eye(5)]).T
rows = [l.split("\t") for l in open("table")][1:]
print(rows, np.linalg.norm(J, 2))
np.testing.assert_allclose(float(rows[4][2]), np.linalg.norm(J, 2), rtol=1e-3)'
}

@test "--jacobian: what the model does not read is refused, and what to give is said" {
  train elman
  printf '1\n2\n' | ts-convert --from tsv --no-words --tensor series > s.bin
  run -1 clip-stats --jacobian elman.bin s.bin
  [ "$output" = "clip-stats: s.bin: the model reads words, not numbers" ]
  vocab text > ids.bin
  run -4 clip-stats --jacobian text ids.bin
  [ "$output" = "clip-stats: text: text, not a model as rnn-train writes it" ]
}

@test "--jacobian: equal to the product of the steps' own Jacobians" {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
  train elman
  printf 'the cat sat on\n' | vocab --from elman.bin > four.bin
  clip-stats --jacobian elman.bin --distance 3 --samples 1 four.bin > table
  for t in layer0.forward.input layer0.forward.recurrent layer0.forward.bias; do
    ts-convert --to npy --tensor $t elman.bin > $t.npy
  done
  ts-convert --to npy --tensor ids four.bin > ids.npy
  /usr/bin/python3 -c '
import numpy as np
W, U, b = (np.load("layer0.forward.%s.npy" % n).astype("f8") for n in ("input", "recurrent", "bias"))
h, steps = np.zeros(len(U)), []
for i in np.load("ids.npy"):
    h = np.tanh(W[i] + h @ U + b.ravel())
    steps.append(np.diag(1 - h * h) @ U.T)
J, norms = np.eye(len(U)), []
for t in range(len(steps)):
    norms.append(np.linalg.norm(J, 2))
    J = J @ steps[-1 - t]
rows = [l.split("\t") for l in open("table")][1:]
ours = [float(r[2]) for r in rows]
print(ours, norms)
np.testing.assert_allclose(ours, norms, rtol=1e-3)'
}
