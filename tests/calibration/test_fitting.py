from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import synthem
from synthem.calibration import Calibration, fit, fitting
from synthem.calibration.image_fit import FIT_PARAMETERS
from synthem.calibration.model import Model, value_at
from synthem.calibration.statistics import image_statistics, label_statistics
from synthem.calibration.trial_tiles import render_trial_tiles
from synthem.errors import ConfigError, DataError
from synthem.instrument.style import Style, load_style
from synthem.quality import cut_tiles
from synthem.scene.build import build_scene
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles
from synthem.tissue.recipes.recipe import load_recipe

LONGER = (fitting.Phase(rounds=4, breadth=0.1, share=0.0),)
SHORT = (fitting.Phase(rounds=1, breadth=0.05, share=0.0),)

pytestmark = [pytest.mark.xdist_group("fitting"), pytest.mark.slow]


def foreign_style() -> Style:
    """A microscope of another make: darker cytoplasm, pale membranes, more noise, the same in every slice."""
    start = load_style("epfl")
    return replace(
        start,
        cytoplasm=replace(start.cytoplasm, level=145.0),
        membrane=replace(start.membrane, level=60.0, width=9.0),
        mitochondrion=replace(start.mitochondrion, interior_level=(80.0, 90.0)),
        optics=replace(start.optics, noise_white=15.0, noise_sd=0.0),
    )


def as_slices(tiles: LabelledTiles, *labelled: str) -> list[LabelledImage]:
    return [
        LabelledImage(name=f"made{i}", image=image, masks=masks, labelled=labelled)
        for i, (image, masks) in enumerate(zip(tiles.images, tiles.masks, strict=True))
    ]


@pytest.fixture(scope="module")
def foreign() -> list[LabelledImage]:
    """Two slices of 512x512 from that microscope, whose metrics agree: else the fit takes a difference for chance."""
    model = Model(style=foreign_style(), recipe=load_recipe("tissue"))
    return as_slices(render_trial_tiles(model, 2, seed=1, size=512), *synthem.EPFL6.names)


@pytest.fixture(scope="module")
def small(foreign: list[LabelledImage]) -> list[LabelledImage]:
    """A tile of 256x256 of each slice."""
    return [item.window(0, 0, (256, 256)) for item in foreign]


@pytest.fixture
def short(monkeypatch: pytest.MonkeyPatch) -> None:
    """One round of few tiles: enough to see what is estimated."""
    monkeypatch.setattr(fitting, "SCHEDULE", SHORT)


@pytest.fixture(scope="module")
def fitted(foreign: list[LabelledImage]) -> Calibration:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "SCHEDULE", LONGER)
        return fit(foreign, name="mine", evaluations=0)


@pytest.fixture(scope="module")
def sketched(small: list[LabelledImage]) -> Calibration:
    """One round of few tiles, where it does not matter how near the fit comes."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(fitting, "SCHEDULE", SHORT)
        return fit(small, name="mine", evaluations=0)


@pytest.mark.slow
def test_two_slices_give_back_the_microscope_that_made_them(fitted: Calibration) -> None:
    wanted, found = foreign_style(), fitted.style
    assert found.cytoplasm.level == pytest.approx(wanted.cytoplasm.level, abs=13)  # it began 50 away
    assert found.membrane.level == pytest.approx(wanted.membrane.level, abs=14)
    assert found.membrane.width == pytest.approx(wanted.membrane.width, rel=0.18)
    assert found.optics.noise_white == pytest.approx(15.0, rel=0.08)
    assert np.mean(found.mitochondrion.interior_level) == pytest.approx(85.0, abs=11)
    assert found.name == fitted.recipe.name == "mine"


@pytest.mark.slow
def test_metrics_end_near_the_real_ones(fitted: Calibration) -> None:
    assert fitted.misses["cytoplasm_grey"] < 0.05
    assert fitted.misses["membrane_width"] < 0.1
    assert fitted.misses["fine_noise"] < 0.08
    assert fitted.cost is None


def test_every_parameter_says_where_it_comes_from(sketched: Calibration) -> None:
    origin = {item.path: item.origin for item in sketched.estimates}
    assert origin["style.membrane.width"] == "labels"
    assert origin["style.optics.noise_white"] == "pictures"
    assert origin["style.optics.psf_sigma"] == "default"  # no evaluations were allowed
    assert {item.path for item in sketched.defaults} == {path for path, one in origin.items() if one == "default"}
    text = str(sketched)
    assert "2 slices, 2 of them with labels" in text
    assert "not estimated, default used" in text


@pytest.mark.slow
def test_what_agrees_from_the_start_stays(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    # with five groups a metric in ten differs by more than twice its standard error by chance: not those of this seed
    made = as_slices(render_trial_tiles(start, 10, seed=22), *synthem.EPFL6.names)
    found = fit(made, tiles=60, evaluations=0)
    reason = {item.path: item.reason for item in found.estimates}
    for path in ("style.membrane.level", "style.cytoplasm.level", "style.mitochondrion.interior_level"):
        assert reason[path].endswith(", unchanged")
        assert value_at(Model(style=found.style, recipe=found.recipe), path) == value_at(start, path)


def test_the_same_slices_and_seed_give_the_same_fit(small: list[LabelledImage], short: None) -> None:
    found = fit(small, evaluations=0, seed=4)
    assert fit(small, evaluations=0, seed=4) == found
    assert synthem.calibrate(small, evaluations=0, seed=5) != found.style


def test_toml_files_are_read_back_and_list_the_defaults(sketched: Calibration, tmp_path: Path) -> None:
    sketched.save(tmp_path / "mine.toml", tmp_path / "mine_tissue.toml")
    style = load_style(tmp_path / "mine.toml")
    assert style.membrane.width == pytest.approx(sketched.style.membrane.width, abs=1e-5)
    assert load_recipe(tmp_path / "mine_tissue.toml").name == "mine"
    assert "#   optics.psf_sigma\n" in (tmp_path / "mine.toml").read_text()
    assert build_scene(tmp_path / "mine_tissue.toml", style=style).render(0).shape == (256, 256)
    with pytest.raises(ConfigError, match=r"must end in \.toml"):
        sketched.save(tmp_path / "mine.json")


def test_classes_nobody_labelled_stay_at_the_default(foreign: list[LabelledImage], short: None) -> None:
    some = [replace(item, labelled=("boundaries", "psd")) for item in foreign]
    found = fit(some, evaluations=0)
    reasons = {item.path: item.reason for item in found.defaults}
    assert reasons["style.vesicles.rim_level"] == "not labelled: vesicles"
    assert reasons["style.mitochondrion.rim_level"] == "not labelled: mitochondria, mitochondrial_boundaries"
    assert found.recipe.vesicles == load_recipe("tissue").vesicles
    assert found.style.membrane.width != load_style("epfl").membrane.width


def test_unlabelled_slices_fit_the_picture_side_alone(
    foreign: list[LabelledImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SCHEDULE", LONGER)
    blank = [replace(item, labelled=(), masks=np.zeros_like(item.masks)) for item in foreign]
    found = fit(blank, evaluations=0)
    assert found.labelled_slices == 0
    assert found.style.optics.noise_white == pytest.approx(15.0, rel=0.08)  # it began a third below
    assert found.style.cytoplasm.level == pytest.approx(145.0, abs=16)  # it began 50 away
    assert found.style.membrane.width == load_style("epfl").membrane.width
    assert {item.origin for item in found.estimates} == {"pictures", "default"}


def test_a_folder_may_label_some_slices_only(small: list[LabelledImage], short: None) -> None:
    mixed = [small[0], replace(small[1], labelled=(), masks=np.zeros_like(small[1].masks))]
    found = fit(mixed, evaluations=0)
    assert (found.slices, found.labelled_slices) == (2, 1)


def test_slices_may_differ_in_size(foreign: list[LabelledImage], short: None) -> None:
    other = foreign[1].window(0, 0, (300, 256))
    assert fit([foreign[0], other], evaluations=0).slices == 2


def test_masks_that_label_nothing_are_no_labels(small: list[LabelledImage], short: None) -> None:
    empty = [replace(item, masks=np.zeros_like(item.masks)) for item in small]
    assert fit(empty, evaluations=0).labelled_slices == 0


def test_an_object_kind_that_hardly_occurs_is_listed(foreign: list[LabelledImage], short: None) -> None:
    rare = [replace(item, masks=item.masks.copy()) for item in foreign]
    for item in rare:
        item.masks[1] = False
    found = fit(rare, evaluations=0)
    reasons = {item.path: item.reason for item in found.defaults}
    assert "fewer than 5 whole objects" in reasons["recipe.psd.length"]


def test_the_pictures_are_fitted_within_the_evaluations(
    small: list[LabelledImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SCHEDULE", (fitting.Phase(rounds=1, breadth=1.0, share=1.0),))
    free = [item for item in FIT_PARAMETERS if item.path.startswith("style.optics.psf") or "texture" in item.path]
    monkeypatch.setattr(fitting, "FIT_PARAMETERS", free)
    trials = []
    monkeypatch.setattr(fitting, "ticker", lambda **_: nullcontext(trials.append))
    found = fit(small, tiles=3, evaluations=len(free) + 3)
    assert len(trials) == 1 + len(free) + 3
    assert found.cost is not None
    origin = {item.path: item.origin for item in found.estimates}
    assert origin["style.optics.psf_sigma"] == "pictures"
    assert all(type(value) is float for value in vars(found.style.optics).values())


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ([], "at least one slice, got none"),
        ([(np.full((256, 256), 7, np.uint8), np.zeros((6, 256, 256), bool))], "must show something"),
        (
            [(np.arange(100 * 300).reshape(100, 300).astype(np.uint8), np.zeros((6, 100, 300), bool))],
            "at least 256x256",
        ),
    ],
)
def test_bad_slices_are_named(source: object, message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(source)


def test_numbers_out_of_range_are_refused(foreign: list[LabelledImage]) -> None:
    with pytest.raises(ConfigError, match="`evaluations` must be 0 or more, got -1"):
        fit(foreign, evaluations=-1)
    with pytest.raises(ConfigError, match="`tiles` must be 1 or more, got 0"):
        fit(foreign, tiles=0)


def test_statistics_of_known_tiles(foreign: list[LabelledImage]) -> None:
    tiles = cut_tiles(foreign)
    found = label_statistics(tiles)
    assert max(found["vesicle_rim_grey"], found["vesicle_interior_grey"]) < found["cytoplasm_grey"]
    assert found["mitochondrion_interior_grey"] < found["cytoplasm_grey"]
    assert found["membrane_width"] < found["membrane_width_oblique"]
    assert "axon_grey" not in found  # there is none in these slices
    assert image_statistics(tiles)["fine_noise"] == pytest.approx(15.0, rel=0.1)  # as it was drawn
    dark = replace(foreign_style().vesicles, rim_level=(40.0, 50.0))  # the blur mixes rims with what is around
    ringed = Model(style=replace(foreign_style(), vesicles=dark), recipe=load_recipe("tissue"))
    rings = label_statistics(render_trial_tiles(ringed, 2, seed=1, size=512))
    assert rings["vesicle_rim_grey"] < found["vesicle_rim_grey"] - 5
    assert rings["vesicle_rim_grey"] < rings["vesicle_interior_grey"]
    nothing = replace(tiles, masks=np.zeros_like(tiles.masks))
    assert set(label_statistics(nothing)) <= {"cytoplasm_grey", "compartment_grey_sd"}


def test_slices_with_other_labels_are_set_apart(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    tiles = render_trial_tiles(start, 3, seed=2)
    made = [*as_slices(tiles, "boundaries", "psd")[:2], *as_slices(tiles, "vesicles", "psd")[2:]]
    found = fit(made, tiles=2, evaluations=0)
    assert (found.slices, found.labelled_slices) == (3, 2)
    assert {item.path: item.origin for item in found.estimates}["style.membrane.width"] == "labels"


def test_what_could_not_be_tried_is_a_default(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    made = as_slices(render_trial_tiles(start, 2, seed=2), *synthem.EPFL6.names)
    found = fit(made, recipe="paper", tiles=2, evaluations=1)
    origin = {item.path: item.origin for item in found.estimates}
    assert origin["style.optics.psf_sigma"] == "default"  # one evaluation changes no parameter
    assert (
        origin["style.mitochondrion.interior_level"] == "default"
    )  # `paper` generates no mitochondria to compare with


def test_style_and_recipe_are_two_files(sketched: Calibration, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`recipe` must be another file than the style"):
        sketched.save(tmp_path / "mine.toml", tmp_path / "mine.toml")
    assert list(tmp_path.iterdir()) == []
