# One loop over every program: what all of them do alike.  A new program is covered at once by
# most tests here; the rest asks for one line in `job`.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" corpus > ids.bin
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" embedding > emb.bin
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" cooc > cooc.bin
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" gradients > grads.bin
  printf 'The cat sat on the mat.\nThe cat sat.\n' > text
  printf 'the cat sat on the mat\nthe cat sat\n' > tokens
  tr ' ' '\n' < tokens | awk 'BEGIN { OFS = "\t" }
    { print ++n, $0, "_", "_", "_", "_", "_", "_", "_", "_" }' > gold.conllu
  printf 'step\tloss\n1\t2.5\n2\t2.25\n' > table
  printf ': animals\nthe cat sat mat\n' > questions
  rnn-train --hidden 4 --epochs 1 -o model.bin ids.bin
  printf 'a\tthe cat sat\nb\tthe mat\n' | tokenize --labels | vocab --labels | onehot --bow > rows.bin
  linear-train -o linear.bin rows.bin
  printf 'the DT\ncat NN\n\nsat VB\n' > columns
  crf-train -q -o crf.bin columns
  ngram-train -q -o ngram.bin ids.bin
  pieces-train -o pieces.bin tokens
  hmm-train -o hmm.bin columns
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

# A real job: the operands that go with the standard input that `input` names.
job() {
  case $1 in
  tokenize | vocab | cooc | clip-stats | ts-info | ts-check | ts-cat | ts-select | ts-plot) ;;
  pieces-train) echo --top 600 --quiet ;;
  pieces) echo pieces.bin ;;
  phrases) echo --min-count 1 --threshold 0 ;;
  w2v) echo --dim 4 --epochs 1 --threads 1 ;;
  rnn-train) echo --hidden 4 --epochs 1 ;;
  rnn-predict) echo --score model.bin ;;
  crf-train | hmm-train) ;;
  hmm-predict) echo hmm.bin ;;
  crf-predict) echo crf.bin ;;
  glove) echo --dim 4 --epochs 2 ;;
  seq-eval) echo --tokens gold.conllu ;;
  tsne) echo -p 1 -i 10 ;;
  emb-shape) echo --center ;;
  emb-text) echo --embedding emb.bin ;;
  emb-ngrams) echo --min-df 1 ;;
  onehot) echo --tfidf ;;
  linear-train) echo --threads 1 ;;
  linear-predict) echo linear.bin ;;
  ngram-train) echo --smoothing witten-bell ;;
  ngram-predict) echo --score ngram.bin ;;
  svd-embed) echo --dim 2 ;;
  ts-diff) echo - emb.bin ;;
  ts-convert) echo --to tsv --tensor counts ;;
  neighbors) echo the ;;
  analogy) echo the cat sat ;;
  emb-eval) echo questions ;;
  *) echo "programs.bats: say in job() how $1 is used" >&2; return 1 ;;
  esac
}

input() {
  case $1 in
  tokenize) echo text ;;
  vocab | phrases | pieces-train | pieces) echo tokens ;;
  crf-train | crf-predict | hmm-train | hmm-predict) echo columns ;;
  w2v | emb-text | cooc | onehot | ngram-train | ngram-predict | rnn-train | rnn-predict) echo ids.bin ;;
  svd-embed | glove) echo cooc.bin ;;
  linear-train | linear-predict) echo rows.bin ;;
  clip-stats) echo grads.bin ;;
  seq-eval) echo tokens ;;
  ts-plot) echo table ;;
  *) echo emb.bin ;;
  esac
}

reads_stream() {
  case $(input "$1") in *.bin) ;; *) return 1 ;; esac
}

# each FUNCTION: call it with the name of every program; say which ones fail.
each() {
  local program failed=
  for program in $PROGRAMS; do
    "$1" "$program" || { echo "^ $program"; failed="$failed $program"; }
  done
  echo "failed:${failed:- none}"
  [ -z "$failed" ]
}

status_is() {
  local expected=$1 status=0
  shift
  "$@" || status=$?
  [ $status -eq "$expected" ] || { echo "status $status, not $expected: $*"; return 1; }
}

# One line "PROGRAM: ..." in the file "err".
one_line() {
  [ "$(wc -l < err)" -eq 1 ] && grep -q "^$1: ." err || { cat err; return 1; }
}

@test "--help: on standard output, at most 80 columns, with examples" {
  check() {
    status_is 0 "$1" --help > out 2> err && [ ! -s err ] &&
      status_is 0 "$1" -h > again 2> err && cmp out again &&
      grep -q "^usage: $1 \[option ...\]" out && grep -q '^Examples:' out &&
      grep -q '^See also: ' out && grep -q -e '  -o, --output FILE ' out || return
    run ! grep -nE '^.{81}|[[:space:]]$' out
    [ "$status" -ne 0 ] || { echo "$output"; return 1; }
  }
  each check
}

@test "--help names as siblings only programs and pages that exist" {
  check() {
    local name
    for name in $("$1" --help | sed -n 's/^See also: \(.*\), and the page.*/\1/p' | tr -d ','); do
      case $name in
      *\(*\)) name=${name%)}; [ -f "$BATS_TEST_DIRNAME/../man/${name%(*}.${name#*(}" ] ;;
      *) [[ " $PROGRAMS " = *" $name "* ]] ;;
      esac || { echo "no $name"; return 1; }
    done
  }
  each check
}

@test "--version: the name of the program, of the toolkit, and the number" {
  check() {
    [ "$("$1" --version | head -n 1)" = "$1 (wordpipe) $VERSION" ] && [ "$("$1" -V)" = "$("$1" --version)" ]
  }
  each check
}

@test "a wrong command line: status 2, one line on standard error, nothing else" {
  check() {
    local wrong
    for wrong in --no-such-option -% --help=yes --output -o '--output=' -q%; do
      status_is 2 "$1" "$wrong" < /dev/null > out 2> err && one_line "$1" && [ ! -s out ] ||
        { echo "$wrong"; return 1; }
    done
  }
  each check
}

@test "options that take numbers refuse what is none, or is out of range" {
  check() {
    local option value
    for option in $("$1" --help | sed -n 's/^  .*  *--\([a-z-]*\) [NR]\b.*/\1/p'); do
      for value in x 1x '' 0x 1e999 99999999999999999999 -99999999999999999999; do
        status_is 2 "$1" "--$option=$value" < /dev/null > out 2> err && one_line "$1" ||
          { echo "--$option=$value"; return 1; }
      done
    done
  }
  each check
}

@test "long options may be cut short, and one that is misspelt is named" {
  check() {
    status_is 0 "$1" --hel > out 2> err && cmp out <("$1" --help) &&
      status_is 0 "$1" --vers > out && cmp out <("$1" --version) || return
    status_is 2 "$1" --versoin < /dev/null > out 2> err && one_line "$1" &&
      grep -q 'unknown option --versoin; did you mean --version?' err || { cat err; return 1; }
    status_is 2 "$1" -quiet < /dev/null > out 2> err && one_line "$1" && grep -q -e ': --quiet ' err || return
    status_is 2 "$1" --ver < /dev/null > out 2> err && one_line "$1" &&
      grep -q 'may be any of .*--verbose.*--version' err || { cat err; return 1; }
  }
  each check
}

@test "abbreviations: exact names win, the history has the full name, synonyms are one" {
  cp ids.bin cooc.bin "$BATS_TEST_TMPDIR"
  cd "$BATS_TEST_TMPDIR"
  w2v --dim 3 --epoch 1 --thr 1 --wind 2 ids.bin > out.bin
  run -0 bash -c 'ts-info out.bin'
  [[ $output = *"--window=2"* && $output != *"--wind="* ]]
  # --checkpoint begins --checkpoint-every, and is itself
  w2v --dim 3 --epochs 1 --threads 1 --checkpoint c --checkpoint-e 1 ids.bin > out.bin
  # --eta is another name of glove's --rate, and counts as one with it
  glove --dim 2 --epochs 1 --eta 0.01 cooc.bin > a.bin
  glove --dim 2 --epochs 1 --rat 0.01 cooc.bin > b.bin
  cmp a.bin b.bin
  run -2 w2v --dim 3 --c 1
  [ "$output" = "w2v: --c may be any of --char-ngrams, --context, --checkpoint, --checkpoint-every (see 'w2v --help')" ]
  run -2 rnn-train --cell lsmt
  [[ $output = *"not one of "*"; did you mean lstm? ("* ]]
  run -2 rnn-train --cell convolution
  [[ $output != *"did you mean"* ]]
}

@test "an option that goes by another name elsewhere is named by ours" {
  while read -r program option ours; do
    run -2 "$program" "$option" 3
    [[ $output == "$program: unknown option $option; did you mean $ours? (see '$program --help')" ]] ||
      { echo "$program $option: $output"; return 1; }
  done << 'END'
w2v --iter --epochs
w2v -iter --epochs
w2v --size --dim
w2v -size --dim
w2v --lr --rate
w2v --window-size --window
w2v --workers --threads
w2v -cbow --model cbow
w2v -hs --loss hierarchical
rnn-train --lr --rate
rnn-train --learning-rate --rate
rnn-train --hidden_size --hidden
rnn-train --size --hidden
rnn-train --num-layers --layers
rnn-train --batch-size --batch
rnn-train --validation-split --valid-share
rnn-train --embeddings --embedding
glove --vector-size --dim
glove --n-iter --epochs
tsne --n-iter --iterations
svd-embed --n-components --dim
cooc --window-size --window
vocab --max-features --top
tokenize --lowercase --lower
ngram-train --ngram-order --order
ts-convert --format --from
ts-convert --usecols --columns
neighbors --topn --top
END
  run -2 w2v --min_count 5
  [ "$output" = "w2v: unknown option --min_count: 'vocab --min-count' does that (see 'w2v --help')" ]
  run -2 glove --window-size 5
  [ "$output" = "glove: unknown option --window-size: 'cooc --window' does that (see 'glove --help')" ]
  run -2 rnn-train --recurrent-dropout 0.3
  [ "$output" = "rnn-train: --recurrent-dropout needs --variational (see 'rnn-train --help')" ]
}

@test "a message is whole, whatever the length of a path" {
  long=$(printf 'd%.0s' $(seq 1 200))
  path=$long/$long/$long/$long
  mkdir -p "$path"
  echo 'not a model' > "$path/text"
  run -4 ts-info "$path/text"
  [[ $output == "ts-info: $path/text: text, not a tensor stream: 'tokenize $path/text' and 'vocab' make ids of it" ]]
  run -4 rnn-predict --score "$path/text" "$path/text"
  [[ $output == *"takes the model first" ]]
}

@test "a real job, by standard input and by -o" {
  check() {
    # shellcheck disable=SC2046 # words are wanted
    status_is 0 "$1" $(job "$1") < "$(input "$1")" > out 2> err &&
      [ ! -s err ] &&
      status_is 0 "$1" -q -o file $(job "$1") < "$(input "$1")" && cmp out file || { cat err; return 1; }
    rm file
  }
  each check
}

@test "a full disk: status 1 and the reason" {
  [ -c /dev/full ] || skip "no /dev/full"
  check() {
    status_is 1 "$1" --help > /dev/full 2> err && one_line "$1" &&
      grep -q 'No space left on device' err || return
    [ "$1" != ts-check ] && [ "$1" != ts-diff ] || return 0 # silent where all is well
    status_is 1 "$1" $(job "$1") < "$(input "$1")" > /dev/full 2> err && one_line "$1" &&
      grep -q '<stdout>: cannot write: No space left on device' err || { cat err; return 1; }
  }
  each check
}

@test "a closed standard output: status 1, no crash" {
  check() {
    [ "$1" != ts-check ] && [ "$1" != ts-diff ] || return 0
    status_is 1 "$1" $(job "$1") < "$(input "$1")" >&- 2> err
  }
  each check
}

@test "a reader that leaves early ends the program quietly" {
  check() {
    local result
    mkfifo -m 600 early 2>/dev/null || true
    # The fifo's reader opens it and goes; then it is written to.
    (sleep 0.05; exec < early) & 
    result=0
    "$1" --help > early 2> err || result=$?
    wait
    [ ! -s err ] || { cat err; return 1; }
    [ $result -eq 0 ] || [ $result -eq 141 ]
  }
  each check
  run bash -c 'set -o pipefail; yes "the cat sat" | tokenize | head -n 1'
  echo "$output"
  [ "$output" = "the cat sat" ]
}

@test "input that is not there: status 1 and its name" {
  check() {
    case $1 in
    neighbors | analogy | emb-eval) set -- "$1" -e nowhere/file $(job "$1") ;;
    ts-diff) set -- "$1" nowhere/file emb.bin ;;
    *) set -- "$1" $(job "$1") nowhere/file ;;
    esac
    status_is 1 "$@" < /dev/null > out 2> err && one_line "$1" &&
      grep -q 'nowhere/file: cannot open: No such file' err || { cat err; return 1; }
  }
  each check
}

@test "a stream that is cut short: status 3, and no file" {
  check() {
    reads_stream "$1" || return 0
    local size n
    size=$(wc -c < "$(input "$1")")
    for n in 0 50 100 400 $((size - 100)) $((size - 1)); do
      head -c "$n" "$(input "$1")" > cut
      status_is 3 "$1" -o partial $(job "$1") < cut > out 2> err && one_line "$1" &&
        status_is 3 bash -c 'cat cut | "$@"' - "$1" -o partial $(job "$1") > out 2> err &&
        [ ! -e partial ] || { echo "cut at $n"; cat err; return 1; }
      ! ls partial* 2>/dev/null || return
    done
  }
  each check
}

@test "a stream that is damaged, or none: status 4, and no file" {
  check() {
    reads_stream "$1" || return 0
    # The last byte of the last payload.
    python3 - "$(input "$1")" > damaged <<'END'
import sys
data = bytearray(open(sys.argv[1], "rb").read())
data[70] ^= 1
sys.stdout.buffer.write(data)
END
    local bad
    for bad in damaged text; do
      status_is 4 "$1" -o partial $(job "$1") < $bad > out 2> err && one_line "$1" ||
        { echo "$bad"; cat err; return 1; }
      ! ls partial* 2>/dev/null || return
    done
  }
  each check
}

@test "a stream whose writer failed: status 3" {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" failed > failed.bin
  check() {
    reads_stream "$1" || return 0
    status_is 3 "$1" $(job "$1") < failed.bin > out 2> err && one_line "$1" &&
      grep -q 'vocab: input or output failed' err || { cat err; return 1; }
  }
  each check
}

@test "a failure leaves the old file as it was" {
  check() {
    echo old > kept
    reads_stream "$1" || return 0
    status_is 4 "$1" -o kept $(job "$1") < text > out 2> err && [ "$(cat kept)" = old ]
  }
  each check
}

@test "-q says nothing, -v says what it took" {
  check() {
    "$1" -v $(job "$1") < "$(input "$1")" 2>&1 > out | grep -qE "^$1: .*[0-9] s, .*MiB" ||
      { echo "no report"; return 1; }
    "$1" -q $(job "$1") < "$(input "$1")" 2> err > out && [ ! -s err ]
  }
  each check
}

@test "one letter means one thing in all programs" {
  for program in $PROGRAMS; do
    "$program" --help | sed -n 's/^  -\(.\), \(--[a-z0-9-]*\).*/\1 \2/p'
  done | sort -u > letters
  cat letters
  [ "$(cut -d' ' -f1 letters | uniq -d)" = "" ]
  # And a long name that has a letter has it everywhere.
  [ "$(cut -d' ' -f2 letters | sort | uniq -d)" = "" ]
}

@test "no option is there twice" {
  check() {
    [ "$("$1" --print-options=synopsis | grep -cE '^\.Op')" -gt 0 ] &&
      [ "$("$1" --help | grep -oE -e '^  (-.,|   ) --[a-z0-9-]+' | grep -oE -e '--.*' | sort | uniq -d)" = "" ]
  }
  each check
}

@test "every program has a page, and the page what the option table says" {
  check() {
    local page=$BATS_TEST_DIRNAME/../man/$1.1
    [ -f "$page" ] && "$BATS_TEST_DIRNAME/renew-page" "$(command -v "$1")" "$page" page &&
      diff "$page" page && grep -q "^\.Nm $1\$" page || return
    local section
    for section in NAME SYNOPSIS DESCRIPTION OPTIONS 'EXIT STATUS' EXAMPLES 'SEE ALSO'; do
      grep -q "^\.Sh $section\$" page || { echo "no section $section"; return 1; }
    done
  }
  each check
}

@test "pages are sound mdoc" {
  command -v mandoc > /dev/null || skip "no mandoc"
  check() {
    local page=$BATS_TEST_DIRNAME/../man/$1.1
    [ ! -f "$page" ] || mandoc -Tlint -Wwarning "$page"
  }
  each check
}

@test "completions: shells read them" {
  check() {
    "$1" --print-options=bash > c.bash && bash -n c.bash || return
    "$1" --print-options=zsh > c.zsh || return
    ! command -v zsh > /dev/null || zsh -n c.zsh
  }
  each check
}

@test "completions: bash offers options, choices and files" {
  check() {
    "$1" --print-options=bash > c.bash
    bash -c '. ./c.bash; COMP_WORDS=("$1" --ou); COMP_CWORD=1; "_wordpipe_$1"; echo "${COMPREPLY[*]}"' - "$1" > out
    [ "$(cat out)" = --output ] || { cat out; return 1; }
    bash -c '. ./c.bash; COMP_WORDS=("$1" -o emb); COMP_CWORD=2; "_wordpipe_$1"; echo "${COMPREPLY[*]}"' - "$1" > out
    [ "$(cat out)" = emb.bin ] || { cat out; return 1; }
  }
  each check
}

@test "nothing depends on the locale" {
  check() {
    LC_ALL=C "$1" $(job "$1") < "$(input "$1")" > one &&
      LC_ALL=de_DE.UTF-8 LANG=tr_TR.UTF-8 "$1" $(job "$1") < "$(input "$1")" > other &&
      cmp one other
  }
  each check
}

@test "every instruction set gives an answer" {
  check() {
    local isa
    for isa in plain avx2 avx512; do
      WORDPIPE_ISA=$isa "$1" $(job "$1") < "$(input "$1")" > out || return
    done
  }
  each check
}

@test "older names of options still mean the same, and no help names them" {
  same() {
    local program=$1 old=$2 new=$3
    shift 3
    # shellcheck disable=SC2086 # words are wanted
    cmp <("$program" $old "$@" < "$(input "$program")") <("$program" $new "$@" < "$(input "$program")") ||
      { echo "$program $old"; return 1; }
    old=${old%% *}
    ! "$program" --help | grep -q -e " $old " || { echo "$program --help: $old"; return 1; }
  }
  same cooc --count-specials --specials
  same w2v --train-specials --specials --dim 4 --epochs 1 --threads 1
  same w2v '--init emb.bin' '--embedding emb.bin' --dim 4 --epochs 1 --threads 1
  same svd-embed '--weight raw' '--transform raw' --dim 2
  same linear-train '--iterations 5' '--epochs 5' --threads 1
  same crf-train '--iterations 2' '--epochs 2'
  same glove '--eta 0.1' '--rate 0.1' --dim 4 --epochs 1
  same rnn-train '--checkpoint-every 2' '--checkpoint-steps 2' --checkpoint state --hidden 4 --epochs 1
}
