from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import ndimage

from synthem.quality import cut_tiles
from synthem.quality.regions import cytoplasm, flat_areas, grey_levels, noise, region_masks
from synthem.tiles.labelled_image import LabelledImage


def test_cytoplasm_is_more_than_two_pixels_from_any_label() -> None:
    masks = np.random.default_rng(0).random((2, 6, 40, 50)) > 0.998
    distance = np.stack([ndimage.distance_transform_edt(~any_) for any_ in masks.any(axis=1)])
    assert np.array_equal(cytoplasm(masks), distance > 2)


def test_regions_exclude_the_rim_from_the_mitochondrion(tissue: list[LabelledImage]) -> None:
    regions = region_masks(cut_tiles(tissue, size=128))
    assert set(regions) == {*tissue[0].labelled, "cytoplasm"}
    assert not (regions["mitochondria"] & regions["mitochondrial_boundaries"]).any()


def test_grey_levels_of_known_regions() -> None:
    image = np.full((1, 8, 8), 10, np.uint8)
    image[0, :4] = 30
    found = grey_levels(image, {"top": image == 30})
    assert (found["image"].mean, found["image"].sd) == (20.0, 10.0)
    assert (found["top"].count, found["top"].mean, found["top"].sd) == (32, 30.0, 0.0)


def _noisy(sigma: tuple[float, float]) -> np.ndarray:
    white = np.random.default_rng(3).normal(size=(4, 256, 256))
    blurred = np.stack([ndimage.gaussian_filter(w, sigma) for w in white])
    return np.rint(128 + 12 * blurred / blurred.std()).clip(0, 255).astype(np.uint8)


def test_white_noise_is_uncorrelated() -> None:
    (found,) = noise(_noisy((0.0, 0.0)), np.ones((4, 256, 256), bool))
    assert found["x"] == pytest.approx([0.0] * 5, abs=0.03)
    assert found["y"] == pytest.approx([0.0] * 5, abs=0.03)
    share = 1 - 2 / (4 * math.pi) * (2 - 0.5)  # a Gaussian of sigma 1 leaves this share of the variance
    assert found["sd"][0] == pytest.approx(12 * math.sqrt(share), rel=0.03)


def test_correlation_follows_the_axis_that_was_blurred() -> None:
    (found,) = noise(_noisy((0.0, 1.5)), np.ones((4, 256, 256), bool))
    assert found["x"][0] > 0.8
    assert abs(found["y"][0]) < 0.1
    expected = [math.exp(-(lag**2) / (4 * 1.5**2)) for lag in (1, 2)]
    assert found["x"][:2] == pytest.approx(expected, abs=0.08)


def test_noise_is_measured_only_where_it_is_flat() -> None:
    images = _noisy((0.0, 0.0))
    flat = np.zeros(images.shape, bool)
    flat[:, 40:200, 40:200] = True
    images[:, :20] = 0
    assert noise(images, flat)[0]["x"] == pytest.approx([0.0] * 5, abs=0.03)
    (nothing,) = noise(images, np.zeros_like(flat))
    assert math.isnan(nothing["sd"][0])
    assert all(math.isnan(value) for value in nothing["y"])


def test_flat_areas_are_bright_and_away_from_edges(tissue: list[LabelledImage]) -> None:
    tiles = cut_tiles(tissue, size=128)
    flat = flat_areas(tiles.images)
    assert flat.any(axis=(1, 2)).all()
    assert tiles.masks.any(axis=1)[flat].mean() < 0.02
