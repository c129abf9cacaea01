#!/usr/bin/env bats
# Models of fastText: ts-convert --from fasttext.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # A model as fastText writes it, and the vectors that it should give, by fastText's rules.
  cat > model.py <<'END'
import math, struct, sys
def model(path, words, dim=4, minn=2, maxn=3, buckets=50, version=12, quantized=False, labels=(), cut=0):
    row = lambda i: [math.sin(1 + i * dim + k) for k in range(dim)]
    rows = len(words) + (buckets if maxn else 0)
    out = struct.pack("<2i", 793712314, version)
    out += struct.pack("<12id", dim, 5, 1, 1, 5, 1, 2, 2, buckets, minn, maxn, 100, 1e-4)
    out += struct.pack("<3i2q", len(words) + len(labels), len(words), len(labels), 100, -1)
    for i, word in enumerate(words):
        out += word + b"\0" + struct.pack("<qb", 100 - i, 0)
    for label in labels:
        out += label + b"\0" + struct.pack("<qb", 5, 1)
    out += struct.pack("<?2q", quantized, rows, dim)
    for i in range(rows):
        out += struct.pack("<%df" % dim, *row(i))
    out += struct.pack("<?2q", False, len(words), dim) + bytes(4 * dim * len(words))
    open(path, "wb").write(out[:len(out) - cut] if cut >= 0 else out[:-cut])
    def fnv(gram):
        h = 2166136261
        for b in gram:
            h = ((h ^ (b if b < 128 else b | 0xffffff00)) * 16777619) & 0xffffffff
        return h
    def parts(word):
        text, found = b"<" + word + b">", []
        if word == b"</s>" or not maxn:
            return found
        starts = [i for i in range(len(text)) if text[i] & 0xc0 != 0x80] + [len(text)]
        for n in range(minn, maxn + 1):
            for s in range(len(starts) - n):
                if not (n == 1 and s in (0, len(starts) - 2)):
                    found.append(len(words) + fnv(text[starts[s]:starts[s + n]]) % buckets)
        return found
    def vector(word):
        used = ([words.index(word)] if word in words else []) + parts(word)
        return [sum(row(i)[k] for i in used) / len(used) for k in range(dim)]
    return vector
def compare(got, want):
    for line, expected in zip(open(got, encoding="utf-8"), want):
        fields = line.rstrip("\n").split("\t")[1:]
        assert len(fields) == len(expected), (line, expected)
        assert all(abs(float(x) - y) < 2e-6 for x, y in zip(fields, expected)), (line, expected)
END
  words="[b'</s>', b'banana', b'the', b'na', 'm\u00fcller'.encode(), b'a']"
}

@test "fasttext: vectors of words, known and unknown, are fastText's own" {
  for how in "minn=2, maxn=3" "minn=1, maxn=6, buckets=7" "minn=3, maxn=6, buckets=2000, dim=9" "version=11"; do
    python3 -c "from model import *; model('m.bin', $words, $how)"
    ts-convert --from fasttext m.bin > emb.bin
    ts-check emb.bin
    ts-convert --to tsv emb.bin > known
    emb-ngrams --compose -e emb.bin bananas 'müllers' thea anan > unknown
    python3 -c "from model import *; words = $words; v = model('m.bin', words, $how)
assert len(open('known').readlines()) == len(words)
compare('known', map(v, words))
compare('unknown', [v(w.encode()) for w in ('bananas', 'm\u00fcllers', 'thea', 'anan')])"
  done
  run -0 neighbors -k 2 -e emb.bin bananas
  [[ $output == bananas$'\t'* ]]
}

@test "fasttext: known by its first bytes; --top; without n-grams; with labels" {
  python3 -c "from model import *; model('m.bin', $words)"
  ts-convert --from fasttext m.bin > emb.bin
  ts-convert --from auto m.bin 2> /dev/null | ts-diff emb.bin -
  ts-convert --from fasttext --top 3 m.bin > top.bin
  ts-convert --to tsv emb.bin | head -n 3 > want
  ts-convert --to tsv top.bin | cmp - want
  python3 -c "from model import *; model('m.bin', $words, maxn=0)"
  ts-convert --from fasttext m.bin > plain.bin
  run -0 ts-info plain.bin
  [[ $output != *charngram* ]]
  python3 -c "from model import *; model('m.bin', $words, labels=[b'__label__x'])"
  ts-convert --from fasttext m.bin | ts-convert --to tsv | cmp - <(ts-convert --to tsv emb.bin)
  run -4 neighbors -e m.bin banana
  [[ $output == *"ts-convert --from fasttext"* ]] || [[ $output == *"fastText"* ]]
}

@test "fasttext: what is cut short, damaged or quantized is refused" {
  python3 -c "from model import *; model('m.bin', $words)"
  size=$(wc -c < m.bin)
  matrix=$((size - 1 - 16 - 4 * 4 * 6)) # the output matrix is not read
  for cut in 1 3 10 50 80 90 120 200 500 $((matrix - 1)); do
    head -c $cut m.bin > cut.bin
    run ! ts-convert --from fasttext -o out.bin cut.bin
    [ "$status" -eq 3 ] || [ "$cut" -le 3 ]
    [ ! -e out.bin ]
  done
  python3 -c "from model import *; model('m.bin', $words, quantized=True)"
  run -1 ts-convert --from fasttext m.bin
  [[ $output == *"quantized"* ]]
  python3 -c "from model import *; model('m.bin', $words, version=13)"
  run -4 ts-convert --from fasttext m.bin
  [[ $output == *"version 13"* ]]
  python3 -c "from model import *; model('m.bin', $words + [b'the'])"
  run -4 ts-convert --from fasttext m.bin
  [[ $output == *"comes twice"* ]]
  echo text > text
  run -4 ts-convert --from fasttext text
}

@test "fasttext: vectors of fastText itself" {
  command -v fasttext > /dev/null || skip "fasttext is not installed"
  awk 'BEGIN { srand(1); for (i = 0; i < 3000; i++) { for (k = 0; k < 8; k++) printf "w%dx%d ", int(rand() * 30), int(rand() * 9); print "" } }' > text
  fasttext skipgram -input text -output model -dim 12 -epoch 1 -bucket 5000 -thread 1 > log 2>&1
  ts-convert --from fasttext model.bin > emb.bin
  printf 'w3x4\nw99x99\nhello\n' > words
  fasttext print-word-vectors model.bin < words | tr ' ' '\t' > want
  emb-ngrams --compose -e emb.bin < words > got
  paste got want | awk -F '\t' '{ for (i = 2; i <= 13; i++) if (($i - $(i + 13))^2 > 1e-9) exit 1 }'
}
