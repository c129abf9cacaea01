"""A recurrent network run by NumPy, step by step, as the equations of rnn-train(1) have it.

    rnn_reference.py MODEL COMMAND < token text

Reads the model's tensors through ts-convert.  Tokens must be known to the model.

    sentences   print the log-probability of each line, read by itself
    stream      print the log-probability of each line, the text being read as one
    states      print the last state after each line, each read by itself
"""

import io
import re
import subprocess
import sys

import numpy as np


def tensor(model, name):
    """A parameter; of hashed n-grams, whose rows of zeros are not written, the whole table."""
    data = subprocess.run(["ts-convert", "--to", "npy", "--tensor", name, model],
                          check=True, stdout=subprocess.PIPE).stdout
    values = np.load(io.BytesIO(data)).astype("f8")
    if not name.endswith(".ngram"):
        return values
    config = "".join(line for line in lines(model, "rnn.config") if line.startswith("net="))
    whole = np.zeros((int(re.search(r"buckets=(\d+)", config).group(1)), values.shape[1]))
    listed = len(values) < len(whole)
    whole[tensor(model, name + ".row").astype(int) if listed else slice(None)] = values
    return whole


def lines(model, name):
    text = subprocess.run(["ts-convert", "--to", "tsv", "--tensor", name, model],
                          check=True, stdout=subprocess.PIPE, text=True).stdout
    return text.split("\n")[:-1]


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


class Network:
    """One layer or several; tokens are one-hot."""

    def __init__(self, model):
        self.config = dict(s.split("=") for s in lines(model, "rnn.config"))
        self.vocab = {word: i for i, word in enumerate(lines(model, "vocab"))}
        self.layers = [[tensor(model, f"layer{i}.forward.{name}")
                        for name in ("input", "recurrent", "bias")]
                       for i in range(int(self.config["layers"]))]
        self.weight, self.bias = tensor(model, "output.weight"), tensor(model, "output.bias")
        self.reset()

    def reset(self):
        self.state = [(np.zeros(u.shape[0]), np.zeros(u.shape[0])) for _, u, _ in self.layers]

    def step(self, token):
        x = np.eye(len(self.vocab))[token]
        for i, (w, u, b) in enumerate(self.layers):
            h, c = self.state[i]
            a = x @ w + h @ u + b[0]
            if self.config["cell"] == "lstm":
                i_, f, g, o = np.split(a, 4)
                c = sigmoid(f) * c + sigmoid(i_) * np.tanh(g)
                h = sigmoid(o) * np.tanh(c)
            else:
                assert self.config["cell"] == "elman"
                h = np.tanh(a)
            self.state[i] = (h, c)
            x = h
        return x

    def log_p(self):
        logits = self.weight @ self.state[-1][0] + self.bias[0]
        logits -= logits.max()
        return logits - np.log(np.exp(logits).sum())


def main():
    network, command = Network(sys.argv[1]), sys.argv[2]
    before = None
    for line in sys.stdin:
        ids = [network.vocab[word] for word in line.split()]
        if command != "stream":
            network.reset()
            before = None
        total = 0
        for token in ids:
            if command == "states":
                network.step(token)
            elif before is not None:
                network.step(before)
                total += network.log_p()[token]
            before = token
        print(*network.state[-1][0] if command == "states" else [total])


if __name__ == "__main__":
    main()
