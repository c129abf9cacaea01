"""Tensor streams written with nothing but Python's standard library.

Independent of the C code, from the byte table in tensor-stream(5): what the tests compare
the programs with.  As a program it makes the streams that the tests use:

    tensor_stream.py KIND > file
"""

import struct
import sys
import zlib

TYPES = {"i8": (1, "b"), "u8": (2, "B"), "i32": (3, "i"), "i64": (4, "q"), "f16": (5, "e"),
         "bf16": (6, "H"), "f32": (7, "f"), "f64": (8, "d"), "string": (9, None)}


def seal(head):
    return head + struct.pack("<I", zlib.crc32(head))


def signature():
    return seal(b"\x89TST\r\n\x1a\n" + struct.pack("<HH", 1, 0) + bytes(48))


def payload_of(kind, values):
    if kind == "string":
        encoded = [v if isinstance(v, bytes) else v.encode() for v in values]
        return b"".join(struct.pack("<I", len(v)) for v in encoded) + b"".join(encoded)
    return struct.pack("<%d%s" % (len(values), TYPES[kind][1]), *values)


def record(name, kind, shape, values, first=0, more=False, level=0):
    payload = payload_of(kind, values)
    stored = zlib.compress(payload, level) if level else payload
    head = b"TREC" + struct.pack("<BBBB", TYPES[kind][0], len(shape), 1 if level else 0, more)
    head += struct.pack("<QQQ", len(stored), len(payload), first)
    head += struct.pack("<6Q", *shape, *[0] * (6 - len(shape)))
    head += name.encode().ljust(40, b"\0") + struct.pack("<I", zlib.crc32(stored))
    return seal(head) + stored + bytes(-len(stored) % 64)


def end(records, size, failed=False, reason=b""):
    head = b"TEND" + struct.pack("<B3xQQ", failed, records, size) + reason.ljust(100, b"\0")
    return seal(head)


def stream(*records):
    body = signature() + b"".join(records)
    return body + end(len(records), len(body))


def strings(name, values):
    return record(name, "string", [len(values)], values)


def corpus(words, counts, batches, history=None):
    """What vocab writes: vocabulary, counts, sentences as ids."""
    records = [strings("history", history)] if history else []
    records += [strings("vocab", words), record("counts", "i64", [len(counts)], counts)]
    ids = lengths = 0
    for sentences in batches + [[]]:
        more = bool(sentences)
        flat = [i for s in sentences for i in s]
        records.append(record("ids", "i32", [len(flat)], flat, ids, more))
        sizes = [len(s) for s in sentences]
        records.append(record("lengths", "i32", [len(sizes)], sizes, lengths, more))
        ids += len(flat)
        lengths += len(sizes)
    return stream(*records)


def matrix(words, cells, shape=None, name="cooc", kind="f64"):
    """What cooc writes: vocabulary, counts, cells (row, column, value) in two slices."""
    records = [strings("vocab", words),
               record("counts", "i64", [len(words)], [10 - i for i in range(len(words))])]
    half = (len(cells) + 1) // 2
    for first, some in (0, cells[:half]), (half, cells[half:]):
        for part, column in ("row", 0), ("col", 1), ("value", 2):
            records.append(record(f"{name}.{part}", kind if column == 2 else "i32", [len(some)],
                                  [cell[column] for cell in some], first, first == 0 < half))
        if first == half == 0:
            break
    shape = shape or [len(words)] * 2
    return stream(*records, record(f"{name}.shape", "i64", [2], shape))


def embedding(words=("the", "cat", "sat", "mat"), dim=3, shift=0.0, kind="f32", level=0):
    rows = [((i * 7 + d * 3) % 11 - 5) / 4 + shift for i in range(len(words)) for d in range(dim)]
    return stream(strings("vocab", words),
                  record("counts", "i64", [len(words)], [10 - i for i in range(len(words))]),
                  record("embedding", kind, [len(words), dim], rows, level=level))


def gradients(norms, threshold, groups=("layer0.forward.recurrent", "output.weight")):
    """What rnn-train --gradients writes; the first group has 0.6 of the norm, the other 0.8."""
    n = len(norms)
    cut = [min(x, threshold) if threshold and x == x else x for x in norms]
    return stream(
        strings("gradients.names", groups),
        record("gradients.threshold", "f64", [], [threshold]),
        record("gradients.step", "i64", [n], [i + 1 for i in range(n)]),
        record("gradients.norm", "f32", [n], norms),
        record("gradients.clipped", "f32", [n], cut),
        record("gradients.loss", "f32", [n], [4 - 2 * i / n for i in range(n)]),
        record("gradients.groups", "f32", [n, 2], [x * y for x in norms for y in (0.6, 0.8)]))


def everything(level=0):
    return stream(
        record("scalar", "f64", [], [0.5]),
        record("i8", "i8", [3], [-128, 0, 127], level=level),
        record("u8", "u8", [1, 3], [0, 1, 255]),
        record("i32", "i32", [2, 1, 1], [-2**31, 2**31 - 1]),
        record("i64", "i64", [1, 1, 1, 2], [-2**63, 2**63 - 1]),
        record("f16", "f16", [1, 1, 2, 1, 1], [1.5, -65504]),
        record("bf16", "bf16", [1, 1, 1, 1, 1, 1], [0x3fc0]),
        record("f32", "f32", [40], [i / 8 for i in range(40)], level=level),
        record("a", "i32", [1, 2], [1, 2], 0, True),
        record("b", "f32", [1], [7.0], 0, True),
        record("a", "i32", [2, 2], [3, 4, 5, 6], 1, True),
        record("b", "f32", [0], [], 1),
        record("a", "i32", [0, 2], [], 3),
        record("empty", "f32", [0, 5], []),
        strings("strings", ["", "the", "a\0b", b"\xff", "\u20ac"]))


KINDS = {
    "golden": lambda: stream(strings("vocab", ["Paris", "caf\u00e9"]),
                             record("embedding", "f32", [2, 2], [1, -0.5, 0.25, 3])),
    "everything": everything,
    "deflated": lambda: everything(9),
    "empty": stream,
    "embedding": embedding,
    "shifted": lambda: embedding(shift=0.001),
    "deflated-embedding": lambda: embedding(dim=300, level=6),
    "corpus": lambda: corpus(["the", "cat"], [3, 1], [[[0, 1, 0]], [[0]]], ["vocab 0.1.0"]),
    "corpus2": lambda: corpus(["the", "cat"], [1, 2], [[[1], [0, 1]]], ["vocab 0.1.0 --top=2"]),
    "other-corpus": lambda: corpus(["the", "dog"], [1, 1], [[[1, 0]]]),
    "cooc": lambda: matrix(["the", "cat", "sat", "mat"],
                           [(i, j, 1 + (i + j) % 3 / 2) for i in range(4) for j in range(4)]),
    "gradients": lambda: gradients(
        [50.0 if i == 700 else 1 + i % 10 / 10 for i in range(1000)], 1.45),
    "no-gradients": lambda: gradients([float("nan")] * 3, 0),
    "failed": lambda: signature() + strings("vocab", ["the"]) +
              end(1, 64 + 192, True, b"vocab: input or output failed"),
    "hostile-names": lambda: stream(strings("history", ["\x1b[31m red", b"\xff\n"]),
                                    strings("x\x1b]0;title\x07", ["\x1b[2J"])),
}

if __name__ == "__main__":
    sys.stdout.buffer.write(KINDS[sys.argv[1]]())
