"""What rnn-train does in its updates, done again by PyTorch from the same parameters.

    rnn_torch.py BEFORE AFTER LOG TEXT METHOD [SMOOTHING]

BEFORE and AFTER are models.  LOG is that of the updates by METHOD (sgd, adam, adamw) between them, each
over all of TEXT: lines of tokens with SENTENCE_START and SENTENCE_END, or of tags, a tab, and
tokens.  Compares the loss before each update, and every parameter after the last; prints the
largest differences, and fails where one is above 1e-5.
"""

import sys

import torch
from torch.nn.utils.rnn import pack_sequence

from rnn_reference import lines, tensor

KINDS = {"elman": torch.nn.RNN, "lstm": torch.nn.LSTM, "gru": torch.nn.GRU}
EPSILON = 1e-4  # see rnn-torch.bats


def parameter(model, name):
    return torch.tensor(tensor(model, name), requires_grad=True)


class Network:
    def __init__(self, model):
        config = dict(s.split("=") for s in lines(model, "rnn.config"))
        hidden, layers = int(config["hidden"]), int(config["layers"])
        both = config["bidirectional"] not in ("0", "no", "false")
        self.output = {name: parameter(model, name) for name in ("output.weight", "output.bias")}
        self.table = torch.eye(len(lines(model, "vocab")), dtype=torch.float64)
        if config["input"] == "embedding":
            self.output["embedding"] = self.table = parameter(model, "embedding")
        self.rnn = KINDS[config["cell"]](self.table.shape[1], hidden, layers, bidirectional=both,
                                         dtype=torch.float64)
        # Ours by name, and the same of PyTorch.  That has two biases for each gate, of which
        # only the GRU's third gate needs both: the others are not trained.
        self.pairs, self.idle = [], []
        for layer in range(layers):
            for direction, suffix in (("forward", ""), ("backward", "_reverse"))[:1 + both]:
                ours, theirs = f"layer{layer}.{direction}.", f"_l{layer}{suffix}"
                weight_ih, weight_hh, bias_ih, bias_hh = (
                    getattr(self.rnn, name + theirs).data
                    for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
                bias_hh.zero_()
                second = getattr(self.rnn, "bias_hh" + theirs)
                self.idle.append((second, 2 * hidden if config["cell"] == "gru" else None))
                self.pairs += [(ours + "input", weight_ih.T), (ours + "recurrent", weight_hh.T),
                               (ours + "bias", bias_ih[None])]
                if config["cell"] == "gru":
                    self.pairs.append((ours + "state_bias", bias_hh[None, 2 * hidden:]))
        for name, theirs in self.pairs:
            theirs[...] = parameter(model, name).data

    def loss(self, inputs, targets, smoothing):
        x = pack_sequence([self.table[i] for i in inputs], enforce_sorted=False)
        states = self.rnn(x)[0].data
        logits = states @ self.output["output.weight"].T + self.output["output.bias"][0]
        return torch.nn.functional.cross_entropy(
            logits, pack_sequence(targets, enforce_sorted=False).data, label_smoothing=smoothing)

    def trained(self):
        return list(self.rnn.parameters()) + list(self.output.values())

    def decayed(self, decay):
        """Biases lose nothing."""
        named = list(self.rnn.named_parameters()) + list(self.output.items())
        return [{"params": [p for n, p in named if "bias" not in n], "weight_decay": decay},
                {"params": [p for n, p in named if "bias" in n], "weight_decay": 0}]

    def named(self):
        return self.pairs + [(name, p.data) for name, p in self.output.items()]


def read(text, model):
    """Sequences of inputs, and of targets."""
    vocab = {word: i for i, word in enumerate(lines(model, "vocab"))}
    inputs, targets = [], []
    for line in open(text):
        tags, tab, words = line.rstrip("\n").rpartition("\t")
        ids = torch.tensor([vocab[word] for word in words.split()])
        if tab:
            labels = {tag: i for i, tag in enumerate(lines(model, "tags.vocab"))}
            inputs.append(ids)
            targets.append(torch.tensor([labels[tag] for tag in tags.split()]))
        else:
            inputs.append(ids[:-1])
            targets.append(ids[1:])
    return inputs, targets


def losses(log):
    rows = [line.rstrip("\n").split("\t") for line in open(log) if not line.startswith("#")]
    column = rows[0].index("loss")
    return [float(row[column]) for row in rows[1:] if row[column]]


def main():
    before, after, log, text, method = sys.argv[1:6]
    smoothing = float(sys.argv[6]) if len(sys.argv) > 6 else 0
    network = Network(before)
    inputs, targets = read(text, before)
    optimizer = (torch.optim.SGD(network.trained(), lr=0.5) if method == "sgd" else
                 torch.optim.AdamW(network.decayed(2), lr=0.002, eps=EPSILON)
                 if method == "adamw" else
                 torch.optim.Adam(network.trained(), lr=0.002, eps=EPSILON))
    worst_loss = worst = 0
    for ours in losses(log):
        loss = network.loss(inputs, targets, smoothing)
        worst_loss = max(worst_loss, abs(loss.item() - ours))
        optimizer.zero_grad()
        loss.backward()
        for bias, count in network.idle:
            bias.grad[:count] = 0
        optimizer.step()
    moved = 0
    for name, theirs in network.named():
        ours, old = torch.tensor(tensor(after, name)), torch.tensor(tensor(before, name))
        worst = max(worst, (ours - theirs).abs().max().item())
        moved = max(moved, (ours - old).abs().max().item())
    print(f"{len(losses(log))} steps, up to {moved:.3f}: "
          f"loss {worst_loss:.1e}, parameters {worst:.1e}")
    sys.exit(not (losses(log) and moved > 1e-3 and worst_loss < 1e-5 and worst < 1e-5))


if __name__ == "__main__":
    main()
