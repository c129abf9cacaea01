#!/usr/bin/env bats
# onehot: a text as a matrix, against brute force in Python, and against scikit-learn.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # The reader that tensor-stream(5) shows.
  sed -n '/^\.\\" begin reader/,/^\.\\" end reader/{/^\./d;s/\\e/\\/g;s/\\-/-/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/tensor-stream.5" > reader.py
  cat > matrix.py << 'END'
# The matrix of a stream, {row: {column: value}}, and the text that it was made of.
import reader

def load(path):
    t = {name: tensor for name, tensor in reader.read(open(path, "rb")).items()}
    if "onehot" in t:
        kind, (rows, columns), values, _ = t["onehot"]
        cells = [(i // columns, i % columns, v) for i, v in enumerate(values) if v]
    else:
        rows, columns = t["onehot.shape"][2]
        cells = list(zip(*(t["onehot." + part][2] for part in ("row", "col", "value"))))
        assert all(a[:2] < b[:2] for a, b in zip(cells, cells[1:])), "cells out of order"
        assert all(v for _, _, v in cells), "a cell of 0"
        kind = t["onehot.value"][0]
    matrix = {r: {} for r in range(rows)}
    for r, c, v in cells:
        assert 0 <= c < columns
        matrix[r][c] = v
    return matrix, columns, kind

def text(path):
    t = reader.read(open(path, "rb"))
    ids = iter(t["ids"][2])
    return [[next(ids) for _ in range(n)] for n in t["lengths"][2]], t["vocab"][2]
END
  cat > reference.py << 'END'
# reference.py IDS MATRIX [OPTION=VALUE ...]: is MATRIX what onehot should make of IDS?
import math, sys
import matrix

sentences, vocab = matrix.text(sys.argv[1])
got, columns, kind = matrix.load(sys.argv[2])
o = dict(least=1, most=1, buckets=0, idf="none", norm="none", tf="count", rows="bags")
o.update(a.split("=") for a in sys.argv[3:])
least, most, buckets, V = int(o["least"]), int(o["most"]), int(o["buckets"]), len(vocab)

def mix(z):
    z = (z + 0x9e3779b97f4a7c15) % 2**64
    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9 % 2**64
    z = (z ^ z >> 27) * 0x94d049bb133111eb % 2**64
    return z ^ z >> 31

def column(gram):
    if buckets:
        h = 0
        for i in reversed(gram):
            h = mix((h + i + 1) % 2**64)
        return h % buckets
    number = 0
    for i in gram:
        number = number * V + i
    return number + sum(V**n for n in range(least, len(gram)))

if o["rows"] == "tokens":
    sentences = [[i] for s in sentences for i in s]
want = []
for s in sentences:
    row = {}
    for n in range(least, most + 1):
        for i in range(len(s) - n + 1):
            c = column(s[i:i + n])
            row[c] = row.get(c, 0) + 1
    want.append(row)
S, df = len(want), {}
for row in want:
    for c in row:
        df[c] = df.get(c, 0) + 1
idf = {"none": lambda d: 1, "smooth": lambda d: math.log((1 + S) / (1 + d)) + 1,
       "plain": lambda d: math.log(S / d) + 1, "textbook": lambda d: math.log(S / d)}[o["idf"]]
tf = {"count": lambda n: n, "binary": lambda n: 1, "log": lambda n: 1 + math.log(n)}[o["tf"]]
for r, row in enumerate(want):
    row = {c: tf(n) * idf(df[c]) for c, n in row.items()}
    norm = {"none": lambda v: 1, "l1": sum, "l2": lambda v: math.hypot(*v)}[o["norm"]](row.values())
    want[r] = {c: v / norm for c, v in row.items() if v}
assert columns == (buckets or sum(V**n for n in range(least, most + 1)))
assert len(got) == len(want), (len(got), len(want))
for r, row in enumerate(want):
    assert got[r].keys() == row.keys(), (r, got[r], row)
    for c, v in row.items():
        assert abs(got[r][c] - v) <= 1e-6 * v, (r, c, got[r][c], v)
END
  # Sentences of many lengths, none among them; words of a Zipf distribution.
  awk 'BEGIN {
    srand(5)
    for (line = 0; line < 400; line++) {
      n = line % 50 ? int(rand() * 30) : line * 20
      text = ""
      for (i = 0; i < n; i++)
        text = text (i ? " " : "") "w" int(exp(rand() * 4.5))
      print text
    }
  }' > text
  vocab text > ids.bin
}

# A stream for people: one line for each tensor but the history.
show() {
  python3 reader.py | sed '/^history/d'
}

@test "onehot: a row for each token" {
  onehot ids.bin > got.bin
  python3 reference.py ids.bin got.bin rows=tokens
  printf 'a b a\n\nc\n' | vocab --no-unknown | onehot | show > got
  cat > want << 'END'
vocab string [3] b'a' b'b' b'c'
counts i64 [3] 2 1 1
onehot.row i32 [4] 0 1 2 3
onehot.col i32 [4] 0 1 0 2
onehot.value f32 [4] 1.0 1.0 1.0 1.0
onehot.shape i64 [2] 4 3
END
  diff want got
}

@test "onehot: bags of words, counted, binary, and by length" {
  onehot --bow ids.bin > got.bin
  python3 reference.py ids.bin got.bin
  onehot --binary ids.bin > got.bin
  python3 reference.py ids.bin got.bin tf=binary
  onehot --bow --norm l1 ids.bin > got.bin
  python3 reference.py ids.bin got.bin norm=l1
  onehot --bow --norm l2 ids.bin > got.bin
  python3 reference.py ids.bin got.bin norm=l2
}

@test "onehot: the rows of counts add up to the sentences' lengths" {
  onehot --bow ids.bin > got.bin
  python3 - << 'END'
import matrix
sentences, _ = matrix.text("ids.bin")
rows, _, _ = matrix.load("got.bin")
assert [sum(rows[r].values()) for r in rows] == [len(s) for s in sentences]
assert any(not s for s in sentences)
END
}

@test "onehot: every form of TF-IDF" {
  for idf in smooth plain textbook none; do
    for norm in l2 l1 none; do
      for tf in count binary log; do
        case $tf in count) option= ;; binary) option=--binary ;; log) option=--sublinear ;; esac
        # shellcheck disable=SC2086
        onehot --tfidf --idf $idf --norm $norm $option ids.bin > got.bin
        python3 reference.py ids.bin got.bin idf=$idf norm=$norm tf=$tf
      done
    done
  done
  onehot --no-history --tfidf --idf smooth --norm l2 ids.bin > a.bin
  onehot --no-history --tfidf ids.bin | cmp - a.bin
  # The history tells options that matter, so that it can be done again.
  onehot --tfidf --norm none --dense f32 ids.bin | ts-info | grep -E 'onehot [0-9.]+ --tfidf --norm=none --dense=f32$'
  onehot --tfidf ids.bin | ts-info | grep -E 'onehot [0-9.]+ --tfidf$'
}

@test "onehot: n-grams, in columns of their own and in buckets" {
  for range in 1-1 2-2 3-3 1-2 2-3 1-4; do
    onehot --ngrams $range ids.bin > got.bin
    python3 reference.py ids.bin got.bin least=${range%-*} most=${range#*-}
    for buckets in 1 7 1000 2147483647; do
      onehot --ngrams $range --buckets $buckets ids.bin > got.bin
      python3 reference.py ids.bin got.bin least=${range%-*} most=${range#*-} buckets=$buckets
    done
  done
  onehot --no-history --ngrams 2 ids.bin > a.bin
  onehot --no-history --ngrams 2-2 ids.bin | cmp - a.bin
  onehot --ngrams 1-2 --buckets 500 --tfidf ids.bin > got.bin
  python3 reference.py ids.bin got.bin least=1 most=2 buckets=500 idf=smooth norm=l2
}

@test "onehot: too many columns is an error that names --buckets" {
  run -1 --separate-stderr onehot --ngrams 6 -o got.bin ids.bin
  [[ $stderr == *"n-grams of 6 to 6 tokens over a vocabulary of "*"--buckets N"* ]]
  [ ! -e got.bin ]
  run -1 --separate-stderr onehot --ngrams 1-3 --tfidf --memory 1M -o got.bin ids.bin
  [[ $stderr == *"document frequencies"*"--memory, --buckets"* ]]
}

@test "onehot: what TfidfVectorizer and CountVectorizer of scikit-learn give" {
  /usr/bin/python3 -c 'import sklearn' 2>/dev/null || skip "no scikit-learn"
  vocab --no-unknown text > ids.bin
  onehot --bow ids.bin > bow.bin
  onehot --tfidf ids.bin > tfidf.bin
  onehot --tfidf --idf plain --norm l1 --sublinear ids.bin > plain.bin
  onehot --tfidf --ngrams 1-2 ids.bin > bigrams.bin
  /usr/bin/python3 - << 'END'
import matrix
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer

_, vocab = matrix.text("ids.bin")
words = [w.decode() for w in vocab]
lines = open("text").read().splitlines()

def name(column, columns):
    if column < len(words):
        return words[column]
    column -= len(words)
    return words[column // len(words)] + " " + words[column % len(words)]

def compare(path, vectorizer):
    theirs = vectorizer.fit_transform(lines).tocoo()
    names = vectorizer.get_feature_names_out()
    want = {(r, names[c]): v for r, c, v in zip(theirs.row, theirs.col, theirs.data)}
    rows, columns, _ = matrix.load(path)
    got = {(r, name(c, columns)): v for r in rows for c, v in rows[r].items()}
    assert got.keys() == want.keys() and len(rows) == theirs.shape[0]
    assert all(abs(got[k] - want[k]) <= 1e-6 * want[k] for k in want)

how = dict(tokenizer=str.split, token_pattern=None, lowercase=False)
compare("bow.bin", CountVectorizer(**how))
compare("tfidf.bin", TfidfVectorizer(**how))
compare("plain.bin", TfidfVectorizer(smooth_idf=False, norm="l1", sublinear_tf=True, **how))
compare("bigrams.bin", TfidfVectorizer(ngram_range=(1, 2), **how))
END
}

@test "onehot: --idf-from weighs other sentences the same way, as scikit-learn does" {
  head -n 300 text > train
  tail -n 100 text > test
  vocab --no-unknown train > train.ids
  vocab --no-unknown --from train.ids test > test.ids
  onehot --tfidf train.ids > train.bin
  onehot --tfidf --idf-from train.bin test.ids > test.bin
  # The same sentences get the same rows; and the numbers are handed on.
  onehot --tfidf --idf-from train.bin train.ids | ts-diff - train.bin
  for part in rows col count; do
    cmp <(ts-convert --to tsv --tensor df.$part train.bin) <(ts-convert --to tsv --tensor df.$part test.bin)
  done
  onehot --no-history --tfidf --idf-from train.bin --memory 64K test.ids > small.bin
  ts-diff test.bin small.bin
  onehot --tfidf --ngrams 2 train.ids > train2.bin
  onehot --tfidf --ngrams 2 --idf-from train2.bin --dense f32 test.ids > test2.bin
  onehot --tfidf --ngrams 2 --idf-from train2.bin test.ids > sparse2.bin
  python3 -c 'import matrix; assert matrix.load("test2.bin") == matrix.load("sparse2.bin")'

  run -1 --separate-stderr onehot --tfidf --idf-from train2.bin -o got.bin test.ids
  [[ $stderr == *"document frequencies of "*" columns, not of "* ]]
  run -1 --separate-stderr onehot --tfidf --idf-from train.bin -o got.bin ids.bin
  [[ $stderr == *"train.bin: its vocabulary is not that of the text: see vocab --from"* ]]
  onehot --bow train.ids > bow.bin
  run -1 --separate-stderr onehot --tfidf --idf-from bow.bin -o got.bin test.ids
  [[ $stderr == *"bow.bin: no document frequencies: is this the output of onehot --tfidf?"* ]]
  head -c -1 train.bin > cut.bin
  run -3 onehot --tfidf --idf-from cut.bin -o got.bin test.ids
  [ ! -e got.bin ]

  /usr/bin/python3 -c 'import sklearn' 2>/dev/null || skip "no scikit-learn"
  /usr/bin/python3 - << 'END'
import matrix
from sklearn.feature_extraction.text import TfidfVectorizer

_, vocab = matrix.text("train.ids")
words = [w.decode() for w in vocab]
vectorizer = TfidfVectorizer(analyzer=str.split)
vectorizer.fit(open("train").read().splitlines())
theirs = vectorizer.transform(open("test").read().splitlines()).tocoo()
names = vectorizer.get_feature_names_out()
want = {(r, names[c]): v for r, c, v in zip(theirs.row, theirs.col, theirs.data)}
rows, _, _ = matrix.load("test.bin")
got = {(r, words[c]): v for r in rows for c, v in rows[r].items()}
assert got.keys() == want.keys()
assert all(abs(got[k] - want[k]) <= 1e-6 * want[k] for k in want)
END
}

@test "onehot: dense is the same as sparse" {
  for options in "" "--bow" "--binary" "--tfidf" "--ngrams 2 --buckets 50"; do
    # shellcheck disable=SC2086
    {
      onehot $options ids.bin > sparse.bin
      onehot $options --dense f32 ids.bin > dense.bin
      ts-check dense.bin
      python3 -c 'import matrix; a = matrix.load("sparse.bin"); assert a == matrix.load("dense.bin"), options; assert a[2] == "f32"'
    }
  done
  head -n 50 text | tail -n +2 | vocab > few.bin # no count above 255
  onehot --bow few.bin > sparse.bin
  onehot --bow --dense u8 few.bin > dense.bin
  python3 -c 'import matrix; a, b = (matrix.load(f + ".bin") for f in ("sparse", "dense")); assert a[:2] == b[:2]; assert b[2] == "u8"'
  run -1 --separate-stderr onehot --bow --dense u8 -o got.bin ids.bin
  [[ $stderr == *"more than a u8 holds: see --dense f32, --binary" ]]
  onehot --binary --dense u8 ids.bin | ts-check
}

@test "onehot: --dense says its size first, and refuses what is beyond --memory" {
  onehot --bow --dense f32 ids.bin | ts-info | grep -E 'onehot +f32 +\(400, [0-9]+\)'
  run -0 --separate-stderr onehot -v --bow --dense u8 -o small.bin <(printf 'a b\nc\n' | vocab)
  [[ $stderr == *"2 rows and 4 columns of type u8: 0.0 MiB to write"* ]]
  run -1 --separate-stderr onehot --bow --dense f32 --memory 100K -o got.bin ids.bin
  echo "$stderr"
  [[ $stderr == *"a dense tensor of 400 rows and "*" columns takes 0 MiB: see --memory, "* ]]
  [ ! -e got.bin ]
}

@test "onehot: labels, tags and history go on; counts are those of the text" {
  printf 'pos\ta b b\nneg\t\npos\tc a\n' | vocab --labels > labels.bin
  onehot --tfidf labels.bin > got.bin
  ts-info got.bin | grep 'vocab 0.*--labels'
  ts-info got.bin | grep 'onehot 0.*--tfidf'
  show < got.bin > got
  grep "labels.vocab string \[2\] b'neg' b'pos'" got
  grep 'labels i32 \[3\] 1 0 1' got
  grep 'counts i64 \[4\] 0 2 2 1' got
  printf 'N V\tdog sat\n' | vocab --tags | onehot | show | grep 'tags i32 \[2\] 0 1'
  printf 'b b z\n' | vocab --from labels.bin | onehot --bow | show > got
  grep 'counts i64 \[4\] 1 0 2 0' got
  grep 'onehot.col i32 \[2\] 0 2' got
}

@test "onehot: streams joined by cat are one text" {
  cat text text | vocab --from ids.bin > twice.bin
  onehot --no-history --tfidf twice.bin > want.bin
  vocab --from ids.bin text > again.bin
  cat again.bin again.bin | onehot --tfidf | ts-diff - want.bin
}

@test "onehot: streams with labels that cat joined are made one by ts-cat" {
  printf 'a\tred apples\nb\tgreen pears\n' | vocab --labels > labelled.bin
  cat labelled.bin labelled.bin > both.bin
  run -1 --separate-stderr onehot --bow both.bin -o out.bin
  [ "$stderr" = "onehot: both.bin: another stream follows, which has 'labels.vocab' besides its text: 'ts-cat' makes one of both" ]
  ts-cat both.bin | onehot --bow | ts-info | grep -q 'labels .*(4)'
}

@test "onehot: no sentences, no words" {
  for options in "" "--bow" "--tfidf" "--ngrams 2" "--dense f32" "--bow --dense u8"; do
    # shellcheck disable=SC2086
    {
      vocab /dev/null | onehot $options | ts-check
      vocab --no-unknown /dev/null | onehot $options | ts-check
      printf '\n\n' | vocab --no-unknown | onehot $options | ts-check
    }
  done
  printf '\n\n' | vocab | onehot --bow | show | grep 'onehot.shape i64 \[2\] 2 1'
}

@test "onehot: --memory changes nothing but where rows wait" {
  awk 'BEGIN {
    srand(6)
    for (line = 0; line < 20000; line++) {
      for (i = 0; i < 30; i++)
        printf "w%d ", int(exp(rand() * 7))
      print ""
    }
  }' > many
  vocab many > many.bin
  onehot --no-history --tfidf many.bin > want.bin
  onehot --no-history --tfidf --memory 64K many.bin | cmp - want.bin
  run -1 onehot --tfidf --memory 64K --tmpdir nowhere -o got.bin many.bin
  [[ $output == *"nowhere: temporary file: cannot create"* ]]
  [ ! -e got.bin ]
}

@test "onehot: ten times the text takes the same memory" {
  [ -z "${SAN:-}" ] || skip "sanitizers take memory"
  peak() {
    /usr/bin/python3 -c '
import resource, subprocess, sys
subprocess.run(sys.argv[2:], stdin=open(sys.argv[1]), stdout=subprocess.DEVNULL, check=True)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)' "$@"
  }
  for i in 1 2 3 4 5 6 7 8 9 10; do cat text text text text; done > one
  for i in 1 2 3 4 5 6 7 8 9 10; do cat one; done > ten
  vocab one > one.bin
  vocab ten > ten.bin
  for options in "" "--bow" "--ngrams 1-2" "--tfidf --memory 1M"; do
    # shellcheck disable=SC2086
    a=$(peak one.bin onehot -q $options) b=$(peak ten.bin onehot -q $options)
    echo "$options: $a and $b KiB"
    [ "$b" -le $((a + a / 10 + 1000)) ]
  done
}

@test "onehot: one sentence of a million tokens" {
  awk 'BEGIN { srand(7); for (i = 0; i < 1000000; i++) printf "w%d ", int(exp(rand() * 8)); print "" }' > long
  vocab long > long.bin
  onehot --bow long.bin | show > got
  [ "$(grep -c 'onehot.row i32 \[[0-9]*\] 0 0 0 0' got)" -eq 1 ]
  onehot --ngrams 2 long.bin > got.bin
  python3 reference.py long.bin got.bin least=2 most=2
}

@test "onehot: options that make no sense" {
  for options in "--ngrams 0" "--ngrams x" "--ngrams 3-2" "--ngrams 1-" "--ngrams 33" \
    "--ngrams 1-2x" "--idf plain" "--sublinear" "--norm l2" "--tfidf --idf other" \
    "--binary --tfidf --sublinear" "--idf-from x" "--tfidf --idf none --idf-from x" "--dense f64" "--tfidf --dense u8" "--buckets -1"; do
    # shellcheck disable=SC2086
    run -2 onehot $options ids.bin
    echo "$options: $output"
  done
}

@test "onehot: input that is no text" {
  run -1 --separate-stderr onehot -o got.bin <(vocab --no-ids text)
  [[ $stderr == *"no 'ids': is this the output of vocab?"* ]]
  head -c -200 ids.bin > cut.bin
  for options in "" "--bow" "--tfidf" "--bow --dense f32"; do
    # shellcheck disable=SC2086
    run -3 onehot $options -o got.bin cut.bin
    # shellcheck disable=SC2086
    run -3 bash -c "set -o pipefail; cat cut.bin | onehot $options | ts-check"
  done
  [ ! -e got.bin ]
}

@test "onehot(1): the examples do what the page says" {
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/onehot.1" > page
  # Commands begin with "$ " and go on where a line begins with four spaces, or to an END.
  awk '/^\$ / { here = /<< END$/; sub(/^\$ /, ""); print; next }
       here { print; here = !/^END$/; next } /^    /' page > commands
  awk '/^\$ / { here = /<< END$/; next } here { here = !/^END$/; next } !/^    /' page > expected
  [ "$(wc -l < expected)" -eq 7 ]
  bash -e -o pipefail commands > got
  diff expected got
}
