"""Materials: how grey what organelles are made of looks, and how it differs between objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar
from zlib import crc32

import numpy as np
import numpy.typing as npt

from synthem.errors import ConfigError, did_you_mean
from synthem.kernels.shading import MaterialColumn, SourceColumn
from synthem.painting.paint_list import MaterialTable
from synthem.parameters import Declared, Range, declared

__all__ = ["Material", "Materials", "material_table", "rows_of", "whole_table"]


@dataclass(frozen=True, kw_only=True)
class Material(Declared):
    """How a material looks.

    What a range leaves open is drawn once per object, when it is painted; what is *within* is drawn per piece of it.

    Examples
    --------
    >>> import synthem
    >>> synthem.Material(grey=(80, 95), texture_sd=4).grey
    (80.0, 95.0)
    """

    sparse: ClassVar[bool] = True
    grey: Range = declared(
        (0.0, 0.0),
        "Grey level before blur, from object to object; relative to another material a difference of levels.",
        unit="levels",
        low=-255,
        high=255,
    )
    grey_within: float = declared(
        0.0, "Width of the range of greys among the pieces of one object.", unit="levels", high=255
    )
    texture_sd: float = declared(0.0, "Standard deviation of the texture of fills.", unit="levels", high=255)
    opacity: Range = declared((1.0, 1.0), "How much of what is below is covered, from object to object.", high=1)
    opacity_within: float = declared(0.0, "Width of the range of opacities among the pieces of one object.", high=2)
    opacity_power: float = declared(
        1.0, "Above 1 low opacities are more frequent than high ones, below 1 high ones.", low=0.1, high=10
    )
    reach_nm: Range = declared(
        (0.0, 0.0), "Distance over which a line fades out, beyond that of its shape.", unit="nm", high=1000
    )
    relative_to: str = declared("", "Material to whose grey in the same object this one is relative; none: absolute.")
    varies_with: str = declared("", "Material with which this one is pale or dark together; none: by itself.")


def _of(text: str, **appearance: object) -> Material:
    """Return a field for a material, with its appearance by default."""
    return declared(Material(**appearance), text)  # type: ignore[arg-type, no-any-return]


@dataclass(frozen=True, kw_only=True)
class Materials(Declared):
    """The appearance of all materials of synthem's own organelles; by default those of the style ``epfl``."""

    mitochondrial_rim: Material = _of("Both membranes of a mitochondrion.", grey=(89.0, 101.0), texture_sd=2.0)
    matrix: Material = _of("Matrix of a mitochondrion.", grey=(104.0, 115.0), texture_sd=5.512082)
    condensed: Material = _of("Difference of condensed mitochondria from others.", grey=(-16.0, -16.0))
    swollen_matrix: Material = _of(
        "Matrix between swollen cristae, relative to the usual one.",
        grey=(0.0, 14.0),
        texture_sd=5.512082,
        relative_to="matrix",
    )
    matrix_core: Material = _of(
        "Paler middle of the matrix.", grey=(0.0, 26.0), opacity=(0.4, 0.4), relative_to="matrix"
    )
    matrix_slit: Material = _of(
        "Pale slits in the matrix.", grey=(12.6, 33.6), grey_within=19.8, opacity=(0.8, 0.8), relative_to="matrix"
    )
    matrix_patch: Material = _of(
        "Dense patches of the matrix.", grey=(-13.4, -5.0), grey_within=8.0, opacity=(0.8, 0.8), relative_to="matrix"
    )
    granule: Material = _of("Dark granules in the matrix.", grey=(62.0, 62.0), opacity=(0.9, 0.9))
    crista: Material = _of(
        "Lamellar cristae; the difference from the matrix is the height of the ridges.",
        grey=(-19.274351, -6.274351),
        relative_to="matrix",
    )
    crista_membrane: Material = _of(
        "Membranes of tubular cristae, and of lamellae that show both.",
        grey=(-13.5, -4.4),
        opacity=(0.8, 0.8),
        relative_to="matrix",
    )
    crista_lumen: Material = _of(
        "Lumina of tubular cristae, and of lamellae that show both membranes.",
        grey=(4.4, 13.5),
        opacity=(0.8, 0.8),
        relative_to="matrix",
    )
    swollen_membrane: Material = _of(
        "Walls of swollen cristae.",
        grey=(-37.0, -17.0),
        grey_within=14.0,
        opacity=(0.9, 0.9),
        relative_to="swollen_matrix",
    )
    swollen_lumen: Material = _of(
        "Lumina of swollen cristae.",
        grey=(24.0, 24.0),
        grey_within=19.2,
        opacity=(0.9, 0.9),
        relative_to="swollen_matrix",
    )
    mitochondrial_halo: Material = _of(
        "Dense cytoplasm around a mitochondrion.",
        grey=(25.0, 25.0),
        opacity=(0.015255, 0.345255),
        opacity_power=2.0,
        reach_nm=(90.0, 90.0),
    )
    rim_outer_edge: Material = _of(
        "How the rim shows beyond its label, where the surface is cut obliquely.",
        opacity=(0.0, 0.7),
        reach_nm=(18.5, 18.5),
        relative_to="mitochondrial_rim",
    )
    rim_fade: Material = _of(
        "Cytoplasm that shows at the outer edge of the rim.", opacity=(0.08, 0.08), relative_to="cytoplasm"
    )
    rim_inner_edge: Material = _of(
        "How the rim darkens the matrix beside it.", opacity=(0.4, 0.4), relative_to="mitochondrial_rim"
    )
    myelin: Material = _of("Myelin sheath.", grey=(65.0, 79.0), texture_sd=3.0)
    loose_myelin: Material = _of("Pale band of a loose sheath.", grey=(98.0, 128.0), texture_sd=4.0)
    myelin_lamella: Material = _of(
        "Lamellae within the pale band of a loose sheath.",
        grey=(68.0, 92.0),
        grey_within=10.0,
        opacity=(0.35, 0.8),
        opacity_within=0.4,
    )
    myelin_cleft: Material = _of(
        "Clefts between the lamellae of a loose sheath.",
        grey=(125.0, 160.0),
        grey_within=10.0,
        opacity=(0.3, 0.8),
        opacity_within=0.4,
    )
    axon_membrane: Material = _of("Membrane around a sheath.", grey=(105.0, 105.0), texture_sd=3.0)
    inner_tongue: Material = _of("Inner tongue of the myelinating cell.", grey=(110.0, 110.0), opacity=(0.8, 0.8))
    psd: Material = _of("Postsynaptic density.", grey=(83.2, 92.2), texture_sd=3.0)
    psd_core: Material = _of("Dark core of a density.", grey=(69.4, 76.9), opacity=(0.9, 0.9))
    psd_edge: Material = _of("Soft edge around a density, without a label.", opacity=(0.1, 0.9), relative_to="psd")
    psd_fuzz: Material = _of(
        "Fuzz behind a density, without a label.", grey=(92.0, 92.0), opacity=(0.6, 1.0), reach_nm=(30.0, 110.0)
    )
    faint_psd_edge: Material = _of(
        "Soft edge around a pale or fading density.", grey=(14.0, 34.0), opacity=(0.0, 0.6), relative_to="psd"
    )
    psd_end: Material = _of(
        "How a density fades towards its ends.",
        grey=(12.0, 50.0),
        opacity=(0.1, 0.95),
        opacity_within=0.4,
        reach_nm=(35.0, 110.0),
        relative_to="psd",
    )
    psd_flank: Material = _of(
        "How a density fades towards its flanks.",
        grey=(8.0, 35.0),
        opacity=(0.0, 0.8),
        opacity_within=0.4,
        reach_nm=(8.0, 32.0),
        relative_to="psd",
    )
    pale_psd: Material = _of("Difference of pale densities from others.", grey=(8.0, 24.0))
    grazed_contact: Material = _of(
        "Membranes cut along their surface beside contacts, without a label.",
        grey=(74.0, 114.0),
        opacity=(0.3, 0.9),
        reach_nm=(15.0, 60.0),
    )
    dark_bouton: Material = _of(
        "Dark cytoplasm of boutons without vesicles.", grey=(84.0, 124.0), opacity=(0.4, 0.85), reach_nm=(5.0, 40.0)
    )
    cleft: Material = _of("Synaptic cleft, where it shows as a paler line.", grey=(95.0, 95.0), opacity=(0.7, 0.7))
    presynaptic_zone: Material = _of(
        "Dense cytoplasm before a density, without a label.",
        grey=(116.0, 116.0),
        opacity=(0.55, 1.0),
        reach_nm=(60.0, 60.0),
    )
    vesicle_membrane: Material = _of("Membranes of the vesicles of a cloud.", grey=(74.0, 91.0), grey_within=8.0)
    vesicle_lumen: Material = _of(
        "Interiors of the vesicles of a cloud.", grey=(97.151621, 115.151621), grey_within=11.0
    )
    dense_core: Material = _of("Interiors of vesicles with a dense core.", grey=(83.9202, 83.9202))
    out_of_plane_membrane: Material = _of(
        "Rims of vesicles just above or below the section; their opacity is that of the whole.",
        grey=(74.0, 91.0),
        opacity=(0.3326, 0.3326),
        opacity_within=0.6652,
    )
    out_of_plane_vesicle: Material = _of(
        "Interiors of vesicles just above or below the section.", grey=(124.7656, 124.7656)
    )
    bouton_cytoplasm: Material = _of(
        "Dense cytoplasm between the vesicles of a cloud.", grey=(111.795837, 111.795837), opacity=(0.1902, 0.7102)
    )
    free_vesicle_membrane: Material = _of(
        "Membranes of vesicles outside clouds; their opacity is that of the whole.",
        grey=(74.0, 115.151621),
        grey_within=8.0,
        opacity=(0.75, 1.0),
        opacity_power=0.5,
    )
    free_vesicle_lumen: Material = _of(
        "Interiors of vesicles outside clouds.", grey=(74.0, 115.151621), grey_within=11.0
    )
    free_vesicle_shadow: Material = _of(
        "Shadow around vesicles outside clouds, without a label.",
        opacity=(0.34, 0.45),
        reach_nm=(25.0, 25.0),
        relative_to="free_vesicle_membrane",
    )
    endomembrane: Material = _of("Labelled membranes within compartments.", grey=(72.247825, 92.247825))
    endomembrane_lumen: Material = _of(
        "What they enclose; pale membranes have pale lumina.", grey=(112.0, 160.0), varies_with="endomembrane"
    )
    lysosome_membrane: Material = _of("Membranes of lysosomes.", grey=(82.0, 106.0))
    lysosome_lumen: Material = _of("Interiors of lysosomes.", grey=(96.0, 128.0), texture_sd=7.0)
    lysosome_content: Material = _of(
        "Content of lysosomes.", grey_within=68.0, opacity=(0.6, 0.6), opacity_within=0.6, relative_to="lysosome_lumen"
    )
    reticulum: Material = _of(
        "Membranes of faint endoplasmic reticulum.", grey=(78.526763, 114.526763), opacity=(0.687181, 0.967181)
    )
    reticulum_lumen: Material = _of(
        "Lumina of faint endoplasmic reticulum.", grey=(116.0, 158.0), opacity=(0.687181, 0.967181)
    )
    dense_body: Material = _of("Dense bodies.", grey=(68.0, 98.0), opacity=(0.8, 0.8))
    dark_line: Material = _of(
        "Dark lines in the cytoplasm.", grey=(78.526763, 114.526763), opacity=(0.687181, 0.967181)
    )
    microtubule: Material = _of("Microtubules.", grey=(109.2853, 134.2853), opacity=(0.45, 0.45), opacity_within=0.4)
    grazing_membrane: Material = _of(
        "Membranes cut almost along their surface.", grey=(81.195444, 115.195444), opacity=(0.354743, 0.904743)
    )


CYTOPLASM = "cytoplasm"
"""Name under which materials may be relative to the grey of the cytoplasm."""


def material_table(
    names: tuple[str, ...], materials: tuple[tuple[str, Material], ...], cytoplasm: float
) -> MaterialTable:
    """Return the appearance of materials as the kernels take them.

    Parameters
    ----------
    names : tuple of str
        The materials that paint names, in the order of their numbers.
    materials : tuple of (str, Material)
        All that are known.
    cytoplasm : float
        Grey of the cytoplasm.

    Raises
    ------
    ConfigError
        If a material is not known, or is relative to itself.
    """
    return rows_of(names, *whole_table(materials, cytoplasm))


def rows_of(
    names: tuple[str, ...],
    numbers: npt.NDArray[np.float64],
    sources: npt.NDArray[np.int64],
    order: Mapping[str, int],
) -> MaterialTable:
    """Return the table of all materials with the rows of named ones; see `material_table`."""
    for name in names:
        _check_known(name, order)
    return MaterialTable(numbers, sources, np.array([order[name] for name in names], np.int64))


@lru_cache(maxsize=64)
def whole_table(
    materials: tuple[tuple[str, Material], ...], cytoplasm: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64], dict[str, int]]:
    """Return the appearance of all materials, where they come from, and their rows."""
    known = dict(materials) | {CYTOPLASM: Material(grey=(cytoplasm, cytoplasm))}
    order = {name: row for row, name in enumerate(known)}
    numbers, sources = np.empty((len(order), len(MaterialColumn))), np.empty((len(order), len(SourceColumn)), np.int64)
    for name, row in order.items():
        material = known[name]
        _check_bases(name, known)
        numbers[row] = _numbers(material)
        sources[row, SourceColumn.BASE] = order[material.relative_to] if material.relative_to else -1
        sources[row, SourceColumn.KEY] = crc32((material.varies_with or name).encode())
    return numbers, sources, order


def _check_bases(name: str, known: Mapping[str, Material]) -> None:
    """Refuse a material that is relative to none that is known, or to itself."""
    seen = [name]
    _check_known(known[name].varies_with or name, known, f"varies_with` of `{name}")
    while base := known[seen[-1]].relative_to:
        _check_known(base, known, f"relative_to` of `{seen[-1]}")
        if base in seen:
            raise ConfigError(
                f"`relative_to` of materials must not lead back to them, got {' -> '.join([*seen, base])}"
            )
        seen.append(base)


def _check_known(name: str, known: Mapping[str, object], parameter: str = "material") -> None:
    if name not in known:
        hint = did_you_mean(name, list(known))
        raise ConfigError(
            f"`{parameter}` must be one of the style's, or one that an organelle brings in `materials`, "
            f"got {name!r}{hint}"
        )


def _numbers(material: Material) -> list[float]:
    numbers = dict.fromkeys(MaterialColumn, 0.0)
    for column, of_range, (low, high) in (
        (MaterialColumn.GREY, MaterialColumn.GREY_RANGE, material.grey),
        (MaterialColumn.OPACITY, MaterialColumn.OPACITY_RANGE, material.opacity),
        (MaterialColumn.REACH, MaterialColumn.REACH_RANGE, material.reach_nm),
    ):
        numbers[column], numbers[of_range] = low, high - low
    numbers[MaterialColumn.GREY_WITHIN], numbers[MaterialColumn.TEXTURE_SD] = material.grey_within, material.texture_sd
    numbers[MaterialColumn.OPACITY_WITHIN] = material.opacity_within
    numbers[MaterialColumn.OPACITY_POWER] = material.opacity_power
    return list(numbers.values())
