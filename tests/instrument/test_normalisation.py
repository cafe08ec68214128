"""Normalisation of pictures."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import synthem

STYLE = synthem.load_style("epfl")
QUIET = replace(STYLE.detector, white=0.0, correlated=0.0)
SOFT = ("cytoplasm", "boundaries", "mitochondria", "vesicles", "psd", "axon")
SHARP = replace(STYLE.optics, psf_sigma_nm=1.0, **{f"soft_{name}": 0.0 for name in SOFT})


def pictures(**detector: float) -> np.ndarray:
    style = replace(STYLE, optics=SHARP, detector=replace(QUIET, **detector))
    scene = synthem.build_scene("tissue", style=style)
    return np.stack([scene.render(seed=3, index=index).image for index in range(8)]).astype(float)


def test_a_full_normalisation_brings_all_pictures_to_one_mean_and_contrast() -> None:
    found = pictures(normalisation=1.0, normalised_mean=120.0, normalised_sd=30.0)
    assert found.mean(axis=(1, 2)) == pytest.approx(np.full(8, 120.0), abs=1.0)
    assert found.std(axis=(1, 2)) == pytest.approx(np.full(8, 30.0), abs=1.0)


def test_half_a_normalisation_takes_half_of_the_differences() -> None:
    plain, half = (pictures(normalisation=share, normalised_mean=120.0) for share in (0.0, 0.5))
    assert half.mean(axis=(1, 2)) == pytest.approx(60.0 + 0.5 * plain.mean(axis=(1, 2)), abs=2.0)
