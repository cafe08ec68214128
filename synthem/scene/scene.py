"""Scene: the distribution of tiles, from organelles and stages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from functools import cached_property
from numbers import Integral
from typing import Any

from synthem.errors import ConfigError
from synthem.instrument.blur_noise import BlurNoise
from synthem.instrument.cytoplasm import Cytoplasm
from synthem.instrument.materials import Material
from synthem.instrument.per_tile import share_of
from synthem.instrument.stage import Stage
from synthem.instrument.style import Style, check_pixel_sizes, load_style
from synthem.kernels.occupancy import PAD
from synthem.labels import EPFL6, Classes, ClassTable, load_class_table
from synthem.parameters import PerTile
from synthem.scene.drawing import draw_layout
from synthem.scene.layout import Layout
from synthem.scene.serialization import describe_margins, describe_node, describe_pixel_size, scene_arguments
from synthem.seeds import resolve_seed
from synthem.tiles.tile import Tile
from synthem.tissue import organelles
from synthem.tissue.margins import Margins
from synthem.tissue.membrane_layer import MembraneLayer
from synthem.tissue.organelles.base import Group, Organelle

__all__ = ["Scene", "check_shape"]

SHIPPED_KINDS = {getattr(organelles, name).kind for name in organelles.__all__}


def check_shape(shape: Any) -> tuple[int, int]:
    """Return a tile shape, or say what is wrong with it.

    Parameters
    ----------
    shape : int or (int, int)
        Rows and columns, each at least 64; one number is a square.

    Raises
    ------
    ConfigError
        If it is anything else.
    """
    if isinstance(shape, Integral) and not isinstance(shape, bool):
        shape = (shape, shape)
    ok = isinstance(shape, (tuple, list)) and len(shape) == 2
    if ok and all(isinstance(n, Integral) and not isinstance(n, bool) and 64 <= int(n) <= 65536 for n in shape):
        return int(shape[0]), int(shape[1])
    solid = isinstance(shape, (tuple, list)) and len(shape) == 3
    hint = "; organelles of volumes are given to SolidScene and have a method `solid_bodies`" if solid else ""
    raise ConfigError(f"`shape` must be two integers (rows, columns) from 64 to 65536, got {shape!r}{hint}")


def _all_organelles(organelles: Sequence[Any]) -> list[Organelle]:
    """Return organelles and those that they hold."""
    found = list(organelles)
    for organelle in organelles:
        values = [getattr(organelle, f.name) for f in fields(organelle)]
        values += [child for child, _ in organelle.children] if isinstance(organelle, Group) else []
        found += _all_organelles([value for value in values if isinstance(value, Organelle)])
    return found


@dataclass(frozen=True, kw_only=True)
class Scene:
    """What may be in a tile: organelles to place and stages to apply.

    Parameters
    ----------
    organelles : sequence of Organelle
        Placed in this order: put large ones first.
    stages : sequence of stages, optional
        Applied in this order, those that paint tissue before the organelles are painted and the others
        after. By default `MembraneLayer`, `Cytoplasm` and `BlurNoise`.
    shape : (int, int)
        Rows and columns, each at least 64.
    style : str, Path or Style
        How it looks.
    margins : Margins
        Distances that kinds keep from each other.
    pixel_size_nm : float, (low, high), PerTile or None
        Side of a pixel, 1 to 100 nm; a range is drawn per tile. None: that of the style.
    classes : str, Path, ClassTable or None
        The classes that are labelled: a shipped table, a TOML file or a table; None means "epfl6".

    Raises
    ------
    ConfigError
        If something is not an organelle or a stage, or the shape, style or class table is wrong.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.Axon(count=(1, 2))], shape=(128, 128))
    >>> scene.render(seed=0).image.shape
    (128, 128)
    """

    organelles: Sequence[Organelle] = ()
    stages: Sequence[Stage] | None = None
    shape: tuple[int, int] = (256, 256)
    style: Style | str = "epfl"
    margins: Margins = field(default_factory=Margins)
    pixel_size_nm: float | tuple[float, float] | PerTile | None = None
    classes: Classes = None

    def __post_init__(self) -> None:
        default = (MembraneLayer(), Cytoplasm(), BlurNoise())
        stages = default if self.stages is None else tuple(self.stages)
        if isinstance(self.organelles, Organelle):
            raise ConfigError(f"`organelles` must be a sequence of organelles, got {self.organelles!r}")
        for organelle in self.organelles:
            if not isinstance(organelle, Organelle):
                raise ConfigError(f"`organelles` must hold organelles such as Axon(count=1), got {organelle!r}")
        for stage in stages:
            known = all(hasattr(stage, name) for name in ("before_organelles", "sample", "apply"))
            if isinstance(stage, type) or not known:
                raise ConfigError(f"`stages` must hold stages such as BlurNoise(), got {stage!r}")
        self.margins.check_kinds({item.kind for item in _all_organelles(self.organelles)} | SHIPPED_KINDS)
        object.__setattr__(self, "organelles", tuple(self.organelles))
        object.__setattr__(self, "stages", stages)
        object.__setattr__(self, "shape", check_shape(self.shape))
        style = load_style(self.style)
        usual = style.per_tile.get("pixel_size_nm", style.pixel_size_nm)
        pixel = check_pixel_sizes(usual if self.pixel_size_nm is None else self.pixel_size_nm)
        least = pixel.low if isinstance(pixel, PerTile) else pixel
        object.__setattr__(self, "style", style)
        object.__setattr__(self, "pixel_size_nm", pixel)
        object.__setattr__(self, "classes", load_class_table(self.classes))
        for organelle in self.organelles:
            if not organelle.overhang_nm <= PAD * least:
                raise ConfigError(
                    f"`overhang_nm` of an organelle must be at most {PAD * least:g}, {PAD} pixels, got "
                    f"{organelle.overhang_nm!r} of {type(organelle).__name__}"
                )

    def sample(self, seed: int | None = None, index: int = 0) -> Layout:
        """Draw a tile.

        Parameters
        ----------
        seed : int or None
            None draws a fresh one, which the layout records.
        index : int
            Number of the tile under this seed; the layout is a function of scene, seed and index alone.

        Returns
        -------
        Layout
        """
        assert isinstance(self.style, Style)
        assert isinstance(self.pixel_size_nm, float | PerTile)
        assert isinstance(self.classes, ClassTable)
        seed, pixel = resolve_seed(seed), self.pixel_size_nm
        if isinstance(pixel, PerTile):
            pixel = pixel.at(share_of(f"{seed} {index} pixel_size_nm"))
        drawn = draw_layout(
            self.organelles, self.stages or (), self.shape, self.margins, pixel, self.classes, seed, index
        )
        return Layout(
            shape=self.shape,
            style=self.style,
            pixel_size_nm=pixel,
            materials=self._materials,
            classes=self.classes,
            seed=seed,
            index=index,
            **drawn._asdict(),
        )

    @cached_property
    def _materials(self) -> Mapping[str, Material]:
        """Looks of materials that organelles bring."""
        return {name: one for item in _all_organelles(self.organelles) for name, one in item.materials.items()}

    def render(self, seed: int | None = None, index: int = 0) -> Tile:
        """Draw a tile and paint it; see `sample`."""
        return self.sample(seed, index).render()

    def to_dict(self) -> dict[str, Any]:
        """Return the scene as plain data, for a manifest."""
        assert isinstance(self.classes, ClassTable)
        own = {} if self.classes == EPFL6 else {"classes": self.classes.to_dict()}
        return own | {
            "shape": list(self.shape),
            "organelles": [describe_node(item) for item in self.organelles],
            "stages": [describe_node(item) for item in self.stages or ()],
            "margins": describe_margins(self.margins),
            "style": self.style.to_dict() if isinstance(self.style, Style) else self.style,
            "pixel_size_nm": describe_pixel_size(self.pixel_size_nm),
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Scene:
        """Rebuild a scene from what `to_dict` returned, such as the `config` of a dataset.

        Parameters
        ----------
        data : mapping
            Plain data; organelles and stages must be synthem's own.

        Returns
        -------
        Scene

        Raises
        ------
        ConfigError
            If a key is missing or a value is wrong.

        Examples
        --------
        >>> import synthem
        >>> tiles = synthem.generate(2, seed=5, shape=(128, 128))
        >>> synthem.Scene.from_dict(tiles.config).render(tiles.seed, index=1) == tiles[1]
        True
        """
        return cls(**scene_arguments(data))
