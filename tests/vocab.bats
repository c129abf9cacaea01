#!/usr/bin/env bats
# vocab: counting and encoding, against a brute-force reference in Python.  The ways to cut and
# to spoil a text are tested in tests/lib/vocab_test.c; this is about the program.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  # The reader that tensor-stream(5) shows.
  sed -n '/^\.\\" begin reader/,/^\.\\" end reader/{/^\./d;s/\\e/\\/g;s/\\-/-/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/tensor-stream.5" > reader.py
  cat > reference.py << 'END'
# reference.py STREAM TEXT [TOP [MIN_COUNT [unknown|drop]]]: is STREAM what vocab should write?
import collections, re, sys
import reader

PLAIN = {b"s": b" ", b"n": b"\n", b"t": b"\t", b"r": b"\r", b"\\": b"\\"}

def plain(token):
    return re.sub(rb"\\(.)", lambda m: PLAIN[m[1]], token)

stream, text, top, least, unknown = (sys.argv[1:] + ["0", "1", "unknown"][len(sys.argv) - 3:])
sentences = [[plain(t) for t in re.split(rb"[ \t\r]+", line) if t]
             for line in open(text, "rb").read().removesuffix(b"\n").split(b"\n")]
if not open(text, "rb").read():
    sentences = []
counts = collections.Counter(t for s in sentences for t in s)
UNKNOWN, MARKERS = b"UNKNOWN_TOKEN", [b"SENTENCE_START", b"SENTENCE_END"]
special = [UNKNOWN] * (unknown != "drop") + [m for m in MARKERS if counts[m]]
words = sorted((t for t in counts if t not in [UNKNOWN, *MARKERS] and counts[t] >= int(least)),
               key=lambda t: (-counts[t], t))
if int(top):
    words = words[:int(top) - len(special)]
vocab = special + words
ids = {t: i for i, t in enumerate(vocab)}
encoded = [[ids.get(t, 0 if unknown != "drop" else None) for t in s] for s in sentences]
encoded = [[i for i in s if i is not None] for s in encoded]
flat = [i for s in encoded for i in s]
found = {name: tensor[2] for name, tensor in reader.read(open(stream, "rb")).items()}
uses = collections.Counter(flat)
want = {"vocab": vocab, "counts": [uses[i] for i in range(len(vocab))], "ids": flat,
        "lengths": [len(s) for s in encoded]}
for name in want:
    if found[name] != want[name]:
        sys.exit(f"{name}: {found[name][:20]} and not {want[name][:20]}")
END
  # Words of a Zipf distribution, many of them equally rare, with markers now and then.
  awk 'BEGIN {
    srand(3)
    for (line = 0; line < 3000; line++) {
      n = int(rand() * 20)
      text = ""
      for (i = 0; i < n; i++)
        text = text (i ? " " : "") "w" int(exp(rand() * 9))
      if (line % 4 == 0)
        text = "SENTENCE_START " text " SENTENCE_END"
      print text
    }
  }' > text
}

# A stream for people: one line for each tensor but the history.
show() {
  python3 reader.py | sed '/^history/d'
}

@test "vocab: counts, order and ids are those of the reference" {
  for options in "" "--top=500" "--min-count=3" "--top=300 --min-count=4"; do
    top=$(sed -n 's/.*--top=\([0-9]*\).*/\1/p' <<< "$options")
    least=$(sed -n 's/.*--min-count=\([0-9]*\).*/\1/p' <<< "$options")
    for unknown in unknown drop; do
      [ $unknown = unknown ] || options+=" --no-unknown"
      # shellcheck disable=SC2086
      vocab $options text > got.bin
      python3 reference.py got.bin text "${top:-0}" "${least:-1}" $unknown
    done
  done
}

@test "vocab: 8000 are 7997 words, UNKNOWN_TOKEN and the two markers" {
  awk 'BEGIN { for (i = 0; i < 10000; i++) print "SENTENCE_START", "w" i, "SENTENCE_END" }' > many
  vocab --top 8000 --list many > list
  [ "$(wc -l < list)" -eq 8000 ]
  [ "$(grep -c '^w' list)" -eq 7997 ]
  [ "$(head -n 3 list | cut -f 1 | paste -s -d ' ')" = "UNKNOWN_TOKEN SENTENCE_START SENTENCE_END" ]
  [ "$(head -n 1 list | cut -f 2)" -eq 2003 ]
  sed 's/SENTENCE_[A-Z]*//g' many | vocab --top 8000 --list > list
  [ "$(grep -c '^w' list)" -eq 7999 ]
  run -2 vocab --top 2 --list many
  [[ $output == *"special ones alone are 3"* ]]
}

@test "vocab: equal counts are ordered by bytes" {
  printf 'b \303\251 a z B aa a\\sb \377 b z\n' | vocab --no-unknown --list > got
  printf 'b\t2\nz\t2\nB\t1\na\t1\na\\sb\t1\naa\t1\n\303\251\t1\n\\xFF\t1\n' > want
  diff want got
}

@test "vocab: escaped forms of a token are one token" {
  printf 'a\\sb a\\x20b a\\u0020b \\\\ \\q \\\\q\n' | vocab --no-unknown --no-history |
    show > got
  cat > want << 'END'
vocab string [3] b'a b' b'\\q' b'\\'
counts i64 [3] 3 2 1
ids i32 [6] 0 0 0 2
lengths i32 [1] 6
END
  diff want got
}

@test "vocab: white space of all kinds, empty lines, no newline at the end" {
  printf ' a\tb  a \r\n\r\n\nb' > odd
  vocab --no-labels odd > got.bin
  python3 reference.py got.bin odd
  [ "$(show < got.bin | sed -n '/^lengths/p')" = "lengths i32 [4] 3 0 0 1" ]
  : > empty
  vocab empty > got.bin
  python3 reference.py got.bin empty
  [ "$(vocab --no-labels odd | ts-info)" = "$(gzip -c odd | vocab --no-labels | ts-info)" ]
}

@test "vocab: blocks of a pipe and several files make no difference" {
  vocab --no-history text > want.bin
  { head -c 10001 text; sleep 0.1; tail -c +10002 text; } | vocab --no-history | cmp - want.bin
  head -n 1000 text > a
  tail -n +1001 text > b
  vocab --no-history a b | cmp - want.bin
  vocab --no-history a - < b | cmp - want.bin
  printf 'x y' > a
  printf 'z\n' > b
  [ "$(vocab a b | show | tail -n 1)" = "lengths i32 [2] 2 1" ]
}

@test "vocab: the instruction set makes no difference" {
  vocab text > want.bin
  for isa in plain avx2 avx512; do
    WORDPIPE_ISA=$isa vocab text | cmp - want.bin
  done
}

@test "vocab: little memory and a spool on disk: the same bytes" {
  for _ in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20; do cat text; done > long
  vocab long > want.bin
  mkdir tmp
  vocab --memory 4M --tmpdir tmp long | cmp - want.bin
  [ -z "$(ls tmp)" ]
  run -1 vocab --memory 4M --tmpdir nowhere -o got.bin long
  echo "$output"
  [[ $output == *"nowhere: temporary file: cannot create"*"No such file"* ]]
  [ ! -e got.bin ]
}

@test "vocab: too many tokens for the memory is an error that names what to change" {
  awk 'BEGIN { for (i = 0; i < 200000; i++) print "token" i }' > many
  run -1 vocab --memory 4M many -o got.bin
  echo "$output"
  [[ $output == *"many: vocabulary: no room for more than "*"(see --memory, --max-size)" ]]
}

@test "vocab: --max-size forgets rare tokens and says so" {
  awk 'BEGIN { for (i = 0; i < 20000; i++) print "often", "rare" i, "frequent" }' > many
  run -0 --separate-stderr vocab --max-size 1000 --min-count 2 --list many
  [ "$output" = $'UNKNOWN_TOKEN\t20000\nfrequent\t20000\noften\t20000' ]
  echo "$stderr"
  [[ $stderr == *"--max-size 1000: forgot "*" rare tokens while counting"* ]]
  vocab -q --no-history --max-size 100000 many | cmp - <(vocab --no-history many)
}

@test "vocab: parts that are merged are one run, byte for byte" {
  split -n l/3 text part.
  for p in part.a?; do
    vocab "$p" > "$p.bin"
    vocab --no-ids "$p" > "$p.counts"
    vocab --list "$p" > "$p.tab"
    vocab --list-format space "$p" > "$p.space"
  done
  for cut in "" "--top 300" "--min-count 3 --no-unknown"; do
    # shellcheck disable=SC2086
    {
      vocab $cut text > want.bin
      vocab --merge $cut part.a?.bin | cmp - want.bin
      vocab --merge --memory 4M $cut part.a?.bin | cmp - want.bin
      cat part.a?.bin | vocab --merge $cut | cmp - want.bin
      vocab --no-ids $cut text > want.counts
      vocab --merge --no-ids $cut part.a?.counts | cmp - want.counts
      vocab --merge --no-ids $cut part.aa.bin part.ab.tab part.ac.space | cmp - want.counts
      vocab --list $cut text > want.list
      vocab --merge --list $cut part.a?.tab | cmp - want.list
      vocab --merge --list $cut part.aa.counts part.ab.bin part.ac.tab | cmp - want.list
    }
  done
}

@test "vocab: parts that do not fit are refused" {
  vocab text > text.bin
  vocab --no-ids text > counts.bin
  vocab --top 50 text > cut.bin
  run -1 --separate-stderr vocab --merge text.bin counts.bin -o got.bin
  [[ $stderr == *"counts.bin: no ids, only counts"* ]]
  run -0 --separate-stderr vocab --merge cut.bin cut.bin -o got.bin
  [[ $stderr == *"were unknown in the parts already"* ]]
  run -0 --separate-stderr vocab -q --merge cut.bin -o got.bin
  [ -z "$stderr" ]
  head -c 5000 text.bin > short.bin
  run -3 --separate-stderr vocab --merge text.bin short.bin -o got.bin
  [[ $stderr == *"short.bin"* ]]
  : > empty
  run -3 vocab --merge --no-ids empty
  printf 'a\t1\nb\n' > bad.list
  run -4 --separate-stderr vocab --merge --list bad.list
  [[ $stderr == *"bad.list: no token and count (line 2)"* ]]
  printf 'a\t9223372036854775807\nb\t1\n' > large.list
  run -1 --separate-stderr vocab --merge --list large.list
  [[ $stderr == *"2^63"* ]]
  run -2 vocab --merge --max-size 5 text.bin
}

@test "vocab: --from encodes another text with the same ids" {
  vocab --top 300 text > a.bin
  vocab --no-history --from a.bin text > b.bin
  python3 reference.py b.bin text 300
  printf 'w1 never_seen w2\nnever_seen\n' > other
  vocab --from a.bin other | show > got
  grep 'ids i32 \[4\] 3 0 4 0' got
  grep 'lengths i32 \[2\] 3 1' got
  grep 'counts i64 \[300\] 2 0 0 1' got
  vocab --from a.bin --no-unknown other | show > got
  grep 'ids i32 \[2\] 3 4' got
  grep 'lengths i32 \[2\] 2 0' got
  # A list will do, and so will the vocabulary of another program.
  vocab --top 300 --list text > a.list
  vocab --no-history --from a.list text | cmp - b.bin
  printf '</s> 7\nw1 5\nw2 5\n' > word2vec.vocab
  vocab --from word2vec.vocab --no-unknown other | show | grep 'ids i32 \[2\] 1 2'
  run -1 vocab --from word2vec.vocab -o got.bin other
  [[ $output == "vocab: other: '"*"' is not in the vocabulary, which has no UNKNOWN_TOKEN for it; --no-unknown drops such tokens" ]]
  [ ! -e got.bin ]
}

@test "vocab: --from takes a plain list, without counts and without UNKNOWN_TOKEN" {
  printf '%s\n' are cat dog is now on table the > plain.list
  printf 'the cat is on the table\nthe dog now\n' > lecture
  vocab --from plain.list -o got.bin lecture
  [ "$(ts-convert --to tsv --tensor ids got.bin | xargs)" = "7 1 3 5 7 6 7 2 4" ]
  [ "$(ts-convert --to tsv --no-words --tensor counts got.bin | xargs)" = "0 1 1 1 1 1 1 3" ]
  rm got.bin
  echo 'a cat' > other
  run -1 vocab --from plain.list -o got.bin other
  [ "$output" = "vocab: other: 'a' is not in the vocabulary, which has no UNKNOWN_TOKEN for it; --no-unknown drops such tokens" ]
  vocab --from plain.list --no-unknown other | show | grep -F 'ids i32 [1] 1'
  (cat plain.list; echo UNKNOWN_TOKEN) > with.list
  vocab --from with.list other | show | grep -F 'ids i32 [2] 8 1'
  printf 'x\ta cat\n' > labelled
  run -1 vocab --labels --from plain.list -o got.bin labelled
  [[ $output == *"1 tokens are not in the vocabulary, which has no UNKNOWN_TOKEN"* ]]
  printf 'a\nb 3\n' > mixed.list
  run -4 vocab --from mixed.list -o got.bin other
  [ "$output" = "vocab: mixed.list: more than a token, in a list that began without counts (line 2)" ]
  run -4 vocab --merge --list -o got.bin plain.list
  [[ $output == *"plain.list: a list without counts cannot be merged"* ]]
}

@test "vocab: --from keeps the history; texts with one vocabulary can be joined" {
  vocab --top 300 text > a.bin
  vocab --from a.bin text > b.bin
  ts-info b.bin | grep 'vocab 0.* --top=300'
  ts-info b.bin | grep 'vocab 0.* --from=a.bin'
  ts-cat b.bin b.bin > c.bin
  cat text text | vocab --from a.bin | ts-diff - c.bin
}

@test "vocab: --from refuses a vocabulary that is not whole" {
  vocab text > a.bin
  head -c -1 a.bin > short.bin
  run -3 vocab --from short.bin -o got.bin text
  [ ! -e got.bin ]
  run -1 vocab --from nowhere -o got.bin text
}

@test "vocab: --from answers line by line where that is asked for" {
  printf 'a b\n' | vocab > a.bin
  mkfifo in out
  vocab --from a.bin --no-history --line-buffered < in > out 3>&- &
  exec 4> in 5< out
  printf 'a b b a\n' >&4
  # All but the last slices, which are empty, the counts, and the end record.
  printf 'a b b a\n' | vocab --from a.bin --no-history > whole.bin
  size=$(($(wc -c < whole.bin) - 128 - 128 - 192 - 128))
  timeout 10 head -c $size <&5 > got.bin
  [ "$(wc -c < got.bin)" -eq $size ]
  exec 4>&-
  cat <&5 >> got.bin
  cmp got.bin whole.bin
}

@test "vocab: labels" {
  printf 'pos\ta b\nnot so bad\ta\npos\t\nneg\tb \\s' > labelled
  vocab --labels --no-history labelled > got.bin
  cat > want << 'END'
vocab string [4] b'UNKNOWN_TOKEN' b'a' b'b' b' '
labels.vocab string [3] b'neg' b'not so bad' b'pos'
counts i64 [4] 0 2 2 1
ids i32 [5] 1 2 1 2
lengths i32 [4] 2 1 0 2
labels i32 [4] 2 1 2 0
END
  diff want <(show < got.bin)
  printf 'neg\ta\n' > other
  vocab --labels --from got.bin other | show | grep 'labels i32 \[1\] 0'
  printf 'neg\ta\nwho\tb\n' > other
  run -1 vocab --labels --from got.bin -o out.bin other
  [[ $output == *"other: unknown label 'who' (line 2)"* ]]
  printf 'neg\ta\nb\n' > bad
  run -4 vocab --labels -o out.bin bad
  [[ $output == *"bad: no label and tab at the beginning of the line (line 2)"* ]]
  # Merged, too.
  head -n 2 labelled > x
  tail -n +3 labelled > y
  vocab --labels x > x.bin
  vocab --labels y > y.bin
  vocab --labels --no-history --merge x.bin y.bin | cmp - got.bin
  run -1 --separate-stderr vocab --merge -o out.bin x.bin y.bin
  [[ $stderr == *"labels"* ]]
  vocab text > plain.bin
  run -1 --separate-stderr vocab --labels --merge -o out.bin x.bin plain.bin
}

@test "vocab: tags" {
  printf 'DT NN\tthe cat\n\t\nNN \\s VB\tcat the sat\n\nDT\tthe' > tagged
  vocab --tags --no-history tagged > got.bin
  cat > want << 'END'
vocab string [4] b'UNKNOWN_TOKEN' b'the' b'cat' b'sat'
tags.vocab string [4] b' ' b'DT' b'NN' b'VB'
counts i64 [4] 0 3 2 1
ids i32 [6] 1 2 2 1
tags i32 [6] 1 2 2 0
lengths i32 [5] 2 0 3 0
END
  diff want <(show < got.bin)
  # Tokens that are dropped take their tags with them.
  vocab --tags --no-unknown --top 2 --no-history tagged | show > got
  grep 'tags i32 \[5\] 1 2 2 0' got
  grep 'lengths i32 \[5\] 2 0 2 0' got
  # The vocabulary of another text.
  printf 'VB NN DT\tdog sat cat\n' > other
  vocab --tags --from got.bin other | show > got
  grep 'ids i32 \[3\] 0 3 2' got
  grep 'tags i32 \[3\] 3 2 1' got
  vocab --tags --from got.bin --no-unknown other | show > got
  grep 'ids i32 \[2\] 3 2' got
  grep 'tags i32 \[2\] 2 1' got
  vocab --tags --no-history --from got.bin tagged > again.bin
  ts-diff got.bin again.bin
  # Without the tags it is any other text.
  cut -s -f2 tagged | vocab --no-ids | ts-convert --to tsv --tensor counts > want
  vocab --tags --no-ids tagged | ts-convert --to tsv --tensor counts | diff want -
  vocab --tags --list tagged | diff <(cut -s -f2 tagged | vocab --list) -
}

@test "vocab: tags that do not fit are refused, with their line" {
  printf 'NN\tcat\n' | vocab --tags > tags.bin
  printf 'a\tb\n' | vocab --labels > labels.bin
  printf 'cat\n' | vocab > plain.bin
  printf 'NN\tcat\n\nNN VB\tcat\n' > bad
  run -4 --separate-stderr vocab --tags -o out.bin bad
  [ "$stderr" = "vocab: bad: 2 tags for 1 tokens (line 3)" ]
  run -4 vocab --tags --from tags.bin -o out.bin bad
  printf 'NN\tcat dog' > bad
  run -4 --separate-stderr vocab --tags -o out.bin bad
  [ "$stderr" = "vocab: bad: 1 tags for 2 tokens (line 1)" ]
  printf 'NN\tcat\nNN cat\n' > bad
  run -4 --separate-stderr vocab --tags -o out.bin bad
  [ "$stderr" = "vocab: bad: no tab behind the tags (line 2)" ]
  printf 'NN\tcat\n\t\n\nNN XX\tcat cat\n' > bad
  run -1 --separate-stderr vocab --tags --from tags.bin -o out.bin bad
  [ "$stderr" = "vocab: bad: unknown tag 'XX' (line 4)" ]
  run -2 vocab --tags --labels bad
  # Merged.
  run -1 --separate-stderr vocab --merge -o out.bin tags.bin
  [[ $stderr == *"tags.bin: its tokens have tags, which are not asked for" ]]
  run -1 --separate-stderr vocab --merge --tags -o out.bin labels.bin
  [[ $stderr == *"labels.bin: its sentences have labels, which are not asked for" ]]
  run -1 --separate-stderr vocab --merge --tags -o out.bin plain.bin
  [[ $stderr == *"plain.bin: not a tag for each token" ]]
}

@test "vocab: tagged parts that are merged are one run; also on disk" {
  awk 'BEGIN {
    srand(1)
    for (s = 0; s < 3000; s++) {
      n = int(rand() * 40); tags = text = ""
      for (i = 0; i < n; i++) {
        tags = tags (i ? " " : "") "T" int(rand() * 30)
        text = text (i ? " " : "") "w" int(1000 * rand() ^ 3)
      }
      print tags "\t" text
    }
  }' > tagged
  split -n l/3 tagged part.
  for p in part.a?; do vocab --tags "$p" > "$p.bin"; done
  for cut in "" "--top 300" "--min-count 9 --no-unknown"; do
    # shellcheck disable=SC2086
    {
      vocab --tags $cut tagged > want.bin
      vocab --tags --memory 512K $cut tagged | cmp - want.bin
      vocab --tags --merge $cut part.a?.bin | cmp - want.bin
      cat part.a?.bin | vocab --tags --merge --memory 512K $cut | cmp - want.bin
      vocab --tags --from want.bin ${cut##*[0-9]} tagged | ts-diff - want.bin
    }
  done
}

@test "vocab: -v reports coverage and what is out of vocabulary" {
  printf 'a a a b b c UNKNOWN_TOKEN\n' > t
  run -0 --separate-stderr vocab -v --top 3 --list t
  echo "$stderr"
  [[ $stderr == *"7 tokens in 1 sentences"* ]]
  [[ $stderr == *"4 different tokens"* ]]
  [[ $stderr == *"a vocabulary of 3 covers 71.43 %; out of vocabulary: 2 tokens, 28.57 %"* ]]
  vocab --top 3 t > t.bin
  run -0 --separate-stderr vocab -v --from t.bin -o got.bin t
  [[ $stderr == *"a vocabulary of 3 covers 71.43 %; out of vocabulary: 2 tokens, 28.57 %"* ]]
  run -0 --separate-stderr vocab --top 3 --list t
  [ -z "$stderr" ]
}

@test "vocab: options that contradict each other" {
  for options in "--from x --top 5" "--from x --min-count 5" "--from x --merge" \
    "--from x --list" "--from x --no-ids" "--line-buffered" "--list-format comma" \
    "--min-count 0" "--top -1"; do
    # shellcheck disable=SC2086
    run -2 vocab $options text
    echo "$options: $output"
  done
}

@test "vocab: a failure upstream never looks like a whole stream" {
  head -c 20000 /dev/zero | tr '\0' 'x' | gzip -c | head -c 30 > broken.gz
  run -3 vocab -o got.bin broken.gz
  [ ! -e got.bin ]
  run -3 bash -c 'set -o pipefail; vocab broken.gz | ts-check'
  run -1 bash -c 'vocab text > /dev/full'
}

@test "vocab: real text" {
  [ -d "$WORDPIPE_DATA/wikitext-2" ] || skip "no real data"
  gzip -dc "$WORDPIPE_DATA"/wikitext-2/*valid*.gz > real || skip "no wikitext-2"
  # Its own unknown tokens become ours; no token of it has a backslash that means something.
  tr -d '\\' < real | sed 's/<unk>/UNKNOWN_TOKEN/g' > clean
  vocab --top 8000 clean > got.bin
  python3 reference.py got.bin clean 8000
}

@test "vocab: a tab in the first line makes labelled text, unless told otherwise" {
  printf '\ngood\tI like it\nbad\tI do not\n' | sed 1d > text
  vocab text > guessed.bin
  vocab --labels --no-history text > told.bin
  vocab --no-history text | cmp - told.bin
  vocab --no-labels text | ts-info > info
  run ! grep '^  labels ' info
  vocab --from guessed.bin text | ts-info | grep -q '^  labels '
  printf 'NN VB\tdogs bark\nNN\tcats\n' | vocab | ts-info | grep -q '^  tags '
  printf 'I like it\ngood\tI do not\n' | vocab | ts-info > info
  run ! grep '^  labels ' info
}

@test "vocab: --from a stream without labels or tags takes those of the text" {
  printf 'I like it\nI do not\n' | vocab > plain.bin
  printf 'good\tI like it\nbad\tI do nothing\n' > text
  vocab --from plain.bin text > got.bin
  vocab --labels text > labelled.bin
  show < labelled.bin | grep labels > want
  show < got.bin | grep labels > got
  diff want got
  # The same tokens, ids and counts as without the labels.
  cut -f 2 text | vocab --from plain.bin | show | grep -E '^(vocab|counts|ids|lengths)' | sort > want
  show < got.bin | grep -E '^(vocab|counts|ids|lengths)' | sort > got
  diff want got
  printf 'A B C\tI like it\n' | vocab --tags --from plain.bin | show | grep tags > got
  [ "$(cat got)" = "tags.vocab string [3] b'A' b'B' b'C'
tags i32 [3] 0 1 2" ]
  # Without UNKNOWN_TOKEN, unknown words go, and their tags with them.
  printf 'A B C\tI love it\n' | vocab --tags --no-unknown --from plain.bin | show | grep ^tags > got
  [ "$(cat got)" = "tags.vocab string [3] b'A' b'B' b'C'
tags i32 [2] 0 2" ]
}

@test "vocab: --tokenize divides plain text into tokens, and the history says how" {
  printf 'The cat sat. The dog ran!\nA CAT: http://x.org/a\n' > text
  tokenize --lower --web text | vocab --no-history > want.bin
  vocab --tokenize='--lower --web' text > got.bin
  vocab --tokenize='--lower --web' --no-history < text | cmp - want.bin
  [ "$(ts-info got.bin | grep -c 'tokenize .* --lower --web$')" -eq 1 ]
  # Another text as that one, or otherwise.
  echo 'The CAT at www.x.org' > more
  tokenize --lower --web more | vocab --no-history --from got.bin > want.bin
  run -0 --separate-stderr vocab --tokenize=same --no-history --from got.bin -o same.bin more
  [ "$stderr" = "" ]
  cmp same.bin want.bin
  run -0 --separate-stderr vocab --tokenize=--lower --from got.bin -o other.bin more
  [[ $stderr == *"got.bin: its text was made by 'tokenize --lower --web', this one by 'tokenize --lower'"* ]]
  [[ $(tokenize more | vocab -v --from got.bin 2>&1 > other.bin) == *"got.bin: its text was made by 'tokenize --lower --web'"* ]]
  # What cannot be.
  run -1 vocab --tokenize=same --from want.bin more
  run -2 vocab --tokenize=same more
  run -2 vocab --tokenize=--no-such-option -o none.bin text
  [[ $output == *"vocab: tokenize has failed"* ]]
  run -1 vocab --tokenize=--lower -o none.bin absent
  [ ! -e none.bin ]
  printf 'a\xffb\n' > latin
  run -4 vocab --tokenize=--strict -o none.bin latin
}
