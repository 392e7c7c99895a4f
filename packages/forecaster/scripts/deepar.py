"""Trains GluonTS's DeepAR on series from a file for a number of processor seconds on one thread, and writes
its quantile forecasts. `deepar.mjs` calls it.

    pip install "gluonts[torch]==0.17.0"
"""

import json
import random
import sys
import time
import warnings
from pathlib import Path

import lightning.pytorch as pl
import numpy as np
import pandas as pd
import torch
from gluonts.dataset.common import ListDataset
from gluonts.torch import DeepAREstimator

FREQUENCIES = {1: "Y", 4: "Q", 12: "M"}
WARM_UP = 10


class Clock(pl.Callback):
    """Ends the training after `seconds` processor seconds, and times its steps after the first ones."""

    def __init__(self, seconds):
        self.seconds, self.steps, self.start, self.warm = seconds, 0, None, None

    def on_train_start(self, trainer, module):
        self.start = time.process_time()

    def on_train_batch_end(self, trainer, *_):
        self.steps += 1
        if self.steps == WARM_UP:
            self.warm = time.process_time()
        if time.process_time() - self.start > self.seconds:
            trainer.should_stop = True

    def step(self, now):
        return (now - self.warm) / (self.steps - WARM_UP)


def main(given, found):
    task = json.loads(Path(given).read_text())
    torch.set_num_threads(1)
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(task["seed"])
    frequency = FREQUENCIES[task["season"]]
    start = pd.Period("1980-01-01", freq=frequency)
    data = ListDataset([{"start": start, "target": values} for values in task["series"]], freq=frequency)
    clock = Clock(task["seconds"])
    estimator = DeepAREstimator(
        freq=frequency,
        prediction_length=task["horizon"],
        context_length=max(task["horizon"], task["season"], 8),
        trainer_kwargs={
            "max_epochs": 10**6,
            "callbacks": [clock],
            "accelerator": "cpu",
            "logger": False,
            "default_root_dir": str(Path(found).parent),
            "enable_progress_bar": False,
        },
    )
    predictor = estimator.train(data)
    trained = time.process_time()
    forecasts = list(predictor.predict(data, num_samples=200))
    done = time.process_time()
    quantiles = [[forecast.quantile(q).tolist() for forecast in forecasts] for q in task["quantiles"]]
    result = {"step": clock.step(trained), "steps": clock.steps, "training": trained - clock.start, "forecasting": done - trained}
    Path(found).write_text(json.dumps({**result, "quantiles": quantiles}))


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    main(*sys.argv[1:])
