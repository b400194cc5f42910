"""A linear classifier over sentence embeddings, fitted in a fraction of a second.

Ridge regression to the labels, because its leave-one-out predictions have a closed form (Allen
1974, PRESS): every example is also a test of the fit without it. These choose the penalty and the
scale that turns scores into probabilities, so a desk with five examples and one with thousands
each get their own, and no example is set aside.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

Vectors: TypeAlias = NDArray[np.float32] | NDArray[np.float64]

_PENALTIES = (0.1, 0.3, 1.0, 3.0)
_SCALES = tuple(float(scale) for scale in np.geomspace(2.0, 20.0, 20))
"""At most 20: a few examples that all fall apart neatly are no proof of certainty."""
_CONSTANT = 0.3
"""The last coordinate of every vector; its weight is the label's bias."""


@dataclass(frozen=True, eq=False)
class Head:
    """Probabilities of labels for a vector."""

    labels: tuple[str, ...]
    weights: NDArray[np.float64]
    """One row for each coordinate and one for the bias, one column for each label."""
    scale: float
    """What scores are multiplied with before the softmax."""
    accuracy: float
    """The share of the examples that are right when each is left out of the fit."""
    left_out: NDArray[np.float64]
    """Probabilities for each example when it is left out of the fit, shape (examples, labels)."""

    @classmethod
    def fit(cls, vectors: Vectors, labels: Sequence[str]) -> Head:
        """The head that the examples teach.

        Args:
            vectors: one of length 1 for each example, shape (examples, dimensions).
            labels: what each example means.
        """
        names = tuple(dict.fromkeys(labels))
        column = np.array([names.index(label) for label in labels])
        right = np.eye(len(names))[column]
        # A label with many examples outweighs one with few, but by the root only.
        weight = 1 / np.sqrt(right.sum(axis=0)[column])
        weight /= weight.mean()
        x = _extended(vectors)
        best: tuple[float, Head] | None = None
        for penalty in _PENALTIES:
            weights, left_out = ridge(x, right, weight, penalty)
            accuracy = float((left_out.argmax(axis=1) == column).mean())
            for scale in _SCALES:
                probability = _softmax(left_out * scale)[np.arange(len(column)), column]
                loss = float(-(np.log(probability + 1e-9) * weight).mean())
                if best is None or loss < best[0]:
                    found = _softmax(left_out * scale)
                    best = loss, cls(names, weights, scale, accuracy, found)
        assert best is not None
        return best[1]

    def probabilities(self, vector: Vectors) -> dict[str, float]:
        """How likely each label is, the likeliest first; they sum to 1."""
        scores = _extended(vector[None, :]) @ self.weights
        found = _softmax(scores * self.scale)[0]
        order = found.argsort()[::-1]
        return {self.labels[index]: float(found[index]) for index in order}


def ridge(
    x: NDArray[np.float64], right: NDArray[np.float64], weight: NDArray[np.float64], penalty: float
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Weighted ridge regression, and what it predicts for each row when fitted without it.

    Args:
        x: the rows, shape (rows, columns).
        right: what each row should give, shape (rows, targets).
        weight: what each row counts.
        penalty: what is added to the diagonal.

    Returns:
        the coefficients, shape (columns, targets), and the left-out predictions, shaped as
        ``right``.
    """
    root = np.sqrt(weight)[:, None]
    rows = x * root
    if len(x) >= x.shape[1]:
        inverse = np.linalg.inv(rows.T @ rows + penalty * np.eye(x.shape[1]))
        coefficients = inverse @ (rows.T @ (right * root))
        leverage = ((rows @ inverse) * rows).sum(axis=1, keepdims=True)
    else:  # the same through the smaller matrix
        products = rows @ rows.T
        inverse = np.linalg.inv(products + penalty * np.eye(len(x)))
        coefficients = rows.T @ (inverse @ (right * root))
        leverage = (inverse * products).sum(axis=1, keepdims=True)
    return coefficients, (x @ coefficients - leverage * right) / (1 - leverage)


def _extended(vectors: Vectors) -> NDArray[np.float64]:
    constant = np.full((len(vectors), 1), _CONSTANT)
    return np.hstack([np.asarray(vectors, dtype=np.float64), constant])


def _softmax(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    exp = np.exp(scores - scores.max(axis=1, keepdims=True))
    total: NDArray[np.float64] = exp / exp.sum(axis=1, keepdims=True)
    return total
