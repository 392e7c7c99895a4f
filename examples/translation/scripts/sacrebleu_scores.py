"""sacreBLEU's own scores of the translations that `npm run translation -- score --translations FILE` wrote,
with as many digits as `score` prints.

    python sacrebleu_scores.py FILE        (pip install sacrebleu==2.6.0)
"""
import json
import sys

from sacrebleu.metrics import BLEU, CHRF

rows = [json.loads(line) for line in open(sys.argv[1], encoding="utf8")]
most = max(len(row["targets"]) for row in rows)
# One list for each position of a reference; None if a source has fewer.
references = [[(row["targets"] + [None] * most)[place] for row in rows] for place in range(most)]
said = {name: [row[name] for row in rows] for name in ["greedy", "beam", "nearest", "source"]}
print("".ljust(22) + "BLEU".rjust(14) + "chrF".rjust(14))
for name, hypotheses in said.items():
    metrics = {"BLEU": BLEU(), "chrF": CHRF()}
    scores = [metric.corpus_score(hypotheses, references).score for metric in metrics.values()]
    print(name.ljust(22) + "".join(f"{score:.2f}".rjust(14) for score in scores))
for name, metric in metrics.items():
    print(name, metric.get_signature())
