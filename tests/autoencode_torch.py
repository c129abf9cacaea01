"""Auto-encoders in words, run by PyTorch from the same parameters, rows as numbers.

    autoencode_torch.py steps BEFORE AFTER LOG ROWS.npy
    autoencode_torch.py report MODEL REPORT ROWS.npy

steps: AFTER comes from BEFORE by updates of stochastic gradient descent, each over all rows, with
the losses of LOG; compares these and every parameter, to 1e-5.  report: what rnn-predict
--reconstruct --report says of a variational model: the divergence to six digits, and what is
drawn to the error that draws leave.  Types: dense, code, log, gaussian; squared-error,
multinomial.
"""

import math
import sys

import numpy as np
import torch

from rnn_reference import lines, tensor

ACTIVATIONS = {"linear": lambda z: z, "tanh": torch.tanh, "relu": torch.relu,
               "sigmoid": torch.sigmoid}


def items(model):
    words = next(l for l in lines(model, "rnn.config") if l.startswith("net="))[4:]
    for item in words.replace("\\s", " ").split(", "):
        kind, *words = item.split(" ")
        yield kind, kind, words, dict(w.split("=") for w in words if "=" in w)


class AutoEncoder:
    def __init__(self, model):
        self.items = list(items(model))
        self.params = {}
        dense = 0
        for i, (label, kind, words, keys) in enumerate(self.items):
            if kind == "dense":
                label = f"dense{dense + 1}" if dense else "dense"
                dense += 1
            name = "output" if kind in ("squared-error", "multinomial") else label
            self.items[i] = (name, kind, words, keys)
            for p in ("weight", "bias"):
                if (p == "bias" and "no-bias" in words) or kind in ("code", "log", "dropout") or (
                        p == "weight" and "tied" in words):
                    continue
                self.params[f"{name}.{p}"] = torch.tensor(
                    tensor(model, f"{name}.{p}"), requires_grad=True)
        self.first = next(n for n, k, _, _ in self.items if k == "dense") if dense else None

    def affine(self, name, x, weight=None):
        z = x @ (self.params[f"{name}.weight"] if weight is None else weight)
        return z + self.params[f"{name}.bias"] if f"{name}.bias" in self.params else z

    def loss(self, x, noise=None):
        """Of each row, and of this the part that layers add."""
        penalty = torch.zeros(len(x), dtype=x.dtype)
        h = x
        for name, kind, words, keys in self.items:
            if kind == "dropout":  # not where it is evaluated
                continue
            if kind == "log":
                h = torch.log1p(h)
            elif kind == "dense":
                h = ACTIVATIONS[keys.get("activation", "linear")](self.affine(name, h))
            elif kind == "code":
                top = int(keys.get("top", 0))
                if top and top < h.shape[1]:
                    least = h.topk(top, 1)[0][:, -1:]
                    h = torch.where(h >= least, h, torch.zeros_like(h))
                penalty = penalty + float(next((w for w in words if "=" not in w), 0)) * h.abs().sum(1)
            elif kind == "gaussian":
                m, v = self.affine(name, h).chunk(2, 1)
                penalty = penalty + 0.5 * (m ** 2 + v.exp() - 1 - v).sum(1)
                h = m if noise is None else m + (v / 2).exp() * noise
            else:
                weight = self.params[f"{self.first}.weight" if "tied" in words
                                     else "output.weight"].T
                y = self.affine("output", h, weight)
                rest = (0.5 * ((y - x) ** 2).sum(1) if kind == "squared-error"
                        else -(x * torch.log_softmax(y, 1)).sum(1))
        return rest + penalty, penalty


def steps(before, after, log, rows):
    x = torch.tensor(np.load(rows).astype("f8"))
    table = [line.split("\t") for line in open(log).read().splitlines()]
    column = {name: i for i, name in enumerate(table[0])}
    model, worst = AutoEncoder(before), 0
    for line in table[1:]:
        loss = model.loss(x)[0].mean()
        worst = max(worst, abs(float(line[column["loss"]]) / loss.item() - 1))
        grads = torch.autograd.grad(loss, list(model.params.values()))
        with torch.no_grad():
            for p, g in zip(model.params.values(), grads):
                p -= float(line[column["rate"]]) * g
    for name, p in model.params.items():
        worst = max(worst, np.abs(tensor(after, name) - p.detach().numpy()).max())
    print(f"{len(table) - 1} updates, {len(model.params)} parameters: {worst:.1e}")
    return worst < 1e-5


def report(model, said, rows):
    x = torch.tensor(np.load(rows).astype("f8"))
    said = dict(line.split("\t")[:2] for line in open(said))
    model = AutoEncoder(model)
    generator = torch.Generator().manual_seed(1)
    units = next(int(w[0]) for _, k, w, _ in model.items if k == "gaussian")
    with torch.no_grad():
        draws = [model.loss(x, torch.randn(len(x), units, generator=generator, dtype=x.dtype))
                 for _ in range(100)]
    kl = draws[0][1].mean().item()
    means = np.array([d[0].mean().item() for d in draws])
    loss, error = means.mean(), means.std() / math.sqrt(10)
    bags = torch.stack([d[0] for d in draws]).mean(0) / x.sum(1)
    perplexity = math.exp(bags.mean().item())
    print("kl", kl, said["kl"], "loss", loss, "+-", error, said["loss"], "perplexity",
          perplexity, said["perplexity_bound"])
    return (abs(float(said["kl"]) / kl - 1) < 2e-6 and abs(float(said["loss"]) - loss) < 5 * error
            and abs(float(said["perplexity_bound"]) / perplexity - 1) < 0.02)


if __name__ == "__main__":
    right = {"steps": steps, "report": report}[sys.argv[1]](*sys.argv[2:])
    sys.exit(0 if right else 1)
