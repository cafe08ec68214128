"""How uncertain the metrics of labelled slices are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthem import EPFL6
from synthem.calibration.model import Model
from synthem.calibration.statistics import Statistics, image_statistics, label_statistics, standard_errors
from synthem.calibration.trial_tiles import TrialTiles
from synthem.instrument.style import load_style
from synthem.tiles.labelled_image import LabelledTiles
from synthem.tissue.recipes.recipe import load_recipe


def plain_tiles(greys: list[int], sources: list[int]) -> LabelledTiles:
    images = np.full((len(greys), 8, 8), np.array(greys)[:, None, None], np.uint8)
    masks = np.zeros((len(greys), 6, 8, 8), np.bool_)
    return replace(LabelledTiles.of(images, masks), sources=np.array(sources))


def mean_grey(tiles: LabelledTiles) -> Statistics:
    return {"grey": float(tiles.images.mean())} | ({"dark": 1.0} if tiles.images.min() < 50 else {})


def test_of_a_mean_it_is_the_standard_error_of_the_mean() -> None:
    greys = [100, 110, 130, 90, 120]
    found = standard_errors(plain_tiles(greys, [0, 1, 2, 3, 4]), mean_grey)
    assert found == {"grey": pytest.approx(np.std(greys, ddof=1) / np.sqrt(5))}


def test_tiles_of_one_slice_are_left_out_together() -> None:
    found = standard_errors(plain_tiles([100, 100, 120, 120], [3, 3, 8, 8]), mean_grey)
    assert found == {"grey": pytest.approx(10.0)}  # as of two slices of 100 and 120
    assert standard_errors(plain_tiles([100, 120], [3, 3]), mean_grey) == {}


def test_neighbouring_slices_are_left_out_together() -> None:
    found = standard_errors(plain_tiles([100, 100, 120, 120, 90, 90, 130, 130, 110, 110], list(range(10))), mean_grey)
    assert found == {"grey": pytest.approx(np.std([100, 120, 90, 130, 110], ddof=1) / np.sqrt(5))}


def test_a_metric_that_hangs_on_one_slice_has_none() -> None:
    assert set(standard_errors(plain_tiles([40, 100, 120], [0, 1, 2]), mean_grey)) == {"grey"}


def test_the_spread_of_mitochondria_is_that_of_large_ones_to_usual_ones() -> None:
    def found(radii: list[int]) -> Statistics:
        away = np.hypot(*np.mgrid[-48:48, -48:48])
        masks = np.zeros((len(radii), 6, 96, 96), np.bool_)
        masks[:, EPFL6.names.index("mitochondria")] = [away < radius for radius in radii]
        return label_statistics(LabelledTiles.of(np.full((len(radii), 96, 96), 90, np.uint8), masks), 5.0)

    alike, apart = found([12] * 20), found([12] * 16 + [36] * 4)
    for name in ("mitochondrion_length_spread", "mitochondrion_width_spread"):
        assert alike[name] == pytest.approx(0.0)
        assert apart[name] == pytest.approx(np.log(3.0), abs=0.1)
        assert name not in found([12] * 10)


@pytest.mark.slow
def test_it_tells_how_far_metrics_of_other_tiles_lie() -> None:
    model = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    tiles = TrialTiles(seed=1).render(model, 10)
    errors = standard_errors(replace(tiles, sources=np.arange(10)), image_statistics)
    found, other = (image_statistics(one) for one in (tiles, TrialTiles(seed=2).render(model, 40)))
    for name in ("fine_noise", "bright_grey", "dark_grey"):
        assert abs(found[name] - other[name]) < 4 * errors[name]
        assert errors[name] < 0.05 * found[name]
