#!/usr/bin/env python3
"""autoencode_torch.py linear|denoising|variational ROWS.npy EPOCHS: auto-encoders in PyTorch, on one
thread, as its users write them.  What `bench/run rnn` measures rnn-train --task autoencode against.

Batches of 100 rows in another order in each epoch, codes of 50 numbers, Adam: what rnn-train does.
"""

import sys

import numpy as np
import torch
from torch import nn
from torch.nn import functional

kind, file, epochs = sys.argv[1], sys.argv[2], int(sys.argv[3])
BATCH, CODE, HIDDEN = 100, 50, 256
torch.set_num_threads(1)
torch.manual_seed(1)
rows = torch.tensor(np.load(file).astype("f4"))
n, width = rows.shape


class Linear(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder = nn.Linear(width, CODE)
        self.bias = nn.Parameter(torch.zeros(width))

    def forward(self, x):
        out = functional.linear(self.encoder(x), self.encoder.weight.T, self.bias)
        return 0.5 * ((out - x) ** 2).sum(1).mean()


class Denoising(nn.Module):
    def __init__(self):
        super().__init__()
        self.encoder, self.decoder = nn.Linear(width, CODE), nn.Linear(CODE, width)

    def forward(self, x):
        kept = x * (torch.rand_like(x) >= 0.3)
        return 0.5 * ((self.decoder(torch.tanh(self.encoder(kept))) - x) ** 2).sum(1).mean()


class Variational(nn.Module):
    def __init__(self):
        super().__init__()
        self.hidden, self.code = nn.Linear(width, HIDDEN), nn.Linear(HIDDEN, 2 * CODE)
        self.decoder = nn.Linear(CODE, width)

    def forward(self, x):
        m, v = self.code(torch.relu(self.hidden(torch.log1p(x)))).chunk(2, 1)
        z = m + (v / 2).exp() * torch.randn_like(m)
        divergence = 0.5 * (m ** 2 + v.exp() - 1 - v).sum(1)
        return (divergence - (x * functional.log_softmax(self.decoder(z), 1)).sum(1)).mean()


model = {"linear": Linear, "denoising": Denoising, "variational": Variational}[kind]()
optimizer = torch.optim.Adam(model.parameters(), 2e-3)
for epoch in range(epochs):
    for batch in torch.randperm(n).split(BATCH):
        optimizer.zero_grad()
        model(rows[batch]).backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5)
        optimizer.step()
