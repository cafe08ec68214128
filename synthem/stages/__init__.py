"""Stages: what is painted around the organelles, and what the microscope does to the picture."""

from synthem.stages.blur_noise import BlurNoise
from synthem.stages.cytoplasm import Cytoplasm
from synthem.stages.membrane_layer import MembraneLayer

__all__ = ["BlurNoise", "Cytoplasm", "MembraneLayer"]
