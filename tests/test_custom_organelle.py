"""An organelle defined outside the package gets placement, masks, instances and metadata for free."""

from __future__ import annotations

import ast
import runpy
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.geometry import Pose, circle
from synthem.nodes import Group, Organelle
from synthem.shapes import Barrier, Fill, Part, Region, Shape
from synthem.styles import load_style

EXAMPLE = Path(__file__).parents[1] / "examples" / "custom_organelle.py"


@dataclass(frozen=True, kw_only=True)
class Disc(Organelle):
    kind: ClassVar[str] = "disc"
    label: str | None = "vesicles"

    def shape(self, rng, style, size):
        ring = circle(48) * 12.0
        part = Part(self.kind, (Fill((ring,), 90.0, label=self.label),), label=self.label, rings=(ring,))
        room = np.array([[0.0, 0.0, 0.0, 0.0, 16.0]])
        return Shape((part,), (Region(room),), capsules=room)


@pytest.mark.parametrize("label", ["mitochondria", "psd", "vesicles", "axon"])
def test_class_organelle_gets_everything(label: str) -> None:
    tile = synthem.Scene(organelles=[Disc(count=4, label=label)]).render(seed=2)
    assert tile.report["disc"].placed == 4
    assert [item.kind for item in tile.objects] == ["disc"] * 4
    assert np.array_equal(tile.instances > 0, tile.mask(label))
    for item in tile.objects:
        pixels = tile.instances == item.id
        assert item.area == pixels.sum() <= 460
        assert len(np.unique(tile.compartments[pixels])) == 1
        assert item.class_name == label
    others = [name for name in ("mitochondria", "psd", "vesicles", "axon") if name != label]
    assert not any(tile.mask(name).any() for name in others)


def test_organelle_without_class_is_clutter() -> None:
    tile = synthem.Scene(organelles=[Disc(count=3, label=None)], stages=[]).render(seed=2)
    assert tile.report["disc"].placed == 3
    assert tile.objects == ()
    assert not tile.masks.any()
    assert (tile.image == 90).sum() > 800


def test_example_is_short_and_runs(tmp_path: Path) -> None:
    example = runpy.run_path(str(EXAMPLE))
    classes = [node for node in ast.parse(EXAMPLE.read_text()).body if isinstance(node, ast.ClassDef)]
    assert [node.end_lineno - node.lineno + 2 <= 40 for node in classes] == [True]
    example["main"](str(tmp_path / "out.png"))
    assert (tmp_path / "out.png").stat().st_size > 1000
    labelled = synthem.Scene(organelles=[example["MultivesicularBody"](count=2, label="vesicles")]).render(seed=3)
    assert len(labelled.objects) == 2


@dataclass(frozen=True, kw_only=True)
class Pebble(Organelle):
    """A disc with a polygon as footprint, and a compartment of its own."""

    kind: ClassVar[str] = "pebble"

    def shape(self, rng, style, size):
        ring = circle(48) * 15.0
        part = Part(self.kind, (Fill((ring,), 90.0, label="mitochondria"),), label="mitochondria", rings=(ring,))
        return Shape((part,), (Barrier(ring * 1.1), Region(np.array([[0.0, 0.0, 0.0, 0.0, 16.0]]))), ring=ring)


def test_all_members_of_a_group_keep_others_away() -> None:
    pair = Group(count=2, children=[(Pebble(), Pose(col=-40)), (Pebble(), Pose(col=40))])
    tiles = [synthem.Scene(organelles=[pair, synthem.Mitochondrion(count=8)]).render(3, i) for i in range(3)]
    for tile in tiles:
        outlines = [item.outline for item in tile.objects]
        assert sum(item.kind == "pebble" for item in tile.objects) > 1
        assert sum(a.intersection(b).area for a, b in combinations(outlines, 2)) == 0


def test_members_of_nested_groups_have_compartments_of_their_own() -> None:
    pair = Group(children=[(Pebble(), Pose(col=-20)), (Pebble(), Pose(col=20))])
    four = Group(count=1, children=[(pair, Pose(row=-20)), (pair, Pose(row=20))])
    claims = four.shape(np.random.default_rng(0), load_style("epfl"), 1.0).claims
    assert sorted({claim.cell for claim in claims}) == [0, 1, 2, 3]
    tile = synthem.Scene(organelles=[four]).render(seed=4)
    owners = [np.unique(tile.compartments[tile.instances == item.id]).tolist() for item in tile.objects]
    assert len({owner for (owner,) in owners}) == len(owners) == 4


def test_what_reaches_farther_out_than_there_is_room_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Far(Disc):
        edge: ClassVar[float] = 60.0

    with pytest.raises(ConfigError, match=r"`edge` of an organelle must be at most 48, got 60\.0 of Far"):
        synthem.Scene(organelles=[Far(count=1)])
