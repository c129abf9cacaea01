# wordpipe: run the program of that name; list them; look after them.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  printf 'the cat sat on the mat\n' > tokens
}

@test "wordpipe NAME is the program: arguments, streams, messages and status" {
  wordpipe vocab tokens > a
  vocab tokens > b
  cmp a b
  wordpipe vocab < tokens | cmp - b
  wordpipe w2v --help | cmp - <(w2v --help)
  run -2 wordpipe w2v --no-such-option
  [[ $output == "w2v: unknown option --no-such-option"* ]]
  run -3 wordpipe ts-check <(head -c 300 a)
  wordpipe ts-check -- a
}

@test "the programs of its own folder run, however it is called" {
  mkdir bin elsewhere
  ln -s "$WORDPIPE_BIN/wordpipe" bin/wordpipe
  printf '#!/bin/sh\necho wrong\n' > elsewhere/vocab
  chmod +x elsewhere/vocab
  PATH=$PWD/elsewhere:$PATH bin/wordpipe vocab tokens | cmp - <(vocab tokens)
  (cd bin && ./wordpipe vocab ../tokens) | cmp - <(vocab tokens)
  mkdir moved
  cp "$WORDPIPE_BIN"/wordpipe moved/wp-wordpipe
  cp "$WORDPIPE_BIN"/vocab moved/wp-vocab
  run -2 moved/wp-wordpipe vocab --bad
  [[ $output == "wp-vocab: unknown option --bad"*"'wp-vocab --help')" ]]
  run -1 moved/wp-wordpipe cooc
  [[ $output == "wp-wordpipe: "*"/moved/wp-cooc: cannot run: No such file or directory" ]]
}

@test "no such program: status 2, one line, and what was likely meant" {
  run -2 wordpipe vocb
  [[ ${#lines[@]} -eq 1 && $output == "wordpipe: no program 'vocb'; did you mean vocab? ('wordpipe help' lists them)"* ]]
  run -2 wordpipe ../bin/vocab
  run -2 wordpipe wordpipe
  run -2 wordpipe -v vocab
  [[ $output == *"options of a program come after its name"* ]]
}

@test "help lists all programs within 80 columns, and shows their options" {
  run -0 wordpipe help
  [ "$output" = "$(wordpipe)" ]
  for program in $PROGRAMS; do grep -q "^$program " <<< "$output" || { echo "$program"; return 1; }; done
  run ! grep -E '^.{81}' <<< "$output"
  wordpipe help cooc | cmp - <(cooc --help)
  for word in help doctor wordpipe; do wordpipe help $word | cmp - <(wordpipe --help); done
  run -2 wordpipe help coc
  [[ $output == *"did you mean cooc?"* ]]
  wordpipe --help | grep -q '^usage: wordpipe'
  [ "$(wordpipe --version)" = "wordpipe (wordpipe) $VERSION" ]
}

@test "doctor: all well here, and a program that is not is a problem" {
  mkdir tmp
  run -0 wordpipe doctor --tmpdir tmp
  echo "$output"
  [[ $output == *"version      $VERSION"* && $output == *"7 of 7 trials right"* && $output != *PROBLEM* ]]
  [ -z "$(ls tmp)" ]
  run -0 env WORDPIPE_ISA=plain wordpipe doctor
  [[ $output == *"kernels      plain, by WORDPIPE_ISA=plain"* ]]
  mkdir moved
  cp "$WORDPIPE_BIN"/* moved
  printf '#!/bin/sh\necho cooc 0.0.9\n' > moved/cooc
  run -1 moved/wordpipe doctor
  echo "$output"
  [[ $output == *"cooc         PROBLEM: cooc 0.0.9"* && $output == *"PROBLEM: FAILED counts"* ]]
  PATH=$PWD/moved:$PATH run -0 "$WORDPIPE_BIN/wordpipe" doctor
  [[ $output == *"note         "*" programs of these names, such as $PWD/moved/tokenize, come first in PATH"* ]]
}
