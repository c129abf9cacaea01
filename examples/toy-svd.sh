#!/bin/sh
# toy-svd.sh [TEXT]: a small text's table of co-occurrences, and a map of its words in two
# dimensions, by singular value decomposition.
#
# Without TEXT it takes the three sentences that lectures like to take.  Everything is printed:
# the table of how often each word stands beside each other one, the place of each word, and the
# map.  $WORDPIPE_BIN is where the programs are.
set -eu

PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

if [ $# -gt 0 ]; then
  cat "$1"
else
  printf '%s\n' 'I like deep learning.' 'I like NLP.' 'I enjoy flying.'
fi > "$work/text"

tokenize "$work/text" | vocab --no-unknown | cooc --window 1 --weight flat > "$work/counts.bin"
svd-embed --transform raw --power 0 --dim 2 "$work/counts.bin" > "$work/map.bin"

column() {
  ts-convert --to tsv --tensor "$1" "$work/counts.bin"
}

column vocab > "$work/words"
for part in row col value; do column cooc.$part > "$work/$part"; done

echo 'How often words stand side by side:'
paste "$work/row" "$work/col" "$work/value" | awk -F '\t' '
  FNR == NR { word[n++] = $1; next }
  { count[$1, $2] = $3 }
  END {
    printf "%-10s", ""
    for (j = 0; j < n; j++) printf " %8.8s", word[j]
    for (i = 0; i < n; i++) {
      printf "\n%-10.10s", word[i]
      for (j = 0; j < n; j++) printf " %8d", count[i, j]
    }
    print ""
  }' "$work/words" -

printf '\nWhere that puts them:\n'
ts-convert --to tsv "$work/map.bin" | tee "$work/places" |
  awk -F '\t' '{ printf "%-10.10s %8.4f %8.4f\n", $1, $2, $3 }'

printf '\nAnd on a map:\n'
awk -F '\t' '
  function place(x, low, high, steps) { return int((x - low) / (high - low) * steps + 0.5) }
  {
    word[NR] = $1; x[NR] = $2; y[NR] = $3
    if (NR == 1 || $2 < left) left = $2
    if (NR == 1 || $2 > right) right = $2
    if (NR == 1 || $3 < low) low = $3
    if (NR == 1 || $3 > high) high = $3
  }
  END {
    if (left == right) right++
    if (low == high) high++
    for (i = 1; i <= NR; i++) {
      row = place(-y[i], -high, -low, 20)
      from = place(x[i], left, right, 60)
      while (length(line[row]) < from) line[row] = line[row] " "
      # What is there already stays: a word that does not fit goes behind it.
      free = substr(line[row], from + 1, length(word[i]) + 1) ~ /^ *$/
      if (free)
        line[row] = substr(line[row], 1, from) word[i] " " \
          substr(line[row], from + length(word[i]) + 2)
      else
        line[row] = line[row] word[i] " "
    }
    for (row = 0; row <= 20; row++) {
      sub(/ +$/, "", line[row])
      print "  |" line[row]
    }
  }' "$work/places"
