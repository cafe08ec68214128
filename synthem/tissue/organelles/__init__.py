"""Organelles, one module each."""

from synthem.tissue.organelles.axon import Axon
from synthem.tissue.organelles.clutter import Clutter
from synthem.tissue.organelles.dendrite import Dendrite
from synthem.tissue.organelles.endomembrane import Endomembrane
from synthem.tissue.organelles.grazed_contact import GrazedContact
from synthem.tissue.organelles.lysosome import Lysosome
from synthem.tissue.organelles.mitochondrion import Mitochondrion
from synthem.tissue.organelles.psd import PSD
from synthem.tissue.organelles.synapse import Synapse
from synthem.tissue.organelles.vesicles import FreeVesicles, Vesicles

__all__ = [
    "PSD",
    "Axon",
    "Clutter",
    "Dendrite",
    "Endomembrane",
    "FreeVesicles",
    "GrazedContact",
    "Lysosome",
    "Mitochondrion",
    "Synapse",
    "Vesicles",
]
