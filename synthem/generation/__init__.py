"""From a request to tiles: `generate`, `generate_files`, `iter_tiles` and `restyle`."""

from synthem.generation.files import generate_files
from synthem.generation.pairs import restyle
from synthem.generation.requests import generate, iter_tiles

__all__ = ["generate", "generate_files", "iter_tiles", "restyle"]
