#!/usr/bin/env bats
# linear-train and linear-predict: against scikit-learn, and by what must hold.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  cat > make_rows.py << 'END'
# Rows of three labels (two with --two), as a stream: sparse, from a fixed generator; with targets.
import sys
sys.path.insert(0, sys.argv[1])
import random

random.seed(7)
words = ["w%d" % i for i in range(60)]
labels = ["a", "b"] if "--two" in sys.argv else ["a", "b", "c"]
for i in range(240):
    k = random.randrange(len(labels))
    text = [words[int(random.triangular(0, 59, 10 + 20 * k))] for _ in range(12)]
    print(labels[k] + "\t" + " ".join(text))
END
  python3 make_rows.py "$BATS_TEST_DIRNAME" > three.tsv
  python3 make_rows.py "$BATS_TEST_DIRNAME" --two > two.tsv
  for n in two three; do
    tokenize --labels $n.tsv | vocab --labels | onehot --ngrams 1-2 --min-df 2 --tfidf > $n.bin
    tokenize --labels $n.tsv | vocab --labels | onehot --bow > $n.bow
  done
  # The reader that tensor-stream(5) shows.
  sed -n '/^\.\\" begin reader/,/^\.\\" end reader/{/^\./d;s/\\e/\\/g;s/\\-/-/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/tensor-stream.5" > reader.py
  cat > load.py << 'END'
import reader
import numpy as np, scipy.sparse as sp

def matrix(t, name):
    rows, cols = t[name + ".shape"][2]
    parts = [t[name + "." + p][2] for p in ("value", "row", "col")]
    return sp.csr_matrix((parts[0], (parts[1], parts[2])), (rows, cols), dtype=np.float64)

def rows(path):
    t = reader.read(open(path, "rb"))
    return matrix(t, "onehot"), np.array(t["labels"][2])

def weights(path):
    t = reader.read(open(path, "rb"))
    return matrix(t, "linear").toarray(), np.array(t["linear.bias"][2])
END
}

has_sklearn() {
  python3 -c 'import sklearn, scipy' 2> /dev/null
}

# compare ROWS MODEL EXPRESSION [TOLERANCE]: are the weights those of this estimator of scikit-learn?
compare() {
  python3 - "$@" << 'END'
import sys, warnings
warnings.simplefilter("ignore")
from sklearn.svm import LinearSVC
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB, BernoulliNB
import load, numpy as np
x, y = load.rows(sys.argv[1])
m = eval(sys.argv[3]).fit(x, y)
w, b = load.weights(sys.argv[2])
if hasattr(m, "coef_"):
    theirs, bias = m.coef_, m.intercept_
elif isinstance(m, MultinomialNB):
    theirs, bias = m.feature_log_prob_, m.class_log_prior_
else:
    p = np.exp(m.feature_log_prob_)
    theirs = np.log(p) - np.log(1 - p)
    bias = m.class_log_prior_ + np.log(1 - p).sum(1)
if len(w) > 1 and not hasattr(m, "coef_"):
    theirs, bias = theirs - theirs.mean(0), bias - bias.mean()
if 'LinearSVC(penalty="l1"' in sys.argv[3]:
    # The optimum need not be one point: what is minimised has to be as small.
    def objective(w, b):
        sign = np.array([np.where(y == (1 if len(w) == 1 else k), 1, -1) for k in range(len(w))])
        loss = np.maximum(0, 1 - sign * (w @ x.T + b[:, None])) ** 2
        return abs(w).sum() + abs(b).sum() + loss.sum()
    print(objective(w, b), objective(theirs, bias))
    assert objective(w, b) < objective(theirs, bias) * (1 + 1e-4)
    sys.exit()
off = max(abs(w - theirs).max(), abs(b - bias).max())
print(sys.argv[3], "off by", off)
assert off < float(sys.argv[4] if len(sys.argv) > 4 else 2e-3)
END
}

train() { linear-train --threads 1 --tolerance 1e-7 --epochs 20000 "$@"; }

@test "support vector machines have scikit-learn's weights" {
  has_sklearn || skip "no scikit-learn"
  for n in two three; do
    train $n.bin > m
    compare $n.bin m 'LinearSVC(tol=1e-8, max_iter=100000)'
    train --loss hinge --cost 0.5 $n.bin > m
    compare $n.bin m 'LinearSVC(loss="hinge", C=0.5, tol=1e-8, max_iter=1000000)'
    train --bias 0 $n.bin > m
    compare $n.bin m 'LinearSVC(fit_intercept=False, tol=1e-8, max_iter=100000)'
    train --penalty l1 $n.bin > m
    compare $n.bin m 'LinearSVC(penalty="l1", dual=False, tol=1e-8, max_iter=100000)'
  done
}

@test "logistic regression has scikit-learn's weights" {
  has_sklearn || skip "no scikit-learn"
  for n in two three; do
    train --method logistic --one-vs-rest --cost 3 $n.bin > m
    compare $n.bin m 'LogisticRegression(solver="liblinear", C=3, tol=1e-8, max_iter=100000)'
    train --method logistic --penalty l1 --cost 3 $n.bin > m
    compare $n.bin m 'LogisticRegression(solver="liblinear", penalty="l1", C=3, tol=1e-8, max_iter=100000)'
  done
  train --method logistic --bias 0 three.bin > m
  compare three.bin m 'LogisticRegression(multi_class="multinomial", fit_intercept=False, tol=1e-9, max_iter=10000)'
}

@test "naive Bayes has scikit-learn's weights" {
  has_sklearn || skip "no scikit-learn"
  linear-train --method naive-bayes three.bow > m
  compare three.bow m 'MultinomialNB()' 1e-5
  linear-train --method naive-bayes --alpha 0.1 two.bow > m
  compare two.bow m 'MultinomialNB(alpha=0.1)' 1e-5
  linear-train --method bernoulli three.bow > m
  compare three.bow m 'BernoulliNB()' 1e-5
}

@test "ridge regression has scikit-learn's weights" {
  has_sklearn || skip "no scikit-learn"
  python3 - > numbers.txt << 'END'
import random
random.seed(3)
for i in range(80):
    x = [random.gauss(0, 1) for _ in range(5)]
    print("%.4f" % (2 * x[0] - x[3] + 4 + random.gauss(0, .1)), *["%.4f" % v for v in x], sep="\t")
END
  python3 - "$BATS_TEST_DIRNAME" << 'END'
import sys
sys.path.insert(0, sys.argv[1])
import tensor_stream as t
rows = [list(map(float, line.split())) for line in open("numbers.txt")]
open("numbers.bin", "wb").write(t.stream(
    t.record("series", "f32", [len(rows), 5], [v for r in rows for v in r[1:]]),
    t.record("targets", "f32", [len(rows), 1], [r[0] for r in rows])))
END
  linear-train --method ridge --tensor series --cost 0.25 --tolerance 1e-10 numbers.bin > m
  python3 - << 'END'
import load, numpy as np
from sklearn.linear_model import Ridge
data = np.loadtxt("numbers.txt")
m = Ridge(alpha=2).fit(data[:, 1:], data[:, 0])
w, b = load.weights("m")
print(w, m.coef_)
assert abs(w[0] - m.coef_).max() < 1e-4 and abs(b[0] - m.intercept_) < 1e-4
END
  linear-predict --report - --tensor series m numbers.bin > report
  grep -q '^targets	80$' report
  linear-predict --tensor series m numbers.bin | ts-info | grep -q 'prediction  *f32  *(80, 1)'
  run -1 linear-predict --classify --tensor series m numbers.bin
  [[ $output = *"a model of numbers, which cannot classify"* ]]
}

@test "what predict writes agrees with the report, with itself and with any number of threads" {
  for how in "" "--method logistic" "--method naive-bayes" "--method bernoulli" \
    "--method logistic --one-vs-rest" "--penalty l1"; do
    linear-train --threads 1 $how three.bin > m
    linear-train --threads 4 $how three.bin | cmp - m
    linear-predict m three.bin > labels
    cut -f 1 three.tsv | paste - labels | awk '$1 == $2 { n++ } END { printf "correct\t%d\n", n }' > ours
    linear-predict --report - m three.bin | grep '^correct' | diff - ours
    linear-predict --scores m three.bin | cut -f 1 | diff - labels
    [ "$(awk '$1 == "'correct'" { print ($2 > 150) }' ours)" = 1 ]
  done
  for how in "" "--one-vs-rest"; do
    linear-train --method logistic $how three.bin > m
    linear-predict --probabilities m three.bin |
      awk -F'\t' 'NF != 6 || $2 < $4 || $4 < $6 || ($2 + $4 + $6 - 1)^2 > 1e-10 { exit 1 }'
  done
}

@test "two classes: scores of both, and probabilities that add up to 1" {
  linear-train --method logistic two.bin > m
  linear-predict m two.bin > labels
  linear-predict --probabilities m two.bin | cut -f 1 | diff - labels
  linear-predict --scores m two.bin | awk -F'\t' '$2 < 0 || $2 != -$4 { exit 1 }'
}

@test "the text of a model's rows can have its own vocabulary" {
  linear-train three.bin > m
  linear-predict m three.bin > expected
  # The same lines in another order: other ids.
  tac three.tsv | tokenize --labels | vocab --labels | onehot --from m | linear-predict m | tac | diff - expected
  printf 'w1 w2 nowhere\nnowhere\n\n' | tokenize | vocab | onehot --from m | linear-predict m > some
  [ "$(wc -l < some)" -ge 2 ]
}

@test "features: the strongest of each class, by name" {
  printf 'good\tvery fine film\nbad\tvery dull film\ngood\tfine fine\nbad\tdull plot\n' |
    tokenize --labels | vocab --labels > ids
  onehot --ngrams 1-2 --min-df 1 ids | linear-train > m
  linear-predict --features 1 m | cut -f 1,3 | sort > named
  diff named - <<< "$(printf 'bad\tdull\ngood\tfine')"
  linear-predict --features 100 m | cut -f 3 | grep -qx 'very fine'
  # Exact numbers of columns have names, too.
  onehot --ngrams 1-2 ids | linear-train > exact
  linear-predict --features 100 exact | cut -f 1,3 | sort > a
  linear-predict --features 100 m | cut -f 1,3 | sort | diff - a
  onehot --bow ids | linear-train | linear-predict --features 1 /dev/stdin | cut -f 3 | sort | diff - <(printf 'dull\nfine\n')
}

@test "--drop leaves out small weights and nothing else" {
  linear-train three.bin > all
  linear-train --drop 0.1 three.bin > some
  ts-convert --to tsv --tensor linear.value all | awk '$1 >= 0.1 || $1 <= -0.1' > expected
  ts-convert --to tsv --tensor linear.value some | diff - expected
}

@test "--cost with several values takes the best one in cross-validation" {
  linear-train --cost 0.001,1,100 --log log -v three.bin > m 2> said
  cat log said
  best=$(tail -n +2 log | sort -s -k 2,2nr | head -n 1 | cut -f 1)
  linear-train --cost "$best" three.bin > expected
  ts-diff --ignore history m expected || { linear-predict --scores m three.bin > a; linear-predict --scores expected three.bin | diff - a; }
  [ "$(grep -c 'in cross-validation' said)" -eq 3 ]
}

@test "what cannot be learnt is refused, and why" {
  tokenize --labels three.tsv | grep '^a' | vocab --labels | onehot --bow > one.bin
  run -1 linear-train one.bin
  [[ $output = *"linear-train: "*": all "*" have the label 'a': two classes are needed"* ]]
  cut -f 2 three.tsv | tokenize | vocab | onehot --bow > none.bin
  run -1 linear-train none.bin
  [[ $output = *"no labels to learn"* ]]
  tokenize --labels three.tsv | vocab --labels | onehot --ngrams 3 --min-df 100 > empty.bin
  run -1 linear-train empty.bin
  [[ $output = *"no usable feature"* ]]
  tokenize --labels three.tsv | vocab --labels > ids.bin
  run -1 linear-train ids.bin
  [[ $output = *"no matrix 'onehot'"* ]]
  run -1 linear-train --method ridge three.bin
  [[ $output = *"no 'targets'"* ]]
  onehot ids.bin > tokens.bin
  run -1 linear-train tokens.bin
  [[ $output = *"labels for"*"onehot --bow"* ]]
  run -2 linear-train --penalty l1 --loss hinge three.bin
  run -2 linear-train --cost 1,x three.bin
  run -2 linear-train --method bernoulli --cost 3 three.bin
}

@test "rows of another kind are refused" {
  linear-train three.bin > m
  tokenize --labels three.tsv | vocab --labels > ids.bin
  run -1 linear-predict m three.bow
  [[ $output = *"onehot --from MODEL"* ]]
  run -1 linear-predict --probabilities m three.bin
  [[ $output = *"a support vector machine has no probabilities"* ]]
  run -1 linear-predict three.bin three.bin
  [[ $output = *"no linear model: is this the output of linear-train?"* ]]
  run -1 onehot --from ids.bin /dev/null
}

@test "onehot --min-df and --from: scikit-learn's TfidfVectorizer" {
  has_sklearn || skip "no scikit-learn"
  cut -f 2 three.tsv | tokenize | vocab | onehot --ngrams 1-2 --min-df 3 --tfidf --sublinear > fit.bin
  printf 'w3 w9 w10 unseen w11\nw12 w9\n' | tokenize | vocab | onehot --from fit.bin > new.bin
  python3 - << 'END'
import load, reader, numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
v = TfidfVectorizer(ngram_range=(1, 2), min_df=3, sublinear_tf=True, token_pattern=r"\S+")
texts = [line.split("\t")[1].rstrip("\n") for line in open("three.tsv")]
for path, x in (("fit.bin", v.fit_transform(texts)),
                ("new.bin", v.transform(["w3 w9 w10 unseen w11", "w12 w9"]))):
    t = reader.read(open(path, "rb"))
    vocab = [w.decode() for w in t["vocab"][2]]
    grams = np.array(t["onehot.ngram"][2]).reshape(t["onehot.ngram"][1])
    names = [" ".join(vocab[i] for i in g if i >= 0) for g in grams]
    ours = load.matrix(t, "onehot").toarray()
    assert sorted(names) == sorted(v.vocabulary_)
    theirs = x.toarray()[:, [v.vocabulary_[n] for n in names]]
    assert abs(ours - theirs).max() < 1e-6, path
END
}

@test "linear-predict --report: no file where the labels could not be written" {
  [ -c /dev/full ] || skip "no /dev/full"
  linear-train -q two.bin > model
  run -1 bash -c 'linear-predict --report report model two.bin > /dev/full'
  [ ! -e report ]
  linear-predict --report report model two.bin > labels
  grep -q '^accuracy' report
}

@test "linear-train --tensor: a name that is not there, and those that are" {
  cut -f 2 two.tsv | tokenize | vocab | w2v -q --dim 3 -t 1 > emb
  run -1 --separate-stderr bash -c 'linear-train --tensor rows emb | cat > /dev/null; exit "${PIPESTATUS[0]}"'
  [ "$stderr" = "linear-train: emb: no matrix 'rows', but 'embedding': --tensor chooses the rows" ]
}

@test "linear-predict: text in place of the model" {
  run -4 linear-predict two.tsv two.bin
  [ "$output" = "linear-predict: two.tsv: text, not a model as linear-train writes it: 'linear-predict MODEL FILE' takes the model first" ]
}
