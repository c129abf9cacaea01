# emb-ngrams: vectors of character n-grams.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  # Stems and endings: each gives a vector its part.
  awk 'BEGIN {
    srand(4)
    n = split("walk talk jump play work cook paint sail climb push pull help", stem, " ")
    m = split("s ed ing er", ending, " ")
    for (i = 1; i <= n; i++) for (d = 1; d <= 8; d++) a[i, d] = rand() - 0.5
    for (j = 1; j <= m; j++) for (d = 1; d <= 8; d++) b[j, d] = 2 * (rand() - 0.5)
    for (i = 1; i <= n; i++) for (j = 1; j <= m; j++) {
      printf "%s%s", stem[i], ending[j]
      for (d = 1; d <= 8; d++) printf "\t%.5f", a[i, d] + b[j, d]
      print ""
    }
  }' > words.tsv
  ts-convert --from tsv words.tsv > emb.bin
}

@test "emb-ngrams: the ridge regression, as NumPy has it" {
  python3 -c 'import numpy' 2> /dev/null || skip "NumPy is not installed"
  emb-ngrams --share 1 --iterations 500 --tolerance 1e-7 --ridge 0.5 --min-df 2 emb.bin > out.bin
  ts-convert --to npy emb.bin > w.npy
  ts-convert --to npy out.bin > out.npy
  cut -f 1 words.tsv > words
  python3 - <<'END'
import numpy as np
words = open("words").read().split()
w = np.load("w.npy").astype(float)
w /= np.linalg.norm(w, axis=1, keepdims=True)
w -= w.mean(0)
grams = [{("<" + x + ">")[i:i + n]
          for n in range(3, 7) for i in range(len(x) + 3 - n)} for x in words]
every = sorted(set.union(*grams))
every = [g for g in every if sum(g in s for s in grams) >= 2]
f = np.array([[g in s for g in every] for s in grams], float)
f /= np.linalg.norm(f, axis=1, keepdims=True)
h = f @ f.T @ np.linalg.solve(f @ f.T + 0.5 * np.eye(len(words)), w)
assert np.allclose(np.load("out.npy"), w + h, atol=2e-4), np.abs(np.load("out.npy") - w - h).max()
END
}

@test "emb-ngrams --compose: known words have their vectors, unknown ones those of their parts" {
  emb-ngrams --min-df 2 emb.bin > out.bin
  run -0 emb-ngrams --compose -e out.bin walking
  [ "$output" = "$(ts-convert --to tsv out.bin | grep '^walking')" ]
  # A new stem with a known ending is most like words with that ending.
  emb-ngrams --compose -e out.bin blorking | neighbors --vector -k 3 -e out.bin > near
  cat near
  [ "$(cut -f 2,4,6 near | tr '\t' '\n' | grep -c 'ing$')" -eq 3 ]
  printf 'walking\nzzz\n' | emb-ngrams --compose -e out.bin > rows 2> err
  [ "$(tail -n 1 rows)" = zzz ]
  grep -q '1 of 2 words have no n-gram that is known' err
  run -1 emb-ngrams -q --compose -e out.bin zzz
  [ "$output" = zzz ]
}

@test "emb-ngrams: questions about endings are answered better" {
  awk 'BEGIN { print ": gram-endings"; n = split("walk talk jump play work cook", s, " ")
    for (i = 1; i < n; i++) print s[i] "s", s[i] "ing", s[i + 1] "s", s[i + 1] "ing" }' > questions
  # Vectors that are half noise.
  awk -F '\t' -v OFS='\t' 'BEGIN { srand(2) } { for (i = 2; i <= NF; i++) $i += 1.6 * (rand() - 0.5); print }' words.tsv |
    ts-convert --from tsv > noisy.bin
  score() { emb-eval questions | awk -F '\t' '$2 == "total" { print int($4) }'; }
  before=$(score < noisy.bin)
  after=$(emb-ngrams --share 1 --min-df 2 noisy.bin | score)
  echo "$before $after"
  [ "$after" -gt "$before" ]
}

@test "emb-ngrams: the same bytes for any number of threads; special tokens stay as they are" {
  emb-ngrams -t 1 emb.bin > a
  emb-ngrams -t 3 emb.bin > b
  cmp a b
  { cat words.tsv; printf 'UNKNOWN_TOKEN\t1\t0\t0\t0\t0\t0\t0\t0\n'; } | ts-convert --from tsv > special.bin
  emb-ngrams --share 0 special.bin | ts-convert --to tsv | tail -n 1 > without
  emb-ngrams --share 1 special.bin | ts-convert --to tsv | tail -n 1 > with
  cmp with without
}

@test "emb-ngrams: what is missing is said" {
  run -1 emb-ngrams --compose -e emb.bin word
  [[ "$output" = *"no vectors of character n-grams; w2v --char-ngrams and emb-ngrams make them" ]]
  run -2 emb-ngrams --compose
  [[ "$output" = *"no word"* ]]
  run -1 emb-ngrams --min-words 1000 emb.bin -o out.bin
  [[ "$output" = *"no n-gram of 3 to 6 characters is in 1000 words" ]]
  [ ! -e out.bin ]
  run -2 emb-ngrams --shortest 5 --longest 4 emb.bin
}
