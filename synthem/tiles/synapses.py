"""Synapses of a tile: which compartment faces which across a synaptic membrane."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

__all__ = ["SynapticContact", "seen_synapses"]


@dataclass(frozen=True, kw_only=True)
class SynapticContact:
    """A bouton and the spine or dendrite that it faces.

    Parameters
    ----------
    presynaptic : int
        Number of the presynaptic compartment in `synthem.Tile.compartments`. It may have no pixel there.
    postsynaptic : int
        Number of the postsynaptic compartment, likewise.
    psd : int or None, default None
        Id of the postsynaptic density, as in `synthem.Tile.instances`; None where no pixel of it is seen.

    Examples
    --------
    >>> import synthem
    >>> scene = synthem.Scene(organelles=[synthem.PSD(count=1)], stages=[synthem.MembraneLayer()])
    >>> tile = scene.render(seed=2)
    >>> tile.synapses
    (SynapticContact(presynaptic=1, postsynaptic=2, psd=1),)
    """

    presynaptic: int
    postsynaptic: int
    psd: int | None = None


def seen_synapses(
    synapses: Sequence[SynapticContact], compartments: npt.NDArray[np.int32], instances: npt.NDArray[np.int32]
) -> tuple[SynapticContact, ...]:
    """Return the synapses of which anything is seen: one of the two compartments, or the density.

    Parameters
    ----------
    synapses : sequence of SynapticContact
        Those of a tile and its surroundings.
    compartments, instances : (H, W) int32 arrays
        As in `synthem.Tile`.

    Returns
    -------
    tuple of SynapticContact
        In the same order. One whose density has no pixel has none.

    Examples
    --------
    >>> import numpy as np
    >>> from synthem.tiles.synapses import SynapticContact, seen_synapses
    >>> compartments, instances = np.array([[1, 1, 0, 2]], np.int32), np.zeros((1, 4), np.int32)
    >>> seen_synapses([SynapticContact(presynaptic=2, postsynaptic=7, psd=3)], compartments, instances)
    (SynapticContact(presynaptic=2, postsynaptic=7, psd=None),)
    """
    if not synapses:
        return ()
    sides = np.isin([(one.presynaptic, one.postsynaptic) for one in synapses], compartments).tolist()
    densities = np.isin([one.psd or 0 for one in synapses], instances).tolist()
    seen = []
    for one, (pre, post), density in zip(synapses, sides, densities, strict=True):
        if one.psd and density:
            seen.append(one)
        elif pre or post:
            seen.append(replace(one, psd=None))
    return tuple(seen)
