"""Organelles, stages and whole tiles."""

from __future__ import annotations

import itertools
import time

from synthem import PSD, Axon, BlurNoise, Clutter, Cytoplasm, MembraneLayer, Mitochondrion, Scene, Synapse, Vesicles
from synthem.painting.canvas import Canvas
from synthem.scene.build import build_scene
from synthem.scene.layout import Layout
from synthem.tissue.organelles import Dendrite, Endomembrane

PAPER = {"axons": (1, 3), "psd": (1, 3), "vesicles": (1, 3)}
SEED = 2025

ORGANELLES = {
    "axon": Axon(count=2),
    "clutter": Clutter(count=8),
    "dendrite": Dendrite(count=2),
    "endomembrane": Endomembrane(count=2),
    "mitochondrion": Mitochondrion(count=2),
    "psd": PSD(count=2),
    "synapse": Synapse(psd=PSD(count=2), vesicles=Vesicles(count=2)),
    "vesicles": Vesicles(count=2),
}
STAGES = {"membrane_layer": MembraneLayer(), "cytoplasm": Cytoplasm(), "blur_noise": BlurNoise()}


class Organelles:
    """Two objects of one kind (eight for clutter) in an otherwise empty 256x256 tile: draw and place, then paint."""

    params = (list(ORGANELLES),)
    param_names = ("kind",)

    def setup(self, kind):
        self.scene = Scene(organelles=[ORGANELLES[kind]], stages=[])
        self.numbers = itertools.count()
        self.layout = self.scene.sample(SEED)
        self.layout.render()

    def time_sample(self, kind):
        self.scene.sample(SEED, next(self.numbers))

    def time_paint(self, kind):
        self.layout.render()


class Stages:
    """One stage at work on the canvas of a 256x256 tile of dense tissue."""

    params = (list(STAGES),)
    param_names = ("stage",)

    def setup(self, stage):
        layout = build_scene("tissue").sample(SEED)
        plans = [*layout.before, *layout.after]
        wanted = type(STAGES[stage])
        self.stage, self.record = next(plan for plan in plans if isinstance(plan[0], wanted))
        self.style = layout.style
        self.canvas = Canvas(layout.shape)
        self.canvas.clear(160.0, layout.pixel_size_nm)
        self.time_apply(stage)

    def time_apply(self, stage):
        self.stage.apply(self.canvas, self.record, self.style)


class SecondStyle:
    """A layout of the recipe `tissue` that was rendered before, under another style: what remains is its painting."""

    params = (["epfl", "ac4"],)
    param_names = ("style",)

    def setup(self, style):
        self.layout = build_scene("tissue").sample(SEED)
        self.layout.render("epfl")
        self.layout.render(style)

    def time_render(self, style):
        self.layout.render(style)


class Tile:
    """A 256x256 tile: `paper` with one to three axons, PSDs and vesicle clouds each, and the dense `tissue` recipe.

    Every call draws another tile, so that the figure is an average over contents.
    """

    params = (["paper", "tissue"],)
    param_names = ("recipe",)

    def setup(self, recipe):
        self.scene = build_scene(recipe, **(PAPER if recipe == "paper" else {}))
        self.numbers = itertools.count()
        self.layouts = itertools.cycle([self.scene.sample(SEED, i) for i in range(8)])
        self.tile = self.scene.render(SEED)

    def time_whole(self, recipe):
        self.scene.render(SEED, next(self.numbers))

    def time_sample(self, recipe):
        self.scene.sample(SEED, next(self.numbers))

    def time_render(self, recipe):
        layout = next(self.layouts)
        layout.__dict__.pop("paint", None)
        layout.render()

    def time_render_as_ac4(self, recipe):
        next(self.layouts).render("ac4")

    def time_objects(self, recipe):
        self.tile.__dict__.pop("objects", None)
        assert self.tile.objects is not None

    def track_tiles_per_second(self, recipe, tiles=100):
        start = time.perf_counter()
        for index in range(tiles):
            self.scene.render(SEED, index)
        return tiles / (time.perf_counter() - start)

    track_tiles_per_second.unit = "tiles/s"


class Size:
    """Square tiles of dense tissue from 128 to 2048 pixels; counts grow with the area."""

    params = ([128, 256, 512, 1024, 2048],)
    param_names = ("side",)
    timeout = 600

    def setup(self, side):
        self.scene = build_scene("tissue", shape=(side, side))
        self.numbers = itertools.count()
        self.scene.render(SEED)

    def time_tile(self, side):
        self.scene.render(SEED, next(self.numbers))

    def track_nanoseconds_per_pixel(self, side):
        repeats = max(1, 1024**2 // side**2)
        start = time.perf_counter()
        for index in range(repeats):
            self.scene.render(SEED, index)
        return (time.perf_counter() - start) * 1e9 / repeats / side**2

    def peakmem_tile(self, side):
        self.scene.render(SEED, next(self.numbers))

    track_nanoseconds_per_pixel.unit = "ns/px"


class Layouts:
    """What a layout of dense tissue weighs and costs beside its tile: pickled for another process."""

    def setup(self):
        self.layout: Layout = build_scene("tissue").sample(SEED)

    def track_bytes(self):
        import pickle

        return len(pickle.dumps(self.layout))

    track_bytes.unit = "bytes"
