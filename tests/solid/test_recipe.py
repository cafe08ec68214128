"""What solid recipes take."""

from __future__ import annotations

import pytest

from synthem.errors import ConfigError
from synthem.solid.recipe import Neurites


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("count", 0.0, 100.0),
        ("length_nm", 200.0, 12_000.0),
        ("step_nm", 40.0, 400.0),
        ("radius_nm", 20.0, 1000.0),
        ("spread", 0.0, 2.0),
        ("limits_nm", 20.0, 1000.0),
        ("turn", 0.0, 1.0),
        ("unevenness", 0.0, 1.0),
    ],
)
def test_limits_of_neurites_are_allowed_and_nothing_beyond(name, least, most):
    for value in (least, most):
        assert getattr(Neurites(**{name: value}), name) in (value, (value, value))
    for value in (least - 0.01, most + 0.01):
        with pytest.raises(ConfigError, match=f"`{name}` must"):
            Neurites(**{name: value})
