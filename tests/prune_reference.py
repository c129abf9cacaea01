"""prune_reference.py SHARE WHOLE PRUNED: is PRUNED what entropy-based pruning (Stolcke 1998) makes
of the model WHOLE?  Both are ARPA files; exit status 1, and what differs, where it is not."""

import math
import sys


def read(path):
    """Length -> n-gram -> (probability, back-off weight)."""
    model, n = {}, 0
    for line in open(path):
        line = line.rstrip("\n")
        if line.endswith("-grams:"):
            n = int(line[1:-7])
            model[n] = {}
        elif n and "\t" in line:
            field = line.split("\t")
            model[n][tuple(field[1].split())] = (
                10 ** float(field[0]), 10 ** float(field[2]) if len(field) > 2 else 1)
    return model


def probability(model, context, word):
    gram = context + (word,)
    if gram in model[len(gram)]:
        return model[len(gram)][gram][0]
    weight = model[len(context)].get(context, (0, 1))[1]
    return weight * probability(model, context[1:], word)


def joint(model, context):
    p = 1
    for i, word in enumerate(context):
        p *= model[1][("</s>",)][0] if word == "<s>" else probability(model, context[:i], word)
    return p


def sums(model, n):
    """Context -> what its n-grams leave to others: under it, and under the shorter one."""
    own, lower = {}, {}
    for gram, (p, _) in model[n].items():
        h = gram[:-1]
        own[h] = own.get(h, 1) - p
        lower[h] = lower.get(h, 1) - probability(model, h[1:], gram[-1])
    return own, lower


def prune(model, share):
    order, doubtful, needed = max(model), set(), set()
    whole = {n: dict(grams) for n, grams in model.items()}
    for n in range(order, 1, -1):
        own, lower = sums(whole, n)
        kept = {}
        for gram, (p, weight) in model[n].items():
            h = gram[:-1]
            a, b = own[h], lower[h]
            then = probability(whole, h[1:], gram[-1])
            after = math.log((a + p) / (b + then))
            change = p * (math.log(then) + after - math.log(p))
            if a > 0 and b > 0:
                change += a * (after - math.log(a / b))
            loss = math.exp(-joint(whole, h) * change) - 1
            if abs(loss - share) < 1e-3 * share + 1e-9:
                doubtful.add(gram)  # numbers in files are rounded
            if gram in needed or loss >= share:
                kept[gram] = (p, weight)
        model[n] = kept
        needed = {gram[:-1] for gram in kept}
    for n in range(2, order + 1):
        own, lower = sums(model, n)
        for h, (p, _) in model[n - 1].items():
            model[n - 1][h] = (p, own[h] / lower[h] if h in own else 1)
    return doubtful


share, ours, theirs = float(sys.argv[1]), read(sys.argv[3]), read(sys.argv[2])
doubtful = prune(theirs, share)
bad = 0
for n in theirs:
    for gram in set(theirs[n]) ^ set(ours[n]):
        if not any(gram == d[:len(gram)] for d in doubtful):
            print("only in one:", gram, gram in ours[n])
            bad = 1
    for gram in set(theirs[n]) & set(ours[n]):
        for x, y in zip(ours[n][gram], theirs[n][gram]):
            if abs(x - y) > 1e-3 * (x + y) and not doubtful:
                print("differs:", gram, ours[n][gram], theirs[n][gram])
                bad = 1
sys.exit(bad)
