"""Volumes of solid tissue, and single sections of it."""

from __future__ import annotations

import itertools
import time

import numpy as np

from synthem.scene.build import build_scene
from synthem.solid.scene import SolidScene

SEED = 2025
SHAPES = [(1, 256, 256), (16, 128, 128)]


class Volumes:
    """A block of solid tissue: its bodies, then its sections."""

    params = (SHAPES,)
    param_names = ("shape",)

    def setup(self, shape):
        self.scene, self.numbers = SolidScene(shape=tuple(shape)), itertools.count()
        self.layout = self.scene.sample(SEED)
        self.layout.render()

    def time_bodies(self, shape):
        assert len(self.scene.sample(SEED, next(self.numbers)).bodies.keys)

    def time_paint(self, shape):
        self.layout.render()

    def track_ratio(self, shape):
        """Processor time of a voxel over that of a pixel of a tile of flat tissue."""
        flat = build_scene("tissue")
        flat.render(SEED)
        return _per_pixel(self.scene, self.numbers) / _per_pixel(flat, self.numbers)

    track_ratio.unit = "of a pixel"


def _per_pixel(scene, numbers):
    began, many = time.process_time(), 2
    for _ in range(many):
        scene.render(SEED, next(numbers))
    return (time.process_time() - began) / many / np.prod(scene.shape)
