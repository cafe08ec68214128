"""Kernels one by one, on arrays of one tile, beside other implementations of the same thing."""

from __future__ import annotations

import cv2
import numpy as np
from numba import njit
from skimage.draw import polygon2mask

from synthem.geometry.curves import circle
from synthem.kernels.masks import write_masks
from synthem.kernels.noise import gradient_noise, white_noise
from synthem.kernels.optics import blur_row
from synthem.kernels.raster import CodeColumn, FillColumn, Rings, paint_discs, paint_fills, paint_strokes
from synthem.labels import EPFL6
from synthem.painting.canvas import Canvas
from synthem.painting.textures import blur_weights, normal_quantiles, texture
from synthem.scene.build import build_scene

SHAPE = (256, 256)
CELLS = (8, 8)


@njit
def blur(source, down, across, line, out):
    """Blur a whole plane."""
    for row in range(source.shape[0]):
        blur_row(source, row, down, across, line, out[row])


class GradientNoise:
    """One plane of gradient noise with 32-pixel cells, 1 or 4 octaves; `noise` calls its C code pixel by pixel."""

    params = ([1, 4],)
    param_names = ("octaves",)

    def setup(self, octaves):
        self.out = np.zeros(SHAPE, np.float32)
        gradient_noise(1, *CELLS, octaves, 0.5, self.out)

    def time_synthem(self, octaves):
        gradient_noise(1, *CELLS, octaves, 0.5, self.out)


class GradientNoisePackage(GradientNoise):
    """The same with the `noise` package; skipped where it is not installed."""

    def setup(self, octaves):
        try:
            from noise import pnoise2
        except ImportError:
            raise NotImplementedError("the noise package is not installed") from None
        self.out = np.zeros(SHAPE, np.float32)
        self.pnoise2 = pnoise2

    def time_synthem(self, octaves):
        pnoise2, out = self.pnoise2, self.out
        for row in range(SHAPE[0]):
            for col in range(SHAPE[1]):
                out[row, col] = pnoise2(row / 32, col / 32, octaves, 0.5)


class PolygonFill:
    """Fill one ring of 64 points and radius 10 or 100 with a label."""

    params = ([10, 100],)
    param_names = ("radius",)

    def setup(self, radius):
        self.ring = circle(64) * radius + 128.0
        self.canvas = Canvas(SHAPE)
        self.points = np.rint(self.ring[:, ::-1]).astype(np.int32)
        self.mask = np.zeros(SHAPE, np.uint8)
        self.bank = texture(8, 3)
        self.time_synthem(radius)

    def time_synthem(self, radius):
        canvas = self.canvas
        starts, fills = np.array([0, len(self.ring)]), np.array([0, 1])
        codes, appearances = np.empty((1, len(CodeColumn)), np.int64), np.zeros((1, len(FillColumn)), np.float32)
        codes[0, CodeColumn.LABEL], codes[0, CodeColumn.LIMIT], codes[0, CodeColumn.ID] = 6, 7, 1
        appearances[0, FillColumn.LEVEL], appearances[0, FillColumn.TEXTURE_SD] = 90, 5
        appearances[0, FillColumn.PERIOD] = 1
        rings = Rings(self.ring, starts, fills)
        paint_fills(rings, codes, appearances, self.bank, *canvas.reserve(len(self.ring)), canvas.planes)

    def time_cv2(self, radius):
        cv2.fillPoly(self.mask, [self.points], 1)

    def time_skimage(self, radius):
        polygon2mask(SHAPE, self.ring)


class Paint:
    """All fills, all discs or all strokes of one tile of dense tissue with two axons and two mitochondria."""

    params = (["fills", "discs", "strokes"],)
    param_names = ("what",)

    def setup(self, what):
        layout = build_scene("tissue", axons=2, mitochondria=2).sample(1)
        self.paint = layout.paint
        self.appearance = self.paint.shaded(layout.style.table(self.paint.materials), layout.key)
        self.canvas = Canvas(SHAPE)
        self.bank = texture(8, 3)
        self.time_paint(what)

    def time_paint(self, what):
        canvas, paint, appearance = self.canvas, self.paint, self.appearance
        if what == "fills":
            scratch = canvas.reserve(paint.most_points)
            paint_fills(paint.rings, paint.fill_codes, appearance.fills, self.bank, *scratch, canvas.planes)
        elif what == "discs":
            paint_discs(paint.discs, paint.disc_codes, appearance.discs, canvas.planes)
        else:
            paint_strokes(appearance.strokes, canvas.rows[0], canvas.planes)


class Shade:
    """Greys and opacities of all paint of that tile under a style: what `Layout.render` does anew for each style."""

    def setup(self):
        layout = build_scene("tissue", axons=2, mitochondria=2).sample(1)
        self.paint, self.key = layout.paint, layout.key
        self.table = layout.style.table(self.paint.materials)
        self.time_shade()

    def time_shade(self):
        self.paint.shaded(self.table, self.key)


class Planes:
    """Whole planes of one tile: white noise, a blur of sigma 1 or 2.4 (beside cv2), the truth from label codes."""

    params = ([1.0, 2.4],)
    param_names = ("sigma",)

    def setup(self, sigma):
        rng = np.random.default_rng(0)
        self.canvas = Canvas(SHAPE)
        self.canvas.label[:] = rng.integers(0, 7, SHAPE)
        self.plane = rng.random(SHAPE, np.float32)
        self.out = np.empty(SHAPE, np.float32)
        self.masks = np.empty((6, *SHAPE), np.uint8)
        self.weights = blur_weights(sigma)
        for method in (self.time_white_noise, self.time_blur, self.time_truth):
            method(sigma)

    def time_white_noise(self, sigma):
        white_noise(1, normal_quantiles(), self.out)

    def time_blur(self, sigma):
        blur(self.plane, self.weights, self.weights, self.canvas.rows[0], self.out)

    def time_blur_by_cv2(self, sigma):
        cv2.GaussianBlur(self.plane, (0, 0), sigma, dst=self.out)

    def time_truth(self, sigma):
        canvas = self.canvas
        write_masks(canvas.label, canvas.compartments, EPFL6.code_ranges, EPFL6.separators, self.masks)
