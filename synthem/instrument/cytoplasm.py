"""Cytoplasm: texture and the brightness of each compartment."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from synthem.geometry.territory import Territory
from synthem.instrument.materials import Material
from synthem.instrument.sections import CytoplasmStyle
from synthem.instrument.style import Style
from synthem.kernels.granules import GranuleColumn, GranuleTables, add_granules
from synthem.kernels.optics import TextureColumn, TextureTables, add_texture
from synthem.painting.canvas import Canvas
from synthem.painting.textures import TEXTURE_SIZE, height_of_share, normal_quantiles, spots, texture
from synthem.parameters import Declared, declared

__all__ = ["Cytoplasm", "CytoplasmPlan", "texture_numbers"]

CELLS = 4096
"""Number of places in the table of quantiles."""


@dataclass(frozen=True, eq=False)
class CytoplasmPlan:
    """Offsets into the shared textures, a start in the table of brightness, and what compartments hold."""

    shifts: tuple[int, int, int, int]
    start: int
    look: Cytoplasm


@dataclass(frozen=True, kw_only=True)
class Cytoplasm(Declared):
    """Paint cytoplasm wherever nothing is labelled.

    The texture is multi-octave gradient noise in two sizes, the wider one deeper on its dark side, and dark speckle;
    every compartment is a little brighter or darker as a whole, and some may be dark throughout. Granules, such as
    ribosomes and small vesicles, have one size and the grey of dense bodies. Greys are those of the style.

    Examples
    --------
    >>> import synthem
    >>> tile = synthem.Scene(organelles=[], stages=[synthem.Cytoplasm()]).render(seed=1)
    >>> tile.image.std() > 2
    np.True_
    """

    before_organelles: ClassVar[bool] = True

    dark_share: float = declared(
        0.0, "Share of the compartments that are dark throughout, such as glia or dying neurites.", high=1
    )
    granule_share: float = declared(0.0, "Share of the cytoplasm within granules.", high=0.5)
    granule_nm: float = declared(30.0, "Diameter of granules, about.", unit="nm", low=10, high=150)
    granule_variation: float = declared(
        0.2, "How much compartments differ: standard deviation of the quantile of that share.", high=2
    )
    granule_clustering: float = declared(
        0.0, "How much granules gather where the coarse texture is dark: change of that quantile with it.", high=2
    )

    def sample(self, rng: np.random.Generator, territory: Territory) -> CytoplasmPlan:
        """Draw where the textures are read."""
        *places, start = rng.random(5).tolist()
        down, right, low, aside = [int(TEXTURE_SIZE * place) for place in places]
        return CytoplasmPlan((down, right, low, aside), int(CELLS * start), self)

    def apply(self, canvas: Canvas, record: CytoplasmPlan, style: Style) -> None:
        """Paint it."""
        cytoplasm = style.cytoplasm
        quantiles = normal_quantiles()
        share = record.look.dark_share
        dark = float(quantiles[int(share * quantiles.size)]) if share < 1.0 else math.inf
        tables = TextureTables(
            texture(cytoplasm.coarse_texture_size_nm / canvas.pixel_size_nm, 4),
            texture(cytoplasm.fine_texture_size_nm / canvas.pixel_size_nm, stretch=cytoplasm.fine_texture_stretch),
            quantiles,
        )
        numbers = texture_numbers(cytoplasm, style.membranes.texture_sd)
        add_texture(tables, record.shifts, record.start, dark, numbers, canvas.planes, canvas.rows)
        if record.look.granule_share:
            self._add_granules(canvas, record, style, tables.coarse)

    @staticmethod
    def _add_granules(canvas: Canvas, record: CytoplasmPlan, style: Style, coarse: npt.NDArray[np.float32]) -> None:
        look = record.look
        diameter = max(look.granule_nm / canvas.pixel_size_nm, 1.0)  # smaller ones are not seen one by one
        numbers = granule_numbers(look, diameter, style.materials.dense_body)
        tables = GranuleTables(spots(diameter), coarse, normal_quantiles())
        add_granules(tables, record.shifts, record.start, numbers, canvas.planes)


@lru_cache(maxsize=64)
def granule_numbers(look: Cytoplasm, diameter: float, material: Material) -> npt.NDArray[np.float32]:
    """Return granules as `synthem.kernels.granules` takes them."""
    numbers = np.empty(len(GranuleColumn), np.float32)
    spread = math.hypot(look.granule_variation, look.granule_clustering)
    numbers[GranuleColumn.THRESHOLD] = height_of_share(diameter, look.granule_share, spread)
    numbers[GranuleColumn.THRESHOLD_SD] = look.granule_variation
    numbers[GranuleColumn.CLUSTERING] = look.granule_clustering
    numbers[GranuleColumn.LEVEL] = sum(material.grey) / 2.0
    numbers[GranuleColumn.OPACITY] = sum(material.opacity) / 2.0
    return numbers


@lru_cache(maxsize=64)
def texture_numbers(cytoplasm: CytoplasmStyle, membrane_sd: float) -> npt.NDArray[np.float32]:
    """Return the cytoplasm of a style as `synthem.kernels.optics` takes it."""
    numbers = np.empty(len(TextureColumn), np.float32)
    numbers[TextureColumn.COARSE] = cytoplasm.coarse_texture
    numbers[TextureColumn.COARSE_SKEW] = cytoplasm.coarse_texture_skew
    numbers[TextureColumn.FINE], numbers[TextureColumn.MEMBRANE_SD] = cytoplasm.fine_texture, membrane_sd
    numbers[TextureColumn.SPECKLE] = cytoplasm.speckle
    numbers[TextureColumn.SPECKLE_THRESHOLD] = cytoplasm.speckle_threshold
    numbers[TextureColumn.HIGHLIGHT_KNEE] = cytoplasm.highlight_knee
    numbers[TextureColumn.HIGHLIGHT_RANGE] = cytoplasm.highlight_range
    numbers[TextureColumn.COMPARTMENT_SD] = cytoplasm.compartment_sd
    numbers[TextureColumn.DARK] = cytoplasm.dark_level - cytoplasm.level
    numbers[TextureColumn.VARIATION] = cytoplasm.texture_variation
    return numbers
