"""What solid recipes take."""

from __future__ import annotations

import pytest

from synthem.errors import ConfigError
from synthem.solid.recipe import Contents, Neurites


@pytest.mark.parametrize(
    ("kind", "name", "least", "most"),
    [
        (Neurites, "count", 0.0, 100.0),
        (Neurites, "length_nm", 200.0, 12_000.0),
        (Neurites, "step_nm", 40.0, 400.0),
        (Neurites, "radius_nm", 20.0, 1000.0),
        (Neurites, "spread", 0.0, 2.0),
        (Neurites, "limits_nm", 20.0, 1000.0),
        (Neurites, "turn", 0.0, 1.0),
        (Neurites, "unevenness", 0.0, 1.0),
        (Contents, "every_nm", 180.0, 20_000.0),
        (Contents, "share", 0.0, 1.0),
        (Contents, "length_nm", 0.0, 5000.0),
        (Contents, "radius_nm", 4.0, 400.0),
        (Contents, "host_share", 0.05, 1.0),
        (Contents, "aside", 0.0, 1.0),
    ],
)
def test_limits_are_allowed_and_nothing_beyond(kind, name, least, most):
    for value in (least, most):
        assert getattr(kind(**{name: value}), name) in (value, (value, value))
    for value in (least - 0.01, most + 0.01):
        with pytest.raises(ConfigError, match=f"`{name}` must"):
            kind(**{name: value})
