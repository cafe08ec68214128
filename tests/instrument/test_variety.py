"""Looks that differ from tile to tile, around that of a style."""

from __future__ import annotations

from operator import attrgetter

import numpy as np
import pytest

from synthem import generate
from synthem.errors import ConfigError
from synthem.instrument.style import Style, load_style
from synthem.instrument.variety import FACTORS, SHIFTS

STYLE = load_style("epfl")


def test_ranges_lie_around_the_style_and_grow_with_the_amount():
    little, much = STYLE.varied(0.5), STYLE.varied()
    assert set(much.per_tile) == {*FACTORS, *SHIFTS}
    for path, one in much.per_tile.items():
        value = attrgetter(path)(STYLE)
        middle, spread = (np.mean(value), np.ptp(value)) if isinstance(value, tuple) else (value, 0.0)
        assert one.low <= middle <= one.high
        assert one.spread == pytest.approx(spread)
        assert one.low <= little.per_tile[path].low <= little.per_tile[path].high <= one.high
        assert one.high - one.low > little.per_tile[path].high - little.per_tile[path].low
    assert STYLE.varied(0) == STYLE


def test_tiles_differ_in_look_and_not_in_labels():
    plain, varied = (generate(6, style=style, seed=3, shape=128, progress=False) for style in (STYLE, STYLE.varied()))
    assert np.array_equal(plain.masks, varied.masks)
    means, sds = ([getattr(one.images, name)(axis=(1, 2)) for one in (plain, varied)] for name in ("mean", "std"))
    assert np.std(means[1] - means[0]) > 8  # brightness
    assert np.std(np.log(sds[1] / sds[0])) > 0.05  # contrast


def test_what_differs_already_stays_and_black_is_the_least():
    style = load_style("any")
    varied = style.varied()
    assert all(varied.per_tile[path] == one for path, one in style.per_tile.items())
    dark = Style.from_dict(STYLE.to_dict() | {"membranes": {"level": 3.0}}).varied(3)
    assert dark.per_tile["membranes.level"].low == 0.0
    assert Style.from_dict(dark.to_dict()) == dark


@pytest.mark.parametrize("amount", [-0.1, 3.1, float("nan"), "much", None])
def test_other_amounts_are_refused(amount):
    with pytest.raises(ConfigError, match="`amount` must be a number from 0 to 3"):
        STYLE.varied(amount)
