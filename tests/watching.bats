# What is seen while a program runs: a line that fits the terminal, and lines that stay.

bats_require_minimum_version 1.5.0

setup_file() {
  cd "$BATS_FILE_TMPDIR"
  awk 'BEGIN { for (i = 0; i < 20000; i++) printf "%s%s", "w" (i * i % 97), (i % 10 == 9) ? "\n" : " " }' |
    vocab > ids.bin
  cooc ids.bin > cooc.bin
  w2v -q --dim 4 --epochs 1 --threads 1 ids.bin > e.bin
}

setup() {
  cd "$BATS_FILE_TMPDIR"
}

needs_terminals() {
  python3 -c 'import pty; pty.openpty()' 2> /dev/null || skip "no pseudo-terminals here"
}

# on_terminal COLUMNS COMMAND...: what it writes to a terminal of that width, which becomes half
# as wide soon after.  Says how many times the line was drawn, the widest drawing in each width,
# and the lines that stay.
on_terminal() {
  python3 - "$@" << 'END'
import fcntl, os, pty, re, signal, struct, sys, termios, time
columns, command = int(sys.argv[1]), sys.argv[2:]
def resize(fd, n):
    fcntl.ioctl(fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, n, 0, 0))
master, slave = pty.openpty()
resize(slave, columns)
pid = os.fork()
if pid == 0:
    os.setsid()
    os.close(master)
    os.dup2(slave, 2)
    os.dup2(os.open("/dev/null", os.O_WRONLY), 1)
    os.environ["TERM"] = "xterm"
    os.environ.pop("COLUMNS", None)
    os.execvp(command[0], command)
os.close(slave)
parts, begun, width = [], time.time(), columns
while True:
    try:
        data = os.read(master, 65536)
    except OSError:
        break
    if not data:
        break
    parts.append((width, data))
    if width == columns and time.time() - begun > 0.6:
        width = columns // 2
        resize(master, width)
status = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
whole = b"".join(d for _, d in parts).decode()
lines = []
for text in whole.replace("\r\n", "\n").split("\n"):
    last = text.split("\r\x1b[K")[-1]
    if last:
        lines.append(last)
drawn = {columns: [], columns // 2: []}
for width, data in parts:
    for piece in data.decode().split("\r\x1b[K")[1:]:
        piece = piece.split("\r\n")[0]
        if piece and "\n" not in piece and not any(piece == l for l in lines):
            drawn[width].append(piece)
print("status", status)
print("drawn", sum(map(len, drawn.values())))
for width in drawn:
    print("widest", width, max(map(len, drawn[width]), default=0))
for line in lines:
    print("stays", line)
END
}

@test "the progress line is narrower than the terminal, also when that changes, and does not stay" {
  needs_terminals
  while read -r columns how; do
    # shellcheck disable=SC2086 # words are wanted
    on_terminal "$columns" $how > seen
    cat seen
    grep -qx 'status 0' seen
    awk -v c="$columns" '$1 == "widest" && $3 >= $2 { bad = 1 } END { exit bad }' seen
    run ! grep -E '^stays.* left ' seen
  done << 'END'
80 rnn-train --hidden 40 --epochs 2 --valid-share 0.05 --threads 1 ids.bin
80 w2v --dim 100 --window 10 --epochs 12 --threads 1 ids.bin
40 glove --dim 100 --epochs 40 --threads 1 cooc.bin
END
}

@test "a line for each epoch and one for the result stay, without -v" {
  needs_terminals
  on_terminal 80 rnn-train --hidden 4 --epochs 3 --valid-share 0.1 --threads 1 ids.bin > seen
  cat seen
  [ "$(grep -c '^stays rnn-train: step [0-9]*, epoch [123]: validation loss' seen)" -eq 3 ]
  grep -q '^stays rnn-train: best validation loss' seen
  on_terminal 80 rnn-train --hidden 4 --epochs 3 --threads 1 ids.bin > seen
  [ "$(grep -c '^stays rnn-train: epoch [12]: loss [0-9.]*$' seen)" -eq 2 ]
  grep -q '^stays rnn-train: [0-9]* tokens/s in .*, loss [0-9.]*$' seen
  on_terminal 80 w2v --dim 4 --epochs 3 --threads 1 ids.bin > seen
  cat seen
  [ "$(grep -c '^stays w2v: epoch [12]: loss' seen)" -eq 2 ]
  grep -q '^stays w2v: .*mean loss' seen
  on_terminal 80 glove --dim 4 --epochs 3 cooc.bin > seen
  [ "$(grep -c '^stays glove: epoch [123]: cost' seen)" -eq 3 ]
  on_terminal 80 glove -q --dim 4 --epochs 3 cooc.bin > seen
  [ "$(grep -c stays seen)" -eq 0 ]
}

@test "lines that stay fit terminals of 80 and of 40 columns, and lose nothing" {
  needs_terminals
  for columns in 80 40; do
    on_terminal $columns rnn-train --hidden 4 --epochs 2 --valid-share 0.1 --threads 1 ids.bin > seen
    on_terminal $columns glove --dim 4 --epochs 2 cooc.bin >> seen
    on_terminal $columns tsne --pca "$BATS_FILE_TMPDIR/e.bin" >> seen
    cat seen
    sed -n 's/^stays //p' seen > stay
    awk -v c=$columns 'length($0) > c { exit 1 }' stay
    tr -s '\n ' '  ' < stay | grep -q 'best validation loss [0-9.]*, after step [0-9]* .*s of training, cost [0-9.]*'
  done
}

@test "away from a terminal nothing is said without -v, and -v tells CPU and wall time" {
  run -0 bash -c 'glove --dim 4 --epochs 2 cooc.bin 2>&1 > /dev/null'
  [ -z "$output" ]
  run -0 bash -c 'glove -v --dim 4 --epochs 2 cooc.bin 2>&1 > /dev/null'
  [[ $output == *"glove: epoch 1: cost"*"glove: epoch 2: cost"*[0-9]" s, "*[0-9]" s of CPU, "*"MiB"* ]]
}

@test "the logs of rnn-train, w2v, glove and tsne begin with the same columns" {
  first=$(printf 'step\tepoch\tseconds')
  rnn-train -q --hidden 4 --epochs 1 --valid-share 0.1 --log a --threads 1 ids.bin > /dev/null
  w2v -q --dim 4 --epochs 1 --log b --threads 1 ids.bin > /dev/null
  glove -q --dim 4 --epochs 1 --log c cooc.bin > /dev/null
  tsne -q -i 100 -p 5 --log e e.bin > /dev/null
  for log in a b c e; do
    [ "$(head -n 1 $log | cut -f 1-3)" = "$first" ]
    [ "$(head -n 1 $log | cut -f 6-7)" = "$(printf 'rate\tloss')" ]
    awk -F'\t' 'NR == 1 { n = NF } NF != n { exit 1 }' $log
  done
  for i in 1 2 3 4 5 6 7 8; do printf 'x\ta b\ny\tc d\n'; done | vocab --labels > labelled.bin
  rnn-train -q --task classify --hidden 4 --epochs 1 --valid-share 0.2 --log d labelled.bin > /dev/null
  awk -F'\t' 'NR > 1 && $8 != "-" { found = $9 == "-" || ($9 > 0 && $9 <= 1) } END { exit !found }' d
}

@test "the logs of crf-train and hmm-train begin as that of rnn-train" {
  cd "$BATS_TEST_TMPDIR"
  printf 'the D\ndog N\nbites V\n\nthe D\nman N\nsleeps V\n' > tagged
  cut -d' ' -f1 tagged | tr '\n' ' ' | vocab > ids.bin
  crf-train -q --log crf tagged > x
  crf-train -q --log perceptron --method perceptron tagged > x
  hmm-train -q --states 2 --log hmm ids.bin > x
  rnn-train -q --hidden 2 --epochs 1 --log rnn ids.bin > x
  for log in crf perceptron hmm rnn; do
    awk -F'\t' 'NR == 1 { columns = NF; for (i = 1; i <= 7; i++) printf "%s ", $i; next }
      NF != columns || $1 != NR - 1 || $1 < 1 || $2 < 1 || $3 < 0 || $4 % 6 { exit 1 }' $log > first
    echo "$log: $(cat first)"
    [ "$(cat first)" = "step epoch seconds tokens tokens_per_second rate loss " ]
    [ $log = rnn ] || ts-plot $log > x.svg
  done
}
