# The pipelines of examples/, on small texts.

bats_require_minimum_version 1.5.0

setup() {
  examples=$BATS_TEST_DIRNAME/../examples
  cd "$BATS_TEST_TMPDIR"
  "$WORDPIPE_BUILD/examples/make-corpus" -n 500000 "$examples/demo.grammar" > text
}

@test "in-parts.sh: counting in parts gives the bytes of one run" {
  run -0 sh "$examples/in-parts.sh" text parts.bin
  [ "$output" = "" ]
  tokenize --lower text | vocab --no-history --min-count 5 > whole.bin
  cmp whole.bin parts.bin
}

@test "in-parts.sh: fails when a part does" {
  run ! sh "$examples/in-parts.sh" absent parts.bin
  [ ! -e parts.bin ]
  # A vocab that fails on one of the parts.
  mkdir shim
  ln -s "$WORDPIPE_BIN"/* shim/
  rm shim/vocab
  printf '#!/bin/sh\ncase $* in *text.aa*) exit 1 ;; esac\nexec "%s/vocab" "$@"\n' \
    "$WORDPIPE_BIN" > shim/vocab
  chmod +x shim/vocab
  WORDPIPE_BIN=$PWD/shim run ! sh "$examples/in-parts.sh" text parts.bin
  [ ! -e parts.bin ]
}

@test "wikipedia.sh: a table of recipes, and their results" {
  printf ': family\nking queen man woman\n: gram1\ncat cats dog dogs\n' > questions.txt
  printf 'the a 3\ncat dog 9\nman king 5\nwoman dog 1\n' > people.txt
  OUT=here run -0 --separate-stderr sh "$examples/wikipedia.sh" text questions.txt people.txt
  echo "$output"
  [ "${lines[0]}" = $'recipe\tcpu\tanalogies\tsemantic\tsyntactic\tpeople' ]
  [ "$(grep -c $'^result\t' <<< "$output")" -eq 35 ] # seven recipes, five figures
  [ "$(grep -cE $'^(w2v|cbow|svd|joined.ngrams)\t[0-9.]+\t' <<< "$output")" -eq 4 ]
  for vectors in here/*.bin; do ts-check "$vectors"; done
  RECIPES="svd glove" OUT=there run -0 --separate-stderr sh "$examples/wikipedia.sh" text questions.txt people.txt
  [[ $output == *$'\nresult\tglove.people\t'* ]]
  RECIPES=cake OUT=there run -1 sh "$examples/wikipedia.sh" text questions.txt
  [[ $output == *"no recipe 'cake'"* ]]
  run -1 sh "$examples/wikipedia.sh" absent
}

@test "vectors.sh: leaves one stream, and prints its path" {
  OUT=here run -0 --separate-stderr sh "$examples/vectors.sh" text
  [ "$output" = here/vectors.bin ]
  ts-check here/vectors.bin
  ts-info here/vectors.bin | grep -E '^  embedding +f32 +\([0-9]+, 100\)'
  [ "$(ls here)" = vectors.bin ]
}

@test "phrases.sh: shows phrases, and words that are like them" {
  awk 'BEGIN {
    srand(2)
    for (line = 0; line < 4000; line++) {
      for (i = 0; i < 6; i++)
        printf "%s ", rand() < 0.006 ? "new york" : "w" int(rand() * rand() * 2000)
      print ""
    }
  }' > plain
  OUT=here run -0 --separate-stderr sh "$examples/phrases.sh" plain
  echo "$output"
  [[ ${lines[0]} == "new york"$'\t'* ]]
  [[ $output == *$'\nnew_york\t'* ]]
  [ "${lines[-1]}" = here/vectors.bin ]
}

@test "bench/run: prepares texts of our own, and skips programs that are not there by name" {
  BENCH_MB=1 BENCH_TRAIN_MB=1 BENCH_ROUNDS=1 WORDPIPE_DATA=/absent WORD2VEC=/absent \
    PWORD2VEC=/absent VOCAB_COUNT=/absent FASTTEXT=/absent \
    run -0 "$BATS_TEST_DIRNAME/../bench/run" tokenize vocab w2v
  echo "$output"
  [[ ${lines[0]} == "no /absent/enwiki: measured on texts that make-corpus makes"* ]]
  [[ $output == *"made by make-corpus"* ]]
  [ "$(grep -c 'skipped: no ' <<< "$output")" -eq 7 ]
  [ "$(grep -cE '^tokenize.* wc -w +cpu +[0-9.]+ \(' <<< "$output")" -eq 2 ]
}

@test "bench/run: the pipe of the stream library is whole" {
  head -c 3000000 /dev/zero > numbers
  "$WORDPIPE_BUILD/bench/stream-pipe" write < numbers > stream
  "$WORDPIPE_BUILD/bench/stream-pipe" read < stream
  ts-convert --to npy --tensor numbers stream | tail -c 3000000 | cmp - numbers
  run -1 bash -c '"$0" read < <(head -c -1 stream)' "$WORDPIPE_BUILD/bench/stream-pipe"
}

@test "lsa.sh: from documents to words and documents that are near" {
  OUT=here run -0 --separate-stderr sh "$examples/lsa.sh" text paris
  echo "$output"
  [ -z "$stderr" ] && [ "${#lines[@]}" -eq 2 ]
  [[ ${lines[0]} == $'paris\t'* && ${lines[1]} == $'1\t'* ]]
  ts-info here/lsa.bin | grep -E 'embedding +f32 +\([0-9]+, 50\)'
  run -1 sh "$examples/lsa.sh" absent
}

@test "texts.sh: every method of emb-text, and what a classifier makes of it" {
  awk 'BEGIN { srand(1); for (i = 0; i < 300; i++) { s = (i % 2 ? "pos" : "neg") "\t"
    for (k = 0; k < 15; k++) s = s (rand() < 0.5 ? "w" : i % 2 ? "good" : "bad") int(rand() * 20) " "; print s } }' > texts.tsv
  head -n 200 texts.tsv > train.tsv
  tail -n 100 texts.tsv > test.tsv
  DIM=10 OUT=here run -0 --separate-stderr sh "$examples/texts.sh" train.tsv test.tsv
  echo "$output $stderr"
  [ "$(cut -f 2 <<< "$output" | xargs)" = "mean.accuracy sif.accuracy lsa.accuracy dbow.accuracy" ]
  awk -F '\t' '$3 < 70 { exit 1 }' <<< "$output"
  run -1 sh "$examples/texts.sh" absent
}

@test "counts.sh: from counts to vectors in two ways, and to scores" {
  [ -f "$WORDPIPE_DATA/analogy/questions-words.txt.gz" ] || skip "no analogy/ in WORDPIPE_DATA"
  [ -f "$WORDPIPE_DATA/word-sim/EN-WS-353-ALL.txt" ] || skip "no word-sim/ in WORDPIPE_DATA"
  OUT=here run -0 --separate-stderr sh "$examples/counts.sh" text
  echo "$output"
  ts-check here/glove.bin here/svd.bin
  for vectors in glove svd; do
    [[ $output == *"$vectors: questions-words.txt.gz"$'\ttotal\t3cosadd\t'* ]]
    [[ $output == *"$vectors: EN-WS-353-ALL.txt"$'\ttotal\tspearman\t'* ]]
  done
  [ "$(wc -l < here/glove.tsv)" -eq 16 ]
}

@test "toy-svd.sh: the table cell by cell, places, and a map" {
  run -0 --separate-stderr sh "$examples/toy-svd.sh"
  echo "$output"
  [ -z "$stderr" ]
  printf '%s\n' '. 0 0 0 1 0 0 1 1' 'I 0 0 2 0 0 1 0 0' 'like 0 2 0 1 1 0 0 0' \
    'NLP 1 0 1 0 0 0 0 0' 'deep 0 0 1 0 0 0 0 1' 'enjoy 0 1 0 0 0 0 1 0' \
    'flying 1 0 0 0 0 1 0 0' 'learning 1 0 0 0 1 0 0 0' > table
  sed -n '3,10s/  */ /gp' <<< "$output" | diff table -
  grep -qE '^like +0\.5944 +0\.6301$' <<< "$output"
  [ "$(grep -c '^  |' <<< "$output")" -eq 21 ]
  for word in I like enjoy deep learning NLP flying .; do
    [ "$(grep '^  |' <<< "$output" | tr ' |' '\n\n' | grep -cxF "$word")" -eq 1 ]
  done
  run -0 sh "$examples/toy-svd.sh" <(printf 'one two\ntwo one one\n')
}

@test "babble: a program of one's own that lets a network write" {
  head -c 20000 text | tokenize --chars | vocab --no-unknown |
    rnn-train -q --hidden 16 --epochs 2 -o chars.model
  run -0 "$WORDPIPE_BUILD/examples/babble" chars.model 300 7
  [ "$("$WORDPIPE_BUILD/examples/babble" chars.model 300 7 | wc -c)" -eq 301 ]
  [ "$output" = "$("$WORDPIPE_BUILD/examples/babble" chars.model 300 7)" ]
  [ "$output" != "$("$WORDPIPE_BUILD/examples/babble" chars.model 300 8)" ]
  head -n 20 text | sed 's/^/x\t/' | vocab --labels |
    rnn-train -q --task classify --hidden 4 --epochs 1 -o labels.model
  run -1 "$WORDPIPE_BUILD/examples/babble" labels.model
  [ "$output" = "babble: labels.model: no language model" ]
}

@test "shakespeare.sh: a model that speaks, and a report on its gradients" {
  head -c 30000 text > play
  OUT=here EPOCHS=1 PRIME="The " run -0 --separate-stderr sh "$examples/shakespeare.sh" play
  echo "$output"
  [[ $output == "The "* ]]
  [[ $output == *$'\ndistance\tsegments\tmedian\tlargest\tbound\n0\t'* ]]
  grep -q '^step' here/run.tsv
}

@test "sentiment.sh: labels of reviews that were told apart by one word" {
  awk 'BEGIN { srand(3); split("plot actor scene film story music", w)
    for (i = 0; i < 600; i++) {
      good = rand() < 0.5
      printf "%s\tThe", good ? "pos" : "neg"
      for (k = 0; k < 8; k++) printf " %s", w[1 + int(rand() * 6)]
      printf " was %s.\n", good ? "great" : "awful"
    } }' > reviews
  head -n 500 reviews > train
  tail -n 100 reviews > test
  cut -f 2 reviews > more
  OUT=here EPOCHS=8 run -0 --separate-stderr sh "$examples/sentiment.sh" train test more
  echo "$output"
  [ "${lines[2]}" = $'accuracy\t1.0000' ]
}

@test "chunks.sh and ner.sh: phrases that follow from the words" {
  awk 'BEGIN { srand(4)
    for (i = 0; i < 300; i++) {
      for (k = 0; k < 4; k++) {
        if (rand() < 0.6) print "the DT B-NP B-NP\n" (rand() < 0.5 ? "dog" : "man") " NN I-NP I-NP"
        print (rand() < 0.5 ? "runs" : "sees") " VB B-VP O"
      }
      print ". . O O\n"
    } }' > columns
  head -n 2000 columns > train
  tail -n 500 columns > test
  for script in chunks ner; do
    OUT=here EPOCHS=6 run -0 --separate-stderr sh "$examples/$script.sh" train test none
    echo "$output"
    awk -v name="$script.f1" '$1 == "result" && $2 == name { found = $3 > 0.95 } END { exit !found }' <<< "$output"
  done
}

@test "tagger.sh: parts of speech that follow from the endings of words" {
  awk 'BEGIN { srand(5)
    for (i = 0; i < 400; i++) {
      for (k = 0; k < 6; k++) {
        stem = sprintf("%c%c%c", 97 + int(rand() * 26), 97 + int(rand() * 26), 97 + int(rand() * 26))
        verb = rand() < 0.5
        printf "%s%s\t%s\n", stem, verb ? "ing" : "ness", verb ? "VERB" : "NOUN"
      }
      print ""
    } }' > tagged
  head -n 2100 tagged > train
  tail -n 700 tagged > test
  OUT=here EPOCHS=6 run -0 --separate-stderr sh "$examples/tagger.sh" train test text
  echo "$output"
  [ "$(sed -n 's/^accuracy\t//p' <<< "$output" | awk '{ print ($1 > 0.99) }')" = 1 ]
}

@test "series.sh: runs, and the sum so far is learnt" {
  OUT=here SEQUENCES=300 WORDPIPE_EXAMPLES=$WORDPIPE_BUILD/examples \
    run -0 --separate-stderr sh "$examples/series.sh"
  echo "$output"
  [ "$(grep -c '^rmse' <<< "$output")" -eq 2 ]
  ts-check here/*.bin
}

@test "classify.sh: labels by counting" {
  for i in 1 2 3 4 5 6; do
    printf 'good\ta fine film %s\nbad\ta dull film %s\n' "$i" "$i"
  done > reviews.tsv
  OUT=out run -0 sh "$examples/classify.sh" reviews.tsv reviews.tsv
  [[ $output = *"result"*"classify.ngrams.accuracy"*"1.0000"* ]]
  CHARS=1 OUT=out run -0 sh "$examples/classify.sh" reviews.tsv reviews.tsv
  OUT=out run -1 sh "$examples/classify.sh" absent
}

@test "hmm.sh: parts of speech by counting, and a result for each figure" {
  for n in $(seq 60); do
    printf 'the\tDET\n%s\tNOUN\n%ss\tVERB\n\n' "thing$((n % 7))" "do$((n % 5))"
  done > tagged
  OUT=here run -0 --separate-stderr sh "$examples/hmm.sh" tagged tagged
  echo "$output"
  [ "$(tail -n 1 <<< "$output")" = "result	tags.accuracy	1.0000" ]
  [ "$(grep -c '^result	tags\.[a-z.]*	[0-9.]*$' <<< "$output")" -eq "${#lines[@]}" ]
  run -1 sh "$examples/hmm.sh" absent tagged
  [[ $output == *"absent: no such file" ]]
}

@test "window-tagger.sh: phrases by a window of words" {
  awk 'BEGIN { srand(4)
    for (i = 0; i < 300; i++) {
      for (k = 0; k < 4; k++) {
        if (rand() < 0.6) print "the DT B-NP\n" (rand() < 0.5 ? "dog" : "man") " NN I-NP"
        print (rand() < 0.5 ? "runs" : "sees") " VB B-VP"
      }
      print ". . O\n"
    } }' > columns
  head -n 2000 columns > train
  tail -n 500 columns > test
  OUT=here EPOCHS=6 run -0 --separate-stderr sh "$examples/window-tagger.sh" train test
  echo "$output"
  [ "$(grep -c $'^result\tchunks' <<< "$output")" -eq 5 ]
  awk '$1 == "result" && $2 == "chunks.f1" { found = $3 > 0.95 } END { exit !found }' <<< "$output"
  run -1 sh "$examples/window-tagger.sh" absent
}

@test "cnn.sh: labels by convolutions, with vectors and without" {
  awk 'BEGIN { srand(3)
    for (i = 0; i < 400; i++) {
      good = rand() < 0.5
      text = ""
      for (k = 0; k < 8; k++) text = text " " (k == 5 ? (good ? "fine" : "poor") : "w" int(rand() * 9))
      print (good ? "pos" : "neg") "\t" text
    } }' > train
  tail -n 50 train > test
  for text in none train; do
    OUT=here EPOCHS=6 run -0 --separate-stderr sh "$examples/cnn.sh" train test $text
    echo "$output"
    awk '$1 == "result" && $2 == "classify.accuracy" { found = $3 > 0.95 } END { exit !found }' <<< "$output"
  done
}

@test "char-lm.sh: nats for each character, by convolutions and by recurrence" {
  head -c 20000 text > train
  tail -c 5000 text > test
  for net in conv lstm; do
    NET=$net OUT=here run -0 --separate-stderr sh "$examples/char-lm.sh" train test
    echo "$output"
    awk '$1 == "result" && $2 == "chars.nats" { found = $3 < 3.2 } END { exit !found }' <<< "$output"
  done
  NET=tree OUT=here run -1 sh "$examples/char-lm.sh" train test
}

@test "gpt.sh: nats for each character by a Transformer, and a result for each figure" {
  head -c 20000 text > train
  tail -c 5000 text > valid
  OUT=here STEPS=300 LAYERS=2 WIDTH=32 CONTEXT=32 run -0 --separate-stderr sh "$examples/gpt.sh" train valid
  echo "$output"
  [ "$(grep -c '^result	gpt\.[a-z.]*	[0-9.]*$' <<< "$output")" -eq "${#lines[@]}" ]
  awk '$1 == "result" && $2 == "gpt.valid.nats" { found = $3 < 2.9 } END { exit !found }' <<< "$output"
  [ "$(wc -l < here/generated)" -ge 100 ]
  OUT=here run -1 sh "$examples/gpt.sh" train absent
  [ "$output" = "gpt.sh: absent: no such file" ]
}

@test "translate.sh: translations, what they attend to, and a result for each figure" {
  awk 'BEGIN { for (line = 0; line < 800; line++) { s = t = ""
    for (i = 0; i < 2 + line % 3; i++) { k = int(line * (i + 3) / 2 + line * line * i / 7) % 5
      s = s (i ? " " : "") "W" k; t = "v" k (i ? " " : "") t }
    print s > "source"; print t > "target" } }'
  gzip -k source
  OUT=here HIDDEN=32 EPOCHS=16 run -0 --separate-stderr sh "$examples/translate.sh" source.gz target source target
  echo "$output"
  [ "$(grep -c '^result	translate\.[a-z.]*	[0-9.]*$' <<< "$output")" -eq 3 ]
  awk '$2 == "translate.beam.bleu" { found = $3 > 60 } END { exit !found }' <<< "$output"
  ts-check here/maps.bin
  OUT=here run -1 sh "$examples/translate.sh" source target source absent
  [ "$output" = "translate.sh: absent: no such file" ]
}

@test "crf.sh: phrases by features, and a result for each figure" {
  for n in $(seq 60); do
    printf 'the DET B-NP\n%s NOUN I-NP\n%ss VERB B-VP\n\n' "thing$((n % 7))" "do$((n % 5))"
  done > chunks
  METHOD=perceptron OUT=here run -0 --separate-stderr sh "$examples/crf.sh" chunks chunks
  echo "$output"
  [ "$(tail -n 1 <<< "$output")" = "result	chunks.f1	1.0000" ]
  [ "$(grep -c '^result	chunks\.[a-z0-9.]*	[0-9.]*$' <<< "$output")" -eq "${#lines[@]}" ]
  awk 'NF { print $1, $2; next } { print }' chunks | gzip > tags.gz
  TASK=tags OUT=here run -0 --separate-stderr sh "$examples/crf.sh" tags.gz tags.gz
  [ "$(tail -n 1 <<< "$output")" = "result	tags.accuracy	1.0000" ]
}

@test "taggers.sh and classifiers.sh: all models of one task side by side" {
  for n in $(seq 60); do
    printf 'the DET B-NP\n%s NOUN I-NP\n%ss VERB B-VP\n\n' "thing$((n % 7))" "do$((n % 5))"
  done > chunks
  EPOCHS=1 TASK=chunks OUT=out run -0 --separate-stderr sh "$examples/taggers.sh" chunks chunks
  echo "$output" "$stderr"
  [ "$(cut -f 1 out/table.tsv | tr '\n' ' ')" = "model hmm crf window perceptron bilstm bilstm-crf " ]
  [ "$(awk -F '\t' 'NF == 6 && $2 + 0 > 0 && $4 + 0 >= 0 && $6 + 0 > 0' out/table.tsv | wc -l)" -eq 6 ]
  [ "$(grep -c '^result	chunks\.[a-z-]*\.f1	[0-9.]*$' <<< "$output")" -eq 6 ]
  grep -qx 'result	chunks.crf.f1	1.0000' <<< "$output"
  for i in 1 2 3 4 5 6; do
    printf 'good\ta fine film %s\nbad\ta dull film %s\n' "$i" "$i"
  done > reviews.tsv
  EPOCHS=1 OUT=out run -0 --separate-stderr sh "$examples/classifiers.sh" reviews.tsv reviews.tsv
  echo "$output" "$stderr"
  [ "$(awk -F '\t' 'NF == 5 && $2 + 0 > 0 && $5 + 0 > 0' out/table.tsv | wc -l)" -eq 7 ]
  grep -qx 'result	classify.svm-bigrams.accuracy	1.0000' <<< "$output"
  run -1 sh "$examples/taggers.sh" absent chunks
  CHARS=1 EPOCHS=1 OUT=chars run -0 sh "$examples/classifiers.sh" reviews.tsv reviews.tsv
  grep -qx 'result	classify.svm-4-grams.accuracy	1.0000' <<< "$output"
  run -1 sh "$examples/classifiers.sh" absent reviews.tsv
}

@test "ngram.sh and mixture.sh: a model of each kind, and one with a network" {
  for i in $(seq 60); do echo "the cat number $((i % 7)) sat on the mat of $((i % 5))"; done > lines
  OUT=out run -0 sh "$examples/ngram.sh" lines lines
  [ "$(grep -c '^result.*perplexity' <<< "$output")" -eq 5 ]
  OUT=out EPOCHS=1 run -0 sh "$examples/mixture.sh" lines lines
  [ "$(grep -c '^result.*perplexity' <<< "$output")" -eq 3 ]
  OUT=out run -1 sh "$examples/ngram.sh" absent
  OUT=out run -1 sh "$examples/mixture.sh" absent
}

@test "languages.sh: tokens and sentences by a treebank, and a result for each figure" {
  printf '# text = %s\n1\tEs\t_\t_\t_\t_\t_\t_\t_\t_\n2\tist\t_\t_\t_\t_\t_\t_\t_\t_\n3\tder\t_\t_\t_\t_\t_\t_\t_\t_\n4\t3.\t_\t_\t_\t_\t_\t_\t_\t_\n5\tMai\t_\t_\t_\t_\t_\t_\t_\tSpaceAfter=No\n6\t.\t_\t_\t_\t_\t_\t_\t_\t_\n\n' \
    'Es ist der 3. Mai.' > de_made-ud-test.conllu
  gzip -k de_made-ud-test.conllu
  for file in de_made-ud-test.conllu de_made-ud-test.conllu.gz; do
    OUT=here run -0 --separate-stderr sh "$examples/languages.sh" "$file"
    echo "$output"
    grep -qx 'de_made	--language de	100.00	100.00' <<< "$output"
    [ "$(tail -n 2 <<< "$output")" = "result	tokens.de_made.f1	100.00
result	sentences.de_made.f1	100.00" ]
  done
  mv de_made-ud-test.conllu xx_made.conllu
  OUT=here run -0 --separate-stderr sh "$examples/languages.sh" xx_made.conllu
  [[ $stderr == "languages.sh: tokenize knows nothing of the language xx" ]]
  OUT=here run -1 sh "$examples/languages.sh" absent
  OUT=here run -1 sh "$examples/languages.sh"
}

@test "long-memory.sh: runs, and has a result for each network" {
  OUT=here SEQUENCES=40 LENGTH=10 EPOCHS=1 WORDPIPE_EXAMPLES=$WORDPIPE_BUILD/examples \
    run -0 --separate-stderr sh "$examples/long-memory.sh"
  echo "$output"
  [ "$(cut -f 2 <<< "$output" | tr '\n' ' ')" = "adding.mean.mse adding.elman.mse adding.identity.mse adding.orthogonal.mse adding.lstm.mse " ]
}

@test "forecast.sh: from a column of numbers to a forecast that beats the last number and the mean" {
  OUT=here run -0 --separate-stderr sh "$examples/forecast.sh"
  echo "$output"
  [[ ${lines[4]} == "result	forecast.last.rmse	"* && ${lines[6]} == "result	forecast.ar.rmse	"* ]]
  awk -F'\t' '/rmse/ { v[++n] = $3 }
    END { for (i = 3; i <= 6; i++) if (v[i] > v[1] / 3 || v[i] > v[2] / 3) exit 1; exit n != 6 }' <<< "$output"
  [ "$(wc -l < here/forecast)" -eq 50 ]
  grep -q '</svg>' here/picture.svg
  seq 1 60 > few
  run -1 sh "$examples/forecast.sh" few
  [[ $output == "forecast.sh: too few numbers: 10 before 50"* ]]
}

@test "rare-words.sh: what vectors are worth of words that come a few times, or not at all" {
  # Stems that say what stands beside them, with endings.
  awk 'BEGIN { srand(1); for (i = 0; i < 4000; i++) { t = int(rand() * 5); s = ""
    for (k = 0; k < 8; k++) { w = int(rand() * 3); 
      s = s (w ? "stem" substr("abcde", t + 1, 1) "end" substr("pqrst", 1 + int(rand() * 5), 1) : "word" substr("vwxyz", t + 1, 1)) " " }
    print s } }' > text
  WORDS=10 LEAST=100 MOST=3000 FREQUENT=5 RECIPES="w2v w2v+ngrams" OUT=here run -0 --separate-stderr \
    sh "$examples/rare-words.sh" text
  echo "$output $stderr"
  [ "$(cut -f 2 <<< "$output" | xargs)" = "w2v.few w2v+ngrams.few w2v+ngrams.none" ]
  awk -F '\t' '$3 < -50 || $3 > 100 { exit 1 }' <<< "$output"
  [ -z "$stderr" ]
  run -1 sh "$examples/rare-words.sh" absent
  WORDS=10 LEAST=100000 MOST=300000 OUT=here run -1 sh "$examples/rare-words.sh" text
  [[ "$output" = *"no word of letters comes 100000 to 300000 times" ]]
}

@test "ptb.sh: the figure of a language model" {
  head -c 200000 text | tokenize | head -n 3000 > lines
  gzip < lines > lines.gz
  OUT=there EPOCHS=1 HIDDEN=32 run -0 --separate-stderr sh "$examples/ptb.sh" lines.gz lines
  echo "$output"
  [ "$(cut -f 2 <<< "$output" | xargs)" = "ptb.seconds ptb.mixed.perplexity ptb.perplexity" ]
  awk -F '\t' 'NR > 1 { exit !($3 > 5 && $3 < 200) }' <<< "$output"
  OUT=there run -1 sh "$examples/ptb.sh" absent
}

@test "autoencode.sh: codes of bags of words, by each kind, of sentences of its own" {
  OUT=here WORDPIPE_DATA=none WORDS=150 CODE=4 UPDATES=300 \
    run -0 --separate-stderr sh "$examples/autoencode.sh"
  echo "$output"
  [ "$(grep -vc $'^result\tautoencode\\.' <<< "$output")" -eq 0 ]
  awk -F '\t' '{ sub("autoencode.", "", $2); v[$2] = $3; last = $2 }
    END { exit !(last == "denoising.accuracy" && v[last] > 0.95 &&
      v["variational.relative_perplexity"] < 0.85 && v["linear.unexplained"] < 1) }' <<< "$output"
  run -1 sh "$examples/autoencode.sh" absent
}
