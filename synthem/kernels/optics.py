"""Texture of the cytoplasm, blur, noise and the last step from float greys to bytes.

These kernels decide no mask. Rows are cut into runs of contiguous numbers, so that the compiler uses vector
instructions; a texture repeats its first `RUN` columns at its end, so that a run never wraps around.
"""

from __future__ import annotations

from enum import auto
from typing import Annotated, NamedTuple

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels._math import HALF, ONE, QUARTER, TWO, ZERO, lerp
from synthem.kernels._records import Bytes, Floats
from synthem.kernels.columns import Columns
from synthem.kernels.hashing import hash32
from synthem.kernels.planes import Planes

__all__ = [
    "RUN",
    "Blur",
    "ExposureColumn",
    "Noise",
    "TextureColumn",
    "TextureTables",
    "add_texture",
    "blur_row",
    "expose",
]

RUN = 256
CALM, OWN = np.float32(0.8), np.float32(0.6)
"""Weights of log texture amplitude: on compartment brightness; on an independent draw."""


class TextureColumn(Columns):
    """Appearance of cytoplasm. Greys are levels 0 to 255."""

    COARSE = auto()  # standard deviation of the coarse texture
    COARSE_SKEW = auto()  # of that towards the dark side
    FINE = auto()  # standard deviation of the fine texture
    SPECKLE = auto()  # depth
    SPECKLE_THRESHOLD = auto()  # of the fine texture, above which there is speckle
    MEMBRANE_SD = auto()  # standard deviation of the texture of membranes
    HIGHLIGHT_KNEE = auto()  # level above which greys are compressed
    HIGHLIGHT_RANGE = auto()  # limit of compressed greys above the knee
    COMPARTMENT_SD = auto()  # standard deviation of the grey level of compartments
    DARK = auto()  # grey of those that are dark throughout, relative to the others
    VARIATION = auto()  # standard deviation of the logarithm of the amplitude of their fine texture and speckle


class ExposureColumn(Columns):
    """Noise, gain and light of an exposure.

    Noise that alternates with periods p and q pixels down and across passes a filter that multiplies it by
    ``1 + AXIAL (P + Q) - DIAGONAL P Q``, where P = sin(pi / p)^2, and Q likewise.
    """

    WHITE = auto()  # levels at grey 128 per unit of the bank of white noise
    CORRELATED = auto()  # and of the bank of correlated noise
    AXIAL = auto()
    DIAGONAL = auto()
    SLOPE = auto()  # of the noise over grey, per 128 levels
    CURVE = auto()  # curvature of the noise over grey
    GAIN = auto()
    GAIN_FIXPOINT = auto()  # level that the gain keeps
    LIGHT = auto()  # levels that are added in the middle
    LIGHT_DOWN = auto()  # slope of the light along rows, in levels per pixel
    LIGHT_RIGHT = auto()  # and along columns


class TextureTables(NamedTuple):
    """Tables shared by all tiles, from which the texture of cytoplasm is read."""

    coarse: Annotated[Floats, "Array(f4, 2, 'C', readonly=True)"]  # (b, b + RUN): periodic, of unit standard deviation
    fine: Annotated[Floats, "Array(f4, 2, 'C', readonly=True)"]
    quantiles: Annotated[Floats, "Array(f4, 1, 'C', readonly=True)"]  # of the normal distribution; a power of two


class Blur(NamedTuple):
    """Point spreads: weights on one side, centre first. See `synthem.painting.textures.half_weights`."""

    narrow: Annotated[Floats, "Array(f4, 1, 'C', readonly=True)"]
    wide: Annotated[Floats, "Array(f4, 1, 'C', readonly=True)"]  # at half the resolution
    softness: Annotated[Floats, "f4[::1]"]  # share of the wide one per label code


class Noise(NamedTuple):
    """Where the noise of an exposure comes from."""

    banks: Annotated[Bytes, "Array(i1, 2, 'C', readonly=True)"]  # (2, n), n > W + 2: white noise, blurred along rows
    down: Annotated[Floats, "Array(f4, 1, 'C', readonly=True)"]  # weights of the blur of correlated noise down the rows
    key: Annotated[int, "i8"]


@helper
def row_at(row, height, wraps):
    """Return the row of a plane that is read at a row, also beyond its border."""
    return row % height if wraps else min(max(row, 0), height - 1)


@helper
def weight_at(weights, k):
    """Return one of the weights, 0 beyond the last."""
    return weights[k] if k < weights.size else ZERO


@helper
def sum_down(source, row, weights, wraps, out):
    """Convolve a row with a symmetric kernel down the rows; beyond the border they are repeated, or start anew."""
    height, last = source.shape[0], weights.size - 1
    w0, middle = weights[0], source[row_at(row, height, wraps)]
    for k in range(1, last + 1, 4):  # four weights at a time: `out` is read and written a quarter as often
        k2, k3, k4 = min(k + 1, last), min(k + 2, last), min(k + 3, last)
        w1, w2, w3, w4 = weights[k], weight_at(weights, k + 1), weight_at(weights, k + 2), weight_at(weights, k + 3)
        up1, down1 = source[row_at(row - k, height, wraps)], source[row_at(row + k, height, wraps)]
        up2, down2 = source[row_at(row - k2, height, wraps)], source[row_at(row + k2, height, wraps)]
        up3, down3 = source[row_at(row - k3, height, wraps)], source[row_at(row + k3, height, wraps)]
        up4, down4 = source[row_at(row - k4, height, wraps)], source[row_at(row + k4, height, wraps)]
        if k == 1:
            for col in range(out.size):
                near = w0 * middle[col] + w1 * (up1[col] + down1[col]) + w2 * (up2[col] + down2[col])
                out[col] = near + (w3 * (up3[col] + down3[col]) + w4 * (up4[col] + down4[col]))
        else:
            for col in range(out.size):
                near = w1 * (up1[col] + down1[col]) + w2 * (up2[col] + down2[col])
                out[col] += near + (w3 * (up3[col] + down3[col]) + w4 * (up4[col] + down4[col]))


@helper
def sum_across(line, pad, weights, out):
    """Convolve a line with a symmetric kernel. The line has `pad` more numbers on both sides, a multiple of four."""
    w0, middle = weights[0], line[pad:]
    for k in range(1, weights.size, 4):
        left, right = line[pad - k - 3 :], line[pad + k :]
        w1, w2, w3, w4 = weights[k], weight_at(weights, k + 1), weight_at(weights, k + 2), weight_at(weights, k + 3)
        if k == 1:
            for col in range(out.size):
                near = w0 * middle[col] + w1 * (left[col + 3] + right[col]) + w2 * (left[col + 2] + right[col + 1])
                out[col] = near + (w3 * (left[col + 1] + right[col + 2]) + w4 * (left[col] + right[col + 3]))
        else:
            for col in range(out.size):
                near = w1 * (left[col + 3] + right[col]) + w2 * (left[col + 2] + right[col + 1])
                out[col] += near + (w3 * (left[col + 1] + right[col + 2]) + w4 * (left[col] + right[col + 3]))


@helper
def blur_row(source, row, down, across, line, target):
    """Convolve one row with a symmetric kernel along each axis, at least two weights each; the border is repeated.

    `line` is work space for the row and twice `across.size + 2` numbers.
    """
    width, pad = source.shape[1], (across.size + 2) // 4 * 4
    sum_down(source, row, down, False, line[pad : pad + width])
    for k in range(pad):
        line[k] = line[pad]
        line[pad + width + k] = line[pad + width - 1]
    sum_across(line, pad, across, target)


@helper
def texture_run(coarse, fine, level, amplitude, cytoplasm, label, grey):
    """Paint the texture along a run of pixels; see `add_texture`."""
    coarse_sd, skew = cytoplasm[TextureColumn.COARSE], cytoplasm[TextureColumn.COARSE_SKEW]
    fine_sd, membrane_sd = cytoplasm[TextureColumn.FINE], cytoplasm[TextureColumn.MEMBRANE_SD]
    speckle, threshold = cytoplasm[TextureColumn.SPECKLE], cytoplasm[TextureColumn.SPECKLE_THRESHOLD]
    knee, highlight_range = cytoplasm[TextureColumn.HIGHLIGHT_KNEE], cytoplasm[TextureColumn.HIGHLIGHT_RANGE]
    for p in range(grey.size):
        skewed = coarse[p] - skew * (coarse[p] * coarse[p] - ONE)
        dark = fine[p] - threshold
        dark = dark if dark > ZERO else ZERO
        value = grey[p] + coarse_sd * skewed + amplitude[p] * (fine_sd * fine[p] - speckle * dark) + level[p]
        over = value - knee
        over = over if over > ZERO else ZERO
        value -= over * over / (highlight_range + over)
        labelled = grey[p] + membrane_sd * fine[p]
        grey[p] = value if label[p] == 0 else labelled


@helper
def highest(numbers):
    """Return the highest of some numbers; 0 if all are negative."""
    most = np.int32(0)
    for row in range(numbers.shape[0]):
        line = numbers[row]
        for col in range(line.size):
            most = line[col] if line[col] > most else most
    return most


@helper
def pick(quantiles, start, number):
    """Return number `number` of a walk through a table of quantiles."""
    place = np.uint64(start) * np.uint64(2654435761) % np.uint64(1 << 32) + np.uint64(number) * np.uint64(2246822519)
    return quantiles[(place >> np.uint64(15)) & np.uint64(quantiles.size - 1)]


@kernel(TextureTables, "UniTuple(i8, 4), i8, f8, f4[::1]", Planes, "f4[:,::1]")
def add_texture(tables, shifts, start, dark, cytoplasm, planes, rows):
    """Add texture, speckle and the brightness of each compartment to cytoplasm of even grey.

    Parameters
    ----------
    tables : TextureTables
        Textures and quantiles.
    shifts : (int, int, int, int)
        Where the coarse and the fine texture are read: row and column of each.
    start : int
        Where the numbers of the compartments start among the quantiles.
    dark : float
        Quantile of the normal distribution below which a compartment is dark throughout.
    cytoplasm : (11,) float32
        See `TextureColumn`.
    planes : Planes
        Greys are changed in place. Where there is a label, only the texture of membranes is added.
    rows : (2, W) float32 or wider
        Scratch.
    """
    coarse, fine, quantiles = tables
    down, right, low, aside = shifts
    grey, label, compartments = planes.grey, planes.label, planes.compartments
    height, width = label.shape
    period = coarse.shape[0]
    cells = np.empty((2, highest(compartments) + 1), np.float32)
    for owner in range(cells.shape[1]):
        bright, own = pick(quantiles, start + 1, owner), pick(quantiles, start + 1 + quantiles.size // 2, owner)
        cells[0, owner] = cytoplasm[TextureColumn.COMPARTMENT_SD] * bright
        if pick(quantiles, start + 2, owner) < dark:
            cells[0, owner] += cytoplasm[TextureColumn.DARK]
        cells[1, owner] = np.exp(cytoplasm[TextureColumn.VARIATION] * (OWN * own - CALM * bright))
    for row in range(height):
        for col in range(width):
            owner = np.uint32(compartments[row, col])
            rows[0, col] = cells[0, owner]
            rows[1, col] = cells[1, owner]
        for left in range(0, width, RUN):
            stop = min(left + RUN, width)
            at, to = (left + right) % period, (left + aside) % period
            wide = coarse[(row + down) % period, at : at + stop - left]
            narrow = fine[(row + low) % period, to : to + stop - left]
            level, amplitude = rows[0, left:stop], rows[1, left:stop]
            texture_run(wide, narrow, level, amplitude, cytoplasm, label[row, left:stop], grey[row, left:stop])


@helper
def halve(plane, out):
    """Write the means of 2 x 2 pixels; the last row and column of a plane of odd size count twice."""
    height, width = plane.shape
    for row in range(out.shape[0]):
        top, low, target = plane[2 * row], plane[min(2 * row + 1, height - 1)], out[row]
        for col in range(width // 2):
            left, right = top[2 * col] + low[2 * col], top[2 * col + 1] + low[2 * col + 1]
            target[col] = QUARTER * (left + right)
        if width % 2:
            target[width // 2] = HALF * (top[width - 1] + low[width - 1])


@helper
def double_row(plane, row, line, out):
    """Write one row of a plane of half the size, linear between the middles of its pixels."""
    more, less, width = np.float32(0.75), QUARTER, plane.shape[1]
    near, other = plane[row // 2], plane[min(max(row // 2 + row % 2 * 2 - 1, 0), plane.shape[0] - 1)]
    inside = line[1 : width + 1]
    for col in range(width):
        inside[col] = more * near[col] + less * other[col]
    line[0], line[width + 1] = line[1], line[width]
    before, after = line[:width], line[2 : width + 2]
    for col in range(out.size // 2):
        middle = more * inside[col]
        left, right = middle + less * before[col], middle + less * after[col]
        out[2 * col], out[2 * col + 1] = left, right
    if out.size % 2:
        out[out.size - 1] = more * inside[width - 1] + less * before[width - 1]


@helper
def white_row(bank, key, row, stream, amplitude, out):
    """Write white noise along a row: two pieces of a bank at independent places, so that no two rows are alike."""
    last = bank.size - out.size
    start, other = hash32(key, row, 2 * stream) % last, hash32(key, row, 2 * stream + 1) % last
    first, second = bank[start : start + out.size], bank[other : other + out.size]
    for col in range(out.size):
        out[col] = amplitude * (np.float32(first[col]) + np.float32(second[col]))


@helper
def filter_row(above, middle, below, axial, diagonal, out):
    """Write a row of white noise that has passed a filter; see `ExposureColumn`.

    The three rows of noise have one more number at each end.
    """
    corner = -QUARTER * QUARTER * diagonal
    side = -QUARTER * axial - TWO * corner
    centre = ONE + axial - QUARTER * diagonal
    for col in range(out.size):
        left, right = above[col] + below[col], above[col + 2] + below[col + 2]
        beside = (above[col + 1] + below[col + 1]) + (middle[col] + middle[col + 2])
        out[col] = centre * middle[col + 1] + (side * beside + corner * (left + right))


@helper
def light_line(exposure, height, out):
    """Write the sum of light, the offset of the gain, and 0.5 for rounding, for the first row."""
    down, right = exposure[ExposureColumn.LIGHT_DOWN], exposure[ExposureColumn.LIGHT_RIGHT]
    shift = (ONE - exposure[ExposureColumn.GAIN]) * exposure[ExposureColumn.GAIN_FIXPOINT]
    offset = exposure[ExposureColumn.LIGHT] + shift + HALF
    start = offset - HALF * (down * np.float32(height) + right * np.float32(out.size))
    for col in range(out.size):
        out[col] = start + right * np.float32(col)


@helper
def expose_run(sharp, soft, softness, light, fine, coarse, exposure, rise, image):
    """Blend, light, add noise and round along a row; see `expose`."""
    top, least, gain = np.float32(255.0), np.float32(0.2), exposure[ExposureColumn.GAIN]
    shot_slope, shot_curve = exposure[ExposureColumn.SLOPE], exposure[ExposureColumn.CURVE]
    middle = ONE / np.float32(128.0)
    even, slope = ONE - shot_slope + shot_curve, (shot_slope - TWO * shot_curve) * middle
    curve = shot_curve * middle * middle
    for p in range(image.size):
        noise = fine[p] + coarse[p]
        value = gain * lerp(sharp[p], soft[p], softness[p]) + (light[p] + rise)
        level = value + QUARTER * noise  # half of the noise has passed the tone curve
        shot = even + level * (slope + level * curve)
        shot = shot if shot > least else least
        value += shot * noise
        value = value if value > ZERO else ZERO
        image[p] = np.uint8(np.int32(value if value < top else top))


@kernel(Planes, Blur, Noise, "f4[::1], f4[:,::1], f4[:,:,::1], u1[:,::1]")
def expose(planes, blur, noise, exposure, rows, halves, image):
    """Blur the picture, blend a wider blur in, add noise, and round to bytes.

    Parameters
    ----------
    planes : Planes
        What is seen; it is not changed.
    blur, noise : Blur, Noise
        Point spread, and where the noise comes from.
    exposure : (11,) float32
        See `ExposureColumn`.
    rows, halves : (7, W + 2 * r + 6) or wider, (2, H / 2, W / 2) float32, rounded up
        Scratch.
    image : (H, W) uint8
        Receives the result.
    """
    grey, label = planes.grey, planes.label
    narrow, wide, softness = blur
    banks, down, key = noise
    height, width = label.shape
    white_amplitude, amplitude = exposure[ExposureColumn.WHITE], exposure[ExposureColumn.CORRELATED]
    axial, diagonal = exposure[ExposureColumn.AXIAL], exposure[ExposureColumn.DIAGONAL]
    rise = exposure[ExposureColumn.LIGHT_DOWN]
    sharp, soft, shares = rows[0, :width], rows[1, :width], rows[2, :width]
    fine, coarse, light = rows[3, :width], rows[4, :width], rows[5, :width]
    ahead, count = down.size - 1, 2 * down.size - 1
    white, blurred = np.empty((3, width + 2), np.float32), np.empty((count, width), np.float32)  # rows needed at once
    for row in range(-1, 1):
        white_row(banks[0], key, row, np.int64(0), white_amplitude, white[row % 3])
    for row in range(-ahead, ahead):
        white_row(banks[1], key, row, np.int64(1), amplitude, blurred[row % count])
    light_line(exposure, height, light)
    halve(grey, halves[0])
    for row in range(halves.shape[1]):
        blur_row(halves[0], row, wide, wide, rows[6], halves[1, row])
    for row in range(height):
        blur_row(grey, row, narrow, narrow, rows[6], sharp)
        double_row(halves[1], row, rows[6], soft)
        white_row(banks[0], key, row + 1, np.int64(0), white_amplitude, white[(row + 1) % 3])
        filter_row(white[(row - 1) % 3], white[row % 3], white[(row + 1) % 3], axial, diagonal, fine)
        white_row(banks[1], key, row + ahead, np.int64(1), amplitude, blurred[(row + ahead) % count])
        sum_down(blurred, row, down, True, coarse)
        for col in range(width):
            shares[col] = softness[label[row, col]]
        expose_run(sharp, soft, shares, light, fine, coarse, exposure, rise * np.float32(row), image[row])
