"""The peer PyTorch in a separate process: `python3 pytorch_engine.py THREADS`.

Reads and writes the same lines of JSON as src/child.ts (see src/protocol.ts). The model is `nn.LSTM` or
`nn.GRU` and `nn.Linear`, the optimizer `torch.optim.Adam(fused=True)`. One-hot inputs are built before the
clock starts. If a user could write the model in several ways, every way is timed during the warm-up and the
fastest one is measured. """

import contextlib
import itertools
import json
import math
import subprocess
import sys
import time
import warnings

try:
    import torch
    from torch import nn
    from torch.nn import functional
except ImportError as error:
    print(json.dumps({"unavailable": f"python3 cannot import torch: {error}"}), flush=True)
    sys.exit(0)

import tasks  # noqa: E402, after the check for PyTorch

warnings.filterwarnings("ignore")
LAYERS = {"lstm": nn.LSTM, "gru": nn.GRU}
CELLS = {"lstm": nn.LSTMCell, "gru": nn.GRUCell}


class MinGru(nn.Module):
    """minGRU's layers. Each is one linear layer for gates and candidate, as in the paper's code. The
    recurrence is a loop over the steps, the fastest that we know (one lerp a step, over views), or the
    parallel scan in log space."""

    def __init__(self, input_size, units, layers, time_first, scan):
        super().__init__()
        sizes = [input_size] + [units] * (layers - 1)
        self.linears = nn.ModuleList(nn.Linear(size, 2 * units) for size in sizes)
        self.time, self.scan = 0 if time_first else 1, scan

    def forward(self, x, _state=None):
        for linear in self.linears:
            hidden, gate = linear(x).chunk(2, -1)
            x = self.log_space(hidden, gate) if self.scan else self.loop(hidden, gate)
        return x, None

    def loop(self, hidden, gate):
        candidate = torch.where(hidden >= 0, hidden + 0.5, hidden.sigmoid())
        h, steps = torch.zeros_like(candidate.select(self.time, 0)), []
        for new, z in zip(candidate.unbind(self.time), gate.sigmoid().unbind(self.time)):
            h = torch.lerp(h, new, z)
            steps.append(h)
        return torch.stack(steps, self.time)

    def log_space(self, hidden, gate):
        log_candidate = torch.where(hidden >= 0, (functional.relu(hidden) + 0.5).log(), -functional.softplus(-hidden))
        sums = (-functional.softplus(gate)).cumsum(self.time)
        log_b = log_candidate - functional.softplus(-gate)
        return (sums + (log_b - sums).logcumsumexp(self.time)).exp()


def recurrent_layers(workload, time_first, scan):
    sizes = [workload[key] for key in ("inputSize", "units", "layers")]
    if workload["cell"] in LAYERS:
        return LAYERS[workload["cell"]](*sizes, batch_first=not time_first)
    return MinGru(*sizes, time_first, scan)


class Model(nn.Module):
    def __init__(self, workload, time_first, scan=False):
        super().__init__()
        self.recurrent = recurrent_layers(workload, time_first, scan)
        self.head = nn.Linear(workload["units"], workload["outputSize"])

    def forward(self, x, state=None):
        output, state = self.recurrent(x, state)
        return self.head(output), state


class Trainer:
    """One training step: zero_grad, forward, loss, backward, Adam, the loss as a Python number."""

    def __init__(self, workload, batch, learning_rate, time_first, one_dnn, scan):
        torch.manual_seed(20)
        self.one_dnn = one_dnn
        self.every_step = workload["output"] == "every step"
        self.model = Model(workload, time_first, scan)
        self.optimizer = torch.optim.Adam(self.model.parameters(), lr=learning_rate, fused=True)
        rows, steps, size = workload["batchSize"], workload["timeSteps"], workload["inputSize"]
        if self.every_step:
            x = functional.one_hot(torch.tensor(batch["inputs"]), size).float().reshape(rows, steps, size)
            y = torch.tensor(batch["targets"]).reshape(rows, steps)
            self.y = (y.t() if time_first else y).reshape(-1)
        else:
            x = torch.tensor(batch["inputs"], dtype=torch.float32).reshape(rows, steps, size)
            self.y = torch.tensor(batch["targets"], dtype=torch.float32).reshape(rows, 1)
        self.x = x.transpose(0, 1).contiguous() if time_first else x.contiguous()

    def loss(self):
        if self.every_step:
            logits, _ = self.model(self.x)
            return functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), self.y)
        _, state = self.model.recurrent(self.x)
        last = (state[0] if isinstance(state, tuple) else state)[-1]
        return functional.mse_loss(self.model.head(last), self.y, reduction="sum")

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


class LayerStep(nn.Module):
    """One character through nn.LSTM."""

    def __init__(self, model):
        super().__init__()
        self.model = model

    def forward(self, x, *state):
        output, state = self.model.recurrent(x, state if len(state) > 1 else state[0])
        return (self.model.head(output[0]), *(state if isinstance(state, tuple) else (state,)))


class CellStep(nn.Module):
    """One character through nn.LSTMCell, layer by layer, with the same weights."""

    def __init__(self, model, workload):
        super().__init__()
        self.lstm = workload["cell"] == "lstm"
        self.head = model.head
        self.cells = nn.ModuleList()
        for layer in range(workload["layers"]):
            size = workload["inputSize"] if layer == 0 else workload["units"]
            cell = CELLS[workload["cell"]](size, workload["units"])
            for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"):
                getattr(cell, name).data = getattr(model.recurrent, f"{name}_l{layer}").data
            self.cells.append(cell)

    def forward(self, x, *state):
        after = []
        for layer, cell in enumerate(self.cells):
            if self.lstm:
                x, c = cell(x, (state[2 * layer], state[2 * layer + 1]))
                after += [x, c]
            else:
                x = cell(x, state[layer])
                after.append(x)
        return (self.head(x), *after)


class Sampler:
    """One character: a one-hot row in, softmax, a draw, its id as a Python number."""

    def __init__(self, workload, cells, traced, one_dnn, exponential):
        torch.manual_seed(20)
        self.one_dnn = one_dnn
        self.exponential = exponential
        model = Model(workload, time_first=True).eval()
        self.count = sum(p.numel() for p in model.parameters())
        parts = 2 if workload["cell"] == "lstm" else 1
        units, layers = workload["units"], workload["layers"]
        if cells:
            step = CellStep(model, workload).eval()
            self.state = [torch.zeros(1, units) for _ in range(parts * layers)]
            self.one_hot = list(torch.eye(workload["inputSize"]).unsqueeze(1))
        else:
            step = LayerStep(model)
            self.state = [torch.zeros(layers, 1, units) for _ in range(parts)]
            self.one_hot = list(torch.eye(workload["inputSize"]).reshape(-1, 1, 1, workload["inputSize"]))
        if traced:
            with torch.no_grad():
                step = torch.jit.freeze(torch.jit.trace(step, (self.one_hot[0], *self.state)))
        self.step = step
        self.character = 0

    def run(self, iterations):
        with torch.inference_mode(), torch.backends.mkldnn.flags(enabled=self.one_dnn):
            character, state = self.character, self.state
            for _ in range(iterations):
                logits, *state = self.step(self.one_hot[character], *state)
                probabilities = torch.softmax(logits[0], dim=-1)
                if self.exponential:
                    character = (probabilities / torch.empty_like(probabilities).exponential_()).argmax().item()
                else:
                    character = torch.multinomial(probabilities, 1).item()
            self.character, self.state = character, state
        return None

    def parameters(self):
        return self.count


def seconds(work):
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def candidates(request):
    """Every fair way to compute a workload: (its name, a function that creates the runner)."""
    workload = request["workload"]
    if workload["kind"] == "task":
        yield from tasks.ways(workload["task"], request["learningRate"])
        return
    for one_dnn in (True, False):
        library = "oneDNN" if one_dnn else "no oneDNN"
        if workload["kind"] == "training":
            minimal = workload["cell"] not in LAYERS
            for time_first, scan in itertools.product((True, False), (False, True) if minimal else (False,)):
                order = "time-major" if time_first else "batch-major"
                recurrence = ("log space, " if scan else "loop, ") if minimal else ""
                yield f"{recurrence}{order}, {library}", lambda t=time_first, o=one_dnn, s=scan: Trainer(
                    workload, request["batch"], request["learningRate"], t, o, s
                )
        else:
            for cells in (False, True):
                for traced in (False, True):
                    for exponential in (False, True):
                        name = "cells" if cells else "layer"
                        way = f"{name}{', traced' if traced else ''}, {'exponential' if exponential else 'multinomial'}"
                        yield f"{way}, {library}", lambda c=cells, t=traced, o=one_dnn, e=exponential: Sampler(
                            workload, c, t, o, e
                        )


def time_of_step(runner, budget):
    """Best time of a step over several portions, after one portion that is not measured."""
    first = seconds(lambda: runner.run(1))
    second = seconds(lambda: runner.run(1))
    portion = max(1, math.ceil(budget / 5 / max(second, 1e-6)))
    if second < 0.1:
        runner.run(portion)
    repeats = 4 if second < 0.1 else 2
    return min(second if second >= 0.1 else first, *(seconds(lambda: runner.run(portion)) / portion for _ in range(repeats)))


def choose():
    """Reads a request, prints the name of the fastest way."""
    timed = {}
    for name, make in candidates(json.loads(sys.stdin.readline())):
        with contextlib.suppress(RuntimeError, NotImplementedError):
            timed[name] = time_of_step(make(), 0.25)
    print(min(timed, key=timed.get))


def prepare(request):
    # In a separate process, so the memory of the other ways is not counted for this one.
    arguments = [sys.executable, __file__, sys.argv[1], "--choose"]
    trial = subprocess.run(arguments, input=json.dumps(request), capture_output=True, text=True, check=True)
    name = trial.stdout.strip()
    runner = dict(candidates(request))[name]()
    begin = time.perf_counter()
    first_loss = runner.run(1)
    step = time.perf_counter() - begin
    while (time.perf_counter() - begin) * 1e3 < request["warmMilliseconds"]:
        left = request["warmMilliseconds"] / 1e3 - (time.perf_counter() - begin)
        iterations = max(1, min(256, math.ceil(left / step)))
        step = seconds(lambda: runner.run(iterations)) / iterations
    answer = {
        "parameters": runner.parameters(),
        "firstLoss": first_loss,
        "stepMilliseconds": step * 1e3,
        "chosen": name,
    }
    return runner, answer


def peak_bytes():
    try:
        with open("/proc/self/status", encoding="ascii") as status:
            return next(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM"))
    except OSError:
        import resource

        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak if sys.platform == "darwin" else peak * 1024


def send(message):
    print(json.dumps(message), flush=True)


def main():
    threads = int(sys.argv[1])
    torch.set_num_threads(threads)
    with contextlib.suppress(RuntimeError):
        torch.set_num_interop_threads(1)
    if sys.argv[2:] == ["--choose"]:
        choose()
        return
    send({"ready": f"PyTorch {torch.__version__}, {torch.backends.cpu.get_cpu_capability()}"})
    runner, matrices = None, {}
    for line in sys.stdin:
        request = json.loads(line)
        answer = {"id": request["id"]}
        try:
            command = request["command"]
            if command == "prepare":
                runner, prepared = prepare(request)
                answer.update(prepared)
            elif command == "measure":
                start, used = time.perf_counter(), time.process_time()
                loss = runner.run(request["iterations"])
                answer.update(milliseconds=(time.perf_counter() - start) * 1e3, processorMilliseconds=(time.process_time() - used) * 1e3, loss=loss)
            elif command == "product":
                size = request["size"]
                a, b, c = matrices.setdefault(size, [torch.rand(size, size) for _ in range(3)])
                start = time.perf_counter()
                for _ in range(request["iterations"]):
                    torch.mm(a, b, out=c)
                answer.update(milliseconds=(time.perf_counter() - start) * 1e3)
            elif command == "memory":
                answer.update(peakMegabytes=peak_bytes() / 1e6)
            else:
                raise ValueError(f"no command {command}")
        except Exception as error:  # The parent reports it with the engine's name.
            answer["error"] = f"{type(error).__name__}: {error}"
        send(answer)


main()
