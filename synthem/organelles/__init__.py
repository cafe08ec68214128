"""Organelles, one module each."""

from synthem.organelles.axon import Axon
from synthem.organelles.clutter import Clutter
from synthem.organelles.dendrite import Dendrite
from synthem.organelles.endomembrane import Endomembrane
from synthem.organelles.lysosome import Lysosome
from synthem.organelles.mitochondrion import Mitochondrion
from synthem.organelles.psd import PSD
from synthem.organelles.synapse import Synapse
from synthem.organelles.vesicles import FreeVesicles, Vesicles

__all__ = [
    "PSD",
    "Axon",
    "Clutter",
    "Dendrite",
    "Endomembrane",
    "FreeVesicles",
    "Lysosome",
    "Mitochondrion",
    "Synapse",
    "Vesicles",
]
