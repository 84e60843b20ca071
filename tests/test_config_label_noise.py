"""Mistakes in the settings of the problems with label noise: one clear line each."""

from __future__ import annotations

import pytest
import yaml

from adamatlas.config import load
from adamatlas.errors import UserError


@pytest.mark.parametrize(
    ("problem", "key", "text"),
    [
        ("{problem: diagonal_net, d: 5, kappa: 6}", "kappa", "found 6; must be at most d = 5"),
        ("{problem: matrix_factorization, d: 5, rank: 6}", "rank", "found 6; must be at most d = 5"),
        ("{problem: diagonal_net, n_train: 0}", "n_train", "found 0; must be a whole number >= 1"),
        ("{problem: matrix_factorization, depth: 1}", "depth", "found 1; must be a whole number >= 2"),
        (
            "{problem: diagonal_net, optimizer: adame, v_exponent: 1}",
            "v_exponent",
            "found 1; must be a finite number >= 0 and < 1",
        ),
        ("{problem: noisy_ellipse, batch_size: 2}", "batch_size", "found 2; must be at most examples = 1"),
    ],
)
def test_settings_of_the_problems_with_label_noise(problem, key, text):
    raw = problem.replace("}", ", lr: 0.1, steps: 5}")
    config = {
        "papers": {"a": {}},
        "studies": {"a.b": {"settings": yaml.safe_load(raw), "measures": ["sharpness"]}},
    }
    with pytest.raises(UserError) as caught:
        load(config, source="x.yaml")
    assert f"studies.a.b.settings.{key}: {text}" in str(caught.value)
