"""The style says how tissue looks and nothing else: under any of them a layout has the same masks."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from synthem import (
    Fill,
    Group,
    Layout,
    Material,
    Part,
    Pose,
    Scene,
    Shape,
    Style,
    Tile,
    build_scene,
    circle,
    load_style,
)
from synthem.errors import ConfigError
from synthem.instrument.materials import Materials
from synthem.parameters import Parameter
from synthem.tissue.organelles import (
    PSD,
    Axon,
    Clutter,
    Endomembrane,
    FreeVesicles,
    GrazedContact,
    Lysosome,
    Mitochondrion,
    Synapse,
    Vesicles,
)
from synthem.tissue.organelles.base import Organelle
from tests.fields import leaves, other, with_value

EPFL = load_style("epfl")
BODY = {"length_nm": 300, "width_nm": 200}
CLUTTER = ("tube", "ellipse", "dense_body", "dark_line", "microtubules", "grazing_membrane")


def everything() -> list[Organelle]:
    """Return organelles that together show every material."""
    within = {"tubular_share": 0.0, "patches": 200.0, "dense_share": 0.5, "granule_share": 1.0}
    return [
        Axon(count=1, radius_nm=150.0, inner_tongue_share=1.0),
        Axon(count=1, radius_nm=250.0, sheath_nm=40.0, loose_share=1.0, loose_sheath_nm=300.0, mitochondrion_share=0.0),
        PSD(count=1, fading_share=1.0, pale_share=1.0, length_nm=200.0),
        Vesicles(count=1, empty_share=1.0, bouton_radius_nm=100.0),
        GrazedContact(count=1, length_nm=200.0),
        Endomembrane(count=2, length_nm=150),
        Lysosome(count=1, length_nm=200),
        Mitochondrion(count=1, swollen_share=1.0, **BODY),
        Mitochondrion(count=1, swollen_share=0.0, tubular_share=1.0, condensed_share=1.0, **BODY),
        Mitochondrion(count=1, swollen_share=0.0, **within, **BODY),
        Synapse(
            psd=PSD(count=1, cleft_share=1.0, core_share=1.0),
            vesicles=Vesicles(count=1, dense_core_share=0.3, bouton_radius_nm=150),
            synapse_share=1.0,
        ),
        FreeVesicles(count=4, dense_core_share=0.2),
        *(Clutter(count=3, kinds=(kind,)) for kind in CLUTTER),
    ]


@pytest.fixture(scope="module")
def layout() -> Layout:
    """A small tile, one of the sharp ones, with every material."""
    found = Scene(organelles=everything(), shape=(300, 300)).sample(43)
    assert {item.name for item in fields(Materials)} <= set(found.paint.materials) | {"crista", "condensed", "pale_psd"}
    return found


FIELDS = [leaf for leaf in leaves(EPFL) if leaf[0] not in (("name",), ("own_materials",), ("per_tile",))]
IDLE = {
    "cytoplasm.dark_level": "no compartment is dark",
    "detector.normalised_mean": "pictures are not normalised",
    "detector.normalised_sd": "pictures are not normalised",
    "pixel_size_nm": "a layout has one of its own",
    "optics.sharp_share": "the tile is a sharp one, and stays one",
    "materials.condensed.relative_to": "a difference by itself",
    "materials.pale_psd.relative_to": "a difference by itself",
    "materials.crista.relative_to": "a difference by itself",
}
"""Fields that do not show in this tile."""


def same_truth(one: Tile, two: Tile) -> bool:
    """Return whether two tiles have the same masks, instances, compartments and objects."""
    planes = all(np.array_equal(getattr(one, n), getattr(two, n)) for n in ("masks", "instances", "compartments"))
    return planes and one.objects == two.objects


@pytest.mark.slow
def test_no_field_of_a_style_changes_a_mask_and_nearly_all_change_the_picture(layout: Layout) -> None:
    plain = layout.render()
    idle = set()
    for path, value, parameter in FIELDS:
        tile = layout.render(with_value(EPFL, path, other(path, value, parameter)))
        assert same_truth(tile, plain), ".".join(path)
        if np.array_equal(tile.image, plain.image):
            idle.add(path)
    assert len(FIELDS) > 400
    # a fill has no opacity, a line no texture: of a material not every field shows, but its grey does
    shown = {path for path, *_ in FIELDS if path[0] != "materials" or path[-1] in ("grey", "relative_to")}
    assert {".".join(path) for path in idle & shown} == set(IDLE)


def random_style(seed: int) -> Style:
    """Return a style with a random value of every field."""
    rng = np.random.default_rng(seed)

    def drawn(value: Any, parameter: Parameter) -> Any:
        if isinstance(value, str):
            return value
        low, high = parameter.low, min(parameter.high, 300.0)
        ends = low + (high - low) * np.sort(rng.random(2))
        return tuple(ends.tolist()) if isinstance(value, tuple) else float(ends[0])

    style = EPFL
    for path, value, parameter in FIELDS:
        style = with_value(style, path, drawn(value, parameter))
    return style


@pytest.mark.slow
@settings(max_examples=8)
@given(st.integers(0, 2**63 - 1), st.integers(0, 2**32 - 1), st.sampled_from(["tissue", "paper"]))
def test_a_layout_has_the_same_masks_under_any_style(seed: int, look: int, recipe: str) -> None:
    found = build_scene(recipe, axons=1, shape=(128, 128)).sample(seed)
    one, *others = (found.render(style) for style in ("epfl", "ac4", random_style(look)))
    for tile in others:
        assert same_truth(one, tile)
        assert not np.array_equal(one.image, tile.image)
    assert found.render() == one, "the style of the layout is epfl"


def test_a_scene_has_the_same_masks_under_any_style() -> None:
    scenes = [build_scene("tissue", style=style, shape=(128, 128), pixel_size_nm=5.0) for style in ("epfl", "ac4")]
    one, two = (scene.render(3) for scene in scenes)
    assert same_truth(one, two)


@pytest.mark.parametrize("look", [1, 2, 3])
def test_classes_of_materials_are_the_same_under_any_style(look: int) -> None:
    found = build_scene("tissue", axons=1, shape=(192, 192), classes="all").sample(6)
    one, other = found.render(), found.render(random_style(look))
    assert same_truth(one, other)
    for name in ("microtubules", "dark_lines", "er"):
        assert one.masks[one.classes.index(name)].any()


def test_a_style_of_ones_own_is_read_from_its_file(layout: Layout, tmp_path: Path) -> None:
    bright = with_value(EPFL, ("materials", "matrix", "grey"), (150.0, 160.0))
    (tmp_path / "bright.toml").write_text(bright.to_toml())
    tile = layout.render(tmp_path / "bright.toml")
    assert tile == layout.render(bright)
    inside = tile.mask("mitochondria") & ~tile.mask("mitochondrial_boundaries")
    assert tile.image[inside].mean() > layout.render().image[inside].mean() + 20


BLOB = circle(40) * 60.0


@dataclass(frozen=True, kw_only=True)
class Blob(Organelle):
    """An organelle that brings a material."""

    kind: ClassVar[str] = "blob"
    materials = MappingProxyType({"blob_body": Material(grey=40.0)})

    def shape(self, rng: np.random.Generator, size: float) -> Shape:
        return Shape((Part(self.kind, (Fill((BLOB,), "blob_body"),), rings=(BLOB,)),), ring=BLOB)


def test_an_organelle_may_bring_its_material_and_a_style_overrides_it() -> None:
    style = replace(EPFL, own_materials={"blob_body": Material(grey=90.0)})
    plain, own = (Scene(organelles=[Blob(count=2)], stages=[], style=s).render(1) for s in (EPFL, style))
    assert (plain.image[plain.instances > 0] == 40).all()
    assert (own.image[own.instances > 0] == 90).all()
    grouped = Scene(organelles=[Group(count=1, children=[(Blob(), Pose())])], stages=[]).render(1)
    assert (grouped.image[grouped.instances > 0] == 40).all(), "a member of a group brings its own, too"


def test_a_material_that_nobody_knows_is_refused_with_a_hint() -> None:
    kind = type("Unknown", (Blob,), {"materials": {"blob_bodies": Material()}})
    with pytest.raises(ConfigError, match=r"`material` must be .*, got 'blob_body'; did you mean 'blob_bodies'\?"):
        Scene(organelles=[kind(count=1)], stages=[]).render(1)
