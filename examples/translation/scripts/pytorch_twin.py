"""The network of this example in PyTorch, on the same words, for as many epochs: prints the share of wrong words, greedily.

    python pytorch_twin.py --epochs 20 --threads 2        (pip install torch numpy; the dictionary lies in the examples' cache
                                                           once `npm run translation -- train` has fetched it)
"""
import argparse, copy, glob, math, os, random, re, time
import torch
from torch import nn

options = argparse.ArgumentParser()
options.add_argument('--epochs', type=float, default=1)
options.add_argument('--units', type=int, default=256)
options.add_argument('--batch-tokens', type=int, default=2000)
options.add_argument('--learning-rate', type=float, default=0.002)
options.add_argument('--seed', type=int, default=1)
options.add_argument('--threads', type=int, default=2)
options.add_argument('--steps', type=int, help='stop after so many, for a trial')
options = options.parse_args()
torch.set_num_threads(options.threads)
torch.manual_seed(options.seed)
random.seed(options.seed)


def dictionary():
    """Words of letters and apostrophes, sorted, each with its pronunciations without stress."""
    cache = os.path.join(os.environ.get('XDG_CACHE_HOME', os.path.expanduser('~/.cache')), 'unrolled', 'examples')
    file = glob.glob(os.path.join(cache, 'cmu-pronouncing-dictionary-*', 'index.js'))[0]
    found = {}
    for word, said in re.findall(r'^  "([a-z\']+)(?:\(\d+\))?": "(.*?)",?$', open(file, encoding='utf8').read(), re.M):
        if re.search('[a-z]', word):
            found.setdefault(word, []).append(re.sub(r'#.*|\d', '', said).split())
    return sorted(found.items())


words = dictionary()
part = lambda *places: [pair for index, pair in enumerate(words) if index % 20 in places]
train, validation = part(*range(3, 20)), part(0)
letters = sorted({letter for word, _ in words for letter in word})
phonemes = sorted({phoneme for _, said in words for one in said for phoneme in one})
START, END = len(phonemes), len(phonemes) + 1
pairs = [([letters.index(x) for x in word], [phonemes.index(x) for x in one]) for word, said in train for one in said]


def batches():
    """Pairs of about one length, source and target within the tokens of a batch, in a new order."""
    order = sorted(pairs, key=lambda pair: (len(pair[1]), len(pair[0]), random.random()))
    cut, rows, longest = [], [], (0, 0)
    for pair in order:
        longest = (max(longest[0], len(pair[0])), max(longest[1], len(pair[1]) + 1))
        if (len(rows) + 1) * sum(longest) > options.batch_tokens:
            cut.append(rows)
            rows, longest = [], (len(pair[0]), len(pair[1]) + 1)
        rows.append(pair)
    cut.append(rows)
    random.shuffle(cut)
    return cut


def padded(rows):
    return nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True), torch.tensor([len(row) for row in rows])


class Network(nn.Module):
    def __init__(self, units):
        super().__init__()
        size = units // 2
        self.read = nn.Embedding(len(letters), size)
        self.encoder = nn.LSTM(size, units, batch_first=True, bidirectional=True)
        self.bridge = nn.ModuleList([nn.Linear(4 * units, units) for _ in range(2)])
        self.said = nn.Embedding(END + 1, size)
        self.decoder = nn.LSTM(size, units, batch_first=True)
        self.keys = nn.Linear(2 * units, units, bias=False)
        self.seen = nn.Linear(3 * units, units, bias=False)
        self.logits = nn.Linear(units, END + 1)
        self.dropout = nn.Dropout(0.2)

    def encode(self, source, lengths):
        packed = nn.utils.rnn.pack_padded_sequence(self.dropout(self.read(source)), lengths, batch_first=True, enforce_sorted=False)
        memory, (h, c) = self.encoder(packed)
        memory, _ = nn.utils.rnn.pad_packed_sequence(memory, batch_first=True)
        last = torch.cat([h[0], c[0], h[1], c[1]], 1)
        mask = torch.arange(memory.shape[1])[None] >= lengths[:, None]
        return memory, self.keys(memory), mask, tuple(torch.tanh(one(last))[None] for one in self.bridge)

    def decode(self, inputs, memory, keys, mask, state):
        output, state = self.decoder(self.dropout(self.said(inputs)), state)
        shares = (output @ keys.transpose(1, 2)).masked_fill(mask[:, None], -1e30).softmax(2)
        vector = torch.tanh(self.seen(torch.cat([output, shares @ memory], 2)))
        return self.logits(self.dropout(vector)), state


@torch.no_grad()
def wrong_words(model):
    model.eval()
    wrong = 0
    for start in range(0, len(validation), 256):
        rows = validation[start : start + 256]
        memory, keys, mask, state = model.encode(*padded([[letters.index(x) for x in word] for word, _ in rows]))
        ids, said = torch.full((len(rows), 1), START), []
        for _ in range(40):
            logits, state = model.decode(ids, memory, keys, mask, state)
            ids = logits.argmax(2)
            said.append(ids)
            if (torch.cat(said, 1) == END).any(1).all():
                break
        for row, (_, right) in zip(torch.cat(said, 1).tolist(), rows):
            end = row.index(END) if END in row else len(row)
            wrong += [phonemes[id] if id < START else '' for id in row[:end]] not in right
    return wrong / len(validation)


model = Network(options.units)
average = copy.deepcopy(model)
optimizer = torch.optim.Adam(model.parameters(), lr=options.learning_rate)
per_epoch = len(batches())
limit = options.steps or round(options.epochs * per_epoch)
step, begun = 0, time.time()
while step < limit:
    for rows in batches():
        model.train()
        warmth = min(1, (step + 1) / min(200, max(1, limit / 10)))
        decay = 0.01 + 0.99 * (1 + math.cos(math.pi * step / limit)) / 2
        optimizer.param_groups[0]['lr'] = options.learning_rate * warmth * decay
        inputs, _ = padded([[START] + target for _, target in rows])
        targets = nn.utils.rnn.pad_sequence([torch.tensor(target + [END]) for _, target in rows], batch_first=True, padding_value=-1)
        logits, _ = model.decode(inputs, *model.encode(*padded([source for source, _ in rows])))
        loss = nn.functional.cross_entropy(logits.flatten(0, 1), targets.flatten(), ignore_index=-1, label_smoothing=0.1)
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1)
        optimizer.step()
        step += 1
        share = 1 - min(0.999, (1 + step) / (10 + step))
        with torch.no_grad():
            for mean, now in zip(average.parameters(), model.parameters()):
                mean.lerp_(now, share)
        if step % max(100, limit // 20) == 0 or step == limit:
            print(f'{time.time() - begun:.0f} s, {time.process_time():.0f} s of processor time, step {step}, epoch {step / per_epoch:.2f}: loss {loss.item():.4f}, wrong words {100 * wrong_words(average):.2f} %', flush=True)
        if step == limit:
            break
