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

# Every type, a scalar, an empty tensor, slices that take turns: written from the tables of the
# page alone.
write_all_types() {
  python3 - <<'END'
import struct, sys, zlib

out = bytearray(b"\x89TST\r\n\x1a\n" + struct.pack("<HH48x", 1, 0))
out += struct.pack("<I", zlib.crc32(out))
records = 0

def put(name, kind, dims, data, first=0, more=0):
    global out, records
    head = struct.pack("<4s4B9Q40sI", b"TREC", kind, len(dims), 0, more, len(data), len(data),
        first, *dims, *[0] * (6 - len(dims)), name, zlib.crc32(data))
    out += head + struct.pack("<I", zlib.crc32(head)) + data + bytes(-len(data) % 64)
    records += 1

put(b"i8", 1, [2], struct.pack("<2b", -128, 127))
put(b"u8", 2, [2], struct.pack("<2B", 0, 255))
put(b"i32", 3, [1, 2], struct.pack("<2i", -2**31, 2**31 - 1), more=1)
put(b"i64", 4, [2, 1], struct.pack("<2q", -2**63, 2**63 - 1), more=1)
put(b"i32", 3, [1, 2], struct.pack("<2i", 5, 6), first=1, more=1)
put(b"i64", 4, [0, 1], b"", first=2)
put(b"i32", 3, [0, 2], b"", first=2)
put(b"f16", 5, [2], struct.pack("<2e", 0.5, -65504))
put(b"bf16", 6, [2], bytes.fromhex("803fc0c0"))
put(b"f32", 7, [], struct.pack("<f", 0.25))
put(b"f64", 8, [1, 1, 1, 1, 1, 2], struct.pack("<2d", 1e300, -0.0))
put(b"string", 9, [3], struct.pack("<3I", 1, 0, 2) + b"a" + b"\0\xff")
put(b"none", 9, [0], b"")
end = struct.pack("<4s4x2Q100x", b"TEND", records, len(out))
sys.stdout.buffer.write(out + end + struct.pack("<I", zlib.crc32(end)))
END
}

@test "tensor-stream(5): the reader and the programs agree on every type" {
  from_page reader > reader.py
  write_all_types > all.bin
  ts-check all.bin
  ts-cat all.bin > again.bin
  ts-diff all.bin again.bin
  python3 reader.py < all.bin > read
  python3 reader.py < again.bin | sort > read-again
  cat > expected <<'END'
i8 i8 [2] -128 127
u8 u8 [2] 0 255
i32 i32 [2, 2] -2147483648 2147483647 5 6
i64 i64 [2, 1] -9223372036854775808 9223372036854775807
f16 f16 [2] 0.5 -65504.0
bf16 bf16 [2] 1.0 -6.0
f32 f32 [] 0.25
f64 f64 [1, 1, 1, 1, 1, 2] 1e+300 -0.0
string string [3] b'a' b'' b'\x00\xff'
none string [0]
END
  diff read expected
  sort expected | diff read-again -
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
  write_all_types > all.bin
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
  python3 try.py dump.bin all.bin
}

@test "tensor-stream(5): the reader refuses a stream whose writer failed" {
  from_page reader > reader.py
  bytes_of_dump > dump.bin
  head -c 500 dump.bin > cut.bin
  run -3 bash -c 'ts-cat cut.bin > failed.bin'
  run -1 python3 reader.py < failed.bin
  [[ $output = *"its writer failed"* ]]
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
  for program in $PROGRAMS; do
    grep -q "^\.It Xr $program 1 " "$man/wordpipe.7" || { echo "wordpipe.7: $program"; false; }
    grep -q "^| \`$program\` |" "$man/../README.md" || { echo "README.md: $program"; false; }
    [ -f "$man/$program.1" ] || { echo "man/$program.1"; false; }
  done
}
