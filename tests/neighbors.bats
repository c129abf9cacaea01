# neighbors: the nearest words.  The search is tested in tests/lib/nearest_test.c; this is about
# the program.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  # The points of a compass, some words that have to be escaped, and one that is zero.
  printf 'north\t0\t2\neast\t1\t0\nsouth\t0\t-1\nwest\t-3\t0\nnorth\\seast\t1\t1\na\\\\b\t-1\t-1\nnil\t0\t0\n' |
    ts-convert --from tsv > emb.bin
}

@test "neighbors --similarity: of two words, of pairs in lines, of unknown ones" {
  printf 'a\t1\t0\nb\t3\t4\nc\t0\t0\n' | ts-convert --from tsv > plane.bin
  run -0 neighbors --similarity a b b b < plane.bin
  [ "$output" = $'a\tb\t0.6000\nb\tb\t1.0000' ]
  printf 'a b\n\na\tc\nb zz\n' > pairs
  run -0 --separate-stderr neighbors --similarity -e plane.bin < pairs
  [ "$output" = $'a\tb\t0.6000\n\na\tc\t0.0000\nb\tzz' ]
  [ "$stderr" = "neighbors: unknown word 'zz'" ]
  run -0 neighbors --similarity --dot a b < plane.bin
  [ "$output" = $'a\tb\t3.0000' ]
  run -1 neighbors -q --similarity a zz < plane.bin
  run -1 neighbors -q --similarity --top 1 a b < plane.bin
  run -4 neighbors --similarity -e plane.bin <<< 'a b c'
  [[ "$output" = *"3 words where 2 were expected (line 1)"* ]]
  run -2 neighbors --similarity a < plane.bin
  run -2 neighbors --similarity --odd a b < plane.bin
  run -2 neighbors --similarity -k 3 a b < plane.bin
}

@test "neighbors --odd: the word that does not belong, as gensim finds it" {
  printf 'a\t1\t0\nb\t9\t1\nc\t2\t0.1\nd\t0\t5\n' | ts-convert --from tsv > plane.bin
  run -0 neighbors --odd a b d c < plane.bin
  [ "$(cut -f 1 <<< "$output")" = d ] && [ "$(tr '\t' '\n' <<< "$output" | wc -l)" -eq 8 ]
  run -0 neighbors -q --odd -e plane.bin <<< 'zz c d a b'
  [ "${output##*$'\t'}" = zz ] && [ "${output%%$'\t'*}" = d ]
  run -1 neighbors -q --odd a b zz < plane.bin
  [ "$output" = $'a\tb\tzz' ]
  run -2 neighbors --odd a b < plane.bin
  python3 -c 'import gensim' 2> /dev/null || skip "gensim is not installed"
  awk 'BEGIN { srand(2); for (i = 0; i < 40; i++) { printf "w%d", i; for (k = 0; k < 5; k++) printf "\t%.4f", rand() - 0.5; print "" } }' |
    ts-convert --from tsv > forty.bin
  ts-convert --to word2vec forty.bin > forty.txt
  awk 'BEGIN { srand(3); for (i = 0; i < 200; i++) print "w" int(rand() * 13), "w" 13 + int(rand() * 13), "w" 26 + int(rand() * 14), "w" 20 }' > questions
  neighbors --odd -e forty.bin < questions | cut -f 1 > got
  python3 - > want <<'END'
from gensim.models import KeyedVectors
v = KeyedVectors.load_word2vec_format("forty.txt")
for line in open("questions"):
    print(v.doesnt_match(line.split()))
END
  cmp got want
}

@test "neighbors: several words that may have been meant are named" {
  printf 'france\t1\t0\ntrance\t0\t1\nfrancs\t1\t1\nfinance\t1\t2\n' | ts-convert --from tsv > near.bin
  run -1 --separate-stderr neighbors France < near.bin
  [ "$stderr" = "neighbors: unknown word 'France'; did you mean 'france', 'trance' or 'francs'?" ]
}

@test "neighbors: a row for each word, nearest first, escaped" {
  run -0 neighbors -k 2 north 'north\seast' 'a\\b' < emb.bin
  echo "$output"
  [ "${lines[0]}" = $'north\tnorth\\seast\t0.7071\teast\t0.0000' ]
  [ "${lines[1]}" = $'north\\seast\tnorth\t0.7071\teast\t0.7071' ]
  [ "${lines[2]}" = $'a\\\\b\tsouth\t0.7071\twest\t0.7071' ]
  [ "${#lines[@]}" -eq 3 ]
}

@test "neighbors: operands, lines, a file of vectors: the same rows" {
  neighbors north east < emb.bin > a
  neighbors -e emb.bin north east > b
  printf 'north\neast\n' | neighbors --embedding=emb.bin > c
  printf 'north\r\neast' | neighbors -e emb.bin > d
  cat emb.bin | neighbors -e - north east > e
  for f in b c d e; do cmp a $f; done
}

@test "neighbors: all of the others where there are fewer than asked for" {
  run -0 bash -c 'neighbors -k 100 north < emb.bin | tr "\t" "\n" | wc -l'
  [ "$output" -eq 13 ]
  run -0 neighbors -k 100 --top 2 north < emb.bin
  [ "$output" = $'north\teast\t0.0000' ]
}

@test "neighbors --dot: long vectors score higher" {
  run -0 neighbors --dot -k 2 'north\seast' < emb.bin
  [ "$output" = $'north\\seast\tnorth\t2.0000\teast\t1.0000' ]
}

@test "neighbors --vector: numbers, with and without a label" {
  run -0 bash -c 'printf "0 5\nmine\t-1\t0\n\t1e0  1.0 \n" | neighbors --vector -k 1 -e emb.bin'
  echo "$output"
  [ "${lines[0]}" = $'line 1\tnorth\t1.0000' ]
  [ "${lines[1]}" = $'mine\twest\t1.0000' ]
  [ "${lines[2]}" = $'line 3\tnorth\\seast\t1.0000' ]
  # Each vector is its own nearest.
  ts-convert --to tsv --top 6 emb.bin | neighbors --vector -k 1 -e emb.bin > rows
  awk -F '\t' '$1 != $2 || $3 != "1.0000" { exit 1 }' rows
  [ "$(wc -l < rows)" -eq 6 ]
}

@test "neighbors --vector: what is no vector is refused, with its line" {
  refused() {
    run -4 bash -c 'printf "$1" | neighbors --vector -e emb.bin' - "$1"
    echo "$output"
    [ "$output" = "neighbors: $2" ]
  }
  refused '1\n' "1 numbers where 2 were expected (line 1)"
  refused '1 2\n1 2 3 4\n' "4 or more numbers where 2 were expected (line 2)"
  refused '1 2x\n' "'2x' is not a number (line 1)"
  refused '1 nan\n' "'nan' is not a number (line 1)"
}

@test "neighbors: unknown words have a row, a message, and count in the status" {
  run -0 --separate-stderr neighbors -k 1 north nowhere North < emb.bin
  [ "$output" = $'north\tnorth\\seast\t0.7071\nnowhere\nNorth' ]
  [ "$stderr" = $'neighbors: unknown word \'nowhere\'\nneighbors: unknown word \'North\'; did you mean \'north\'?' ]
  run -1 --separate-stderr neighbors -q nowhere < emb.bin
  [ "$output" = "nowhere" ]
  [ "$stderr" = "" ]
  run -0 neighbors -e emb.bin < /dev/null
  [ "$output" = "" ]
  run -0 bash -c 'printf "\n\nnorth\n" | neighbors -q -k 1 -e emb.bin | wc -l'
  [ "$output" -eq 3 ]
}

@test "neighbors: wrong command lines" {
  run -2 neighbors < emb.bin
  [[ $output = *"need -e FILE"* ]]
  run -2 neighbors -e - < emb.bin
  run -2 neighbors --vector -e emb.bin north
  [[ $output = *"not operands"* ]]
  run -2 neighbors -k 0 north < emb.bin
  run -4 neighbors 'no\escape' < emb.bin
  [[ $output = *"a backslash that begins no escape (operand)"* ]]
}

@test "neighbors: streams that hold no vectors" {
  printf 'north\nnorth\n' | vocab > ids.bin
  run -1 neighbors north < ids.bin
  [ "$output" = "neighbors: <stdin>: no tensor 'embedding'; there are history, vocab, counts, ids, lengths" ]
  printf '1\t2\n' | ts-convert --from tsv --no-words > numbers.bin
  run -1 neighbors north < numbers.bin
  [ "$output" = "neighbors: <stdin>: no tensor 'vocab'; there are history, embedding" ]
  run -1 neighbors --tensor vocab north < emb.bin
  run -4 neighbors north < "$BATS_TEST_DIRNAME/neighbors.bats"
  printf 'a\t1\t3e38\n' | ts-convert --from tsv > large.bin
  run -4 neighbors a < large.bin
  [[ $output = *"infinite, too large or none (row 0)" ]]
}

@test "neighbors: other types and other tensors" {
  for type in f16 bf16 f64; do
    ts-convert --to tsv emb.bin | ts-convert --from tsv --type $type --tensor context > other.bin
    neighbors --tensor context north west < other.bin | cmp - <(neighbors north west < emb.bin)
  done
}

@test "neighbors: the number of threads and of queries at once changes nothing" {
  awk 'BEGIN { srand(1); for (i = 0; i < 3000; i++) {
    printf "w%d", i; for (j = 0; j < 8; j++) printf "\t%.3f", rand() - .5; print "" } }' |
    ts-convert --from tsv > large.bin
  ts-convert --to tsv --tensor vocab large.bin > words
  neighbors -t 1 -k 5 -e large.bin < words > one
  neighbors -t 4 -k 5 -e large.bin < words | cmp - one
  head -n 20 words | xargs neighbors -k 5 -e large.bin | cut -f 1,2 | cmp - <(head -n 20 one | cut -f 1,2)
}

@test "neighbors: answers come line by line to whoever waits for them" {
  coproc neighbors -k 1 -e emb.bin
  pid=$COPROC_PID
  for word in north south east; do
    echo $word >&"${COPROC[1]}"
    read -r -t 10 query answer _ <&"${COPROC[0]}"
    [ "$query" = $word ]
    [ -n "$answer" ]
  done
  eval "exec ${COPROC[1]}>&-"
  wait "$pid"
}

@test "neighbors: the same words and cosines as gensim's" {
  /usr/bin/python3 -c 'import gensim' 2>/dev/null || skip "no gensim"
  awk 'BEGIN { srand(2); print 500, 20; for (i = 0; i < 500; i++) {
    printf "w%d", i; for (j = 0; j < 20; j++) printf " %.4f", rand() - .5; print "" } }' > emb.txt
  ts-convert --from word2vec emb.txt > emb.bin
  seq -f w%g 0 49 | neighbors -k 7 -e emb.bin > ours
  /usr/bin/python3 - <<'END'
from gensim.models import KeyedVectors
vectors = KeyedVectors.load_word2vec_format("emb.txt")
for row in open("ours"):
    query, *found = row.rstrip("\n").split("\t")
    theirs = vectors.most_similar(query, topn=7)
    for word, score, (their_word, their_score) in zip(found[::2], found[1::2], theirs):
        assert abs(float(score) - their_score) < 6e-5, (query, word, score, their_score)
        assert word == their_word or abs(vectors.similarity(query, word) - their_score) < 1e-5
END
}
