"""Hashes of layouts and masks of every shipped recipe: what a (recipe, seed, index) gives, on any machine.

Greys are not among them, since they may differ by a level between processors. After a change that is meant to alter
tiles, which needs a line in ``CHANGELOG.md``, write new ones:

    SYNTHEM_UPDATE_GOLDEN=1 python -m pytest tests/test_golden_hashes.py -n 0
"""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import pytest

from synthem import Layout, SolidScene, build_scene
from synthem.io.checksums import sums_of
from synthem.tissue.recipes.recipe import list_recipes

HASHES = Path(__file__).with_name("golden") / "hashes.json"
UPDATE = bool(os.environ.get("SYNTHEM_UPDATE_GOLDEN"))
PLACES = ((1, 0), (1, 10**6), (2**62, 3))
"""Seeds and numbers of tiles."""

DECIMALS = 3
"""Of pixels: sines and exponentials differ between processors in the last of 15."""


def layout_hash(layout: Layout) -> str:
    """Return a hash of where everything lies, and of the report."""
    records = [
        (item.kind, item.class_name, {key: round(value, DECIMALS) for key, value in item.pose.items()}, len(item.rings))
        for item in layout.records()
    ]
    text = json.dumps([records, layout.facing, layout.report.to_dict()])
    return hashlib.sha256(text.encode()).hexdigest()


def found_in(recipe: str) -> dict[str, list[str]]:
    """Return the hashes of layouts and masks of a recipe."""
    if recipe == "solid":
        volume = SolidScene(shape=(3, 96, 128), spacing_nm=20).render(7)
        return {"masks": [sums_of(volume).masks]}
    scene = build_scene(recipe, shape=(160, 192))
    layouts = [scene.sample(*place) for place in PLACES]
    return {
        "layouts": [layout_hash(layout) for layout in layouts],
        "masks": [sums_of(layout.render()).masks for layout in layouts],
    }


@pytest.mark.parametrize("recipe", [*list_recipes(), "solid"])
def test_layouts_and_masks_are_as_they_were(recipe):
    found = found_in(recipe)
    known = json.loads(HASHES.read_text()) if HASHES.exists() else {}
    if UPDATE:
        HASHES.write_text(json.dumps({**known, recipe: found}, indent=1, sort_keys=True) + "\n")
    assert found == known.get(recipe, found if UPDATE else None)
