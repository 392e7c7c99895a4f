"""A process of costs.mjs that runs empty trials with Optuna: `costs_optuna.py URL STUDY TRIALS SEED`. It
prints `ready`, waits for a line, and prints the processor time of its share of the trials."""
import json
import resource
import sys

import optuna

url, study, trials, seed = sys.argv[1:]
optuna.logging.set_verbosity(optuna.logging.ERROR)
study = optuna.load_study(
    study_name=study, storage=url, sampler=optuna.samplers.RandomSampler(seed=int(seed))
)
print("ready", flush=True)
sys.stdin.readline()
study.optimize(lambda trial: trial.suggest_float("x", 0, 1), n_trials=int(trials))
usage = resource.getrusage(resource.RUSAGE_SELF)
print(json.dumps({"cpu": usage.ru_utime + usage.ru_stime}), flush=True)
