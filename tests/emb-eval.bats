# emb-eval: scores of word vectors.  Reading and scoring are tested in
# tests/lib/evaluate_test.c; this is about the program, and about the figures of others.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf '%s\n' 'man 1 0 0.1' 'woman 0 1 0.1' 'king 1 0.1 1' 'queen 0.1 1 1' 'cabbage -1 -1 0' \
    'King 1 0 1' | tr ' ' '\t' | ts-convert --from tsv > emb.bin
  printf ': family\nMan Woman King Queen\nman woman king cabbage\nman woman king duke\n: gram\nman king woman queen\n' > questions
  printf 'man king 9\nking queen 8\nman cabbage 1\nman duke 5\n' > pairs
}

@test "emb-eval: a table of sections, sums and pairs" {
  run -0 emb-eval questions pairs < emb.bin
  echo "$output"
  [ "${lines[0]}" = $'test\tpart\tmethod\tscore\tcoverage\tright\tused\ttotal\tlow\thigh' ]
  [[ "${lines[1]}" = $'questions\tfamily\t3cosadd\t50.00\t66.67\t1\t2\t3\t'* ]]
  [[ "${lines[2]}" = $'questions\tgram\t3cosadd\t100.00\t100.00\t1\t1\t1\t'* ]]
  [[ "${lines[3]}" = $'questions\tsemantic\t3cosadd\t50.00\t66.67\t1\t2\t3\t'* ]]
  [[ "${lines[4]}" = $'questions\tsyntactic\t3cosadd\t100.00\t100.00\t1\t1\t1\t'* ]]
  [[ "${lines[5]}" = $'questions\ttotal\t3cosadd\t66.67\t75.00\t2\t3\t4\t'* ]]
  [ "${lines[6]}" = $'pairs\ttotal\tspearman\t100.00\t75.00\t-\t3\t4\t-\t-' ]
  [ "${#lines[@]}" -eq 7 ]
}

@test "emb-eval: -e, gzip, a directory in the name" {
  emb-eval questions pairs < emb.bin > a
  emb-eval -e emb.bin questions pairs | cmp - a
  mkdir d
  gzip -c questions > d/questions
  emb-eval -e emb.bin d/questions pairs | cmp - a
}

@test "emb-eval --case: capitals count" {
  run -0 emb-eval --case questions < emb.bin
  [[ "${lines[1]}" = $'questions\tfamily\t3cosadd\t0.00\t33.33\t0\t1\t3\t'* ]]
}

@test "emb-eval --top: words beyond it are not known" {
  run -0 emb-eval --top 3 questions pairs < emb.bin
  echo "$output"
  [ "${lines[5]}" = $'questions\ttotal\t3cosadd\t-\t0.00\t0\t0\t4\t-\t-' ]
  [ "${lines[6]}" = $'pairs\ttotal\tspearman\t-\t25.00\t-\t1\t4\t-\t-' ]
}

@test "emb-eval: nothing known is a failure, with its table" {
  printf 'duke earl 3\n' > none
  run -1 --separate-stderr emb-eval none < emb.bin
  [ "${lines[1]}" = $'none\ttotal\tspearman\t-\t0.00\t-\t0\t1\t-\t-' ]
  [ "$stderr" = "emb-eval: no test has words that the vocabulary knows" ]
}

@test "emb-eval: bad tests are refused, with their line" {
  printf ': s\na b c\n' > bad
  run -4 emb-eval bad < emb.bin
  [[ $output = *"emb-eval: bad: fewer than the four words of an analogy (line 2)" ]]
  printf 'word1\tword2\tscore\nman\tking\t9\n' > bad
  run -4 emb-eval bad < emb.bin
  [[ $output = *"emb-eval: bad: the third field is not a number (line 1)" ]]
  run -2 emb-eval < emb.bin
  [[ $output = *"too few operands: test ..."* ]]
}

# A file of vectors with structure, whose figures are neither 0 nor 100: each word of the tests is
# a sum of the vectors of its letters, and noise.
lettered() {
  awk -v seed="$1" '
    function pairs(word,  i) { for (i = 1; i < length(word); i++) add(substr(word, i, 2)) }
    function add(part,  j) {
      if (!(part in known)) { known[part]; for (j = 0; j < 30; j++) v[part, j] = rand() - .5 }
      for (j = 0; j < 30; j++) sum[j] += v[part, j]
    }
    BEGIN { srand(seed) }
    { for (j = 0; j < 30; j++) sum[j] = (rand() - .5) / 2
      pairs($1); printf "%s", $1; for (j = 0; j < 30; j++) printf " %.5f", sum[j]; print "" }'
}

@test "emb-eval: the figures of gensim and SciPy, on the files that people use" {
  /usr/bin/python3 -c 'import gensim, scipy' 2>/dev/null || skip "no gensim and SciPy"
  [ -d "$WORDPIPE_DATA/analogy" ] && [ -d "$WORDPIPE_DATA/word-sim" ] || skip "no WORDPIPE_DATA"
  gunzip -c "$WORDPIPE_DATA/analogy/questions-words.txt.gz" > google
  # Some words with capitals, some twice in both cases, some left out.
  { grep -v : google | tr ' ' '\n'; cut -f 1,2 "$WORDPIPE_DATA"/word-sim/*.txt | tr '\t' '\n'; } |
    awk '!seen[$1]++ && NR % 7 { print; if (n++ % 5 == 0) print tolower($1) }' |
    awk '!seen[$1]++' | lettered 3 > vectors
  { echo "$(wc -l < vectors) 30"; cat vectors; } > emb.txt
  ts-convert --from word2vec emb.txt > emb.bin
  emb-eval --top 1500 google "$WORDPIPE_DATA"/word-sim/*.txt < emb.bin > ours
  cat ours
  /usr/bin/python3 - "$WORDPIPE_DATA" <<'END'
import glob, os, sys
from gensim.models import KeyedVectors
vectors = KeyedVectors.load_word2vec_format("emb.txt")
ours = {}
for row in list(open("ours"))[1:]:
    test, part, method, score, coverage, right, used, total, *_ = row.rstrip("\n").split("\t")
    ours[test, part] = score, right, int(used), int(total)
_, sections = vectors.evaluate_word_analogies("google", restrict_vocab=1500)
names = {"Total accuracy": "total"}
compared = 0
for s in sections:
    right, used = len(s["correct"]), len(s["correct"]) + len(s["incorrect"])
    score, our_right, our_used, *_ = ours["google", names.get(s["section"], s["section"])]
    # gensim looks at the five best words only: then all of them may be words of the question.
    assert our_used == used and abs(int(our_right) - right) <= used / 500, (s["section"], right, used)
    compared += right
assert compared > 100, "the vectors know too little to compare"
for path in glob.glob(sys.argv[1] + "/word-sim/*.txt"):
    score, _, used, total, *_ = ours[os.path.basename(path), "total"]
    if used < 2:
        continue
    _, spearman, unknown = vectors.evaluate_word_pairs(path, restrict_vocab=1500)
    assert abs(unknown - 100 * (total - used) / total) < 1e-9, (path, unknown, used, total)
    assert abs(float(score) - 100 * spearman[0]) < 0.0051, (path, score, spearman)
END
}

@test "emb-eval: all of Google's questions over 30,000 words, 100 dimensions, in seconds" {
  [ -d "$WORDPIPE_DATA/analogy" ] || skip "no WORDPIPE_DATA"
  [ -z "${SAN:-}" ] || skip "sanitizers are slow"
  python3 - "$WORDPIPE_DATA" <<'END'
import array, gzip, random, sys
words = {}
for line in gzip.open(sys.argv[1] + "/analogy/questions-words.txt.gz", "rt"):
    if line[0] != ":":
        for word in line.lower().split():
            words[word] = True
words = list(words) + ["w%d" % i for i in range(30000 - len(words))]
generator = random.Random(1)
pool = array.array("f", (generator.uniform(-1, 1) for _ in range(100 * 1009)))
with open("emb.w2v", "wb") as f:
    f.write(b"30000 100\n")
    for i, word in enumerate(words):
        start = i * 37 % (len(pool) - 100)
        f.write(word.encode() + b" " + pool[start:start + 100].tobytes() + b"\n")
END
  ts-convert --from word2vec-binary emb.w2v > emb.bin
  start=$(date +%s)
  run -0 emb-eval --top 30000 "$WORDPIPE_DATA/analogy/questions-words.txt.gz" < emb.bin
  [ $(($(date +%s) - start)) -le 10 ]
  [[ ${lines[-1]} = *$'\t100.00\t'*$'\t19544\t19544\t'* ]]
}

# Two sets of vectors, one with more noise than the other, of 60 words, and what is true of them.
noisy_vectors() {
  python3 -c 'import scipy' 2> /dev/null || skip "SciPy is not installed"
  python3 - <<'END'
import numpy as np
rng = np.random.default_rng(5)
true = rng.normal(size=(60, 8))
for name, noise in ("a", 0.4), ("b", 1.0):
    with open(name + ".tsv", "w") as f:
        for i, v in enumerate(true + noise * rng.normal(size=true.shape)):
            print("w%d" % i, *("%.5f" % x for x in v), sep="\t", file=f)
unit = true / np.linalg.norm(true, axis=1, keepdims=True)
with open("pairs", "w") as f:
    for _ in range(150):
        i, j = rng.integers(60, size=2)
        print("w%d" % i, "w%d" % j, round(unit[i] @ unit[j], 1), file=f)
    print("w1", "absent", 3, file=f)
END
  ts-convert --from tsv a.tsv > a.bin
  ts-convert --from tsv b.tsv > b.bin
}

@test "emb-eval: intervals are those of Wilson, and of Bonett and Wright" {
  noisy_vectors
  { echo ': one'; for i in $(seq 50); do echo "w1 w$i w1 w$i"; echo "w2 w$((i + 9)) w3 w4"; done; } > questions
  emb-eval -e a.bin questions pairs > table
  cat table
  python3 - <<'END'
import numpy as np
from scipy.stats import norm
z = norm.ppf(0.975)
for line in list(open("table"))[1:]:
    _, _, method, score, _, right, used, _, low, high = line.rstrip("\n").split("\t")
    n = int(used)
    if method == "spearman":
        r = float(score) / 100
        half = z * np.sqrt((1 + r * r / 2) / (n - 3))
        want = np.tanh(np.arctanh(r) + np.array([-half, half]))
    else:
        p = int(right) / n
        middle, half = p + z * z / 2 / n, z * np.sqrt(p * (1 - p) / n + z * z / 4 / n / n)
        want = np.array([middle - half, middle + half]) / (1 + z * z / n)
    assert np.allclose([float(low), float(high)], 100 * want, atol=0.02), (line, want)
END
}

@test "emb-eval --compare: differences, intervals and p, as a bootstrap in NumPy has them" {
  noisy_vectors
  emb-eval --compare b.bin -e a.bin --samples 5000 pairs > table
  cat table
  [ "$(head -n 1 table)" = $'test\tpart\tmethod\tscore\tother\tdifference\tlow\thigh\tp\tused\ttotal' ]
  python3 - <<'END'
import numpy as np
from scipy.stats import spearmanr
def read(name):
    return {f[0]: np.array(f[1:], float) for f in map(str.split, open(name))}
a, b = read("a.tsv"), read("b.tsv")
cos = lambda e, x, y: e[x] @ e[y] / np.linalg.norm(e[x]) / np.linalg.norm(e[y])
rows = [(float(s), cos(a, x, y), cos(b, x, y)) for x, y, s in map(str.split, open("pairs")) if y != "absent"]
t, x, y = np.array(rows).T
rho = spearmanr(t, x)[0], spearmanr(t, y)[0]
rng = np.random.default_rng(1)
d = []
for _ in range(2000):
    k = rng.integers(len(t), size=len(t))
    d.append(spearmanr(t[k], x[k])[0] - spearmanr(t[k], y[k])[0])
low, high = np.percentile(d, [2.5, 97.5])
got = list(open("table"))[1].split("\t")
assert np.allclose([float(v) for v in got[3:6]], 100 * np.array([rho[0], rho[1], rho[0] - rho[1]]), atol=0.011)
assert np.allclose([float(v) for v in got[6:8]], [100 * low, 100 * high], atol=1.2), (got, low, high)
assert float(got[8]) < 0.01 and got[9:] == ["150", "151\n"]
END
  # With itself nothing differs.
  run -0 emb-eval --compare a.bin -e a.bin pairs
  [[ "${lines[1]}" = *$'\t0.00\t0.00\t0.00\t1.0000\t150\t151' ]]
  # The same bytes again; another seed, other samples.
  emb-eval --compare b.bin -e a.bin --samples 5000 pairs | cmp - table
  run ! cmp -s table <(emb-eval --compare b.bin -e a.bin --samples 5000 --seed 2 pairs)
  run -2 emb-eval --samples 200 -e a.bin pairs
  run -2 emb-eval --compare - pairs < a.bin
}

@test "emb-eval --compare: questions are those that both know" {
  { printf ': s\nman woman king queen\nking queen man woman\nman king woman queen\n: gram\nman woman King queen\n'; } > questions
  head -c 0 /dev/null
  printf '%s\n' 'man 1 0 0.1' 'woman 0 1 0.1' 'king 1 0.1 1' 'queen -1 -1 -1' 'cabbage 0.1 1 1' | tr ' ' '\t' |
    ts-convert --from tsv > worse.bin
  run -0 emb-eval --compare worse.bin -e emb.bin questions
  echo "$output"
  [[ "${lines[5]}" = $'questions\ttotal\t3cosadd\t100.00\t'* ]]
  [[ "${lines[5]}" = *$'\t4\t4' ]]
  emb-eval --top 3 --compare worse.bin -e emb.bin questions 2> err > out && false
  grep -q 'no test has words' err
}
