# The pages: what they show is what the programs do.

bats_require_minimum_version 1.5.0

setup() {
  man=$BATS_TEST_DIRNAME/../man
  cd "$BATS_TEST_TMPDIR"
}

# What stands in tensor-stream(5) between the lines "begin $1" and "end $1", without its roff.
from_page() {
  sed -n '/^\.\\" begin '"$1"'/,/^\.\\" end '"$1"'/{/^\./d;s/\\e/\\/g;s/\\-/-/g;p;}' \
    "$man/tensor-stream.5"
}

# The bytes of the hex dump, to standard output; fails where an offset is wrong.
bytes_of_dump() {
  from_page dump | python3 -c '
import re, sys
data = bytearray()
for line in sys.stdin:
    offset, run, listed = re.match(r"([0-9a-f]{4})  (?:00 x (\d+)|((?: ?[0-9a-f]{2})+))  ", line).groups()
    assert int(offset, 16) == len(data), line
    data += bytes(int(run)) if run else bytes.fromhex(listed)
sys.stdout.buffer.write(data)'
}

@test "tensor-stream(5): the hex dump is what the programs write" {
  bytes_of_dump > dump.bin
  [ "$(wc -c < dump.bin)" -eq 576 ]
  ts-check dump.bin
  ts-cat dump.bin | cmp - dump.bin
  run -0 ts-info dump.bin
  echo "$output"
  [[ $output = *"vocab "*"string (2) "*": Paris café ..."* ]]
  [[ $output = *"embedding "*"f32 "*"(2, 2) "*": 1 -0.5 0.25 3 ..."* ]]
}

@test "tensor-stream(5): the reader reads the dump" {
  from_page reader > reader.py
  bytes_of_dump > dump.bin
  python3 reader.py < dump.bin > read
  cat > expected <<'END'
vocab string [2] b'Paris' b'caf\xc3\xa9'
embedding f32 [2, 2] 1.0 -0.5 0.25 3.0
END
  diff read expected
}

# A stream that Python wrote (tensor_stream.py), from the tables of the page alone.
make_stream() {
  python3 "$BATS_TEST_DIRNAME/tensor_stream.py" "$1"
}

@test "tensor-stream(5): the reader knows every type, slices, and compression" {
  from_page reader > reader.py
  cat > expected <<'END'
scalar f64 [] 0.5
i8 i8 [3] -128 0 127
u8 u8 [1, 3] 0 1 255
i32 i32 [2, 1, 1] -2147483648 2147483647
i64 i64 [1, 1, 1, 2] -9223372036854775808 9223372036854775807
f16 f16 [1, 1, 2, 1, 1] 1.5 -65504.0
bf16 bf16 [1, 1, 1, 1, 1, 1] 1.5
f32 f32 [40] 0.0 0.125 0.25 0.375
a i32 [3, 2] 1 2 3 4
b f32 [1] 7.0
empty f32 [0, 5]
strings string [5] b'' b'the' b'a\x00b' b'\xff'
END
  make_stream everything | python3 reader.py | diff - expected
  make_stream deflated | python3 reader.py | diff - expected
  # ts-cat closes what comes in slices at the end of all.
  make_stream everything | ts-cat | python3 reader.py | diff - expected
  make_stream everything | ts-cat -z 9 | python3 reader.py | diff - expected
}

@test "tensor-stream(5): the reader reads what vocab writes, deflated or not" {
  from_page reader > reader.py
  printf 'to be or not\nto be\n' | vocab > ids.bin
  run -0 python3 reader.py < ids.bin
  echo "$output"
  [[ $output = *"vocab string [5] b'UNKNOWN_TOKEN' b'be' b'to' b'not'"* ]]
  [[ $output = *"counts i64 [5] 0 2 2 1"* ]]
  [[ $output = *"ids i32 [6] 2 1 4 3"* ]]
  [[ $output = *"lengths i32 [2] 4 2"* ]]
  seq 1000 | vocab > ids.bin
  ts-cat -z 6 ids.bin > small.bin
  [ "$(wc -c < small.bin)" -lt "$(wc -c < ids.bin)" ]
  python3 reader.py < ids.bin | sort > plain
  python3 reader.py < small.bin | sort > deflated
  diff plain deflated
}

@test "tensor-stream(5): the reader refuses every cut and every changed bit" {
  from_page reader > reader.py
  bytes_of_dump > dump.bin
  make_stream everything > all.bin
  make_stream deflated > deflated.bin
  cat > try.py <<'END'
import io, sys, reader

def accepts(data):
    try:
        reader.read(io.BytesIO(data))
    except ValueError:
        return False
    return True

for path in sys.argv[1:]:
    with open(path, "rb") as file:
        whole = file.read()
    assert accepts(whole)
    assert not accepts(whole + b"\0") and not accepts(whole + whole)
    for i in range(len(whole)):
        assert not accepts(whole[:i]), f"{path} cut at {i}"
        for bit in range(8):
            changed = bytes([whole[i] ^ 1 << bit])
            assert not accepts(whole[:i] + changed + whole[i + 1:]), (path, i, bit)
END
  python3 try.py dump.bin all.bin deflated.bin
}

@test "tensor-stream(5): the reader refuses a stream whose writer failed" {
  from_page reader > reader.py
  make_stream failed > failed.bin
  run -1 python3 reader.py < failed.bin
  [[ $output = *"its writer failed"* ]]
}

@test "wordpipe(7): the examples do what the page says" {
  # Commands begin with "$ " and go on where a line begins with four spaces.
  sed -n '/^\.\\" run/,/^\.\\" ran/{/^\./d;s/\\(aq/'"'"'/g;s/\\(dq/"/g;s/\\-/-/g;s/\\e/\\/g;p;}' \
    "$man/wordpipe.7" > page
  sed -n 's/^\$ //p;/^    /p' page > commands
  sed '/^\$ /d;/^    /d' page > expected
  [ "$(wc -l < expected)" -ge 5 ]
  bash -e -o pipefail commands > got
  diff expected got
}

@test "wordpipe(7): a pipeline that broke leaves nothing that reads as whole" {
  seq 10000 | vocab > ids.bin
  half=$(($(wc -c < ids.bin) / 2))
  run -3 bash -c "head -c $half ids.bin | ts-cat | ts-cat -z 1 > broken.bin"
  echo "$output"
  [ -s broken.bin ]
  run -3 ts-check broken.bin
  [[ $output = *"the program that wrote this failed"* ]]
}

@test "wordpipe(7): parts that were counted apart and merged are the whole" {
  seq 1000 | awk '{ print $1 % 7, $1 % 13, $1 }' > text
  split -n l/3 text part.
  for part in part.a?; do vocab -o "$part.bin" "$part"; done
  vocab --top 30 text > whole.bin
  vocab --merge --top 30 part.a?.bin | cmp - whole.bin
}

@test "wordpipe(7), README: every program is in the tables, every page is there" {
  [ -n "$PROGRAMS" ]
  for program in $PROGRAMS wordpipe; do
    grep -q "^\.It Xr $program 1 " "$man/wordpipe.7" || { echo "wordpipe.7: $program"; false; }
    grep -q "^| \`$program\` |" "$man/../README.md" || { echo "README.md: $program"; false; }
    [ -f "$man/$program.1" ] || { echo "man/$program.1"; false; }
  done
}
