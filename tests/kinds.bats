# Files that are something else than the program reads: known by their first bytes, whatever
# their names, and refused with the command that makes them right.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
}

# refused STATUS PATTERN COMMAND...: one line that has the pattern, and no output.
refused() {
  local status=0 expected=$1 pattern=$2
  shift 2
  "$@" > out 2> err < /dev/null || status=$?
  if [ $status -ne "$expected" ] || [ "$(wc -l < err)" -ne 1 ] || ! grep -qe "$pattern" err; then
    echo "$* (status $status):"
    cat err
    return 1
  fi
}

# One of each compression, as far as the machine has the programs, of a long and an empty text.
make_compressed() {
  local tool
  seq 1000 > numbers
  : > nothing
  for tool in "bzip2 bz2" "xz xz" "zstd zst" "lz4 lz4" "lzip lz" "compress Z" "xz-lzma lzma"; do
    local program=${tool% *} suffix=${tool#* }
    [ "$program" != xz-lzma ] || program="xz --format=lzma"
    command -v "${program%% *}" > /dev/null || continue
    $program -c < numbers > "numbers.$suffix"
    [ "$suffix" = Z ] || $program -c < nothing > "nothing.$suffix"
  done
  python3 -c 'import zipfile
with zipfile.ZipFile("numbers.zip", "w", zipfile.ZIP_DEFLATED) as z: z.write("numbers")'
  gzip -c numbers | gzip -c > numbers.gz.gz
}

@test "compressed texts are refused wherever text is read, with what expands them" {
  make_compressed
  [ "$(ls numbers.*)" != "" ]
  printf 'one 1 2\ntwo 3 4\n' | ts-convert --from glove > emb.bin
  local file command
  for file in numbers.?* nothing.?*; do
    [ -f "$file" ] || continue # no program that compresses is here
    case $file in
    *.bz2) command='bzip2 -dc' ;;
    *.xz | *.lzma) command='xz -dc' ;;
    *.zst) command='zstd -dc' ;;
    *.lz4) command='lz4 -dc' ;;
    *.lz) command='lzip -dc' ;;
    *.zip) command='unzip -p' ;;
    *) command='gzip -dc' ;;
    esac
    for reader in tokenize 'tokenize --sentences' vocab 'vocab --list' 'vocab --merge' 'ts-convert --from glove' \
      'ts-convert --from word2vec' 'ts-convert --from tsv' 'ts-convert --from cells --no-words' \
      'ts-convert --from matrix-market' 'emb-eval -e emb.bin'; do
      # shellcheck disable=SC2086 # words are wanted
      refused 4 ": $file: .*, not text: '$command $file' expands it" $reader "$file"
    done
    # and where a stream is
    for reader in ts-info ts-check w2v cooc onehot svd-embed glove rnn-train; do
      refused 4 ": $file: .*, not a tensor stream: '$command $file' expands it" "$reader" "$file"
    done
    # by standard input there is no name
    for reader in tokenize vocab; do
      run -4 --separate-stderr bash -c "$reader < $file"
      [[ $stderr = "$reader: <stdin>: "*", not text: '$command' expands it" ]]
    done
  done
}

@test "gzip: what is behind its end is padding, another member, or refused" {
  printf 'a few words\n' > plain
  { gzip -c plain; head -c 5000 /dev/zero; } > padded.gz
  tokenize padded.gz | cmp - <(tokenize plain)
  { gzip -c plain; gzip -c plain; printf '\0'; } | tokenize | cmp - <(cat plain plain | tokenize)
  vocab plain | gzip -c > ids.gz
  head -c 99 /dev/zero >> ids.gz
  ts-check ids.gz
  for tail in 'x' '\0\0x' 'PK\003\004'; do
    { gzip -c plain; printf "$tail"; } > tail.gz
    run -4 tokenize tail.gz
    [[ $output = *"tokenize: tail.gz: damaged gzip data: other bytes behind its end (after 12 bytes of content)" ]]
  done
}

@test "UTF-16 and UTF-32 are refused, with a mark or without, and iconv named" {
  printf 'The cat sat on the mat.\n' > ascii
  for encoding in UTF-16 UTF-16LE UTF-16BE UTF-32; do
    iconv -f UTF-8 -t $encoding ascii > other
    [ $encoding != UTF-16BE ] || { printf '\376\377'; cat other; } > marked
    for reader in tokenize vocab 'ts-convert --from tsv' emb-eval; do
      [ "$reader" != emb-eval ] || { printf 'a 1\n' | ts-convert --from glove > e.bin; reader='emb-eval -e e.bin'; }
      # shellcheck disable=SC2086 # words are wanted
      refused 4 ": other: UTF-.. text, not text: 'iconv -f ${encoding:0:6}.* -t UTF-8 other' converts it" $reader other
    done
    refused 4 'UTF-.. text, not a tensor stream' ts-info other
  done
  refused 4 "marked: UTF-16 text, not text: 'iconv -f UTF-16 -t UTF-8 marked' converts it" tokenize marked
  iconv -f UTF-16 -t UTF-8 marked | tokenize | cmp - <(tokenize ascii)
  # Bytes are bytes, and a NUL now and then makes no UTF-16.
  iconv -f UTF-8 -t UTF-16 ascii | tokenize --bytes | head -c 5 | cmp - <(printf '\377\376' | tokenize --bytes | head -c 5)
  printf 'a\0b c\0\0d e f g\n' | vocab --list --no-unknown | wc -l | grep -qx 5
}

@test "a byte order mark of UTF-8 is no part of the first word, in any text that is read" {
  mark() { printf '\357\273\277'; cat; }
  printf 'cat dog\ncat\n' > tokens
  mark < tokens | vocab --list | cmp - <(vocab --list tokens)
  mark < tokens | vocab | ts-diff - <(vocab tokens)
  mark < tokens | tokenize | cmp - <(tokenize tokens)
  mark < tokens > marked
  vocab --list marked tokens | cmp - <(vocab --list tokens tokens)
  printf '%s\n' 'cat 1 2' 'dog 3 5' > rows
  ts-convert --from glove rows > emb.bin
  mark < rows | ts-convert --from glove | ts-diff - emb.bin
  { echo 2 2; cat rows; } | mark | ts-convert --from word2vec | ts-diff - emb.bin
  tr ' ' '\t' < rows | mark | ts-convert --from tsv | ts-diff - emb.bin
  printf 'cat\ndog\n' | mark > words
  cut -d ' ' -f 2- rows | tr ' ' '\t' | mark | ts-convert --from tsv --no-words --words words | ts-diff - emb.bin
  printf 'cat\tdog\t2\n' | mark | ts-convert --from cells --words words | ts-convert --to cells | grep -qx $'cat\tdog\t2'
  printf '%%%%MatrixMarket matrix coordinate real general\n1 1 1\n1 1 2\n' | mark > m.mtx
  ts-convert --from matrix-market m.mtx | ts-convert --to cells --no-words | grep -qx $'0\t0\t2'
  vocab --list tokens | mark > list
  vocab --merge --list list | cmp - <(vocab --list tokens)
  vocab --from list tokens | ts-convert --to tsv --tensor ids | cmp - <(vocab tokens | ts-convert --to tsv --tensor ids)
  printf 'cat\n' | mark | neighbors -e emb.bin 2> err | cmp - <(printf 'cat\n' | neighbors -e emb.bin)
  printf 'cat dog cat\n' | mark | analogy -e emb.bin 2> err | cmp - <(printf 'cat dog cat\n' | analogy -e emb.bin)
  printf 'cat dog 3\ndog cat 4\n' | mark > pairs
  [ "$(emb-eval -e emb.bin pairs | tail -1 | cut -f 5)" = 100.00 ]
}

@test "streams, arrays and vectors where text belongs, and the reverse" {
  printf 'a b a\nc a\n' > tokens
  vocab tokens > ids.bin
  printf '%s\n' 'a 0.5 2' 'b 3 5.25' > rows
  ts-convert --from glove rows > emb.bin
  ts-convert --to npy emb.bin > emb.npy
  ts-convert --to word2vec-binary emb.bin > emb.w2v
  ts-convert --to word2vec emb.bin > emb.txt
  cooc ids.bin | ts-convert --to matrix-market > m.mtx
  # where text belongs
  for reader in tokenize vocab 'ts-convert --from tsv' 'ts-convert --from word2vec' 'emb-eval -e emb.bin'; do
    # shellcheck disable=SC2086 # words are wanted
    refused 4 ": ids.bin: a tensor stream, not text: 'ts-info ids.bin' says what is in it" $reader ids.bin
    # shellcheck disable=SC2086 # words are wanted
    refused 4 ": emb.npy: a NumPy array, not text: 'ts-convert --from npy emb.npy' makes a tensor stream of it" $reader emb.npy
    # shellcheck disable=SC2086 # words are wanted
    refused 4 ": emb.w2v: word vectors in word2vec's binary form, not text: 'ts-convert --from word2vec-binary emb.w2v' " $reader emb.w2v
  done
  # where a stream belongs
  for reader in ts-info w2v cooc onehot rnn-train 'neighbors -e' 'analogy -e' svd-embed ts-cat 'ts-convert --to tsv'; do
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "text, not a tensor stream: 'tokenize tokens' and 'vocab' make ids of it" $reader tokens
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "rows: word vectors as text, not a tensor stream: 'ts-convert --from glove rows' makes " $reader rows
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "emb.txt: word vectors as text, not a tensor stream: 'ts-convert --from word2vec emb.txt' makes " $reader emb.txt
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "emb.w2v: word vectors in word2vec's binary form, not a .*'ts-convert --from word2vec-binary emb.w2v' makes " $reader emb.w2v
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "emb.npy: a NumPy array, not a .*'ts-convert --from npy emb.npy' makes " $reader emb.npy
    # shellcheck disable=SC2086 # words are wanted
    refused 4 "m.mtx: a MatrixMarket file, not a .*'ts-convert --from matrix-market m.mtx' makes " $reader m.mtx
  done
  printf 'a\t1\t2\nb\t3\t4\n' > table
  refused 4 "table: a table as text, not a .*'ts-convert --from tsv table' makes " ts-info table
  # in a format that is not the one named
  refused 4 "emb.txt: word vectors as text, not a .npy file: " ts-convert --from npy emb.txt
  refused 4 "emb.npy: a NumPy array, not word2vec's binary form: " ts-convert --from word2vec-binary emb.npy
  # models of others
  printf '\211HDF\r\n\032\nxxxx' > keras.h5
  refused 4 "keras.h5: an HDF5 file, not text" tokenize keras.h5
  refused 4 "keras.h5: an HDF5 file, not a tensor stream" neighbors -e keras.h5
  # what nobody knows
  printf '\001\002\003\004\005' > thing
  refused 4 "thing: not a tensor stream (byte 0)" ts-info thing
}

@test "text in which numbers, marks or letters of other alphabets begin is text" {
  for text in '3 2' 'P' 'PK' 'BZh' 'LZIP' ']' '{"a": 1}' '2 3\nM\0303\0274nchen \0344 1' '\0357\0273' '1.5 2.5 3.5' '\0360\0237\0230\0200'; do
    printf '%b' "$text" > text
    tokenize -q text > out
    vocab text > ids.bin
  done
}

@test "programs that answer line by line wait for no more than the first line" {
  printf '%s\n' 'B 1 2' 'P 3 5' > rows
  ts-convert --from glove rows > emb.bin
  for first in B P; do
    coproc { neighbors -q -k 1 -e emb.bin; }
    printf '%s\n' $first >&"${COPROC[1]}"
    read -r -t 10 answer <&"${COPROC[0]}"
    [[ $answer = $first$'\t'* ]]
    eval "exec ${COPROC[1]}>&-"
    wait
  done
}

@test "vectors given as a vocabulary, a text given as a model: what to do is said" {
  echo 'a b c a b' | vocab > t.bin
  w2v -q --dim 4 --epochs 1 --threads 1 t.bin | ts-convert --to word2vec > v.txt
  run -4 vocab --from v.txt <<< 'a b'
  [[ $output == *"vocab: v.txt: word vectors as text, not a vocabulary: 'ts-convert --from word2vec v.txt' makes a tensor stream of it"* ]]
  printf '9 4\nthe 100\n' > counted
  echo 'the 9 9' | vocab --no-unknown --from counted > /dev/null
  run -1 glove -o new.bin t.bin
  [ "$output" = "glove: t.bin: matrix 'cooc' is not there: cooc counts it in the output of vocab" ]
}
