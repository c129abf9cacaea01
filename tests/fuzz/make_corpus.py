#!/usr/bin/env python3
"""Write the small files in tests/fuzz/corpus from which the fuzzers start.

    python3 tests/fuzz/make_corpus.py

The same files every time.  What a fuzzer finds is added beside them, by hand, under a name that
says what was wrong.
"""

import gzip
import os
import struct
import sys
import zlib

here = os.path.dirname(os.path.abspath(__file__))
sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(here, ".."))
import tensor_stream as ts  # noqa: E402


def put(kind, name, data):
    directory = os.path.join(here, "corpus", kind)
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "wb") as f:
        f.write(data)


def resealed(data, at, value):
    """The stream with bytes at `at` of its first record header replaced, checksum right."""
    head = bytearray(data[64:192])
    head[at:at + len(value)] = value
    head[124:] = struct.pack("<I", ts.zlib.crc32(head[:124]))
    return data[:64] + bytes(head) + data[192:]


def streams():
    for name in ts.KINDS:
        if name != "deflated-embedding":
            put("stream", name, ts.KINDS[name]())
    whole = ts.corpus(["a"], [1], [[[0]]])
    put("stream", "joined", whole + whole)
    for n in (0, 5, 64, 100, 300, len(whole) - 1):
        put("stream", "cut-%d" % n, whole[:n])
    small = ts.stream(ts.record("x", "f32", [2, 2], [1, 2, 3, 4]))
    packed = ts.stream(ts.record("x", "f32", [64], [0.0] * 64, level=9))
    q = lambda n: struct.pack("<Q", n)
    put("stream", "huge-dims", resealed(small, 32, q(2**60) + q(2**60)))
    put("stream", "huge-rows", resealed(small, 8, q(2**42) * 2 + q(0) + q(2**40) + q(1)))
    put("stream", "huge-decoded", resealed(packed, 16, q(2**42) + q(0) + q(2**40)))
    put("stream", "small-decoded", resealed(packed, 16, q(16) + q(0) + q(4)))
    put("stream", "huge-strings", resealed(ts.stream(ts.strings("s", ["a", "b"])), 32, q(2**40)))
    put("stream", "string-lengths", ts.stream(ts.strings("s", ["ab", "c"])).replace(
        b"\2\0\0\0\1\0\0\0", b"\xff\xff\xff\xff\1\0\0\0"))
    put("stream", "missing-slice", ts.stream(
        ts.record("a", "i8", [1], [1], 0, True), ts.record("a", "i8", [1], [1], 2)))
    put("stream", "open-slice", ts.stream(ts.record("a", "i8", [1], [1], 0, True)))
    put("stream", "twice", ts.stream(ts.record("a", "i8", [1], [1]), ts.record("a", "i8", [1], [1])))
    put("stream", "nan", ts.stream(ts.record("x", "f32", [3], [float("nan"), float("inf"), -0.0])))
    put("stream", "counts", ts.stream(ts.record("counts", "i64", [2], [2**63 - 1, -2**63])))


def inputs():
    text = b"".join(b"line %d of some text\n" % i for i in range(200))
    pack = lambda data: gzip.compress(data, 9, mtime=0)
    put("input", "text", text)
    put("input", "no-newline", b"a\nb")
    put("input", "empty", b"")
    put("input", "one-magic-byte", b"\x1f")
    put("input", "magic", b"\x1f\x8b")
    put("input", "gzip", pack(text))
    put("input", "members", pack(b"") + pack(text) + pack(b"x"))
    put("input", "gzip-cut", pack(text)[:100])
    put("input", "gzip-tail", pack(text) + b"tail")
    put("input", "gzip-sum", pack(text)[:-5] + b"\0\0\0\0\0")
    put("input", "gzip-zeros", pack(bytes(100000)))


def npy(descr, shape, data, order="False", version=(1, 0)):
    head = ("{'descr': '%s', 'fortran_order': %s, 'shape': %s, }" % (descr, order, shape)).encode()
    size = 2 if version[0] == 1 else 4
    head += b" " * (-(8 + size + len(head) + 1) % 64) + b"\n"
    return (b"\x93NUMPY" + bytes(version) + struct.pack("<H" if size == 2 else "<I", len(head)) +
            head + data)


def arrays():
    numbers = struct.pack("<6f", 1, 2, 3, 4, 5, 6)
    put("npy", "f4", npy("<f4", "(2, 3)", numbers))
    put("npy", "fortran", npy("<f4", "(2, 3)", numbers, "True"))
    put("npy", "big-endian", npy(">i2", "(2,)", b"\0\1\0\2"))
    put("npy", "big-f8", npy(">f8", "(1,)", struct.pack(">d", 1.5)))
    put("npy", "scalar", npy("<f8", "()", struct.pack("<d", 0.5)))
    put("npy", "empty", npy("<i8", "(0, 4)", b""))
    put("npy", "bool", npy("|b1", "(3,)", b"\0\1\1"))
    put("npy", "version-2", npy("<f2", "(2,)", b"\0\x3c\0\xc0", version=(2, 0)))
    put("npy", "version-3", npy("|u1", "(1, 1, 1, 1, 1, 1)", b"\7", version=(3, 0)))
    put("npy", "rank-7", npy("|u1", "(1, 1, 1, 1, 1, 1, 1)", b"\7"))
    put("npy", "unicode", npy("<U3", "(1,)", bytes(12)))
    put("npy", "records", npy("<f4", "(1,)", b"\0" * 4).replace(b"'<f4'", b"[('a', '<f4')]"))
    put("npy", "huge", npy("<f4", "(4611686018427387904, 4)", numbers))
    put("npy", "negative", npy("<f4", "(-1,)", numbers))
    put("npy", "cut", npy("<f4", "(2, 3)", numbers)[:-3])
    put("npy", "more", npy("<f4", "(2, 3)", numbers + b"x"))
    put("npy", "no-shape", npy("<f4", "(2, 3)", numbers).replace(b"shape", b"shapf"))
    put("npy", "no-header", b"\x93NUMPY\1\0\xff\xff{")


def vectors():
    row = lambda word, *x: word + b" " + struct.pack("<%df" % len(x), *x)
    text, binary, table = b"\0", b"\1", b"\x68"  # what fuzz_word_vectors takes from the first byte
    put("word_vectors", "word2vec", text + b"2 3\nthe 1 2 3\ncat 0.5 -1e-3 nan\n")
    put("word_vectors", "glove", text + b"the 1 2 3\ncat 4 5 6\n")
    put("word_vectors", "trailing-space", text + b"2 2\nthe 1 2 \ncat 4 5 \r\n")
    put("word_vectors", "spaces-in-words", text + b". . . 1 2\nat name@domain.com 3 4\n")
    put("word_vectors", "numbers-as-words", text + b"\n1 2 3\n2 3 4\n")
    put("word_vectors", "not-utf8", text + b"1 1\n\xff\xfe 1\n")
    put("word_vectors", "few-rows", text + b"5 2\nthe 1 2\n")
    put("word_vectors", "huge-header", text + b"4611686018427387904 4611686018427387904\na 1\n")
    put("word_vectors", "ragged", text + b"the 1 2\ncat 3\n")
    put("word_vectors", "not-numbers", text + b"the x y\n")
    put("word_vectors", "binary", binary + b"2 2\n" + row(b"the", 1, 2) + b"\n" + row(b"cat", 3, 4) + b"\n")
    put("word_vectors", "binary-no-lf", binary + b"2 2\n" + row(b"the", 1, 2) + row(b"cat", 3, 4))
    put("word_vectors", "binary-cut", binary + b"2 2\n" + row(b"the", 1, 2)[:-1])
    put("word_vectors", "binary-huge", binary + b"999999999999 999999999\nthe ")
    put("word_vectors", "binary-top", b"\5" + b"3 1\n" + row(b"a", 1) + b"\n" + row(b"b", 2) + b"\n" + row(b"c", 3))
    put("word_vectors", "table", table + b"1\t2\n3\t4e5\n")
    put("word_vectors", "table-words", b"\x69" + b"the\t1\nc\\st\t2\n")
    put("word_vectors", "table-integers", b"\x38" + b"1\t-9223372036854775808\n2\t9223372036854775807\n")
    put("word_vectors", "table-bytes", b"\x08" + b"127\n-128\n200\n")
    put("word_vectors", "empty", b"")


def formats():
    def fasttext(words, minn=2, maxn=3, buckets=5, quantized=0, cut=None):
        rows = len(words) + (buckets if maxn else 0)
        data = struct.pack("<2i12id3i2q", 793712314, 12, 2, 5, 1, 1, 5, 1, 2, 2, buckets, minn, maxn, 100, 1e-4,
                           len(words), len(words), 0, 9, -1)
        data += b"".join(word + b"\0" + struct.pack("<qb", 3, 0) for word in words)
        data += struct.pack("<B2q", quantized, rows, 2) + struct.pack("<%df" % (2 * rows), *range(2 * rows))
        return b"fasttext\n" + data[:cut]
    put("formats", "fasttext", fasttext([b"</s>", b"the", b"m\xc3\xbcller"]))
    put("formats", "fasttext-plain", fasttext([b"a", b"b"], maxn=0))
    put("formats", "fasttext-cut", fasttext([b"a", b"b"], cut=150))
    put("formats", "fasttext-quantized", fasttext([b"a"], quantized=1))
    put("formats", "fasttext-twice", fasttext([b"a", b"a"]))
    put("formats", "csv", b"csv\nx,y\n1,2\n3,4\n")
    put("formats", "csv-quotes", b'csv\n"a ""b""";c\r\n"1";2\r\n\r\n3;"4"')
    put("formats", "csv-open-quote", b'csv\nx,y\n1,"2\n3,4\n')
    put("formats", "csv-ragged", b"csv\nx,y\n1,2,3\n")
    put("formats", "csv-numbers", b"csv\n1,2\n3,4\n")
    for name, text in (("x", b'{"x":{"dtype":"F32","shape":[2,1],"data_offsets":[0,8]}}'),
                       ("two", b'{"__metadata__":{"a":"b\\n"}, "y":{"shape":[],"dtype":"F64","data_offsets":[8,16]},'
                               b'"x":{"dtype":"I8","shape":[8],"data_offsets":[0,8]}}'),
                       ("hole", b'{"x":{"dtype":"U8","shape":[4],"data_offsets":[4,8]}}'),
                       ("deep", b"{" * 60)):
        put("formats", "safetensors-" + name,
            b"safetensors\n" + struct.pack("<Q", len(text)) + text + bytes(16 if name == "two" else 8))
    import io, zipfile
    for name, method in (("stored", zipfile.ZIP_STORED), ("deflated", zipfile.ZIP_DEFLATED)):
        archive = io.BytesIO()
        with zipfile.ZipFile(archive, "w", method) as z:
            when = zipfile.ZipInfo("x.npy")
            when.compress_type = method
            z.writestr(when, npy("<f4", "(2, 3)", struct.pack("<6f", 1, 2, 3, 4, 5, 6)))
            when = zipfile.ZipInfo("w.npy")
            when.compress_type = method
            z.writestr(when, npy("<U3", "(2,)", "the".encode("utf-32-le") + "a\u00e9\0".encode("utf-32-le")))
        put("formats", "npz-" + name, b"npz\n" + archive.getvalue())
        put("formats", "npz-cut-" + name, b"npz\n" + archive.getvalue()[:-30])
        put("formats", "npz-flipped-" + name, b"npz\n" + archive.getvalue().replace(b"\x93NUMPY", b"\x92NUMPY"))
    # zip64: all numbers beyond 32 bits, which stand in extra fields and in the end record of its own.
    data = npy("<f4", "(2,)", struct.pack("<2f", 1, 2))
    crc = zlib.crc32(data)
    extra = struct.pack("<HHQQQ", 1, 24, len(data), len(data), 0)
    local = struct.pack("<4s5HIIIHH", b"PK\3\4", 45, 0, 0, 0, 0x21, crc, 0xffffffff, 0xffffffff, 5, 20) + b"x.npy" \
        + struct.pack("<HHQQ", 1, 16, len(data), len(data)) + data
    central = struct.pack("<4s6HIIIHHHHHII", b"PK\1\2", 45, 45, 0, 0, 0, 0x21, crc, 0xffffffff, 0xffffffff, 5, 28,
                          0, 0, 0, 0, 0xffffffff) + b"x.npy" + extra
    at = len(local) + len(central)
    ends = struct.pack("<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 1, 1, len(central), len(local)) \
        + struct.pack("<4sIQI", b"PK\6\7", 0, at, 1) \
        + struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xffff, 0xffff, 0xffffffff, 0xffffffff, 0)
    put("formats", "npz-zip64", b"npz\n" + local + central + ends)
    put("formats", "npz-zip64-lacking", b"npz\n" + local + central.replace(b"\1\0\x18", b"\2\0\x18") + ends)
    put("formats", "csv-word", b'csv\nword,x1\na,1\n"b,",2\na,3\n')
    put("formats", "csv-number", b"csv\n1.5\n2\n")
    put("formats", "auto-conllu", b"auto\n# x\n1\tdo\t_\tAUX" + b"\t_" * 6 + b"\n")
    put("formats", "auto-conll", b"auto\n-DOCSTART- -X- O O\n\nEU NNP I B\n")
    put("formats", "auto-numbers", b"auto\n1\n2\n3\n")
    put("formats", "npz-empty", b"npz\nPK\5\6" + bytes(18))
    put("formats", "svmlight", b"svmlight\n+1 1:0.5 3:1e-3 # one\n\n-1 qid:3 2:-4\nx\n")
    put("formats", "svmlight-zero", b"svmlight\n2.5 0:1 7:0\n")
    put("formats", "svmlight-order", b"svmlight\n1 3:1 2:1\n")
    put("formats", "svmlight-far", b"svmlight\n1 2147483646:1\n1 99999999999:1\n")
    put("formats", "glove-cooc", b"glove-cooc\n" + struct.pack("<iidiid", 1, 2, .5, 2, 1, 1.5))
    put("formats", "glove-cooc-again", b"glove-cooc\n" + struct.pack("<iidiid", 2, 1, .5, 2, 1, 1.5))
    put("formats", "glove-cooc-cut", b"glove-cooc\n" + struct.pack("<iidii", 1, 2, .5, 2, 1))
    put("formats", "glove-cooc-zero", b"glove-cooc\n" + struct.pack("<iid", 0, 1, 1))
    put("formats", "conll", b"conll\n-DOCSTART- -X- O\n\nEU NNP B\n# SYM O\n\n\n1 000\tCD\tO\n")
    put("formats", "conll-cut", b"conll\nEU NNP B\ncalls VB")
    put("formats", "conllu", b"conllu\n# text = x\n1-2\tdon't" + b"\t_" * 8 + b"\n1\tdo\t_\tAUX" + b"\t_" * 6
        + b"\n2.1\tx" + b"\t_" * 8 + b"\n\n1\ty z" + b"\t_" * 8)
    put("formats", "conllu-cut", b"conllu\n1\tdo\t_\tAUX" + b"\t_" * 6 + b"\n2\tx\t_\tAUX")
    put("formats", "auto-glove", b"auto\nthe 0.5 1\ncat 2 3\n")
    put("formats", "auto-csv", b"auto\nx,y\n1,2\n")
    put("formats", "tsv", b"tsv\na\t1\t2\nb\t3\tnan\na\t1\t1\n")
    put("formats", "word2vec", b"word2vec\n2 3\nthe 1 2 3\ncat 0.5 -1e-3 4\n")
    put("formats", "glove", b"glove\n2 3\nthe 1 2 3\n")
    put("formats", "cells", b"cells\n0\t1\t2\n0\t1\t3\n1\t0\t-1\n")
    put("formats", "matrix-market",
        b"matrix-market\n%%MatrixMarket matrix coordinate real symmetric\n2 2 2\n2 1 3\n2 1 4\n")


def texts():
    some = "He left! \"Don't\", said Dr. A. B. Smith; it cost $3.50, e.g. 1,000.5 km/h.\r\n\n".encode()
    other = "label\tZ\u00fcrich na\u00efve \ufb01 e\u0301 \U0001f468\u200d\U0001f469 \u4e2d\u6587 \u0e44\u0e17\u0e22\u00a0x\\y\tz\n".encode()
    bad = b"\xef\xbb\xbfab\xff\xc3(\xe2\x82\0\x80 \xed\xa0\x80 \xf4\x90\x80\x80\n"
    for unit in range(6):
        put("tokenize", "unit-%d" % unit, bytes([unit, 0]) + some + other + bad)
        put("tokenize", "nfkc-lower-%d" % unit, bytes([unit + 12 + 64 + 128 & 0xff, 2]) + other + some)
    for name, flags in (("sentences", 1), ("markers", 3), ("labels", 4), ("keep-lines", 8),
                        ("no-newlines", 16), ("strict", 32)):
        put("tokenize", name, bytes([0, flags]) + other + b"l\t" + some + b"m\t" + bad)
        put("tokenize", name + "-chars", bytes([3, flags]) + other)
    put("tokenize", "columns", bytes([0, 64]) + b"# X O\n\nthe  DT\ta b\r\ncat\tNN\n-DOCSTART- -X-\na\\ B")
    put("tokenize", "conllu", bytes([0, 192]) + b"# text\n1-2\tdon't\n1\tdo\n2\tn't\n2.1\tx\n\n1\ty z\n")
    put("tokenize", "no-column", bytes([0, 64]) + b"a A\nb\t\n")
    put("tokenize", "long", bytes([0, 0]) + b"word " * 300 + b"x" * 700)


def counted():
    text, labelled, drop, a_list, merge, tagged = 0, 1, 2, 4, 8, 16  # bits of the first byte in fuzz_vocab
    put("vocab", "text", bytes([text]) + b"a b \\s a\\qb\tc\r\n\nSENTENCE_START " + b"long" * 9)
    put("vocab", "drop", bytes([drop]) + b"a UNKNOWN_TOKEN b a\n")
    put("vocab", "labelled", bytes([labelled]) + b"pos\ta b a\nneg or so\t\nb\tx")
    put("vocab", "no-label", bytes([labelled]) + b"pos\ta b a\nb x\n")
    put("vocab", "tagged", bytes([tagged | drop]) + b"A \\s\ta UNKNOWN_TOKEN\n\n\t\nB A\tb a")
    put("vocab", "few-tags", bytes([tagged]) + b"A\ta b\n")
    put("vocab", "no-tab", bytes([tagged]) + b"A\ta\nA B\n")
    put("vocab", "list", bytes([a_list]) + b"a\t3\nb 2\r\n\\s\t1\n")
    put("vocab", "merge", bytes([merge]) + ts.corpus(["a", "b"], [2, 1], [[[0, 1], [0]]]))
    put("vocab", "merge-twice", bytes([merge]) + 2 * ts.corpus(["a"], [1], [[[0]]]))
    put("vocab", "merge-list", bytes([merge]) + b"a\t3\n")


def pairs():
    shared, labelled, drop, target, merge, read, tokenize = 1, 2, 4, 8, 16, 32, 48  # bits in fuzz_pairs
    text = b"a b\tc\nd \\s\tSENTENCE_START e SENTENCE_END\r\nf\tg"
    put("pairs", "text", bytes([0]) + text)
    put("pairs", "shared", bytes([shared]) + text)
    put("pairs", "labelled", bytes([labelled]) + b"x\ta b\tc\ny\td\te\n")
    put("pairs", "drop", bytes([drop]) + text + b"\n\th\ni\t\n\nj\tk l m\na a a a a\tb b b\nx\ty\tz\n")
    put("pairs", "no-source", bytes([0]) + b"a\tb\n\tc\n")
    put("pairs", "no-tab", bytes([0]) + b"a\tb\nc\n")
    put("pairs", "no-label", bytes([labelled]) + b"\ta\tb\n")
    put("pairs", "target", bytes([target]) + b"a b\nc\n")
    put("pairs", "tokens", bytes([tokenize]) + b"\xef\xbb\xbfHe's, so.\tL'homme\r\n\t\nx\xff\ty")
    put("pairs", "tokens-labels", bytes([tokenize | labelled | shared | drop | target]) + b"x\tl'a\tb\n\ty\n\tz\tu\n")
    marked = lambda own: [ts.strings("target.vocab", ["SENTENCE_START", "SENTENCE_END", "x"])] if own else []
    def stream(own=True, target_ids=(0, 2, 1, 0, 1), target_lengths=(3, 2), labels=False, without=()):
        words = ["a", "b"] if own else ["SENTENCE_START", "SENTENCE_END", "a"]
        records = {
            "vocab": ts.strings("vocab", words), "counts": ts.record("counts", "i64", [len(words)], [1] * len(words)),
            "target.vocab": marked(own)[0] if own else b"",
            "target.counts": ts.record("target.counts", "i64", [3], [2, 2, 1]),
            "labels.vocab": ts.strings("labels.vocab", ["l"]) if labels else b"",
            "ids": ts.record("ids", "i32", [3], [0, 1, 1]), "lengths": ts.record("lengths", "i32", [2], [1, 2]),
            "labels": ts.record("labels", "i32", [2], [0, 0]) if labels else b"",
            "target.ids": ts.record("target.ids", "i32", [len(target_ids)], list(target_ids)),
            "target.lengths": ts.record("target.lengths", "i32", [len(target_lengths)], list(target_lengths))}
        return ts.stream(*[r for name, r in records.items() if r and name not in without])
    for name, flags in (("merge", merge), ("read", read)):
        put("pairs", name, bytes([flags]) + stream())
        put("pairs", name + "-shared", bytes([flags | shared]) + stream(own=False))
        put("pairs", name + "-labels", bytes([flags | labelled]) + stream(labels=True))
        put("pairs", name + "-twice", bytes([flags]) + 2 * stream())
        put("pairs", name + "-few", bytes([flags]) + stream(target_ids=(0, 2, 1), target_lengths=(3,)))
        put("pairs", name + "-large-id", bytes([flags]) + stream(target_ids=(0, 3, 1, 0, 1)))
        put("pairs", name + "-lengths", bytes([flags]) + stream(target_lengths=(3, 3)))
        put("pairs", name + "-no-markers", bytes([flags]) + stream(target_ids=(2, 2, 1, 0, 1)))
        put("pairs", name + "-no-targets", bytes([flags]) + stream(without=("target.ids",)))
        put("pairs", name + "-no-sources", bytes([flags]) + stream(without=("vocab", "counts", "ids", "lengths")))


def pieces_of_words():
    text = "\xff".encode("latin-1") + "abc ab\\s \u20ac a@@ ##b \u2581a <0x41>\tabcabc UNKNOWN_TOKEN\n\nab\n".encode()
    merges = "#version: 0.2\na b\nab c</w>\nb c</w>\na bc</w>\n\u00e9 t\n@ @</w>\n".encode()
    put("pieces", "merges", merges + text)
    put("pieces", "merges-version", b"#version: 0.1\na b\n")
    put("pieces", "merges-three", b"#version: 0.2\na b c\n")
    put("pieces", "merges-end", b"#version: 0.2\na</w> b\n")
    put("pieces", "merges-bytes", "#version: 0.2\n\u0120 t\n".encode())
    put("pieces", "wordpieces", b"[PAD]\n[UNK]\na\nab\n##c\n##bc\n##\n" + text)
    put("pieces", "wordpieces-unknown", b"a\n##b\n")
    put("pieces", "scores", "<unk>\t0\n\u2581a\t-0\nbc\t-1\nabc\t-3\n\u2581\t-5\na\t-6\nb\t-7\nc\t-8\n".encode() + text)
    put("pieces", "scores-unigram", b"<unk>\t0\nab\t-2.5\n")
    put("pieces", "empty", b"")
    for method in (1, 2, 3):
        put("pieces", "learn-%d" % method, bytes([method]) + b"aaaaa aaa abab ab abc a@@ ##a <0x41> \\s\\xFF low lower lowest\n"
            + "\u2581a \u20ac\u20ac ab\u200da\n".encode() * method)

    def stream(method, fallback, pieces, left=None, right=None):
        return ts.stream(ts.strings("pieces.settings", ["method=" + method, "fallback=" + fallback]),
                         ts.strings("pieces", pieces),
                         *[ts.record("pieces." + side, "i32", [len(ids)], ids)
                           for side, ids in (("left", left), ("right", right)) if ids is not None])

    words = ["UNKNOWN_TOKEN", "a", "a@@", "b", "b@@", "ab", "ab@@"]
    put("pieces", "bpe", stream("bpe", "unknown", words, [2, 2], [3, 4]))
    put("pieces", "bpe-bytes", stream("bpe", "bytes", words, [2], [3]))
    put("pieces", "bpe-no-result", stream("bpe", "keep", words[:5], [2], [3]))
    put("pieces", "bpe-no-id", stream("bpe", "keep", words, [2], [7]))
    put("pieces", "bpe-uneven", stream("bpe", "keep", words, [2], [3, 4]))
    put("pieces", "bpe-no-merges", stream("bpe", "keep", words))
    put("pieces", "wordpiece", stream("wordpiece", "unknown", ["UNKNOWN_TOKEN", "a", "##b", "ab", "##"]))
    put("pieces", "wordpiece-no-unknown", stream("wordpiece", "unknown", ["a"]))
    put("pieces", "sentencepiece", stream("sentencepiece", "bytes", ["\u2581", "a", "\u2581a", "b", "ab"], [0, 1], [1, 3]))
    put("pieces", "method", stream("cake", "bytes", ["a"]))
    put("pieces", "empty-piece", stream("wordpiece", "keep", ["a", ""]))


def evaluations():
    put("phrases", "list", b"new york\t5.5\t7\t1\nbank of america\n\nnew_york city\t1\t2\t2\n\1the new york city\n\nbank of of america\n")
    put("phrases", "list-bad", b"one\n\1one two\n")
    put("phrases", "list-numbers", b"a b\tx\n\1a b\n")
    put("phrases", "text", b"a b c\n\na b UNKNOWN_TOKEN a b\na\\sb a b\n")
    fold, word, vector, analogy = b"\1", b"\6", b"\4", b"\5"  # first byte in fuzz_evaluate
    put("evaluate", "analogies", fold + b": a\nMan woman KING queen\nman woman king duke\n: gram b\r\n\n")
    put("evaluate", "analogies-case", b"\0: a\nman woman king Queen\n")
    put("evaluate", "analogies-short", fold + b":\nman woman king\n")
    put("evaluate", "analogies-long", fold + b": a\nman woman king queen 5\n")
    put("evaluate", "pairs", fold + b"# head\nman king 7.5\nwoman\tqueen\t1e1 3 4\nking king 10\n")
    put("evaluate", "pairs-bad", b"\0man king x\n")
    put("evaluate", "words", word + b"man\nnobody\n\na\\sb\na b\r\n\\xFF")
    put("evaluate", "words-escape", word + b"man\n\\q\n")
    put("evaluate", "vectors", vector + b"1 2\nname 3 4e-3\n\t-1 -.5 \n")
    # First byte: kind, and 3 times the tokenization, 12 times lower case; second: smoothing, word order, references.
    put("evaluation", "text", b"\x03\0" + b"a b c d.\nI saw 1.5, \"so\".\n\0a b c d .\nI saw 1,5 so.\n")
    put("evaluation", "text-two", b"\x0f\x15" + "A (b)\ta b\n\u03a3\u0391\u03a3\tx\n\0a b\n\u0130\n\0b a\n\n".encode())
    put("evaluation", "text-intl", b"\x06\x08" + "\u00aba 1\u20ac\u00bb\u2026\n\0a\u00a01 \u20ac\n".encode())
    put("evaluation", "text-char", b"\x09\2" + b"a\xffb\n\0a b\n")
    put("evaluation", "text-uneven", b"\x03\0" + b"a\nb\n\0a\n")
    put("evaluation", "labels", b"\1\0" + b"pos\tgood\nneg\tbad\npos\n\0pos\nneg\r\nnew\n\0pos\nneg\nneg\n")
    put("evaluation", "labels-empty", b"\1\0" + b"pos\n\n\0pos\nneg\n")
    put("evaluation", "tags", b"\2\0" + b"The D B-NP\ncat N I-NP\n\nsat V O\n\0The B-NP\ncat B-VP\n\nsat O\n")
    put("evaluation", "tags-report", b"\2\2" + b"B-A\nI-A\n\nO\n\0B-A O\nS-A\n")
    put("evaluation", "tags-lines", b"\2\1" + b"N V\nN\n\0N N\nV\n")
    put("evaluation", "tags-other", b"\2\0" + b"a N\nb V\n\0a N\n")
    put("evaluate", "vectors-long", vector + b"1 2 3 4\n")
    put("evaluate", "vectors-nan", vector + b"1 nan\n")
    put("evaluate", "questions", analogy + b"man woman king\nman\tman man\nman nobody king")
    put("evaluate", "questions-short", analogy + b"man woman\n")
    put("evaluate", "empty", b"")


def matrices():
    words = ["a", "b", "c"]
    full = [(i, j, 1.0 + i) for i in range(3) for j in range(3)]
    put("cells", "cooc", ts.matrix(words, full))
    put("cells", "f32", ts.matrix(words, full, kind="f32"))
    put("cells", "one", ts.matrix(words, full[:1]))
    put("cells", "none", ts.matrix(words, []))
    put("cells", "wide", ts.matrix(words, full, [3, 9]))
    put("cells", "small", ts.matrix(words, full, [3, 2]))
    put("cells", "not-sorted", ts.matrix(words, full[::-1]))
    put("cells", "twice", ts.matrix(words, full + full[-1:]))
    put("cells", "negative", ts.matrix(words, [(-1, 0, 1.0)]))
    put("cells", "nan", ts.matrix(words, [(0, 0, float("nan"))]))
    put("cells", "tiny-and-huge", ts.matrix(words, [(0, 0, 5e-324), (0, 1, 1.7e308)]))
    put("cells", "other-name", ts.matrix(words, full, name="onehot"))
    put("cells", "no-words", ts.matrix([], []))
    put("cells", "no-vocab", ts.stream(ts.record("cooc.row", "i32", [0], [])))
    put("cells", "no-turns", ts.stream(ts.strings("vocab", words), ts.record("cooc.col", "i32", [1], [0])))
    packed = ts.stream(ts.record("vocab", "string", [3], words, level=9),
                       ts.record("cooc.row", "i32", [1], [0]), ts.record("cooc.col", "i32", [1], [0]),
                       ts.record("cooc.value", "f64", [1], [2.0]), ts.record("cooc.shape", "i64", [2], [3, 3]))
    put("cells", "deflated-vocab", packed)
    q = lambda n: struct.pack("<Q", n)
    put("cells", "huge-vocab", resealed(packed, 16, q(2**42) + q(0) + q(2**30)))


def counts(cells, settings, shape=(2, 2)):
    columns = list(zip(*cells)) or [(), (), ()]
    return ts.stream(
        ts.strings("vocab", ["a", "b"]), ts.record("counts", "i64", [2], [3, 1]),
        ts.strings("cooc.settings", settings),
        *[ts.record("cooc." + part, kind, [len(cells)], column) for part, kind, column in
          zip(("row", "col", "value"), ("i32", "i32", "f64"), columns)],
        ts.record("cooc.shape", "i64", [2], shape))


def cooccurrences():
    ids, parts, lines, words, market = b"\0", b"\1", b"\2", b"\x0a", b"\3"
    text = ts.corpus(["a", "b"], [5, 2], [[[0, 1, 0], [], [1]], [[0, 0]]])
    put("cooc", "ids", ids + text)
    put("cooc", "ids-joined", ids + text + text)
    put("cooc", "ids-unknown", ids + ts.corpus(["a"], [1], [[[0, 1]]]))
    put("cooc", "ids-long", ids + ts.stream(
        ts.strings("vocab", ["a"]), ts.record("ids", "i32", [2], [0, 0], 0, True),
        ts.record("ids", "i32", [2], [0, 0], 2), ts.record("lengths", "i32", [2], [3, 1])))
    put("cooc", "ids-length", ids + ts.stream(
        ts.strings("vocab", ["a"]), ts.record("lengths", "i32", [1], [-1]),
        ts.record("ids", "i32", [0], [])))
    cells = [(0, 1, 2.0), (1, 0, 0.5)]
    put("cooc", "part", parts + counts(cells, ["window=2", "unit=2"]))
    put("cooc", "parts", parts + 2 * counts(cells, ["window=2", "unit=2"]))
    put("cooc", "parts-differ", parts + counts(cells, ["unit=2"]) + counts(cells, ["unit=4"]))
    put("cooc", "documents", parts + 2 * counts(
        [(0, 6, 2.0)], ["documents=sentences", "unit=1"], (2, 7)))
    put("cooc", "unit", parts + counts(cells, ["unit=1"]))
    put("cooc", "no-unit", parts + counts(cells, ["unit=x", "unit"]))
    put("cooc", "huge-sum", parts + 2 * counts([(0, 0, 2.0**53 - 2)], ["unit=1"]))
    put("cooc", "huge-shape", parts + 2 * counts(
        [(0, 2**31 - 2, 1.0)], ["documents=", "unit=1"], (2, 2**62)))
    put("cooc", "huge-shapes", parts + 3 * counts([], ["documents=", "unit=1"], (2, 2**62)))
    put("cooc", "lines", lines + b"0\t1\t2.5\n1\t0\t1e-3\r\n")
    put("cooc", "words", words + b"b\\sc\ta\t1\na\ta\t2\n")
    put("cooc", "words-unknown", words + b"a\tx\t1\n")
    put("cooc", "market", market + b"%%MatrixMarket matrix coordinate real symmetric\n"
        b"%\n3 3 2\n2 1 1.5\n3 3 -1\n")
    put("cooc", "market-pattern", market + b"%%MatrixMarket matrix coordinate pattern general\n"
        b"2 9 1\n2 9\n")
    put("cooc", "market-huge", market + b"%%MatrixMarket matrix coordinate real general\n"
        b"9223372036854775807 9223372036854775807 1\n9223372036854775807 1 1\n")


SETTINGS = {"task": "lm", "cell": "lstm", "activation": "tanh", "layers": 1, "hidden": 2,
            "bidirectional": 0, "no-bias": 0, "input": "onehot", "inputs": 3, "embedding": 0,
            "freeze": 0, "subwords": 0, "outputs": 3, "each-step": 0, "pooling": "last",
            "softmax": "full", "samples": 0, "tied": 0, "dropout": 0, "variational": 0,
            "recurrent-dropout": 0, "word-dropout": 0, "unknown": -1, "sentences": 0, "next": 0}


def model(vocab=("a", "b", "\n"), counts=None, labels=None, fill=0.5, without=(), scaling=(), small=None,
          **changes):
    c = dict(SETTINGS, **{name.replace("_", "-"): value for name, value in changes.items()})
    gates = {"lstm": 4, "peephole": 4, "gru": 3, "gru-reset-before": 3}.get(c["cell"], 1) * c["hidden"]
    below = c["embedding"] if c["input"] == "embedding" else c["inputs"]
    width = c["hidden"] * (1 + c["bidirectional"])
    shapes = []
    for layer in range(c["layers"]):
        for way in ("forward", "backward")[:1 + c["bidirectional"]]:
            p = "layer%d.%s." % (layer, way)
            shapes += [(p + "input", below, gates),
                       (p + "recurrent", c["outputs"] if c["cell"] == "jordan" else c["hidden"], gates),
                       (p + "bias", 1, gates)]
            if c["cell"] == "gru":
                shapes += [(p + "state_bias", 1, c["hidden"])]
            if c["cell"] == "peephole":
                shapes += [(p + "peephole", 3, c["hidden"])]
        below = width
    if c["input"] == "embedding":
        shapes += [("embedding", c["inputs"], c["embedding"])]
        if c["subwords"]:
            shapes += [("subword", c["subwords"], c["embedding"])]
    nodes = c["outputs"] - (c["softmax"] == "hierarchical")
    if not c["tied"]:
        shapes += [("output.weight", nodes, width)]
    shapes += [("output.bias", 1, nodes)]
    records = [ts.strings("vocab", vocab)] if vocab else []
    if counts:
        records += [ts.record("counts", "i64", [len(counts)], counts)]
    if labels:
        records += [ts.strings(("tags" if c["task"] == "tag" else "labels") + ".vocab", labels)]
    records += [ts.strings("rnn.config", ["%s=%s" % setting for setting in c.items()])]
    records += [ts.record(name, "f64", [len(numbers)], numbers) for name, numbers in scaling]
    for name, rows, cols in shapes:
        values = [fill * (k % 7 - 3) / (1 + k % 3) for k in range(rows * cols)]
        if name not in without:
            records += small(name, rows, cols, values) if small else [ts.record(name, "f32", [rows, cols], values)]
    return ts.stream(*records)


TRANSLATORS = {
    "translator": ("embedding 2 from source, states=gru 1 bidirectional, pool last, bridge, "
                   "first=dense 2 activation=tanh, t=embedding 2 from input, "
                   "decoder 2 from t+states+first, softmax",
                   {"embedding": (3, 2), "states.forward.input": (2, 3), "states.forward.recurrent": (1, 3),
                    "states.forward.bias": (1, 3), "states.forward.state_bias": (1, 1),
                    "states.backward.input": (2, 3), "states.backward.recurrent": (1, 3),
                    "states.backward.bias": (1, 3), "states.backward.state_bias": (1, 1),
                    "first.weight": (2, 2), "first.bias": (1, 2), "t": (4, 2),
                    "decoder.input": (2, 6), "decoder.recurrent": (2, 6), "decoder.bias": (1, 6),
                    "decoder.state_bias": (1, 2), "decoder.context": (2, 6), "decoder.query": (2, 2),
                    "decoder.query_bias": (1, 2), "decoder.key": (2, 2), "decoder.score": (1, 2),
                    "output.weight": (4, 4), "output.bias": (1, 4)}),
    "translator-after": ("s=embedding 2 from source, t=embedding 2 from input, r=elman 2 from t, "
                         "attend dot from r+s, concat from r+attend, softmax",
                         {"s": (3, 2), "t": (4, 2), "r.forward.input": (2, 2), "r.forward.recurrent": (2, 2),
                          "r.forward.bias": (1, 2), "output.weight": (4, 4), "output.bias": (1, 4)}),
    "translator-alone": ("t=embedding 2 from input, softmax",
                         {"t": (4, 2), "output.weight": (4, 2), "output.bias": (1, 4)}),
}


def translator(name):
    net, shapes = TRANSLATORS[name]
    settings = dict(SETTINGS, task="translate", outputs=4)
    return ts.stream(
        ts.strings("vocab", ["a", "b", "c"]),
        ts.strings("target.vocab", ["SENTENCE_START", "SENTENCE_END", "UNKNOWN_TOKEN", "x"]),
        ts.strings("rnn.config", ["%s=%s" % setting for setting in settings.items()] + ["net=" + net]),
        *(ts.record(parameter, "f32", [rows, cols], [(k % 7 - 3) / (1 + k % 3) for k in range(rows * cols)])
          for parameter, (rows, cols) in shapes.items()))


def conditioned(scaling=(2, 2)):
    """A model that reads a vector for each sequence, standardized, with so many means and scales."""
    net = ("v=repeat from encoding, s=dense 2 tanh from encoding, e=embedding 2 from input, concat from e+v, "
           "elman 2 from concat+s, softmax")
    shapes = {"s.weight": (2, 2), "s.bias": (1, 2), "e": (3, 2), "layer0.forward.input": (4, 2),
              "layer0.forward.recurrent": (2, 2), "layer0.forward.bias": (1, 2), "output.weight": (3, 2),
              "output.bias": (1, 3)}
    return ts.stream(
        ts.strings("vocab", ["SENTENCE_START", "SENTENCE_END", "a"]),
        ts.strings("rnn.config", ["%s=%s" % setting for setting in dict(SETTINGS, sentences=1).items()] +
                   ["net=" + net, "encoding=2", "standardize-encoding=1"]),
        *(ts.record("encoding." + name, "f64", [n], n * [0.5]) for name, n in zip(("mean", "scale"), scaling)),
        *(ts.record(parameter, "f32", [rows, cols], [(k % 7 - 3) / (1 + k % 3) for k in range(rows * cols)])
          for parameter, (rows, cols) in shapes.items()))


def small_model(kind="i8", scale=0.01, scales=0, slices=1, listed=None):
    """A model whose matrices are f16, or i8 with scales: so many more or fewer, in slices; and of whose embedding
    only the listed rows are there."""
    def records(name, rows, cols, values):
        if name == "embedding" and listed is not None:
            values, rows = values[:cols * len(listed)], len(listed)
            yield ts.record(name + ".row", "i32", [rows], listed)
        step = -(-rows // slices) or 1
        for first in range(0, max(rows, 1), step):
            n, more = min(step, rows - first), first + step < rows
            part = values[first * cols:(first + n) * cols]
            if kind == "i8":
                if scales is not None:
                    yield ts.record(name + ".scale", "f32", [n + scales], (n + scales) * [scale], first, more)
                part = [max(-127, min(127, round(100 * v))) for v in part]
            yield ts.record(name, kind, [n, cols], part, first, more)
    return model(input="embedding", embedding=5, small=lambda *tensor: list(records(*tensor)))


def models():
    specials = ("UNKNOWN_TOKEN", "SENTENCE_START", "SENTENCE_END", "word")
    for cell in ("elman", "jordan", "lstm", "peephole", "gru", "gru-reset-before"):
        put("model", cell, model(cell=cell))
    put("model", "deep", model(layers=3))
    for name in TRANSLATORS:
        put("model", name, translator(name))
    put("model", "conditioned", conditioned())
    put("model", "conditioned-uneven", conditioned((2, 1)))
    put("model", "conditioned-unscaled", conditioned(()))
    put("model", "sentences", model(specials, [0, 9, 9, 5], inputs=4, outputs=4, sentences=1))
    put("model", "tree", model(counts=[3, 2, 1], softmax="hierarchical"))
    put("model", "tree-no-counts", model(softmax="hierarchical"))
    put("model", "negative-counts", model(counts=[-3, 0, -(2**63)], softmax="hierarchical"))
    put("model", "embedding", model(input="embedding", embedding=5, subwords=7))
    put("model", "tied", model(input="embedding", embedding=2, tied=1))
    put("model", "tagger", model(task="tag", bidirectional=1, outputs=2, labels=["A", "B"]))
    put("model", "classifier", model(task="classify", outputs=1, labels=["A"], pooling="max"))
    put("model", "forecaster", model((), task="regress", input="real", each_step=1, next=1))
    for name, scale in (("standardized", [2, 1e-3, 1e9]), ("scale-zero", [1, 0, 1]), ("few-scales", [1])):
        put("model", name, model((), task="regress", input="real", each_step=1, next=1, standardize="zscore",
                                 scaling=[("series.mean", [0, -5, 1e6]), ("series.scale", scale)]))
    for name, how in (("f16", {"kind": "f16"}), ("i8", {}), ("slices", {"slices": 2}),
                      ("no-scale", {"scales": None}), ("few", {"scales": -1}), ("many", {"scales": 1}),
                      ("scale-nan", {"scale": float("nan")}), ("scale-negative", {"scale": -1}),
                      ("scale-huge", {"scale": 3e38}), ("list", {"listed": [0, 2]}), ("list-all", {"listed": [0, 1, 2]}),
                      ("list-falls", {"listed": [2, 0]}), ("list-twice", {"listed": [1, 1]}),
                      ("list-beyond", {"listed": [0, 3]}), ("list-negative", {"listed": [-1]}),
                      ("list-empty", {"listed": []})):
        put("model", "small-" + name, small_model(**how))
    put("model", "not-a-forecaster", model((), task="regress", input="real", each_step=1, next=1, outputs=2))
    put("model", "nan", model(fill=float("nan")))
    put("model", "infinite", model(fill=1e38))
    put("model", "few-words", model(("a", "b")))
    put("model", "few-counts", model(counts=[1, 2]))
    put("model", "empty-words", model(("", "", "")))
    put("model", "only-specials", model(specials[:2], inputs=2, outputs=2))
    put("model", "no-bias", model(without=("output.bias",)))
    put("model", "no-settings", ts.stream(ts.strings("vocab", ["a"])))
    put("model", "unknown-setting", ts.stream(ts.strings("rnn.config", ["new=1"])))
    for name, changes in (("huge", {"hidden": 65536, "layers": 64}), ("many-inputs", {"inputs": 2**31 - 1}),
                          ("negative", {"hidden": -1}), ("no-outputs", {"outputs": 0})):
        settings = dict(SETTINGS, **changes)
        put("model", name, ts.stream(ts.strings("vocab", ["a"]), ts.strings(
            "rnn.config", ["%s=%s" % setting for setting in settings.items()])))


ARPA = """\\data\\
ngram 1=4
ngram 2=2

\\1-grams:
-99\t<s>\t-0.3
-0.3\t</s>
-0.3\ta\t-0.2
-1\t<unk>\t0

\\2-grams:
-0.1\t<s> a
-0.2\ta </s>

\\end\\
"""


def ngrams():
    put("arpa", "good", ARPA.encode())
    put("arpa", "crlf", ARPA.replace("\n", "\r\n").encode())
    for name, old, new in (("positive", "-0.3\ta", "0.3\ta"), ("no-context", "<s> a", "b a"),
                           ("no-backoff", "<s>\t-0.3", "<s>"), ("fewer", "2=2", "2=3"),
                           ("more", "2=2", "2=1"), ("many", "ngram 2", "ngram 3"),
                           ("cut", "\\end\\\n", ""), ("huge", "1=4", "1=99999999999")):
        put("arpa", name, ARPA.replace(old, new).encode())
    words = ["UNKNOWN_TOKEN", "a", "SENTENCE_START", "SENTENCE_END"]

    def model(start=(0, 0, 1), order="order=2", key=(5,), backoff=(0, -.1, -.2, 0)):
        return ts.stream(
            ts.strings("vocab", words), ts.strings("ngram.settings", [order]),
            ts.record("ngram.1.prob", "f32", [4], [-1, -1, -99, -1]),
            ts.record("ngram.1.backoff", "f32", [len(backoff)], backoff),
            ts.record("ngram.2.start", "i32", [len(start)], start),
            ts.record("ngram.2.key", "i32", [len(key)], key),
            ts.record("ngram.2.prob", "f32", [1], [-1]))
    put("ngram", "good", model())
    put("ngram", "start", model((0, 9, 1)))
    put("ngram", "negative-start", model((0, -1, 1)))
    put("ngram", "few-starts", model((0, 1)))
    put("ngram", "order", model(order="order=17"))
    put("ngram", "longer", model(order="order=3"))
    put("ngram", "keys", model(key=(1, 2)))
    put("ngram", "backoffs", model(backoff=(0,)))


def linear():
    def cells(name, rows, cols, shape):
        n = len(rows)
        return [ts.record(name + ".row", "i32", [n], rows), ts.record(name + ".col", "i32", [n], cols),
                ts.record(name + ".value", "f32", [n], [1.5] * n), ts.record(name + ".shape", "i64", [2], shape)]

    def model(shape=(1, 3), method="method=svm", labels=("a", "b"), bias=(0.5,)):
        return ts.stream(ts.strings("linear.settings", [method]), ts.strings("labels.vocab", labels),
                         ts.record("linear.bias", "f64", [len(bias)], bias), *cells("linear", [0, 0], [0, 2], shape))
    put("linear", "good", model())
    put("linear", "huge", model((1, 2**31 - 1)))
    put("linear", "labels", model(labels=("a", "b", "c")))
    put("linear", "bias", model(bias=(1, 2)))
    put("linear", "method", model(method="method=other"))
    for name, shape, labels in (("rows", (2, 3), [0, 1]), ("huge-rows", (2**31 - 1, 3), [0, 1]),
                                ("rows-labels", (2, 3), [0, 7])):
        put("linear", name, ts.stream(ts.strings("labels.vocab", ["a", "b"]), ts.record("labels", "i32", [2], labels),
                                      *cells("onehot", [0, 1], [0, 2], shape)))
    put("linear", "huge-no-labels", ts.stream(*cells("onehot", [0, 1], [0, 2], (2**31 - 1, 3))))


def crf(templates=("Uw:%x[0,0]", "Up:%x[-1,0]/%x[0,0]", "B"), tags=("DT", "NN"), columns=1, dim=0, fill=0.5,
        feature=(0, 0, -1, 0, 1, -1, 1, 2, 0), count=(1, 2, 1), tag=(0, 0, 1, 1), vectors=0, without=()):
    n = len(tags)
    records = {
        "crf.settings": ts.strings("crf.settings", ["columns=%d" % columns, "tag_column=-1", "dim=%d" % dim]),
        "crf.templates": ts.strings("crf.templates", templates),
        "tags.vocab": ts.strings("tags.vocab", tags),
        "crf.transition": ts.record("crf.transition", "f32", [n, n], [fill] * n * n),
        "crf.value": ts.strings("crf.value", ["the", "dog", "_B-1"]),
        "crf.feature": ts.record("crf.feature", "i32", [len(feature) // 3, 3], feature),
        "crf.count": ts.record("crf.count", "i32", [len(count)], count),
        "crf.tag": ts.record("crf.tag", "i32", [len(tag)], tag),
        "crf.weight": ts.record("crf.weight", "f32", [len(tag)], [fill] * len(tag)),
    }
    if vectors:
        records["crf.vector"] = ts.record("crf.vector", "f32", [vectors, dim, n], [fill] * vectors * dim * n)
    return ts.stream(*[r for name, r in records.items() if name not in without])


def column_model(columns=(("pos", ("N", "V")),), rows=2, of="column.pos", task="tag"):
    net = "e=embedding 2, p=embedding 1 from %s, concat from e+p, softmax" % of
    settings = dict(SETTINGS, task=task, outputs=2)
    shapes = [("e", 3, 2), ("p", rows, 1), ("output.weight", 2, 3), ("output.bias", 1, 2)]
    return ts.stream(
        ts.strings("vocab", ["a", "b", "c"]), ts.strings("tags.vocab", ["A", "B"]),
        *[ts.strings("column." + name + ".vocab", values) for name, values in columns],
        ts.strings("rnn.config", ["%s=%s" % setting for setting in settings.items()] + ["net=" + net]),
        *[ts.record(name, "f32", [n, m], [0.5] * (n * m)) for name, n, m in shapes])


def column_models():
    put("model", "column", column_model())
    put("model", "column-unread", column_model((("x", ("N",)), ("pos", ("N", "V")), ("y", ()))))
    put("model", "column-none", column_model(()))
    put("model", "column-other", column_model((("po", ("N", "V")),)))
    put("model", "column-empty", column_model((("pos", ()),)))
    put("model", "column-rows", column_model(rows=3))
    put("model", "column-many", column_model([("c%d" % i, ("N",)) for i in range(40)] + [("pos", ("N", "V"))]))
    put("model", "column-long", column_model(((26 * "c", ("N", "V")),), of="column." + 26 * "c"))
    put("model", "column-lm", column_model(task="lm"))
    put("model", "column-nameless", column_model((("", ("N", "V")),), of="column."))


def auto_encoder(net="dense 2, code, squared-error tied", shapes=(("dense.weight", 3, 2), ("dense.bias", 1, 2),
                 ("output.bias", 1, 3)), **more):
    settings = {**SETTINGS, "task": "autoencode", "input": "real", "inputs": 3, "outputs": 3, "unknown": -1, **more}
    return ts.stream(
        ts.strings("vocab", ["a", "b", "c"]),
        ts.strings("rnn.config", ["%s=%s" % setting for setting in settings.items()] + ["net=" + net]),
        *[ts.record(name, "f32", [n, m], [0.5] * (n * m)) for name, n, m in shapes])


def auto_encoders():
    put("model", "autoencode", auto_encoder())
    put("model", "autoencode-variational", auto_encoder(
        "log, gaussian 2 anneal=3, multinomial no-bias",
        [("gaussian.weight", 3, 4), ("gaussian.bias", 1, 4), ("output.weight", 3, 2)]))
    put("model", "autoencode-sparse", auto_encoder("noise 0.3, dense 2, code 0.1 top=1, squared-error tied"))
    put("model", "autoencode-no-code", auto_encoder("dense 2, squared-error tied"))
    put("model", "autoencode-outputs", auto_encoder(outputs=2))
    put("model", "autoencode-tokens", auto_encoder(input="onehot"))
    put("model", "autoencode-language", auto_encoder(task="lm"))


def crfs():
    put("crf", "model", crf())
    put("crf", "vectors", crf(("Uw:%x[0,0]", "Up:%x[-1,0]/%x[0,0]", "V:%x[0,0]"), dim=2, vectors=1))
    put("crf", "no-vectors", crf(("Uw:%x[0,0]", "Up:%x[-1,0]/%x[0,0]", "V:%x[0,0]"), dim=2))
    pairs = ("Uw:%x[0,0]", "Bp:%x[-1,0]/%x[0,0]", "B")
    put("crf", "pairs", crf(pairs, tag=(0, 0, 1, 3)))
    put("crf", "pairs-large", crf(pairs, tag=(0, 0, 1, 3), fill=3e38))
    put("crf", "pairs-beyond", crf(pairs, tag=(0, 0, 1, 4)))
    put("crf", "pairs-alone", crf(("Bw:%x[0,0]", "Bp:%x[-1,0]/%x[0,0]"), count=(2, 2, 0), tag=(0, 3, 1, 2)))
    def columns(pos=(0, 1), kind="i32", ids=(0, 1), tags=(0, 1), vocab=True):
        records = [ts.strings("vocab", ["the", "dog"]), ts.record("ids", "i32", [len(ids)], ids),
                   ts.record("lengths", "i32", [2], [1, 1]), ts.record("column.pos", kind, [len(pos)], pos)]
        records += [ts.strings("column.pos.vocab", ["DET", "NOUN"])] if vocab else []
        return ts.stream(*records, ts.strings("tags.vocab", ["DT", "NN"]), ts.record("tags", "i32", [len(tags)], tags))
    put("crf", "columns-stream", columns())
    put("crf", "columns-numbers", columns((0.5, -1), "f32", vocab=False))
    put("crf", "columns-beyond", columns((0, 2)))
    put("crf", "columns-short", columns((0,)))
    put("crf", "columns-tags", columns(tags=(0, -1)))
    put("crf", "nan", crf(fill=float("nan")))
    put("crf", "large", crf(fill=3e38))
    put("crf", "no-group", crf(feature=(9, 0, -1, 0, 1, -1, 1, 2, 0)))
    put("crf", "no-value", crf(feature=(0, 3, -1, 0, 1, -1, 1, 2, 0)))
    put("crf", "twice", crf(feature=(0, 0, -1, 0, 0, -1, 1, 2, 0)))
    put("crf", "too-many-values", crf(feature=(0, 0, 1, 0, 1, -1, 1, 2, 0)))
    put("crf", "counts", crf(count=(1, 2, 2)))
    put("crf", "negative-count", crf(count=(1, 4, -1)))
    put("crf", "no-tag", crf(tag=(0, 0, 1, 2)))
    put("crf", "falling-tags", crf(tag=(0, 1, 0, 1)))
    put("crf", "same-tags", crf(tags=("DT", "DT")))
    put("crf", "columns", crf(columns=0))
    put("crf", "no-attributes", crf(feature=(), count=(), tag=()))
    for name in ("crf.settings", "crf.templates", "tags.vocab", "crf.value", "crf.feature", "crf.weight"):
        put("crf", "without-" + name, crf(without=(name,)))
    for name, text in (
            ("templates", "# comment\nU00:%x[-1,0]\nU01:%m[0,0,\"^..\"]/%T[1,0,\"\\d*$\"]\n\nB\n"),
            ("patterns", "U:%m[0,0,\".*\\u?\\P*x\\**$\"]%t[0,0,\"\"]%X[0,0]%m[0,0,\"\\\"\"]\n"),
            ("slow-pattern", "U:%t[0,0,\"a*a*a*a*a*a*a*b\"]\n"),
            ("no-bracket", "U:%x[0,0\n"), ("far", "U:%x[65,0]\n"), ("column", "U:%x[0,5]\n"),
            ("macros", "U:" + "%x[0,0]" * 9 + "\n"), ("kind", "Q\n"), ("nul", "U\0\n"), ("B", "B\n"),
            ("pairs", "B1:%x[-1,0]/%x[0,0]\nU:%x[0,0]\nB2:%x[1,0]\n"),
            ("pattern-end", "U:%m[0,0,\"a\\\"]\n"), ("nothing", "")):
        put("crf", "t-" + name, text.encode())


def checkpoints():
    # Longer ones are what the target writes: FUZZ_SAVE=FILE fuzz_checkpoint FOLDER.
    for kind, name in enumerate(("w2v", "glove", "network")):
        put("checkpoint", name, bytes([kind]))
        for change in range(1, 8):
            put("checkpoint", "%s-%d" % (name, change), bytes([kind, change]))


def pictures():
    """The first byte chooses the kind, the second the options."""
    put("plot", "log", b"\2\0step\tloss\tvalid_loss\n1\t2.5\t-\n2\t2.25\t2.5\n")
    put("plot", "csv", b'\2\0date,"a, b",c\n2020-01-01,1,2\n2020-01-02, 3,"4"\n')
    put("plot", "spaces", b"\2\0epoch loss\n1  2.5\n 2 2.25 \n")
    put("plot", "numbers", b"\0\0001\n2\n-3e4\n\nnan\n")
    put("plot", "map-table", b"\0\3a\t1\t2\n<b>\t-1\t0\n\xff\t1e30\t1\n")
    put("plot", "words", b"\4\1\ta\tb\na\t1\t2\nb\t3\t4\n")
    put("plot", "report", b"\0\0accuracy\t1\nlabel\ta\t1\t1\t1\t9\nconfusion\ta\tb\t3\nconfusion\tb\tb\tx\n")
    put("plot", "uneven", b"\2\0a\tb\n1\n1\t2\t3\n")
    put("plot", "map", b"\0\3" + ts.stream(ts.strings("vocab", ["a", "b"]), ts.record("map", "f32", [2, 2], [0, 1, 2, 3])))
    put("plot", "histogram", b"\6\0" + ts.stream(ts.record("x", "f64", [3], [1, float("inf"), 2])))
    put("plot", "gradients", b"\2\0" + ts.KINDS["gradients"]())
    put("plot", "cooc", b"\4\1" + ts.KINDS["cooc"]())
    put("plot", "spectrum", b"\5\4" + ts.stream(ts.record("singular.values", "f64", [3], [3, 2, 0])))
    put("plot", "forecast", b"\3\0" + ts.stream(ts.record("series", "f32", [3, 2], [1, 2, 3, 4, 5, 6])))
    put("plot", "attention", b"\4\2" + ts.stream(ts.record("attention", "f32", [1, 2, 2], [0, -1, 1, 0])))


def trigram(tags=("DT", "NN"), words=("the", "dog"), triples=(0, 1, 2, 1, 2, 0, 1, 1, 2, 2, 0, 1),
            pairs=(0, 0, 1, 1, 1, 1), context=(0, 2, 0, 1, 1, 0, 1, 1), follow=(0, 0, 1, 1, 1, 1, 2, 1), without=(), **changes):
    settings = dict({"kind": "trigram", "order": 3, "rare": 10, "ending": 10, "tag_column": -1, "columns": 1,
                     "sentences": 1, "tokens": 2}, **changes)
    records = {
        "hmm.settings": ts.strings("hmm.settings", ["%s=%s" % pair for pair in settings.items()]),
        "tags.vocab": ts.strings("tags.vocab", tags),
        "vocab": ts.strings("vocab", words),
        "hmm.transition": ts.record("hmm.transition", "i32", [len(triples) // 4, 4], triples),
        "hmm.emission": ts.record("hmm.emission", "i32", [len(pairs) // 3, 3], pairs),
        "hmm.context": ts.record("hmm.context", "i32", [len(context) // 4, 4], context),
        "hmm.follow": ts.record("hmm.follow", "i32", [len(follow) // 4, 4], follow),
    }
    return ts.stream(*[r for name, r in records.items() if name not in without])


def plain(words=("the", "dog"), fill=0.5, dim=0, variance=1.0, tags=("A", "B"), without=()):
    n = len(tags)
    records = {
        "hmm.settings": ts.strings("hmm.settings", ["kind=hmm"]),
        "tags.vocab": ts.strings("tags.vocab", tags),
        "hmm.start": ts.record("hmm.start", "f64", [n], [fill] * n),
        "hmm.transition": ts.record("hmm.transition", "f64", [n, n], [fill] * n * n),
    }
    if dim:
        records["hmm.mean"] = ts.record("hmm.mean", "f64", [n, dim], [fill] * n * dim)
        records["hmm.variance"] = ts.record("hmm.variance", "f64", [n, dim], [variance] * n * dim)
    else:
        records["vocab"] = ts.strings("vocab", words)
        records["hmm.emission"] = ts.record("hmm.emission", "f64", [n, len(words)], [fill] * n * len(words))
    return ts.stream(*[r for name, r in records.items() if name not in without])


def hmms():
    put("hmm", "trigram", trigram())
    put("hmm", "order", trigram(order=2))
    put("hmm", "bad-order", trigram(order=4))
    put("hmm", "no-tag", trigram(pairs=(0, 2, 1)))
    put("hmm", "no-word", trigram(pairs=(2, 0, 1)))
    put("hmm", "unsorted", trigram(pairs=(1, 1, 1, 0, 0, 1)))
    put("hmm", "zero", trigram(pairs=(0, 0, 0)))
    put("hmm", "nothing", trigram(triples=(), pairs=(), context=(), follow=()))
    put("hmm", "no-words", trigram(words=(), pairs=(), context=(), follow=()))
    put("hmm", "no-endings", trigram(ending=0, rare=0))
    for name in ("hmm.settings", "tags.vocab", "vocab", "hmm.transition", "hmm.emission", "hmm.context", "hmm.follow"):
        put("hmm", "without-" + name, trigram(without=(name,)))
    put("hmm", "plain", plain())
    put("hmm", "vectors", plain(dim=2))
    put("hmm", "no-variance", plain(dim=2, variance=0.0))
    put("hmm", "zeros", plain(fill=0.0))
    put("hmm", "large", plain(fill=1e308))
    put("hmm", "nan", plain(fill=float("nan")))
    put("hmm", "negative", plain(fill=-1.0))
    put("hmm", "one-state", plain(tags=("A",)))
    put("hmm", "same-states", plain(tags=("A", "A")))
    put("hmm", "no-emission", plain(without=("hmm.emission",)))
    put("hmm", "no-start", plain(without=("hmm.start",)))
    put("hmm", "text", b"the\tDT\ndog\tNN\n\nthe\tDT\n")
    put("hmm", "ragged", b"the DT\ndog\n")
    put("hmm", "bytes", b"\xff\xfe DT\n\0 NN\n- X\n")


for make in (
    hmms,
    ngrams,
    linear,
    checkpoints,
    crfs,
    streams,
    inputs,
    arrays,
    vectors,
    formats,
    texts,
    counted,
    pairs,
    pieces_of_words,
    evaluations,
    matrices,
    cooccurrences,
    models,
    column_models,
    auto_encoders,
    pictures,
):
    make()
