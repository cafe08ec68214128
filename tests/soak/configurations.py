"""Random valid configurations over the whole space: each field of each part may differ from what is shipped."""

from __future__ import annotations

import json
from dataclasses import dataclass, fields, replace
from typing import Any, ClassVar

import numpy as np
from hypothesis import reject
from hypothesis import strategies as st

import synthem
from synthem import ClassTable, Group, LabelClass, Pose, Scene, SolidScene, Style
from synthem.errors import ConfigError
from synthem.instrument.artifacts import ArtifactStage
from synthem.instrument.section_artifacts import (
    DroppedSection,
    SectionArtifacts,
    SectionBrightness,
    SectionFocus,
    SectionFold,
    SectionShift,
    SectionWarp,
)
from synthem.instrument.style import list_styles, load_style
from synthem.parameters import Choice, Density, Parameter, PerTile
from synthem.solid.recipe import SolidRecipe
from synthem.tissue import organelles
from synthem.tissue.recipes.recipe import list_recipes, load_recipe
from tests.fields import leaves, with_value

__all__ = ["Case", "cases"]

ROUTINE = ("tube", "ellipse", "dense_body", "dark_line", "microtubules", "grazing_membrane")
SIDES = (64, 65, 100, 128, 191, 256)


@dataclass(frozen=True)
class Case:
    """A scene and the tile of it to look at."""

    scene: Scene | SolidScene
    seed: int
    index: int

    def to_json(self) -> str:
        """Return the case as text."""
        known = {"config": self.scene.to_dict(), "seed": self.seed, "index": self.index}
        return json.dumps({"solid": isinstance(self.scene, SolidScene), **known}, indent=1)

    @classmethod
    def from_json(cls, text: str) -> Case:
        """Return the case of a text."""
        known = json.loads(text)
        kind = SolidScene if known["solid"] else Scene
        return cls(kind.from_dict(known["config"]), known["seed"], known["index"])


@dataclass(frozen=True, kw_only=True)
class Blob(synthem.Organelle):
    """An organelle of one's own, which no configuration can tell."""

    kind: ClassVar[str] = "blob"
    radius_nm: float = 60.0

    def shape(self, rng: np.random.Generator, size: float) -> synthem.Shape:
        """Draw one."""
        ring = synthem.circle(24) * self.radius_nm * (0.5 + 0.5 * size * rng.random())
        part = synthem.Part(self.kind, (synthem.Fill((ring,), "dense_body"),), rings=(ring,))
        return synthem.Shape((part,), ring=ring)


def numbers(parameter: Parameter, now: float) -> st.SearchStrategy[float]:
    """Return numbers that a field may hold, most of them near what it holds."""
    near = max(abs(now), 0.02 * (min(parameter.high, 100.0) - max(parameter.low, -100.0)))
    low, high = max(parameter.low, now - 0.7 * near), min(parameter.high, now + 2.0 * near)
    whole = st.floats(max(parameter.low, -2000.0), min(parameter.high, 2000.0), allow_subnormal=False)
    return st.floats(low, high, allow_subnormal=False) | whole


DAMAGED = SectionArtifacts(
    shift=SectionShift(share=0.4),
    warp=SectionWarp(share=0.4),
    fold=SectionFold(share=0.4),
    brightness=SectionBrightness(share=0.4),
    focus=SectionFocus(share=0.4),
    dropped=DroppedSection(share=0.1),
)

COUNTS = (
    st.integers(0, 4)
    | st.tuples(st.integers(0, 2), st.integers(2, 5))
    | st.builds(Density, mean=st.floats(0, 8, allow_subnormal=False))
)


def pairs(parameter: Parameter, now: float) -> st.SearchStrategy[tuple[float, ...]]:
    """Return ranges that a field may hold."""
    return st.tuples(numbers(parameter, now), numbers(parameter, now)).map(lambda ends: tuple(sorted(ends)))


def values(form: str, now: Any, parameter: Parameter) -> st.SearchStrategy[Any]:
    """Return other values of a field, by its annotation."""
    first = now[0] if isinstance(now, tuple) and now else now
    middle = float(first) if isinstance(first, (int, float)) else 0.5 * (parameter.low + min(parameter.high, 100.0))
    if form == "Count":
        return COUNTS
    if form == "int":
        return st.integers(int(parameter.low), int(min(parameter.high, 40)))
    if form == "float":
        return numbers(parameter, middle)
    if form == "Range":
        return pairs(parameter, middle)
    if form == "Number":
        some = st.lists(numbers(parameter, middle), min_size=1, max_size=3).map(tuple)
        return numbers(parameter, middle) | pairs(parameter, middle) | st.builds(Choice, some)
    if isinstance(now, tuple) and now and isinstance(now[0], str):
        return st.lists(st.sampled_from(ROUTINE), min_size=1, max_size=6).map(tuple)
    return st.just(now)


def form_of(root: Any, path: tuple[str, ...]) -> str:
    """Return the annotation of a field."""
    for step in path[:-1]:
        root = getattr(root, step)
    return next(str(item.type) for item in fields(root) if item.name == path[-1])


@st.composite
def changed(draw: st.DrawFn, root: Any, most: int, without: tuple[str, ...] = ()) -> Any:
    """Draw a tree of parameters in which some fields have other values."""
    known = [leaf for leaf in leaves(root) if leaf[0][0] not in without and leaf[2] is not None]
    for number in draw(st.lists(st.integers(0, len(known) - 1), max_size=most)):
        path, now, parameter = known[number]
        assert parameter is not None
        root = with_value(root, path, draw(values(form_of(root, path), now, parameter)))
    return root


@st.composite
def styles(draw: st.DrawFn) -> Style:
    """Draw a style, perhaps with numbers that differ from tile to tile."""
    style = draw(changed(load_style(draw(st.sampled_from(list_styles()))), 5, ("name", "own_materials", "per_tile")))
    plain = [leaf for leaf in leaves(style) if isinstance(leaf[1], float) and leaf[2] and leaf[0] != ("pixel_size_nm",)]
    per_tile = {}
    for number in draw(st.lists(st.integers(0, len(plain) - 1), max_size=2)):
        path, now, parameter = plain[number]
        assert parameter is not None
        low, high = draw(pairs(parameter, now))
        per_tile[".".join(path)] = PerTile(low=low, high=high)
    return replace(style, per_tile={**style.per_tile, **per_tile}) if per_tile else style


@st.composite
def class_tables(draw: st.DrawFn) -> ClassTable | str | None:
    """Draw a class table: shipped, part of one, or with a class of one's own."""
    which = draw(st.sampled_from(["epfl6", "epfl6", "all", "some", "own"]))
    if which in ("epfl6", "all"):
        return which
    names = draw(st.lists(st.sampled_from(synthem.EPFL6.names), min_size=1, unique=True))
    own = LabelClass(name="lines", colour=(1, 2, 3), materials=("dark_line", "microtubule"))
    return ClassTable(classes=(*names, own) if which == "own" else tuple(names))


@st.composite
def groups(draw: st.DrawFn) -> Group:
    """Draw a group of organelles."""
    kinds = st.sampled_from(["Axon", "Mitochondrion", "PSD", "Vesicles"])
    poses = st.builds(Pose, *(st.floats(-250, 250),) * 2, st.floats(-4, 4), st.floats(0.5, 2))
    children = [(getattr(organelles, draw(kinds))(), draw(poses)) for _ in range(draw(st.integers(1, 3)))]
    return Group(count=draw(st.integers(0, 2)), children=children)


@st.composite
def flat(draw: st.DrawFn) -> Scene:
    """Draw a scene of tiles."""
    recipe = draw(changed(load_recipe(draw(st.sampled_from(list_recipes()))), 6, ("name", "artifacts")))
    shape = (draw(st.sampled_from(SIDES)), draw(st.sampled_from(SIDES)))
    pixel = draw(st.none() | st.floats(3, 10) | st.tuples(st.floats(3, 5), st.floats(5, 10)))
    counts = {name: draw(st.none() | COUNTS) for name in ("axons", "psd", "vesicles", "mitochondria")}
    scene = synthem.build_scene(
        recipe, **counts, style=draw(styles()), shape=shape, pixel_size_nm=pixel, classes=draw(class_tables())
    )
    stages = list(scene.stages or ())
    for kind in draw(st.lists(st.sampled_from(ArtifactStage.__subclasses__()), max_size=2)):
        place = draw(st.integers(1, len(stages)))
        stages.insert(place, draw(changed(kind(), 2)))
    own = [draw(groups())] if draw(st.integers(0, 3)) == 3 else []
    own += [Blob(count=draw(st.integers(0, 3)))] if draw(st.integers(0, 9)) == 9 else []
    return replace(scene, stages=stages, organelles=[*own, *scene.organelles])


@st.composite
def solid(draw: st.DrawFn) -> SolidScene:
    """Draw a scene of volumes."""
    recipe = draw(changed(SolidScene().recipe, 3, ("name",)))
    assert isinstance(recipe, SolidRecipe)
    if draw(st.booleans()):
        recipe = replace(recipe, artifacts=draw(changed(DAMAGED, 2, ())))
    shape = (draw(st.integers(1, 4)), *(draw(st.sampled_from(SIDES[:4])) for _ in range(2)))
    spacing = draw(st.none() | st.floats(5, 60))
    return SolidScene(recipe=recipe, shape=shape, style=draw(st.sampled_from(["epfl", "ac4"])), spacing_nm=spacing)


@st.composite
def cases(draw: st.DrawFn, volumes: bool = True) -> Case:
    """Draw a scene, a seed and a number of a tile."""
    seed, index = draw(st.integers(0, 2**63 - 1)), draw(st.integers(0, 10**6))
    try:
        scene = draw(solid()) if volumes and draw(st.integers(0, 7)) == 7 else draw(flat())
    except ConfigError:  # of values that are allowed each by itself
        reject()
    return Case(scene, seed, index)
