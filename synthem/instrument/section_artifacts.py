"""Artefacts of sections of volumes: which sections have them and how strong; the marks that they leave."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, fields

import numpy as np

from synthem.errors import ConfigError
from synthem.painting.canvas import Canvas
from synthem.parameters import Declared, Range, declared
from synthem.tiles.section_artifacts import NODE_PX, SectionArtifact, fold_distance_nm

__all__ = [
    "DroppedSection",
    "SectionArtifacts",
    "SectionBrightness",
    "SectionFocus",
    "SectionFold",
    "SectionShift",
    "SectionWarp",
    "mark_section",
]

NARROWEST_FOLD_PX = 3 * NODE_PX
"""A field jumps between two nodes, which the band must cover."""
LEAST_WAVELENGTHS = 12.0
"""Size of what is warped relative to the amplitude: nearer than that, tissue would fold over."""
EDGE_NM = 12.0
"""Distance over which a band grows dark."""


@dataclass(frozen=True, kw_only=True)
class SectionShift(Declared):
    """Sections that are shifted as a whole."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    distance_nm: Range = declared((5.0, 40.0), "How far, in any direction.", unit="nm", high=2000)


@dataclass(frozen=True, kw_only=True)
class SectionWarp(Declared):
    """Sections that are smoothly distorted."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    amplitude_nm: Range = declared((10.0, 40.0), "Largest displacement along each axis.", unit="nm", high=2000)
    size_nm: Range = declared(
        (600.0, 1500.0),
        "Size of what is distorted as one. At least twelve times the amplitude.",
        unit="nm",
        low=100,
        high=50_000,
    )


@dataclass(frozen=True, kw_only=True)
class SectionFold(Declared):
    """Sections with dark bands in which they lie in three layers."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    width_nm: Range = declared((150.0, 300.0), "Width of the bands, at least 24 pixels.", unit="nm", high=2000)
    every_nm: Range = declared(
        (3000.0, 9000.0),
        "Distance of the bands of a section, which are parallel. At least eight times the width.",
        unit="nm",
        high=1_000_000,
    )
    darkness: Range = declared((0.5, 0.8), "Share of the grey that is lost in a band.", high=1)


@dataclass(frozen=True, kw_only=True)
class SectionBrightness(Declared):
    """Sections that are brighter or darker."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    levels: Range = declared((-25.0, 25.0), "By how many levels of grey, before the noise.", low=-255, high=255)


@dataclass(frozen=True, kw_only=True)
class SectionFocus(Declared):
    """Sections out of focus."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    sigma_nm: Range = declared((8.0, 20.0), "Standard deviation of the further blur.", unit="nm", high=200)


@dataclass(frozen=True, kw_only=True)
class DroppedSection(Declared):
    """Sections whose picture is missing."""

    share: float = declared(0.0, "Share of the sections.", high=1)
    level: Range = declared((0.0, 0.0), "Grey of the picture.", high=255)


@dataclass(frozen=True, kw_only=True)
class SectionArtifacts(Declared):
    """What befalls the sections of a volume.

    Whether a section has an artefact follows from the key of the tissue and the number of the section in it.

    Examples
    --------
    >>> from synthem.instrument.section_artifacts import SectionArtifacts, SectionFocus
    >>> artifacts = SectionArtifacts(focus=SectionFocus(share=0.5, sigma_nm=10))
    >>> [len(list(artifacts.draw(7, number, 0))) for number in range(6)]
    [1, 1, 0, 1, 0, 1]
    """

    shift: SectionShift = declared(SectionShift(), "Sections that are shifted as a whole.")
    warp: SectionWarp = declared(SectionWarp(), "Sections that are smoothly distorted.")
    fold: SectionFold = declared(SectionFold(), "Sections with folds.")
    brightness: SectionBrightness = declared(SectionBrightness(), "Sections that are brighter or darker.")
    focus: SectionFocus = declared(SectionFocus(), "Sections out of focus.")
    dropped: DroppedSection = declared(DroppedSection(), "Sections whose picture is missing.")

    def __post_init__(self) -> None:
        """Check each, and what must go together."""
        super().__post_init__()
        for name, size, least, most in (
            ("amplitude_nm", self.warp.size_nm, LEAST_WAVELENGTHS, self.warp.amplitude_nm),
            ("width_nm", self.fold.every_nm, 8.0, self.fold.width_nm),
        ):
            if size[0] < least * most[1]:
                raise ConfigError(f"`{name}` of sections must be at most {size[0] / least:g} nm here, got {most}")

    @property
    def reach_nm(self) -> float:
        """How far tissue may be moved along each axis, in nm."""
        shift, warp, fold = (
            self.shift.distance_nm[1] if self.shift.share else 0.0,
            self.warp.amplitude_nm[1] if self.warp.share else 0.0,
            self.fold.width_nm[1] if self.fold.share else 0.0,
        )
        return shift + warp + fold

    def check(self, pixel_size_nm: float) -> None:
        """Raise a `ConfigError` if folds are too narrow for pixels of a size."""
        least = NARROWEST_FOLD_PX * pixel_size_nm
        if self.fold.share and self.fold.width_nm[0] < least:
            raise ConfigError(f"`width_nm` of folds must be at least 24 pixels, {least:g} nm, got {self.fold.width_nm}")

    def draw(self, key: int, number: int, section: int) -> Iterator[SectionArtifact]:
        """Yield the artefacts of a section, in the order in which they happen.

        Parameters
        ----------
        key : int
            Key of the tissue.
        number : int
            Number of the section in the tissue; may be negative.
        section : int
            Number of the section in its volume.
        """
        for place, item in enumerate(fields(self)):
            one = getattr(self, item.name)
            if not one.share:
                continue
            rng = np.random.Generator(np.random.PCG64([key, place, number % (1 << 32)]))
            chance, angle, offset, *shares = rng.random(6).tolist()
            if chance >= one.share:
                continue
            ranges = [other.name for other in fields(one) if other.name != "share"]
            drawn = {
                name: low + (high - low) * share
                for name, share in zip(ranges, shares, strict=False)
                for low, high in [getattr(one, name)]
            }
            if item.name == "shift":
                distance, turn = drawn.pop("distance_nm"), 2.0 * math.pi * angle
                drawn |= {"down_nm": distance * math.sin(turn), "right_nm": distance * math.cos(turn)}
            elif item.name == "warp":
                drawn["key"] = int(angle * (1 << 32))
            elif item.name == "fold":
                drawn |= {"angle": math.pi * angle, "offset_nm": offset * drawn["every_nm"]}
            yield SectionArtifact(section, item.name, drawn)


def mark_section(canvas: Canvas, artifact: SectionArtifact, first: tuple[int, int]) -> None:
    """Leave the marks of an artefact on a painted section whose tissue is where it moved it.

    Parameters
    ----------
    canvas : Canvas
        Changed in place: before the exposure its planes, and after it the picture.
    artifact : SectionArtifact
        The artefact.
    first : (int, int)
        First row and column, counted from the origin of the tissue.
    """
    numbers, pixel = artifact.parameters, canvas.pixel_size_nm
    if canvas.image is not None:
        if artifact.name == "dropped":
            canvas.image[...] = round(numbers["level"])
    elif artifact.name == "brightness":
        canvas.grey += np.float32(numbers["levels"])
    elif artifact.name == "focus":
        from scipy import ndimage  # slow to import

        ndimage.gaussian_filter(canvas.grey, numbers["sigma_nm"] / pixel, mode="nearest", output=canvas.grey)
    elif artifact.name == "fold":
        places = (pixel * (start + np.arange(size)) for start, size in zip(first, canvas.shape, strict=True))
        within = 0.5 * numbers["width_nm"] - np.abs(fold_distance_nm(numbers, *np.meshgrid(*places, indexing="ij")))
        canvas.grey *= 1.0 - numbers["darkness"] * np.clip(within / EDGE_NM, 0.0, 1.0).astype(np.float32)
        for plane in (canvas.label, canvas.ids, canvas.compartments):
            plane[within >= 0.0] = 0
