"""From a request to tiles: `generate`, `generate_files`, `iter_tiles` and `restyle`."""

from synthem.generation.pairs import restyle
from synthem.generation.requests import generate, generate_files, iter_tiles

__all__ = ["generate", "generate_files", "iter_tiles", "restyle"]
