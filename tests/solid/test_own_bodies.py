"""Organelles of one's own in volumes: labelled to the voxel, alike in all blocks, kept in plain data."""

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.solid.bodies import Box
from synthem.solid.growth import grow_bodies
from synthem.solid.recipe import SolidBody, SolidRecipe, load_solid_recipe
from synthem.solid.scene import SolidScene
from synthem.solid.species import Kind
from tests.solid.test_exact import read_volume

CLASSES = synthem.ClassTable(
    classes=(*synthem.EPFL6, synthem.LabelClass(name="sacs", colour=(0, 200, 200), precedence=35))
)


@dataclass(frozen=True, kw_only=True)
class Sac(synthem.Organelle):
    """Large sacs in thin axons and dendrites, as many as find room."""

    materials: ClassVar = {"sac_wall": synthem.Material(grey=30), "sac": synthem.Material(grey=220)}

    def shape(self, rng, size):
        raise NotImplementedError

    def solid_bodies(self):
        often = {"every_nm": 400, "share": 1.0, "radius_nm": (50, 90), "length_nm": (0, 150), "rim_nm": 15}
        looks = {"rim": "sac_wall", "interior": "sac", "label": "sacs"}
        return [SolidBody(name=f"sac_of_{host}", host=host, **often, **looks) for host in ("dendrite", "axon")]


class Flat(synthem.Organelle):
    def shape(self, rng, size):
        raise NotImplementedError


def scene(**options):
    about = {"organelles": [Sac()], "classes": CLASSES, "shape": (6, 96, 96)}
    return SolidScene(**(about | options))


@pytest.fixture(scope="module")
def layout():
    """A block around a sac, wherever one lies."""
    found = scene().sample(2).bodies.tubes
    middles = found.ends[found.starts[np.flatnonzero(found.kinds >= len(Kind))], :3]
    nearest = middles[np.linalg.norm(middles - np.array([15.0, 240.0, 240.0]), axis=1).argmin()]
    middle = np.rint(nearest / 5.0).astype(int).tolist()
    return scene().sample(2, origin=(middle[0] - 3, middle[1] - 48, middle[2] - 48))


@pytest.mark.slow
def test_every_voxel_is_what_a_test_of_its_middle_says(layout):
    volume, read = layout.render(), read_volume(layout)
    first, last = layout.classes.code_ranges[layout.classes.index("sacs")].tolist()
    expected = (read.label >= first) & (read.label <= last)
    assert expected.sum() > 200
    assert read.certain.mean() > 0.99
    assert np.array_equal(volume.mask("sacs")[read.certain], expected[read.certain])
    assert np.array_equal(volume.instances[read.certain], read.ids[read.certain])
    assert volume.image[volume.mask("sacs")].astype(float).max() > 190


@pytest.mark.slow
def test_they_are_objects_within_one_neurite(layout):
    volume = layout.render()
    found = [one for one in volume.objects if one.class_name == "sacs"]
    assert found
    assert {one.kind for one in found} <= {"sac_of_dendrite", "sac_of_axon"}
    for one in found:
        assert len(np.unique(volume.compartments[volume.instances == one.id])) == 1
    assert volume.report.to_dict()


@pytest.mark.slow
def test_all_else_stays_as_it_is(layout):
    volume, plain = layout.render(), scene(organelles=[]).render(2, origin=layout.origin)
    elsewhere = ~volume.mask("sacs") & (volume.mask("vesicles") == plain.mask("vesicles"))  # these make room for sacs
    for name in ("boundaries", "mitochondria", "psd", "axon"):
        assert np.array_equal(volume.mask(name)[elsewhere], plain.mask(name)[elsewhere])
    assert np.array_equal(volume.compartments, plain.compartments)


@pytest.mark.slow
def test_blocks_agree_and_scenes_come_back_from_their_dict(layout):
    volume = layout.render()
    again = SolidScene.from_dict(scene().to_dict())
    assert again == scene()
    z, y, x = layout.origin
    part = replace(again, shape=(4, 96, 64)).render(2, origin=(z + 2, y, x + 32))
    assert np.array_equal(part.masks, volume.masks[:, 2:, :, 32:])
    assert np.array_equal(layout.render("ac4").masks, volume.masks)


def test_recipes_keep_them_in_toml(tmp_path):
    recipe = replace(load_solid_recipe("tissue"), own=tuple(Sac().solid_bodies()))
    (tmp_path / "own.toml").write_text(recipe.to_toml(), encoding="utf-8")
    assert load_solid_recipe(tmp_path / "own.toml") == recipe


BODY = {"name": "sac", "rim": "myelin"}


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: scene(organelles=[Flat()]), "`organelles` of a volume must have a method `solid_bodies` .* got Flat"),
        (lambda: scene(organelles=[synthem.Axon(count=1)]), "must have a method `solid_bodies` .* got Axon"),
        (lambda: scene(classes=None), "`label` of sac_of_dendrite must be one of mitochondria, .* got 'sacs'"),
        (lambda: scene(organelles=[Sac(), Sac()]), "`name` of a body must be that of no other kind"),
        (lambda: SolidBody(name="sac", rim="myelin", host="glia"), "`host` of sac must be one of myelinated, dendrite"),
        (lambda: SolidBody(name="", rim="myelin"), "`name` and `rim` of a body must be texts"),
        (lambda: SolidRecipe(name="own", own=SolidBody(**BODY)), "`own` must be a tuple of SolidBody"),
        (
            lambda: SolidScene(recipe=SolidRecipe(name="own", own=(SolidBody(name="sac", rim="myeline"),))),
            "`rim` and `interior` of sac must be materials, got 'myeline'; did you mean 'myelin'",
        ),
        (lambda: SolidScene(recipe=synthem.Scene()), "`recipe` of a volume must be a SolidRecipe, .* of type Scene"),
        (lambda: synthem.Scene(organelles=[Flat()], shape=(4, 64, 64)), "SolidScene and have a method `solid_bodies`"),
    ],
)
def test_what_is_flat_or_wrong_is_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_they_lie_in_myelinated_axons_too():
    body = SolidBody(name="sac", rim="myelin", host="myelinated", every_nm=300.0, share=1.0, radius_nm=(15.0, 20.0))
    recipe = load_solid_recipe("tissue")
    recipe = replace(recipe, own=(body,), myelinated=replace(recipe.myelinated, count=0.35, radius_nm=300.0))
    tubes = grow_bodies(recipe, 5, Box(np.zeros(3), np.full(3, 2500.0))).tubes
    sacs, sheaths = (set(tubes.hosts[tubes.kinds == kind]) for kind in (len(Kind), Kind.AXON))
    assert len(sheaths) > 5
    assert sacs <= sheaths
    assert len(sacs) > 0.5 * len(sheaths)  # those of others lie farther along
