"""Each field of a recipe of solid tissue changes volumes, and labels only where it is a matter of what has one.

What lies within neurites is rare in a small volume: it is looked for among the bodies.
"""

from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from synthem import SolidScene
from synthem.solid.recipe import Contents, Heads, load_solid_recipe
from synthem.solid.species import Kind
from tests.fields import leaves, other, with_value

TISSUE = load_solid_recipe("tissue")
RECIPE = replace(
    TISSUE,
    vesicles=replace(TISSUE.vesicles, empty_share=0.2),
    dendrites=replace(TISSUE.dendrites, count=1.0),
    boutons=replace(TISSUE.boutons, every_nm=600.0, radius_nm=(135.0, 180.0), density_share=0.7),
    heads=Heads(radius_nm=(90.0, 150.0)),
    myelinated=replace(TISSUE.myelinated, count=0.1),
    axonal_mitochondria=replace(TISSUE.axonal_mitochondria, host_share=0.6, radius_nm=(60.0, 120.0)),
    reticulum=replace(TISSUE.reticulum, every_nm=1800.0),
    free_vesicles=replace(TISSUE.free_vesicles, every_nm=900.0),  # windows with room for long ones
    membranes=replace(TISSUE.membranes, double_share=0.3),
    clutter=replace(TISSUE.clutter, tubule_share=1.0, tubule_spacing_nm=200.0, sheet_share=0.6),
)
MANY_SHEATHS = replace(
    RECIPE,
    myelinated=replace(TISSUE.myelinated, count=0.7),
    myelin=replace(TISSUE.myelin, sheath_nm=(30.0, 60.0), loose_share=0.5, loose_sheath_nm=(40.0, 80.0)),
)
FIELDS = {
    ".".join(path): (path, *rest) for path, *rest in leaves(RECIPE) if path[0] not in ("name", "artifacts", "own")
}
CONTENTS = {name for name in FIELDS if isinstance(getattr(RECIPE, name.split(".")[0]), Contents)}
KINDS = {
    "reticulum": Kind.RETICULUM,
    "microtubules": Kind.MICROTUBULE,
    "dense_bodies": Kind.DENSE_BODY,
    "lysosomes": Kind.LYSOSOME,
    "free_vesicles": Kind.VESICLE,
}
"""What fields change; those that are not here, mitochondria."""

UNLABELLED = {
    *(name for name in FIELDS if name.startswith("clutter.")),
    *("boutons.fading_share", "boutons.pale_share"),
}
"""What has no label, or changes the look of what has one."""


def changed(name, recipe=RECIPE):
    """Return a recipe with another value of a field: a smaller one where a larger one might find no room."""
    path, value, parameter = FIELDS[name]
    if isinstance(value, tuple):
        least = parameter.low if value[1] > 0.0 else 100.0
        return with_value(recipe, path, tuple(max(0.5 * end, least) for end in value))
    if path[-1] == "count":
        return with_value(recipe, path, 0.5 * value)
    if path[-1].endswith("share"):
        low = value > 0.5 or path[-1] == "host_share"
        return with_value(recipe, path, parameter.low if low else min(1.0, parameter.high))
    return with_value(recipe, path, other(path, value, parameter))


@cache
def volume_of(recipe):
    return SolidScene(recipe=recipe, shape=(3, 160, 160), spacing_nm=60.0).render(11)


@cache
def tubes_of(recipe, kind):
    tubes = SolidScene(recipe=recipe, shape=(8, 256, 256), spacing_nm=60.0).sample(7).bodies.tubes
    chosen = np.repeat(tubes.kinds == kind, np.diff(tubes.starts))
    return tubes.ends[chosen].tobytes() + tubes.radii[chosen].tobytes() + tubes.starts.tobytes()


def test_fields_without_label_are_fields():
    assert set(FIELDS) > UNLABELLED | CONTENTS
    assert len(CONTENTS) == 7 * 8


@pytest.mark.parametrize("name", sorted(set(FIELDS) - CONTENTS))
def test_each_field_of_a_solid_recipe_changes_what_it_should(name):
    recipe = MANY_SHEATHS if name.startswith("myelin.") else RECIPE
    one, two = volume_of(recipe), volume_of(changed(name, recipe))
    assert not np.array_equal(one.image, two.image), "nothing shows"
    same = all(np.array_equal(getattr(one, n), getattr(two, n)) for n in ("masks", "instances", "compartments"))
    assert same == (name in UNLABELLED)


@pytest.mark.parametrize("name", sorted(CONTENTS))
def test_each_field_of_what_lies_within_neurites_changes_it(name):
    kind = KINDS.get(name.split(".")[0], Kind.MITOCHONDRION)
    assert tubes_of(RECIPE, kind) != tubes_of(changed(name), kind)
