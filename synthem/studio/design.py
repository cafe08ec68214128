"""What one request of the page asks for: a style, a recipe and the number of a tile, checked."""

from __future__ import annotations

import json
import tomllib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass
from threading import Lock
from typing import Any

from synthem._toml import from_mapping, to_mapping
from synthem.errors import ConfigError
from synthem.instrument.style import Style
from synthem.scene import Layout, build_scene
from synthem.tissue.recipes.recipe import Recipe

__all__ = ["Design", "LayoutCache", "plain_data", "read_section", "read_toml_text"]

SIZES = (64, 1024)
"""Smallest and largest side of a tile in pixels."""

KINDS: Mapping[str, type[Style | Recipe]] = {"style": Style, "recipe": Recipe}


@dataclass(frozen=True, kw_only=True)
class Design:
    """A tile that the page asks for.

    Attributes
    ----------
    style : Style
        How it looks.
    recipe : Recipe
        What is in it.
    size : int
        Side in pixels, 64 to 1024.
    classes : str
        Name of a shipped class table.
    seed, index : int
        Which tile.
    """

    style: Style
    recipe: Recipe
    size: int = 256
    classes: str = "epfl6"
    seed: int = 0
    index: int = 0

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
        numbers = {name: data[name] for name in ("size", "seed", "index") if name in data}
        for name, value in numbers.items():
            low, high = SIZES if name == "size" else (0, 2**53)
            if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
                raise ConfigError(f"`{name}` must be a whole number from {low} to {high}, got {value!r}")
        classes = data.get("classes", "epfl6")
        if not isinstance(classes, str) or classes.endswith(".toml"):
            raise ConfigError(f"`classes` must be the name of a shipped table, got {classes!r}")
        style, recipe = (read_section(kind, data.get(kind)) for kind in KINDS)
        assert isinstance(style, Style)
        assert isinstance(recipe, Recipe)
        return cls(style=style, recipe=recipe, classes=classes, **numbers)

    def draw(self, index: int | None = None) -> Layout:
        """Draw the layout of the tile, or of another one of the same scene."""
        scene = build_scene(self.recipe, style=self.style, shape=(self.size, self.size), classes=self.classes)
        return scene.sample(self.seed, self.index if index is None else index)

    @property
    def tissue_key(self) -> str:
        """Text that stands for all that a layout depends on, but for the number of the tile."""
        drawn = self.style.per_tile.get("pixel_size_nm")
        pixel = [self.style.pixel_size_nm] if drawn is None else [drawn.low, drawn.high]
        return json.dumps([to_mapping(self.recipe), pixel, self.size, self.classes, self.seed])


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
        self._kept: OrderedDict[tuple[str, int], Layout] = OrderedDict()

    def layout(self, design: Design, index: int | None = None) -> Layout:
        """Return the layout of a design, or of another tile of the same scene."""
        key = design.tissue_key, design.index if index is None else index
        with self._lock:
            found = self._kept.pop(key, None)
        if found is None:
            found = design.draw(key[1])
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return found


def read_section(kind: str, data: Any) -> Style | Recipe:
    """Return a style or a recipe from plain data.

    Raises
    ------
    ConfigError
        If the kind is neither, a key is unknown or a value is wrong.
    """
    if kind not in KINDS:
        raise ConfigError(f"`kind` must be one of {', '.join(KINDS)}, got {kind!r}")
    if not isinstance(data, Mapping):
        raise ConfigError(f"`{kind}` must be an object, got {data!r}")
    return Style.from_dict(data, kind) if kind == "style" else from_mapping(Recipe, data, kind)


def read_toml_text(text: str) -> tuple[str, Style | Recipe]:
    """Return what the text of a TOML file is, "style" or "recipe", and its value.

    Which of both it is follows from its keys: it is the one that knows more of them.

    Raises
    ------
    ConfigError
        If it is not valid TOML, or neither of both.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"`text` must be valid TOML: {error}") from error
    known = {kind: len(set(data) & set(cls.__dataclass_fields__)) for kind, cls in KINDS.items()}
    kind = max(known, key=known.__getitem__)
    return kind, read_section(kind, data)


def plain_data(value: Style | Recipe) -> dict[str, Any]:
    """Return a style or a recipe as plain data, complete."""
    data: dict[str, Any] = value.to_dict() if isinstance(value, Style) else to_mapping(value)
    return data
