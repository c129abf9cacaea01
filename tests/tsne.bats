# tsne: maps of vectors.  The library is tested in tests/lib/tsne_test.c; this is about the program.

bats_require_minimum_version 1.5.0

# Three clusters of 60 words in 8 dimensions: a1 ... a60, b1 ..., c1 ...
setup() {
  cd "$BATS_TEST_TMPDIR"
  awk 'BEGIN {
    srand(7)
    for (c = 0; c < 3; c++)
      for (i = 1; i <= 60; i++) {
        printf "%s%d", substr("abc", c + 1, 1), i
        for (d = 0; d < 8; d++) printf "\t%.6f", (d % 3 == c) * 4 + rand() - 0.5
        print ""
      }
  }' | ts-convert --from tsv > emb.bin
}

# Of the 5 nearest points of each word, those that begin with another letter.
strangers() {
  ts-convert --to tsv --tensor map "$1" | awk -F '\t' '
    { word[NR] = $1; x[NR] = $2; y[NR] = $3 }
    END {
      for (i = 1; i <= NR; i++) {
        delete taken
        for (k = 0; k < 5; k++) {
          best = 0
          for (j = 1; j <= NR; j++)
            if (j != i && !(j in taken)) {
              d = (x[i] - x[j]) ^ 2 + (y[i] - y[j]) ^ 2
              if (!best || d < least) { best = j; least = d }
            }
          taken[best]
          wrong += substr(word[i], 1, 1) != substr(word[best], 1, 1)
        }
      }
      print wrong + 0
    }'
}

@test "tsne: clusters stay together, on the grid and with all pairs" {
  for method in exact fft; do
    tsne -p 10 -i 400 --method $method emb.bin > map.bin
    [ "$(strangers map.bin)" -eq 0 ]
  done
}

@test "tsne: words and counts stay beside the map, other tensors are passed on" {
  printf 'a b a c\nb a\n' | vocab | w2v --dim 4 --epochs 1 -t 1 --context > small.bin
  tsne -p 1 -i 20 small.bin > map.bin
  ts-info map.bin
  ts-info map.bin | grep -E '^  map +f32 +\(4, 2\)'
  for tensor in vocab counts; do
    cmp <(ts-convert --to tsv --tensor $tensor small.bin) <(ts-convert --to tsv --tensor $tensor map.bin)
  done
  ts-info map.bin | grep -E '^  context +f32 +\(4, 4\)'
  ts-info map.bin | grep 'made by tsne'
  ! ts-info map.bin | grep -E '^  embedding'
}

@test "tsne --top: only the first rows, words, and counts" {
  tsne --top 70 -p 5 -i 50 emb.bin > map.bin
  ts-info map.bin | grep -E '^  vocab +string \(70\)'
  ts-info map.bin | grep -E '^  map +f32 +\(70, 2\)'
}

@test "tsne: the same bytes for any number of threads, and for the same seed" {
  tsne -p 10 -i 60 --method fft -t 1 emb.bin > a
  tsne -p 10 -i 60 --method fft -t 3 emb.bin > b
  cmp a b
  tsne -p 10 -i 60 --start random --seed 2 emb.bin > a
  tsne -p 10 -i 60 --start random --seed 2 emb.bin > b
  tsne -p 10 -i 60 --start random --seed 3 emb.bin > c
  cmp a b
  ! cmp -s a c
}

@test "tsne --pca: the first two principal components" {
  # All variance along (3, 4), then along (-4, 3).
  printf 'a\t6\t8\nb\t-6\t-8\nc\t-4\t3\nd\t4\t-3\n' | ts-convert --from tsv > plane.bin
  run -0 bash -c 'tsne --pca --metric euclidean plane.bin | ts-convert --to tsv --tensor map |
    awk -F "\t" "{ printf \"%s %.0f %.0f\n\", \$1, \$2 + 100, \$3 + 100 }"'
  [ "$output" = $'a 110 100\nb 90 100\nc 100 95\nd 100 105' ] || { echo "$output"; false; }
}

@test "tsne --metric: cosine ignores lengths, euclidean does not" {
  ts-convert --to tsv emb.bin |
    awk -F '\t' '{ printf "%s", $1; for (i = 2; i <= NF; i++) printf "\t%.12g", $i * 2 ^ (NR % 5); print "" }' |
    ts-convert --from tsv > scaled.bin
  tsne --no-history -p 10 -i 50 emb.bin > a
  tsne --no-history -p 10 -i 50 scaled.bin > b
  cmp a b
  tsne --no-history --metric euclidean -p 10 -i 50 scaled.bin > b
  ! cmp -s a b
}

@test "tsne --report: how faithful the map is" {
  tsne -p 10 -i 400 --report report -o map.bin emb.bin
  cat report
  run -0 cut -f 1 report
  [ "$output" = $'divergence\ntrustworthiness\nkept_10\nkept_30' ]
  awk -F '\t' '$1 == "trustworthiness" && $2 > 0.9 { good = 1 } END { exit !good }' report
  tsne --pca --report report -o map.bin emb.bin
  [ "$(wc -l < report)" -eq 3 ]
}

@test "tsne --log: a row for every 50 iterations" {
  tsne -p 10 -i 120 --log log emb.bin > map.bin
  run -0 cut -f 1 log
  [ "$output" = $'step\n50\n100' ]
  [ "$(head -n 1 log)" = $'step\tepoch\tseconds\tpoints\tpoints_per_second\trate\tloss' ]
  awk -F '\t' 'NR > 1 && !($2 == 1 && $4 == 180 * $1 && $6 == 50 && $7 > 0) { exit 1 }' log
  tsne -p 10 -i 120 --exaggerate 50 --log log emb.bin > map.bin
  [ "$(cut -f 2 log | tr '\n' ' ')" = "epoch 1 2 " ]
}

@test "tsne: few points have the perplexity that they allow, which is said" {
  ts-select --rows :14 emb.bin > few.bin
  run -0 --separate-stderr tsne -o map.bin few.bin
  [ "$stderr" = "tsne: 14 points: perplexity 4 instead of 30" ]
  tsne -p 4 -o same.bin few.bin
  ts-diff map.bin same.bin
  run -1 tsne -p 5 -o map.bin few.bin
  [ "$output" = "tsne: 14 points are too few for perplexity 5, which looks at 15 neighbours of each; --perplexity 4 would do" ]
  ts-select --rows :3 emb.bin > three.bin
  run -1 tsne -o map.bin three.bin
  [[ $output == *"3 points: too few for neighbours to tell apart; --pca draws them" ]]
}

@test "tsne --checkpoint, --resume: the same bytes as in one go, and no other run" {
  tsne -p 10 -i 300 emb.bin > whole
  tsne -p 10 -i 300 --checkpoint c.bin --checkpoint-every 1 emb.bin > saved
  cmp whole saved
  rm -f c.bin
  # Stopped after a while; on a fast machine it may have ended before.
  tsne -p 10 -i 20000 --checkpoint c.bin emb.bin > long &
  job=$!
  sleep 1
  kill -TERM $job
  ! wait $job
  ts-check c.bin
  run -1 tsne -p 10 -i 300 --resume c.bin emb.bin -o map.bin
  [[ "$output" = *"not a checkpoint of this run"* ]]
  [ ! -e map.bin ]
  tsne -p 10 -i 20000 --resume c.bin --log log emb.bin > resumed 2> err &
  job=$!
  sleep 0.5
  kill $job
  ! wait $job
  run -2 tsne --pca --log log emb.bin
}

@test "tsne: other tensors, also without words and of one axis" {
  seq 1 40 | ts-convert --from tsv --no-words --tensor numbers > numbers.bin
  tsne --tensor numbers --metric euclidean -p 3 -i 20 numbers.bin | ts-info | grep -E '^  map +f32 +\(40, 2\)'
}

@test "tsne: what is too little, absent or not finite is said" {
  run -1 tsne -p 100 emb.bin -o map.bin
  [ "$output" = "tsne: 180 points are too few for perplexity 100, which looks at 300 neighbours of each; --perplexity 59 would do" ]
  [ ! -e map.bin ]
  run -1 tsne --tensor nothing emb.bin -o map.bin
  [[ "$output" = *"emb.bin: no tensor 'nothing'"* ]]
  run -1 tsne --tensor vocab emb.bin -o map.bin
  python3 -c 'if True:
    import sys
    sys.path.insert(0, sys.argv[1])
    from tensor_stream import *
    values = [float(i) for i in range(40)]
    values[25] = float("nan")
    sys.stdout.buffer.write(stream(record("embedding", "f32", [20, 2], values)))' \
    "$BATS_TEST_DIRNAME" > nan.bin
  run -4 tsne -p 3 nan.bin -o map.bin
  [ "$output" = "tsne: nan.bin: tensor 'embedding' holds a number that is not finite (row 13)" ]
  [ ! -e map.bin ]
}

@test "tsne: equal rows, and rows of zeros, get a map" {
  seq 30 | awk '{ print "w" $1, 1, 0 }' OFS='\t' | ts-convert --from tsv > equal.bin
  tsne -p 5 -i 100 equal.bin | ts-convert --to tsv --tensor map > map
  ! grep -i -e nan -e inf map
  seq 30 | awk '{ print "w" $1, 0, 0 }' OFS='\t' | ts-convert --from tsv > zero.bin
  tsne -p 5 -i 100 --method fft zero.bin | ts-convert --to tsv --tensor map > map
  ! grep -i -e nan -e inf map
}

@test "tsne: an input that is cut short leaves no map" {
  head -c 3000 emb.bin > cut.bin
  run -3 tsne cut.bin -o map.bin
  [ ! -e map.bin ]
}

@test "tsne: as faithful as scikit-learn's" {
  python3 -c 'import sklearn' 2> /dev/null || skip "scikit-learn is not installed"
  vector() { ts-convert --to npy --tensor "$1" "$2"; }
  # A grammar of 600 words on rings: neighbours are known only locally.
  awk 'BEGIN {
    srand(3)
    for (i = 0; i < 600; i++) {
      r = int(i / 150)
      printf "w%d", i
      for (d = 0; d < 10; d++)
        printf "\t%.5f", (d == r) * 3 + (d == r + 4) * cos(i * 0.0419) + (d == r + 5) * sin(i * 0.0419) + rand() * 0.3
      print ""
    }
  }' | ts-convert --from tsv > rings.bin
  tsne --metric euclidean --method fft -i 1000 rings.bin > map.bin
  vector embedding rings.bin > x.npy
  vector map map.bin > y.npy
  python3 - <<'END'
import numpy as np
from sklearn.manifold import TSNE, trustworthiness
x, y = np.load("x.npy"), np.load("y.npy")
theirs = TSNE(perplexity=30, init="pca", learning_rate="auto", random_state=0).fit_transform(x)
a, b = trustworthiness(x, y, n_neighbors=5), trustworthiness(x, theirs, n_neighbors=5)
print(a, b)
assert a > b - 0.005
END
}
