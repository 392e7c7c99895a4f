"""The network of this example in PyTorch, on the same words, with the same number of epochs. Prints the share
of wrong words, decoded greedily.

    python pytorch_twin.py --epochs 20 --threads 2        (pip install torch numpy; the dictionary lies in the examples' cache
                                                           once `npm run translation -- train` has fetched it)

The weights start as in this example, and an LSTM has one bias. With `--pytorch-weights` both are PyTorch's.
As in this example, the network with the fewest errors in at most 2,000 words of the validation set is kept,
and measured on the test set. """
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
options.add_argument('--steps', type=int, help='stop after this many, for a trial')
options.add_argument('--pytorch-weights', action='store_true', help='begin with the weights that PyTorch draws by default')
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
            sounds = re.sub(r'#.*|\d', '', said).split()
            if sounds not in found.setdefault(word, []):
                found[word].append(sounds)
    return sorted(found.items())


words = dictionary()
part = lambda *places: [pair for index, pair in enumerate(words) if index % 20 in places]
train, validation, test = part(*range(3, 20)), part(0), part(1, 2)
every = -(-len(validation) // 2000)
# The id for unknown symbols comes after all letters or phonemes, and before the two marks.
letters = sorted({letter for word, _ in words for letter in word}) + ['?']
phonemes = sorted({phoneme for _, said in words for one in said for phoneme in one}) + ['?']
START, END = len(phonemes), len(phonemes) + 1
pairs = [([letters.index(x) for x in word], [phonemes.index(x) for x in one]) for word, said in train for one in said]


def batches():
    """Batches of pairs with similar lengths, each within the limit of tokens, in a new order."""
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


def begin(module):
    """Weights as `@unrolled/cells` draws them."""
    if isinstance(module, nn.Embedding):
        nn.init.uniform_(module.weight, -0.05, 0.05)
    elif isinstance(module, nn.Linear):
        nn.init.xavier_uniform_(module.weight)
        if module.bias is not None:
            nn.init.zeros_(module.bias)
    elif isinstance(module, nn.LSTM):
        for name, weight in module.named_parameters():
            if name.startswith('weight_ih'):
                nn.init.xavier_uniform_(weight)
            elif name.startswith('weight_hh'):
                nn.init.orthogonal_(weight)
            else:
                nn.init.zeros_(weight)
                if name.startswith('bias_ih'):
                    nn.init.ones_(weight[module.hidden_size : 2 * module.hidden_size])
                else:
                    weight.requires_grad = False  # the one bias is bias_ih


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
        if not options.pytorch_weights:
            self.apply(begin)

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
def wrong_words(model, examples):
    model.eval()
    wrong = 0
    for start in range(0, len(examples), 256):
        rows = examples[start : start + 256]
        memory, keys, mask, state = model.encode(*padded([[letters.index(x) for x in word] for word, _ in rows]))
        ids, said = torch.full((len(rows), 1), START), []
        for _ in range(40):
            logits, state = model.decode(ids, memory, keys, mask, state)
            logits[:, :, START - 1 : END] = -math.inf
            ids = logits.argmax(2)
            said.append(ids)
            if (torch.cat(said, 1) == END).any(1).all():
                break
        for row, (_, right) in zip(torch.cat(said, 1).tolist(), rows):
            end = row.index(END) if END in row else len(row)
            wrong += [phonemes[id] for id in row[:end]] not in right
    return wrong / len(examples)


model = Network(options.units)
average = copy.deepcopy(model)
optimizer = torch.optim.Adam((weight for weight in model.parameters() if weight.requires_grad), lr=options.learning_rate)
per_epoch = len(batches())
limit = options.steps or round(options.epochs * per_epoch)
print(f'{len(pairs)} pairs, {per_epoch} batches an epoch, {sum(weight.numel() for weight in model.parameters() if weight.requires_grad)} parameters', flush=True)
step, begun, best, fewest = 0, time.time(), None, 2
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
            errors = wrong_words(average, validation[::every])
            if errors < fewest:
                best, fewest = copy.deepcopy(average), errors
            at = f'{time.time() - begun:.0f} s, {time.process_time():.0f} s of processor time, step {step}, epoch {step / per_epoch:.2f}'
            print(f'{at}: loss {loss.item():.4f}, wrong words {100 * errors:.2f} %', flush=True)
        if step == limit:
            break
print(f'the best of these: {100 * wrong_words(best, validation):.2f} % of the validation set, {100 * wrong_words(best, test):.2f} % of the test set')
