"""Scene of solid tissue: the distribution of volumes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import InitVar, dataclass, fields, replace
from numbers import Integral
from typing import Any

import numpy as np

from synthem._toml import check_depth, from_mapping, to_mapping
from synthem.errors import ConfigError, did_you_mean
from synthem.geometry.territory import Territory
from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.style import Style, check_pixel_size, load_style
from synthem.labels import EPFL6, Classes, ClassTable, load_class_table
from synthem.parameters import check_scalar
from synthem.seeds import Streams, draw_key, resolve_seed
from synthem.solid.layout import SolidLayout
from synthem.solid.recipe import SolidBody, SolidRecipe, load_solid_recipe
from synthem.solid.species import kind_names
from synthem.tiles.skeletons import CentreLine
from synthem.tiles.volume import Volume

__all__ = ["SolidScene", "check_volume_shape", "lines_again"]

LEAST, MOST = 64, 65536
"""Limits of rows and columns."""
COARSEST = 100.0
"""Largest spacing of sections, in nm per nm of the pixel."""
FARTHEST_NM = 8.0e6
"""Farthest from the origin of the tissue that a block may lie."""


def check_volume_shape(shape: Any) -> tuple[int, int, int]:
    """Return the shape of a volume, or say what is wrong with it.

    Parameters
    ----------
    shape : (int, int, int)
        Sections, at least 1; rows and columns, each at least 64.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    whole = isinstance(shape, (tuple, list)) and len(shape) == 3
    if whole and all(isinstance(n, Integral) and not isinstance(n, bool) for n in shape):
        sections, rows, columns = (int(n) for n in shape)
        if 1 <= sections <= MOST and LEAST <= rows <= MOST and LEAST <= columns <= MOST:
            return sections, rows, columns
    raise ConfigError(
        f"`shape` of a volume must be three integers (sections, rows, columns), sections from 1 and the others from "
        f"{LEAST} to {MOST}, got {shape!r}"
    )


@dataclass(frozen=True, kw_only=True)
class SolidScene:
    """What may be in a volume: solid tissue, and how it is cut and shown.

    Parameters
    ----------
    recipe : str, Path or SolidRecipe
        What is in the tissue.
    shape : (int, int, int)
        Sections, rows and columns.
    style : str, Path or Style
        How it looks.
    pixel_size_nm : float or None
        Side of a pixel, 1 to 100 nm. None: that of the style.
    spacing_nm : float or None
        Distance of sections from middle to middle, 1 to 100 times the pixel. None: as the pixel.
    thickness_nm : float or None
        Thickness of a section, over which its grey is the mean; at most four times the spacing. None: the spacing.
    classes : str, Path, ClassTable or None
        The classes that are labelled: a shipped table, a TOML file or a table; None means "epfl6".
    organelles : sequence of Organelle
        Organelles of one's own. Each has a method `solid_bodies`, which returns what it is in three dimensions, a
        sequence of `synthem.solid.recipe.SolidBody`. They are added to the recipe, and their materials to the style.

    Raises
    ------
    ConfigError
        If a parameter is not as above, a class is made up of materials or of kinds of compartments, or an organelle is
        flat.

    Examples
    --------
    >>> import synthem
    >>> synthem.SolidScene(shape=(4, 64, 64)).render(seed=0).image.shape
    (4, 64, 64)
    """

    recipe: SolidRecipe | str = "tissue"
    shape: tuple[int, int, int] = (64, 256, 256)
    style: Style | str = "epfl"
    pixel_size_nm: float | None = None
    spacing_nm: float | None = None
    thickness_nm: float | None = None
    classes: Classes = None
    organelles: InitVar[Sequence[Any]] = ()

    def __post_init__(self, organelles: Sequence[Any]) -> None:
        style, classes = load_style(self.style), load_class_table(self.classes)
        for one in classes:
            if not one.is_painted:
                raise ConfigError(
                    f"`classes` of volumes must be classes that are painted, got {one.name!r}, which is made up of "
                    "materials or compartments"
                )
        if "pixel_size_nm" in style.per_tile and self.pixel_size_nm is None:
            raise ConfigError(f"`pixel_size_nm` of a volume must be given with style {style.name!r}, which draws it")
        pixel = check_pixel_size(style.pixel_size_nm if self.pixel_size_nm is None else self.pixel_size_nm)
        spacing = pixel if self.spacing_nm is None else self.spacing_nm
        spacing = check_scalar("spacing_nm", spacing, low=1.0, high=COARSEST * pixel)
        thickness = spacing if self.thickness_nm is None else self.thickness_nm
        recipe, style = _with_own(load_solid_recipe(self.recipe), style, organelles)
        recipe.artifacts.check(pixel)
        _check_own(recipe, style, classes)
        values = {
            "recipe": recipe,
            "shape": check_volume_shape(self.shape),
            "style": style,
            "pixel_size_nm": pixel,
            "spacing_nm": spacing,
            "thickness_nm": check_scalar("thickness_nm", thickness, low=0.0, high=4.0 * spacing),
            "classes": classes,
        }
        for name, value in values.items():
            object.__setattr__(self, name, value)

    def sample(
        self, seed: int | None = None, index: int = 0, *, origin: tuple[int, int, int] = (0, 0, 0)
    ) -> SolidLayout:
        """Draw a block of tissue.

        Parameters
        ----------
        seed : int or None
            None draws a fresh one, which the layout records.
        index : int
            Number of the tissue under this seed.
        origin : (int, int, int), default (0, 0, 0)
            First section, row and column of the block; may be negative. Blocks of one seed and index are blocks of one
            tissue, whatever their shapes.

        Returns
        -------
        SolidLayout

        Raises
        ------
        ConfigError
            If `origin` is not three whole numbers, or farther than 8 mm from the origin of the tissue.
        """
        assert isinstance(self.recipe, SolidRecipe)
        assert isinstance(self.style, Style)
        assert isinstance(self.classes, ClassTable)
        assert self.pixel_size_nm is not None
        assert self.spacing_nm is not None
        assert self.thickness_nm is not None
        seed = resolve_seed(seed)
        streams = Streams(seed, index)
        nowhere = _territory(self.shape[1:], self.pixel_size_nm)
        return SolidLayout(
            shape=self.shape,
            origin=_checked_origin(origin, (self.spacing_nm, self.pixel_size_nm, self.pixel_size_nm)),
            recipe=self.recipe,
            style=self.style,
            classes=self.classes,
            pixel_size_nm=self.pixel_size_nm,
            spacing_nm=self.spacing_nm,
            thickness_nm=self.thickness_nm,
            key=draw_key(streams.named("solid tissue")),
            exposure=BlurNoise().sample(streams.named("stage BlurNoise"), nowhere),
            seed=seed,
            index=index,
        )

    def render(self, seed: int | None = None, index: int = 0, *, origin: tuple[int, int, int] = (0, 0, 0)) -> Volume:
        """Draw a block of tissue and paint it; see `sample`."""
        return self.sample(seed, index, origin=origin).render()

    def to_dict(self) -> dict[str, Any]:
        """Return the scene as plain data, for a manifest."""
        assert isinstance(self.recipe, SolidRecipe)
        assert isinstance(self.style, Style)
        assert isinstance(self.classes, ClassTable)
        own = {} if self.classes == EPFL6 else {"classes": self.classes.to_dict()}
        return own | {
            "solid": to_mapping(self.recipe),
            "shape": list(self.shape),
            "style": self.style.to_dict(),
            "pixel_size_nm": self.pixel_size_nm,
            "spacing_nm": self.spacing_nm,
            "thickness_nm": self.thickness_nm,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> SolidScene:
        """Rebuild a scene from what `to_dict` returned, such as the `config` of a dataset.

        Parameters
        ----------
        data : mapping
            Plain data.

        Returns
        -------
        SolidScene

        Raises
        ------
        ConfigError
            If a key is missing or a value is wrong.

        Examples
        --------
        >>> import synthem
        >>> scene = synthem.SolidScene(shape=(4, 64, 64), spacing_nm=50)
        >>> synthem.SolidScene.from_dict(scene.to_dict()) == scene
        True
        """
        if not isinstance(data, Mapping):
            raise ConfigError(f"`config` of a volume must be what `to_dict` returned, got {data!r}")
        check_depth(data, "`config` of a volume")
        known = {"solid", "shape", "style", "pixel_size_nm", "spacing_nm", "thickness_nm"}
        for key in known - set(data):
            raise ConfigError(f"`config` of a volume: `{key}` is missing")
        for key in set(data) - known - {"classes"}:
            raise ConfigError(f"`config` of a volume: `{key}` is not a known key")
        classes = data.get("classes")
        return cls(
            recipe=from_mapping(SolidRecipe, data["solid"], "`config`"),
            shape=tuple(data["shape"]) if isinstance(data["shape"], (list, tuple)) else data["shape"],
            style=Style.from_dict(data["style"]),
            pixel_size_nm=data["pixel_size_nm"],
            spacing_nm=data["spacing_nm"],
            thickness_nm=data["thickness_nm"],
            classes=None if classes is None else ClassTable.from_dict(classes, "`classes`"),
        )


def _with_own(recipe: SolidRecipe, style: Style, organelles: Sequence[Any]) -> tuple[SolidRecipe, Style]:
    """Add organelles of one's own to a recipe, and their materials to a style."""
    own, materials = list(recipe.own), dict[str, Any]()
    for one in organelles:
        find = getattr(one, "solid_bodies", None)
        bodies = tuple(find()) if callable(find) else ()
        if not bodies or not all(isinstance(body, SolidBody) for body in bodies):
            raise ConfigError(
                "`organelles` of a volume must have a method `solid_bodies` that returns at least one SolidBody, since "
                f"shapes are flat, got {type(one).__name__}"
            )
        own += bodies
        materials |= dict(one.materials)
    if not organelles:
        return recipe, style
    return replace(recipe, own=tuple(own)), replace(style, own_materials={**materials, **style.own_materials})


def _check_own(recipe: SolidRecipe, style: Style, classes: ClassTable) -> None:
    """Raise if a kind of bodies of one's own has a name that is taken, or a class or material that there is not."""
    names, known = kind_names(recipe), {item.name for item in fields(style.materials)} | set(style.own_materials)
    for body in recipe.own:
        if names.count(body.name) > 1:
            raise ConfigError(f"`name` of a body must be that of no other kind of tubes, got {body.name!r}")
        if body.label and body.label not in classes.names:
            raise ConfigError(f"`label` of {body.name} must be one of {', '.join(classes.names)}, got {body.label!r}")
        for material in filter(None, (body.rim, body.interior)):
            if material not in known:
                hint = did_you_mean(material, known)
                raise ConfigError(f"`rim` and `interior` of {body.name} must be materials, got {material!r}{hint}")


def lines_again(
    config: Mapping[str, Any], shape: tuple[int, ...], seed: int, index: int, origin: tuple[int, int, int]
) -> tuple[CentreLine, ...]:
    """Return the centre lines of a volume of a dataset.

    Parameters
    ----------
    config : mapping
        That of the dataset.
    shape : (int, int, int)
        Of the volume.
    seed, index, origin
        As in `SolidScene.sample`.
    """
    layout = SolidScene.from_dict({**config, "shape": shape}).sample(seed, index, origin=origin)
    return layout.centre_lines(range(shape[0]))


def _checked_origin(origin: Any, voxel: tuple[float, float, float]) -> tuple[int, int, int]:
    whole = isinstance(origin, (tuple, list)) and len(origin) == 3
    whole = whole and all(isinstance(n, Integral) and not isinstance(n, bool) for n in origin)
    if whole and all(abs(int(n)) * size < FARTHEST_NM for n, size in zip(origin, voxel, strict=True)):
        return int(origin[0]), int(origin[1]), int(origin[2])
    raise ConfigError(
        f"`origin` must be three integers (section, row, column) within {FARTHEST_NM / 1e6:g} mm of that of the "
        f"tissue, got {origin!r}"
    )


def _territory(shape: tuple[int, int], pixel_size_nm: float) -> Territory:
    """Return a territory without claims: the exposure reads none."""
    return Territory(
        shape=shape,
        capsules=np.empty((0, 6), np.float32),
        barriers=(),
        owners=(),
        facing=(),
        kinds={},
        next_cell=1,
        pixel_size_nm=pixel_size_nm,
        clearance=np.empty((0, 0), np.float32),
    )
