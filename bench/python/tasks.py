"""The tasks of src/tasks.ts, written out in PyTorch. Each is a class with `run(iterations)` and `parameters()`."""

import torch
from torch import nn
from torch.nn import functional

IDS, EMBEDDING, UNITS, BATCH, SOURCE, TARGET = 40, 128, 256, 64, 10, 9
WIDTH, LENGTH, STOP = 5, 20, 1
FEATURES, HIDDEN, CLASSES, ROWS, STEPS, LABELS = 40, 128, 40, 32, 200, 30


def spread(shape, scale, seed):
    """The numbers of `spread` in src/tasks.ts."""
    state, values = seed, []
    for _ in range(torch.Size(shape).numel()):
        state = state * 48271 % 2147483647
        values.append(scale * (2 * (state / 2147483647) - 1))
    return torch.tensor(values, dtype=torch.float32).reshape(shape)


def ids_of(rows, length, seed):
    return ((spread((rows, length), 0.5, seed) + 0.5) * IDS).floor().clamp(max=IDS - 1).long()


class Decoder(nn.Module):
    def __init__(self, feeding, whole):
        super().__init__()
        self.embedding = nn.Embedding(IDS, EMBEDDING)
        size = EMBEDDING + (UNITS if feeding else 0)
        self.cell = nn.LSTM(size, UNITS, batch_first=True) if whole else nn.LSTMCell(size, UNITS)
        self.memory = nn.Linear(2 * UNITS, UNITS, bias=False)
        self.vector = nn.Linear(3 * UNITS, UNITS, bias=False)
        self.head = nn.Linear(UNITS, IDS)
        self.feeding = feeding

    def attend(self, h, keys, memory):
        """h [B, T, H] to attentional vectors [B, T, H]."""
        shares = torch.softmax(h @ keys.transpose(1, 2), -1)
        return torch.tanh(self.vector(torch.cat([h, shares @ memory], 2)))

    def all_steps(self, ids, state, keys, memory):
        x, (h, c) = self.embedding(ids), state
        if isinstance(self.cell, nn.LSTM):
            return self.head(self.attend(self.cell(x, (h[None], c[None]))[0], keys, memory))
        fed, vectors = x.new_zeros(x.shape[0], UNITS), []
        for step in x.unbind(1):
            h, c = self.cell(torch.cat([step, fed], 1) if self.feeding else step, (h, c))
            fed = self.attend(h[:, None], keys, memory)[:, 0]
            vectors.append(fed)
        return self.head(torch.stack(vectors, 1))


class Translator(nn.Module):
    def __init__(self, feeding):
        super().__init__()
        self.embedding = nn.Embedding(IDS, EMBEDDING)
        self.encoder = nn.LSTM(EMBEDDING, UNITS, batch_first=True, bidirectional=True)
        self.bridge_h, self.bridge_c = nn.Linear(4 * UNITS, UNITS), nn.Linear(4 * UNITS, UNITS)
        self.decoder = Decoder(feeding, whole=not feeding)

    def forward(self, source, inputs):
        memory, (h, c) = self.encoder(self.embedding(source))
        last = torch.cat([h[0], c[0], h[1], c[1]], 1)
        state = torch.tanh(self.bridge_h(last)), torch.tanh(self.bridge_c(last))
        return self.decoder.all_steps(inputs, state, self.decoder.memory(memory), memory)


def ctc():
    """The mean CTC loss of logits [T, B, C], log-softmax included."""
    targets = [[1 + (31 * b + 17 * i + 5 * i * i) % (CLASSES - 1) for i in range(LABELS)] for b in range(ROWS)]
    lengths = torch.full((ROWS,), STEPS), torch.full((ROWS,), LABELS)
    targets = torch.tensor(targets)
    return lambda logits: functional.ctc_loss(functional.log_softmax(logits, 2), targets, *lengths)


class Training:
    """Steps of Adam on one batch; subclasses define `loss`."""

    def __init__(self, model, learning_rate, one_dnn):
        self.model, self.one_dnn = model, one_dnn
        self.optimizer = torch.optim.Adam(model.parameters(), lr=learning_rate, fused=True)

    def run(self, iterations):
        value = None
        with torch.backends.mkldnn.flags(enabled=self.one_dnn):
            for _ in range(iterations):
                self.optimizer.zero_grad(set_to_none=True)
                loss = self.loss()
                loss.backward()
                self.optimizer.step()
                value = loss.item()
        return value

    def parameters(self):
        return sum(p.numel() for p in self.model.parameters())


class AttentionTraining(Training):
    def __init__(self, feeding, learning_rate, one_dnn):
        torch.manual_seed(20)
        super().__init__(Translator(feeding), learning_rate, one_dnn)
        self.source, self.inputs, self.targets = ids_of(BATCH, SOURCE, 1), ids_of(BATCH, TARGET, 2), ids_of(BATCH, TARGET, 3)

    def loss(self):
        return functional.cross_entropy(self.model(self.source, self.inputs).flatten(0, 1), self.targets.flatten())


class Recogniser(nn.Module):
    def __init__(self, time_first):
        super().__init__()
        self.layers = nn.LSTM(FEATURES, HIDDEN, num_layers=2, bidirectional=True, batch_first=not time_first)
        self.head, self.time_first = nn.Linear(2 * HIDDEN, CLASSES), time_first

    def forward(self, inputs):
        logits = self.head(self.layers(inputs)[0])
        return logits if self.time_first else logits.transpose(0, 1)


class RecogniserTraining(Training):
    def __init__(self, time_first, learning_rate, one_dnn):
        torch.manual_seed(20)
        super().__init__(Recogniser(time_first), learning_rate, one_dnn)
        inputs = spread((ROWS, STEPS, FEATURES), 1, 1)
        self.inputs, self.ctc = inputs.transpose(0, 1).contiguous() if time_first else inputs, ctc()

    def loss(self):
        return self.ctc(self.model(self.inputs))


class Ctc:
    def __init__(self):
        self.logits, self.ctc = spread((ROWS, STEPS, CLASSES), 2, 1).transpose(0, 1).contiguous().requires_grad_(), ctc()

    def run(self, iterations):
        for _ in range(iterations):
            torch.autograd.grad(self.ctc(self.logits), self.logits)
        return None

    def parameters(self):
        return 0


class Search:
    """Top `WIDTH` of beam × vocabulary at each step, on tensors; returns the mean ln P of the best texts."""

    def __init__(self, sources, one_dnn):
        self.one_dnn, self.decoder = one_dnn, Decoder(False, whole=False).eval()
        self.count = sum(p.numel() for p in self.decoder.parameters())
        self.sources = sources
        self.memory = spread((sources, SOURCE, 2 * UNITS), 0.5, 7)
        cell, own = self.decoder.cell, self.decoder
        lstm = "1.cell."
        with torch.no_grad():
            own.embedding.weight.copy_(spread((IDS, EMBEDDING), 1, 1 + len("0.embeddings")))
            # Our kernels have the gates i f g o in columns; here they are rows.
            cell.weight_ih.copy_(spread((EMBEDDING, 4 * UNITS), 0.1, 1 + len(lstm + "kernel")).t())
            cell.weight_hh.copy_(spread((UNITS, 4 * UNITS), 0.1, 1 + len(lstm + "recurrentKernel")).t())
            cell.bias_ih.copy_(spread((4 * UNITS,), 0.1, 1 + len(lstm + "bias")))
            cell.bias_hh.zero_()
            own.memory.weight.copy_(spread((2 * UNITS, UNITS), 0.1, 1 + len("1.memoryKernel")).t())
            own.vector.weight.copy_(spread((3 * UNITS, UNITS), 0.1, 1 + len("1.attentionKernel")).t())
            own.head.weight.copy_(spread((UNITS, IDS), 0.1, 1 + len("2.kernel")).t())
            own.head.bias.copy_(spread((IDS,), 0.1, 1 + len("2.bias")))
            own.head.bias[STOP] = -30

    def search(self):
        decoder, rows = self.decoder, self.sources
        keys = decoder.memory(self.memory).repeat_interleave(WIDTH, 0)
        memory = self.memory.repeat_interleave(WIDTH, 0)
        h = c = torch.zeros(rows * WIDTH, UNITS)
        ids, base = torch.zeros(rows * WIDTH, dtype=torch.long), (torch.arange(rows) * WIDTH)[:, None]
        scores = torch.full((rows, WIDTH), -1e9)
        scores[:, 0] = 0
        done = torch.zeros(rows, WIDTH, dtype=torch.bool)
        ended = torch.full((IDS,), -1e9)
        ended[STOP] = 0
        texts = torch.zeros(rows, WIDTH, 0, dtype=torch.long)
        for _ in range(LENGTH):
            h, c = decoder.cell(decoder.embedding(ids), (h, c))
            logits = decoder.head(decoder.attend(h[:, None], keys, memory)[:, 0])
            steps = torch.log_softmax(logits, 1).view(rows, WIDTH, IDS)
            steps = torch.where(done[:, :, None], ended, steps)
            scores, places = (scores[:, :, None] + steps).view(rows, -1).topk(WIDTH, 1)
            text, token = places // IDS, places % IDS
            order = (base + text).view(-1)
            h, c = h[order], c[order]
            done = done.gather(1, text) | (token == STOP)
            texts = torch.cat([texts.gather(1, text[:, :, None].expand(-1, -1, texts.shape[2])), token[:, :, None]], 2)
            ids = token.view(-1)
            if bool(done.all()):
                break
        return texts, scores

    def run(self, iterations):
        scores = None
        with torch.inference_mode(), torch.backends.mkldnn.flags(enabled=self.one_dnn):
            for _ in range(iterations):
                _, scores = self.search()
        return scores[:, 0].mean().item()

    def parameters(self):
        return self.count


class Convolution:
    def __init__(self, layout):
        shapes = (32, 32, 32, 32), (64, 32, 3, 3), (32, 64, 32, 32)
        tensors = [torch.randn(shape).contiguous(memory_format=layout) for shape in shapes]
        self.x, self.filter, self.dy = tensors[0].requires_grad_(), tensors[1].requires_grad_(), tensors[2]

    def run(self, iterations):
        for _ in range(iterations):
            y = functional.conv2d(self.x, self.filter, padding=1)
            torch.autograd.grad(y, [self.x, self.filter], self.dy)
        return None

    def parameters(self):
        return 0


def ways(task, learning_rate):
    """Every way to compute a task: (its name, a function that creates the runner)."""
    if task["type"] == "convolution":
        for name in ("channels first", "channels last"):
            layout = torch.contiguous_format if name == "channels first" else torch.channels_last
            yield name, lambda of=layout: Convolution(of)
        return
    if task["type"] == "ctc":
        yield "time-major", Ctc
        return
    for one_dnn in (True, False):
        library = "oneDNN" if one_dnn else "no oneDNN"
        if task["type"] == "beam":
            yield library, lambda o=one_dnn: Search(task["sources"], o)
        elif task["type"] == "recogniser":
            for time_first in (True, False):
                order = "time-major" if time_first else "batch-major"
                yield f"{order}, {library}", lambda t=time_first, o=one_dnn: RecogniserTraining(t, learning_rate, o)
        else:
            yield library, lambda o=one_dnn: AttentionTraining(task["inputFeeding"], learning_rate, o)
