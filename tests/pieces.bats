#!/usr/bin/env bats
# pieces-train and pieces: words cut into pieces, and joined.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
}

# Words made of few syllables, so that many pairs come equally often, and runs of one letter.
text() {
  awk -v lines="${1:-600}" 'BEGIN {
    srand(5)
    n = split("a aa b ba ab lo low er est new ne wid the th in ing é éa ß 中 中文 x xx xxx </ w>", s, " ")
    for (line = 0; line < lines; line++) {
      text = ""
      for (i = 0; i < 9; i++) {
        word = ""
        for (k = 1 + int(rand() * 4); k > 0; k--)
          word = word s[1 + int(rand() * rand() * n)]
        text = text (i ? " " : "") word
      }
      print text
    }
  }'
}

# Tokens that look like marks, bytes and special tokens, escapes, and characters of all kinds.
odd() {
  cat <<'END'
@@ @@@ @ a@@ @@a a@@b ## # ### ##a a## #a ▁ ▁▁ a▁ ▁a <0x41> <0xE2>@@ ##<0x41> ▁<0x41> a<0x41>b
\s \\ \\s a\\b a\sb \n\n \t x\r \u00A0 a\u2028b \xFF \xC3\xC3a a\xE2\x82 \u200Da a‍b \u200Dx

UNKNOWN_TOKEN xUNKNOWN_TOKEN SENTENCE_START SENTENCE_END aSENTENCE_END [UNK] [CLS] <unk> <s> </w> a</w> </w>a
中文字 e€é 👨‍👩‍👧 a😀 ß ﬁ 〈0x41〉 "quoted" don't 1,000.5
END
}

# subword-nmt's merges by brute force: after each merge all pairs are counted anew.
reference() {
  python3 - "$@" <<'END'
import collections, sys
merges, least, path = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
words = collections.Counter(word for line in open(path, encoding="utf-8") for word in line.split())
words = {tuple(word[:-1]) + (word[-1] + "</w>",): n for word, n in words.items()}
print("#version: 0.2")
for _ in range(merges):
    pairs = collections.Counter()
    for word, n in words.items():
        for pair in zip(word, word[1:]):
            pairs[pair] += n
    best = max(pairs, key=lambda pair: (pairs[pair], pair), default=None)
    if best is None or pairs[best] < least:
        break
    print(*best)
    merged = collections.Counter()
    for word, n in words.items():
        new, i = [], 0
        while i < len(word):
            if word[i:i + 2] == best:
                new.append(word[i] + word[i + 1])
                i += 2
            else:
                new.append(word[i])
                i += 1
        merged[tuple(new)] += n
    words = merged
END
}

# Text cut as subword-nmt cuts it, by a file of merges.
cut_by_merges() {
  python3 - "$@" <<'END'
import sys
rank = {}
for i, line in enumerate(open(sys.argv[1], encoding="utf-8")):
    if i:
        rank.setdefault(tuple(line.rstrip("\n").split(" ")), i)
for line in open(sys.argv[2], encoding="utf-8"):
    out = []
    for token in line.split():
        word = list(token[:-1]) + [token[-1] + "</w>"]
        while len(word) > 1:
            best = min(zip(word, word[1:]), key=lambda pair: rank.get(pair, 10**9))
            if best not in rank:
                break
            new, i = [], 0
            while i < len(word):
                if tuple(word[i:i + 2]) == best:
                    new.append(word[i] + word[i + 1])
                    i += 2
                else:
                    new.append(word[i])
                    i += 1
            word = new
        out += [piece + "@@" for piece in word[:-1]] + [word[-1][:-4]]
    print(*out)
END
}

# Text cut as BERT cuts it, by its vocab.txt.
cut_by_length() {
  python3 - "$@" <<'END'
import sys
vocab = {line.rstrip("\n") for line in open(sys.argv[1], encoding="utf-8")}
for line in open(sys.argv[2], encoding="utf-8"):
    out = []
    for token in line.split():
        pieces, start = [], 0
        while start < len(token) <= 100:
            for end in range(len(token), start, -1):
                piece = ("##" if start else "") + token[start:end]
                if piece in vocab:
                    break
            else:
                pieces = []
                break
            pieces.append(piece)
            start = end
        out += pieces or ["[UNK]"]
    print(*out)
END
}

@test "pieces-train: merges are those of brute force, ties included" {
  text > text
  reference 400 2 text > want
  [ "$(wc -l < want)" -gt 300 ]
  pieces-train -q --merges 400 --list text > got
  diff want got
  reference 400 30 text > want
  pieces-train -q --merges 400 --min-count 30 --list text | diff want -
  printf 'aaaaaaa aaaa aaa aa a\naaaaaaaaaaaaa abababab bababa\n' > runs
  reference 50 1 runs > want
  pieces-train -q --merges 50 --min-count 1 --list runs | diff want -
}

@test "pieces-train: real words give the merges of brute force" {
  train=${WORDPIPE_DATA:-$BATS_TEST_DIRNAME/../../shared/data}/multi30k/train.de.gz
  [ -f "$train" ] || skip "no multi30k"
  gzip -dc "$train" | head -n 2000 | tokenize > text
  reference 250 2 text > want
  pieces-train --merges 250 --list text | diff want -
}

@test "pieces-train: counts, in parts and as lists, give what the text gives" {
  text > text
  pieces-train -q --no-history text > want
  cat text | pieces-train -q --no-history | cmp want -
  vocab text | pieces-train -q --no-history | cmp want -
  head -n 200 text | vocab --no-ids > a.bin
  tail -n +201 text | vocab --no-ids > b.bin
  pieces-train -q --no-history a.bin b.bin | cmp want -
  cat a.bin b.bin | pieces-train -q --no-history | cmp want -
  vocab --list text | pieces-train -q --no-history --merge | cmp want -
  sed 's/^/label\t/' text | pieces-train -q --no-history | cmp want -
  awk '{ $0 = $0 "\t" $0; gsub(/[^ \t]+\t/, "&"); split($0, p, "\t"); gsub(/[^ ]+/, "T", p[1]); print p[1] "\t" p[2] }' text > tagged
  pieces-train -q --no-history tagged | cmp want -
  pieces-train -q --no-history --tags tagged | cmp want -
}

@test "pieces-train: both texts of a pair are learnt from" {
  text 300 > a
  text 600 | tail -n 300 > b
  cat a b | pieces-train -q --no-history > want
  paste a b | pieces-train -q --no-history --pair | cmp want -
  paste a b | pieces-train -q --no-history --no-labels | cmp want -
  paste a b | sed 's/^/de\t/' | pieces-train -q --no-history --pair --labels | cmp want -
  cat a b | pieces-train -q --merges 200 --list > want
  paste a b | vocab --pair > pairs.bin
  pieces-train --merges 200 --list --pair pairs.bin | cmp want -
  paste a b | vocab --pair --shared --no-ids | pieces-train --merges 200 --list --pair | cmp want -
}

@test "pieces-train: --top is the number of pieces, --coverage which characters are some" {
  text > text
  for method in bpe wordpiece sentencepiece; do
    for top in 600 700; do
      pieces-train --method $method --top $top text > p.bin
      ts-info p.bin | grep -E "^  pieces +string \($top\)"
    done
    pieces-train --method $method --top 100 --fallback unknown text > p.bin
    ts-info p.bin | grep -E "^  pieces +string \(100\)"
  done
  pieces-train --coverage 0.9 --top 600 -v text > p.bin 2> said
  grep -E ' characters, of which 1?[0-9] are pieces' said
  run -1 pieces-train --top 520 text
  [[ $output == *"--top 520 is too few: "*"--coverage"* ]]
}

@test "pieces: bpe is cut as by its file of merges, wordpiece as by its vocab.txt" {
  text > text
  pieces-train --merges 300 text > p.bin
  pieces-train --from p.bin --list > merges
  cut_by_merges merges text > want
  grep -q '@@ ' want
  pieces p.bin text | diff want -
  pieces merges text | diff want -
  pieces-train --method wordpiece --fallback unknown --top 300 --coverage 0.97 text > p.bin
  pieces-train --from p.bin --list > vocab.txt
  { cat text; printf 'a%.0s' $(seq 100); printf ' '; printf 'a%.0s' $(seq 101); echo ' ##a'; } > words
  cut_by_length vocab.txt words > want
  grep -q '\[UNK\]' want
  grep -q ' ##' want
  pieces vocab.txt words | diff want -
  pieces p.bin words | sed 's/UNKNOWN_TOKEN/[UNK]/g' | diff want -
}

@test "pieces: the order of merges counts, and long words are cut as short ones are" {
  printf '#version: 0.2\nb c\na b\nab c\na bc\nabc d</w>\nabc abc\n' > merges
  echo 'abcd abab abcabcabcd abd' > text
  cut_by_merges merges text > want
  pieces merges text | diff want -
  # a word of hundreds of characters takes another way
  text 20 | tr -d ' \n' > long
  { cat long; echo; } > words
  text > text
  pieces-train -q --merges 300 --list text > merges
  cut_by_merges merges words > want
  pieces merges words | diff want -
  pieces-train -q --method sentencepiece --top 500 text > p.bin
  pieces p.bin words | sed 's/[ ▁]//g' | cmp - words
}

@test "pieces --join: what was cut comes back, byte for byte" {
  { text 200; odd; odd; odd; } > text
  for method in bpe wordpiece sentencepiece; do
    for fallback in bytes keep; do
      for coverage in 1 0.9 0.5; do
        pieces-train -q --method $method --fallback $fallback --top 900 --coverage $coverage text > p.bin
        pieces -q p.bin text > cut
        [ "$(wc -l < cut)" -eq "$(wc -l < text)" ]
        pieces --join p.bin cut | diff text - || { echo "$method $fallback $coverage"; return 1; }
      done
    done
    # pieces of another text, which have hardly any of these characters
    printf 'the low lower lowest\n' | pieces-train -q --method $method > p.bin
    pieces -q p.bin text | pieces --join p.bin - | diff text -
  done
}

@test "pieces: all pieces are in the list, so that vocab --from knows every token" {
  { text 200; odd; } > text
  for method in bpe wordpiece sentencepiece; do
    printf 'the low lower lowest\n' | pieces-train -q --method $method > p.bin
    pieces -q p.bin text > cut
    vocab -v --from p.bin cut > ids.bin 2> said
    cat said
    grep -E 'out of vocabulary: (1|3) tokens' said # special ones
    ts-check ids.bin
  done
}

@test "pieces: bytes of what the alphabet lacks, whole special tokens" {
  printf 'low lower\n' | pieces-train -q --min-count 1 > p.bin
  echo 'low€ UNKNOWN_TOKEN €' | pieces -q p.bin > got
  [ "$(cat got)" = 'low@@ <0xE2>@@ <0x82>@@ <0xAC> UNKNOWN_TOKEN <0xE2>@@ <0x82>@@ <0xAC>' ] ||
    [ "$(cat got)" = 'lo@@ w@@ <0xE2>@@ <0x82>@@ <0xAC> UNKNOWN_TOKEN <0xE2>@@ <0x82>@@ <0xAC>' ]
  printf 'low lower\n' | pieces-train -q --min-count 1 --fallback unknown --method wordpiece > p.bin
  [ "$(echo 'low€ lower' | pieces -q p.bin)" = 'UNKNOWN_TOKEN lower' ]
  printf 'low lower\n' | pieces-train -q --min-count 1 --fallback keep > p.bin
  [ "$(echo '€' | pieces -q p.bin)" = '€' ]
}

@test "pieces: files and streams say the same, and come back as they were" {
  text > text
  for method in bpe wordpiece sentencepiece; do
    pieces-train -q --no-history --method $method --fallback keep text > p.bin
    pieces-train -q --no-history --from p.bin | cmp p.bin -
    pieces-train --from p.bin --list > file
    pieces-train --from file --list | cmp file -
    pieces-train --from file > again.bin
    pieces again.bin text > a
    pieces file text | cmp a -
    [ $method = wordpiece ] || pieces p.bin text | cmp a -
  done
  # with bytes, which lists keep
  for method in wordpiece sentencepiece; do
    pieces-train -q --method $method --coverage 0.9 text > p.bin
    pieces-train --from p.bin --list > file
    pieces -q p.bin text > a
    pieces -q file text | cmp a -
  done
  # ids are the numbers of lines
  printf '[PAD]\n[UNK]\nb\na\n##b\n' > vocab.txt
  pieces-train --from vocab.txt > p.bin
  echo 'ab b' | pieces p.bin | vocab --from p.bin > ids.bin
  ts-convert --to tsv --tensor ids ids.bin > ids
  [ "$(xargs < ids)" = '3 4 2' ]
}

@test "pieces: a model of sentencepiece is applied by the ranks of what is made" {
  printf '<unk>\t0\n<s>\t0\n</s>\t0\n▁a\t-0\nbc\t-1\nab\t-2\nabc\t-3\n▁abc\t-4\n▁\t-5\na\t-6\nb\t-7\nc\t-8\n' > m.vocab
  printf 'abc babc aab xabc\n' | pieces -q m.vocab > got
  [ "$(cat got)" = '▁abc ▁ b abc ▁a ab ▁ x abc' ] || { cat got; false; }
  printf '<unk>\t0\n▁a\t-2.5\nbc\t-3.25\n' > unigram.vocab
  run -4 pieces unigram.vocab got
  [[ $output == *"unigram.vocab: line 2: "*"unigram"* ]]
}

@test "pieces: labels, tags and pairs" {
  printf '#version: 0.2\nl o\nlo w</w>\n' > merges
  printf 'good\tlow lox\nbad\tlow\n' | pieces merges > got
  printf 'good\tlow lo@@ x\nbad\tlow\n' | cmp - got
  pieces --labels --join merges got | cmp - <(printf 'good\tlow lox\nbad\tlow\n')
  printf 'low lox\tlox low\n' | pieces --pair merges > got
  printf 'low lo@@ x\tlo@@ x low\n' | cmp - got
  pieces --pair --join merges got | cmp - <(printf 'low lox\tlox low\n')
  printf 'de\tlow lox\tlox low\n' | pieces --pair --labels merges | cmp - <(printf 'de\tlow lo@@ x\tlo@@ x low\n')
  run -0 --separate-stderr pieces merges <(printf 'low lox\tlox low low\n')
  [[ $stderr == *"taken for a label, and most are several words: --pair cuts"* ]]
  run -0 --separate-stderr pieces --labels merges <(printf 'low lox\tlox low low\n')
  [ -z "$stderr" ]
  run -4 pieces --pair merges <(echo 'low')
  [[ $output == *"not source, TAB, target (line 1)" ]]
  run -4 pieces --pair merges <(printf 'de\tlow\tlow\n')
  printf 'B-X O B-Y I-Y\tlow xo lox loxx\n\nS-X E-X U-Z L-Z\tlox loxx lox lox\nB-X\tlow\n' > tagged
  printf 'B-X O O B-Y I-Y I-Y I-Y I-Y\tlow x@@ o lo@@ x lo@@ x@@ x\n\nB-X E-X I-X I-X E-X B-Z L-Z I-Z L-Z\tlo@@ x lo@@ x@@ x lo@@ x lo@@ x\nB-X\tlow\n' > want
  pieces --tags merges tagged | diff want -
  pieces --tags --join merges want | diff tagged -
  run -4 pieces --tags merges <(printf 'A\tlow low\n')
  run -2 pieces --tags --pair merges tagged
}

@test "pieces: a line for each line, at once where another program asks" {
  printf '#version: 0.2\nl o\nlo w</w>\n' > merges
  printf 'low  lox \n\n\nlow' | pieces merges > got
  printf 'low lo@@ x\n\n\nlow\n' | cmp - got
  coproc ask { pieces --line-buffered merges; }
  for _ in 1 2; do
    echo low lox >&"${ask[1]}"
    read -r -t 20 line <&"${ask[0]}"
    [ "$line" = 'low lo@@ x' ]
  done
  eval "exec ${ask[1]}>&-"
  wait
}

@test "pieces, pieces-train: what makes no sense is refused, or warned of" {
  printf '#version: 0.2\nl o\n' > merges
  run -2 pieces
  run -2 pieces - -
  run -2 pieces-train --top 600 --merges 10 merges
  run -2 pieces-train --from merges --top 10
  run -2 pieces-train --from merges merges
  run -2 pieces-train --labels --tags merges
  # no escapes of ours: as vocab takes them
  [ "$(echo 'a \q b' | pieces merges)" = 'a \\@@ q b' ]
  for bad in '#version: 0.1\na b\n' '#version: 0.2\na b c\n' '#version: 0.2\na\n' \
    '#version: 0.2\nĠ t\nĠt h\n' '#version: 0.2\na</w> b\n' 'a\nb\n' '[UNK]\n\na\n' 'a\tx\n'; do
    printf "$bad" > bad
    run -4 pieces bad merges
    [[ $output == "pieces: bad: "* ]] || { echo "$bad: $output"; return 1; }
  done
  : > empty
  run -3 pieces empty merges
  run -1 pieces-train empty
  [[ $output == *"no words"* ]]
  printf 'UNKNOWN_TOKEN SENTENCE_START\n' > special
  run -1 pieces-train special
  printf 'a b\n' | vocab > ids.bin
  run -1 pieces ids.bin merges
  [[ $output == *"ids.bin: no pieces; pieces-train makes some"* ]]
  printf 'low lower\n' > text
  run -0 pieces-train --top 9000 -o p.bin text
  [[ $output == *"no other pair comes 2 times: "* ]]
  printf 'low lower\n' | pieces-train -q --fallback unknown > p.bin
  run -0 pieces -o cut p.bin <(printf 'щщ жж щж\n%.0s' 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 30 31 32 33 34 35 36 37 38 39 40)
  [[ $output == *"unknown"* ]]
}
