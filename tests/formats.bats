# ts-convert and the formats of other programs: what is written is read by them, and back, to the
# last bit; what is cut or malformed is refused with the line or the byte.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
}

need() {
  python3 -c "import $1" 2> no || skip "$1 is not installed"
}

toy() {
  printf 'a b c\na b\nthe cat sat\n' | vocab --no-unknown
}

# refused STATUS MESSAGE FORMAT: standard input is refused so.
refused() {
  local status=0
  cat > bad
  ts-convert --from "$3" -o made bad 2> err || status=$?
  [ $status -eq "$1" ] && [ "$(wc -l < err)" -eq 1 ] && grep -qF "$2" err && [ ! -e made ] ||
    { echo "status $status: $(cat err)"; return 1; }
}

@test "table: the toy co-occurrence matrix in one command, and bags with their n-grams as headings" {
  toy | cooc -w 1 | ts-convert --to table > t
  [ "$(head -n 1 t | tr '\t' ' ')" = " a b c cat sat the" ]
  [ "$(sed -n 3p t | tr '\t' ' ')" = "b 2 0 1 0 0 0" ]
  toy | onehot --ngrams 1-2 | ts-convert --to table > t
  head -n 1 t | tr '\t' '\n' | grep -qx 'the cat'
  [ "$(head -n 1 t | awk -F'\t' '{ print NF }')" = "$(sed -n 2p t | awk -F'\t' '{ print NF }')" ]
  [ "$(wc -l < t)" -eq 4 ]
  # each heading stands over its counts: 'a b' is in the first two rows
  awk -F'\t' 'NR == 1 { for (i = 1; i <= NF; i++) if ($i == "a b") c = i } NR > 1 { printf "%s ", $c }' t > column
  [ "$(cat column)" = "1 1 0 " ]
  toy | cooc -w 1 | ts-convert --to csv | head -n 2 | tail -n 1 | grep -qx 'a,0,2,0,0,0,0'
  toy | onehot --dense f32 | ts-convert --to table | head -n 1 | tr '\t' ' ' | grep -qx 'a b c cat sat the'
  run -1 bash -c 'printf "a b\n" | vocab | cooc | ts-convert --to table --memory 10'
  [[ $output == *"as a table has 3 rows of 3 columns, more than --memory allows; '--to cells' writes what is not 0"* ]]
}

@test "the only tensor is found, and several are listed" {
  seq 3 | ts-convert --from tsv --no-words --tensor map > one.bin
  [ "$(ts-convert --to tsv one.bin | tr '\n' ' ')" = "1 2 3 " ]
  run -0 ts-convert -v --to tsv one.bin
  [[ $output == *"one.bin: tensor 'map'"* ]]
  ts-select --rename map=other one.bin | ts-select - one.bin > two.bin
  run -1 ts-convert --to tsv two.bin
  [[ $output == *"no tensor 'embedding'; there are history, other, map"* ]]
  # rows of a text are no words, however many there are
  printf 'a\nb\n' | vocab --no-unknown | onehot --bow --dense u8 | ts-convert --to tsv | head -n 1 | grep -qx "1	0"
}

@test "npz: arrays and words go to NumPy and back, to the last bit" {
  need numpy
  toy | w2v -q --dim 5 --threads 1 > e.bin
  ts-convert --to npz e.bin > e.npz
  python3 - <<'END'
import numpy as np
z = np.load("e.npz")
assert list(z["vocab"]) == ["a", "b", "c", "cat", "sat", "the"], z["vocab"]
assert z["embedding"].dtype == np.float32 and z["counts"].dtype == np.int64
np.savez("again.npz", **{k: z[k] for k in z})
np.savez_compressed("packed.npz", **{k: z[k] for k in z})
np.savez("more.npz", words=np.array(["é", "日本", "𝄞x", ""]), bytes=np.array([b"ab", b"c"]),
         a=np.arange(24, dtype=">i4").reshape(2, 3, 4), f=np.asfortranarray(np.arange(6.).reshape(2, 3)),
         s=np.float64(2.5), b=np.array([True, False]))
END
  for file in e again packed; do
    ts-convert --from npz $file.npz | ts-diff - <(ts-select e.bin --tensor '*')
  done
  ts-convert --to npz e.bin | cmp - e.npz
  ts-convert --from npz more.npz > more.bin
  ts-convert --to tsv --tensor words more.bin | diff - <(printf 'é\n日本\n𝄞x\n\n')
  ts-convert --to npz more.bin > back.npz
  python3 - <<'END'
import numpy as np
a, b = np.load("more.npz"), np.load("back.npz")
assert set(a) == set(b)
for k in a:
    x, y = a[k], b[k]
    assert x.shape == y.shape and (x.astype(str) == y.astype(str)).all() if k == "bytes" else (x == y).all(), k
END
  ts-convert --from npz --tensor f more.npz | ts-convert --to tsv --no-words --tensor f | head -n 1 | grep -qx "0	1	2"
  ts-convert --from npz --rename '*=x.*,words=vocab' more.npz > r.bin || true
  [ "$(ts-convert --from npz --rename 'words=vocab,*=x.*' more.npz | ts-info | grep -c ' x\.')" -eq 5 ]
  [ "$(ts-convert --from auto more.npz 2> said | ts-info | grep -c ' in 1 record')" -eq 7 ]
  grep -q 'taken for npz' said
}

@test "npz: archives of zip64, which large arrays need, are read" {
  need numpy
  python3 - <<'END'
import io, zipfile
import numpy as np
a = {"x": np.arange(100, dtype="f4"), "y": np.arange(6.).reshape(2, 3), "words": np.array(["a", "b"])}
# As if a file of some bytes were too large for 32 bits.
zipfile.ZIP64_LIMIT, zipfile.ZIP_FILECOUNT_LIMIT = 50, 2
for name, how in ("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED):
    with zipfile.ZipFile(name + ".npz", "w", how) as z:
        for k, v in a.items():
            f = io.BytesIO()
            np.save(f, v)
            with z.open(k + ".npy", "w", force_zip64=True) as to:
                to.write(f.getvalue())
np.savez("plain.npz", **a)
d = open("stored.npz", "rb").read()
assert b"PK\6\6" in d and b"PK\6\7" in d
at, end = d.rindex(b"PK\6\7"), d.rindex(b"PK\5\6")
d = d[:end + 8] + b"\xff" * 12 + d[end + 20:] # Python writes small numbers here, too
open("marked.npz", "wb").write(d)
for i, name in (8, "astray"), (0, "lost"):
    e = bytearray(d)
    e[at + i] ^= 64
    open(name, "wb").write(e)
END
  ts-convert --no-history --from npz plain.npz > plain.bin
  for file in stored deflated marked; do
    ts-convert --no-history --from npz $file.npz | cmp - plain.bin
    ts-convert --no-history -q --from auto $file.npz | cmp - plain.bin
  done
  refused 4 'a zip64 archive without its end record' npz < astray
  refused 4 'a zip64 archive without its end record' npz < lost
}

@test "npz: cut, damaged and foreign archives are refused" {
  need numpy
  python3 - <<'END'
import numpy as np, zipfile
np.savez("a.npz", x=np.arange(100.), y=np.arange(3))
np.savez_compressed("p.npz", x=np.arange(100.))
with zipfile.ZipFile("z.zip", "w") as z:
    z.writestr("readme.txt", "hello")
d = bytearray(open("a.npz", "rb").read()); d[300] ^= 1; open("flip", "wb").write(d)
d = bytearray(open("p.npz", "rb").read()); d[150] ^= 1; open("pflip", "wb").write(d)
END
  head -c 500 a.npz | refused 3 'a zip archive without its end (byte 500)' npz
  tail -c +100 a.npz | refused 4 'not a .npz file' npz
  refused 4 'the checksum is wrong' npz < flip
  refused 4 'damage' npz < pflip
  refused 1 "the archive holds 'readme.txt', which is no array of NumPy" npz < z.zip
  (cat a.npz; echo more) | refused 4 'data behind the zip archive' npz
  refused 4 'text, not a .npz file' npz <<< 'The cat sat on the mat.'
}

@test "f16 and bf16: NumPy and a reader of safetensors see the numbers, and types come back" {
  need numpy
  toy | w2v -q --dim 5 --threads 1 > e.bin
  ts-convert --to npy e.bin > e.npy
  ts-convert --to npy --type f16 e.bin > h.npy
  ts-convert --to safetensors --type f16 e.bin > h.st
  ts-convert --to safetensors --type bf16 e.bin > b.st
  ts-convert --to npy --type f64 e.bin > d.npy
  python3 - <<'END'
import json, numpy as np, struct
e = np.load("e.npy")
def read(path):
    data = open(path, "rb").read()
    n = struct.unpack("<Q", data[:8])[0]
    head = json.loads(data[8:8 + n])
    return {k: (v["dtype"], v["shape"], data[8 + n + v["data_offsets"][0]:8 + n + v["data_offsets"][1]])
            for k, v in head.items() if k != "__metadata__"}
h = np.load("h.npy")
assert h.dtype == np.float16 and (h == e.astype(np.float16)).all()
assert (np.load("d.npy") == e).all()
t = read("h.st")
assert t["counts"][0] == "I64", "whole numbers stay"
assert t["embedding"][0] == "F16" and t["embedding"][2] == h.tobytes()
bits = e.view(np.uint32)
rounded = ((bits + 0x7fff + (bits >> 16 & 1)) >> 16).astype(np.uint16)
assert read("b.st")["embedding"][::2] == ("BF16", rounded.tobytes())
np.save("big.npy", np.array([1e5, 1.]))
np.save("half.npy", np.array([0.5]))
END
  ts-convert --from safetensors b.st | ts-convert --to safetensors | cmp - b.st
  ts-convert --from npy --type f32 h.npy | ts-convert --to npy | python3 -c '
import numpy as np, sys, io
assert (np.load(io.BytesIO(sys.stdin.buffer.read())) == np.load("h.npy")).all()'
  run -1 ts-convert --from npy --type f16 -o o big.npy
  [[ $output == *"100000 does not fit f16 (row 0)"* ]]
  run -1 ts-convert --from npy --type i32 -o o half.npy
  [[ $output == *"0.5 does not fit i32 (row 0)"* ]]
}

@test "safetensors: --rename gives names that fit, with a star for what stays" {
  python3 - <<'END'
import json, struct
head = {}
at = 0
for i in range(2):
    head["model.decoder.layers.%d.self_attention.out_projection.weight" % i] = {"dtype": "F32", "shape": [1], "data_offsets": [at, at + 4]}
    at += 4
text = json.dumps(head).encode()
open("m.st", "wb").write(struct.pack("<Q", len(text)) + text + struct.pack("<ff", 1, 2))
END
  run -1 ts-convert --from safetensors -o o m.st
  [[ $output == *"is longer than the 39 bytes that a stream has for it: '--rename' gives it another" ]]
  ts-convert --from safetensors --rename 'model.decoder.layers.*.self_attention.out_projection.weight=out.*' m.st > m.bin
  [ "$(ts-convert --to tsv --no-words --tensor out.1 m.bin)" = 2 ]
  ts-convert --to safetensors --rename 'out.*=layer.*.out' m.bin > n.st
  head -c 200 n.st | grep -q '"layer.1.out"'
  run -1 ts-convert --from safetensors --rename 'nothing=x' -o o m.st
}

@test "svmlight: scikit-learn reads what is written, and what it writes is read" {
  need sklearn
  printf '1\ta b a\n0\tc\n1\tb c\n' | vocab --labels --no-unknown | onehot --bow > b.bin
  ts-convert --to svmlight b.bin > b.svm
  ts-convert --from svmlight b.svm | ts-convert --to svmlight | cmp - b.svm
  python3 - <<'END'
from sklearn.datasets import load_svmlight_file, dump_svmlight_file
import numpy as np
x, y = load_svmlight_file("b.svm")
assert list(y) == [1, 0, 1]
rows = [l.rstrip("\n").split() for l in open("b.svm")]
assert x.toarray().sum() == 6 and x.shape == (3, 3)
rng = np.random.RandomState(1)
m = rng.rand(20, 7).astype(np.float32) * (rng.rand(20, 7) > .5)
labels = rng.randint(-1, 3, 20)
dump_svmlight_file(m, labels, "zero.svm", zero_based=True)
dump_svmlight_file(m, labels, "one.svm", zero_based=False)
np.save("m.npy", m)
np.save("y.npy", labels)
END
  for base in zero one; do
    ts-convert --from svmlight $base.svm > $base.bin
    ts-convert --to npy --tensor onehot $base.bin > x.npy
    ts-convert --to npy --tensor labels $base.bin > y2.npy
    ts-convert --to tsv --tensor labels.vocab $base.bin > names
    python3 - <<'END'
import numpy as np
assert (np.load("x.npy") == np.load("m.npy")).all()
names = [int(x) for x in open("names")]
assert names == sorted(names)
assert [names[i] for i in np.load("y2.npy")] == list(np.load("y.npy"))
END
    [ "$(ts-convert --from auto $base.svm 2> /dev/null | ts-convert --to npy --tensor onehot | cmp - x.npy && echo same)" = same ]
  done
  linear-train -q -o model one.bin
}

@test "svmlight: malformed rows are refused with their line" {
  printf '1 1:1\n1 2:1 2:1\n' | refused 4 'not larger than the one before (line 2)' svmlight
  printf '1 1:1\n1 2:x\n' | refused 4 'a value that is no number (line 2)' svmlight
  printf '1 1:1\n1 2\n' | refused 4 'not INDEX:VALUE where it belongs (line 2)' svmlight
  printf '1:1\n' | refused 4 'a row without a label (line 1)' svmlight
  printf '1,2 1:1\n' | refused 4 'several labels' svmlight
  printf '1 1:inf\n' | refused 4 'infinite, not a number' svmlight
  printf '# nothing\n' | refused 4 'empty where rows were expected' svmlight
  printf '1 qid:4 1:2 # why\n' > q
  run -0 ts-convert --from svmlight -o q.bin q
  [[ $output == *"1 query ids (qid:N) were left out" ]]
}

@test "glove-cooc: GloVe's cooccurrence.bin, byte by byte" {
  toy | cooc -w 2 > c.bin
  ts-convert --to glove-cooc c.bin > c.glove
  ts-convert --to cells --no-words c.bin > cells
  python3 - <<'END'
import struct
data = open("c.glove", "rb").read()
cells = [struct.unpack_from("<iid", data, i) for i in range(0, len(data), 16)]
expected = [line.split() for line in open("cells")]
assert cells == [(int(r) + 1, int(c) + 1, float(v)) for r, c, v in expected]
END
  ts-convert --to tsv --tensor vocab c.bin > words
  ts-convert --from glove-cooc --words words c.glove > d.bin
  ts-convert --to cells c.bin | cmp - <(ts-convert --to cells d.bin)
  glove -q --dim 3 --epochs 1 -o g.bin d.bin
  head -c 24 c.glove | refused 3 'ends in a cell (byte 16)' glove-cooc
  head -c 32 /dev/zero | refused 4 'not a cell of GloVe: two numbers from 1 and a count (byte 0)' glove-cooc
  refused 4 "text, not GloVe's cooccurrence.bin" glove-cooc <<< 'the cat sat on the mat'
  head -n 1 words > few
  run -4 ts-convert --from glove-cooc --words few -o made c.glove
  [[ $output == *"a word beyond the vocabulary of --words (byte "* ]]
}

@test "jsonl: rows with their words, sentences with labels and tags" {
  printf 'x\ta "b\\\\\ny\tc\n' | vocab --labels --no-unknown > t.bin
  ts-convert --to jsonl t.bin > t.jsonl
  printf '1,2.5\n' | sed 's/^/a,b\n/' > n.csv
  ts-convert --from csv n.csv | ts-convert --to jsonl > n.jsonl
  printf 'a\t1\t2\nb\tnan\t3\n' | ts-convert --from tsv --tensor m > m.bin
  ts-convert --to jsonl m.bin > m.jsonl
  python3 - <<'END'
import json
lines = lambda path: [json.loads(line) for line in open(path, encoding="utf-8")]
assert lines("t.jsonl") == [{"label": "x", "tokens": ["a", "\"b\\"]}, {"label": "y", "tokens": ["c"]}], lines("t.jsonl")
assert lines("n.jsonl") == [{"a": 1, "b": 2.5}]
assert lines("m.jsonl") == [{"word": "a", "m": [1, 2]}, {"word": "b", "m": [None, 3]}]
END
  [ "$(ts-convert --to jsonl --limit 1 t.bin | wc -l)" -eq 1 ]
}

@test "conll: what is read is what tokenize --columns and vocab --tags make, and comes back" {
  {
    printf -- '-DOCSTART- -X- O O\n\nEU NNP I-NP I-ORG\nrejects VBZ I-VP O\n# SYM O O\n\n\n'
    printf '1 000\tCD\tI-NP\tO\r\na\\b\tX\tO\tO\n'
  } > t
  for columns in 1,-1 1,2 -4,3; do
    ts-convert --no-history --from conll --columns=$columns t > t.bin
    tokenize --columns=$columns t | vocab --no-history --tags | cmp - t.bin
  done
  ts-convert --no-history --from conll t > t.bin
  ts-convert --to conll t.bin > back
  printf 'EU\tI-ORG\nrejects\tO\n#\tO\n\n1 000\tO\na\\b\tO\n\n' | cmp - back
  ts-convert --no-history --from conll back | cmp - t.bin
  ts-convert --from conll --limit 1 t | ts-convert --to conll | cmp - <(head -n 4 back)
  ts-convert --to conll --limit 1 t.bin | cmp - <(head -n 4 back)
  # Words alone.
  ts-convert --no-history --from conll --columns 1 t > w.bin
  printf 'EU rejects #\n1\\s000 a\\\\b\n' | vocab --no-history | cmp - w.bin
  ts-convert --to conllu w.bin > w.conllu
  ts-convert --no-history --from conllu --columns 2 w.conllu | cmp - w.bin
  run -1 ts-convert --to conll w.bin
  [[ $output == *"a space, a tab or an end of line in it has no place in columns (sentence 2)" ]]
}

@test "conllu: a treebank in, and ten columns out" {
  {
    printf '# sent_id = 1\n# text = Don\47t 1 000\n'
    printf '%s\t%s\tx\t%s\tX\t_\t0\troot\t_\t_\n' 1-2 "Don't" _ 1 Do AUX 2 "n't" PART 2.1 gone VERB 3 '1 000' NUM
    printf '\n# newdoc\n1\t#\t#\tSYM\tNN\t_\t_\t_\t_\t_\n\n'
  } > t
  ts-convert --no-history --from conllu t > t.bin
  tokenize --conllu t | vocab --no-history --tags | cmp - t.bin
  ts-convert --to conllu t.bin > back
  printf '%s\t%s\t_\t%s\t_\t_\t_\t_\t_\t_\n' 1 Do AUX 2 "n't" PART 3 '1 000' NUM > expected
  printf '\n1\t#\t_\tSYM\t_\t_\t_\t_\t_\t_\n\n' >> expected
  cmp expected back
  ts-convert --no-history --from conllu back | cmp - t.bin
  ts-convert --from conllu --columns 2,5 t | ts-convert --to conll | grep -qx $'#\tNN'
}

@test "conll, conllu: cut and malformed lines are refused with their number" {
  printf 'EU NNP O\ncalls VB' | refused 4 '2 columns where 3 were expected (line 2)' conll
  printf 'EU NNP\n\n\ncalls VB O\n' | refused 4 '3 columns where 2 were expected (line 4)' conll
  printf 'EU\n' | refused 4 'columns 1 and -1 are the same one, so there is no tag (line 1)' conll
  printf 'EU\tNNP\n\tVB\n' | refused 4 'no word in column 1 (line 2)' conll
  printf '\n\n' | refused 4 'empty where tokens were expected' conll
  printf '# x\n1\tdo\t_\tX\t_\t_\t_\t_\t_\t_\n2\tdo\t_\tX' > u
  refused 4 '4 columns where 10 were expected (line 3)' conllu < u
  refused 4 'CoNLL-U (line 2): read it with --from conllu, or say with --columns which' conll < u
  printf 'EU NNP O\n' | refused 4 'no CoNLL-U: a line without TABs (line 1)' conllu
  for columns in 0,1 1,2,3 1,x 1, 99999999999; do
    run -2 ts-convert --from conll --columns "$columns" -o made u
    [[ $output == *"--columns $columns: not the numbers of one or two columns"* && ! -e made ]]
  done
  toy | cooc -w 1 > c.bin
  run -1 ts-convert --to conllu c.bin
  [[ $output == *"c.bin: no text: columns need 'ids'"* ]]
  run -2 ts-convert --from conll --words u u
}

@test "conll: a corpus as it is distributed" {
  [ -d "$WORDPIPE_DATA/ner-conll2003" ] || skip "no real data"
  gzip -dc "$WORDPIPE_DATA/ner-conll2003/eng.testa.gz" > t
  ts-convert --from conll t | ts-convert --to conll > back
  grep -v DOCSTART t | awk 'NF { print $1 "\t" $4; open = 1 } !NF && open { print ""; open = 0 }' | diff - back
}

@test "--vocab keeps the rows of a list of words; fastText's .vec is read as it is" {
  printf '3 2 \n</s> 0.1 0.2 \nthe 0.5 1 \ncat -1e-05 2 \n' > v.vec
  sed -i '1s/ $//' v.vec
  printf 'cat\nthe\ndog\n' > list
  ts-convert --from word2vec --vocab list v.vec > v.bin
  [ "$(ts-convert --to glove v.bin | tr '\n' '|')" = "the 0.5 1|cat -0.00001 2|" ] ||
    [ "$(ts-convert --to glove v.bin | tr '\n' '|')" = "the 0.5 1|cat -1e-05 2|" ]
  ts-convert --from auto v.vec 2> /dev/null | ts-convert --to word2vec --vocab list | head -n 1 | grep -qx '2 2'
  run -1 ts-convert --from word2vec --vocab <(echo none) -o o v.vec
  [[ $output == *"none of its 3 words is in --vocab"* ]]
  need gensim
  ts-convert --from word2vec v.vec | ts-convert --to word2vec > back.vec
  python3 - <<'END'
from gensim.models import KeyedVectors
a, b = (KeyedVectors.load_word2vec_format(f) for f in ("v.vec", "back.vec"))
assert a.index_to_key == b.index_to_key and (a.vectors == b.vectors).all()
END
}

@test "every beginning of a file of each format: refused with its place, or warned of" {
  need numpy
  python3 - <<'END'
import io, json, struct, subprocess
import numpy as np
e = np.array([[0.5, -1.25], [2, 3.75]], "f4")
def npz(save):
    f = io.BytesIO()
    save(f, x=e)
    return f.getvalue()
head = json.dumps({"x": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).encode()
head += b" " * (-len(head) % 8)
files = {
    "npz": npz(np.savez), "npz ": npz(np.savez_compressed),
    "safetensors": struct.pack("<Q", len(head)) + head + e.tobytes(),
    "word2vec": b"2 2\na 0.5 -1.25\nb 2 3.75\n", "glove": b"a 0.5 -1.25\nb 2 3.75\n",
    "word2vec-binary": b"2 2\na " + e[0].tobytes() + b"\nb " + e[1].tobytes(),
    "svmlight": b"1 1:0.5 3:2\n-1 2:1\n",
    "matrix-market": b"%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 0.5\n2 1 25\n",
    "glove-cooc": struct.pack("<iidiid", 1, 2, 0.5, 2, 1, 3),
    "conll": b"EU B-ORG\nit O\n\nso O\n\n", "csv": b'x,"y"\n1,2\n4.5,6\n', "tsv": b"a\t1\nb\t25\n",
}
open("words", "w").write("a\nb\n")
whole = {"npz", "safetensors", "word2vec-binary"} # these never pass
for name, data in files.items():
    name = name.strip()
    options = ["--words", "words"] if name == "glove-cooc" else []
    for n in range(len(data) + 1):
        p = subprocess.run(["ts-convert", "--from", name, *options], input=data[:n], stdout=subprocess.PIPE,
                           stderr=subprocess.PIPE)
        said = p.stderr.decode()
        where = (name, n, p.returncode, said)
        assert (p.returncode == 0) == (n == len(data)) or name not in whole, where
        assert p.returncode in (0, 1, 3, 4), where
        if p.returncode:
            assert any(w in said for w in ("line ", "byte ", "empty", "ends after", "missing at the end", "not ")), where
        elif name not in whole and name != "glove-cooc":
            assert data[n - 1:n] == b"\n" or "ends without a line feed: is it cut?" in said, where
END
}
