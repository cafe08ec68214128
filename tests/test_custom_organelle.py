"""An organelle defined outside the package gets placement, masks, instances and metadata for free."""

from __future__ import annotations

import ast
import runpy
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

import numpy as np
import pytest

import synthem
from synthem.geometry import circle
from synthem.nodes import Organelle
from synthem.shapes import Fill, Part, Region, Shape

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
