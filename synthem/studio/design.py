"""What one request of the page asks for: a style, recipes and the number of a tile or a section, checked."""

from __future__ import annotations

import json
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass, replace
from threading import Lock
from typing import Any, TypeAlias

from synthem._toml import from_mapping, to_mapping
from synthem.errors import ConfigError
from synthem.instrument.style import Style
from synthem.scene import Layout, build_scene
from synthem.solid.layout import SolidLayout
from synthem.solid.recipe import SolidRecipe
from synthem.solid.scene import SolidScene
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["DEPTH", "Design", "LayoutCache", "Value", "plain_data", "read_toml_text", "read_value"]

Value: TypeAlias = Style | Recipe | SolidRecipe

KINDS: Mapping[str, type[Value]] = {"style": Style, "recipe": Recipe, "solid_recipe": SolidRecipe}
"""What a page holds, by name."""

LIMITS = {"size": (64, 1024), "seed": (0, 2**53), "index": (0, 2**53), "section": (0, 100_000)}
"""Smallest and largest of the whole numbers."""

DEPTH = 16
"""Sections of a volume that are made at once."""


@dataclass(frozen=True, kw_only=True)
class Design:
    """A tile that the page asks for, or sections of a volume.

    Attributes
    ----------
    style : Style
        How it looks.
    recipe : Recipe
        What is in a tile.
    solid_recipe : SolidRecipe
        What is in a volume.
    size : int
        Side in pixels, 64 to 1024.
    classes : str
        Name of a shipped class table.
    seed, index : int
        Which tile, or which tissue.
    section : int or None
        Section of a volume; None: a tile.
    spacing_nm : float or None
        Distance of sections; None: as the pixel.
    """

    style: Style
    recipe: Recipe
    solid_recipe: SolidRecipe
    size: int = 256
    classes: str = "epfl6"
    seed: int = 0
    index: int = 0
    section: int | None = None
    spacing_nm: float | None = None

    @classmethod
    def from_data(cls, data: Any) -> Design:
        """Check what the page sent.

        Raises
        ------
        ConfigError
            If a key is unknown or missing, or a value is wrong.
        """
        if not isinstance(data, Mapping):
            raise ConfigError(f"`design` must be an object, got {data!r}")
        known = set(cls.__dataclass_fields__)
        if unknown := set(data) - known:
            raise ConfigError(f"`design` must hold {', '.join(sorted(known))}, got {', '.join(sorted(unknown))}")
        numbers = {name: data[name] for name in LIMITS if data.get(name) is not None}
        for name, value in numbers.items():
            low, high = LIMITS[name]
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigError(f"`{name}` must be a whole number from {low} to {high}, got {value!r}")
        classes = data.get("classes", "epfl6")
        if not isinstance(classes, str) or classes.endswith(".toml"):
            raise ConfigError(f"`classes` must be the name of a shipped table, got {classes!r}")
        values: dict[str, Any] = {kind: read_value(kind, data.get(kind)) for kind in KINDS}
        return cls(**values, classes=classes, spacing_nm=data.get("spacing_nm"), **numbers)

    @property
    def first_section(self) -> int:
        """First of the sections that are made at once with the one asked for."""
        return (self.section or 0) // DEPTH * DEPTH

    def next_one(self, number: int) -> Design:
        """Return the design of a tile further on, or of sections further on, with tissue of its own."""
        if self.section is None:
            return replace(self, index=self.index + number)
        return replace(self, section=self.first_section + number * 4 * DEPTH)

    def draw(self) -> Layout | SolidLayout:
        """Draw the layout of the tile or of the sections."""
        if self.section is None:
            scene = build_scene(self.recipe, style=self.style, shape=(self.size, self.size), classes=self.classes)
            return scene.sample(self.seed, self.index)
        solid = SolidScene(
            recipe=self.solid_recipe,
            style=self.style,
            shape=(DEPTH, self.size, self.size),
            pixel_size_nm=self.style.pixel_size_nm,
            spacing_nm=self.spacing_nm,
            classes=self.classes,
        )
        return solid.sample(self.seed, self.index, origin=(self.first_section, 0, 0))

    @property
    def tissue_key(self) -> str:
        """Text that stands for all that the layout depends on."""
        drawn = self.style.per_tile.get("pixel_size_nm")
        own: list[Any]
        if self.section is None:
            own = [to_mapping(self.recipe), None if drawn is None else [drawn.low, drawn.high]]
        else:
            own = [to_mapping(self.solid_recipe), self.spacing_nm, self.first_section]
        return json.dumps([*own, self.style.pixel_size_nm, self.size, self.classes, self.seed, self.index])


class LayoutCache:
    """The layouts that were drawn last, so that another style shows the same tissue at once.

    A layout is a function of its key, so all tabs may share them.

    Parameters
    ----------
    most : int
        How many are kept.
    """

    def __init__(self, most: int = 64) -> None:
        self._most, self._lock = most, Lock()
        self._kept: OrderedDict[str, Layout | SolidLayout] = OrderedDict()

    def layout(self, design: Design) -> Layout | SolidLayout:
        """Return the layout of a design."""
        key = design.tissue_key
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = design.draw()
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def read_value(kind: str, data: Any) -> Value:
    """Return a style or a recipe from plain data.

    Raises
    ------
    ConfigError
        If the kind is none of them, a key is unknown or a value is wrong.
    """
    if kind not in KINDS:
        raise ConfigError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}")
    if not isinstance(data, Mapping):
        raise ConfigError(f"`{kind}` must be an object, got {data!r}")
    return Style.from_dict(data, kind) if kind == "style" else from_mapping(KINDS[kind], data, kind)


def read_toml_text(text: str) -> tuple[str, Value]:
    """Return what the text of a TOML file is, such as "style", and its value.

    What it is follows from its keys: it is the one that knows most of them.

    Raises
    ------
    ConfigError
        If it is not valid TOML, or none of them.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"`text` must be valid TOML: {error}") from error
    known = {kind: len(set(data) & set(cls.__dataclass_fields__)) for kind, cls in KINDS.items()}
    kind = max(known, key=known.__getitem__)
    return kind, read_value(kind, data)


def plain_data(value: Value) -> dict[str, Any]:
    """Return a style or a recipe as plain data, complete."""
    data: dict[str, Any] = value.to_dict() if isinstance(value, Style) else to_mapping(value)
    return data
