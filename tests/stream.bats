# The programs that look at tensor streams, on streams that Python wrote (tensor_stream.py), and
# what every program does with a stream that is not whole.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
}

make_stream() {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" "$1"
}

@test "golden bytes: what ts-cat writes is what Python writes" {
  for kind in golden empty; do
    make_stream $kind > a
    ts-cat a | cmp - a
    ts-cat < a | cmp - a
    cat a | ts-cat -o b
    cmp a b
  done
  [ "$(wc -c < a)" -eq 192 ]
}

@test "ts-info: every type and shape" {
  make_stream everything > a
  run -0 ts-info a
  echo "$output"
  [ "${lines[0]}" = "a: 12 tensors" ]
  [[ $output = *"scalar           f64    ()               8 bytes in 1 record: 0.5 ..."* ]]
  [[ $output = *"i8               i8     (3)              3 bytes in 1 record: -128 0 127 ..."* ]]
  [[ $output = *"f16              f16    (1, 1, 2, 1, 1)  4 bytes in 1 record: 1.5 -6.55e+04 ..."* ]]
  [[ $output = *"bf16             bf16   (1, 1, 1, 1, 1, 1) 2 bytes in 1 record: 1.5 ..."* ]]
  [[ $output = *"a                i32    (3, 2)           24 bytes in 3 records: 1 2 ..."* ]]
  [[ $output = *"empty            f32    (0, 5)           0 bytes in 1 record"* ]]
}

@test "ts-info --json is JSON, whatever names a stream has" {
  make_stream everything > a
  ts-info --json a > json
  python3 - json <<'END'
import json, sys
info = json.load(open(sys.argv[1]))
assert info["file"] == "a"
tensors = {t["name"]: t for t in info["tensors"]}
assert len(tensors) == 12
assert tensors["a"] == {"name": "a", "type": "i32", "shape": [3, 2], "records": 3, "stored": 24, "bytes": 24}
assert tensors["scalar"]["shape"] == []
END
  make_stream hostile-names | ts-info --json > json
  python3 - json <<'END'
import json, sys
with open(sys.argv[1], encoding="utf-8") as f:
    info = json.load(f)
assert info["history"] == ["\x1b[31m red", "\ufffd\n"], info
END
}

@test "ts-info: a stream sends no commands to the terminal" {
  make_stream hostile-names | ts-info > text
  run ! grep -q "$(printf '[\033\007]')" text
  grep -qF 'x\x1b]0;title\x07' text
  grep -qF 'made by \x1b[31m red' text
}

@test "ts-check: nothing said of what is whole, on a file, a pipe, gzip, joined" {
  for kind in everything deflated empty embedding corpus; do
    make_stream $kind > a
    run -0 ts-check a
    [ "$output" = "" ]
    ts-check < a
    ts-check - < a
    cat a | ts-check
    gzip -c a | ts-check
    cat a a | ts-check
  done
  run -0 ts-check -v a a
  [[ $output = *"ts-check: a: whole"* ]]
}

@test "ts-check: every cut is incomplete" {
  make_stream corpus > a
  size=$(wc -c < a)
  for n in $(seq 0 7 $((size - 1))) $((size - 1)); do
    head -c "$n" a > cut
    run -3 ts-check cut
    [ "${#lines[@]}" -eq 1 ]
    [[ $output = "ts-check: cut: "* ]]
    run -3 bash -c 'cat cut | ts-check'
    [[ $output = "ts-check: <stdin>: "* ]]
  done
}

# Each byte, one of its bits, the bits taking turns; tests/lib/stream_test.c flips them all.
@test "ts-check: every changed byte is noticed" {
  make_stream corpus > a
  python3 - <<'END'
import subprocess
data = open("a", "rb").read()
for i in range(len(data)):
    changed = bytearray(data)
    changed[i] ^= 1 << i % 8
    done = subprocess.run(["ts-check"], input=bytes(changed), capture_output=True)
    assert done.returncode in (3, 4), (i, done)
    assert done.stderr.count(b"\n") == 1, done
END
}

@test "ts-check goes on after a bad operand, and its status is that of the first" {
  make_stream embedding > a
  head -c 300 a > cut
  printf 'hello, this is no tensor stream' > text
  run -3 ts-check -v cut text a nowhere
  echo "$output"
  [[ $output = *"ts-check: cut: cut short"* ]]
  [[ $output = *"ts-check: text: text, not a tensor stream: "* ]]
  [[ $output = *"ts-check: a: whole"* ]]
  [[ $output = *"ts-check: nowhere: cannot open: No such file or directory"* ]]
  run -4 ts-check text cut
  run -1 ts-check nowhere text
  run -4 bash -c 'echo hi | ts-check'
  [ "$output" = "ts-check: <stdin>: text, not a tensor stream: 'tokenize' and 'vocab' make ids of it" ]
}

@test "ts-cat: compress and expand" {
  make_stream deflated-embedding > packed
  ts-cat packed > plain
  [ "$(wc -c < plain)" -gt "$(wc -c < packed)" ]
  ts-diff packed plain
  ts-cat -z 9 plain > small
  [ "$(wc -c < small)" -le "$(wc -c < packed)" ]
  ts-cat small | cmp - plain
  make_stream everything > a
  ts-cat a > b
  ts-diff --history a b
  make_stream deflated | ts-cat | cmp - b
}

@test "ts-cat joins: sequences follow, counts add up, the first history stays" {
  make_stream corpus > a
  make_stream corpus2 > b
  ts-cat a b > both
  cat a b | ts-cat | cmp - both
  cat both | ts-cat - | cmp - both
  ts-cat b a > other
  run -0 ts-info both
  echo "$output"
  [[ $output = *"counts           i64    (2)              16 bytes in 1 record: 4 3 ..."* ]]
  [[ $output = *"ids              i32    (7)"* ]]
  [[ $output = *"lengths          i32    (4)"* ]]
  [[ $output = *"made by vocab 0.1.0" ]]
  run -1 ts-diff both other
  [[ $output = *"ids"* ]]
  [[ $output != *"counts"* ]]
}

@test "ts-cat refuses what does not fit, and leaves no file" {
  make_stream corpus > a
  make_stream other-corpus > b
  run -1 ts-cat -o both a b
  echo "$output"
  [ "$output" = "ts-cat: b: 'vocab' is not the same as in the streams before: 'vocab --merge' counts texts together, 'vocab --from' encodes one with the vocabulary of another" ]
  make_stream embedding > e
  run -1 ts-cat -o both a e
  [ "$(echo both*)" = "both*" ]
}

@test "ts-diff: same, different, within a tolerance" {
  make_stream embedding > a
  make_stream shifted > b
  run -0 ts-diff a a
  [ "$output" = "" ]
  run -1 ts-diff a b
  echo "$output"
  [[ $output = "embedding"*"12 of 12 differ"*"first 0"*"largest 0.001"* ]]
  [ "${#lines[@]}" -eq 1 ]
  ts-diff --absolute 0.00101 a b
  run -1 ts-diff --absolute 0.00099 a b
  run -1 ts-diff -q a b
  [ "$output" = "" ]
  run -0 bash -c 'ts-diff - a < a'
  make_stream corpus > c
  run -1 ts-diff a c
  echo "$output"
  [[ $output = *"embedding"*"only in a"* ]]
  [[ $output = *"ids"*"only in c"* ]]
}

@test "ts-diff: histories only where asked for" {
  make_stream corpus > a
  PYTHONPATH=$BATS_TEST_DIRNAME python3 -B -c '
import sys, tensor_stream as t
sys.stdout.buffer.write(t.corpus(["the", "cat"], [3, 1], [[[0, 1, 0]], [[0]]], ["vocab 9.9.9"]))' > b
  ts-diff a b
  run -1 ts-diff --history a b
  [[ $output = "history"* ]]
}

@test "a stream goes through many programs unchanged" {
  make_stream everything | ts-cat > a
  ts-cat a | ts-cat -z 6 | gzip | ts-cat | cmp - a
}

@test "a link stays a link, a replaced file keeps its permissions" {
  make_stream golden > a
  cp a target
  chmod 600 target
  ln -s target link
  ts-cat -z 9 -o link a
  [ -L link ]
  ts-diff target a
  [ "$(stat -c %a target)" = 600 ]
  # As /dev/stdout is, which no test may put at risk.
  ln -s /proc/self/fd/1 mine
  ts-cat -o mine a > out
  [ -L mine ]
  cmp out a
  (exec > removed; rm removed; ts-cat -o mine a; cat < /proc/self/fd/1 > out)
  cmp out a
  [ -L mine ]
  [ "$(ls)" = "$(printf '%s\n' a link mine out target)" ]
  run -1 ts-cat -o no/such/directory a
  [ "$output" = "ts-cat: no/such/directory: cannot create: No such file or directory" ]
}

@test "a stream whose writer failed is incomplete for the next one, and the next" {
  make_stream failed > a
  run -3 ts-check a
  [ "$output" = "ts-check: a: the program that wrote this failed: vocab: input or output failed" ]
  run -3 bash -c 'ts-cat a | ts-cat | ts-cat > b'
  echo "$output"
  [[ $output = *"the program that wrote this failed: ts-cat: input is incomplete"* ]]
  run -3 ts-check b
  # Without pipefail only the last status counts: it is not 0.
  make_stream embedding > whole
  run -3 bash -c 'head -c 500 whole | ts-cat | ts-info'
  run -3 bash -c 'head -c 500 whole | ts-cat | ts-diff - whole'
}

@test "a killed program leaves neither a file nor a whole stream" {
  make_stream embedding > whole
  mkfifo pipe
  ts-cat -o out pipe &
  pid=$!
  exec 7> pipe
  head -c 300 whole >&7
  for i in 1 2 3 4 5 6 7 8 9 10; do
    ls out.tmp-* 2>/dev/null && break
    sleep 0.1
  done
  kill -TERM $pid
  local result=0
  wait $pid || result=$?
  [ $result -eq 143 ]
  exec 7>&-
  [ "$(echo out*)" = "out*" ]
}
