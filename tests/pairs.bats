#!/usr/bin/env bats
# Pairs of a source and a target, from text to tensors and back.  What each side becomes is what
# the program makes of that side alone.
bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  awk 'function words(n, kind,    i, text) {
    for (i = 0; i < n; i++)
      text = text (i ? " " : "") kind int(exp(rand() * 6))
    return text
  }
  BEGIN {
    srand(4)
    for (line = 0; line < 2000; line++) {
      n = 1 + int(rand() * 12)
      print words(n, rand() < 0.1 ? "both" : "s") "\t" words(1 + int(rand() * n), rand() < 0.1 ? "both" : "t")
    }
  }' > text
  cut -f 1 text > source
  cut -f 2 text > target
  sed 's/.*/SENTENCE_START & SENTENCE_END/' target > marked
}

# side FILE [source|target]: the tensors of one side of pairs, named as those of a text.
side() {
  if [ "$2" = target ]; then
    ts-select --no-history --tensor 'target.*' --rename 'target.*=*' "$1"
  else
    ts-select --no-history --without 'target.*' "$1"
  fi
}

same_text() { # A B: the same tensors, in any order
  ts-diff "$1" "$2"
}

@test "each side of pairs is what vocab makes of it alone" {
  vocab --pair --top 200 --target-top 50 --target-min-count 2 --no-history text > pairs.bin
  side pairs.bin source > source.bin
  side pairs.bin target > target.bin
  same_text source.bin <(vocab --top 200 --no-history source)
  same_text target.bin <(vocab --top 50 --min-count 2 --no-history marked)
  ts-check pairs.bin
  vocab --pair --top 200 --min-count 2 text | ts-info --json |
    grep -q '"history":\["vocab [0-9.]* --top=200 --min-count=2 --pair"\]'
  # By default the same holds for both sides, markers that are there are not put again, and the
  # way in which blocks are cut, or files end, makes no difference.
  vocab --pair --top 90 --min-count 3 --no-history text |
    cmp - <(vocab --pair --top 90 --min-count 3 --target-top 90 --target-min-count 3 \
      --no-history text)
  paste source marked | vocab --pair --no-history > marked.bin
  vocab --pair --no-history text | cmp - marked.bin
  head -c -1 text | dd bs=7 status=none | vocab --pair --no-history | cmp - marked.bin
}

@test "one vocabulary for both sides is that of all lines; counts are those of each" {
  vocab --pair --shared --top 150 --no-history text > pairs.bin
  cat source marked | vocab --top 150 --no-history > both.bin
  ts-diff <(ts-select --tensor vocab pairs.bin) <(ts-select --tensor vocab both.bin)
  run ! ts-select --tensor target.vocab pairs.bin
  side pairs.bin source | same_text - <(vocab --from both.bin --no-history source)
  ts-select --no-history --tensor 'target.*,vocab' --rename 'target.*=*' pairs.bin |
    same_text - <(vocab --from both.bin --no-history marked)
  diff <(vocab --pair --shared --list text) <(cat source marked | vocab --list)
}

@test "tokenize --pair: each side as by itself, in two languages" {
  printf "L'homme est l\303\240.\tIt's  Dr. No!\nAujourd'hui\t\n\t \nCRLF\tcrlf\r\nlast\tline" > plain
  head -n 4 plain | cut -f 1 > fr
  cut -f 2 plain | head -n 4 > en
  echo last >> fr
  echo line >> en
  local options
  for options in '' '--treebank --lower' --space --chars '--markers --fold-case' --bytes \
    '--web --fold-digits'; do
    # shellcheck disable=SC2086
    paste <(tokenize --keep-lines --no-newlines $options fr) \
      <(tokenize --keep-lines --no-newlines $options en) > want
    # shellcheck disable=SC2086
    tokenize --pair $options plain > got
    diff want got
    # shellcheck disable=SC2086
    sed 's/^/a label\t/' plain | tokenize --pair --labels $options |
      diff <(sed 's/^/a label\t/' want) -
  done
  tokenize --pair --treebank --language fr,en plain |
    diff <(paste <(tokenize --keep-lines --treebank --language fr fr) \
      <(tokenize --keep-lines --treebank --language en en)) -
  tokenize --pair --language fr plain |
    diff <(paste <(tokenize --keep-lines --language fr fr) \
      <(tokenize --keep-lines --language fr en)) -
  [ "$(dd if=plain bs=1 status=none | tokenize --pair --lower)" = \
    "$(tokenize --pair --lower plain)" ]
  # A long text, whose sides are cut into blocks at different places.
  for _ in 1 2 3 4 5 6 7 8; do cat text; done > long
  tokenize --pair --treebank long | cmp - long
}

@test "tokenize --pair refuses what is no pair, and options about lines" {
  printf 'a\tb\nno tab\n' > bad
  run -4 tokenize --pair bad
  [[ $output == *'tokenize: bad: not source, TAB, target (line 2): --invalid-pairs drop leaves'* ]]
  run -4 tokenize --pair --labels bad
  [[ $output == *'tokenize: bad: not label, TAB, source, TAB, target (line 1): '* ]]
  printf 'a\tb\nno tab\n\nc\td\te\nF\tg\n' > bad
  tokenize --pair --invalid-pairs drop --lower bad > kept 2> messages
  printf 'a\tb\nf\tg\n' | cmp - kept
  grep -qx 'tokenize: dropped 3 pairs with other than one TAB between their sides, the first of them in line 2' messages
  run -2 tokenize --invalid-pairs drop text
  printf 'a\tb\377\n' > bad
  run -4 tokenize --pair --strict bad
  [[ $output == *'bad: targets: '* ]]
  local options
  for options in --sentences --columns=1,2 --conllu '--learn-abbreviations --treebank' \
    --language=de,xx --language=de, '--language=de,en,fr' --language=,en; do
    # shellcheck disable=SC2086
    run -2 tokenize --pair $options text
  done
  run -2 tokenize --language=de,en text
}

@test "labels stand before the source, and are found by the number of tabs" {
  awk '{ print (NR % 3 ? "yes" : "no") "\t" $0 }' text > labelled
  vocab --pair --labels --no-history labelled > pairs.bin
  vocab --pair --no-history labelled | cmp - pairs.bin
  side pairs.bin source | same_text - <(cut -f 1,2 labelled | vocab --labels --no-history)
  side pairs.bin target | same_text - <(vocab --no-history marked)
  run -4 vocab --pair --no-labels labelled
  [[ $output == *'labelled: not source, TAB, target (line 1)'* ]]
  printf 'a b\tc\n\td\te\n' > bad
  run -4 vocab --pair --labels bad
  [[ $output == *'bad: not label, TAB, source, TAB, target (line 1)'* ]]
  printf 'x\ta b\tc\n\td\te\n' > bad
  run -4 vocab --pair bad
  [[ $output == *'bad: no label before the source (line 2)'* ]]
}

@test "--from: both sides, or either, with the vocabularies of a stream or model" {
  head -n 500 text | vocab --pair --top 100 --target-top 60 > model.bin
  vocab --pair --from model.bin --no-history text > pairs.bin
  side pairs.bin source > source.bin
  ts-diff source.bin <(vocab --from model.bin --no-history source)
  vocab --target --from model.bin --no-history target > target.bin
  ts-select --no-history source.bin target.bin | ts-diff - pairs.bin
  ts-cat source.bin target.bin | ts-select --no-history | ts-diff - pairs.bin
  # What counts is the same as when it is encoded in the end, as with labels.
  sed 's/^/x\t/' text | vocab --pair --from model.bin --no-history |
    ts-select --without 'labels*' --no-history | ts-diff - pairs.bin
  # One vocabulary, where there is one.
  head -n 500 text | vocab --pair --shared --top 100 > model.bin
  vocab --pair --from model.bin --no-history text > pairs.bin
  run ! ts-select --tensor target.vocab pairs.bin
  ts-diff <(ts-select --tensor target.ids pairs.bin --rename target.ids=ids --no-history) \
    <(vocab --from model.bin marked | ts-select --tensor ids --no-history)
  sed 's/^/x\t/' text | vocab --pair --from model.bin --no-history |
    ts-select --without 'labels*' --no-history | ts-diff - pairs.bin
  # A vocabulary without markers has none for targets.
  vocab source > words.bin
  run -1 vocab --pair --from words.bin text
  [[ $output == *'words.bin: its vocabulary has no SENTENCE_START or no SENTENCE_END'* ]]
}

@test "--tokenize=same: sides as those of pairs, and pairs as a text" {
  printf "L'homme\tThe Man\nL'eau\tThe Water\n" > plain
  vocab --pair --tokenize='--pair --lower --language=fr,en' plain > model.bin
  cut -f 1 plain > fr
  cut -f 2 plain > en
  vocab --tokenize=same --from model.bin --no-history fr 2> messages |
    cmp - <(tokenize --lower --language fr fr | vocab --from model.bin --no-history)
  vocab --target --tokenize=same --from model.bin --no-history en 2>> messages |
    cmp - <(tokenize --lower --language en en | vocab --target --from model.bin --no-history)
  vocab --pair --tokenize=same --from model.bin --no-history plain 2>> messages |
    cmp - <(tokenize --pair --lower --language fr,en plain |
      vocab --pair --from model.bin --no-history)
  vocab --tokenize='--lower --language=fr' --from model.bin fr > fr.bin 2>> messages
  [ ! -s messages ]
  vocab --tokenize=--lower --from model.bin fr > fr.bin 2> messages
  grep -q "made by 'tokenize --lower --language=fr', this one by 'tokenize --lower'" messages
  sed 's/^/x\t/' plain | vocab --pair --tokenize='--pair --labels --invalid-pairs=drop' > model.bin
  vocab --tokenize=same --from model.bin --no-history fr | cmp - \
    <(tokenize fr | vocab --from model.bin --no-history)
  tokenize --lower --markers en | vocab > one.bin
  vocab --tokenize='--lower --markers' en > one.bin
  vocab --pair --tokenize=same --from one.bin --no-history plain 2> /dev/null | cmp - \
    <(tokenize --pair --lower --markers plain |
      vocab --pair --from one.bin --no-history 2> /dev/null)
}

@test "--target: texts for sources that are series, or vectors" {
  seq 6 | ts-convert --from tsv --no-words --tensor encoding > encoding.bin
  head -n 6 target | vocab --target --no-history > captions.bin
  ts-select --no-history encoding.bin captions.bin > pairs.bin
  side pairs.bin target | same_text - <(head -n 6 marked | vocab --no-history)
  [ "$(ts-info pairs.bin | awk '{ print $1 }' | sort | tr '\n' ' ')" = \
    'encoding pairs.bin: target.counts target.ids target.lengths target.vocab ' ]
  diff <(vocab --target --list target) <(vocab --list marked)
  printf 'a\n\nb\n' > bad
  run -4 vocab --target bad
  [[ $output == *'bad: no target (line 2)'* ]]
  printf 'a\tb\n' > bad
  run -4 vocab --target bad
  [[ $output == *'bad: a TAB in a target (line 1)'* ]]
}

@test "ts-select and ts-check refuse sources without targets" {
  vocab source > source.bin
  head -n 1999 target | vocab --target > target.bin
  run -1 ts-select source.bin target.bin
  [[ $output == *"'lengths' has 2000 rows and 'target.lengths' 1999: not a target for each source"* ]]
  vocab --pair text | ts-select --slice 'target.lengths[:5]' > bad.bin
  run -1 ts-check bad.bin
  [[ $output == "ts-check: bad.bin: 'lengths' has 2000 rows and 'target.lengths' 5: not a target"* ]]
  vocab --pair text > good.bin
  cat good.bin good.bin | ts-check
  seq 3 | ts-convert --from tsv --no-words --tensor encoding > encoding.bin
  run -1 ts-select encoding.bin target.bin
  [[ $output == *"'encoding' has 3 rows and 'target.lengths' 1999"* ]]
}

@test "--merge: parts of pairs make the whole, with one vocabulary or two" {
  head -n 700 text > one
  tail -n +701 text > two
  for shared in '' --shared; do
    vocab --pair $shared one > one.bin
    vocab --pair $shared two > two.bin
    vocab --pair $shared --top 120 --no-history text > whole.bin
    vocab --pair $shared --top 120 --no-history --merge one.bin two.bin | cmp - whole.bin
    cat one.bin two.bin | vocab --pair $shared --top 120 --no-history --merge |
      cmp - whole.bin
    vocab --pair $shared --no-ids one > one.counts
    vocab --pair $shared --no-ids two > two.counts
    vocab --pair $shared --no-ids --top 120 --no-history --merge one.counts two.counts |
      cmp - <(vocab --pair $shared --no-ids --top 120 --no-history text)
  done
  # Vocabularies can be united, and divided again.
  vocab --pair one > one.bin
  vocab --pair --shared two > two.bin
  vocab --pair --shared --merge --no-history one.bin two.bin |
    cmp - <(vocab --pair --shared --no-history text)
  vocab --pair --merge --no-history one.bin two.bin | cmp - <(vocab --pair --no-history text)
  run -1 vocab --merge one.bin
  [[ $output == *'one.bin: a text of pairs: --pair merges such'* ]]
  vocab source > text.bin
  run -1 vocab --pair --merge text.bin
  [[ $output == *"no targets: is it the output of 'vocab --pair'?"* ]]
}

@test "invalid pairs are refused by their line, or dropped and counted" {
  printf 'a b\tc\n\td\ne f\t\ng\n\nh\ti\tj\nk l m n o\tp\nq\tr s t u v w\nx\ty\n' > bad
  local n=1 line
  while read -r line; do
    n=$((n + 1))
    sed -n "${n}p" bad > one
    run -4 vocab --pair --max-length 5 --max-ratio 4 <(echo 'fine'$'\t''one') one
    [[ $output == *"one: $line (line 1): --invalid-pairs drop leaves such pairs out"* ]] ||
      { echo "$n: $output"; false; }
  done << 'END'
no source
no target
not source, TAB, target
not source, TAB, target
not source, TAB, target
a pair more uneven than --max-ratio
a pair longer than --max-length
END
  run -4 vocab --pair bad
  [[ $output == *'bad: no source (line 2)'* ]]
  vocab --pair --max-length 5 --max-ratio 4 --invalid-pairs drop --no-history bad \
    > kept.bin 2> messages
  printf 'a b\tc\nx\ty\n' | vocab --pair --no-history | cmp - kept.bin
  diff messages - << 'END'
vocab: dropped 3 pairs with other than one TAB between their sides, the first of them in line 4
vocab: dropped 1 pair without a source, the first of them in line 2
vocab: dropped 1 pair without a target, the first of them in line 3
vocab: dropped 1 pair too long, the first of them in line 8
vocab: dropped 1 pair of lengths too different, the first of them in line 7
END
  # Markers are not counted, and a side of nothing else is empty.
  printf 'SENTENCE_START a SENTENCE_END\tSENTENCE_START b SENTENCE_END\n' |
    vocab --pair --max-length 1 > /dev/null
  printf 'a\tSENTENCE_START SENTENCE_END\n' > bad
  run -4 vocab --pair bad
  [[ $output == *'no target (line 1)'* ]]
}

@test "what reads one text refuses pairs, and says how to take a side" {
  vocab --pair text > pairs.bin
  local program
  for program in w2v cooc onehot ngram-train rnn-train 'hmm-train --states 2'; do
    # shellcheck disable=SC2086
    run -1 $program pairs.bin
    [[ $output == *'pairs of a source and a target, where one text is read:'* ]] ||
      { echo "$program: $output"; false; }
  done
  ts-select --without 'target.*' pairs.bin | cooc > counts.bin
  ts-select --tensor 'target.*' --rename 'target.*=*' pairs.bin | cooc > counts.bin
}

@test "ts-cat joins pairs, and adds the counts of both sides" {
  vocab --pair text > all.bin
  head -n 300 text | vocab --pair --from all.bin --no-history > one.bin
  tail -n +301 text | vocab --pair --from all.bin --no-history > two.bin
  ts-cat one.bin two.bin | ts-diff - <(vocab --pair --from all.bin --no-history text)
  ts-select --sequences 1:3 all.bin | ts-select --tensor target.lengths --no-history > some.bin
  sed -n 2,3p marked | vocab | ts-select --tensor lengths --rename lengths=target.lengths \
    --no-history | ts-diff - some.bin
}

@test "options that make no sense without pairs are refused" {
  local options
  for options in --shared '--target-top 5' '--max-ratio 2' '--invalid-pairs drop' \
    '--max-length 5' '--pair --target' '--pair --tags' '--target --labels' '--pair --list' \
    '--pair --shared --target-top 3' '--pair --merge --max-length 4' \
    '--pair --from x --shared' '--pair --from x --target-top 4' '--target --merge'; do
    # shellcheck disable=SC2086
    run -2 vocab $options text
  done
}

@test "a text of pairs that is taken for labels is told" {
  vocab text > labels.bin 2> messages
  grep -q 'taken for a label, and there are [0-9]* different ones in 2000 lines: --pair' messages
  vocab --labels text > labels.bin 2> messages
  [ ! -s messages ]
}

@test "ts-convert --to tokens is the text that vocab read, --to jsonl has the targets" {
  paste source marked > both
  vocab --pair text | ts-convert --to tokens | cmp - both
  vocab --pair --shared text | ts-convert --to tokens | cmp - both
  sed 's/^/a label\t/' both > labelled
  vocab --pair labelled | ts-convert --to tokens | cmp - labelled
  vocab source | ts-convert --to tokens --top 9 | cmp - <(head -n 9 source)
  printf 'x\ta b\n\ty\n' | sed 's/^\t/z\t/' > text
  vocab --labels text | ts-convert --to tokens | cmp - text
  printf 'N V\ta \\s\n\nD\t\\u00A0\\\\\n' > text
  sed 's/^$/\t/' text > want
  vocab --tags text | ts-convert --to tokens | cmp - want
  printf 'a b\tc\n' | vocab --pair | ts-convert --to jsonl > p.jsonl
  [ "$(cat p.jsonl)" = \
    '{"tokens":["a","b"],"target":["SENTENCE_START","c","SENTENCE_END"]}' ]
  printf 'a b\tc\n' | vocab --pair | ts-convert --to conll 2> messages
  grep -q 'targets of pairs have no place in columns' messages
  vocab --target target > target.bin
  run -1 ts-convert --to tokens target.bin
  [[ $output == *"target.bin: no text: tokens need 'ids', 'lengths' and 'vocab'"* ]]
}
