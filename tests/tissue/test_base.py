"""An organelle defined outside the package gets placement, masks, instances and metadata for free."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations
from typing import ClassVar

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.geometry.curves import circle
from synthem.geometry.poses import Pose
from synthem.painting.paint import Discs, Fill, Part, Ridges, Strokes
from synthem.tissue.claims import Barrier, Region
from synthem.tissue.organelles.base import Group, Organelle
from synthem.tissue.shape import Shape

GREY = {"grey": synthem.Material(grey=90.0)}


@dataclass(frozen=True, kw_only=True)
class Disc(Organelle):
    kind: ClassVar[str] = "disc"
    materials = GREY
    label: str | None = "vesicles"

    def shape(self, rng, size):
        ring = circle(48) * 60.0
        part = Part(self.kind, (Fill((ring,), "grey", label=self.label),), label=self.label, rings=(ring,))
        room = np.array([[0.0, 0.0, 0.0, 0.0, 80.0]])
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


def test_organelle_without_class_has_an_id_and_no_mask() -> None:
    tile = synthem.Scene(organelles=[Disc(count=3, label=None)], stages=[]).render(seed=2)
    assert tile.report["disc"].placed == 3
    assert not tile.masks.any()
    assert (tile.image == 90).sum() > 800
    assert [(item.kind, item.class_name) for item in tile.objects] == [("disc", None)] * 3
    assert np.array_equal(tile.instances > 0, tile.image == 90)
    assert {item.id for item in tile.objects} == set(np.unique(tile.instances)) - {0}


@dataclass(frozen=True, kw_only=True)
class Ghostly(Organelle):
    """An organelle that returns what it is told to."""

    materials = GREY
    found: object = None

    def shape(self, rng, size):
        return self.found


PART = Part("ghostly", (Fill((circle(48) * 45.0,), "grey"),), rings=(circle(48) * 45.0,))


@pytest.mark.parametrize("fills", [False, True])
@pytest.mark.parametrize(
    ("found", "message"),
    [
        (None, r"`shape` of ghostly must return a Shape, got None"),
        (Shape((PART,)), r"`shape` of ghostly must return a footprint, `ring` or `capsules`, got neither"),
    ],
)
def test_a_shape_that_is_none_or_keeps_nothing_away_is_refused(found: object, message: str, fills: bool) -> None:
    kind = type("Ghostly", (Ghostly,), {"fills_compartments": fills})
    with pytest.raises(ConfigError, match=message):
        synthem.Scene(organelles=[kind(count=2, found=found)]).render(seed=1)


def test_what_fills_compartments_may_have_a_ring_as_its_footprint() -> None:
    ring = circle(24) * 45.0
    shape = Shape((Part("ringed", (Fill((ring,), "grey"),), rings=(ring,)),), ring=ring)
    kind = type("Ringed", (Ghostly,), {"fills_compartments": True})
    tiles = [synthem.Scene(organelles=[kind(count=12, found=shape)]).render(5, k) for k in range(4)]
    outlines = [[item.outline for item in tile.objects] for tile in tiles]
    assert sum(map(len, outlines)) > 12
    for one, other in (pair for found in outlines for pair in combinations(found, 2)):
        assert not one.intersects(other)


def test_an_organelle_without_a_kind_is_called_after_its_class() -> None:
    assert Ghostly.kind == "ghostly"
    assert type("DarkBody", (Ghostly,), {}).kind == "ghostly", "a subclass of a named one keeps the name"
    assert type("DarkBody", (Organelle,), {}).kind == "dark_body"
    assert type("MyAxon", (synthem.Axon,), {}).kind == "axon"


@dataclass(frozen=True, kw_only=True)
class Pebble(Organelle):
    """A disc with a polygon as footprint, and a compartment of its own."""

    kind: ClassVar[str] = "pebble"
    materials = GREY

    def shape(self, rng, size):
        ring = circle(48) * 75.0
        part = Part(self.kind, (Fill((ring,), "grey", label="mitochondria"),), label="mitochondria", rings=(ring,))
        return Shape((part,), (Barrier(ring * 1.1), Region(np.array([[0.0, 0.0, 0.0, 0.0, 80.0]]))), ring=ring)


def test_all_members_of_a_group_keep_others_away() -> None:
    pair = Group(count=2, children=[(Pebble(), Pose(col=-200)), (Pebble(), Pose(col=200))])
    tiles = [synthem.Scene(organelles=[pair, synthem.Mitochondrion(count=8)]).render(3, i) for i in range(3)]
    for tile in tiles:
        outlines = [item.outline for item in tile.objects]
        assert sum(item.kind == "pebble" for item in tile.objects) > 1
        assert sum(a.intersection(b).area for a, b in combinations(outlines, 2)) == 0


@pytest.mark.parametrize("number", [math.nan, math.inf, -1e7, "far"])
@pytest.mark.parametrize("name", Pose._fields)
def test_a_member_lies_at_a_finite_place(name: str, number: float) -> None:
    pose = Pose()._replace(**{name: number})
    with pytest.raises(ConfigError, match=f"`{name}` of a pose in `children` must be a number from"):
        Group(children=[(synthem.Mitochondrion(), pose)])


def test_members_of_nested_groups_have_compartments_of_their_own() -> None:
    pair = Group(children=[(Pebble(), Pose(col=-100)), (Pebble(), Pose(col=100))])
    four = Group(count=1, children=[(pair, Pose(row=-100)), (pair, Pose(row=100))])
    claims = four.shape(np.random.default_rng(0), 1.0).claims
    assert sorted({claim.cell for claim in claims}) == [0, 1, 2, 3]
    tile = synthem.Scene(organelles=[four]).render(seed=4)
    owners = [np.unique(tile.compartments[tile.instances == item.id]).tolist() for item in tile.objects]
    assert len({owner for (owner,) in owners}) == len(owners) == 4


def test_what_reaches_farther_out_than_there_is_room_is_refused() -> None:
    @dataclass(frozen=True, kw_only=True)
    class Far(Disc):
        overhang_nm: ClassVar[float] = 300.0

    with pytest.raises(
        ConfigError, match=r"`overhang_nm` of an organelle must be at most 240, 48 pixels, got 300\.0 of Far"
    ):
        synthem.Scene(organelles=[Far(count=1)])


PLACES = ("pose", "fill", "ridges", "line", "line_piece", "discs", "disc_piece", "room", "ring", "region", "barrier")


@dataclass(frozen=True, kw_only=True)
class Odd(Organelle):
    """An organelle with one number that is none, somewhere."""

    kind: ClassVar[str] = "odd"
    materials = GREY
    fills_compartments: bool = False
    at: str = "fill"
    number: float = math.nan

    def shape(self, rng, size):
        ring, line, room = circle(12) * 45.0, np.array([[0.0, -20], [0.0, 20]]), np.array([[0.0, 0.0, 0.0, 0.0, 60.0]])
        found = {
            "pose": np.array([0.0, 0.0]),
            "fill": ring.copy(),
            "ridges": np.array([50.0, 0.0, 0.0]),
            "line": line,
            "line_piece": np.array([[5.0, 10.0, 0.0, 0.0]]),
            "discs": np.array([[0.0, 0.0, 20.0, 20.0, 0.0]]),
            "disc_piece": np.array([[5.0, 0.0, 0.0, 0.0]]),
            "room": room.copy(),
            "ring": ring.copy(),
            "region": room.copy(),
            "barrier": ring.copy(),
        }
        found[self.at].flat[0] = self.number
        paint = (
            Fill((found["fill"],), "grey", Ridges("crista", *found["ridges"].tolist()), label="mitochondria"),
            Strokes(found["line"][None], found["line_piece"], ("grey",)),
            Discs(found["discs"], found["disc_piece"], ("grey",)),
        )
        part = Part(self.kind, paint, label="mitochondria", rings=(ring,), pose=Pose(*found["pose"].tolist()))
        claims = (Region(found["region"]), Barrier(found["barrier"]))
        return Shape((part,), claims, ring=found["ring"], capsules=found["room"])


@pytest.mark.parametrize("number", [math.nan, math.inf, -1e300])
@pytest.mark.parametrize("at", PLACES)
def test_what_is_no_number_is_refused_with_the_kind(at: str, number: float) -> None:
    where = {"room": "footprint", "ring": "footprint", "region": "claims", "barrier": "claims"}.get(at, "paint")
    scene = synthem.Scene(organelles=[Odd(count=1, at=at, number=number)])
    with pytest.raises(ConfigError, match=rf"`shape` of odd must be of finite numbers .*got .* in its {where}"):
        scene.render(seed=1)


def test_what_is_no_number_is_refused_within_compartments_too() -> None:
    scene = synthem.Scene(organelles=[synthem.Vesicles(count=1), Odd(count=1, at="room", fills_compartments=True)])
    with pytest.raises(ConfigError, match=r"`shape` of odd must be of finite numbers .*got nan in its footprint"):
        scene.render(seed=1)


@pytest.mark.parametrize("at", ["room", "ring", "region", "fill"])
def test_of_a_group_the_member_at_fault_is_named(at: str) -> None:
    pair = Group(count=1, children=[(Pebble(), Pose(col=-200)), (Odd(at=at), Pose(col=200))])
    with pytest.raises(ConfigError, match="`shape` of odd must be of finite numbers"):
        synthem.Scene(organelles=[pair]).render(seed=1)


@pytest.mark.parametrize("number", [1e5, 4.5e6])
@pytest.mark.parametrize("at", ["room", "ring"])
def test_a_footprint_that_would_take_minutes_is_refused(at: str, number: float) -> None:
    message = r"`shape` of odd must be of finite numbers below 50000, got .* in its footprint"
    with pytest.raises(ConfigError, match=message):
        synthem.Scene(organelles=[Odd(count=1, at=at, number=number)]).render(seed=1)


def test_what_fills_compartments_needs_more_than_reserved_room() -> None:
    room = np.array([[0.0, 0.0, 0.0, 0.0, 40.0]])
    kind = type("Roomy", (Ghostly,), {"fills_compartments": True})
    with pytest.raises(ConfigError, match="`shape` of ghostly must return a footprint"):
        synthem.Scene(organelles=[kind(count=2, found=Shape((PART,), reserved=room))]).render(seed=1)


@pytest.mark.parametrize(
    ("paint", "label", "message"),
    [
        (
            Fill((circle(12) * 45.0,), "grey"),
            "nucleus",
            r"`label` of paint \(blob\) must be None or of .*, got 'nucleus'",
        ),
        (
            Strokes(np.zeros((1, 2, 2)), np.zeros((1, 4)), ("grey",), on="axons"),
            None,
            r"`on` of paint .*'axons'; did you mean 'axon'",
        ),
    ],
)
def test_classes_that_there_are_not_are_refused(paint: object, label: str | None, message: str) -> None:
    part = Part("blob", (paint,), label=label, rings=(circle(12) * 45.0,))
    scene = synthem.Scene(organelles=[Ghostly(count=1, found=Shape((part,), ring=circle(12) * 45.0))])
    with pytest.raises(ConfigError, match=message):
        scene.render(seed=1)


def test_discs_of_membranes_are_no_objects() -> None:
    discs = Discs(
        np.array([[0.0, 0.0, 30.0, 30.0, 0.0]]), np.array([[5.0, 0.0, 0.0, 0.0]]), ("grey",), label="boundaries"
    )
    shape = Shape((Part("dots", (discs,), label="boundaries"),), ring=circle(12) * 45.0)
    tile = synthem.Scene(organelles=[Ghostly(count=2, found=shape)], stages=[]).render(seed=1)
    assert tile.mask("boundaries").any()
    assert tile.objects == ()
    assert not tile.instances.any()


def test_the_outline_of_a_part_without_rings_is_that_of_its_fill() -> None:
    ring = circle(24) * 45.0
    shape = Shape((Part("bare", (Fill((ring,), "grey", label="psd"),), label="psd"),), ring=ring)
    tile = synthem.Scene(organelles=[Ghostly(count=1, found=shape)], stages=[]).render(seed=1)
    (item,) = tile.objects
    assert item.outline.area == pytest.approx(item.area, rel=0.05)
