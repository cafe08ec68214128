"""Artefacts: what each adds to a tile."""

from __future__ import annotations

import itertools
from dataclasses import replace

from synthem.instrument.artifacts import ArtifactStage
from synthem.painting.canvas import Canvas
from synthem.scene.build import build_scene

SEED = 2025
KINDS = {kind.__name__: kind for kind in ArtifactStage.__subclasses__()}


class Artifacts:
    """One artefact in a 256x256 tile of dense tissue: drawn, and carried out on the canvas; then objects are moved.

    Canvases are those of other tiles, so that only the first one of each is what the artefact would meet.
    """

    params = (sorted(KINDS),)
    param_names = ("artifact",)

    def setup(self, artifact):
        scene = build_scene("tissue")
        self.stage = KINDS[artifact]()
        scene = replace(scene, stages=[*scene.stages[:2], self.stage])
        layouts = [scene.sample(SEED, index) for index in range(8)]
        self.style, self.pixel, self.shape = scene.style, scene.pixel_size_nm, scene.shape
        self.plans = itertools.cycle([layout.after[0][1] for layout in layouts])
        self.canvas = Canvas(self.shape)
        self.canvas.clear(160.0, scene.pixel_size_nm)
        self.tile = layouts[0].render()
        self.time_apply(artifact)

    def time_draw(self, artifact):
        import numpy as np

        self.stage.draw(np.random.default_rng(SEED), self.pixel, self.shape)

    def time_apply(self, artifact):
        self.stage.apply(self.canvas, next(self.plans), self.style)

    def time_objects(self, artifact):
        self.tile.__dict__.pop("objects", None)
        assert self.tile.objects is not None
