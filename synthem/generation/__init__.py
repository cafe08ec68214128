"""From a request to tiles: `generate`, `generate_files` and `iter_tiles`."""

from synthem.generation.requests import generate, generate_files, iter_tiles

__all__ = ["generate", "generate_files", "iter_tiles"]
