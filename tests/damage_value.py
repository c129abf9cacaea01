"""Give one number of a tensor in a stream another value, with sound checksums.

    damage_value.py STREAM TENSOR ELEMENT VALUE > damaged
"""

import struct
import sys
import zlib

path, tensor, element, value = sys.argv[1:5]
kinds = {1: "b", 2: "B", 3: "i", 4: "q", 5: "e", 6: "H", 7: "f", 8: "d"}
data = bytearray(open(path, "rb").read())
at, seen = 64, 0
while data[at:at + 4] == b"TREC":
    kind = data[at + 4]
    (stored,) = struct.unpack_from("<Q", data, at + 8)
    if data[at + 80:at + 120].rstrip(b"\0") == tensor.encode():
        size = struct.calcsize("<" + kinds[kind])
        count = stored // size
        if seen <= int(element) < seen + count:
            number = float(value) if kinds[kind] in "efd" else int(value)
            struct.pack_into("<" + kinds[kind], data, at + 128 + (int(element) - seen) * size, number)
            struct.pack_into("<I", data, at + 120, zlib.crc32(data[at + 128:at + 128 + stored]))
            struct.pack_into("<I", data, at + 124, zlib.crc32(data[at:at + 124]))
        seen += count
    at += 128 + stored + -stored % 64
sys.stdout.buffer.write(data)
