"""What is compared between pictures, and how the optimiser changes the parameters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthem import EPFL6
from synthem.calibration.image_fit import FIT_PARAMETERS, NOISE_REGIONS, SPECTRUM_BINS, _Search, image_metrics
from synthem.calibration.model import Model, middle, value_at, with_value
from synthem.calibration.trial_tiles import render_trial_tiles
from synthem.instrument.style import load_style
from synthem.tissue.recipes.recipe import load_recipe

LAG = 3
OPACITY = "style.clutter.opacity"


def streaks(model: Model) -> np.ndarray:
    """Return how much more pixels 3 px apart agree down the rows than along them: in cytoplasm, in mitochondria."""
    noise = image_metrics(render_trial_tiles(model, 12, seed=4), EPFL6.names).noise.reshape(NOISE_REGIONS, -1)
    return noise[:, 5 + LAG] - noise[:, LAG]


@pytest.mark.slow
def test_streaks_of_the_microscope_show_in_mitochondria_and_those_of_the_texture_do_not() -> None:
    style = load_style("epfl")
    round_texture = replace(style.cytoplasm, fine_texture_stretch=1.0)
    round_noise = replace(style.optics, noise_sigma_rows=1.0, noise_sigma_cols=1.0)
    recipe = load_recipe("tissue")
    plain = streaks(Model(style=replace(style, cytoplasm=round_texture, optics=round_noise), recipe=recipe))
    streaky = replace(style.optics, noise_correlated=9.0, noise_sigma_rows=3.0, noise_sigma_cols=1.0)
    noisy = streaks(Model(style=replace(style, cytoplasm=round_texture, optics=streaky), recipe=recipe))
    stretched = replace(round_texture, fine_texture_stretch=2.5)
    textured = streaks(Model(style=replace(style, cytoplasm=stretched, optics=round_noise), recipe=recipe))
    assert (noisy - plain > 0.05).all()
    assert textured[0] - plain[0] > 0.05
    assert abs(textured[1] - plain[1]) < 0.03


@pytest.mark.slow
def test_the_spectrum_shows_the_direction_of_noise() -> None:
    style, recipe = load_style("epfl"), load_recipe("tissue")
    spectra = []
    for rows, cols in ((1.0, 3.0), (3.0, 1.0)):
        optics = replace(style.optics, noise_correlated=20.0, noise_sigma_rows=rows, noise_sigma_cols=cols)
        tiles = render_trial_tiles(Model(style=replace(style, optics=optics), recipe=recipe), 4, seed=4)
        found = image_metrics(tiles, EPFL6.names).spectrum
        spectra.append(np.concatenate([[0.0], found]).reshape(SPECTRUM_BINS, SPECTRUM_BINS))
    flat, upright = spectra
    assert (upright[0, 3:6] - flat[0, 3:6] > 1.0).all()
    assert (upright[3:6, 0] - flat[3:6, 0] < -1.0).all()
    assert np.allclose(upright[-1, -3:], flat[-1, -3:], atol=0.3)


def test_a_parameter_that_hardly_matters_stays_where_it_was() -> None:
    model = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    parameters = tuple(k for k in FIT_PARAMETERS if k.path in ("style.optics.noise_white", "style.membrane.level"))

    def measure(trial: Model) -> np.ndarray:
        level = trial.style.membrane.level - model.style.membrane.level
        return np.array([trial.style.optics.noise_white - 12.0, 0.001 * level - 0.02])

    search = _Search(model, parameters, measure, 100, lambda _: None)
    search.run()
    best = search.best[1].style
    assert best.optics.noise_white == pytest.approx(12.0, abs=0.3)
    assert best.membrane.level == pytest.approx(model.style.membrane.level, abs=0.1)


@pytest.mark.parametrize(("wanted", "found"), [(0.9, (0.8, 1.0)), (0.99, (0.8, 1.0)), (0.7, (0.6, 0.8))])
def test_a_parameter_at_or_beyond_its_limit_stays_unless_pictures_tell_and_keeps_no_other_back(
    wanted: float, found: tuple[float, float]
) -> None:
    model = with_value(Model(style=load_style("epfl"), recipe=load_recipe("tissue")), OPACITY, (0.8, 1.0))
    model = with_value(model, "style.membrane.texture_sd", 0.0)
    parameters = tuple(
        k for k in FIT_PARAMETERS if k.path in (OPACITY, "style.membrane.texture_sd", "style.optics.noise_white")
    )
    assert next(k.high for k in parameters if k.path == OPACITY) < 0.9

    def measure(trial: Model) -> np.ndarray:
        style = trial.style
        opacity = middle(style.clutter.opacity)
        return np.array([20.0 * (opacity - wanted), style.membrane.texture_sd + 2.0, style.optics.noise_white - 12.0])

    search = _Search(model, parameters, measure, 40, lambda _: None)
    search.run()
    best = search.best[1].style
    assert best.clutter.opacity == pytest.approx(found, abs=0.01)
    assert best.membrane.texture_sd == pytest.approx(0.0, abs=0.01)
    assert best.optics.noise_white == pytest.approx(12.0, abs=0.3)


@pytest.mark.parametrize(
    "path", ["style.membrane.double_share", "style.membrane.fade", "style.mitochondrion.halo_opacity"]
)
def test_a_parameter_driven_to_its_limit_ends_on_it(path: str) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    (parameter,) = (k for k in FIT_PARAMETERS if k.path == path)
    for begin in (0.4066, *np.random.default_rng(3).uniform(0.2, 0.48, 40)):
        model = with_value(start, path, (begin - 0.1, begin + 0.1) if path.endswith("opacity") else begin)

        def measure(trial: Model) -> np.ndarray:
            return np.array([50.0 * (middle(value_at(trial, path)) + 1.0)])

        search = _Search(model, (parameter,), measure, 60, lambda _: None)
        search.run()
        found = value_at(search.best[1], path)
        assert (found[0] if isinstance(found, tuple) else found) == 0.0
