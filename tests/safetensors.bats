# safetensors: compared with a reader and a writer made from its specification.

bats_require_minimum_version 1.5.0

setup() {
  cd "$BATS_TEST_TMPDIR"
  cat > st.py <<'END'
import json, struct, sys

SIZES = {"I8": "b", "U8": "B", "BOOL": "B", "I32": "i", "I64": "q", "F32": "f", "F64": "d", "F16": "e", "BF16": "H"}

def write(path, tensors, metadata=None, pad=0):
    header, data = {}, b""
    if metadata:
        header["__metadata__"] = metadata
    for name, (dtype, shape, values) in tensors.items():
        begin = len(data)
        data += struct.pack("<%d%s" % (len(values), SIZES[dtype]), *values)
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [begin, len(data)]}
    text = json.dumps(header).encode() + b" " * pad
    open(path, "wb").write(struct.pack("<Q", len(text)) + text + data)

def read(path):
    raw = open(path, "rb").read()
    (n,) = struct.unpack_from("<Q", raw)
    header, data = json.loads(raw[8:8 + n]), raw[8 + n:]
    tensors, at = {}, 0
    for name, e in sorted(header.items(), key=lambda item: item[1]["data_offsets"]):
        begin, end = e["data_offsets"]
        assert begin == at, "a hole"
        at = end
        code = SIZES[e["dtype"]]
        tensors[name] = e["dtype"], e["shape"], list(struct.unpack("<%d%s" % ((end - begin) // struct.calcsize(code), code), data[begin:end]))
    assert at == len(data) and (8 + n) % 8 == 0
    return tensors
END
}

@test "safetensors: every type and shape comes back, to the last bit" {
  python3 - <<'END'
import random, st
r = random.Random(7)
t = {"a.weight": ("F32", [2, 3], [r.random() for _ in range(6)]), "half": ("F16", [4], [1, -2.5, 65504, 0]),
     "brain": ("BF16", [1, 2], [0x3f80, 0xc000]), "double": ("F64", [], [3.14]), "bytes": ("U8", [3], [0, 7, 255]),
     "small": ("I8", [2, 1, 2], [-128, 127, 0, 1]), "int": ("I32", [2], [-2**31, 2**31 - 1]),
     "long": ("I64", [1], [2**62]), "nothing": ("F32", [0, 5], []), 'quote"d': ("F32", [1], [1])}
st.write("a.safetensors", t, {"format": "pt", "note": "x\\y \u00e9"}, 5)
END
  ts-convert --from safetensors a.safetensors > a.bin
  ts-check a.bin
  ts-convert --to safetensors a.bin > b.safetensors
  cat a.safetensors | ts-convert --no-history --from safetensors | cmp - <(ts-convert --no-history --from safetensors a.safetensors)
  python3 -c 'import st
a, b = st.read("b.safetensors"), None
import json, struct
raw = open("a.safetensors", "rb").read(); (n,) = struct.unpack_from("<Q", raw)
header = json.loads(raw[8:8 + n]); del header["__metadata__"]
assert set(a) == set(header)
for name, e in header.items():
    begin, end = e["data_offsets"]; code = st.SIZES[e["dtype"]]
    want = list(struct.unpack("<%d%s" % ((end - begin) // struct.calcsize(code), code), raw[8 + n + begin:8 + n + end]))
    assert a[name] == (e["dtype"], e["shape"], want), name'
}

@test "safetensors: one tensor of several, with words; those there are" {
  python3 -c 'import st
st.write("e", {"emb.weight": ("F32", [2, 2], [1, 2, 3, 4]), "other": ("I64", [1], [5])})'
  printf 'ant\nbee\n' > words
  ts-convert --from safetensors --tensor emb.weight --words words e > emb.bin
  [ "$(ts-convert --to tsv --tensor emb.weight emb.bin)" = $'ant\t1\t2\nbee\t3\t4' ]
  run -1 ts-convert --from safetensors --tensor emb e -o out
  [ "$output" = "ts-convert: e: no tensor 'emb'; there are emb.weight, other" ]
  run -1 ts-convert --from safetensors --words words e -o out
  [[ $output = *"words for which tensor's rows? "* ]]
  printf 'a b\n' | vocab > ids.bin
  [ "$(ts-convert --to safetensors ids.bin | ts-convert --no-history --from safetensors | ts-info | grep -c '^  [a-z]')" = 3 ]
}

@test "safetensors: what is damaged or cut is refused" {
  python3 -c 'import st
st.write("a", {"x": ("F32", [2, 2], [1, 2, 3, 4]), "y": ("F32", [1], [5])})'
  size=$(wc -c < a)
  for n in 0 5 8 9 40 $((size - 1)) $((size - 21)); do
    head -c "$n" a > cut
    run ts-convert --from safetensors cut -o out
    [ "$status" -ge 3 ] && [ ! -e out ]
  done
  { cat a; printf x; } > long
  run -4 ts-convert --from safetensors long -o out
  [[ $output = *"data behind the last tensor"* ]]
  refused() { # PATTERN, header on standard input
    python3 -c 'import struct, sys
text = sys.stdin.buffer.read().rstrip(b"\n"); sys.stdout.buffer.write(struct.pack("<Q", len(text)) + text + bytes(64))' > bad
    run ts-convert --from safetensors bad -o out
    echo "$output"
    [[ $status -ne 0 && $output = *"$1"* ]] && [ ! -e out ]
  }
  refused 'an extent that does not fit the shape' <<< '{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,64]}}'
  refused 'does not begin where' <<< '{"x":{"dtype":"U8","shape":[60],"data_offsets":[4,64]}}'
  refused "elements of type F8_E4M3" <<< '{"x":{"dtype":"F8_E4M3","shape":[64],"data_offsets":[0,64]}}'
  refused 'more numbers than' <<< '{"x":{"dtype":"U8","shape":[1,1,1,1,1,1,64],"data_offsets":[0,64]}}'
  refused 'not one dtype, one shape' <<< '{"x":{"dtype":"U8","data_offsets":[0,64]}}'
  refused 'longer than the 39 bytes' <<< '{"model.layers.0.self_attention.query_projection.weight":{"dtype":"U8","shape":[64],"data_offsets":[0,64]}}'
  refused 'a string without end' <<< '{"x'
  refused 'something behind' <<< '{} {}'
  refused 'an impossible number' <<< '{"x":{"dtype":"U8","shape":[99999999999999999999],"data_offsets":[0,64]}}'
}
