"""Networks in words, run by PyTorch from the same parameters: what rnn-train does in its updates.

    net_torch.py BEFORE AFTER LOG TEXT [COLUMN [STREAM]]

BEFORE and AFTER are models of networks whose types are below.  LOG is that of the updates by
stochastic gradient descent between them, each over all of TEXT: lines of tokens with
SENTENCE_START and SENTENCE_END; of a label or tags, a tab, and tokens; of pairs.  COLUMN has lines
of the column `pos`, or is -; STREAM has a vector for each line.  Compares the loss before
each update, and every parameter after the last; prints the largest differences, and fails where
one is above 1e-5.
"""

import sys

import torch
from torch.nn import functional

from rnn_reference import lines, tensor

FUNCTIONS = {
    "linear": lambda z: z, "tanh": torch.tanh, "relu": torch.relu, "sigmoid": torch.sigmoid,
    "hardtanh": functional.hardtanh,
    "gelu": lambda z: 0.5 * z * (1 + torch.tanh((2 / torch.pi) ** 0.5 * (z + 0.044715 * z ** 3))),
    "glu": lambda z: functional.glu(z, dim=-1),
    "gated-tanh": lambda z: torch.tanh(z.chunk(2, -1)[0]) * torch.sigmoid(z.chunk(2, -1)[1]),
}


def bucket(tokens, buckets):
    """Of an n-gram, as nn/layers/embedding.c hashes it: its last token first."""
    mask, h = 2 ** 64 - 1, 0
    for token in reversed(tokens):
        h = ((h ^ token) * 0x9e3779b97f4a7c15 + 1) & mask
    h = ((h ^ h >> 33) * 0xff51afd7ed558ccd) & mask
    return ((h ^ h >> 33) >> 32) * buckets >> 32


SPECIAL = {"UNKNOWN_TOKEN", "SENTENCE_START", "SENTENCE_END"}


def character_row(c, rows):
    """Of a character, as nn/layers/char_conv.c has it."""
    return c if c < 128 else 128 + (c * 2654435761 % 2 ** 32 >> 3) % (rows - 128)


class Node:
    """An item of the list: its type, value, settings, flags, and what it reads."""

    def __init__(self, text, before):
        words = text.split()
        self.sources = [before]
        if "from" in words:
            at = words.index("from")
            self.sources, words = words[at + 1].split("+"), words[:at]
        label, equals, type_ = words[0].partition("=")
        self.type, self.label = (type_ or label), (label if equals else None)
        rest = words[1:]
        self.value = rest.pop(0) if rest and "=" not in rest[0] else None
        self.settings = dict(w.split("=") for w in rest if "=" in w)
        self.flags = {w for w in rest if "=" not in w}
        if self.value in ("causal", "no-bias", "tied"):
            self.flags.add(self.value)


def items(text):
    """The list, its repeats written out."""
    out, depth, begin = [], 0, 0
    for i, c in enumerate(text + ","):
        depth += (c == "(") - (c == ")")
        if c == "," and depth == 0:
            item, begin = text[begin:i].strip(), i + 1
            times = item.split(" x ", 1)
            if len(times) == 2 and times[0].isdigit():
                out += int(times[0]) * items(times[1].strip()[1:-1])
            else:
                out.append(item)
    return out


class Network:
    def __init__(self, model):
        self.config = dict(s.split("=", 1) for s in lines(model, "rnn.config"))
        self.params, self.model, self.nodes, self.vectors = {}, model, [], None
        self.words = lines(model, "vocab")
        before, count, recurrent = "input", {}, 0
        for text in items(self.config["net"].replace("\\s", " ")):
            node = Node(text, before)
            if not node.label and node.type == "gru":
                node.label = f"layer{recurrent}"
            recurrent += node.type == "gru"
            count[node.type] = count.get(node.type, 0) + 1
            if not node.label:
                number = count[node.type]
                node.label = node.type + (str(number) if number > 1 else "")
            self.nodes.append(node)
            before = node.label
        self.nodes[-1].label = "output"

    def get(self, name):
        if name not in self.params:
            try:
                value = tensor(self.model, name)
            except Exception:
                return 0
            self.params[name] = torch.tensor(value, requires_grad=True)
        return self.params[name]

    def affine(self, n, x, activation):
        bias = self.get(n.label + ".bias")
        bias = bias.reshape(-1) if torch.is_tensor(bias) else bias
        return FUNCTIONS[activation](x @ self.get(n.label + ".weight") + bias)

    def steps(self, prefix, gates, h, read=None):
        """A GRU, reset after the product, from its gates' sums; read(h): what is added to them."""
        u, states = self.get(prefix + "recurrent"), []
        b = self.get(prefix + "state_bias")
        for row in gates:
            more, context = read(h) if read else (0, None)
            r, z, n = (row + more).chunk(3)
            hr, hz, hn = (h @ u).chunk(3)
            r, z = torch.sigmoid(r + hr), torch.sigmoid(z + hz)
            n = torch.tanh(n + r * (hn + b.reshape(-1)))
            h = (1 - z) * n + z * h
            states.append(h if context is None else torch.cat([h, context]))
        return torch.stack(states)

    def attend(self, n, h, states):
        """Contexts of rows h."""
        heads, score = int(n.settings.get("heads", 1)), n.settings.get("score", "additive")
        score = next((f for f in n.flags if f in ("dot", "general", "additive")), score)
        score = n.value if n.value in ("dot", "general") else score
        keys = states if score == "dot" else states @ self.get(n.label + ".key")
        if score == "additive":
            h = h @ self.get(n.label + ".query") + self.get(n.label + ".query_bias")
            v = self.get(n.label + ".score").reshape(-1).chunk(heads)
        contexts = []
        for i, (q, k, s) in enumerate(zip(h.chunk(heads, 1), keys.chunk(heads, 1),
                                          states.chunk(heads, 1))):
            e = (torch.tanh(q[:, None] + k[None]) @ v[i] if score == "additive" else q @ k.T)
            contexts.append(torch.softmax(e, 1) @ s)
        return torch.cat(contexts, 1)

    def window(self, x, before, after, dilation=1):
        padded = functional.pad(x, (0, 0, before * dilation, after * dilation))
        steps = len(x)
        return torch.cat([padded[k * dilation:k * dilation + steps]
                          for k in range(before + 1 + after)], 1)

    def positions(self, n, steps, width):
        if n.settings.get("how", "learnt") == "learnt":
            return self.get(n.label)[:steps]
        i = torch.arange(width)
        angle = torch.arange(steps)[:, None] / 10000 ** ((i - i % 2) / width)
        return torch.where(i % 2 == 1, angle.cos(), angle.sin()) / width ** 0.5

    def attention(self, n, x, z=None):
        """PyTorch's own, whose weights are (out, in)."""
        heads, steps, width = int(n.value), *x.shape
        mask = torch.ones(steps, steps).triu(1).bool() if "causal" in n.flags else None
        biased, names = "no-bias" not in n.flags, [""] if z is None else ["", "memory"]
        weight = torch.cat([self.get(n.label + "." + (s or "weight")) for s in names], 1).T
        bias = torch.cat([self.get(n.label + "." + s + "_bias" * bool(s) + "bias" * (not s))[0]
                          for s in names]) if biased else None
        bias_out = self.get(n.label + ".output_bias")[0] if biased else None
        z = x if z is None else z
        return functional.multi_head_attention_forward(
            x[:, None], z[:, None], z[:, None], width, heads, weight, bias, None, None, False, 0.0,
            self.get(n.label + ".output").T, bias_out, need_weights=False, attn_mask=mask)[0][:, 0]

    def run(self, n, x, *others):
        s = n.settings
        if n.type == "embedding":
            vectors = self.get(n.label)[x]
            for size in range(2, int(s.get("ngrams", 1)) + 1):
                table = self.get(n.label + ".ngram")
                added = [table[bucket(x[t - size + 1:t + 1].tolist(), len(table))]
                         if t + 1 >= size else torch.zeros(table.shape[1]) for t in range(len(x))]
                vectors = vectors + torch.stack(added)
            return vectors
        if n.type == "char-conv":
            table, weight = self.get(n.label + ".characters"), self.get(n.label + ".weight")
            units = self.get(n.label + ".bias").shape[-1]
            width = weight.shape[1] // units
            kernel = weight.reshape(table.shape[1], width, units).permute(2, 0, 1)
            vectors = []
            for word in (self.words[i] for i in x):
                z = torch.zeros(units)
                if word not in SPECIAL:
                    rows = [character_row(ord(c), len(table)) for c in word]
                    chars = functional.pad(table[rows].T, ((width - 1) // 2, width // 2))
                    z = functional.conv1d(chars[None], kernel)[0].max(1)[0]
                vectors.append(z + self.get(n.label + ".bias").reshape(-1))
            return FUNCTIONS[s.get("activation", "tanh")](torch.stack(vectors))
        if n.type == "gru":
            units = int(n.value)
            first = others[0] if others else torch.zeros(units, dtype=x.dtype)
            made = []
            for way in ["forward.", "backward."][:1 + ("bidirectional" in n.flags)]:
                rows = x if way == "forward." else x.flip(0)
                prefix = n.label + "." + way
                gates = rows @ self.get(prefix + "input") + self.get(prefix + "bias")
                made.append(self.steps(prefix, gates, first))
            if len(made) == 1:
                return made[0]
            both = torch.cat([made[0], made[1].flip(0)], 1)
            both.last = torch.cat([made[0][-1], made[1][-1]])
            return both
        if n.type == "decoder":
            states, first = others[:2]
            prefix = n.label + "."

            def read(h):
                context = self.attend(n, h[None], states)[0]
                return context @ self.get(prefix + "context"), context
            gates = x @ self.get(prefix + "input") + self.get(prefix + "bias")
            return self.steps(prefix, gates, first, read)
        if n.type == "attend":
            return self.attend(n, x, others[0])
        if n.type == "bridge":
            return x
        if n.type == "window":
            size = int(n.value or 5)
            before = size - 1 if "causal" in n.flags else (size - 1) // 2
            return self.window(x, before, size - 1 - before)
        if n.type == "dense":
            return self.affine(n, x, s.get("activation", "linear"))
        if n.type == "conv":
            size, dilation = int(s.get("width", 3)), int(s.get("dilation", 1))
            before = size - 1 if "causal" in n.flags else (size - 1) // 2
            weight = self.get(n.label + ".weight")
            kernel = weight.reshape(size, x.shape[1], weight.shape[1]).permute(2, 1, 0)
            padded = functional.pad(
                x.T, (before * dilation, (size - 1 - before) * dilation))
            z = functional.conv1d(padded[None], kernel, dilation=dilation)[0].T
            return FUNCTIONS[s.get("activation", "linear")](z + self.get(n.label + ".bias"))
        if n.type == "norm":
            return functional.layer_norm(x, x.shape[-1:], self.get(n.label + ".gain")[0],
                                         self.get(n.label + ".bias")[0])
        if n.type == "positions":
            return x + self.positions(n, *x.shape)
        if n.type == "attention":
            return self.attention(n, x)
        if n.type == "cross-attention":
            return self.attention(n, x, others[0])
        if n.type == "highway":
            h, t = self.affine(n, x, "linear").chunk(2, -1)
            t = torch.sigmoid(t)
            return t * FUNCTIONS[s.get("activation", n.value or "relu")](h) + (1 - t) * x
        if n.type == "attention-pool":
            u = self.affine(n, x, "tanh")
            return torch.softmax(u @ self.get(n.label + ".query")[0], 0) @ x
        if n.type == "add":
            return x + sum(others)
        if n.type == "repeat":
            return x.expand(self.length, -1)
        if n.type == "concat":
            return torch.cat([x, *others], -1)
        if n.type == "pool":
            return {"mean": lambda: x.mean(0), "max": lambda: x.max(0)[0],
                    None: lambda: getattr(x, "last", x[-1]),
                    "last": lambda: getattr(x, "last", x[-1])}[n.value]()
        if n.type == "softmax":
            tied = "embedding" if "tied" in n.flags else "output.weight"
            bias = 0 if "no-bias" in n.flags else self.get("output.bias").reshape(-1)
            return x @ self.get(tied).T + bias
        raise SystemExit(f"no type {n.type}")

    def outputs(self, ids, column, vector):
        self.length = len(ids)
        if isinstance(ids, tuple):
            made = {"source": ids[0], "input": ids[1]}
        else:
            made = {"input": ids, "column.pos": column, "column.caps": self.capitals(ids)}
        made["encoding"] = vector
        for n in self.nodes:
            made[n.label] = self.run(n, *(made[s] for s in n.sources))
        return made["output"]

    def capitals(self, ids):
        """Of words of ASCII letters."""
        kinds = lines(self.model, "column.caps.vocab") if "column.caps" in self.config["net"] else []
        kind = [("none" if w in SPECIAL or w.lower() == w.upper() else "lower" if w.islower() else
                 "initial" if w[0].isupper() and (w[1:].islower() or w[1:] == w[1:].upper() == w[1:].lower())
                 else "all" if w.isupper() and sum(c.isupper() for c in w) > 1 else "mixed")
                for w in (self.words[i] for i in ids)]
        return torch.tensor([kinds.index(k) for k in kind]) if kinds else None

    def loss(self, inputs, targets, columns):
        logits = [self.outputs(*both) for both in zip(inputs, columns, self.vectors or [None] * len(inputs))]
        if targets[0].dim() == 0:
            return functional.cross_entropy(torch.stack(logits), torch.stack(targets))
        return functional.cross_entropy(torch.cat(logits), torch.cat(targets))


def read_pairs(text, model, vocab):
    other = {word: i for i, word in enumerate(lines(model, "target.vocab"))}
    inputs, targets = [], []
    for line in open(text):
        source, target = line.rstrip("\n").split("\t")
        target = ["SENTENCE_START", *target.split(), "SENTENCE_END"]
        ids = torch.tensor([other[word] for word in target])
        inputs.append((torch.tensor([vocab[word] for word in source.split()]), ids[:-1]))
        targets.append(ids[1:])
    return inputs, targets


def read(text, model, task):
    """Sequences of inputs, and of targets."""
    vocab = {word: i for i, word in enumerate(lines(model, "vocab"))}
    if task == "translate":
        return read_pairs(text, model, vocab)
    names = [] if task == "lm" else lines(model, task.replace("classify", "label") + "s.vocab")
    classes = {name: i for i, name in enumerate(names)}
    inputs, targets = [], []
    for line in open(text):
        target, _, words = line.rstrip("\n").rpartition("\t")
        ids = torch.tensor([vocab[word] for word in words.split()])
        if task == "lm":
            inputs.append(ids[:-1])
            targets.append(ids[1:])
        else:
            inputs.append(ids)
            found = [classes[name] for name in target.split()]
            targets.append(torch.tensor(found if task == "tag" else found[0]))
    return inputs, targets


def read_column(text, model, inputs):
    """Its values, for each sequence."""
    if text is None:
        return [None] * len(inputs)
    values = {word: i for i, word in enumerate(lines(model, "column.pos.vocab"))}
    return [torch.tensor([values[word] for word in line.split()]) for line in open(text)]


def losses(log):
    rows = [line.rstrip("\n").split("\t") for line in open(log) if not line.startswith("#")]
    column = rows[0].index("loss")
    return [float(row[column]) for row in rows[1:] if row[column]]


def main():
    before, after, log, text, *more = sys.argv[1:]
    network = Network(before)
    if len(more) > 1:
        network.vectors = list(torch.tensor(tensor(more[1], "encoding")))
    inputs, targets = read(text, before, network.config["task"])
    columns = read_column(more[0] if more and more[0] != "-" else None, before, inputs)
    network.loss(inputs, targets, columns)
    optimizer = torch.optim.SGD(network.params.values(), lr=0.5)
    worst_loss = worst = moved = 0
    for ours in losses(log):
        loss = network.loss(inputs, targets, columns)
        worst_loss = max(worst_loss, abs(loss.item() - ours))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    for name, theirs in network.params.items():
        ours, old = torch.tensor(tensor(after, name)), torch.tensor(tensor(before, name))
        worst = max(worst, (ours - theirs).abs().max().item())
        moved = max(moved, (ours - old).abs().max().item())
    print(f"{len(losses(log))} steps, {len(network.params)} parameters, up to {moved:.3f}: "
          f"loss {worst_loss:.1e}, parameters {worst:.1e}")
    sys.exit(not (losses(log) and moved > 1e-3 and worst_loss < 1e-5 and worst < 1e-5))


if __name__ == "__main__":
    main()
