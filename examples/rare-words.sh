#!/bin/sh
# rare-words.sh [TEXT]: what vectors are worth of words that a text has a few times, or not at all.
#
# Takes 1,000 words that come 200 to 2,000 times (WORDS, LEAST, MOST), replaces all but 5 to 20 of
# their occurrences by another token, or all of them, and trains vectors of the text by several
# recipes (RECIPES).  A good vector of the few is like the one that the whole text gives: the figure
# is Spearman's rank correlation of the cosines of these words to the 1,000 most frequent other ones
# (FREQUENT) with those that the same recipe gives them from the whole text, over all pairs, times 100.
# Words that are replaced altogether have the vectors that their character n-grams make.
#
# Without TEXT it takes the first 20 MB of $WORDPIPE_DATA/enwiki.  Everything stays in $OUT
# (build/rare-words).  Prints lines "result TAB RECIPE.few TAB FIGURE" and "RECIPE.none".
set -eu

: "${WORDPIPE_DATA:=../shared/data}" "${OUT:=build/rare-words}" "${SEED:=1}"
: "${WORDS:=1000}" "${LEAST:=200}" "${MOST:=2000}" "${FREQUENT:=1000}"
: "${RECIPES:=w2v w2v+ngrams char-ngrams}"
PATH=${WORDPIPE_BIN:-$PWD/build/bin}:$PATH
text=${1:-$WORDPIPE_DATA/enwiki/enwiki-dev-100m.txt.gz}
[ -f "$text" ] || {
  echo "rare-words.sh: $text: no such file" >&2
  exit 1
}
mkdir -p "$OUT"
tab=$(printf '\t')

if [ $# -gt 0 ]; then tokenize --lower "$text"; else
  tokenize --lower "$text" | awk '{ print; if ((n += length($0) + 1) > 20000000) exit }'
fi > "$OUT/whole.txt"

# Words of letters: those to make rare, evenly among all that are as frequent, and the frequent ones.
vocab --list "$OUT/whole.txt" | awk -F "$tab" '$1 ~ /^[a-z]+$/' > "$OUT/list"
awk -F "$tab" -v least="$LEAST" -v most="$MOST" '$2 >= least && $2 <= most' "$OUT/list" |
  awk -F "$tab" -v n="$WORDS" '{ line[NR] = $0 }
    END { if (NR < n) n = NR; for (i = 0; i < n; i++) print line[1 + int(i * NR / n)] }' > "$OUT/rare"
awk -F "$tab" -v n="$FREQUENT" 'NR == FNR { rare[$1]; next } !($1 in rare) && n-- > 0 { print $1 }' \
  "$OUT/rare" "$OUT/list" > "$OUT/frequent"
cut -f 1 "$OUT/rare" > "$OUT/words"
[ -s "$OUT/words" ] || {
  echo "rare-words.sh: $text: no word of letters comes $LEAST to $MOST times" >&2
  exit 1
}

# Of each, keep so many occurrences, any of them being as likely as another.
rarer() { # rarer MIN MAX
  awk -v seed="$SEED" -v min="$1" -v max="$2" '
    BEGIN { srand(seed) }
    NR == FNR { left[$1] = $2; keep[$1] = min + int(rand() * (max - min + 1)); next }
    {
      for (i = 1; i <= NF; i++) if ($i in left) {
        if (rand() * left[$i]-- < keep[$i]) keep[$i]--
        else $i = "replaced"
      }
      print
    }' "$OUT/rare" "$OUT/whole.txt"
}
rarer 5 20 > "$OUT/few.txt"
rarer 0 0 > "$OUT/none.txt"

# Vectors by a recipe: train RECIPE TEXT
train() {
  case $1 in
  w2v) w2v --seed "$SEED" "$2" ;;
  w2v+ngrams) w2v --seed "$SEED" "$2" | emb-ngrams ;;
  char-ngrams) w2v --seed "$SEED" --char-ngrams "$2" ;;
  svd) cooc --window 10 "$2" | svd-embed ;;
  *)
    echo "rare-words.sh: no recipe '$1'" >&2
    return 1
    ;;
  esac
}

# The vectors of rare and frequent words alone, those of n-grams where a word has no other.
select_words() {
  if ts-info "$1" | grep -q charngram; then
    cat "$OUT/words" "$OUT/frequent" | emb-ngrams -q --compose -e "$1" | awk -F "$tab" 'NF > 1' |
      ts-convert --from tsv
  else
    cat "$OUT/words" "$OUT/frequent" > "$OUT/both"
    emb-shape -q --keep "$OUT/both" "$1"
  fi
}

for kept in whole few none; do
  vocab --min-count 5 "$OUT/$kept.txt" > "$OUT/$kept.ids"
done
awk 'NR == FNR { frequent[++n] = $1; next } { for (i = 1; i <= n; i++) print $1, frequent[i] }' \
  "$OUT/frequent" "$OUT/words" > "$OUT/pairs"
for recipe in $RECIPES; do
  for kept in whole few none; do
    case $recipe$kept in w2vnone | svdnone) continue ;; esac
    train "$recipe" "$OUT/$kept.ids" > "$OUT/vectors.bin"
    select_words "$OUT/vectors.bin" > "$OUT/selected.bin"
    if [ $kept = whole ]; then
      neighbors --similarity -e "$OUT/selected.bin" < "$OUT/pairs" > "$OUT/similar"
    else
      emb-eval -e "$OUT/selected.bin" "$OUT/similar" |
        awk -F "$tab" -v name="$recipe.$kept" 'NR == 2 { printf "result\t%s\t%s\n", name, $4 }'
    fi
  done
done
rm -f "$OUT"/*.txt "$OUT"/*.ids "$OUT/pairs" "$OUT/similar" "$OUT/list" "$OUT/both"
