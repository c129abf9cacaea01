#!/usr/bin/env python3
"""generate_torch.py N: N characters by PyTorch, one step at a time, as one does it there: an
LSTM of 128 units over 65 characters, softmax, torch.multinomial.  The weights are random, which
costs the same."""

import sys

import torch

CHARACTERS, UNITS = 65, 128

torch.set_num_threads(1)
torch.manual_seed(1)
lstm, output = torch.nn.LSTM(CHARACTERS, UNITS), torch.nn.Linear(UNITS, CHARACTERS)
one_hot = torch.eye(CHARACTERS).view(CHARACTERS, 1, 1, CHARACTERS)
x, state, text = one_hot[0], None, []
with torch.no_grad():
    for _ in range(int(sys.argv[1])):
        y, state = lstm(x, state)
        token = torch.multinomial(torch.softmax(output(y[0, 0]), 0), 1).item()
        x = one_hot[token]
        text.append(chr(32 + token))
print("".join(text))
