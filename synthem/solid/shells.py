"""Shells: how tubes of each kind are built, labelled and detailed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from synthem.kernels.solid.tube_looks import ShellColumn
from synthem.labels import ClassTable
from synthem.solid.recipe import SolidBody, SolidRecipe
from synthem.solid.species import Kind, beside_walls

__all__ = ["Shell", "paints_objects", "shell_codes", "shell_rows", "shells_of"]

Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Shell:
    """How tubes of a kind are built and labelled; lengths in nm.

    Parameters
    ----------
    rim, interior, ridges : str or None
        Materials; without an interior the tube is of one material, or hollow.
    rim_label, label : str or None
        Classes of the rim and of the interior.
    owner : str or None
        Class of the object; None: it is no object of its own.
    rim_nm : (float, float)
        Range of the width of the rim.
    rim_share, rim_most : float
        Width of the rim beyond that relative to the radius, and at most.
    sharp : bool
        Whether the rim ends at its width; else it fades into the interior.
    softness_nm : float
        Distance over which the tube fades out beyond its surface.
    hollow : bool
        Whether the interior stays as it is.
    cover : float
        Opacity relative to that of its materials.
    period_nm : (float, float)
        Range of the distance of ridges.
    halo : str or None
        Material of what surrounds the tube.
    halo_nm, halo_cover : float
        Distance over which it fades out, beyond that of its material, and opacity relative to that of its material.
    details : tuple of str, default ()
        Materials of what else is seen of a tube with ridges, in the order of `ShellColumn`, from ``SLIT`` on.
    swollen_share, condensed_share : float
        Share of the tubes with swollen ridges, and of those that are condensed; thin ones are so more often.
    loose : str or None
        Material of the pale band in the rim of those that are loose.
    loose_share : float
        Share of the tubes with a loose rim.
    loose_nm : (float, float)
        Range of the width of loose rims.
    wall_nm : float
        Distance from the walls of its compartment at which it ends, pressed flat; 0: it ends at its surface alone.
    alike : bool
        Whether tubes of one neurite are of one grey, but for what varies within an object.
    """

    rim: str
    interior: str | None = None
    ridges: str | None = None
    rim_label: str | None = None
    label: str | None = None
    owner: str | None = None
    rim_nm: tuple[float, float] = (1000.0, 1000.0)
    rim_share: float = 0.0
    rim_most: float = 1.0
    sharp: bool = True
    softness_nm: float = 0.0
    hollow: bool = False
    cover: float = 1.0
    period_nm: tuple[float, float] = (1.0, 1.0)
    halo: str | None = None
    halo_nm: float = 0.0
    halo_cover: float = 1.0
    details: tuple[str, ...] = ()
    swollen_share: float = 0.0
    condensed_share: float = 0.0
    loose: str | None = None
    loose_share: float = 0.0
    loose_nm: tuple[float, float] = (0.0, 0.0)
    wall_nm: float = 0.0
    alike: bool = False


MITOCHONDRIAL_DETAILS = (
    "matrix_slit",
    "matrix_core",
    "swollen_matrix",
    "swollen_membrane",
    "swollen_lumen",
    "condensed",
    "rim_outer_edge",
    "rim_fade",
    "rim_inner_edge",
)


def shells_of(recipe: SolidRecipe) -> dict[int, Shell]:
    """Return how the tubes of a recipe are built, by the numbers of their kinds."""
    return {
        Kind.AXON: Shell(
            "myelin",
            rim_label="axon",
            owner="axon",
            rim_nm=recipe.myelin.sheath_nm,
            rim_most=0.4,
            hollow=True,
            loose="loose_myelin",
            loose_share=recipe.myelin.loose_share,
            loose_nm=recipe.myelin.loose_sheath_nm,
            wall_nm=0.5 * recipe.membranes.width_nm,
        ),
        Kind.MITOCHONDRION: Shell(
            "mitochondrial_rim",
            "matrix",
            "crista",
            rim_label="mitochondrial_boundaries",
            label="mitochondria",
            owner="mitochondria",
            rim_nm=(22.0, 36.0),
            rim_most=0.35,
            period_nm=(35.0, 60.0),
            halo="mitochondrial_halo",
            halo_cover=0.45,
            details=MITOCHONDRIAL_DETAILS,
            swollen_share=0.1,
            condensed_share=0.015,
            wall_nm=beside_walls(recipe.membranes),
        ),
        Kind.VESICLE: Shell(
            "vesicle_membrane",
            "vesicle_lumen",
            rim_label="vesicles",
            label="vesicles",
            owner="vesicles",
            rim_nm=(7.68, 13.18),
            rim_share=0.3,
            sharp=False,
            softness_nm=4.0,
            cover=0.89,
            halo="bouton_cytoplasm",
            halo_nm=60.0,
            halo_cover=0.055,
            alike=True,
        ),
        Kind.RETICULUM: Shell("reticulum", "reticulum_lumen", rim_nm=(9.0, 13.0), softness_nm=4.0, rim_most=0.7),
        Kind.MICROTUBULE: Shell("microtubule", softness_nm=8.0),
        Kind.DENSE_BODY: Shell("dense_body", softness_nm=10.0),
        Kind.LYSOSOME: Shell("lysosome_membrane", "lysosome_lumen", rim_nm=(12.0, 20.0), softness_nm=4.0),
        **{number: _shell_of(body) for number, body in enumerate(recipe.own, start=len(Kind))},
    }


def _shell_of(body: SolidBody) -> Shell:
    label = body.label or None
    return Shell(
        body.rim,
        body.interior or None,
        rim_label=label,
        label=label,
        owner=label,
        rim_nm=body.rim_nm,
        rim_most=0.5,
        hollow=not body.interior,
    )


def paints_objects(shell: Shell, classes: ClassTable) -> bool:
    """Return whether tubes of a kind are objects under a class table."""
    return shell.owner is not None and classes.owners[shell.owner] is not None


def _materials(shell: Shell) -> tuple[str | None, ...]:
    return (shell.rim, shell.interior, shell.ridges, shell.halo, *shell.details)


@lru_cache(maxsize=64)
def shell_rows(recipe: SolidRecipe) -> tuple[tuple[str, ...], Doubles]:
    """Return the materials of all kinds, and the table of kinds as `shade_tubes` takes it."""
    shells = shells_of(recipe)
    names = tuple(dict.fromkeys(n for s in shells.values() for n in (*_materials(s), s.loose) if n))
    rows = np.empty((len(shells), len(ShellColumn)))
    for kind, shell in shells.items():
        row = rows[kind]
        row[: ShellColumn.RIM_WIDTH] = -1
        for column, name in enumerate(_materials(shell)):
            row[column] = names.index(name) if name else -1
        (low, high), (near, far) = shell.rim_nm, shell.period_nm
        row[ShellColumn.RIM_WIDTH], row[ShellColumn.RIM_WIDTH_RANGE] = low, high - low
        row[ShellColumn.RIM_SHARE], row[ShellColumn.RIM_MOST] = shell.rim_share, shell.rim_most
        row[ShellColumn.SHARPNESS], row[ShellColumn.SOFTNESS] = shell.sharp, shell.softness_nm
        row[ShellColumn.FILLED], row[ShellColumn.COVER] = not shell.hollow, shell.cover
        row[ShellColumn.HALO_REACH], row[ShellColumn.HALO_COVER] = shell.halo_nm, shell.halo_cover
        row[ShellColumn.PERIOD], row[ShellColumn.PERIOD_RANGE] = near, far - near
        row[ShellColumn.SWOLLEN_SHARE], row[ShellColumn.CONDENSED_SHARE] = shell.swollen_share, shell.condensed_share
        row[ShellColumn.WALL], row[ShellColumn.LOOSE_SHARE] = shell.wall_nm, shell.loose_share
        row[ShellColumn.LOOSE] = names.index(shell.loose) if shell.loose else -1
        least, most = shell.loose_nm
        row[ShellColumn.LOOSE_WIDTH], row[ShellColumn.LOOSE_WIDTH_RANGE] = least, most - least
        row[ShellColumn.ALIKE] = shell.alike
    return names, rows


def shell_codes(recipe: SolidRecipe, classes: ClassTable) -> npt.NDArray[np.uint8]:
    """Return label codes of rim and interior of each kind, and the lowest code that it does not cover."""
    rows = []
    for shell in shells_of(recipe).values():
        limit = classes.limits[shell.owner] if shell.owner else 1
        rows.append((classes.codes[shell.rim_label], classes.codes[shell.label], limit))
    return np.array(rows, np.uint8)
