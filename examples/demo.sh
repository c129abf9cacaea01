#!/bin/sh
# demo.sh: the main pipeline, from text to word vectors, and a look at what they know.
#
#   make demo              on a text of which the right answers are known (see make-corpus.c)
#   make demo TEXT=file    on a text of yours, as it is or gzipped
#
# Without TEXT the exit status is 1 if fewer than 90 % of the analogies come out right.  The
# files stay in $DEMO_DIR (build/demo) to be tried further.  `make demo` sets WORDPIPE_BIN, where
# the programs are, and WORDPIPE_EXAMPLES, where make-corpus is.
set -eu

enough=90

here=$(cd "$(dirname "$0")" && pwd)
: "${WORDPIPE_BIN:=$here/../build/bin}" "${TEXT:=}" "${DEMO_DIR:=build/demo}"
PATH=$WORDPIPE_BIN:${WORDPIPE_EXAMPLES:-.}:$PATH
case $TEXT in '' | /*) ;; *) TEXT=$PWD/$TEXT ;; esac
mkdir -p "$DEMO_DIR"
cd "$DEMO_DIR"
began=$(date +%s)

say() {
  printf '\n%s\n' "$*"
}

# Pipelines should fail with any of their programs.  From vocab on they do in any case, because
# tensor streams say whether they are whole; token text cannot.
strict=
# shellcheck disable=SC3040 # not in every sh, hence the trial
(set -o pipefail) 2> /dev/null && strict='set -o pipefail; '

# Show a command, then run it.
run() {
  printf '$ %s\n' "$*"
  sh -c "$strict$*"
}

quote() {
  printf "'%s'" "$(printf %s "$1" | sed "s/'/'\\\\''/g")"
}

# Five words to look up in a text that we know nothing of: words of more than four letters, from
# the top of the list, but apart from each other.
frequent_words() {
  vocab -q --merge --list emb.bin | LC_ALL=C awk -F '\t' '
    length($1) > 4 && $1 !~ /[^a-z\200-\377]/ { word[n++] = $1 }
    n == 200 { exit }
    END { for (i = n % 5; n && i < n; i += n < 5 ? 1 : int(n / 5)) print word[i] }'
}

if [ -z "$TEXT" ]; then
  say "A text from a grammar: countries, kings and queens, and what nobody needs to know."
  grammar=$(quote "$here/demo.grammar")
  text=text
  run "make-corpus $grammar > text"
  head -n 1 text
else
  [ -f "$TEXT" ] || {
    echo "demo: $TEXT: no such file" >&2
    exit 1
  }
  text=$(quote "$TEXT")
fi

say "Words, their numbers, their vectors: the main pipeline."
run "tokenize --lower $text | vocab --min-count 5 | w2v > emb.bin"
run "ts-info emb.bin"

say "Which words are used alike?"
if [ -z "$TEXT" ]; then
  words="france queen taller swimming "
else
  words=$(frequent_words | tr '\n' ' ')
  [ -n "$words" ] || {
    echo "demo: this text is too short: no long word occurs five times" >&2
    exit 1
  }
fi
run "neighbors -k 5 $words< emb.bin"

status=0
if [ -z "$TEXT" ]; then
  say "Man is to woman as king is to ...?  Paris is to France as Lima is to ...?"
  run "analogy -k 3 man woman king < emb.bin"
  run "analogy -k 3 paris france lima < emb.bin"

  say "All the analogies that the grammar has planted:"
  run "make-corpus -q $grammar > questions"
  run "emb-eval questions < emb.bin > scores"
  run "cut -f 2,4,6,8 scores"
  score=$(awk -F '\t' '$2 == "total" { print $4 }' scores)
  if awk -v score="$score" -v enough=$enough 'BEGIN { exit !(score >= enough) }'; then
    say "$score % of the analogies came out right; $enough % or more should."
  else
    echo "demo: $score % of the analogies came out right; $enough % or more should" >&2
    status=1
  fi
fi

say "That took $(($(date +%s) - began)) seconds.  What to try next:

  PATH=$WORDPIPE_BIN:\$PATH; cd $PWD
  neighbors some words of yours < emb.bin
  ts-convert --to word2vec emb.bin > emb.txt        for other programs
  tokenize --lower $text | vocab --min-count 5 | w2v --dim 200 --epochs 10 > better.bin
  make demo TEXT=file                               on your text, in $(cd "$here/.." && pwd)
  man $(cd "$here/.." && pwd)/man/wordpipe.7"
exit $status
