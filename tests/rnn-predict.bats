#!/usr/bin/env bats
# rnn-predict: what a trained network is for.  Steps, draws, beams and F1 are tested in
# tests/lib/{nn_decoder,sampler,metrics}_test.c; this is about the program.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  awk 'BEGIN {
    srand(3)
    for (i = 0; i < 2000; i++) {
      r = rand()
      if (r < .6) print "dog bites man"
      else if (r < .8) print "man feeds dog"
      else if (r < .95) print "the dog sleeps"
      else print "a man reads a book"
    }
  }' > text
  tokenize --markers text > marked
  vocab marked > sentences.bin
  rnn-train --hidden 16 --batch 10 --epochs 5 --rate 0.005 -o lm.bin sentences.bin
  # The same text as one, by a network of two layers; and its characters.
  vocab text > stream.bin
  rnn-train --cell elman --layers 2 --hidden 10 --batch 5 --bptt 10 -o stream.model stream.bin
  tokenize --chars text | vocab --no-unknown > chars.bin
  rnn-train --hidden 24 --epochs 20 --batch 10 --rate 0.01 -o chars.model chars.bin
  # Labels and tags that a network can learn.
  awk '{ print (/dog bites|dog sleeps/ ? "dog" : "man") "\t" $0 }' text | head -n 600 > labelled
  vocab --labels labelled > labels.bin
  rnn-train --task classify --bidirectional --hidden 8 --epochs 4 --rate 0.02 -o classify.model labels.bin
  awk '{ tags = ""
    for (i = 1; i <= NF; i++) {
      tag = $i ~ /^(the|a)$/ ? "B-NP" : $i ~ /^(dog|man|book)$/ ? ($(i - 1) ~ /^(the|a)$/ && i > 1 ? "I-NP" : "B-NP") : "O"
      tags = tags (i > 1 ? " " : "") tag
    }
    print tags "\t" $0 }' text | head -n 600 > tagged
  vocab --tags tagged > tags.bin
  rnn-train --task tag --bidirectional --hidden 8 --subwords 100 --epochs 10 --rate 0.02 -o tag.model tags.bin
  # Series that halve at each step, of two columns.
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - > series.bin <<'END'
import sys
from tensor_stream import record, stream
rows = [x * 0.5 ** t for s in range(60) for t in range(6) for x in ((s % 7 + 1) / 8, -(s % 7 + 1) / 16)]
sys.stdout.buffer.write(stream(record("series", "f32", [360, 2], rows), record("lengths", "i32", [60], [6] * 60)))
END
  rnn-train --task regress --target next --cell gru --hidden 8 --epochs 60 --rate 0.01 -o next.model series.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

numpy() {
  /usr/bin/python3 -c 'import numpy' 2>/dev/null || skip "no NumPy"
}

# close FILE FILE [TOLERANCE]: numbers that agree.
close() {
  paste "$1" "$2" | awk -v t="${3:-0.0002}" '{ n = NF / 2; for (i = 1; i <= n; i++) {
    d = $i - $(i + n); if (d > t || d < -t) { print "line " NR ": " $i ", " $(i + n); bad = 1 } } }
    END { exit bad || NR == 0 }'
}

@test "rnn-predict --generate: characters become plain text, after the prime" {
  run -0 rnn-predict --generate 200 --prime 'dog b' chars.model
  echo "$output"
  [[ $output == "dog b"* ]]
  [ "${#lines[@]}" -gt 5 ]
  [[ $output == *"dog bites man"* ]]
  rnn-predict --generate 200 chars.model > out
  # So many characters, and a line feed if the last one is none.
  size=$(wc -c < out)
  [ "$size" -eq 200 ] || [ "$size" -eq 201 ]
  [ -z "$(tail -c 1 out | tr -d '\n')" ]
}

@test "rnn-predict: a network in words generates and forecasts" {
  rnn-train --net "e=embedding 12, a=lstm 20, b=gru 12 from e, concat from a+b, softmax" \
    --epochs 5 --batch 10 --rate 0.01 -o words.model sentences.bin
  rnn-predict --generate 10 --beam 3 --tokens words.model > found
  cat found
  grep -qx 'dog bites man' found
  rnn-train --task regress --target next --net "a=gru 8, b=elman 4 from input, concat from a+b, squared-error" \
    --epochs 60 --rate 0.01 -o words.next series.bin
  rnn-predict --forecast 2 words.next series.bin > forecast.bin
  ts-check forecast.bin
}

@test "rnn-predict --generate: the seed decides" {
  rnn-predict --generate 100 chars.model > a
  rnn-predict --generate 100 --seed 1 chars.model > b
  rnn-predict --generate 100 --seed 2 chars.model > c
  cmp a b
  run ! cmp -s a c
}

@test "rnn-predict --generate: greedy, temperature 0 and top-k 1 are the same" {
  rnn-predict --generate 100 --greedy chars.model > a
  rnn-predict --generate 100 --temperature 0 chars.model | cmp - a
  rnn-predict --generate 100 --top-k 1 --seed 7 chars.model | cmp - a
  rnn-predict --generate 100 --top-p 1e-6 --seed 8 chars.model | cmp - a
}

@test "rnn-predict --generate: words are token text; a sentence a line, without markers" {
  rnn-predict --generate 20 --count 300 lm.bin > out
  [ "$(wc -l < out)" -eq 300 ]
  run ! grep -E 'SENTENCE_|UNKNOWN' out
  # The language has four sentences, and most of what comes out is one of them.
  known=$(grep -cxE 'dog bites man|man feeds dog|the dog sleeps|a man reads a book' out)
  echo "$known of 300"
  [ "$known" -gt 200 ]
  run -0 rnn-predict --generate 2 --prime 'the  dog' lm.bin
  [[ $output == "the dog"* ]]
  [ "$(wc -w <<< "$output")" -le 4 ]
}

@test "rnn-predict --generate: UNKNOWN_TOKEN only where it is asked for" {
  sed 's/$/ zebra/' text | awk '{ print $0 NR }' | vocab --top 10 > unknown.bin
  rnn-train --hidden 8 --epochs 1 -o unknown.model unknown.bin
  run ! grep UNKNOWN <(rnn-predict --generate 2000 unknown.model)
  rnn-predict --generate 2000 --unknown unknown.model | grep -q UNKNOWN_TOKEN
}

@test "rnn-predict --generate --tokens: token text, which vocab reads again" {
  rnn-predict --generate 100 --tokens --count 3 chars.model > out
  [ "$(wc -l < out)" -eq 3 ]
  [ "$(tr ' ' '\n' < out | wc -l)" -eq 300 ]
  grep -q '\\s' out
  vocab --no-unknown --from chars.model < out | ts-check
}

@test "rnn-predict --generate --beam: the most probable sentences, best first" {
  run -0 rnn-predict --generate 10 --beam 8 --count 3 lm.bin
  echo "$output"
  [ "${lines[0]}" = "dog bites man" ]
  [ "${#lines[@]}" -eq 3 ]
  rnn-predict --generate 10 --beam 8 --count 8 lm.bin | tokenize --markers | vocab |
    rnn-predict --score lm.bin | cut -f 1 > scores
  sort -rg scores | cmp - scores
}

@test "rnn-predict --generate --min-length: no sentence ends before, by chance and by beam" {
  rnn-predict --generate 12 --count 100 lm.bin | awk 'NF < 6 { n++ } END { exit n < 50 }'
  rnn-predict --generate 12 --count 100 --min-length 6 lm.bin > out
  awk 'NF < 6 || NF > 12 { print; bad = 1 } NF < 12 { ended++ } END { exit bad || NR != 100 || !ended }' out
  rnn-predict --generate 12 --min-length 12 lm.bin | awk '{ exit NF != 12 }'
  rnn-predict --generate 12 --greedy --min-length 6 lm.bin | awk '{ exit NF < 6 }'
  rnn-predict --generate 12 --beam 4 --count 4 --min-length 6 lm.bin | awk 'NF < 6 { bad = 1 } END { exit bad || NR != 4 }'
  # What the prime has does not count; 0 is as without.
  rnn-predict --generate 12 --prime 'the dog' --min-length 6 lm.bin | awk '{ exit NF < 8 }'
  rnn-predict --generate 12 --count 20 --min-length 0 lm.bin | cmp - <(rnn-predict --generate 12 --count 20 lm.bin)
  run -2 rnn-predict --generate 5 --min-length 6 lm.bin
  [[ $output == *"--min-length 6: more than the 5 tokens to generate"* ]]
  run -1 rnn-predict --generate 5 --min-length 2 stream.model
  [[ $output == *"trained on a stream of text"* ]]
  run -2 rnn-predict --score --min-length 2 lm.bin sentences.bin
}

@test "rnn-predict: a checkpoint or text in place of the model is told, with what to do" {
  rnn-train --hidden 8 --epochs 2 --checkpoint state --checkpoint-every 50 -o whole.bin sentences.bin
  run -1 rnn-predict --generate 5 state
  [ "$output" = "rnn-predict: state: a checkpoint, not a model: to make one, give rnn-train the input and options of the run, --resume state and -o MODEL" ]
  # And it does.
  rnn-train --hidden 8 --epochs 2 --resume state -o MODEL sentences.bin
  rnn-predict --generate 20 MODEL | cmp - <(rnn-predict --generate 20 whole.bin)
  run -4 rnn-predict --generate 5 text
  [ "$output" = "rnn-predict: text: text, not a model as rnn-train writes it: 'rnn-predict MODEL FILE' takes the model first" ]
}

@test "rnn-predict --next: the most probable tokens, whose probabilities are those of --score" {
  rnn-predict --next 100 --unknown --prime 'dog bites' lm.bin > rows
  cat rows
  head -n 1 rows | grep -q '^man	'
  cut -f 2 rows | sort -rg | cmp - <(cut -f 2 rows)
  awk '{ s += $2 } END { exit s < .9999 || s > 1.0001 }' rows
  run ! grep SENTENCE_START rows
  # All tokens of a sentence, its end included, one after the other.
  printf '\nman\nman feeds\nman feeds dog\n' | rnn-predict --next 100 --unknown lm.bin |
    awk -F '\t' 'BEGIN { split("man feeds dog SENTENCE_END", want, " "); i = 1 }
      !NF { i++; next } $1 == want[i] { print log($2) }' > ours
  echo 'man feeds dog' | tokenize --markers | vocab | rnn-predict --score --tokens lm.bin |
    sed '/^$/d' | cut -f 1 > theirs
  [ "$(wc -l < ours)" -eq 4 ]
  # SENTENCE_START is never next; --score counts the little that it has.
  close ours theirs 0.01
}

@test "rnn-predict --next: each line stands for itself; the prime in place of text" {
  printf 'the dog\n\nthe dog' > lines
  rnn-predict --next 3 lm.bin lines > rows
  [ "$(wc -l < rows)" -eq 12 ]
  [ "$(grep -c '^$' rows)" -eq 3 ]
  head -n 3 rows | cmp - <(rnn-predict --next 3 --prime 'the dog' lm.bin)
  sed -n 5,8p rows | cmp - <(echo | rnn-predict --next 3 lm.bin)
  sed -n 9,11p rows | cmp - <(head -n 3 rows)
  printf 'the dog\r\n' | rnn-predict --next 3 lm.bin | cmp - <(head -n 4 rows)
  # Greedy generation takes the first.
  [ "$(rnn-predict --next 1 --prime 'dog b' chars.model | cut -f 1)" = i ]
  [ "$(rnn-predict --generate 1 --greedy --prime 'dog b' chars.model)" = 'dog bi' ]
  rnn-predict --next 2 --prime 'dog bites' stream.model | head -n 1 | grep -q '^man	'
}

@test "rnn-predict --next: answers each line before it waits for another" {
  coproc next { rnn-predict --next 1 lm.bin; }
  echo 'dog bites' >&"${next[1]}"
  read -r -t 20 token p <&"${next[0]}"
  read -r -t 20 end <&"${next[0]}"
  [ "$token" = man ] && [ -n "$p" ] && [ -z "$end" ]
  exec {next[1]}>&-
}

@test "rnn-predict --next: what does not go is refused" {
  run -2 rnn-predict --next 3 --temperature 2 --prime dog lm.bin
  [[ ${lines[0]} == *"--temperature is for --generate"* ]]
  run -2 rnn-predict --next 3 --prime dog lm.bin text
  run -2 rnn-predict --next 3 - < lm.bin
  [[ ${lines[0]} == *"model and text cannot both be standard input"* ]]
  run -4 rnn-predict --next 3 lm.bin sentences.bin
  [[ $output == *"sentences.bin"* ]]
  run -1 rnn-predict --next 3 classify.model text
  [[ $output == *"'classify'"* ]]
  run -1 rnn-predict --next 3 --prime 'dog#' chars.model
  run -0 --separate-stderr rnn-predict --next 3 --prime 'dog eats' lm.bin
  [ "$stderr" = "rnn-predict: 1 of 2 tokens of the text are unknown to the model" ]
}

@test "rnn-predict --generate: a prime that the model does not know" {
  run -1 rnn-predict --generate 10 --prime 'dog#' chars.model
  echo "$output"
  [[ $output == "rnn-predict: '#': not in the vocabulary of the model, which has no UNKNOWN_TOKEN" ]]
  run -0 --separate-stderr rnn-predict --generate 3 --prime 'dog eats' lm.bin
  [[ $output == "dog UNKNOWN_TOKEN "* ]]
  [ "$stderr" = "rnn-predict: 1 of 2 tokens of the prime are unknown to the model" ]
  # Among characters it is seen as the replacement character.
  tokenize --chars text | vocab | rnn-train --hidden 4 --epochs 1 -o unknown.model
  run -0 --separate-stderr rnn-predict --generate 3 --prime 'do#' unknown.model
  [[ $output == $'do\xef\xbf\xbd'* ]]
}

@test "rnn-predict --generate: text is on its way while it is made" {
  run -0 timeout 20 bash -c 'rnn-predict --generate 2000000000 chars.model | head -c 1000 | wc -c'
  [ "$output" -eq 1000 ]
}

@test "rnn-predict --score: dog bites man" {
  printf 'man bites dog\ndog bites man\n' | tokenize | vocab | rnn-predict --score lm.bin | sort -rg > out
  cat out
  [ "$(head -n 1 out | cut -f 2-)" = $'4\t0\tdog bites man' ]
  # Markers that are there already make no difference.
  printf 'man bites dog\ndog bites man\n' | tokenize --markers | vocab | rnn-predict --score lm.bin |
    sort -rg | cut -f 1 | cmp - <(cut -f 1 out)
}

@test "rnn-predict --score: what NumPy gets from the same weights" {
  numpy
  head -n 50 marked > some
  /usr/bin/python3 "$BATS_TEST_DIRNAME/rnn_reference.py" lm.bin sentences < some > theirs
  vocab some | rnn-predict --score lm.bin | cut -f 1 > ours
  close ours theirs
  # As one text, with its state carried on.
  head -n 50 text > some
  /usr/bin/python3 "$BATS_TEST_DIRNAME/rnn_reference.py" stream.model stream < some > theirs
  vocab some | rnn-predict --score stream.model | cut -f 1 > ours
  close ours theirs
}

@test "rnn-predict --score: rows of tokens, rows of sentences and the report agree" {
  for model in lm.bin stream.model; do
    head -n 300 text | vocab > some.bin
    rnn-predict --score --report report $model some.bin > rows
    rnn-predict --score --tokens $model some.bin > tokens
    rnn-predict --score --report - $model some.bin | cmp - report
    cat report
    awk -F '\t' 'NF == 2 { s += $1; n++ } NF == 0 { printf "%.2f %d\n", s, n; s = n = 0 }' tokens > sums
    awk -F '\t' '{ printf "%.2f %d\n", $1, $2 }' rows > rounded
    close sums rounded 0.011
    awk -F '\t' 'NR == FNR { r[$1] = $2; next } { s += $1; n += $2 }
      END { e = exp(-s / n) - r["perplexity"]; d = s - r["logprob"]
        exit !(e < .01 && e > -.01 && d < .1 && d > -.1 && n == r["tokens"] && FNR == r["sentences"]) }' report rows
  done
}

@test "rnn-predict --score: the probabilities of all that may come next sum to 1" {
  ts-convert --to tsv --tensor vocab lm.bin > words
  grep -v SENTENCE_ words | sed 's/^/SENTENCE_START the /' > all
  for marker in SENTENCE_START SENTENCE_END; do echo "SENTENCE_START the $marker x" >> all; done
  vocab all | rnn-predict --score --tokens lm.bin |
    awk -F '\t' 'NF == 2 && ++n == 2 { s += exp($1); k++ } NF == 0 { n = 0 }
      END { print k, s; exit !(s > .999 && s < 1.001) }'
}

@test "rnn-predict: every softmax, tied weights and parts of words" {
  for how in "--softmax hierarchical" "--softmax sampled --samples 5" "--dim 12 --tied" "--dim 8 --subwords 100"; do
    echo "$how"
    # shellcheck disable=SC2086 # words are wanted
    rnn-train --hidden 12 --epochs 4 --batch 10 --rate 0.005 $how -o other.model sentences.bin
    run -0 rnn-predict --generate 10 --beam 4 other.model
    [ "$output" = "dog bites man" ]
    run -0 rnn-predict --generate 10 --greedy --prime the other.model
    [ "$output" = "the dog sleeps" ]
    # The language has the first sentence with probability 0.6, the other with 0.15.
    printf 'dog bites man\nthe dog sleeps\n' | vocab | rnn-predict --score other.model |
      awk -F '\t' '{ p[NR] = exp($1) } END { print p[1], p[2]; exit !(p[1] > .5 && p[1] < .7 && p[2] > .08 && p[2] < .25) }'
  done
}

@test "rnn-predict --score: unknown words are counted" {
  printf 'dog bites zebra\n' | vocab | rnn-predict --score --report report lm.bin > rows
  [ "$(cut -f 2- rows)" = $'4\t1\tdog bites zebra' ]
  grep -qx $'unknown\t1' report
  printf 'dog bites zebra\n' | vocab --from lm.bin | rnn-predict --score --report - lm.bin | cmp - report
  run -1 rnn-predict --score chars.model <(printf 'd \xc3\xa9\n' | vocab)
  [[ $output == *"'"$'\xc3\xa9'"': not in the vocabulary of the model"* ]]
}

@test "rnn-predict --score: long texts and long sentences, in pieces, are the same" {
  numpy
  # More than a batch and a window: a sentence of 150,000 words.
  cat text text text text text text text text text text text text text text text text text text text text text text text text |
    tr '\n' ' ' | sed 's/ $/\n/' > long
  vocab long | rnn-predict --score stream.model | cut -f 1,2 > ours
  vocab <(fold -s -w 300 long) | rnn-predict --score --report - stream.model > report
  awk -F '\t' 'NR == FNR { s = $1; n = $2; next } { r[$1] = $2 }
    END { d = s - r["logprob"]; print s, r["logprob"]; exit !(n == r["tokens"] && d < .05 && d > -.05) }' ours report
  { printf 'SENTENCE_START '; tr -d '\n' < long; printf ' SENTENCE_END\n'; } | head -c 120000 > marked.long
  printf '\n' >> marked.long
  sed -i 's/ [a-z]*$//' marked.long
  vocab marked.long | rnn-predict --score lm.bin | cut -f 1 > ours
  sed 's/$/ SENTENCE_END/' marked.long | /usr/bin/python3 "$BATS_TEST_DIRNAME/rnn_reference.py" lm.bin sentences > theirs
  close ours theirs 0.5
}

@test "rnn-predict --classify: a label a line, and how good they are" {
  rnn-predict --classify --report report classify.model labels.bin > out
  cat report
  [ "$(wc -l < out)" -eq 600 ]
  cut -f 1 labelled | paste - out | awk '$1 == $2 { n++ } END { print n }' > right
  grep -qx $'sentences\t600' report
  grep -qx $'correct\t'"$(cat right)" report
  [ "$(cat right)" -gt 590 ]
  rnn-predict --classify --report - classify.model labels.bin | cmp - report
}

@test "rnn-predict --classify --probabilities: of all labels, falling, sum 1" {
  rnn-predict --classify --probabilities classify.model labels.bin > out
  cut -f 1 out | cmp - <(rnn-predict --classify classify.model labels.bin)
  awk -F '\t' '{ s = $2 + $4; if (NF != 4 || $2 < $4 || s < .9998 || s > 1.0002) exit 1 }' out
}

@test "rnn-predict --tag: tags beside the words, and phrases counted" {
  rnn-predict --tag --report report tag.model tags.bin > out
  head -n 30 report
  cut -f 1 tagged | paste -d '\n' - out | awk 'NR % 2 { split($0, a); next }
    { for (i = 1; i <= NF; i++) { n++; right += $i == a[i] } } END { print n, right }' > counts
  grep -qx $'tokens\t'"$(cut -d' ' -f1 counts)" report
  grep -qx $'correct\t'"$(cut -d' ' -f2 counts)" report
  grep -q '^phrases' report
  awk -F '\t' '$1 == "micro" { exit !($4 > .98) }' report
  # Rows for each token: the word, the given tag, the predicted one.
  rnn-predict --tag --tokens tag.model tags.bin > rows
  awk -F '\t' 'NF { line = line (line == "" ? "" : " ") $3; next } { print line; line = "" }' rows | cmp - out
  awk -F '\t' 'NF { line = line (line == "" ? "" : " ") $1; next } { print line; line = "" }' rows |
    cmp - <(cut -f 2 tagged)
  awk -F '\t' 'NF { line = line (line == "" ? "" : " ") $2; next } { print line; line = "" }' rows |
    cmp - <(cut -f 1 tagged)
  # Without given tags there is one column less.
  cut -f 2 tagged | vocab | rnn-predict --tag --tokens tag.model | cut -f 2 | cmp - <(cut -f 3 rows)
  rnn-predict --tag --probabilities tag.model tags.bin | awk -F '\t' 'NF && ($4 < $6 || NF != 8) { exit 1 }'
}

@test "rnn-predict: F1 of phrases is that of a count in Python" {
  # Labels that are wrong now and then.
  awk -F '\t' -v OFS='\t' 'NR % 3 == 0 { sub(/O/, "B-VP", $1) } NR % 5 == 0 { sub(/I-NP/, "B-NP", $1) } { print }' tagged > other
  vocab --tags other | rnn-predict --tag --tokens --report report tag.model > rows
  python3 - rows > theirs <<'END'
import sys
def phrases(tags):
    found, begin = [], None
    for i, tag in enumerate(tags + ["O"]):
        kind = tag[2:]
        if begin is not None and (tag[0] != "I" or kind != tags[begin][2:]):
            found.append((begin, i, tags[begin][2:]))
            begin = None
        if begin is None and tag != "O":
            begin = i
    return set(found)
given = predicted = correct = 0
for block in open(sys.argv[1]).read().split("\n\n")[:-1]:
    columns = [row.split("\t") for row in block.split("\n")]
    g, p = (phrases([c[k] for c in columns]) for k in (1, 2))
    given, predicted, correct = given + len(g), predicted + len(p), correct + len(g & p)
print("phrases", given, predicted, correct, sep="\t")
END
  cat theirs
  grep -qxF "$(cat theirs)" report
  # A label that the model does not have is given, and never predicted.
  grep -q $'^confusion\tB-VP' report
}

@test "rnn-predict: words are brought to the model by what they say" {
  tac labelled | vocab --labels > other.bin
  rnn-predict --classify classify.model other.bin | tac | cmp - <(rnn-predict --classify classify.model labels.bin)
  vocab --labels --from classify.model labelled | rnn-predict --classify classify.model |
    cmp - <(rnn-predict --classify classify.model labels.bin)
}

@test "rnn-predict: parts of words tell what unknown words are" {
  awk 'BEGIN { for (i = 0; i < 900; i++) { w = "w" i; print (i % 2 ? "A B" : "B A") "\t" (i % 2 ? w "ing " w "ed" : w "ed " w "ing") } }' |
    vocab --tags --top 100 > parts.bin
  rnn-train --task tag --cell elman --hidden 8 --subwords 1000 --word-dropout 1 --epochs 3 --rate 0.02 -o parts.model parts.bin
  printf 'xyzing qqqed\nqqqed xyzing\n' | vocab | rnn-predict --tag parts.model > out
  cat out
  [ "$(cat out)" = $'A B\nB A' ]
}

@test "rnn-predict: the model may come from standard input" {
  rnn-predict --score - sentences.bin < lm.bin | cmp - <(rnn-predict --score lm.bin < sentences.bin)
  rnn-predict --generate 5 --greedy - < lm.bin | cmp - <(rnn-predict --generate 5 --greedy lm.bin)
}

@test "rnn-predict: threads change nothing" {
  for mode in "--classify --probabilities classify.model labels.bin" "--tag tag.model tags.bin" \
    "--score lm.bin sentences.bin" "--encode --no-history lm.bin sentences.bin"; do
    rnn-predict $mode -t 1 > one
    rnn-predict $mode -t 4 > four
    cmp one four
  done
}

@test "rnn-predict --encode: the state after each sentence, the mean, the maximum; labels go on" {
  numpy
  head -n 20 marked > some
  sed 's/ SENTENCE_END$//' some | /usr/bin/python3 "$BATS_TEST_DIRNAME/rnn_reference.py" lm.bin states > theirs
  vocab some | rnn-predict --encode lm.bin | ts-convert --to tsv --no-words --tensor encoding > ours
  close ours theirs
  # Markers are added where they are missing.
  head -n 20 text | vocab | rnn-predict --encode lm.bin | ts-convert --to tsv --no-words --tensor encoding | close - ours
  rnn-predict --encode classify.model labels.bin > encoded.bin
  ts-check encoded.bin
  ts-convert --to tsv --no-words --tensor labels encoded.bin | cmp - <(ts-convert --to tsv --no-words --tensor labels labels.bin)
  [ "$(ts-convert --to tsv --no-words --tensor encoding encoded.bin | awk 'END { print NR, NF }')" = "600 16" ]
}

@test "rnn-predict --states: gates and cells belong together; encodings are their pools" {
  numpy
  head -n 20 text | vocab > some.bin
  rnn-predict --states classify.model some.bin > states.bin
  ts-check states.bin
  for pooling in last mean max; do
    rnn-predict --encode --pooling $pooling classify.model some.bin > $pooling.bin
  done
  /usr/bin/python3 - <<'END'
import io, subprocess
import numpy as np
def get(file, name):
    return np.load(io.BytesIO(subprocess.run(["ts-convert", "--to", "npy", "--tensor", name, file],
        check=True, stdout=subprocess.PIPE).stdout))
lengths = get("states.bin", "lengths")
h = []
for d in "forward", "backward":
    i, f, g, o, cell, state = (get("states.bin", f"states.0.{d}.{x}") for x in ("i", "f", "g", "o", "cell", "state"))
    h.append(state)
    assert np.abs(o * np.tanh(cell) - state).max() < 1e-5
    at = 0
    for n in lengths:
        c = cell[at:at + n] if d == "forward" else cell[at:at + n][::-1]
        gates = [x[at:at + n] if d == "forward" else x[at:at + n][::-1] for x in (i, f, g)]
        before = np.vstack([np.zeros(c.shape[1]), c[:-1]])
        assert np.abs(gates[1] * before + gates[0] * gates[2] - c).max() < 1e-5, (d, at)
        at += n
both, at = np.hstack(h), 0
width = h[0].shape[1]
want = {"last": [], "mean": [], "max": []}
for n in lengths:
    rows = both[at:at + n]
    want["last"].append(np.hstack([rows[-1, :width], rows[0, width:]]))
    want["mean"].append(rows.mean(0))
    want["max"].append(rows.max(0))
    at += n
for name in want:
    assert np.abs(get(name + ".bin", "encoding") - np.array(want[name])).max() < 1e-5, name
END
}

@test "rnn-predict --states: to a model of a stream the sentences are one text" {
  rnn-predict --states stream.model stream.bin | ts-convert --to tsv --no-words --tensor states.1.forward.state > whole
  tr '\n' ' ' < text | vocab | rnn-predict --states stream.model |
    ts-convert --to tsv --no-words --tensor states.1.forward.state | close - whole 1e-5
}

@test "rnn-predict --regress and --forecast: a series goes on as it did" {
  rnn-predict --regress --report report next.model series.bin > predicted.bin
  cat report
  awk -F '\t' '$1 == "rmse" { exit !($2 < .03) }' report
  [ "$(ts-convert --to tsv --no-words --tensor prediction predicted.bin | wc -l)" -eq 360 ]
  rnn-predict --forecast 3 next.model series.bin > forecast.bin
  ts-check forecast.bin
  # The first new value is what the network predicts at the last step.
  ts-convert --to tsv --no-words --tensor series forecast.bin > forecast
  [ "$(wc -l < forecast)" -eq 180 ]
  ts-convert --to tsv --no-words --tensor prediction predicted.bin | awk 'NR % 6 == 0' > last
  awk 'NR % 3 == 1' forecast > first
  close first last 1e-5
}

@test "rnn-predict: nothing in, nothing out" {
  printf '' | vocab --from lm.bin > empty.bin
  run -0 rnn-predict --score lm.bin empty.bin
  [ "$output" = "" ]
  run -0 rnn-predict --score --report - lm.bin empty.bin
  [[ $output == *$'perplexity\t0.0000'* ]]
  run -0 rnn-predict --tag tag.model empty.bin
  [ "$output" = "" ]
  rnn-predict --encode lm.bin empty.bin | ts-check
  rnn-predict --states lm.bin empty.bin | ts-check
}

@test "rnn-predict: empty sentences have their line" {
  printf 'dog bites man\n\nman feeds dog\n' > gaps
  vocab gaps > gaps.bin
  sentences=$(ts-convert --to tsv --no-words --tensor lengths gaps.bin | wc -l)
  for mode in "--score lm.bin" "--score stream.model" "--classify classify.model" "--tag tag.model"; do
    run -0 bash -c "rnn-predict $mode gaps.bin | wc -l"
    [ "$output" -eq "$sentences" ]
  done
  rnn-predict --encode lm.bin gaps.bin | ts-check
}

@test "rnn-predict: wrong command lines" {
  wrong() {
    local message=$1
    shift
    run -2 rnn-predict "$@" < /dev/null
    echo "$output"
    [[ $output == *"$message"* ]]
  }
  wrong "which one of" lm.bin
  wrong "only one of" --score --tag lm.bin
  wrong "--prime is for --generate" --score --prime dog lm.bin
  wrong "--beam draws nothing" --generate 5 --beam 3 --temperature 2 lm.bin
  wrong "finds no more" --generate 5 --beam 3 --count 4 lm.bin
  wrong "--greedy takes" --generate 5 --greedy --top-k 2 lm.bin
  wrong "--tokens is for" --classify --tokens classify.model
  wrong "--probabilities is for" --score --probabilities lm.bin
  wrong "--pooling is for" --score --pooling mean lm.bin
  wrong "--report is for" --encode --report x lm.bin
  wrong "" --score
  wrong "cannot both be standard input" --score -
  wrong "cannot both be standard input" --score - -
  wrong "" --generate 5 lm.bin labels.bin
}

@test "rnn-predict: models that cannot do what is asked for" {
  run -1 rnn-predict --generate 5 tag.model
  [ "$output" = "rnn-predict: tag.model: a model for the task 'tag', and this needs one for 'lm'" ]
  run -1 rnn-predict --classify lm.bin sentences.bin
  [[ $output == *"needs one for 'classify'" ]]
  run -1 rnn-predict --tag classify.model labels.bin
  run -1 rnn-predict --forecast 3 lm.bin sentences.bin
  [[ $output == *"a forecast needs a model that predicts the next value"* ]]
  run -1 rnn-predict --score lm.bin series.bin
  [[ $output == *"the model reads words, not numbers"* ]]
  run -1 rnn-predict --regress next.model sentences.bin
  [[ $output == *"the model reads numbers, not words"* ]]
  run -1 rnn-predict --classify --report - classify.model sentences.bin
  [[ $output == *"no labels to compare with"* ]]
  run -1 rnn-predict --score sentences.bin sentences.bin
  [ "${#lines[@]}" -eq 1 ]
}

@test "rnn-predict: the history says what model and what stream" {
  rnn-predict --encode lm.bin sentences.bin | ts-convert --to tsv --tensor history > history
  cat history
  grep -q '^vocab' history
  grep -q '^rnn-train.*--hidden=16' history
  grep -q '^rnn-predict.*--encode' history
}

@test "rnn-predict(1): the examples do what the page says" {
  # Commands begin with "$ " and go on where a line begins with four spaces.
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$BATS_TEST_DIRNAME/../man/rnn-predict.1" > page
  sed -n 's/^\$ //p;/^    /p' page > commands
  sed '/^\$ /d;/^    /d' page > expected
  cat commands
  [ "$(wc -l < expected)" -ge 7 ]
  bash -e commands > got
  diff expected got
}
