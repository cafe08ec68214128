"""Scenes: what tissue and instrument make together; a distribution of tiles, and one sample of it."""

from synthem.scene.build import build_scene
from synthem.scene.layout import Layout
from synthem.scene.scene import Scene

__all__ = ["Layout", "Scene", "build_scene"]
