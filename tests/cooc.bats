#!/usr/bin/env bats
# cooc: against brute force in Python, against itself cut into parts, and against GloVe.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  # The reader that tensor-stream(5) shows.
  sed -n '/^\.\\" begin reader/,/^\.\\" end reader/{/^\./d;s/\\e/\\/g;s/\\-/-/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/tensor-stream.5" > reader.py
  cat > reference.py << 'END'
# reference.py IDS COUNTS [OPTION=VALUE ...]: are COUNTS what cooc should make of IDS?
import math, sys
from fractions import Fraction
import reader

o = dict(window="10", weight="harmonic", side="both", documents="", specials="")
o.update(a.split("=") for a in sys.argv[3:])
text, got = reader.read(open(sys.argv[1], "rb")), reader.read(open(sys.argv[2], "rb"))
vocab, ids, window = text["vocab"][2], iter(text["ids"][2]), int(o["window"])
specials = () if o["specials"] else (b"UNKNOWN_TOKEN", b"SENTENCE_START", b"SENTENCE_END")
out = {i for i, word in enumerate(vocab) if word in specials}
cells = {}

def add(row, col, value):
    cells[row, col] = cells.get((row, col), 0) + value

for number, length in enumerate(text["lengths"][2]):
    words = [i for i in [next(ids) for _ in range(length)] if i not in out]
    for p, word in enumerate(words):
        if o["documents"]:
            add(word, number, 1)
            continue
        for q in range(max(0, p - window), min(len(words), p + window + 1)):
            if q != p and (o["side"] == "both" or (q < p) == (o["side"] == "left")):
                add(word, words[q], 1 if o["weight"] == "flat" else Fraction(1, abs(p - q)))

want = sorted(cells.items())
row, col, value = (got["cooc." + name][2] for name in ("row", "col", "value"))
settings = dict(s.decode().split("=") for s in got["cooc.settings"][2])
unit = int(settings["unit"])
assert list(zip(row, col)) == [cell for cell, _ in want], "other cells"
for (cell, w), v in zip(want, value):
    if window <= 18:
        assert v == float(w) and w * unit == round(v * unit), (cell, v, w)
    else:
        assert abs(v - w) <= 1e-5 * w and (v * unit).is_integer(), (cell, v, w)
columns = len(text["lengths"][2]) if o["documents"] else len(vocab)
assert list(got["cooc.shape"][2]) == [len(vocab), columns], got["cooc.shape"]
assert got["vocab"][2] == vocab
counts = [0] * len(vocab)
for i in text["ids"][2]:
    counts[i] += 1
assert list(got["counts"][2]) == counts
if not o["documents"]:
    assert {k: settings[k] for k in ("window", "weight", "side")} == {
        k: o[k] for k in ("window", "weight", "side")}
END
  # Sentences of many lengths, none among them; words of a Zipf distribution.
  cat > make-text << 'END'
srand(seed)
for (line = 0; line < lines; line++) {
  n = line % 50 ? int(rand() * 30) : line % 1000
  text = ""
  for (i = 0; i < n; i++)
    text = text (i ? " " : "") "w" int(exp(rand() * words))
  print text
}
END
  awk -v seed=5 -v words=5 -v lines=300 "BEGIN { $(cat make-text) }" > text
  vocab --top 60 text > ids.bin
  # Too large for the least memory that cooc takes.
  awk -v seed=6 -v words=8 -v lines=12000 "BEGIN { $(cat make-text) }" > long
  tr '\n' ' ' < long > line
  vocab --min-count 2 long > long.bin
  vocab --min-count 2 line > line.bin
  cooc --no-history long.bin > long.counts
}

setup() {
  cd "$BATS_FILE_TMPDIR" || return
  out=$BATS_TEST_TMPDIR
}

# A stream for people: one line for each tensor but the history.
show() {
  python3 -c 'import reader, sys
for name, (kind, shape, values, _) in reader.read(sys.stdin.buffer).items():
    if name != "history":
        print(name, kind, list(shape), *[
            v.decode() if kind == "string" else "%.9g" % v for v in values])'
}

# Values of the cells, text words as names.
cells() {
  python3 -c 'import reader, sys
t = reader.read(sys.stdin.buffer)
v = [w.decode() for w in t["vocab"][2]]
for r, c, x in zip(*(t["cooc." + p][2] for p in ("row", "col", "value"))):
    print(v[r], v[c] if t["cooc.shape"][2][1] == len(v) else c, "%g" % x)'
}

@test "cooc: a small table, cell by cell" {
  # Windows of one word; the example of the first lecture on word vectors.
  printf 'I like deep learning .\nI like NLP .\nI enjoy flying .\n' | vocab --no-unknown |
    cooc --window 1 | cells | sort > got
  sort > want << 'END'
I like 2
I enjoy 1
like I 2
like deep 1
like NLP 1
deep like 1
deep learning 1
learning deep 1
learning . 1
NLP like 1
NLP . 1
enjoy I 1
enjoy flying 1
flying enjoy 1
flying . 1
. learning 1
. NLP 1
. flying 1
END
  diff want got
}

@test "cooc: distances, repeated words, and the ends of sentences" {
  printf 'a b c a\n' | vocab --no-unknown | cooc | show | grep -v vocab > got
  # a a: 1/3 from either place; a b: 1 + 1/2; a c: 1/2 + 1; b c: 1.
  diff - got << 'END'
counts i64 [3] 2 1 1
cooc.settings string [4] window=10 weight=harmonic side=both unit=2520
cooc.row i32 [7] 0 0 0 1 1 2 2
cooc.col i32 [7] 0 1 2 0 2 0 1
cooc.value f64 [7] 0.666666667 1.5 1.5 1.5 1 1.5 1
cooc.shape i64 [2] 3 3
END
}

@test "cooc: every option against brute force" {
  for window in 1 2 3 10 18 19 40 1000; do
    for side in both left right; do
      for weight in harmonic flat; do
        flag=--$side
        [ $side != both ] || flag=--symmetric
        cooc --window $window --weight $weight $flag ids.bin > "$out/got.bin"
        python3 reference.py ids.bin "$out/got.bin" window=$window weight=$weight side=$side
      done
    done
  done
  cooc --specials ids.bin > "$out/got.bin"
  python3 reference.py ids.bin "$out/got.bin" specials=1
  cooc --documents ids.bin > "$out/got.bin"
  python3 reference.py ids.bin "$out/got.bin" documents=1
  cooc --documents --specials ids.bin > "$out/got.bin"
  python3 reference.py ids.bin "$out/got.bin" documents=1 specials=1
}

@test "cooc: markers and unknown words are passed over, or counted" {
  printf 'SENTENCE_START a x b SENTENCE_END\nSENTENCE_START a b SENTENCE_END\n' |
    vocab --min-count 2 > "$out/ids.bin"
  [ "$(cooc "$out/ids.bin" | cells | xargs)" = "a b 2 b a 2" ]
  cooc --specials --window 1 "$out/ids.bin" | cells > "$out/got"
  grep -x 'UNKNOWN_TOKEN b 1' "$out/got"
  grep -x 'SENTENCE_START a 2' "$out/got"
  grep -x 'a b 1' "$out/got"
}

@test "cooc: symmetric is left plus right, and right is left transposed" {
  cooc --left ids.bin > "$out/left.bin"
  cooc --right ids.bin > "$out/right.bin"
  cooc ids.bin > "$out/both.bin"
  python3 - "$out" << 'END'
import reader, sys
def matrix(side):
    t = reader.read(open(sys.argv[1] + "/%s.bin" % side, "rb"))
    unit = 2520
    return {(r, c): round(v * unit) for r, c, v in zip(
        *(t["cooc." + p][2] for p in ("row", "col", "value")))}
left, right, both = matrix("left"), matrix("right"), matrix("both")
assert right == {(c, r): v for (r, c), v in left.items()}
assert both == {k: left.get(k, 0) + right.get(k, 0) for k in left.keys() | right.keys()}
assert all(both[c, r] == v for (r, c), v in both.items())
END
}

@test "cooc: the same bytes for any number of threads" {
  for threads in 1 2 3 8; do
    cooc --no-history --threads $threads long.bin | cmp - long.counts
  done
  cooc --no-history --documents --threads 1 long.bin > "$out/one.bin"
  cooc --no-history --documents --threads 3 long.bin | cmp - "$out/one.bin"
}

@test "cooc: the same bytes for any memory" {
  run -0 bash -c 'cooc --memory 3M -v --threads 1 --no-history long.bin 2>&1 > "$1"' - "$out/got.bin"
  echo "$output"
  [[ $output =~ ([0-9]+)\ pieces ]]
  [ "${BASH_REMATCH[1]}" -ge 2 ]
  cmp "$out/got.bin" long.counts
  cooc --memory 5M --threads 2 --no-history long.bin | cmp - long.counts
  # One sentence as long as the text: pieces begin within it.
  for options in "" "--window 100 --left" "--documents"; do
    # shellcheck disable=SC2086 # words are wanted
    cooc --no-history $options line.bin > "$out/want.bin"
    # shellcheck disable=SC2086
    cooc --no-history $options --memory 3M --threads 1 line.bin | cmp - "$out/want.bin"
  done
  cooc --no-history --documents long.bin > "$out/want.bin"
  cooc --no-history --documents --memory 3M long.bin | cmp - "$out/want.bin"
}

@test "cooc: by a pipe, compressed, and joined by cat" {
  cooc --no-history < long.bin | cmp - long.counts
  # shellcheck disable=SC2002 # a pipe is wanted
  cat long.bin | cooc --no-history | cmp - long.counts
  gzip -c long.bin | cooc --no-history | cmp - long.counts
  cat text text | vocab --from long.bin > "$out/both.bin"
  vocab --from long.bin text > "$out/one.bin"
  cooc --no-history "$out/both.bin" > "$out/want.bin"
  cat "$out/one.bin" "$out/one.bin" | cooc --no-history | cmp - "$out/want.bin"
  cooc --no-history --documents "$out/both.bin" > "$out/want.bin"
  cat "$out/one.bin" "$out/one.bin" | cooc --no-history --documents | cmp - "$out/want.bin"
}

@test "cooc: seven merged parts are the whole, to the byte" {
  lines=$(wc -l < long)
  for options in "" "--window 4 --right --weight flat" "--window 25" "--documents"; do
    rm -f "$out"/part* "$out"/*.counts
    split -l $((lines / 7 + 1)) long "$out/part."
    # shellcheck disable=SC2086 # words are wanted
    for part in "$out"/part.*; do
      vocab --from long.bin "$part" | cooc $options > "$part.counts"
    done
    [ "$(ls "$out"/part.*.counts | wc -l)" -eq 7 ]
    # shellcheck disable=SC2086
    cooc --no-history $options long.bin > "$out/want.bin"
    cooc --no-history --merge "$out"/part.*.counts | cmp - "$out/want.bin"
    cat "$out"/part.*.counts | cooc --no-history --merge | cmp - "$out/want.bin"
    cooc --no-history --merge --memory 3M "$out"/part.*.counts | cmp - "$out/want.bin"
    # Parts of parts.
    cooc --merge "$out"/part.a[a-c].counts > "$out/first.bin"
    cooc --merge "$out"/part.a[d-g].counts > "$out/last.bin"
    cooc --no-history --merge "$out/first.bin" "$out/last.bin" | cmp - "$out/want.bin"
  done
  # One part alone stays what it is.
  cooc --no-history --merge long.counts | cmp - long.counts
}

@test "cooc: few open files are enough" {
  for i in $(seq 40); do
    vocab --from ids.bin text | cooc > "$out/p$i.bin"
  done
  (ulimit -n 8 && cooc --no-history --merge "$out"/p*.bin > "$out/few.bin")
  cooc --no-history --merge "$out"/p*.bin | cmp - "$out/few.bin"
  (ulimit -n 8 && cooc --memory 3M --threads 1 --no-history line.bin > "$out/few.bin")
  cooc --no-history line.bin | cmp - "$out/few.bin"
}

@test "cooc: parts that do not fit are refused" {
  cooc ids.bin > "$out/a.bin"
  cooc --window 5 ids.bin > "$out/b.bin"
  cooc long.bin > "$out/c.bin"
  run -1 --separate-stderr cooc --merge -o "$out/got.bin" "$out/a.bin" "$out/b.bin"
  [[ $stderr == *"b.bin: counted in another way than the parts before (record"* ]]
  run -1 --separate-stderr cooc --merge -o "$out/got.bin" "$out/a.bin" "$out/c.bin"
  [[ $stderr == *"c.bin: another vocabulary than that of the parts before"* ]]
  run -1 --separate-stderr cooc --merge -o "$out/got.bin" ids.bin
  [[ $stderr == *"ids.bin: matrix 'cooc' is not there"* ]]
  run -1 --separate-stderr cooc -o "$out/got.bin" "$out/a.bin"
  [[ $stderr == *"a.bin: no 'ids': is this the output of vocab?"* ]]
  [ ! -e "$out/got.bin" ]
  head -c 3000 "$out/a.bin" > "$out/short.bin"
  run -3 cooc --merge "$out/short.bin" -o "$out/got.bin"
  for options in "--merge --window 5" "--merge --left" "--merge --documents" \
    "--documents --window 5" "--merge --dry-run" "ids.bin ids.bin" "--window 0" "--window 1001"; do
    # shellcheck disable=SC2086 # words are wanted
    run -2 cooc $options < /dev/null
  done
}

@test "cooc: no text, no words, empty sentences" {
  vocab /dev/null > "$out/none.bin"
  cooc "$out/none.bin" | show > "$out/got"
  diff - "$out/got" << 'END'
vocab string [1] UNKNOWN_TOKEN
counts i64 [1] 0
cooc.settings string [4] window=10 weight=harmonic side=both unit=2520
cooc.row i32 [0]
cooc.col i32 [0]
cooc.value f64 [0]
cooc.shape i64 [2] 1 1
END
  cooc --merge <(cooc "$out/none.bin") | show | diff - "$out/got"
  cooc --documents "$out/none.bin" | show | grep -x 'cooc.shape i64 \[2\] 1 0'
  vocab --no-unknown /dev/null | cooc | show | grep -x 'cooc.shape i64 \[2\] 0 0'
  printf '\n\na\n\n' | vocab | cooc --documents | show > "$out/got"
  grep -x 'cooc.col i32 \[1\] 2' "$out/got"
  grep -x 'cooc.shape i64 \[2\] 2 4' "$out/got"
  printf 'a\nb\n' | vocab | cooc | show | grep -x 'cooc.row i32 \[0\]'
}

@test "cooc: labels and other tensors travel on" {
  printf 'x\ta b\ny\tb\n' | vocab --labels > "$out/ids.bin"
  cooc --documents "$out/ids.bin" | show > "$out/got"
  grep -x 'labels i32 \[2\] 0 1' "$out/got"
  grep -x 'labels.vocab string \[2\] x y' "$out/got"
  cat "$out/ids.bin" "$out/ids.bin" | cooc --documents | show | grep -x 'labels i32 \[4\] 0 1 0 1'
  cooc --documents "$out/ids.bin" > "$out/part.bin"
  cooc --merge "$out/part.bin" "$out/part.bin" | show > "$out/got"
  grep -x 'labels i32 \[4\] 0 1 0 1' "$out/got"
  grep -x 'cooc.shape i64 \[2\] 3 4' "$out/got"
  cooc "$out/ids.bin" | ts-info | grep 'made by cooc .*'
}

@test "cooc: input cut short leaves no file" {
  size=$(wc -c < long.bin)
  for n in 100 1000 $((size / 2)) $((size - 64)); do
    head -c $n long.bin > "$out/short.bin"
    run -3 cooc -o "$out/got.bin" "$out/short.bin"
    run -3 bash -c 'cooc -o "$1" < "$2"' - "$out/got.bin" "$out/short.bin"
    [ ! -e "$out/got.bin" ]
  done
}

@test "cooc: too little memory is said at the start, and how much is needed" {
  run -1 --separate-stderr cooc --memory 1M -o "$out/got.bin" long.bin
  [[ $stderr =~ ^"cooc: a vocabulary of "[0-9]+" words needs "([0-9]+)"M of --memory at least, not 1.0M"$ ]]
  cooc --memory "${BASH_REMATCH[1]}M" --no-history long.bin | cmp - long.counts
}

@test "cooc: resident memory stays near the limit" {
  [ -z "$SAN" ] || skip "sanitizers take memory of their own"
  for i in 1 2 3 4 5 6 7 8 9 10; do cat long; done | vocab --from long.bin > "$out/ten.bin"
  run -0 bash -c 'cooc -v -t 2 --memory 6M "$1" 2>&1 > /dev/null' - "$out/ten.bin"
  echo "$output"
  [[ $output =~ ([0-9]+)\.[0-9]\ MiB\ of\ memory ]]
  [ "${BASH_REMATCH[1]}" -lt 20 ]
}

@test "cooc: temporary files that cannot be written" {
  run -1 --separate-stderr cooc --memory 3M --tmpdir nowhere -o "$out/got.bin" line.bin
  [[ $stderr == "cooc: nowhere: temporary file: cannot create (byte 0): No such file or directory" ]]
  # No disk is full here; a limit of the size of files is as good.
  run -1 --separate-stderr bash -c 'trap "" XFSZ; ulimit -f 64
    cooc --memory 3M --tmpdir . line.bin | cat > /dev/null; exit ${PIPESTATUS[0]}'
  [[ $stderr == "cooc: .: temporary file: cannot write (byte "*"): File too large" ]]
  [ ! -e "$out/got.bin" ]
}

@test "cooc: a full disk" {
  [ -c /dev/full ] || skip "no /dev/full"
  run -1 bash -c 'cooc long.bin > /dev/full'
  [[ $output == *"<stdout>: cannot write: No space left on device"* ]]
}

@test "cooc: --dry-run tells what will be" {
  cooc --dry-run long.bin > "$out/got"
  cat "$out/got"
  cells=$(show < long.counts | sed -n 's/^cooc.row i32 \[\([0-9]*\)\].*/\1/p')
  # The text is shorter than the sample: nothing is estimated.
  grep -x "$(printf 'cells\t%s' "$cells")" "$out/got"
  grep -x "$(printf 'pieces\t1')" "$out/got"
  cooc --dry-run --memory 3M long.bin | grep -E "$(printf 'pieces\t[2-9]')"
  run -3 bash -c 'head -c 5000 long.bin | cooc --dry-run'
}

# COOCCUR=/path/to/GloVe/build/cooccur
@test "cooc: as GloVe's cooccur" {
  [ -n "$COOCCUR" ] || skip "COOCCUR does not name GloVe's cooccur"
  ts-convert --to tsv --tensor counts long.bin | sed 1d | tr '\t' ' ' > "$out/vocab.txt"
  for window in 2 10; do
    for symmetric in 0 1; do
      # Without pairs beyond max-product it would write one cell twice.
      (cd "$out" && "$COOCCUR" -verbose 0 -max-product 1000 -symmetric $symmetric -window-size $window \
        -vocab-file vocab.txt < "$BATS_FILE_TMPDIR/long" > theirs 2> /dev/null)
      [ $symmetric = 1 ] && side=--symmetric || side=--right
      cooc --window $window $side long.bin > "$out/ours.bin"
      python3 - "$out" << 'END'
import reader, struct, sys
t = reader.read(open(sys.argv[1] + "/ours.bin", "rb"))
ours = {(r, c): v for r, c, v in zip(*(t["cooc." + p][2] for p in ("row", "col", "value")))}
theirs = {(r, c): v for r, c, v in struct.iter_unpack("<iid", open(sys.argv[1] + "/theirs", "rb").read())}
assert ours.keys() == theirs.keys(), (len(ours), len(theirs))
assert all(abs(v - theirs[k]) <= 1e-9 * v for k, v in ours.items())
END
    done
  done
}
