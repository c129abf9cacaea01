# emb-shape: vectors joined and changed.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf 'a\t3\t4\nb\t0\t2\nc\t1\t0\n' | ts-convert --from tsv > one.bin
  printf 'c\t1\t1\t1\nd\t2\t2\t2\na\t0\t0\t5\n' | ts-convert --from tsv > two.bin
  awk 'BEGIN { srand(5); for (i = 1; i <= 60; i++) {
    printf "w%d", i; for (d = 0; d < 5; d++) printf "\t%.5f", (rand() - 0.5) * (d + 1) + 2; print "" } }' |
    ts-convert --from tsv > cloud.bin
}

# The vectors as a table, rounded.
table() {
  emb-shape "$@" | ts-convert --to tsv | awk -F '\t' '{ printf "%s", $1; for (i = 2; i <= NF; i++) printf " %.3f", $i; print "" }' |
    sed 's/-0\.000/0.000/g'
}

@test "emb-shape: joined by word, concatenated, averaged, weighed" {
  [ "$(table one.bin two.bin)" = $'a 3.000 4.000 0.000 0.000 5.000\nc 1.000 0.000 1.000 1.000 1.000' ]
  [ "$(table --weights 2,0.5 one.bin two.bin | head -1)" = "a 6.000 8.000 0.000 0.000 2.500" ]
  [ "$(table --all-words one.bin two.bin | tail -1)" = "d 0.000 0.000 2.000 2.000 2.000" ]
  [ "$(table --all-words one.bin two.bin | wc -l)" -eq 4 ]
  [ "$(table --join average --weights 1,3 one.bin one.bin | head -1)" = "a 6.000 8.000" ]
  [ "$(table --normalize one.bin two.bin | head -1)" = "a 0.600 0.800 0.000 0.000 1.000" ]
  run -1 emb-shape -o out.bin --join average one.bin two.bin
  [[ "$output" = *"vectors of 2 and of 3 numbers have no mean" ]]
  run -2 emb-shape --weights 1 one.bin two.bin
  [[ "$output" = *"--weights takes 2 numbers"* ]]
}

@test "emb-shape: counts and contexts" {
  printf 'a b a c\nb a\n' | vocab | w2v --dim 4 --epochs 1 -t 1 --context > w.bin
  emb-shape w.bin | ts-convert --to tsv --tensor counts | cmp - <(ts-convert --to tsv --tensor counts w.bin)
  emb-shape --context 1 w.bin | ts-convert --to tsv > sum
  paste <(ts-convert --to tsv w.bin) <(ts-convert --to tsv --tensor context w.bin) sum |
    awk -F '\t' '{ for (i = 2; i <= 5; i++) { d = $i + $(i + 5) - $(i + 10); if (d * d > 1e-8) exit 1 } }'
  run -1 emb-shape -o out.bin --context 1 one.bin
  [[ "$output" = *"no tensor 'context'"* ]]
}

@test "emb-shape: words chosen by lists" {
  printf 'c\nb\nnobody\n' > list
  run -0 bash -c 'emb-shape --keep list one.bin 2> err | ts-convert --to tsv --tensor vocab'
  [ "$output" = $'b\nc' ]
  grep -q '1 words have no vector' err
  run -0 bash -c 'emb-shape -q --drop list one.bin | ts-convert --to tsv --tensor vocab'
  [ "$output" = a ]
  run -0 bash -c 'emb-shape --top 2 one.bin | ts-convert --to tsv --tensor vocab'
  [ "$output" = $'a\nb' ]
  printf 'a b a c\n' | vocab | w2v --dim 4 --epochs 1 -t 1 > w.bin
  run -0 bash -c 'emb-shape --no-special w.bin | ts-convert --to tsv --tensor vocab'
  [ "$output" = $'a\nb\nc' ]
  printf 'nobody\n' > list
  run -1 emb-shape -o out.bin -q --keep list one.bin
  [ "$output" = "emb-shape: no word is left" ]
}

@test "emb-shape: centred, components kept and removed, as NumPy has them" {
  python3 -c 'import numpy' 2> /dev/null || skip "NumPy is not installed"
  ts-convert --to npy cloud.bin > x.npy
  emb-shape --center cloud.bin | ts-convert --to npy > centred.npy
  emb-shape --pca 2 cloud.bin | ts-convert --to npy > pca.npy
  emb-shape --pca 2 --power -1 cloud.bin | ts-convert --to npy > white.npy
  emb-shape --remove 2 cloud.bin | ts-convert --to npy > rest.npy
  emb-shape --unit cloud.bin | ts-convert --to npy > unit.npy
  python3 - <<'END'
import numpy as np
x, load = np.load("x.npy").astype(float), lambda name: np.load(name + ".npy")
c = x - x.mean(0)
u, s, vt = np.linalg.svd(c, full_matrices=False)
top = u[:, :2] * s[:2]
assert np.allclose(load("centred"), c, atol=1e-5)
assert np.allclose(np.abs(load("pca")), np.abs(top), atol=1e-4)
assert np.allclose(load("rest"), c - top @ vt[:2], atol=1e-4)
assert np.allclose(load("white").std(0), 1, atol=1e-4)
assert np.allclose((load("unit") ** 2).sum(1), 1, atol=1e-5)
END
  run -1 emb-shape -o out.bin --pca 6 cloud.bin
  [[ "$output" = *"6 components to keep, but the vectors have 5 numbers" ]]
}

@test "emb-shape --align: a turn is undone, by equal words or by a dictionary" {
  ts-convert --to tsv cloud.bin |
    awk -F '\t' -v OFS='\t' '{ print $1, $3, -$2, $4, $6, -$5 }' | ts-convert --from tsv > turned.bin
  [ "$(table --align cloud.bin turned.bin)" = "$(table cloud.bin)" ]
  ts-convert --to tsv turned.bin | sed 's/^w/v/' | ts-convert --from tsv > foreign.bin
  seq 20 60 | awk '{ print "v" $1, "w" $1 }' > dictionary
  [ "$(table --align cloud.bin --dictionary dictionary foreign.bin | sed 's/^v/w/')" = "$(table cloud.bin)" ]
  run -1 emb-shape -o out.bin --align cloud.bin foreign.bin
  [[ "$output" = *"no pair of words to align the vectors by" ]]
  printf 'one two three\n' > dictionary
  run -4 emb-shape -o out.bin --align cloud.bin --dictionary dictionary foreign.bin
  [[ "$output" = *"dictionary: not a pair of words (line 1)" ]]
}

@test "emb-shape --clusters: those that there are, the largest first, for any number of threads" {
  awk 'BEGIN { srand(9); for (i = 0; i < 90; i++) {
    k = i < 50 ? 0 : i < 80 ? 1 : 2; printf "%s%d", substr("abc", k + 1, 1), i
    for (d = 0; d < 3; d++) printf "\t%.4f", (d == k) * 5 + rand(); print "" } }' | ts-convert --from tsv > three.bin
  for seed in 1 2 3; do
    emb-shape --clusters 3 --seed $seed -t 1 three.bin > a
    emb-shape --clusters 3 --seed $seed -t 3 three.bin > b
    cmp a b
    run -0 bash -c 'ts-convert --to tsv --tensor cluster a | awk -F "\t" "{ print substr(\$1, 1, 1), \$2 }" | sort | uniq -c | xargs'
    [ "$output" = "50 a 0 30 b 1 10 c 2" ]
  done
  run -1 emb-shape -o out.bin --clusters 91 three.bin
  [[ "$output" = *"90 rows cannot make 91 clusters" ]]
}
