#!/usr/bin/env python3
"""BLEU and chrF, computed once more, with dictionaries and regular expressions, from the definitions
(Papineni et al. 2002; Popovic 2015, 2017) and the choices of sacrebleu 2 (Post 2018).

    seq_eval_reference.py perturb < text          lines with words dropped, doubled, swapped, changed
    seq_eval_reference.py score HOW LOWER SMOOTHING WORDS REFERENCES references found
                                                  name TAB score, as seq-eval --reference has them
"""

import math
import random
import re
import string
import sys
import unicodedata
from collections import Counter


def perturb(lines):
    rng = random.Random(7)
    for line in lines:
        words = line.split()
        out = []
        for word in words:
            chance = rng.random()
            if chance < 0.05:
                continue
            out.append(word)
            if chance < 0.08:
                out.append(word)
            elif chance < 0.12:
                out[-1] = word.upper()
            elif chance < 0.16:
                out[-1] = word[::-1]
            elif chance < 0.2 and len(out) > 1:
                out[-1], out[-2] = out[-2], out[-1]
        print(" ".join(out))


def nist(line):
    for name, mark in [("<skipped>", ""), ("&quot;", '"'), ("&amp;", "&"), ("&lt;", "<"), ("&gt;", ">")]:
        line = line.replace(name, mark)
    line = " " + line + " "
    marks = "".join(c for c in string.punctuation if c not in "',-.")
    line = re.sub("([" + re.escape(marks) + "])", r" \1 ", line)
    line = re.sub(r"([^0-9])([.,])", r"\1 \2 ", line)
    line = re.sub(r"([.,])([^0-9])", r" \1 \2", line)
    return re.sub(r"([0-9])(-)", r"\1 \2 ", line).split()


def international(line):
    kind = "".join(unicodedata.category(c)[0] for c in line)

    def part(pattern, replacement):
        """Replace in the line where the string of general categories matches."""
        nonlocal line, kind
        out, last = [], 0
        for m in re.finditer(pattern, kind):
            out += [line[last:m.start()], replacement(line[m.start():m.end()])]
            last = m.end()
        line = "".join(out) + line[last:]
        kind = "".join(unicodedata.category(c)[0] for c in line)

    part("[^N]P", lambda two: two[0] + " " + two[1] + " ")
    part("P[^N]", lambda two: " " + two[0] + " " + two[1])
    part("S", lambda one: " " + one + " ")
    return line.split()


TOKENS = {"none": str.split, "13a": nist, "intl": international, "char": lambda s: " ".join(s).split()}


def ngrams(tokens, n):
    return Counter(tuple(tokens[i:i + n]) for i in range(len(tokens) - n + 1))


def bleu(pairs, smoothing):
    right, everything, length, reference_length = [0] * 4, [0] * 4, 0, 0
    for found, references in pairs:
        length += len(found)
        reference_length += min((abs(len(r) - len(found)), len(r)) for r in references)[1]
        for n in range(4):
            known = Counter()
            for r in references:
                known |= ngrams(r, n + 1)
            mine = ngrams(found, n + 1)
            right[n] += sum((mine & known).values())
            everything[n] += sum(mine.values())
    penalty = 1 if length >= reference_length else math.exp(1 - reference_length / length) if length else 0
    precision, zeros = [0.0] * 4, 0
    for n in range(4):
        if not any(right):
            break
        r, a = right[n], everything[n]
        if smoothing == "add-k" and n:
            r, a = r + 1, a + 1
        if not a:
            break
        if r:
            precision[n] = 100 * r / a
        elif smoothing == "exp":
            zeros += 1
            precision[n] = 100 / 2 ** zeros / a
        elif smoothing == "floor":
            precision[n] = 100 * 0.1 / a
    score = penalty * math.exp(sum(map(math.log, precision)) / 4) if min(precision) > 0 else 0
    return [("BLEU", score)] + [("precision.%d" % (n + 1), precision[n]) for n in range(4)] + [
        ("brevity-penalty", penalty), ("length-ratio", length / reference_length), ("length", length),
        ("reference-length", reference_length)]


def parts(line):
    """Words of chrF++: one mark at the end, or else at the beginning, stands apart."""
    for word in line.split():
        if len(word) > 1 and word[-1] in string.punctuation:
            yield from (word[:-1], word[-1])
        elif len(word) > 1 and word[0] in string.punctuation:
            yield from (word[0], word[1:])
        else:
            yield word


def f_score(counts):
    both = [(f, k, r) for f, k, r in counts if f and k]
    if not both:
        return 0
    precision = sum(r / f for f, k, r in both) / len(both)
    recall = sum(r / k for f, k, r in both) / len(both)
    return 100 * 5 * precision * recall / (4 * precision + recall) if precision + recall else 0


def chrf(pairs, words):
    total = [(0, 0, 0)] * (6 + words)
    for found, references in pairs:
        best = None
        for reference in references:
            counts = []
            for units, most in ((lambda s: "".join(s.split()), 6), (lambda s: list(parts(s)), words)):
                for n in range(1, most + 1):
                    mine, known = ngrams(units(found), n), ngrams(units(reference), n)
                    counts.append((sum(mine.values()) if known else 0, sum(known.values()),
                                   sum((mine & known).values())))
            if best is None or f_score(counts) > f_score(best):
                best = counts
        total = [tuple(map(sum, zip(a, b))) for a, b in zip(total, best)]
    return f_score(total)


def score(how, lower, smoothing, words, references, known, found):
    fold = str.lower if lower == "lower" else str
    pairs = []
    with open(known, encoding="utf-8", newline="\n") as a, open(found, encoding="utf-8", newline="\n") as b:
        for line, mine in zip(a, b, strict=True):
            several = line.rstrip("\n").split("\t") if int(references) > 1 else [line.rstrip("\n")]
            pairs.append((fold(mine.rstrip("\n")), [fold(r) for r in several]))
    tokens = [(TOKENS[how](f), [TOKENS[how](r) for r in rs]) for f, rs in pairs]
    for name, value in bleu(tokens, smoothing):
        print("%s\t%.6f" % (name, value))
    print("chrF2%s\t%.6f" % ("+" * int(words), chrf(pairs, int(words))))
    print("exact\t%.6f" % (100 * sum(f in rs for f, rs in tokens) / len(tokens)))


if __name__ == "__main__":
    if sys.argv[1] == "perturb":
        perturb(sys.stdin)
    else:
        score(*sys.argv[2:])
