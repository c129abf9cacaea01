# emb-text: vectors of texts.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf 'the\t1\t0\t0.5\ncat\t0.5\t1\t0\nsat\t0\t0\t1\ndog\t0\t1\t1\non\t0.3\t0.1\t-1\n' |
    ts-convert --from tsv > emb.bin
  printf 'the cat sat\nthe dog sat down\nzzz\nthe cat on the dog\n' > texts
  vocab texts > ids.bin
}

numpy() {
  python3 -c 'import numpy' 2> /dev/null || skip "NumPy is not installed"
}

@test "emb-text: the mean of the known words, as NumPy has it" {
  numpy
  emb-text -e emb.bin ids.bin 2> err | ts-convert --to npy --tensor encoding > got.npy
  grep -q '1 of 4 texts have no word that has a vector: theirs are zeros' err
  ts-convert --to tsv emb.bin > emb.tsv
  python3 - <<'END'
import numpy as np
emb = {f[0]: np.array(f[1:], float) for f in map(str.split, open("emb.tsv"))}
want = [np.mean([emb[w] for w in line.split() if w in emb] or [np.zeros(3)], axis=0) for line in open("texts")]
assert np.allclose(np.load("got.npy"), want, atol=1e-7)
END
}

@test "emb-text --method sif: weights and components, as NumPy has them" {
  numpy
  emb-text -q --method sif --half-weight 0.05 --components 2 --counts ids.bin -e emb.bin ids.bin > out.bin
  ts-convert --to npy --tensor encoding out.bin > got.npy
  ts-convert --to npy --tensor text.component out.bin > u.npy
  ts-convert --to tsv emb.bin > emb.tsv
  vocab --list texts > counts
  python3 - <<'END'
import numpy as np
emb = {f[0]: np.array(f[1:], float) for f in map(str.split, open("emb.tsv"))}
count = {w: int(n) for w, n in map(str.split, open("counts"))}
p = {w: n / sum(count.values()) for w, n in count.items()}
texts = [[w for w in line.split() if w in emb] for line in open("texts")]
x = np.array([sum((0.05 / (0.05 + p[w]) * emb[w] for w in t), np.zeros(3)) / max(len(t), 1) for t in texts])
u = np.linalg.svd(x, full_matrices=False)[2][:2]
assert np.allclose(np.load("got.npy"), x - x @ u.T @ u, atol=1e-6), np.load("got.npy")
assert np.allclose(abs(np.load("u.npy")), abs(u), atol=1e-5)
END
}

@test "emb-text --from: other texts get what the first were given" {
  emb-text -q --method sif --counts ids.bin -e emb.bin ids.bin > all.bin
  head -n 2 texts | vocab | emb-text -q --from all.bin -e emb.bin > two.bin
  ts-convert --to tsv --tensor encoding all.bin | head -n 2 > want
  ts-convert --to tsv --tensor encoding two.bin > got
  cmp want got
  # And what is written can be used so, too.
  head -n 2 texts | vocab | emb-text -q --from two.bin -e emb.bin | ts-convert --to tsv --tensor encoding | cmp want -
  run -2 emb-text --from all.bin --method mean -e emb.bin ids.bin
  [[ "$output" = *"made by --method sif"* ]]
  run -2 emb-text --from all.bin --half-weight 0.1 -e emb.bin ids.bin
  [[ "$output" = *"--half-weight goes with --method sif, and not with --from"* ]]
  printf 'the\t1\t0\n' | ts-convert --from tsv > short.bin
  run -1 emb-text --from all.bin -e short.bin ids.bin -o no
  [[ "$output" = *"components of 3 numbers were learnt, but the vectors have 2"* ]]
  [ ! -e no ]
}

@test "emb-text --method sif holds no more than --memory, with the same bytes" {
  awk 'BEGIN { srand(3); n = split("the cat sat dog on", w, " ")
    for (i = 0; i < 40000; i++) { s = ""; for (k = 0; k < 5; k++) s = s w[1 + int(rand() * n)] " "; print s } }' |
    vocab > many.bin
  emb-text --method sif --counts many.bin -e emb.bin many.bin > a.bin
  emb-text --method sif --counts many.bin -e emb.bin -m 64K many.bin > b.bin
  cmp a.bin b.bin
}

@test "emb-text --method sif: numbers whose products are beyond single precision" {
  printf 'the\t1e38\t1e37\ncat\t-1e37\t1e38\n' | ts-convert --from tsv > huge.bin
  echo 'the cat the' | vocab > one.bin
  emb-text -q --method sif --counts one.bin -e huge.bin one.bin | ts-convert --to tsv --tensor encoding |
    awk '{ exit !($1 < 1e31 && $1 > -1e31 && $2 < 1e31 && $2 > -1e31) }'
}

@test "emb-text: unknown words have the vectors that their n-grams make" {
  printf 'walked\t1\t0\nwalking\t0\t1\ntalked\t1\t0.5\ntalking\t0.2\t1\n' | ts-convert --from tsv |
    emb-ngrams -q --min-words 1 > parts.bin
  echo 'jumping walked' | vocab | emb-text -e parts.bin | ts-convert --to tsv --tensor encoding > got
  { emb-ngrams --compose -e parts.bin jumping walked; } |
    awk '{ a += $2; b += $3 } END { printf "%.5f %.5f\n", a / 2, b / 2 }' > want
  awk '{ printf "%.5f %.5f\n", $1, $2 }' got | cmp - want
}

@test "emb-text --method lsa: documents of the analysis get its context vectors, others are folded in" {
  numpy
  awk 'BEGIN { srand(5); for (i = 0; i < 60; i++) { s = ""
    for (k = 0; k < 12; k++) s = s "w" int(rand() * rand() * 30) " "; print s } }' > docs
  head -n 40 docs | vocab --no-unknown | onehot --bow --tfidf --sublinear |
    svd-embed --dim 6 --power 0.3 --method exact --context > lsa.bin
  vocab docs | onehot --from lsa.bin > rows.bin
  emb-text --method lsa -e lsa.bin rows.bin > out.bin
  for t in embedding context singular.values; do ts-convert --to npy --tensor $t lsa.bin > $t.npy; done
  ts-convert --to npy --tensor encoding out.bin > got.npy
  ts-convert --to npy --tensor onehot.row rows.bin > row.npy
  ts-convert --to npy --tensor onehot.col rows.bin > col.npy
  ts-convert --to npy --tensor onehot.value rows.bin > value.npy
  python3 - <<'END'
import numpy as np
e, c, s, got = (np.load(n + ".npy").astype(float) for n in ("embedding", "context", "singular.values", "got"))
assert np.allclose(got[:40], c, atol=1e-5), abs(got[:40] - c).max()
x = np.zeros((60, len(e)))
x[np.load("row.npy"), np.load("col.npy")] = np.load("value.npy")
assert np.allclose(got, x @ e / s, atol=1e-5)
END
}

@test "emb-text --method lsa refuses rows that were made otherwise, and mutual information" {
  vocab texts --no-unknown | onehot --bow --tfidf > rows.bin
  svd-embed --dim 2 rows.bin > lsa.bin
  emb-text -q --method lsa -e lsa.bin rows.bin > out.bin
  vocab texts --no-unknown | onehot --bow | emb-text --method lsa -e lsa.bin > no 2> err && false
  grep -q "'onehot.settings' is not that of lsa.bin: make the rows by onehot --from lsa.bin" err
  head -n 2 texts | vocab --no-unknown | onehot --bow --tfidf | emb-text --method lsa -e lsa.bin > no 2> err && false
  grep -q "'vocab' is not that of lsa.bin" err
  head -n 2 texts | vocab --from ids.bin | emb-text --method lsa -e lsa.bin > no 2> err && false
  grep -q 'onehot' err
  vocab texts | cooc | svd-embed --dim 2 > ppmi.bin
  run -1 emb-text --method lsa -e ppmi.bin rows.bin -o no.bin
  [[ "$output" = *"use svd-embed --transform raw or log"* ]]
  [ ! -e no.bin ]
}

# Texts of two kinds, by disjoint words.
two_kinds() {
  awk -v n="$1" -v seed="$2" 'BEGIN { srand(seed); for (i = 0; i < n; i++) { s = (i % 2 ? "b" : "a") "\t"
    for (k = 0; k < 20; k++) s = s (i % 2 ? "b" : "a") int(rand() * 40) " "; print s } }'
}

@test "emb-text --method dbow: texts of one kind come together, and new ones go there" {
  two_kinds 400 1 | vocab --labels > train.bin
  two_kinds 100 2 | vocab --labels > test.bin
  emb-text --method dbow -t 1 --dim 10 train.bin > train.vec
  emb-text --from train.vec test.bin > test.vec
  linear-train train.vec > model.bin
  linear-predict --report - model.bin test.vec | grep -q 'accuracy.*1\.0000'
  # The same bytes again, and for any number of threads, in any company.
  emb-text --method dbow -t 1 --dim 10 train.bin | cmp - train.vec
  emb-text -t 3 --from train.vec test.bin | cmp - test.vec
  two_kinds 100 2 | tail -n 1 | vocab --labels | emb-text --from train.vec | ts-convert --to tsv --tensor encoding > one
  ts-convert --to tsv --tensor encoding test.vec | tail -n 1 | cmp - one
}

@test "emb-text --method dbow: texts are told as gensim's Doc2Vec tells them" {
  python3 -c 'import gensim' 2> /dev/null || skip "gensim is not installed"
  # Ten topics, each a distribution over 500 words that all of them share.
  awk 'BEGIN { srand(7); for (i = 0; i < 1000; i++) { t = i % 10; s = t "\t"
    for (k = 0; k < 30; k++) s = s "w" (rand() < 0.25 ? t * 50 + int(rand() * 50) : int(rand() * 500)) " "; print s } }' > topics
  vocab --labels topics | emb-text --method dbow -t 1 --dim 20 --sample 0 --epochs 20 --rate 0.05 |
    ts-convert --to npy --tensor encoding > ours.npy
  python3 - <<'END'
import numpy as np
from gensim.models.doc2vec import Doc2Vec, TaggedDocument
texts = [l.split() for l in open("topics")]
label = np.array([int(t[0]) for t in texts])
docs = [TaggedDocument(t[1:], [i]) for i, t in enumerate(texts)]
m = Doc2Vec(docs, dm=0, vector_size=20, negative=5, sample=0, min_count=1, epochs=20, alpha=0.05, min_alpha=0, workers=1, seed=1)
def agree(x):  # how many of the five nearest are of the same topic
    x = x / np.linalg.norm(x, axis=1, keepdims=True)
    c = x @ x.T
    np.fill_diagonal(c, -2)
    return (label[np.argsort(-c, 1)[:, :5]] == label[:, None]).mean()
ours, theirs = agree(np.load("ours.npy")), agree(np.array([m.dv[i] for i in range(1000)]))
print(ours, theirs)
assert ours > theirs - 0.05 and ours > 0.5
END
}

@test "emb-text --method dbow: the loss falls below that of chance, and a checkpoint continues exactly" {
  two_kinds 400 1 | cut -f 2 | vocab > ids.bin
  emb-text --method dbow -t 1 --log log.tsv -v ids.bin -o a.bin 2> err
  head -n 1 log.tsv | grep -q '^step	epoch'
  loss=$(sed -n 's/.*mean loss \([0-9.]*\).*/\1/p' err)
  awk -v l="$loss" 'BEGIN { exit !(l < 6 * log(2)) }'
  # Stopped by a signal as soon as there is something to save.
  emb-text --method dbow -t 1 --epochs 2000 ids.bin -o a.bin
  emb-text --method dbow -t 1 --epochs 2000 --checkpoint c.ckpt ids.bin -o b.bin & pid=$!
  sleep 0.2
  kill -TERM $pid 2> /dev/null || true
  wait $pid || true
  [ -e b.bin ] || emb-text --method dbow -t 1 --epochs 2000 --resume c.ckpt ids.bin -o b.bin
  cmp a.bin b.bin
}

@test "emb-text: labels are passed on, tags are not; numbers name the texts" {
  printf 'x\tthe cat\ny\tthe dog sat\n' | vocab --labels > labelled.bin
  emb-text --numbers --normalize -e emb.bin labelled.bin > out.bin
  ts-info out.bin | grep -q labels.vocab
  run -0 neighbors --tensor encoding 1 < out.bin
  [ "$(cut -f 1,2 <<< "$output")" = "1	2" ]
  ts-convert --to tsv --tensor encoding out.bin |
    awk '{ s = 0; for (i = NF - 2; i <= NF; i++) s += $i * $i; if (s < 0.9999 || s > 1.0001) exit 1 }'
  printf 'D N\tthe cat\n' | vocab --tags > tagged.bin
  emb-text -e emb.bin tagged.bin | ts-info > info
  run -1 grep tags.vocab info
}

@test "emb-text: what is missing or does not fit is said" {
  run -2 emb-text ids.bin
  [[ "$output" = *"-e FILE says where the vectors of words are"* ]]
  run -2 emb-text --method dbow -e emb.bin ids.bin
  run -2 emb-text -e emb.bin --epochs 3 ids.bin
  [[ "$output" = *"--epochs goes with --method dbow"* ]]
  run -1 emb-text --method sif -e emb.bin ids.bin -o no.bin
  [[ "$output" = *"no tensor 'counts'"* ]]
  run -1 emb-text -e emb.bin emb.bin -o no.bin
  [[ "$output" = *"is this the output of vocab?"* ]]
  run -1 emb-text --from emb.bin -e emb.bin ids.bin -o no.bin
  [[ "$output" = *"is this the output of emb-text?"* ]]
  echo UNKNOWN_TOKEN | vocab > none.bin
  run -1 emb-text --method dbow none.bin -o no.bin
  [[ "$output" = *"no words to train on"* ]]
  [ ! -e no.bin ]
  : | vocab > empty.bin
  emb-text -e emb.bin empty.bin | ts-info | grep -q 'encoding.*(0, 3)'
  run -0 --separate-stderr emb-text --method sif --counts ids.bin -e emb.bin -o one.bin <(head -n 1 texts | vocab)
  [[ "$stderr" = *"was learnt from them alone"* ]]
}
