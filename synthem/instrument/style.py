"""Styles: how an instrument shows tissue. Each shipped style is a TOML file in `styles`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, dataclass, field, fields, replace
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from synthem._toml import find_toml, from_mapping, read_toml, shipped, to_mapping, to_toml
from synthem.errors import ConfigError
from synthem.instrument.materials import CYTOPLASM, Material, Materials, material_table, rows_of, whole_table
from synthem.instrument.per_tile import checked_per_tile, drawn_per_tile, join_per_tile, middle_of, split_per_tile
from synthem.instrument.sections import CytoplasmStyle, Detector, MembraneStyle, Optics
from synthem.instrument.variety import per_tile_around
from synthem.painting.paint_list import MaterialTable
from synthem.parameters import Declared, Parameter, PerTile, declared

__all__ = ["Style", "check_pixel_size", "check_pixel_sizes", "is_in_pixels", "list_styles", "load_style"]

PIXEL_LIMITS = (1.0, 100.0)
"""Smallest and largest pixel in nm."""


@dataclass(frozen=True, kw_only=True)
class Style(Declared):
    """How an instrument shows tissue: the grey of each material, point spread and noise.

    Notes
    -----
    A parameter in ``per_tile`` has no value of its own: what is given for it is replaced by the middle of its range.
    ``dataclasses.replace(style, per_tile={})`` fixes all of them there.

    Examples
    --------
    >>> from synthem.instrument.style import Style
    >>> Style(name="mine").optics.psf_sigma_nm
    6.275685
    """

    name: str = declared(MISSING, "Name of the style.")
    pixel_size_nm: float = declared(
        5.0,
        "Side of a pixel where nothing else is asked for.",
        unit="nm",
        low=PIXEL_LIMITS[0],
        high=PIXEL_LIMITS[1],
    )
    cytoplasm: CytoplasmStyle = declared(CytoplasmStyle(), "Cytoplasm: greys, textures, speckle.")
    membranes: MembraneStyle = declared(MembraneStyle(), "Cell membranes: greys, and how they fade.")
    materials: Materials = declared(Materials(), "Looks of what organelles are made of.")
    own_materials: Mapping[str, Material] = field(
        default_factory=lambda: MappingProxyType({}),
        hash=False,
        metadata={"parameter": Parameter(text="Looks of materials of organelles of one's own.")},
    )
    optics: Optics = declared(Optics(), "Point spread, softness per structure, illumination.")
    detector: Detector = declared(Detector(), "Contrast and noise.")
    per_tile: Mapping[str, PerTile] = field(
        default_factory=lambda: MappingProxyType({}),
        hash=False,
        metadata={"parameter": Parameter(text="Parameters that differ from tile to tile, and how.")},
    )

    def __post_init__(self) -> None:
        super().__post_init__()
        if not isinstance(self.name, str) or not self.name:
            raise ConfigError(f"`name` of a style must be a text, got {self.name!r}")
        if not isinstance(self.own_materials, Mapping):
            raise ConfigError(f"`own_materials` must map names to a Material, got {self.own_materials!r}")
        own = MappingProxyType(dict(self.own_materials))
        taken = {CYTOPLASM, *(item.name for item in fields(Materials))}
        for name, material in own.items():
            if not isinstance(material, Material) or name in taken:
                raise ConfigError(
                    f"`own_materials` must map names that synthem has not to a Material, got {name!r}: {material!r}"
                )
        object.__setattr__(self, "own_materials", own)
        object.__setattr__(self, "per_tile", checked_per_tile(self, self.per_tile))
        if self.per_tile:  # what is drawn has no value of its own, so that a style comes back equal from its file
            middle = middle_of(self, self.per_tile)
            for item in fields(self):
                if item.name != "per_tile":
                    object.__setattr__(self, item.name, getattr(middle, item.name))

    def __getstate__(self) -> dict[str, Any]:
        """Return the fields; a mapping proxy cannot be pickled."""
        state = {item.name: getattr(self, item.name) for item in fields(self)}
        return state | {"own_materials": dict(self.own_materials), "per_tile": dict(self.per_tile)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        sealed = {name: MappingProxyType(state[name]) for name in ("own_materials", "per_tile")}
        self.__dict__.update(state | sealed)

    def to_dict(self) -> dict[str, Any]:
        """Return the style as plain data, as in TOML."""
        return join_per_tile(to_mapping(replace(self, per_tile={})), self.per_tile)

    def to_toml(self) -> str:
        """Return the style as TOML text that `load_style` reads back equal."""
        return to_toml(self.to_dict())

    @classmethod
    def from_dict(cls, data: Mapping[str, Any], source: str = "`style`") -> Style:
        """Rebuild a style from what `to_dict` returned, or from TOML.

        Raises
        ------
        ConfigError
            If a key is unknown or a value wrong.
        """
        plain, per_tile = split_per_tile(data, source)
        return replace(from_mapping(cls, plain, source), per_tile=per_tile)

    def varied(self, amount: float = 1.0) -> Style:
        """Return a style whose look differs from tile to tile, around this one: a network then learns less of the look.

        Parameters
        ----------
        amount : float, default 1.0
            By how much, 0 to 3. At 1 contrast is 0.75 to 1.33 times that of the style, blur 1 to 2.2 times, white noise
            0.8 to 1.5 times, and brightness and the greys of cytoplasm, membranes, mitochondria and densities are up to
            8 to 15 levels away. What differs from tile to tile already stays as it is.

        Raises
        ------
        ConfigError
            If the amount is not from 0 to 3.

        Examples
        --------
        >>> from synthem.instrument.style import load_style
        >>> load_style("epfl").varied().per_tile["cytoplasm.dark_level"].low
        98.0
        """
        return replace(self, per_tile=per_tile_around(self, amount))

    def for_tile(self, key: int) -> Style:
        """Return the style of one tile: what varies from tile to tile is drawn by the key of the tile."""
        return drawn_per_tile(self, self.per_tile, key) if self.per_tile else self

    @cached_property
    def _all_materials(self) -> tuple[tuple[str, Material], ...]:
        own = [(item.name, getattr(self.materials, item.name)) for item in fields(Materials)]
        return (*own, *self.own_materials.items())

    def table(self, names: tuple[str, ...], brought: Mapping[str, Material] = MappingProxyType({})) -> MaterialTable:
        """Return the appearance of materials as the kernels take them.

        Parameters
        ----------
        names : tuple of str
            The materials.
        brought : mapping of str to Material
            Appearance of materials that organelles bring, for those that the style does not know.
        """
        if not brought:
            return rows_of(names, *self._whole_table)
        materials = tuple((dict(brought) | dict(self._all_materials)).items())
        return material_table(names, materials, self.cytoplasm.level)

    @cached_property
    def _whole_table(self) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], dict[str, int]]:
        return whole_table(self._all_materials, self.cytoplasm.level)


def check_pixel_size(value: Any) -> float:
    """Return the side of a pixel in nm, or say what is wrong with it."""
    return Style(name="any", pixel_size_nm=value).pixel_size_nm


def check_pixel_sizes(value: Any) -> float | PerTile:
    """Return the side of a pixel, or the range from which it is drawn per tile, or say what is wrong with it."""
    if not isinstance(value, (tuple, list, PerTile)):
        return check_pixel_size(value)
    low, high = (value.low, value.high) if isinstance(value, PerTile) else (*value, None, None)[:2]
    if not isinstance(value, PerTile) and (len(value) != 2 or not check_pixel_size(low) <= check_pixel_size(high)):
        raise ConfigError(f"`pixel_size_nm` must be a number or a pair (low, high) with low <= high, got {value!r}")
    return PerTile(low=check_pixel_size(low), high=check_pixel_size(high))


_FOLDER = Path(__file__).parent / "styles"


def list_styles() -> list[str]:
    """Return the names of the shipped styles.

    Examples
    --------
    >>> from synthem.instrument.style import list_styles
    >>> list_styles()
    ['ac4', 'any', 'epfl']
    """
    return shipped(_FOLDER)


def load_style(style: str | Path | Style) -> Style:
    """Load a style.

    Parameters
    ----------
    style : str, Path or Style
        Name of a shipped style, path of a TOML file, or a style, which is returned as it is.

    Returns
    -------
    Style

    Raises
    ------
    ConfigError
        If there is no such style, or the file has an unknown key or a wrong type.

    Examples
    --------
    >>> from synthem.instrument.style import load_style
    >>> load_style("epfl").pixel_size_nm
    5.0
    """
    if isinstance(style, Style):
        return style
    path = find_toml("style", style, _FOLDER, "a TOML file or a Style")
    data = read_toml(path)
    if is_in_pixels(data):
        raise ConfigError(
            f"{path}: `style` must have lengths in nm and greys by material, got one in pixels; "
            f"`synthem styles --upgrade {path} -o NEW.toml` converts it"
        )
    if not is_style(data) and any(section in data for section, names in TISSUE.items() if not names):
        raise ConfigError(f"`style` must be a style, got the recipe {path}: give it as `recipe`")
    for section, names in TISSUE.items():
        for name in set(names) & set(data.get(section, {})) if names else {section} & set(data):
            place = f"{section}.{name}" if names else section
            raise ConfigError(f"{path}: `{place}` is a matter of tissue: it belongs to the same place of a recipe")
    return Style.from_dict(data, str(path))


def is_style(data: Mapping[str, Any]) -> bool:
    """Return whether data have a section that only styles have."""
    return any(name in data for name in ("materials", "own_materials", "optics", "detector"))


PIXEL_SECTIONS = ("membrane", "axon", "mitochondrion", "psd", "vesicles", "clutter", "endomembrane", "lysosome")
"""Sections that only styles of old have, in pixels."""


def is_in_pixels(data: Mapping[str, Any]) -> bool:
    """Return whether the data of a style are of old."""
    optics = data.get("optics", {})
    levels = any("level" in data.get(name, {}) for name in ("psd", "vesicles"))
    return levels or any(name in data for name in PIXEL_SECTIONS if name not in TISSUE) or "psf_sigma" in optics


_WIDTHS = ("width_nm", "width_sd_along", "width_sd_between", "oblique_share", "oblique_width_nm", "double_share")
TISSUE: Mapping[str, tuple[str, ...]] = {
    "membranes": (*_WIDTHS, "cleft_nm", "junction_rounding_nm"),
    **dict.fromkeys(("axons", "dendrites", "mitochondria", "psd", "vesicles", "free_vesicles"), ()),
    **dict.fromkeys(("endomembranes", "lysosomes", "clutter"), ()),
}
"""Sections of recipes, and the keys that are theirs alone; none: all of them."""
