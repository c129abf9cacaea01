# What programs do with input that means harm, or that they were not given: nothing of it
# commands a terminal, and no descriptor is taken for another.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  # Words, and names of tensors, that a terminal would obey.
  printf '%b\n' 'a\\u001B[31mred b\\u009Bf c \0342\0200\0256x' 'plain words' > odd.txt
  printf 'the cat sat on the mat\nthe cat sat\n' > tokens
  vocab -o odd.bin odd.txt
  vocab -o ids.bin tokens
  w2v -q -t 1 --dim 2 --epochs 1 -o emb.bin odd.bin
  w2v -q -t 1 --dim 2 --epochs 1 -o plain.bin ids.bin
  rnn-train -q -t 1 --hidden 2 --epochs 1 -o model.bin ids.bin
  cooc -o cooc.bin ids.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

# Neither a control character but LF and TAB, nor U+009B, nor U+202E in the file.
harmless() {
  ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2\x9b|\xe2\x80\xae' "$1" || { cat -v "$1"; return 1; }
}

# The command with a terminal as standard output and standard error; what it wrote there.
on_terminal() {
  python3 -c '
import os, pty, sys
def read(fd):
    return os.read(fd, 65536).replace(b"\r\n", b"\n")
sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:], read)))' "$@" < /dev/null
}

@test "messages: what was given is shown, and commands no terminal" {
  odd=$(printf 'zz\033[2J\nfake: \302\233\342\200\256')
  for line in 'neighbors -e plain.bin' 'analogy -e plain.bin the cat' 'ts-info' 'ts-check' 'vocab' \
    'w2v --model' 'w2v --dim' 'vocab --min-count' 'tokenize --no-such' 'cooc --' 'vocab -T x -o' \
    'w2v --log'; do
    $line "$odd" < ids.bin > out 2> err || :
    cat -v err
    [ "$(wc -l < err)" -le 1 ]
    harmless err
    # A table repeats the word that it was asked for: data, but for what would break the table.
    LC_ALL=C sed -i 's/\xe2\x80\xae//' out
    head -c 8 out | grep -qa TST || harmless out
    [[ $line = 'tokenize --no-such' || $line = 'vocab -T'* || $line = 'w2v --log' ]] || grep -qF 'zz\x1b[2J\x0afake' err
  done
}

@test "ts-info and ts-diff: words, history and file names are shown, and command no terminal" {
  ts-info odd.bin > out
  harmless out
  grep -F 'a\x1b[31mred b\u{9b}f c plain words \u{202e}x' out
  cp odd.bin "$(printf 'n\033[31m\342\200\256')"
  ts-info n* > out
  harmless out
  grep -F 'n\x1b[31m\u{202e}: 5 tensors' out
  ts-info --json n* > out
  harmless out
  python3 -c 'import json; assert json.load(open("out"))["file"] == "n\033[31m\u202e"'
  PYTHONPATH=$BATS_TEST_DIRNAME python3 - > bad.bin <<'END'
import sys
import tensor_stream as ts
sys.stdout.buffer.write(ts.stream(ts.record("a\033[2J\n", "i32", (1,), [1])))
END
  ts-diff bad.bin n* > out || [ $? -eq 1 ]
  harmless out
  grep -F 'a\x1b[2J\x0a' out
}

@test "tables: to a pipe bytes are bytes, to a terminal they command nothing" {
  neighbors -e odd.bin c > out 2> err || : # odd.bin has no vectors
  harmless err
  odd=$(printf 'c\342\200\256')
  neighbors -e emb.bin c "$odd" > out 2> err || :
  LC_ALL=C grep -q "^$odd" out
  python3 -c 'import pty; pty.openpty()' 2> /dev/null || skip "no pseudo-terminals here"
  on_terminal neighbors -q -e emb.bin c "$odd" > shown || :
  harmless shown
  grep '^c\\u{202e}' shown
  # ... and letters beyond ASCII stay what they are, also at the edge of a buffer.
  awk 'BEGIN { for (i = 0; i < 100000; i++) printf "%sn\303\257\342\202\254 ", i % 7 ? "" : "x" }' > long.txt
  on_terminal tokenize long.txt > shown
  tokenize long.txt | cmp - shown
}

@test "a table has its lines and columns, whatever words it is asked for" {
  neighbors -e emb.bin "$(printf 'c\nd\te')" c > out 2> err || :
  [ "$(wc -l < out)" -eq 2 ]
  [ "$(head -n 1 out)" = 'c\nd\te' ]
}

@test "closed descriptors: no file takes their place" {
  printf 'ab\377\n' > bad
  tokenize -o T bad 2>&-
  printf 'ab \357\277\275\n' | cmp - T
  w2v -v --dim 2 -t 1 --epochs 1 -o G ids.bin 2>&-
  ts-check G
  rnn-train --summary --hidden 2 --epochs 1 -o H ids.bin 2>&-
  ts-check H
  for program in $PROGRAMS; do
    rm -f F
    case $program in
    ts-diff) set -- - ids.bin ;;
    emb-eval) set -- tokens ;;
    neighbors) set -- the ;;
    analogy) set -- the cat sat ;;
    ts-convert) set -- --to tsv ;;
    rnn-predict) set -- --score model.bin ;;
    *) set -- ;;
    esac
    echo "$program"
    status=0
    sh -c '"$@" <&- 2> err' sh "$program" -o F "$@" || status=$?
    cat err
    # (2: it wants an option or operand that is not known here.)
    [ $status -eq 2 ] || { [ $status -eq 1 ] && grep -q "cannot read: Bad file descriptor" err; }
    [ ! -e F ]
  done
  run -1 sh -c 'tokenize tokens 2>&1 >&-'
  [ "$output" = "tokenize: <stdout>: cannot write: Bad file descriptor" ]
  run -1 sh -c 'vocab --help >&-'
}

@test "-v: the peak of memory is that of the program, not of what ran in its process before" {
  python3 -c '
import os
big = bytearray(200 << 20)
os.execvp("tokenize", ["tokenize", "-v", "-o", "out", "tokens"])' 2> err
  cat err
  [ "$(sed -n 's/.*, \([0-9]*\)\.[0-9]* MiB of memory at most/\1/p' err)" -lt 50 ]
}

# Streams that Python writes: the program is in the standard input.
forge() {
  PYTHONPATH=$BATS_TEST_DIRNAME python3 -c '
import struct, sys, zlib
import tensor_stream as ts
exec(sys.stdin.read())'
}

# peak_below KIB COMMAND: at most so much memory.
peak_below() {
  python3 -c '
import os, resource, subprocess, sys
status = subprocess.run(sys.argv[2:]).returncode
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
print("peak", peak, "KiB:", *sys.argv[2:])
sys.exit(status if peak < int(sys.argv[1]) else 99)' "$@"
}

@test "ts-check and ts-info: the same memory for any stream, deflated, joined or of many tensors" {
  [ -z "${SAN:-}" ] || skip "sanitizers take memory of their own"
  forge > bomb.bin << 'END'
z = zlib.compressobj(9)
zeros = b"".join([z.compress(bytes(1 << 20)) for i in range(100)] + [z.flush()])
def record(name, kind, n):
    head = b"TREC" + struct.pack("<BBBB", ts.TYPES[kind][0], 1, 1, 0)
    head += struct.pack("<QQQ6Q", len(zeros), 100 << 20, 0, n, 0, 0, 0, 0, 0)
    head += name.ljust(40, b"\0") + struct.pack("<I", zlib.crc32(zeros))
    return ts.seal(head) + zeros + bytes(-len(zeros) % 64)
sys.stdout.buffer.write(ts.stream(record(b"x", "f32", 25 << 20), record(b"y", "string", 25 << 20),
                                  record(b"history", "string", 25 << 20)))
END
  forge > names.bin << 'END'
import itertools
sys.stdout.buffer.write(ts.stream(*[ts.record("%d" % i, "u8", (0,), []) for i in range(70000)]))
END
  gzip -k -f names.bin
  for file in bomb.bin names.bin names.bin.gz; do
    for program in ts-check ts-info 'ts-info --json'; do
      status=0
      peak_below 65536 $program $file > out 2>&1 || status=$?
      grep peak out
      [ $status -eq $([ $file = bomb.bin ] && echo 0 || echo 4) ]
    done
  done
  ts-info bomb.bin > out
  grep -F '  and 26210304 commands more' out
}

@test "ts-cat and ts-diff: --memory bounds the records that are held whole" {
  [ -f bomb.bin ] || skip "made by the test before"
  for job in 'ts-cat -o F bomb.bin' 'ts-diff bomb.bin bomb.bin'; do
    # shellcheck disable=SC2086
    run -1 --separate-stderr $job -m 10M
    [[ $stderr = *"bomb.bin: takes 100.0 MiB, and the limit is 10.0: see --memory (record 1 'x', byte 64)"* ]]
    [ ! -e F ]
  done
  ts-cat -m 4K ids.bin | cmp - <(ts-cat ids.bin)
}

@test "ts-check: pieces are checked as a whole record is" {
  forge << 'END'
def write(name, *records):
    open(name, "wb").write(ts.stream(*records))
def strings(lengths, text, level=0):
    payload = b"".join(struct.pack("<I", n) for n in lengths) + text
    record = ts.record("s", "u8", (len(payload),), list(payload), level=level)
    head = bytearray(record[:124])
    head[4] = ts.TYPES["string"][0]
    head[32:40] = struct.pack("<Q", len(lengths))
    return ts.seal(bytes(head)) + record[128:]
for level in 0, 6:
    write("good%d" % level, strings([1, 0, 2] * 50000, b"abc" * 50000, level))
    write("short%d" % level, strings([1, 0, 3] * 50000, b"abc" * 50000, level))
    write("long%d" % level, strings([1, 0, 1] * 50000, b"abc" * 50000, level))
    write("empty%d" % level, ts.record("e", "f32", (0, 3), [], level=level))
    flip = bytearray(open("good%d" % level, "rb").read())
    flip[64 + 128 + 70000 // (100 if level else 1)] ^= 1
    open("flip%d" % level, "wb").write(flip)
    open("cut%d" % level, "wb").write(open("good%d" % level, "rb").read()[:-200])
END
  for level in 0 6; do
    for file in good$level empty$level; do
      ts-check $file
      ts-check < $file
      cat $file | ts-check
      ts-cat $file | ts-check
    done
    run -4 ts-check short$level
    [[ $output = *"a string reaches beyond its record"* ]]
    run -4 ts-check long$level
    [[ $output = *"data after the last string"* ]]
    run -4 ts-check flip$level
    [[ $output = *"checksum"* ]]
    run -3 ts-check cut$level
    for program in ts-info ts-cat; do
      for file in short long flip cut; do
        ! $program $file$level > out
      done
    done
  done
}

@test "ts-info: integers of 64 bits in full" {
  forge > big.bin << 'END'
sys.stdout.buffer.write(ts.stream(ts.record("n", "i64", (3,), [2**53 + 1, -2**63, 2**63 - 1])))
END
  ts-info big.bin | grep -F ': 9007199254740993 -9223372036854775808 9223372036854775807 ...'
}

@test "sparse matrices: names of up to 33 characters, whole" {
  printf '%%%%MatrixMarket matrix coordinate real general\n2 2 2\n1 1 1\n2 2 2.5\n' > m.mtx
  for n in 1 29 30 31 32 33; do
    name=$(printf 'm%.0s' $(seq $n))
    ts-convert --from matrix-market --tensor "$name" m.mtx > m.bin
    ts-info m.bin | grep -q " $name.value "
    ts-convert --to matrix-market --tensor "$name" m.bin > back.mtx
    grep -q '^2 2 2.5$' back.mtx
  done
  run -2 --separate-stderr ts-convert --from matrix-market --tensor "${name}m" m.mtx
  [[ $stderr = *"a name has 1 to 33 bytes"* ]]
}

@test "short of address space, programs that multiply matrices say so; none of them spins" {
  [ -z "${SAN:-}" ] || skip "sanitizers need address space"
  for limit in 80000 120000 200000 300000; do
    for job in 'neighbors -e plain.bin the' 'analogy -e plain.bin the cat sat' \
      'rnn-train --hidden 2 --epochs 1 -o F ids.bin' 'rnn-predict --score model.bin ids.bin' \
      'svd-embed --dim 2 -o F cooc.bin'; do
      for threads in 1 2; do
        status=0
        # shellcheck disable=SC2086
        (ulimit -v $limit && exec timeout 30 $job -t $threads) > out 2> err || status=$?
        echo "$limit: $job -t $threads: $status $(cat err)"
        [ $status -eq 0 ] || { [ $status -eq 1 ] && [ "$(wc -l < err)" -eq 1 ]; }
      done
    done
  done
}

# cut_short FILE COMMAND: cut the file short once the program has mapped it.  Where the program
# was quicker, once more.
cut_short() {
  python3 -c '
import os, shutil, subprocess, sys
path, command = sys.argv[1], sys.argv[2:]
for attempt in range(20):
    shutil.copy(path, "F")
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=open("err", "w"))
    while process.poll() is None:
        try:
            if "/F\n" in open("/proc/%d/maps" % process.pid).read():
                os.truncate("F", 4096 * (attempt % 2))
                break
        except OSError:
            pass
    if process.wait() != 0:
        break
    for name in os.listdir("left"):  # what the quicker one has made
        os.remove("left/" + name)
print(*command, process.returncode, open("err").read())
sys.exit(process.returncode if process.returncode >= 0 else 128 - process.returncode)' "$@"
}

@test "a file that another program cuts short while it is read: status 3, one line, nothing left" {
  [ -z "${SAN:-}" ] || skip "sanitizers catch the signal"
  forge << 'END'
import random
random.seed(1)
ids = [random.randrange(1, 1000) for i in range(3000000)]
words = ["UNKNOWN_TOKEN"] + ["w%d" % i for i in range(999)]
open("large-ids.bin", "wb").write(ts.corpus(words, [0] + [3000] * 999, [[ids[i:i + 30000]] for i in range(0, 3000000, 30000)]))
END
  cooc -q --window 5 -o large-cooc.bin large-ids.bin
  mkdir left
  for job in 'large-cooc.bin glove -t 2 --epochs 1 --dim 4 --log left/log --checkpoint left/ck F' \
    'large-ids.bin cooc F' 'large-ids.bin w2v -t 2 --epochs 1 --dim 4 F' \
    'large-cooc.bin svd-embed --dim 4 F' 'large-cooc.bin ts-cat F'; do
    status=0
    # shellcheck disable=SC2086
    cut_short $job -o left/out || status=$?
    [ $status -eq 3 ]
    [ "$(wc -l < err)" -eq 1 ]
    grep -q 'F: .*by another program\|cut short' err
    rm -f left/log
    [ -z "$(ls left)" ]
  done
}

@test "a file that another program writes to while it is read is not trusted" {
  forge > slow.bin << 'END'
sys.stdout.buffer.write(ts.stream(*[ts.record("r%d" % i, "u8", (1 << 16,), [7] * (1 << 16)) for i in range(64)]))
END
  mkfifo pipe
  ts-cat slow.bin > pipe 2> err & # waits where the pipe is full
  {
    head -c 100000 > /dev/null
    touch -d '2001-01-01' slow.bin
    cat > /dev/null
  } < pipe
  status=0
  wait $! || status=$?
  cat err
  [ $status -eq 3 ]
  grep -q 'changed by another program while it was read' err
}

@test "vocab: long tokens, which are there as counted and as written, within --memory" {
  [ -z "${SAN:-}" ] || skip "sanitizers take memory of their own"
  awk 'BEGIN {
    for (i = 0; i < 100; i++) end = end "0123456789"
    for (i = 0; i < 45000; i++) print i end
  }' > long.txt
  status=0
  peak_below 131072 vocab --memory 128M -o long.bin long.txt > out 2>&1 || status=$?
  cat out
  [ "$status" -eq 1 ]
  grep -q "no room for more than 3.... different tokens within 64 MiB (see --memory, --max-size)" out
  head -n 30000 long.txt > fewer.txt
  peak_below 131072 vocab --memory 128M -o long.bin fewer.txt
  ts-check long.bin
}

@test "tokenize: long lines, in parts that do not show, in memory that is bounded" {
  [ -z "${SAN:-}" ] || skip "sanitizers take memory of their own"
  head -c 22000000 /dev/zero | gzip -1 > zeros.gz
  for unit in --bytes --chars --code-points --sentences ''; do
    peak_below 65536 tokenize $unit zeros.gz > out
  done
  # A long line is so many times its part.
  part=$(printf 'L%.0s' $(seq 50); printf ' Sm\303\266rg\303\245s  e\314\201 \346\274\242\345\255\227, don\047t 3.5 \360\237\207\251\360\237\207\252')
  for unit in --bytes --chars --code-points --space '' '--chars --nfc' '--markers --lower' '--chars --markers'; do
    awk -v part="$part" 'BEGIN { for (i = 0; i < 30000; i++) printf "%s ", part }' > long.txt
    # shellcheck disable=SC2086
    peak_below 65536 tokenize $unit long.txt > out
    sed '$d' out > tokens.out # without the line of the peak
    printf '%s ' "$part" | tokenize $unit | python3 -c '
import sys
part = sys.stdin.read()[:-1]
begin, end = "", ""
if part.startswith("SENTENCE_START "):
    begin, end, part = "SENTENCE_START ", " SENTENCE_END", part[15:-13]
print(begin + " ".join([part] * 30000) + end)' | cmp - tokens.out
  done
  # What has to be whole is refused beyond a bound.
  head -c 9000000 /dev/zero | tr '\0' x > one-word
  for unit in '' --treebank; do
    run -1 --separate-stderr tokenize -m 64M $unit one-word
    [[ $stderr = *"a line, or text without white space, of more than 8 MiB"* ]]
    tokenize $unit one-word | wc -c
  done
}

@test "memory that is short or long is announced: svd-embed, rnn-train" {
  forge << 'END'
words = ["UNKNOWN_TOKEN"] + ["w%d" % i for i in range(999)]
ids = [i % 999 + 1 for i in range(25000)]
open("one-line.bin", "wb").write(ts.corpus(words, [0] + [25] * 999, [[ids]]))
open("square.bin", "wb").write(ts.matrix(words, [(i, j, 1.0) for i in range(1000) for j in range(300)]))
END
  run -1 --separate-stderr svd-embed -m 1M --dim 4 square.bin
  [[ $stderr = *"300000 cells need some 4 MiB, and the vectors more, but the limit is 1 MiB: see --memory"* ]]
  run -1 --separate-stderr rnn-train -m 1M --sentences --hidden 20 --epochs 1 -o refused.bin one-line.bin
  [[ $stderr = *"the longest sequence has 25000 steps, which take some "*" MiB, all at a time, but the limit is 1 MiB: --bptt 100"* ]]
  [ ! -e refused.bin ]
  run -0 --separate-stderr rnn-train -m 1M --sentences --bptt 100 --hidden 20 --epochs 1 -o m.bin one-line.bin
  # --summary says what that is.
  rnn-train --summary --sentences --hidden 20 --epochs 0 -o m.bin one-line.bin 2> whole
  rnn-train --summary --sentences --bptt 100 --hidden 20 --epochs 0 -o m.bin one-line.bin 2> cut
  awk '/largest batch/ { n[FILENAME] = $NF } END { exit !(n["whole"] > 10 && n["cut"] < 1) }' whole cut
  # Of what makes tokens of tokens it is the ids that take memory, not the vocabulary.
  rnn-train --summary --sentences --bptt 100 --hidden 20 --word-dropout 1 --epochs 0 -o m.bin one-line.bin 2> thinned
  diff <(grep 'largest batch' cut) <(grep 'largest batch' thinned)
}

@test "a count below 0 is refused, by every program that reads counts" {
  forge << 'END'
words = ["UNKNOWN_TOKEN", "a", "b"]
open("negative.bin", "wb").write(ts.corpus(words, [0, 4, -4], [[[1, 2, 1, 2, 1, 2, 1, 2]]]))
END
  for program in w2v cooc onehot "rnn-train --hidden 2 --epochs 1" "vocab --from negative.bin text"; do
    echo a b > text
    [[ $program == vocab* ]] && set -- || set -- negative.bin
    run -4 --separate-stderr $program -o out.bin "$@"
    echo "$program: $stderr"
    [[ $stderr == *"negative.bin: 'counts' has a count of -4 (row 3)"* ]]
    [ ! -e out.bin ]
  done
}

@test "few cells of a matrix that claims to be huge: refused at once" {
  python3 - "$BATS_TEST_DIRNAME" <<'END'
import sys
sys.path.insert(0, sys.argv[1])
from tensor_stream import *
def cells(name, row, col, shape, kind):
    return [record(name + ".row", "i32", [2], [0, row]), record(name + ".col", "i32", [2], [0, col]),
            record(name + ".value", kind, [2], [1, 2]), record(name + ".shape", "i64", [2], shape)]
labels = [strings("labels.vocab", ["a", "b"]), record("labels", "i32", [2], [0, 1])]
open("rows.bin", "wb").write(stream(*labels, *cells("onehot", 2**31 - 2, 0, [2**31 - 1, 3], "f32")))
open("columns.bin", "wb").write(stream(*cells("cooc", 1, 5, [2, 2**31 - 1], "f64")))
END
  run -1 timeout 20 linear-train -m 1G -o huge.out rows.bin
  [[ "$output" = *"rows take"*"see --memory" ]]
  run -1 timeout 20 svd-embed -d 1 -o huge.out columns.bin
  [[ "$output" = *"columns alone take"*"see --memory" ]]
  [ ! -e huge.out ]
}
