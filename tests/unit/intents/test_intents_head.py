"""The head learns labels from few examples, and knows how sure it may be."""

from __future__ import annotations

import numpy as np
import pytest

from frontdesk.intents.head import Head, Vectors, ridge


def cloud(center: int, count: int, seed: int, spread: float = 0.15) -> Vectors:
    """Vectors of length 1 around one axis of a space of 24."""
    chance = np.random.default_rng(seed)
    vectors = chance.normal(scale=spread, size=(count, 24))
    vectors[:, center] += 1.0
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def fitted(*counts: int, spread: float = 0.15) -> Head:
    vectors = np.concatenate([cloud(i, n, i, spread) for i, n in enumerate(counts)])
    return Head.fit(vectors, [f"label {i}" for i, n in enumerate(counts) for _ in range(n)])


def test_each_vector_gets_the_label_of_its_like() -> None:
    head = fitted(8, 8, 8)
    for label in range(3):
        for vector in cloud(label, 20, 100 + label):
            found = head.probabilities(vector)
            assert next(iter(found)) == f"label {label}"
            assert found[f"label {label}"] > 0.8


def test_probabilities_sum_to_one_and_come_best_first() -> None:
    found = fitted(4, 5, 6).probabilities(cloud(1, 1, 9)[0])
    assert sum(found.values()) == pytest.approx(1.0)
    assert list(found.values()) == sorted(found.values(), reverse=True)
    assert set(found) == {"label 0", "label 1", "label 2"}


def test_a_vector_like_nothing_seen_is_not_surely_anything() -> None:
    far = np.zeros(24)
    far[20] = 1.0
    assert max(fitted(8, 8, 8).probabilities(far).values()) < 0.7


def test_a_label_with_many_examples_does_not_swallow_one_with_few() -> None:
    head = fitted(200, 5, spread=0.2)
    right = [next(iter(head.probabilities(v))) == "label 1" for v in cloud(1, 50, 7, 0.2)]
    assert sum(right) >= 45


def test_left_out_accuracy_tells_what_can_be_learnt_from_what_cannot() -> None:
    assert fitted(12, 12).accuracy == 1.0
    vectors = cloud(0, 60, 3)
    labels = [("a", "b")[n] for n in np.random.default_rng(5).integers(0, 2, 60)]
    assert Head.fit(vectors, labels).accuracy < 0.7


@pytest.mark.parametrize("columns", [6, 40])
def test_the_closed_form_is_what_leaving_each_out_gives(columns: int) -> None:
    chance = np.random.default_rng(4)
    x, weight = chance.normal(size=(15, columns)), chance.uniform(0.5, 2.0, 15)
    right = np.eye(3)[chance.integers(0, 3, 15)]
    _, left_out = ridge(x, right, weight, 0.7)
    for out in range(15):
        keep = np.arange(15) != out
        xw = x[keep] * weight[keep, None]
        solved = np.linalg.solve(xw.T @ x[keep] + 0.7 * np.eye(columns), xw.T @ right[keep])
        assert left_out[out] == pytest.approx(x[out] @ solved)


def test_one_label_is_certain() -> None:
    assert fitted(3).probabilities(cloud(0, 1, 1)[0]) == {"label 0": 1.0}
