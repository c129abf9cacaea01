#!/bin/sh
# languages.sh TREEBANK...: tokens and sentences of languages, by gold standards.
#
# Each TREEBANK is in CoNLL-U, plain or gzipped, and named as those of Universal Dependencies are:
# de_gsd-ud-dev.conllu is German.  Its text is taken out of it, divided into tokens and sentences
# in several ways, and compared with it: F1 in percent.  What is made stays in $OUT
# (build/languages).
set -eu

: "${OUT:=build/languages}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
[ $# -gt 0 ] || {
  echo "languages.sh: no treebank in CoNLL-U; https://universaldependencies.org has some" >&2
  exit 1
}
for file; do
  [ -f "$file" ] || {
    echo "languages.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"

# measure NAME TREEBANK OPTION...: a row of the table.
measure() {
  name=$1 treebank=$2
  shift 2
  tokenize --sentences "$@" "$OUT/$name.text" > "$OUT/$name.tokens"
  seq-eval --tokens "$treebank" "$OUT/$name.tokens" > "$OUT/$name.scores"
  awk -F '\t' -v name="$name" -v options="${*:---words}" -v OFS='\t' '
    { f1[$1] = $4 }
    END { print name, options, f1["tokens"], f1["sentences"] }' "$OUT/$name.scores"
}

printf 'treebank\toptions\ttokens\tsentences\n'
: > "$OUT/results"
for file; do
  name=${file##*/}
  name=${name%%-ud-*}
  name=${name%%.*}
  code=${name%%_*}
  seq-eval --text "$file" > "$OUT/$name.text"
  measure "$name" "$file"
  language=
  if tokenize --language "$code" < /dev/null > "$OUT/nothing" 2>&1; then
    language="--language $code"
    # shellcheck disable=SC2086 # an option and its argument
    measure "$name" "$file" $language
  else
    echo "languages.sh: tokenize knows nothing of the language $code" >&2
  fi
  # shellcheck disable=SC2086
  {
    measure "$name" "$file" --treebank $language
    measure "$name" "$file" --web $language
    measure "$name" "$file" --web --learn-abbreviations $language
  }
  awk -F '\t' -v name="$name" '
    NR > 1 { printf "result\t%s.%s.f1\t%s\n", $1, name, $4 }' "$OUT/$name.scores" >> "$OUT/results"
done
cat "$OUT/results"
