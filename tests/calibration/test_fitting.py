from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

import synthem
from synthem.calibration import Calibration, fit, fitting
from synthem.calibration.alternation import Phase
from synthem.calibration.fit_parameters import FIT_PARAMETERS
from synthem.calibration.model import Model, middle, value_at, with_value
from synthem.calibration.pixel_size import find_pixel_size
from synthem.calibration.search import DAMPINGS
from synthem.calibration.statistics import image_statistics, label_statistics
from synthem.calibration.trial_tiles import KEPT, TrialTiles
from synthem.errors import ConfigError, DataError, DataWarning
from synthem.instrument.style import load_style
from synthem.quality import cut_tiles
from synthem.scene.build import build_scene
from synthem.tiles.labelled_image import LabelledImage, LabelledTiles
from synthem.tissue.recipes.recipe import load_recipe

LONGER = (Phase(rounds=4, breadth=0.1, share=0.0),)
SHORT = (Phase(rounds=1, breadth=0.05, share=0.0),)

pytestmark = pytest.mark.slow


def other_microscope() -> Model:
    """A microscope of another make: darker cytoplasm, pale and wide membranes, more noise, the same in every slice."""
    start, recipe = load_style("epfl"), load_recipe("tissue")
    matrix = replace(start.materials.matrix, grey=(80.0, 90.0))
    style = replace(
        start,
        cytoplasm=replace(start.cytoplasm, level=145.0),
        membranes=replace(start.membranes, level=60.0),
        materials=replace(start.materials, matrix=matrix),
        detector=replace(start.detector, white=15.0, noise_sd=0.0),
    )
    return Model(style=style, recipe=replace(recipe, membranes=replace(recipe.membranes, width_nm=45.0)))


def as_slices(tiles: LabelledTiles, *labelled: str) -> list[LabelledImage]:
    return [
        LabelledImage(name=f"made{i}", image=image, masks=masks, labelled=labelled, pixel_size_nm=5.0)
        for i, (image, masks) in enumerate(zip(tiles.images, tiles.masks, strict=True))
    ]


@pytest.fixture(scope="module")
def foreign() -> list[LabelledImage]:
    """Two slices of 512x512 from that microscope, whose metrics agree: else the fit takes a difference for chance."""
    return as_slices(TrialTiles(seed=1, size=512).render(other_microscope(), 2), *synthem.EPFL6.names)


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
    wanted, found = other_microscope().style, fitted.style
    assert found.cytoplasm.level == pytest.approx(wanted.cytoplasm.level, abs=13)  # it began 50 away
    assert found.membranes.level == pytest.approx(wanted.membranes.level, abs=14)
    assert fitted.recipe.membranes.width_nm == pytest.approx(45.0, rel=0.18)
    assert found.detector.white == pytest.approx(15.0, rel=0.08)
    assert np.mean(found.materials.matrix.grey) == pytest.approx(85.0, abs=11)
    assert found.name == fitted.recipe.name == "mine"


@pytest.mark.slow
def test_metrics_end_near_the_real_ones(fitted: Calibration) -> None:
    misses = {one.name: abs(one.fitted - one.real) / abs(one.real) for one in fitted.figures if one.real}
    assert misses["cytoplasm_grey"] < 0.05
    assert misses["membrane_width"] < 0.1
    assert misses["fine_noise"] < 0.08
    assert fitted.cost is None
    before = {one.name: one.start for one in fitted.figures}
    assert before["cytoplasm_grey"] - {one.name: one.real for one in fitted.figures}["cytoplasm_grey"] > 15


def test_every_parameter_says_where_it_comes_from(sketched: Calibration) -> None:
    origin = {item.path: item.origin for item in sketched.estimates}
    assert origin["recipe.membranes.width_nm"] == "labels"
    assert origin["style.detector.white"] == "pictures"
    assert origin["style.optics.psf_sigma_nm"] == "default"  # no evaluations were allowed
    assert origin["style.materials.free_vesicle_membrane.grey"] == "labels"  # moves with those of clouds
    assert "style.materials.granule.grey" not in origin  # as usual
    assert {item.path for item in sketched.defaults} == {path for path, one in origin.items() if one == "default"}
    text = str(sketched)
    assert "2 slices, 2 of them with labels" in text
    assert "pixels of 5 nm, read from the slices" in text
    assert "figures within their tolerances; the worst first:" in text
    assert len(text.splitlines()) <= 25
    assert "not estimated, default used" in sketched.details()


@pytest.mark.slow
def test_what_agrees_from_the_start_hardly_moves(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    made = as_slices(TrialTiles(seed=22).render(start, 10), *synthem.EPFL6.names)
    found = fit(made, tiles=60, evaluations=0)
    for path in ("style.membranes.level", "style.cytoplasm.level", "style.materials.matrix.grey"):
        now = middle(value_at(Model(style=found.style, recipe=found.recipe), path))
        assert now == pytest.approx(middle(value_at(start, path)), abs=3.0)


def test_the_same_slices_and_seed_give_the_same_fit(small: list[LabelledImage], short: None) -> None:
    found = fit(small, evaluations=0, seed=4)
    again = fit(small, evaluations=0, seed=4)
    assert (again.style, again.recipe, again.figures) == (found.style, found.recipe, found.figures)
    assert synthem.calibrate(small, evaluations=0, seed=5) != found.style


def test_toml_files_are_read_back_and_list_the_defaults(sketched: Calibration, tmp_path: Path) -> None:
    sketched.save(tmp_path / "mine.toml", tmp_path / "mine_tissue.toml")
    style = load_style(tmp_path / "mine.toml")
    assert style.membranes.level == pytest.approx(sketched.style.membranes.level, abs=1e-5)
    assert load_recipe(tmp_path / "mine_tissue.toml").name == "mine"
    assert "#   optics.psf_sigma_nm\n" in (tmp_path / "mine.toml").read_text()
    assert build_scene(tmp_path / "mine_tissue.toml", style=style).render(0).shape == (256, 256)
    with pytest.raises(ConfigError, match=r"must end in \.toml"):
        sketched.save(tmp_path / "mine.json")


def test_classes_nobody_labelled_stay_at_the_default(foreign: list[LabelledImage], short: None) -> None:
    some = [replace(item, labelled=("boundaries", "psd")) for item in foreign]
    found = fit(some, evaluations=0)
    reasons = {item.path: item.reason for item in found.defaults}
    assert reasons["style.materials.vesicle_membrane.grey"] == "not labelled: vesicles"
    assert reasons["style.materials.mitochondrial_rim.grey"] == "not labelled: mitochondria, mitochondrial_boundaries"
    assert found.recipe.vesicles == load_recipe("tissue").vesicles
    assert found.recipe.membranes != load_recipe("tissue").membranes


def test_unlabelled_slices_fit_the_picture_side_alone(
    foreign: list[LabelledImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SCHEDULE", LONGER)
    blank = [replace(item, labelled=(), masks=np.zeros_like(item.masks)) for item in foreign]
    found = fit(blank, evaluations=0)
    assert found.labelled_slices == 0
    assert found.style.detector.white == pytest.approx(15.0, rel=0.08)  # it began a third below
    assert found.style.cytoplasm.level == pytest.approx(145.0, abs=16)  # it began 50 away
    assert found.recipe.membranes.width_nm == load_recipe("tissue").membranes.width_nm
    assert {item.origin for item in found.estimates} == {"pictures", "default"}


def test_a_folder_may_label_some_slices_only(small: list[LabelledImage], short: None) -> None:
    mixed = [small[0], replace(small[1], labelled=(), masks=np.zeros_like(small[1].masks))]
    found = fit(mixed, evaluations=0)
    assert (found.slices, found.labelled_slices) == (2, 1)


def test_slices_may_differ_in_size(foreign: list[LabelledImage], short: None) -> None:
    one, other = foreign[0].window(0, 0, (256, 256)), foreign[1].window(0, 0, (300, 256))
    assert fit([one, other], evaluations=0).slices == 2


def test_masks_that_label_nothing_are_no_labels(small: list[LabelledImage], short: None) -> None:
    empty = [replace(item, masks=np.zeros_like(item.masks)) for item in small]
    assert fit(empty, evaluations=0).labelled_slices == 0


def test_an_object_kind_that_hardly_occurs_is_listed(foreign: list[LabelledImage], short: None) -> None:
    rare = [replace(item, masks=item.masks.copy()) for item in foreign]
    for item in rare:
        item.masks[1] = False
    found = fit(rare, evaluations=0)
    reasons = {item.path: item.reason for item in found.defaults}
    assert "fewer than 5 whole objects" in reasons["recipe.psd.length_nm"]


def test_the_pictures_are_fitted_within_the_evaluations(
    small: list[LabelledImage], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fitting, "SCHEDULE", (Phase(rounds=1, breadth=1.0, share=1.0),))
    free = [
        item for item in FIT_PARAMETERS if item.path.startswith("style.optics.psf") or "cytoplasm.coarse" in item.path
    ]
    monkeypatch.setattr(fitting, "FIT_PARAMETERS", free)
    trials = []
    monkeypatch.setattr(fitting, "ticker", lambda **_: nullcontext(trials.append))
    evaluations = 1 + len(free) + len(DAMPINGS)
    found = fit(small, tiles=3, evaluations=evaluations)
    assert sum(trials) == 1 + evaluations
    assert found.cost is not None
    origin = {item.path: item.origin for item in found.estimates}
    assert origin["style.optics.psf_sigma_nm"] == "pictures"
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
        fit(source, pixel_size_nm=5)


def test_numbers_out_of_range_are_refused(foreign: list[LabelledImage]) -> None:
    with pytest.raises(ConfigError, match="`evaluations` must be 0 or more, got -1"):
        fit(foreign, evaluations=-1)
    with pytest.raises(ConfigError, match="`tiles` must be 1 or more, got 0"):
        fit(foreign, tiles=0)


def test_statistics_of_known_tiles(foreign: list[LabelledImage]) -> None:
    tiles = cut_tiles(foreign)
    found = label_statistics(tiles, 5.0)
    assert max(found["vesicle_rim_grey"], found["vesicle_interior_grey"]) < found["cytoplasm_grey"]
    assert found["mitochondrion_interior_grey"] < found["cytoplasm_grey"]
    assert found["membrane_width"] < found["membrane_width_oblique"]
    assert "axon_grey" not in found  # there is none in these slices
    assert image_statistics(tiles)["fine_noise"] == pytest.approx(15.0, rel=0.1)  # as it was drawn
    ringed = other_microscope()
    for name in ("vesicle_membrane", "free_vesicle_membrane"):
        ringed = with_value(ringed, f"style.materials.{name}.grey", (40.0, 50.0))  # the blur mixes rims with others
    rings = label_statistics(TrialTiles(seed=1, size=512).render(ringed, 2), 5.0)
    assert rings["vesicle_rim_grey"] < found["vesicle_rim_grey"] - 5
    assert rings["vesicle_rim_grey"] < rings["vesicle_interior_grey"]
    nothing = replace(tiles, masks=np.zeros_like(tiles.masks))
    assert set(label_statistics(nothing, 5.0)) <= {"cytoplasm_grey", "compartment_grey_sd", "dark_compartments"}


def test_slices_with_other_labels_are_set_apart(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    tiles = TrialTiles(seed=2).render(start, 3)
    made = [*as_slices(tiles, "boundaries", "psd")[:2], *as_slices(tiles, "vesicles", "psd")[2:]]
    found = fit(made, tiles=2, evaluations=0)
    assert (found.slices, found.labelled_slices) == (3, 2)
    assert {item.path: item.origin for item in found.estimates}["recipe.membranes.width_nm"] == "labels"


def test_what_could_not_be_tried_is_a_default(short: None) -> None:
    start = Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    made = as_slices(TrialTiles(seed=2).render(start, 2), *synthem.EPFL6.names)
    found = fit(made, recipe="paper", tiles=2, evaluations=1)
    origin = {item.path: item.origin for item in found.estimates}
    assert origin["style.optics.psf_sigma_nm"] == "default"  # one evaluation changes no parameter
    assert origin["style.materials.matrix.grey"] == "default"  # `paper` generates no mitochondria to compare with


def test_style_and_recipe_are_two_files(sketched: Calibration, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="`recipe` must be another file than the style"):
        sketched.save(tmp_path / "mine.toml", tmp_path / "mine.toml")
    assert list(tmp_path.iterdir()) == []


def test_layouts_of_a_recipe_are_drawn_once_and_styles_share_masks() -> None:
    trials, start = TrialTiles(seed=3, size=128), Model(style=load_style("epfl"), recipe=load_recipe("tissue"))
    other = replace(start, style=replace(load_style("ac4"), pixel_size_nm=start.style.pixel_size_nm))
    ours, theirs = trials.render(start, 2), trials.render(other, 2)
    assert np.array_equal(ours.masks, theirs.masks)
    assert not np.array_equal(ours.images, theirs.images)
    assert len(trials._drawn) == 1
    fresh = TrialTiles(seed=3, size=128)
    wide = with_value(start, "recipe.membranes.width_nm", 60.0)
    assert trials.render(wide, 2).masks.sum() > ours.masks.sum()
    for model, n in ((start, 3), (wide, 1)):
        again = trials.render(model, n)
        assert np.array_equal(again.images, fresh.render(model, n).images)
    for axons in range(1, 4):
        trials.render(start, 1, axons=axons)
    assert len(trials._drawn) == KEPT


def test_the_pixel_size_is_given_or_read_and_never_assumed_in_silence(small: list[LabelledImage], short: None) -> None:
    unknown = [replace(item, pixel_size_nm=None) for item in small]
    style = load_style("epfl")
    assert find_pixel_size(6, small, style) == (6.0, "given")
    assert find_pixel_size(None, [unknown[0], small[1]], style) == (5.0, "read from the slices")
    with pytest.warns(DataWarning, match="pixels of 5 nm are assumed, those of the style 'epfl'"):
        assert find_pixel_size(None, unknown, style).size_nm == 5.0
    with pytest.raises(ConfigError, match="must be given where slices tell different ones, got 5 and 8 nm"):
        find_pixel_size(None, [small[0], replace(small[1], pixel_size_nm=8.0)], style)
    with pytest.raises(ConfigError, match="`pixel_size_nm` must be a number from 1 to 100"):
        find_pixel_size(0.1, small, style)
    found = fit(unknown, pixel_size_nm=6.0, tiles=2, evaluations=0)
    assert found.style.pixel_size_nm == 6.0
    assert "pixels of 6 nm, given" in str(found)


def test_lengths_are_nm_whatever_the_pixels(monkeypatch: pytest.MonkeyPatch) -> None:
    """Slices of pixels of 8 nm give back the width of membranes that they were made with, in nm."""
    monkeypatch.setattr(fitting, "SCHEDULE", (Phase(rounds=3, breadth=0.1, share=0.0),))
    start = with_value(Model(style=load_style("epfl"), recipe=load_recipe("tissue")), "style.pixel_size_nm", 8.0)
    wide = with_value(start, "recipe.membranes.width_nm", 48.0)
    made = as_slices(TrialTiles(seed=3).render(wide, 6), "boundaries")
    found = fit(made, pixel_size_nm=8.0, evaluations=0)
    assert found.recipe.membranes.width_nm == pytest.approx(48.0, rel=0.2)  # in pixels of 5 nm it would be 30 or 77
