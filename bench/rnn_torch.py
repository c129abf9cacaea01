#!/usr/bin/env python3
"""rnn_torch.py TASK FILE EPOCHS [HIDDEN [LAYERS [CELL [BATCH]]]]: train as users of PyTorch do.

What `bench/run rnn` measures rnn-train against: nn.LSTM, nn.GRU and nn.RNN on one thread, with
packed sequences where their lengths differ.  TASK and FILE are

  chars   text; a character model over one stream, 50 tracks, 50 steps, states carried on
  words   token text, a sentence a line; batches of sentences of like length
  tags    columns word TAB tag, an empty line after each sentence; a bidirectional tagger
  crf     the same, of words and their characters, with a conditional random field on top
  window  the same; a multi-layer perceptron of HIDDEN units that reads five words
  conv    text; a character model of LAYERS dilated causal convolutions of HIDDEN units
  gpt     text; a Transformer of LAYERS blocks of HIDDEN numbers, which reads 64 characters
  cnn     lines of a label, a tab and tokens; convolutions of three widths, their maxima
  pairs   lines of a source, a tab and its target; GRU of HIDDEN units with attention
          (Bahdanau et al. 2015), the encoder half of them in each direction
"""

import random
import sys

import torch
from torch import nn
from torch.nn.utils.rnn import pack_sequence

torch.set_num_threads(1)
torch.manual_seed(1)
random.seed(1)
CELLS = {"lstm": nn.LSTM, "gru": nn.GRU, "elman": nn.RNN}


def number(items):
    return {item: i for i, item in enumerate(sorted(set(items)))}


def train(model, optimizer, loss, clip):
    optimizer.zero_grad()
    loss.backward()
    clip(model.parameters(), 5)
    optimizer.step()


class CharModel(nn.Module):
    def __init__(self, cell, symbols, hidden, layers):
        super().__init__()
        self.rnn = CELLS[cell](symbols, hidden, layers)
        self.out = nn.Linear(hidden, symbols)
        self.symbols = symbols

    def forward(self, x, state):
        h, state = self.rnn(nn.functional.one_hot(x, self.symbols).float(), state)
        return self.out(h), state


def chars(file, epochs, hidden=128, layers=1, cell="lstm", batch=50, steps=50):
    with open(file, encoding="utf-8", newline="") as source:
        text = source.read()
    ids = number(text)
    data = torch.tensor([ids[c] for c in text])
    n = (len(data) - 1) // batch
    x, y = data[:n * batch].view(batch, n).t(), data[1:n * batch + 1].view(batch, n).t()
    model = CharModel(cell, len(ids), hidden, layers)
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        state = None
        for t in range(0, n, steps):
            logits, state = model(x[t:t + steps], state)
            state = tuple(s.detach() for s in state) if cell == "lstm" else state.detach()
            loss = criterion(logits.flatten(0, 1), y[t:t + steps].flatten())
            train(model, optimizer, loss, nn.utils.clip_grad_value_)


class TokenModel(nn.Module):
    """Vectors of tokens, a recurrent network, and an output for each token."""

    def __init__(self, rnn, tokens, dim, outputs):
        super().__init__()
        self.vectors = nn.Embedding(tokens, dim)
        self.rnn = rnn
        self.out = nn.Linear(rnn.hidden_size * (1 + rnn.bidirectional), outputs)

    def forward(self, packed):
        h, _ = self.rnn(packed._replace(data=self.vectors(packed.data)))
        return self.out(h.data)


def run_batches(model, optimizer, pairs, epochs, batch):
    """pairs: inputs and targets of each sentence."""
    pairs.sort(key=lambda pair: len(pair[0]))
    batches = [pairs[i:i + batch] for i in range(0, len(pairs), batch)]
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        random.shuffle(batches)
        for part in batches:
            packed = pack_sequence([x for x, _ in part], enforce_sorted=False)
            targets = pack_sequence([y for _, y in part], enforce_sorted=False).data
            train(model, optimizer, criterion(model(packed), targets),
                  nn.utils.clip_grad_norm_)


def words(file, epochs, hidden=100, layers=1, cell="elman", batch=32):
    with open(file, encoding="utf-8") as source:
        lines = [line.split() for line in source]
    ids = number(word for line in lines for word in line)
    coded = [torch.tensor([ids[word] for word in line]) for line in lines if len(line) > 1]
    model = TokenModel(CELLS[cell](hidden, hidden, layers), len(ids), hidden, len(ids))
    adam = batch > 1
    optimizer = (torch.optim.Adam(model.parameters(), lr=2e-3) if adam
                 else torch.optim.SGD(model.parameters(), lr=0.05))
    run_batches(model, optimizer, [(s[:-1], s[1:]) for s in coded], epochs, batch)


class Residual(nn.Module):
    """A gated dilated causal convolution and a map, of normalised rows, added to these."""

    def __init__(self, units, dilation):
        super().__init__()
        self.past = 2 * dilation
        self.norm, self.map = nn.LayerNorm(units), nn.Linear(units, units)
        self.conv = nn.Conv1d(units, 2 * units, 3, dilation=dilation)

    def forward(self, x):  # (batch, steps, units)
        padded = nn.functional.pad(self.norm(x).transpose(1, 2), (self.past, 0))
        z, gate = self.conv(padded).chunk(2, 1)
        return x + self.map((torch.tanh(z) * torch.sigmoid(gate)).transpose(1, 2))


def conv(file, epochs, hidden=128, layers=6, _cell=None, batch=16, steps=128):
    with open(file, encoding="utf-8", newline="") as source:
        text = source.read()
    ids = number(text)
    data = torch.tensor([ids[c] for c in text])
    n = (len(data) - 1) // batch
    x, y = data[:n * batch].view(batch, n), data[1:n * batch + 1].view(batch, n)
    model = nn.Sequential(nn.Embedding(len(ids), hidden),
                          *[Residual(hidden, 2 ** i) for i in range(layers)],
                          nn.LayerNorm(hidden), nn.Linear(hidden, len(ids)))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for t in range(0, n, steps):
            logits = model(x[:, t:t + steps])
            train(model, optimizer, criterion(logits.flatten(0, 1), y[:, t:t + steps].flatten()),
                  nn.utils.clip_grad_norm_)


class Block(nn.Module):
    def __init__(self, width, heads):
        super().__init__()
        self.heads = heads
        self.norms = nn.ModuleList(nn.LayerNorm(width) for _ in range(2))
        self.qkv, self.out = nn.Linear(width, 3 * width), nn.Linear(width, width)
        self.up, self.down = nn.Linear(width, 4 * width), nn.Linear(4 * width, width)

    def forward(self, x):  # (batch, steps, width)
        qkv = self.qkv(self.norms[0](x)).unflatten(-1, (3, self.heads, -1))
        q, k, v = qkv.permute(2, 0, 3, 1, 4)
        a = nn.functional.scaled_dot_product_attention(q, k, v, is_causal=True)
        x = x + self.out(a.transpose(1, 2).flatten(2))
        return x + self.down(nn.functional.gelu(self.up(self.norms[1](x)), approximate="tanh"))


class Gpt(nn.Module):
    def __init__(self, symbols, width, layers, steps):
        super().__init__()
        self.vectors, self.places = nn.Embedding(symbols, width), nn.Embedding(steps, width)
        self.blocks = nn.Sequential(*[Block(width, 4) for _ in range(layers)],
                                    nn.LayerNorm(width))
        self.out = nn.Linear(width, symbols)
        self.out.weight = self.vectors.weight

    def forward(self, x):
        return self.out(self.blocks(self.vectors(x) + self.places.weight[:x.shape[1]]))


def gpt(file, epochs, width=128, layers=4, _cell=None, batch=12, steps=64):
    with open(file, encoding="utf-8", newline="") as source:
        text = source.read()
    ids = number(text)
    data = torch.tensor([ids[c] for c in text])
    n = (len(data) - 1) // steps
    x, y = data[:n * steps].view(n, steps), data[1:n * steps + 1].view(n, steps)
    model = Gpt(len(ids), width, layers, steps)
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        for part in torch.randperm(n).split(batch):
            loss = criterion(model(x[part]).flatten(0, 1), y[part].flatten())
            train(model, optimizer, loss, nn.utils.clip_grad_norm_)


class Windows(nn.Module):
    def __init__(self, tokens, dim, hidden, outputs):
        super().__init__()
        self.vectors = nn.Embedding(tokens, dim, sparse=True)
        self.hidden, self.out = nn.Linear(5 * dim, hidden), nn.Linear(hidden, outputs)

    def forward(self, x):
        return self.out(nn.functional.hardtanh(self.hidden(self.vectors(x).flatten(1))))


def window(file, epochs, hidden=300, _layers=1, _cell=None, batch=128):
    sentences, word_ids, tag_ids = read_tagged(file)
    inputs, targets = [], []
    for sentence in sentences:
        words = [0, 0] + [1 + word_ids[w] for w, _ in sentence] + [0, 0]
        inputs += [words[i:i + 5] for i in range(len(sentence))]
        targets += [tag_ids[t] for _, t in sentence]
    x, y = torch.tensor(inputs), torch.tensor(targets)
    model = Windows(1 + len(word_ids), 60, hidden, len(tag_ids))
    sparse = torch.optim.SparseAdam(list(model.vectors.parameters()), lr=1e-3)
    dense = torch.optim.Adam([*model.hidden.parameters(), *model.out.parameters()], lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        order = torch.randperm(len(x))
        for i in range(0, len(x), batch):
            part = order[i:i + batch]
            loss = criterion(model(x[part]), y[part])
            dense.zero_grad(set_to_none=True)
            sparse.zero_grad(set_to_none=True)
            loss.backward()
            dense.step()
            sparse.step()


class Convolutions(nn.Module):
    def __init__(self, tokens, dim, units, outputs):
        super().__init__()
        self.vectors = nn.Embedding(tokens, dim, sparse=True)
        self.convs = nn.ModuleList(nn.Conv1d(dim, units, k, padding=k - 1) for k in (3, 4, 5))
        self.out, self.dropout = nn.Linear(3 * units, outputs), nn.Dropout(0.5)

    def forward(self, x):
        e = self.vectors(x).transpose(1, 2)
        return self.out(self.dropout(torch.cat([conv(e).relu().amax(2) for conv in self.convs], 1)))


def cnn(file, epochs, hidden=100, _layers=1, _cell=None, batch=50):
    with open(file, encoding="utf-8") as source:
        lines = [line.rstrip("\n").split("\t") for line in source]
    ids = number(word for _, text in lines for word in text.split())
    labels = number(label for label, _ in lines)
    pairs = [(torch.tensor([1 + ids[w] for w in text.split()]), labels[label])
             for label, text in lines if text.strip()]
    pairs.sort(key=lambda pair: len(pair[0]))
    batches = [pairs[i:i + batch] for i in range(0, len(pairs), batch)]
    model = Convolutions(1 + len(ids), 100, hidden, len(labels))
    sparse = torch.optim.SparseAdam(list(model.vectors.parameters()), lr=1e-3)
    dense = torch.optim.Adam([*model.convs.parameters(), *model.out.parameters()], lr=1e-3)
    criterion = nn.CrossEntropyLoss()
    for _ in range(epochs):
        random.shuffle(batches)
        for part in batches:
            x = nn.utils.rnn.pad_sequence([x for x, _ in part], batch_first=True)
            loss = criterion(model(x), torch.tensor([y for _, y in part]))
            dense.zero_grad(set_to_none=True)
            sparse.zero_grad(set_to_none=True)
            loss.backward()
            dense.step()
            sparse.step()


def read_tagged(file):
    sentences = [[]]
    with open(file, encoding="utf-8") as source:
        for line in source:
            if line.strip():
                sentences[-1].append(line.rstrip("\n").split("\t"))
            elif sentences[-1]:
                sentences.append([])
    rows = [row for sentence in sentences for row in sentence]
    word_ids, tag_ids = number(row[0] for row in rows), number(row[1] for row in rows)
    return [s for s in sentences if s], word_ids, tag_ids


class CharsCrf(nn.Module):
    """Ma & Hovy (2016): vectors of words, a convolution over their characters, and transitions."""

    def __init__(self, words, symbols, tags, hidden):
        super().__init__()
        self.vectors, self.symbols = nn.Embedding(words, 100, sparse=True), nn.Embedding(symbols, 25)
        self.conv = nn.Conv1d(25, 50, 3, padding=1)
        self.rnn = nn.LSTM(150, hidden, bidirectional=True, batch_first=True)
        self.out, self.dropout = nn.Linear(2 * hidden, tags), nn.Dropout(0.5)
        self.step, self.first = nn.Parameter(torch.zeros(tags, tags)), nn.Parameter(torch.zeros(tags))

    def scores(self, words, characters, lengths):
        n, steps = words.shape
        kinds, where = characters
        spelt = self.conv(self.symbols(kinds).transpose(1, 2)).relu().amax(2)[where]
        x = self.dropout(torch.cat([self.vectors(words), spelt], 2))
        packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False)
        h, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.out(self.dropout(h))

    def loss(self, words, characters, lengths, tags):
        scores = self.scores(words, characters, lengths)
        there = torch.arange(words.shape[1]) < lengths[:, None]
        given = (scores.gather(2, tags[..., None])[..., 0] * there).sum() + self.first[tags[:, 0]].sum()
        given = given + (self.step[tags[:, :-1], tags[:, 1:]] * there[:, 1:]).sum()
        all_ = self.first + scores[:, 0]
        for t in range(1, words.shape[1]):
            next_ = torch.logsumexp(all_[:, :, None] + self.step, 1) + scores[:, t]
            all_ = torch.where(there[:, t, None], next_, all_)
        return (torch.logsumexp(all_, 1).sum() - given) / len(words)


def crf(file, epochs, hidden=100, _layers=1, _cell=None, batch=16):
    sentences, word_ids, tag_ids = read_tagged(file)
    symbols = number(c for word in word_ids for c in word)
    spelling = {w: torch.tensor([1 + symbols[c] for c in w]) for w in word_ids}
    pad = nn.utils.rnn.pad_sequence
    sentences.sort(key=len)
    batches = []
    for i in range(0, len(sentences), batch):
        part = sentences[i:i + batch]
        kinds = number(w for s in part for w, _ in s)
        batches.append((
            pad([torch.tensor([1 + word_ids[w] for w, _ in s]) for s in part], batch_first=True),
            (pad([spelling[w] for w in kinds], batch_first=True),
             pad([torch.tensor([kinds[w] for w, _ in s]) for s in part], batch_first=True)),
            torch.tensor([len(s) for s in part]),
            pad([torch.tensor([tag_ids[t] for _, t in s]) for s in part], batch_first=True)))
    model = CharsCrf(1 + len(word_ids), 1 + len(symbols), len(tag_ids), hidden)
    sparse = torch.optim.SparseAdam(list(model.vectors.parameters()), lr=2e-3)
    dense = torch.optim.Adam([p for name, p in model.named_parameters()
                              if name != "vectors.weight"], lr=2e-3)
    for _ in range(epochs):
        random.shuffle(batches)
        for part in batches:
            dense.zero_grad(set_to_none=True)
            sparse.zero_grad(set_to_none=True)
            model.loss(*part).backward()
            dense.step()
            sparse.step()


def tags(file, epochs, hidden=100, layers=1, cell="lstm", batch=32):
    sentences, word_ids, tag_ids = read_tagged(file)
    pairs = [(torch.tensor([word_ids[w] for w, _ in s]), torch.tensor([tag_ids[t] for _, t in s]))
             for s in sentences]
    model = TokenModel(CELLS[cell](100, hidden, layers, bidirectional=True),
                       len(word_ids), 100, len(tag_ids))
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3)
    run_batches(model, optimizer, pairs, epochs, batch)


class Translator(nn.Module):
    def __init__(self, sources, targets, h):
        super().__init__()
        self.source, self.target = nn.Embedding(sources, h), nn.Embedding(targets, h)
        self.encoder = nn.GRU(h, h // 2, bidirectional=True, batch_first=True)
        self.first, self.key = nn.Linear(h, h), nn.Linear(h, h, bias=False)
        self.query, self.score = nn.Linear(h, h), nn.Linear(h, 1, bias=False)
        self.cell, self.before = nn.GRUCell(2 * h, h), nn.Linear(3 * h, h)
        self.out, self.drop = nn.Linear(h, targets), nn.Dropout(0.3)

    def forward(self, sources, x):
        lengths = torch.tensor([len(s) for s in sources])
        padded = nn.utils.rnn.pad_sequence(sources, batch_first=True)
        packed = nn.utils.rnn.pack_padded_sequence(
            self.drop(self.source(padded)), lengths, batch_first=True, enforce_sorted=False)
        states, last = self.encoder(packed)
        states, _ = nn.utils.rnn.pad_packed_sequence(states, batch_first=True)
        keys, mask = self.key(states), torch.arange(padded.shape[1])[None] >= lengths[:, None]
        h = torch.tanh(self.first(torch.cat([last[0], last[1]], 1)))
        words, rows = self.drop(self.target(x)), []
        for t in range(x.shape[1]):
            e = self.score(torch.tanh(keys + self.query(h)[:, None])).squeeze(2)
            a = torch.softmax(e.masked_fill(mask, -1e9), 1)
            c = torch.bmm(a[:, None], states)[:, 0]
            h = self.cell(torch.cat([words[:, t], c], 1), h)
            rows.append(torch.cat([words[:, t], h, c], 1))
        return self.out(self.drop(torch.tanh(self.before(torch.stack(rows, 1)))))


def pairs(file, epochs, hidden=256, batch=64):
    with open(file, encoding="utf-8") as source:
        lines = [line.rstrip("\n").split("\t") for line in source]
    sides = [[line[i].split() for line in lines] for i in range(2)]
    ids = [number(w for words in side for w in words) for side in sides]
    x = [torch.tensor([ids[0][w] for w in words]) for words in sides[0]]
    begin, end, none = len(ids[1]), len(ids[1]) + 1, len(ids[1]) + 2
    y = [torch.tensor([begin] + [ids[1][w] for w in words] + [end]) for words in sides[1]]
    model = Translator(len(ids[0]), len(ids[1]) + 3, hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-3)
    criterion = nn.CrossEntropyLoss(ignore_index=none)
    order = sorted(range(len(y)), key=lambda i: len(y[i]))
    batches = [order[i:i + batch] for i in range(0, len(order), batch)]
    for _ in range(epochs):
        random.shuffle(batches)
        for b in batches:
            z = nn.utils.rnn.pad_sequence([y[i] for i in b], batch_first=True, padding_value=none)
            logits = model([x[i] for i in b], z[:, :-1].clamp(max=end))
            loss = criterion(logits.flatten(0, 1), z[:, 1:].flatten())
            train(model, optimizer, loss, nn.utils.clip_grad_norm_)


def main():
    task, file, epochs, *rest = sys.argv[1:]
    rest = [int(x) if x.isdigit() else x for x in rest]
    {"chars": chars, "words": words, "tags": tags, "crf": crf, "window": window, "conv": conv,
     "gpt": gpt, "cnn": cnn, "pairs": pairs}[task](file, int(epochs), *rest)


main()
