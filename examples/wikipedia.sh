#!/bin/sh
# wikipedia.sh [TEXT [QUESTIONS PAIRS...]]: word vectors of real text by several recipes, and how
# good they are.
#
# Without TEXT it takes 16 million words of English Wikipedia from $WORDPIPE_DATA/enwiki; without
# QUESTIONS and PAIRS Google's analogies and WordSim-353, which are there, too.  RECIPES chooses among
# those below, SEED is that of training.  Everything stays in $OUT (build/wikipedia).
#
# Prints a table: the recipe; seconds of CPU, counting included; analogies, per cent right among the
# 30,000 most frequent words, all, about meaning and about grammar; and Spearman's rank correlation
# for each file of pairs.  Then a line "result TAB RECIPE.MEASURE TAB FIGURE" for each of them.
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/wikipedia}" "${SEED:=1}"
: "${RECIPES:=w2v cbow char-ngrams svd w2v+ngrams joined joined+ngrams}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ $# -eq 0 ] || shift
[ $# -gt 0 ] || set -- "$WORDPIPE_DATA/analogy/questions-words.txt.gz" \
  "$WORDPIPE_DATA/word-sim/EN-WS-353-ALL.txt"
for file in "$text" "$@"; do
  [ -f "$file" ] || {
    echo "wikipedia.sh: $file: no such file" >&2
    exit 1
  }
done
mkdir -p "$OUT"
tab=$(printf '\t')

# What the shell's children have cost so far, in seconds, left in $cost.
cost() {
  times > "$OUT/times"
  cost=$(awk 'NR == 2 { split($1 "m" $2, t, "[ms]+"); print t[1] * 60 + t[2] + t[3] * 60 + t[4] }' "$OUT/times")
}

# Vectors by a recipe, into $OUT/RECIPE.bin.
make_vectors() {
  case $1 in
  w2v) w2v --seed "$SEED" "$OUT/ids.bin" ;;
  cbow) w2v --seed "$SEED" --model cbow "$OUT/ids.bin" ;;
  char-ngrams) w2v --seed "$SEED" --char-ngrams "$OUT/ids.bin" ;;
  svd) cooc --window 10 "$OUT/ids.bin" | svd-embed ;;
  glove) cooc --window 10 "$OUT/ids.bin" | glove ;;
  w2v+ngrams) w2v --seed "$SEED" "$OUT/ids.bin" | emb-ngrams ;;
  joined | joined+ngrams)
    w2v --seed "$SEED" "$OUT/ids.bin" > "$OUT/one.bin"
    cooc --window 10 "$OUT/ids.bin" | svd-embed > "$OUT/two.bin"
    emb-shape --no-special --normalize --weights 1,0.6 --pca 100 "$OUT/one.bin" "$OUT/two.bin" > "$OUT/three.bin"
    case $1 in
    joined) cat "$OUT/three.bin" ;;
    *) emb-ngrams --share 0.7 "$OUT/three.bin" ;;
    esac
    rm "$OUT/one.bin" "$OUT/two.bin" "$OUT/three.bin" ;;
  *)
    echo "wikipedia.sh: no recipe '$1'" >&2
    return 1
    ;;
  esac > "$OUT/$1.bin"
}

tokenize --lower "$text" | vocab --min-count 5 > "$OUT/ids.bin"
: > "$OUT/results"
printf 'recipe\tcpu\tanalogies\tsemantic\tsyntactic'
for file in "$@"; do
  name=${file##*/}
  [ "$file" = "$1" ] || printf '\t%s' "${name%.txt}"
done
echo
for recipe in $RECIPES; do
  cost
  before=$cost
  make_vectors "$recipe"
  cost
  emb-eval --top 30000 -e "$OUT/$recipe.bin" "$@" > "$OUT/scores"
  # The file of questions has parts; of the pairs the total counts.
  awk -F "$tab" -v recipe="$recipe" -v before="$before" -v after="$cost" -v results="$OUT/results" '
    function put(measure, figure) {
      row = row "\t" figure
      print "result\t" recipe "." measure "\t" figure > results ".new"
    }
    NR == 1 { next }
    $3 ~ /^3cos/ { part[$2] = $4; next }
    $2 == "total" { sub(/\.txt.*/, "", $1); names[++n] = $1; pairs[n] = $4 }
    END {
      put("cpu", sprintf("%.1f", after - before))
      put("analogies", part["total"] != "" ? part["total"] : "-")
      put("semantic", part["semantic"] != "" ? part["semantic"] : "-")
      put("syntactic", part["syntactic"] != "" ? part["syntactic"] : "-")
      for (i = 1; i <= n; i++) put(names[i], pairs[i])
      print recipe row
    }' "$OUT/scores"
  cat "$OUT/results.new" >> "$OUT/results"
done
cat "$OUT/results"
rm -f "$OUT/times" "$OUT/scores" "$OUT/results" "$OUT/results.new"
