"""What `generate`, `generate_files` and `iter_tiles` are asked for, as one checked value."""

from __future__ import annotations

import inspect
import json
import operator
from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias, TypedDict, TypeVar

from synthem.errors import ConfigError, did_you_mean
from synthem.generation.workers import Renderable, classes_of
from synthem.labels import ClassTable
from synthem.scene.build import build_scene
from synthem.seeds import resolve_seed

if TYPE_CHECKING:
    import numpy as np

    from synthem.instrument.style import Style
    from synthem.labels import Classes
    from synthem.parameters import Count, PerTile
    from synthem.tissue.recipes.recipe import Recipe

__all__ = ["Seed", "TileOptions", "TileRequest", "check_flag", "check_whole", "shows_options"]

F = TypeVar("F", bound=Callable[..., Any])

Seed: TypeAlias = "int | np.random.Generator | np.random.SeedSequence | None"

DEFAULT_RECIPE = "tissue"
DEFAULT_STYLE = "epfl"
DEFAULT_SHAPE = (256, 256)


class TileOptions(TypedDict, total=False):
    """The fields of `TileRequest` as keyword arguments, for those who check types."""

    axons: Count | None
    psd: Count | None
    vesicles: Count | None
    mitochondria: Count | None
    recipe: str | Path | Recipe | Renderable
    style: str | Path | Style | None
    shape: int | tuple[int, int] | tuple[int, int, int] | None
    pixel_size_nm: float | tuple[float, float] | PerTile | None
    spacing_nm: float | None
    thickness_nm: float | None
    classes: Classes
    seed: Seed
    workers: int | Executor
    strict: bool
    start: int


@dataclass(frozen=True, kw_only=True)
class TileRequest:
    """A checked request for tiles, however many.

    Parameters
    ----------
    axons, psd, vesicles, mitochondria, recipe, style, shape, pixel_size_nm
        As in `synthem.generate`, with its defaults.
    spacing_nm, thickness_nm, classes, seed, workers, strict, start
        As in `synthem.generate`, with its defaults.

    Attributes
    ----------
    scene : Renderable
        What renders the tiles.
    root_seed : int
        The seed, drawn if none was given.

    Raises
    ------
    ConfigError
        If a parameter is not as it must be, or stands beside a scene that brings its own.

    Examples
    --------
    >>> from synthem.generation.tile_request import TileRequest
    >>> request = TileRequest(axons=1, shape=128, seed=7)
    >>> request.scene.shape, request.root_seed
    ((128, 128), 7)
    """

    axons: Count | None = None
    psd: Count | None = None
    vesicles: Count | None = None
    mitochondria: Count | None = None
    recipe: str | Path | Recipe | Renderable = DEFAULT_RECIPE
    style: str | Path | Style | None = None
    shape: int | tuple[int, int] | tuple[int, int, int] | None = None
    pixel_size_nm: float | tuple[float, float] | PerTile | None = None
    spacing_nm: float | None = None
    thickness_nm: float | None = None
    classes: Classes = None
    seed: Seed = None
    workers: int | Executor = 1
    strict: bool = False
    start: int = 0
    scene: Renderable = field(init=False)
    root_seed: int = field(init=False)

    def __post_init__(self) -> None:
        """Check all fields; nothing is rendered."""
        check_flag("strict", self.strict)
        if not isinstance(self.workers, Executor):
            object.__setattr__(self, "workers", check_whole("workers", self.workers))
        object.__setattr__(self, "start", check_whole("start", self.start, least=0))
        object.__setattr__(self, "root_seed", resolve_seed(self.seed))
        object.__setattr__(self, "scene", self._scene())

    @classmethod
    def of(cls, function: str, options: Mapping[str, Any]) -> TileRequest:
        """Return the request of keyword arguments; a `TypeError` names one that a function does not take."""
        for name in options:
            if name not in TileOptions.__annotations__:
                hint = did_you_mean(name, TileOptions.__annotations__)
                raise TypeError(f"{function}() got an unexpected keyword argument {name!r}{hint}")
        return cls(**options)

    @property
    def config(self) -> dict[str, Any]:
        """The configuration of the scene as it is written to a manifest."""
        found = self.scene.to_dict()
        try:
            config: dict[str, Any] = json.loads(json.dumps(found, allow_nan=False))
        except (TypeError, ValueError) as error:
            required = f"`to_dict` of {type(self.scene).__name__} must return JSON-able values without NaN"
            raise ConfigError(f"{required}, got {error}") from error
        return config

    @property
    def table(self) -> ClassTable:
        """The classes that the scene labels."""
        return classes_of(self.scene)

    def _scene(self) -> Renderable:
        counts = {name: getattr(self, name) for name in ("axons", "psd", "vesicles", "mitochondria")}
        if isinstance(self.recipe, type):
            raise ConfigError(f"`recipe` must be a recipe or a scene, not a class of them, got {self.recipe!r}")
        if not isinstance(self.recipe, Renderable):
            style = DEFAULT_STYLE if self.style is None else self.style
            rest: dict[str, Any] = {**counts, "style": style, "classes": self.classes}
            return self._solid(rest) if _is_solid(self.shape) else self._flat(rest)
        names = ("style", "shape", "pixel_size_nm", "spacing_nm", "thickness_nm", "classes")
        own = counts | {name: getattr(self, name) for name in names}
        for name, value in own.items():
            if value is not None:
                raise ConfigError(
                    f"`{name}` must be left out when `recipe` is a scene, which brings its own, got {value!r}"
                )
        return self.recipe

    def _flat(self, rest: dict[str, Any]) -> Renderable:
        for name in ("spacing_nm", "thickness_nm"):
            if getattr(self, name) is not None:
                required = "left out unless `shape` has three numbers, sections first"
                raise ConfigError(f"`{name}` must be {required}, got {getattr(self, name)!r}")
        shape = _height_and_width(self.shape)
        return build_scene(self.recipe, shape=shape, pixel_size_nm=self.pixel_size_nm, **rest)  # type: ignore[arg-type]

    def _solid(self, rest: dict[str, Any]) -> Renderable:
        from synthem.solid.build import build_solid_scene  # with what it needs, which tiles do not

        names = ("shape", "pixel_size_nm", "spacing_nm", "thickness_nm")
        return build_solid_scene(self.recipe, **{name: getattr(self, name) for name in names}, **rest)  # type: ignore[arg-type]


def _is_solid(shape: Any) -> bool:
    return isinstance(shape, (tuple, list)) and len(shape) == 3


def shows_options(function: F, *, without: tuple[str, ...] = ()) -> F:
    """Show the fields of a request, but some, in the signature of a function, where ``**options`` stands for them."""
    shown = inspect.signature(function)
    options = [
        inspect.Parameter(
            one.name,
            inspect.Parameter.KEYWORD_ONLY,
            default=inspect.Parameter.empty if one.default is MISSING else one.default,
            annotation=one.type,
        )
        for one in fields(TileRequest)
        if one.init and one.name not in without
    ]
    kept = [one for one in shown.parameters.values() if one.kind is not inspect.Parameter.VAR_KEYWORD]
    first = [one for one in kept if one.kind is not inspect.Parameter.KEYWORD_ONLY]
    vars(function)["__signature__"] = shown.replace(parameters=[*first, *options, *kept[len(first) :]])
    return function


def check_whole(name: str, value: int, *, least: int = 1) -> int:
    """Return a whole number of at least `least`, or say that `name` must be one."""
    try:
        number = operator.index(value)
    except TypeError:
        number = least - 1
    if number < least or isinstance(value, bool):
        raise ConfigError(f"`{name}` must be a whole number of at least {least}, got {value!r}")
    return number


def check_flag(name: str, value: bool) -> bool:
    """Return a flag, or say that `name` must be one."""
    if not isinstance(value, bool):
        raise ConfigError(f"`{name}` must be True or False, got {value!r}")
    return value


def _height_and_width(shape: Any) -> Any:
    """Return the shape of a tile, or say that it has too few or too many numbers; the scene checks the rest."""
    if shape is None:
        return DEFAULT_SHAPE
    if isinstance(shape, (tuple, list)) and len(shape) != 2:
        required = "one integer, two (rows, columns), or three (sections, rows, columns)"
        raise ConfigError(f"`shape` must be {required}, got {shape!r}")
    return shape
