"""A conditional random field by enumeration.

    python3 crf_reference.py MODEL TEXT GIVEN BEST PROBABILITIES N-BEST

TEXT has a word, its part of speech and its tag on each line.  What crf-predict says of it
(--score with tags, --score without, --probabilities, --best) is compared with sums over every
sequence of tags; and the weights with the best ones: there the gradient of the likelihood, by
finite differences, less that of the penalty, is 0.  Templates are U and B with macros %x and %X.
"""

import itertools
import math
import re
import subprocess
import sys

L2 = 0.5


def table(path, name):
    done = subprocess.run(["ts-convert", "--to", "tsv", "--tensor", name, path], check=True,
                          capture_output=True, text=True)
    return [line.split("\t") for line in done.stdout.splitlines()]


class Model:
    def __init__(self, path):
        self.tags = [row[0] for row in table(path, "tags.vocab")]
        self.lines = [row[0] for row in table(path, "crf.templates")]
        values = [row[0] for row in table(path, "crf.value")]
        self.weight = {}
        for a, row in enumerate(table(path, "crf.transition")):
            for b, w in enumerate(row):
                if "B" in self.lines:
                    self.weight["", a * len(self.tags) + b] = float(w)
        shapes = list(dict.fromkeys(re.sub(r"%.\[[^]]*\]", "\0", line) for line in self.lines if "%" in line))
        tag, weight = table(path, "crf.tag"), table(path, "crf.weight")
        at = 0
        for row, count in zip(table(path, "crf.feature"), table(path, "crf.count")):
            name = shapes[int(row[0])]
            for value in row[1:]:
                if int(value) >= 0:
                    name = name.replace("\0", values[int(value)], 1)
            for _ in range(int(count[0])):
                self.weight[name, int(tag[at][0])] = float(weight[at][0])
                at += 1

    def attributes(self, sentence, t):
        def macro(match):
            at, column = t + int(match[2]), int(match[3])
            if at < 0:
                return "_B%d" % at
            if at >= len(sentence):
                return "_B+%d" % (at - len(sentence) + 1)
            return sentence[at][column].lower() if match[1] == "X" else sentence[at][column]
        return [re.sub(r"%(.)\[([^,]*),([^]]*)\]", macro, line) for line in self.lines]

    def scores(self, sentence):
        """The score of every sequence of tags."""
        made = [self.attributes(sentence, t) for t in range(len(sentence))]
        result = {}
        for tags in itertools.product(range(len(self.tags)), repeat=len(sentence)):
            score = 0
            for t, tag in enumerate(tags):
                pair = tags[t - 1] * len(self.tags) + tag
                for name in made[t]:
                    if name[0] == "U":
                        score += self.weight.get((name, tag), 0)
                    elif t:
                        score += self.weight.get((name if name != "B" else "", pair), 0)
            result[tags] = score
        return result


def log_sum(scores):
    return math.log(sum(math.exp(s) for s in scores))


def near(got, expected, tolerance, what):
    if abs(float(got) - expected) > tolerance:
        sys.exit("%s: %s, and by enumeration %s" % (what, got, expected))


model = Model(sys.argv[1])
text = [[line.split() for line in part.splitlines()] for part in open(sys.argv[2]).read().strip().split("\n\n")]
truth = [tuple(model.tags.index(token[-1]) for token in sentence) for sentence in text]
given, best = ([line.split("\t") for line in open(path)] for path in sys.argv[3:5])
probabilities = [part.splitlines() for part in open(sys.argv[5]).read().strip().split("\n\n")]
ranked = re.findall(r"^# (\d+) (\S+)\n(.*?)\n\n", open(sys.argv[6]).read() + "\n", re.S | re.M)

for s, sentence in enumerate(text):
    scores = model.scores(sentence)
    log_z = log_sum(scores.values())
    near(given[s][0], scores[truth[s]] - log_z, 2e-6, "--score of the given tags")
    top = sorted(scores, key=scores.get, reverse=True)
    near(best[s][0], scores[top[0]] - log_z, 2e-6, "--score of the best tags")
    for k in range(4):
        rank, p, lines = ranked.pop(0)
        assert int(rank) == k
        near(p, math.exp(scores[top[k]] - log_z), 2e-6, "--best")
        assert [line.split()[-1] for line in lines.splitlines()] == [model.tags[y] for y in top[k]]
    for t, line in enumerate(probabilities[s]):
        fields = line.split()[3:]
        for tag, p in zip(fields[::2], fields[1::2]):
            y = model.tags.index(tag)
            near(p, sum(math.exp(v - log_z) for k, v in scores.items() if k[t] == y), 2e-6, "--probabilities")


def likelihood():
    total = 0
    for s, sentence in enumerate(text):
        scores = model.scores(sentence)
        total += scores[truth[s]] - log_sum(scores.values())
    return total


pairs = 0
for key, w in model.weight.items():
    value = []
    for step in (1e-4, -1e-4):
        model.weight[key] = w + step
        value.append(likelihood())
    model.weight[key] = w
    near((value[0] - value[1]) / 2e-4, L2 * w, 2e-5, "the gradient in the weight of %s, %s" % key)
    pairs += key[0].startswith("B")
assert pairs >= 10, pairs
