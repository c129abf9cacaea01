"""ngram_reference.py SMOOTHING ORDER TEXT TEST [MIN]: the log-probability (natural) of each line of
TEST under a model of TEXT, by the definitions alone.  MIN: cut-offs, as --min-count has them."""
import math
import sys
from collections import Counter, defaultdict

smoothing, order, text, test = sys.argv[1], int(sys.argv[2]), sys.argv[3], sys.argv[4]
least = [1] * (order + 1)
if smoothing == "katz":
    least = [1, 1, 1] + [2] * order
if len(sys.argv) > 5:
    given = list(map(int, sys.argv[5].split(",")))
    least = [1] + [given[min(i, len(given) - 1)] for i in range(order)]

lines = [line.split() for line in open(text)]
words = sorted({w for line in lines for w in line} | {"UNK", "</s>"})
V = len(words)
raw = [None] + [Counter() for _ in range(order)]
for line in lines:
    s = ["<s>"] + line + ["</s>"]
    for i in range(1, len(s)):
        for n in range(1, order + 1):
            if i - n + 1 >= 0:
                raw[n][tuple(s[i - n + 1:i + 1])] += 1

counts = list(raw)
if smoothing == "kneser-ney":
    for n in range(1, order):
        counts[n] = Counter(g[1:] for g in raw[n + 1])
        counts[n].update({g: c for g, c in raw[n].items() if g[0] == "<s>"})

kept = [None] + [{g for g, c in raw[n].items() if c >= least[n]} for n in range(1, order + 1)]
after = [None] + [defaultdict(dict) for _ in range(order)]
for n in range(1, order + 1):
    for g, c in counts[n].items():
        after[n][g[:-1]][g[-1]] = c


def of(n, r):
    return sum(c == r for c in counts[n].values())


def kn_discounts(n):
    c = [of(n, r) for r in range(6)]
    try:
        y = c[1] / (c[1] + 2 * c[2])
        d = [0] + [k - (k + 1) * y * c[k + 1] / c[k] for k in (1, 2, 3)]
        if c[4] and all(0 <= d[k] <= k for k in (1, 2, 3)):
            return d
    except ZeroDivisionError:
        pass
    return [0, .5, 1, 1.5]


def katz_factors(n):
    f, most = [1] * 8, 7
    while most > 0 and of(n, most + 1) == 0:
        most -= 1
    if n == 1 or most == 0 or of(n, 1) == 0:
        return f
    a = (most + 1) * of(n, most + 1) / of(n, 1)
    for r in range(1, most + 1):
        if of(n, r) and a != 1:
            x = ((r + 1) * of(n, r + 1) / (r * of(n, r)) - a) / (1 - a)
            if 0 < x <= 1:
                f[r] = x
    return f


discounts = [None] + [kn_discounts(n) for n in range(1, order + 1)]
factors = [None] + [katz_factors(n) for n in range(1, order + 1)]


def katz(h, w):
    n = len(h) + 1
    seen = after[n].get(h, {})
    if n == 1:
        total = sum(seen.values())
        missing = V - len(seen)
        if missing:
            return seen.get(w, 1 / missing) / (total + 1)
        return seen[w] / total
    explicit = {v: (factors[n][c] if c < 8 else 1) * c for v, c in seen.items()
                if h + (v,) in kept[n]}
    if not explicit:
        return katz(h[1:], w)
    total = sum(seen.values())
    lower = sum(katz(h[1:], v) for v in explicit)
    while sum(explicit.values()) / total > 1 - 3e-6 and lower < 1 - 3e-6:
        total += 1
    if w in explicit:
        return explicit[w] / total
    left = 1 - sum(explicit.values()) / total
    return left / (1 - lower) * katz(h[1:], w)


def interpolated(h, w):
    n = len(h) + 1
    lower = 1 / V if n == 1 else None
    seen = after[n].get(h, {})
    if not seen or not any(h + (v,) in kept[n] for v in seen) and n > 1 and h not in kept[n - 1] and h != ("<s>",):
        return interpolated(h[1:], w)
    if lower is None:
        lower = interpolated(h[1:], w)
    total = sum(seen.values())
    if smoothing == "kneser-ney":
        off = lambda c: discounts[n][min(c, 3)]
    elif smoothing == "absolute":
        a, b = of(n, 1), of(n, 2)
        off = lambda c: a / (a + 2 * b) if a and b else .5
    else:
        off = lambda c: 0
    types = sum(h + (v,) in kept[n] for v in seen)
    mass = sum(off(c) if h + (v,) in kept[n] else c for v, c in seen.items())
    if smoothing == "witten-bell":
        mass += types
        mass += sum(1 for v in seen if h + (v,) not in kept[n])
        total += mass
    p = mass / total * lower
    if w in seen and h + (w,) in kept[n]:
        p += (seen[w] - off(seen[w])) / total
    return p


def add_k(h, w):
    seen = after[len(h) + 1].get(h, {})
    return (seen.get(w, 0) + 1) / (sum(seen.values()) + V)


model = {"katz": katz, "add-k": add_k}.get(smoothing, interpolated)
for line in open(test):
    s = ["<s>"] + [w if w in words else "UNK" for w in line.split()] + ["</s>"]
    total = 0
    for i in range(1, len(s)):
        h = tuple(s[max(0, i - order + 1):i])
        total += math.log(model(h, s[i]))
    print("%.4f" % total)
