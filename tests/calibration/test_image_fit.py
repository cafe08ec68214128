"""What is compared between pictures, and how the optimiser changes the parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthem import EPFL6
from synthem.calibration.fit_parameters import FIT_PARAMETERS
from synthem.calibration.image_fit import (
    NOISE_REGIONS,
    SPECTRUM_BINS,
    TONES,
    ImageMetrics,
    find_regions,
    image_metrics,
)
from synthem.calibration.model import Model, middle, value_at, with_value
from synthem.calibration.search import Search
from synthem.calibration.trial_tiles import TrialTiles
from synthem.instrument.style import load_style
from synthem.tiles.labelled_image import LabelledTiles
from synthem.tissue.recipes.recipe import load_recipe

LAG = 3
TAILS, LINES = "style.detector.tails", "style.materials.dark_line.opacity"
PSD_GREY = "style.materials.psd.grey"
TRIALS = TrialTiles(seed=4)


def measured(tiles: LabelledTiles) -> ImageMetrics:
    """Measure tiles with labels of all classes."""
    return image_metrics(tiles, find_regions(tiles, EPFL6.names))


def streaks(model: Model) -> np.ndarray:
    """Return how much more pixels 3 px apart agree down the rows than along them: in cytoplasm, in mitochondria."""
    noise = measured(TRIALS.render(model, 12)).noise.reshape(NOISE_REGIONS, -1)
    return noise[:, 5 + LAG] - noise[:, LAG]


@pytest.mark.parametrize("drawn_beside", [0, 2])
def test_a_thin_rim_shows_although_labels_are_drawn_beside_it(drawn_beside: int) -> None:
    away = np.hypot(*np.mgrid[-32:32, -32:32])
    images = np.where(away < 20, 120, 160)[None].astype(np.uint8)
    lined = np.where(np.abs(away - 20) < 1.5, 40, images).astype(np.uint8)
    masks = np.zeros((1, 6, 64, 64), np.bool_)
    masks[0, EPFL6.names.index("mitochondria")] = away < 20 - drawn_beside
    plain, rimmed = (measured(LabelledTiles.of(one, masks)).lines["mitochondria -1"] for one in (images, lined))
    assert plain[0] > 110
    assert rimmed[0] < 75
    assert rimmed[1] > 100  # the palest beside it


def test_coherence_tells_lines_from_grains() -> None:
    rng = np.random.default_rng(0)
    lines = 100.0 + 30.0 * np.sin(np.arange(64) / 1.5)[None, :] * np.ones((64, 1))
    grains = rng.normal(100.0, 30.0, (64, 64))
    masks = np.zeros((1, 6, 64, 64), np.bool_)
    masks[0, EPFL6.names.index("mitochondria"), 16:48, 16:48] = True
    images = [np.clip(one, 0, 255).astype(np.uint8)[None] for one in (lines, grains)]
    found = [measured(LabelledTiles.of(one, masks)).lines["mitochondria"][2] for one in images]
    assert found[0] > 95
    assert found[1] < 60


def test_noise_is_measured_by_brightness() -> None:
    rng = np.random.default_rng(0)
    level, sd = np.array([[72.0, 184.0], [3.0, 12.0]])[..., None, None]
    images = np.rint(level + sd * rng.standard_normal((2, 128, 128))).astype(np.uint8)
    fine, coarse = measured(LabelledTiles.of(images, np.zeros((2, 6, 128, 128), np.bool_))).tones.reshape(2, TONES)
    dark, bright = 72 * TONES // 256, 184 * TONES // 256
    assert fine[dark] == pytest.approx(3.0 * np.sqrt(0.76), rel=0.05)  # so much of white noise is finer than sigma 1
    assert fine[bright] == pytest.approx(4.0 * fine[dark], rel=0.05)
    assert coarse[bright] == pytest.approx(4.0 * coarse[dark], rel=0.05)
    assert np.isnan(fine[[0, -1]]).all()


@pytest.mark.slow
def test_streaks_of_the_microscope_show_in_mitochondria_and_those_of_the_texture_do_not() -> None:
    style = load_style("epfl")
    round_texture = replace(style.cytoplasm, fine_texture_stretch=1.0)
    round_noise = replace(style.detector, sigma_rows_px=1.0, sigma_cols_px=1.0)
    recipe = load_recipe("tissue")
    plain = streaks(Model(style=replace(style, cytoplasm=round_texture, detector=round_noise), recipe=recipe))
    streaky = replace(style.detector, correlated=9.0, sigma_rows_px=3.0, sigma_cols_px=1.0)
    noisy = streaks(Model(style=replace(style, cytoplasm=round_texture, detector=streaky), recipe=recipe))
    stretched = replace(round_texture, fine_texture_stretch=2.5)
    textured = streaks(Model(style=replace(style, cytoplasm=stretched, detector=round_noise), recipe=recipe))
    assert (noisy - plain > 0.05).all()
    assert textured[0] - plain[0] > 0.05
    assert abs(textured[1] - plain[1]) < 0.03


@pytest.mark.slow
def test_the_spectrum_shows_the_direction_of_noise() -> None:
    style, recipe = load_style("epfl"), load_recipe("tissue")
    spectra = []
    for rows, cols in ((1.0, 3.0), (3.0, 1.0)):
        detector = replace(style.detector, correlated=20.0, sigma_rows_px=rows, sigma_cols_px=cols)
        tiles = TRIALS.render(Model(style=replace(style, detector=detector), recipe=recipe), 4)
        found = measured(tiles).spectrum
        spectra.append(np.concatenate([[0.0], found]).reshape(SPECTRUM_BINS, SPECTRUM_BINS))
    flat, upright = spectra
    assert (upright[0, 3:6] - flat[0, 3:6] > 1.0).all()
    assert (upright[3:6, 0] - flat[3:6, 0] < -1.0).all()
    assert np.allclose(upright[-1, -3:], flat[-1, -3:], atol=0.3)


def test_a_parameter_that_hardly_matters_stays_where_it_was() -> None:
    model = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    parameters = tuple(k for k in FIT_PARAMETERS if k.path in ("style.detector.white", "style.membranes.level"))

    def measure(trial: Model) -> np.ndarray:
        level = trial.style.membranes.level - model.style.membranes.level
        return np.array([trial.style.detector.white - 12.0, 0.001 * level - 0.02])

    search = Search(model, parameters, measure, 100, lambda _: None)
    search.run()
    best = search.best[1].style
    assert best.detector.white == pytest.approx(12.0, abs=0.3)
    assert best.membranes.level == pytest.approx(model.style.membranes.level, abs=0.3)


@pytest.mark.parametrize(("wanted", "found"), [(0.3, 0.25), (0.4, 0.25), (0.22, 0.22)])
def test_a_parameter_at_or_beyond_its_limit_stays_unless_pictures_tell_and_keeps_no_other_back(
    wanted: float, found: float
) -> None:
    model = with_value(Model(style=load_style("epfl"), recipe=load_recipe("tissue")), TAILS, 0.25)
    model = with_value(model, "style.membranes.texture_sd", 0.0)
    parameters = tuple(
        k for k in FIT_PARAMETERS if k.path in (TAILS, "style.membranes.texture_sd", "style.detector.white")
    )
    assert next(k.high for k in parameters if k.path == TAILS) == 0.2

    def measure(trial: Model) -> np.ndarray:
        style = trial.style
        tails = 200.0 * (style.detector.tails - wanted)
        return np.array([tails, style.membranes.texture_sd + 2.0, style.detector.white - 12.0])

    search = Search(model, parameters, measure, 40, lambda _: None)
    search.run()
    best = search.best[1].style
    assert best.detector.tails == pytest.approx(found, abs=0.001)
    assert best.membranes.texture_sd == pytest.approx(0.0, abs=0.01)
    assert best.detector.white == pytest.approx(12.0, abs=0.3)


def test_a_parameter_that_matters_to_one_side_alone_is_found() -> None:
    model = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == "style.detector.white")
    begin = model.style.detector.white

    def measure(trial: Model) -> np.ndarray:
        return np.array([10.0 * (min(trial.style.detector.white - begin, 0.0) + 1.2)])

    search = Search(model, (parameter,), measure, 80, lambda _: None)
    search.run()
    assert search.best[1].style.detector.white == pytest.approx(begin - 1.2, abs=0.05)


def test_ranges_keep_both_ends_within_what_they_declare() -> None:
    model = with_value(Model(style=load_style("epfl"), recipe=load_recipe("tissue")), LINES, (0.6, 0.9))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == LINES)
    fall, rise = parameter.room(with_value(model, "style.materials.reticulum.opacity", (0.5, 0.98)))
    assert (fall, rise) == (pytest.approx(-0.4), pytest.approx(0.02))  # 0.2 at least; the reticulum moves along


def test_greys_of_a_material_spread_around_their_middle() -> None:
    model = with_value(Model(style=load_style("epfl"), recipe=load_recipe("tissue")), PSD_GREY, (80.0, 90.0))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == PSD_GREY and k.widens)
    assert parameter.room(model) == (-5.0, 165.0)
    assert value_at(parameter.moved(model, 7.0), PSD_GREY) == (73.0, 97.0)
    assert value_at(parameter.moved(model, -9.0), PSD_GREY) == (85.0, 85.0)


def test_one_parameter_moves_several_materials() -> None:
    model = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == "style.materials.crista.grey" and not k.widens)
    found = parameter.moved(model, -10.0)
    by = {
        name: middle(value_at(found, path)) - middle(value_at(model, path))
        for name in ("crista", "crista_membrane", "crista_lumen", "matrix")
        for path in [f"style.materials.{name}.grey"]
    }
    assert by == {
        "crista": pytest.approx(-10.0),
        "crista_membrane": pytest.approx(-7.0),
        "crista_lumen": pytest.approx(7.0),
        "matrix": 0.0,
    }
    fall, rise = parameter.room(model)
    assert rise == pytest.approx(-model.style.materials.crista.grey[1])  # cristae never become paler than the matrix
    assert fall == pytest.approx(-120.0 - model.style.materials.crista.grey[0])


@pytest.mark.parametrize(
    "path", ["recipe.membranes.double_share", "style.membranes.fade", "style.materials.mitochondrial_halo.opacity"]
)
def test_a_parameter_driven_to_its_limit_ends_on_it(path: str) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == path)
    for begin in (0.4066, *np.random.default_rng(3).uniform(0.2, 0.48, 40)):
        model = with_value(start, path, (begin - 0.1, begin + 0.1) if path.endswith("opacity") else begin)

        def measure(trial: Model) -> np.ndarray:
            return np.array([50.0 * (middle(value_at(trial, path)) + 1.0)])

        search = Search(model, (parameter,), measure, 60, lambda _: None)
        search.run()
        found = value_at(search.best[1], path)
        assert (found[0] if isinstance(found, tuple) else found) == 0.0
