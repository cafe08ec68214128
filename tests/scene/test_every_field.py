"""Each field of a recipe and of an artefact changes tiles, and labels only where it is a matter of tissue.

Fields of styles: see `test_styles`.
"""

from __future__ import annotations

from dataclasses import Field, fields, replace
from functools import cache
from typing import Any

import numpy as np
import pytest

from synthem import BlurNoise, Cytoplasm, Tile, build_scene, load_recipe
from synthem.instrument.artifacts import ArtifactStage
from synthem.tissue.recipes.recipe import Recipe
from tests.fields import leaves, other, with_value

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")

COUNTS = {
    **dict.fromkeys(("axons", "dendrites", "psd", "lysosomes", "grazed_contacts"), 1),
    **{"mitochondria": 2, "vesicles": 2, "free_vesicles": 4, "endomembranes": 6, "clutter": 20},
}
TILES = 4


def of_everything() -> Recipe:
    """Return the recipe "tissue" with some of everything in each tile, and sheaths that are loose."""
    recipe = load_recipe("tissue")
    for name, count in COUNTS.items():
        recipe = replace(recipe, **{name: replace(getattr(recipe, name), count=count)})
    empty = replace(recipe.dendrites, mitochondrion_share=0.0)
    loose, granular = replace(recipe.axons, loose_share=1.0), Cytoplasm(granule_share=0.1)
    return replace(recipe, axons=loose, dendrites=empty, cytoplasm=granular)


RECIPE = of_everything()
FIELDS = {".".join(path): (path, *rest) for path, *rest in leaves(RECIPE) if path[0] not in ("name", "artifacts")}

INSIDE = {
    *(f"mitochondria.{name}" for name in ("tubular_share", "cristae_period_nm", "patches", "resolved_share")),
    *(f"mitochondria.{name}" for name in ("granule_share", "swollen_share", "condensed_share", "dense_share")),
    *(f"psd.{name}" for name in ("core_share", "cleft_share", "fading_share", "pale_share")),
    *(f"{kind}.{name}" for kind in ("vesicles", "free_vesicles") for name in ("rim_nm", "dense_core_share")),
    *("lysosomes.wall_nm", "grazed_contacts.width_nm", "cytoplasm.dark_share"),
    *(f"cytoplasm.granule_{name}" for name in ("share", "nm", "variation", "clustering")),
}
"""What lies within objects, or has no label: it shows in the picture alone."""

AMONG = {"clutter.count", "clutter.kinds"}
"""What has no label, but may take the room of vesicles that are tried for the second time."""


@cache
def tiles_of(recipe: Recipe) -> list[Tile]:
    scene = build_scene(recipe, shape=(192, 192))
    return [scene.render(7, index) for index in range(TILES)]


def same_labels(one: Tile, two: Tile) -> bool:
    return all(np.array_equal(getattr(one, n), getattr(two, n)) for n in ("masks", "instances", "compartments"))


def same_picture(one: Tile, two: Tile) -> bool:
    return np.array_equal(one.image, two.image)


def test_fields_within_objects_are_fields():
    assert set(FIELDS) > INSIDE | AMONG


@pytest.mark.parametrize("name", FIELDS)
def test_each_field_of_a_recipe_changes_what_it_should(name):
    path, value, parameter = FIELDS[name]
    changed = tiles_of(with_value(RECIPE, path, other(path, value, parameter)))
    pairs = list(zip(tiles_of(RECIPE), changed, strict=True))
    assert not all(same_picture(*pair) for pair in pairs), "nothing shows"
    if name not in AMONG:
        assert all(same_labels(*pair) for pair in pairs) == (name in INSIDE)


FITTING = {
    "Fold": {"width_nm": (20, 100), "ending_share": 0.0},
    "Crack": {"width_nm": (20, 60)},
    "LocalWarp": {"amplitude_nm": (5, 15)},
    "ScanDrift": {"shift_nm": (5, 15)},
}
ARTIFACTS = {kind.__name__: kind(**FITTING.get(kind.__name__, {})) for kind in ArtifactStage.__subclasses__()}
MOVING = {"Fold", "Crack", "SectionCompression", "LocalWarp", "ScanDrift", "StitchingSeam"}
PARTS = {f"{name}.{field.name}": (name, field) for name, stage in ARTIFACTS.items() for field in fields(stage)}


@cache
def damaged(stage: ArtifactStage) -> list[Tile]:
    scene = build_scene("tissue", shape=(128, 128))
    scene = replace(scene, stages=[scene.stages[0], Cytoplasm(), stage, BlurNoise()])
    return [scene.render(3, index) for index in range(TILES)]


def smaller(field: Field[Any], value: Any) -> Any:
    """Return another value of a field of an artefact; a larger length may not fit into the tile."""
    if field.name.endswith("_nm"):
        low = field.metadata["parameter"].low
        return tuple(max(0.5 * one, low) for one in value) if isinstance(value, tuple) else max(0.5 * value, low)
    return other((field.name,), value, field.metadata["parameter"])


@pytest.mark.parametrize("name", PARTS)
def test_each_field_of_an_artifact_changes_what_it_should(name):
    kind, field = PARTS[name]
    stage = ARTIFACTS[kind]
    value = getattr(stage, field.name)
    changed = replace(stage, **{field.name: smaller(field, value)})
    pairs = list(zip(damaged(stage), damaged(changed), strict=True))
    assert not all(same_picture(*pair) for pair in pairs), "nothing shows"
    if kind not in MOVING:
        assert all(same_labels(*pair) for pair in pairs)
