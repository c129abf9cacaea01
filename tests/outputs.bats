#!/usr/bin/env bats
# What programs write besides, instead of, or over other files; what is left when they fail or
# are stopped; checkpoints that cannot be written.
bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR" || return
  awk 'BEGIN { for (i = 0; i < 300; i++) printf "%s%s", "w" (i * i) % 7, i % 9 ? " " : "\n" }' > text
  tr 1 2 < text > other-text
  vocab text > ids.bin
  vocab --labels <(sed 's/^/one\t/' text) > labels.bin
  cooc ids.bin > cooc.bin
  rnn-train --hidden 4 --epochs 1 -o model.bin ids.bin
}

setup() {
  cd "$BATS_TEST_TMPDIR" || return
  for f in "$BATS_FILE_TMPDIR"/*; do ln -s "$f" .; done
}

# The names of files, without the inputs of setup_file.
files() {
  find . -maxdepth 1 -type f -printf '%f\n' | sort | tr '\n' ' '
}

small() {
  rnn-train -t 1 --hidden 4 "$@"
}

# refused WHAT COMMAND...: status 2, the file F untouched, no other file.
refused() {
  local message=$1 before
  shift
  before=$(cksum < F)
  run -2 "$@"
  echo "$output"
  [[ $output == *"$message"* ]]
  [ "$(cksum < F)" = "$before" ]
  [ "$(files)" = "F " ]
}

@test "outputs: a side output over the input is refused" {
  cp ids.bin F
  refused '--log F' small --log F -o G F
  refused '--checkpoint F' small --checkpoint F -o G F
  refused '--gradients ./F' small --gradients ./F -o G F
  refused '--log F' bash -c 'rnn-train --hidden 4 --log F -o G < F'
  refused '--log F' w2v --log F -o G F
  ln -s F link
  refused '--log link' small --log link -o G F
  rm link
  ln F hard
  run -2 small --checkpoint hard -o G F
  [ "$(files)" = "F hard " ]
  cmp F ids.bin
}

@test "outputs: a side output over a model, or over a file of another option" {
  cp model.bin F
  refused '--report F' rnn-predict --score --report F -o G F ids.bin
  refused 'same file: F' small --resume F --log F -o G ids.bin
  refused 'same file: F' small --valid F --gradients F -o G ids.bin
  refused 'same file: F' small --init F --log F -o G ids.bin
}

@test "outputs: two outputs to one file, that is there or not" {
  for side in --log --gradients --checkpoint; do
    run -2 small $side F -o F ids.bin
    echo "$output"
    [[ $output == *"--output and $side are the same file: F"* || $output == *"$side"*"same file"* ]]
    run -2 small $side F -o ./F ids.bin
    run -2 bash -c "rnn-train --hidden 4 $side F ids.bin > F"
    rm -f F
  done
  ln -s F link
  run -2 small --log link --gradients F -o G ids.bin
  run -2 rnn-predict --score --report F -o F model.bin ids.bin
  [ "$(files)" = "" ]
}

@test "outputs: --resume and --checkpoint may be one file, devices any number of times" {
  small --epochs 3 --checkpoint F --checkpoint-every 1 -o G ids.bin
  small --epochs 3 --resume F --checkpoint F -o H ids.bin
  cmp G H
  small --epochs 3 --log /dev/null --gradients /dev/null ids.bin > /dev/null
}

@test "outputs: -o may be the input" {
  cp ids.bin F
  ts-cat -z 6 -o F F
  ts-check F
  [ "$(files)" = "F " ]
}

@test "outputs: one that cannot be written is found at the start" {
  mkdir folder
  for side in --checkpoint --gradients --log -o; do
    for path in nowhere/file folder; do
      # The input is not even read: it is none.
      run -1 small $side $path text
      echo "$output"
      [[ $output == "rnn-train: $path: cannot "* ]]
    done
  done
  [ "$(files)" = "" ]
}

@test "outputs: a side output that fails leaves no result" {
  [ -c /dev/full ] || skip "no /dev/full"
  run -1 small --epochs 1 --log /dev/full -o G ids.bin
  [[ $output == *"/dev/full: cannot write: No space left on device" ]]
  run -1 small --epochs 1 --gradients /dev/full -o G ids.bin
  run -1 rnn-predict --score --report /dev/full -o G model.bin ids.bin
  [ "$(files)" = "" ]
  # On standard output the stream ends as failed.
  run -1 bash -c 'rnn-train -t 1 --hidden 4 --epochs 1 --gradients /dev/full ids.bin > G'
  run -3 ts-check G
}

@test "outputs: a result that cannot be renamed says which names stand" {
  # Once it is open, a folder takes its place; only then comes the input.
  run -1 bash -c '(until ls G.tmp-* > /dev/null 2>&1; do sleep 0.02; done; sleep 0.2; mkdir G; cat ids.bin) |
    rnn-train -t 1 --hidden 4 --epochs 1 --gradients F -o G'
  echo "$output"
  [[ $output == *"G: cannot rename"*"complete: F"* ]]
  ts-check F
}

@test "outputs: a checkpoint that cannot be written costs status 1, not the training" {
  mkdir folder
  small --epochs 300 -o G ids.bin
  # The folder goes away after the start.
  run --separate-stderr -1 bash -c 'rnn-train -t 1 --hidden 4 --epochs 300 --checkpoint folder/F \
    --checkpoint-every 100 -o H < <(until ls H.tmp-* > /dev/null 2>&1; do sleep 0.02; done
      sleep 0.2; rmdir folder; cat ids.bin)'
  echo "$stderr"
  [[ $stderr == *"folder/F: cannot create: No such file or directory: no new checkpoint"* ]]
  [ "$(wc -l <<< "$stderr")" -eq 1 ]
  cmp G H
}

# stopped SIGNAL COMMAND...: run it until its checkpoint or log is there, and stop it.
stopped() {
  local signal=$1 status=0
  shift
  set -m # without job control jobs in the background ignore SIGINT and SIGQUIT
  env --default-signal "$@" 3>&- & # under nohup(1) they would ignore SIGHUP
  pid=$!
  set +m
  until [ -s log ] && [ "$(wc -l < log)" -gt 2 ]; do
    sleep 0.02
  done
  kill -s "$signal" $pid
  wait $pid || status=$?
  [ $status -eq $((128 + $(kill -l "$signal"))) ]
}

@test "outputs: SIGHUP saves a checkpoint as SIGTERM does, and leaves no other file" {
  for signal in HUP TERM INT; do
    rm -f log state
    stopped $signal rnn-train -t 1 --hidden 4 --epochs 200000 --log log --log-every 1 --checkpoint state \
      --gradients grads.bin -o G ids.bin
    [ "$(files)" = "grads.bin log state " ]
    ts-check state
    # What there is of the gradients does not read as whole.
    run -3 ts-check grads.bin
    [[ $output == *"stopped by a signal"* ]]
    rm grads.bin
  done
}

@test "outputs: signals that end a program leave nothing behind" {
  for signal in HUP QUIT XCPU USR1 PIPE TERM; do
    rm -f log
    stopped $signal rnn-train -t 1 --hidden 4 --epochs 200000 --log log --log-every 1 -o G ids.bin
    [ "$(files)" = "log " ]
  done
  ulimit -c 0
  for signal in QUIT XCPU; do
    rm -f log
    stopped $signal rnn-train -t 1 --hidden 4 --epochs 200000 --log log --log-every 1 \
      --checkpoint state --checkpoint-every 1 --gradients grads.bin -o G ids.bin
    rm -f state
    [ "$(files)" = "log " ]
  done
}

@test "outputs: a file that grows too large is an error, not a signal" {
  run -1 bash -c 'ulimit -f 1; rnn-train -t 1 --hidden 40 --epochs 1 -o G ids.bin'
  echo "$output"
  [[ $output == *"G: cannot write: File too large" ]]
  [ "$(files)" = "" ]
}

@test "outputs: another text of the same shape is not resumed" {
  # The same words, counts and lengths of lines in another order.
  awk '{ line[NR] = $0 } END { for (i = NR; i > 0; i--) print line[i] }' text |
    awk 'NF == 9' > reversed
  awk 'NF == 9' text > forward
  for f in forward reversed; do
    vocab --from ids.bin $f > $f.bin
    cooc $f.bin > $f.cooc
  done
  run -1 cmp -s forward.bin reversed.bin
  small --epochs 5 --checkpoint state --checkpoint-every 3 -o G forward.bin
  small --epochs 5 --resume state -o H forward.bin
  cmp G H
  rm G H
  run -1 small --epochs 5 --resume state -o H reversed.bin
  echo "$output"
  [[ $output == *"state: not a checkpoint of this run: the input is not the same"* ]]
  [ ! -e H ]
}

@test "outputs: other labels of the same number are not resumed" {
  awk '{ print (NR % 2 ? "a" : "b") "\t" $0 }' text | vocab --labels > one.bin
  awk '{ print (NR % 2 ? "b" : "a") "\t" $0 }' text | vocab --labels > two.bin
  small --task classify --epochs 3 --checkpoint state --checkpoint-every 1 -o G one.bin
  run -1 small --task classify --epochs 3 --resume state -o H two.bin
  [[ $output == *"the input is not the same"* ]]
}

@test "outputs: the history says options of any length, and tells such runs apart" {
  long=$(printf 'x%.0s' {1..200})
  mkdir -p "$long/$long/$long/$long/$long/$long"
  path=$long/$long/$long/$long/$long/$long
  cp model.bin "$path/one"
  cp model.bin "$path/two"
  small --epochs 3 --init "$path/one" --checkpoint state --checkpoint-every 1 -o G ids.bin
  ts-convert --to tsv --tensor history G > history
  grep -q -e "--init=$path/one" history
  run -1 small --epochs 3 --init "$path/two" --resume state -o H ids.bin
  echo "$output"
  [[ $output == *"not a checkpoint of this run: made by"* ]]
}

@test "outputs: a file is on the disk before it gets its name, and then the name" {
  [ -n "${WORDPIPE_FAIL:-}" ] && [ -z "${SAN:-}" ] || skip "no library of failing calls"
  export FAIL_CALL=sync FAIL_REPORT=$PWD/report
  FAIL_AT=0 LD_PRELOAD=$WORDPIPE_FAIL ts-cat -o G ids.bin
  [ "$(cat report)" -eq 2 ]
  FAIL_AT=0 LD_PRELOAD=$WORDPIPE_FAIL rnn-train -t 1 --hidden 4 --epochs 2 --checkpoint state \
    --checkpoint-every 1 -o H ids.bin
  [ "$(cat report)" -ge 4 ]
  run -1 env FAIL_AT=1 LD_PRELOAD="$WORDPIPE_FAIL" ts-cat -o I ids.bin
  echo "$output"
  [[ $output == "ts-cat: I: cannot write: Input/output error" ]]
  [ ! -e I ]
}

@test "outputs: a dangling link is followed, and a loop of links is an error" {
  ln -s there dangling
  ts-cat -o dangling ids.bin
  [ -L dangling ]
  ts-diff there ids.bin
  ln -s b a
  ln -s a b
  run -1 ts-cat -o a ids.bin
  [ -L a ]
}

@test "outputs: a name as long as names can be" {
  name=$(printf 'n%.0s' {1..255})
  ts-cat -o "$name" ids.bin
  ts-diff "$name" ids.bin
}

@test "outputs: permissions and the owner of a file that is replaced" {
  umask 027
  ts-cat -o new ids.bin
  [ "$(stat -c %a new)" = 640 ]
  chmod 604 new
  ts-cat -o new ids.bin
  [ "$(stat -c %a new)" = 604 ]
  if [ "$(id -u)" = 0 ]; then
    chown 12345:12345 new
    ts-cat -o new ids.bin
    [ "$(stat -c %u:%g new)" = 12345:12345 ]
  else
    chmod 444 new
    run -1 ts-cat -o new ids.bin
    [[ $output == "ts-cat: new: cannot write: Permission denied" ]]
  fi
}
