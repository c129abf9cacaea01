#!/usr/bin/env bats
# Auto-encoders: rows to codes and back, of vectors and of bags.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # Vectors of 12 numbers with 3 directions of much variance, about a mean; bags of two topics.
  awk 'BEGIN { srand(3)
    for (i = 0; i < 500; i++) {
      a = 3 * n(); b = 2 * n(); c = n(); line = ""
      for (j = 0; j < 12; j++)
        line = line (j ? "\t" : "") sprintf("%.5f", 1 + j / 6 + a * sin(j) + b * cos(2 * j) + \
          c * sin(3 * j + 1) + 0.1 * n())
      print line > "vectors.tsv" }
    for (i = 0; i < 400; i++) {
      topic = i % 2; line = topic ? "b\t" : "a\t"
      for (j = 0; j < 20; j++)
        line = line " w" (rand() < 0.9 ? topic : 1 - topic) int(10 * rand() ^ 2)
      print line > "bags" } }
    function n() { return sqrt(-2 * log(1 - rand())) * cos(6.2831853 * rand()) }'
  ts-convert --from tsv --no-words --tensor series vectors.tsv > vectors.bin
  vocab --labels bags > bags.ids
  onehot --bow bags.ids > bags.bin
  onehot --bow --dense f32 bags.ids > dense.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

# ae OPTION ... FILE: an auto-encoder, on standard output.
ae() {
  rnn-train -q --no-history --task autoencode "$@"
}

# of NAME FILE: a figure of a report.
of() {
  awk -F '\t' -v name="$1" '$1 == name { print $2 }' "$2"
}

# references: skip without the programs to compare with.
references() {
  /usr/bin/python3 -c 'import numpy, torch' 2> /dev/null || skip "no NumPy and PyTorch"
  for k in vectors:series dense:onehot; do
    ts-convert --to npy --tensor "${k#*:}" "${k%:*}.bin" > "${k%:*}.npy"
  done
}

@test "autoencode: the linear one finds the space of the principal components" {
  references
  for o in "--rate 0.02 --batch 250 --epochs 1000 --schedule cosine" "--optimizer lbfgs"; do
    # shellcheck disable=SC2086
    ae --autoencoder linear --code 3 $o vectors.bin > m.bin
    for p in dense.weight dense.bias output.bias; do
      ts-convert --to npy --tensor $p m.bin > $p.npy
    done
    /usr/bin/python3 - <<'PCA'
import numpy as np
x, w, c, b = (np.load(f + ".npy").astype("f8")
              for f in ("vectors", "dense.weight", "dense.bias", "output.bias"))
centred = x - x.mean(0)
values, vectors = np.linalg.eigh(centred.T @ centred)
best, space = values[:-3].sum(), vectors[:, -3:]
excess = ((x - (x @ w + c) @ w.T - b) ** 2).sum() / best - 1
q = np.linalg.qr(w)[0]
angle = np.arcsin(np.linalg.svd(q - space @ (space.T @ q))[1].max())
print("excess error", excess, "largest principal angle", angle)
assert -1e-9 < excess < 1e-4 and angle < 1e-3
PCA
  done
}

@test "autoencode: updates are those of PyTorch" {
  references
  while read -r data net; do
    ae --net "$net" --epochs 0 --seed 5 "$data.bin" > before.bin
    rnn-train -q --init before.bin --epochs 3 --batch 1000 --clip 0 --optimizer sgd --rate 0.01 \
      --schedule constant --log log --log-every 1 "$data.bin" > after.bin
    echo "$data: $net"
    rows=$data
    [ "$data" != bags ] || rows=dense
    /usr/bin/python3 "$BATS_TEST_DIRNAME/autoencode_torch.py" steps before.bin after.bin log \
      $rows.npy
  done <<'NETS'
vectors dense 4, code, squared-error tied
bags dense 4, code, squared-error tied
bags dense 5 tanh no-bias, code l1=0.1, dense 4 relu, squared-error
vectors dense 8, code top=3, squared-error
dense log, dense 6 relu, code l1=0.2, multinomial
bags log, dense 6 sigmoid, dense 3, code, multinomial no-bias
NETS
}

@test "autoencode: the report of a variational one agrees with PyTorch" {
  references
  ae --autoencoder variational --code 2 --hidden 8 --epochs 200 --rate 0.01 bags.bin > m.bin
  rnn-predict --reconstruct --report report m.bin bags.bin > /dev/null
  /usr/bin/python3 "$BATS_TEST_DIRNAME/autoencode_torch.py" report m.bin report dense.npy
  # Two topics are there to be found, and only they.
  awk -F '\t' '{ v[$1] = $2 } END { exit !(v["active_units"] >= 1 &&
    v["perplexity_bound"] < 0.85 * v["unigram_perplexity"] && v["neg_elbo"] == v["loss"]) }' report
}

@test "autoencode: sparse and dense rows are one" {
  for kind in linear denoising sparse; do
    ae --autoencoder $kind --code 4 --epochs 3 bags.bin > $kind.bin
    for d in bags dense; do
      rnn-predict -q --reconstruct --report $d.report --no-history $kind.bin $d.bin > $d.out
      rnn-predict -q --encode --no-history $kind.bin $d.bin > $d.code
    done
    ts-diff --absolute 1e-5 bags.out dense.out
    ts-diff --absolute 1e-5 bags.code dense.code
    paste bags.report dense.report | awk -F '\t' '($2 - $4) ^ 2 > 1e-10 * $2 ^ 2 { exit 1 }'
  done
}

@test "autoencode: what is encoded and then decoded is what is reconstructed" {
  for o in "--autoencoder variational --hidden 8" "--autoencoder linear --standardize zscore"; do
    # shellcheck disable=SC2086
    ae $o --code 3 --epochs 20 vectors.bin > m.bin
    rnn-predict --no-history --reconstruct m.bin vectors.bin > all.bin
    rnn-predict --no-history --encode m.bin vectors.bin > code.bin
    rnn-predict --no-history --decode m.bin code.bin > decoded.bin
    ts-diff --absolute 1e-6 all.bin decoded.bin
    ts-info code.bin | grep -q 'encoding .*(500, 3)'
    ts-info all.bin | grep -q 'reconstruction .*(500, 12)'
  done
}

@test "autoencode: numbers are in their own units, however they are standardized" {
  awk -F '\t' -v OFS='\t' '{ for (i = 1; i <= NF; i++) $i = 1000 * $i + 5000; print }' \
    vectors.tsv > large.tsv
  ts-convert --from tsv --no-words --tensor series large.tsv > large.bin
  for d in vectors large; do
    ae --autoencoder linear --code 3 --standardize zscore --epochs 100 $d.bin > $d.model
    rnn-predict --reconstruct --report $d.report $d.model $d.bin > /dev/null
  done
  [ "$(of unexplained vectors.report)" \< 0.02 ]
  awk -v a="$(of mse vectors.report)" -v b="$(of mse large.report)" \
    'BEGIN { print a, b; exit !((1e6 * a - b) ^ 2 < 0.02 * b ^ 2) }'
  run rnn-train --task autoencode --autoencoder linear --standardize zscore bags.bin
  [ "$status" -eq 1 ]
  [[ $output == *"--standardize zscore would make of each zero"* ]]
}

@test "autoencode: denoising makes rows of spoilt ones" {
  ae --autoencoder denoising --code 3 --epochs 200 --rate 0.01 vectors.bin > noisy.bin
  ae --net "dense 3 tanh, code, squared-error" --epochs 200 --rate 0.01 vectors.bin > plain.bin
  # Every third number is missing.
  awk -F '\t' -v OFS='\t' '{ for (i = 1 + NR % 3; i <= NF; i += 3) $i = 0; print }' vectors.tsv |
    ts-convert --from tsv --no-words --tensor series > spoilt.bin
  for m in noisy plain; do
    rnn-predict --reconstruct $m.bin spoilt.bin | ts-convert --to tsv --no-words |
      paste - vectors.tsv |
      awk -F '\t' '{ for (i = 1; i <= 12; i++) s += ($i - $(i + 12)) ^ 2 } END { print s }' > $m
  done
  awk -v a="$(cat noisy)" -v b="$(cat plain)" 'BEGIN { print a, b; exit !(a < 0.8 * b) }'
}

@test "autoencode: a sparse code has few numbers that are not 0" {
  ae --autoencoder sparse --code 30 --epochs 50 vectors.bin > sparse.bin
  ae --net "dense 30 relu, code, squared-error" --epochs 50 vectors.bin > plain.bin
  ae --net "dense 30, code top=4, squared-error" --epochs 50 vectors.bin > top.bin
  for m in sparse plain top; do
    rnn-predict --reconstruct --report $m.report $m.bin vectors.bin > /dev/null
  done
  awk -v a="$(of code_nonzero sparse.report)" -v b="$(of code_nonzero plain.report)" \
    -v c="$(of code_nonzero top.report)" \
    'BEGIN { print a, b, c; exit !(a < 0.7 * b && c > 0.133 && c < 0.1334) }'
}

@test "autoencode: those of codes and those of rows make a deep one" {
  ae --net "dense 8 tanh, code, squared-error tied" --epochs 30 --standardize zscore vectors.bin > a.bin
  rnn-predict --encode a.bin vectors.bin > a.codes
  ae --net "noise 0.1, dense 5 tanh, code, dense 6 relu, squared-error" --epochs 30 a.codes > b.bin
  rnn-predict --encode b.bin a.codes > b.codes
  ae --net "dense 3, code, squared-error tied no-bias" --epochs 30 b.codes > c.bin
  rnn-train --init a.bin,b.bin,c.bin --epochs 0 vectors.bin > deep.bin
  # By one, or one after the other.
  rnn-predict --no-history --encode c.bin b.codes > c.codes
  rnn-predict --no-history --encode deep.bin vectors.bin > deep.codes
  ts-diff --absolute 1e-5 c.codes deep.codes
  rnn-predict --decode c.bin c.codes | rnn-predict --decode b.bin |
    rnn-predict --no-history --decode a.bin > by-parts.bin
  rnn-predict --no-history --decode deep.bin c.codes > by-deep.bin
  ts-diff --absolute 1e-4 by-parts.bin by-deep.bin
  # Trained as a whole it loses less.
  rnn-train -q --init a.bin,b.bin,c.bin --epochs 30 vectors.bin > tuned.bin
  for m in deep tuned; do
    rnn-predict --reconstruct --report $m.report $m.bin vectors.bin > /dev/null
  done
  awk -v a="$(of loss deep.report)" -v b="$(of loss tuned.report)" 'BEGIN { exit !(b < 0.9 * a) }'
  run rnn-train --init a.bin,c.bin --epochs 0 vectors.bin
  [ "$status" -eq 1 ]
  [[ $output == *"c.bin: auto-encoders upon each other: the codes of one have 8 numbers, and the next one reads 5"* ]]
}

@test "autoencode: labels go with codes, into a classifier" {
  ae --autoencoder variational --code 2 --hidden 8 --epochs 200 --rate 0.01 bags.bin > m.bin
  echo 'what is this' | vocab > words.ids
  run -1 rnn-predict --encode -o x.bin m.bin words.ids
  [[ "$output" == *"no rows of numbers: 'onehot --from MODEL' makes bags of the output of vocab" ]]
  vocab < /dev/null | onehot --from m.bin | rnn-predict --encode m.bin > none.bin
  rnn-predict --encode m.bin bags.bin | tee code.bin | linear-train -q > classifier.bin
  linear-predict --report report classifier.bin code.bin > /dev/null
  cat report
  [ "$(of accuracy report)" \> 0.95 ]
  # Rows for the model are made by it.
  echo "w00 w00 w15 other" | vocab > new.ids
  onehot --from m.bin new.ids > new.bin
  rnn-predict --encode m.bin new.bin > new.code
  onehot --bow new.ids > other.bin
  run rnn-predict --encode m.bin other.bin
  [ "$status" -eq 1 ]
}

@test "autoencode: one thread makes what four make, and a run that was stopped the same" {
  for t in 1 4; do
    ae -t $t --autoencoder variational --code 2 --hidden 8 --batch 1100 --epochs 8 \
      --valid-share 0.1 bags.bin > $t.bin
  done
  cmp 1.bin 4.bin
  ae --autoencoder variational --code 2 --hidden 8 --epochs 6 bags.bin > whole.bin
  ae --autoencoder variational --code 2 --hidden 8 --epochs 6 --checkpoint c --checkpoint-steps 7 \
    bags.bin > part.bin
  ae --autoencoder variational --code 2 --hidden 8 --epochs 6 --resume c bags.bin > resumed.bin
  cmp whole.bin part.bin
  cmp whole.bin resumed.bin
  # Other bags are not those of the checkpoint.
  onehot --bow --binary bags.ids > binary.bin
  run rnn-train -q --no-history --task autoencode --autoencoder variational --code 2 --hidden 8 \
    --epochs 6 --resume c binary.bin
  [ "$status" -eq 1 ]
}

@test "autoencode: the gradient of any network is checked" {
  for net in "noise zero=0.3, dense 2 tanh, code l1=0.1, squared-error" \
    "log, dense 3 relu, gaussian 2 anneal=5, multinomial"; do
    ae --net "$net" --check-gradients bags.bin
  done
}

@test "autoencode: what makes no sense is refused" {
  refuse() { # STATUS MESSAGE OPTION ...
    local status_=$1 message=$2
    shift 2
    run rnn-train "$@"
    echo "$output"
    [ "$status" -eq "$status_" ] && [[ $output == *"$message"* ]]
  }
  refuse 2 "--autoencoder or --net says what" --task autoencode bags.bin
  refuse 2 "--autoencoder is for --task autoencode" --task lm --autoencoder linear bags.ids
  refuse 2 "--code is for --autoencoder" --task autoencode --net "dense 2, code, squared-error" \
    --code 3 bags.bin
  refuse 2 "--autoencoder says the whole network: no --cell" --task autoencode \
    --autoencoder linear --cell gru bags.bin
  refuse 2 "where is the code?" --task autoencode --net "dense 2, squared-error" bags.bin
  refuse 2 "reads what comes before the code" --task autoencode \
    --net "a=dense 3, b=dense 3, code, c=add from a+b, squared-error" bags.bin
  refuse 2 "tied to 'dense', which makes 5 numbers of what is read: 3 come in here" --task autoencode \
    --net "dense 5, dense 3, code, squared-error tied" vectors.bin
  refuse 1 "the output multinomial is for counts" --task autoencode \
    --net "dense 2, code, multinomial" vectors.bin
  refuse 1 "no rows: 'onehot --bow'" --task autoencode --autoencoder linear bags.ids
  cat bags.bin vectors.bin > both.bin
  refuse 1 "rows in 'onehot' and in" --task autoencode --autoencoder linear both.bin
  ae --autoencoder linear --code 3 --epochs 1 vectors.bin > m.bin
  rnn-predict --encode m.bin vectors.bin > code.bin
  run rnn-predict --decode m.bin vectors.bin
  [ "$status" -eq 1 ] && [[ $output == *"rows of 12 numbers, where the model reads 3"* ]]
  run rnn-predict --encode m.bin code.bin
  [ "$status" -eq 1 ] && [[ $output == *"rows of 3 numbers, where the model reads 12"* ]]
  run rnn-predict --classify m.bin bags.bin
  [ "$status" -eq 1 ]
}
