"""Texture of the cytoplasm, blur, noise and the last step from float greys to bytes.

These kernels decide no mask. Rows are cut into runs of contiguous numbers, so that the compiler uses vector
instructions; a bank repeats its first `RUN` columns at its end, so that a run never wraps around.
"""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import helper, kernel
from synthem.kernels.hashing import hash32

__all__ = ["RUN", "add_texture", "blur_row", "expose"]

RUN = 256


@helper
def blur_row(source, row, down, across, line, target):
    """Convolve one row with a symmetric kernel along each axis; the border is repeated."""
    height, width = source.shape
    last, none = down.size - 1, np.float32(0.0)
    radius = across.size - 1
    middle, inside = source[row], line[radius : radius + width]
    for col in range(width):
        inside[col] = down[0] * middle[col]
    for k in range(1, last + 1, 2):  # two at a time: what is summed is read and written half as often
        above, below = source[max(row - k, 0)], source[min(row + k, height - 1)]
        over, under = source[max(row - k - 1, 0)], source[min(row + k + 1, height - 1)]
        one, two = down[k], down[k + 1] if k < last else none
        for col in range(width):
            inside[col] += one * (above[col] + below[col]) + two * (over[col] + under[col])
    for k in range(radius):
        line[k] = line[radius]
        line[radius + width + k] = line[radius + width - 1]
    for col in range(width):
        target[col] = across[0] * inside[col]
    for k in range(1, radius + 1, 2):
        more = min(k + 1, radius)
        left, right = line[radius - k : radius - k + width], line[radius + k : radius + k + width]
        start, end = line[radius - more : radius - more + width], line[radius + more : radius + more + width]
        one, two = across[k], across[more] if k < radius else none
        for col in range(width):
            target[col] += one * (left[col] + right[col]) + two * (start[col] + end[col])


@helper
def tint_run(a, b, shade, rough, look, label, grey):
    """Paint the texture along a run of pixels; see `add_texture`."""
    zero, one = np.float32(0.0), np.float32(1.0)
    for p in range(grey.size):
        wide = a[p] - look[6] * (a[p] * a[p] - one)
        dark = b[p] - look[5]
        dark = dark if dark > zero else zero
        value = look[0] + look[1] * wide + rough[p] * (look[2] * b[p] - look[3] * dark) + shade[p]
        over = value - look[7]
        over = over if over > zero else zero
        value -= over * over / (look[8] + over)
        labelled = grey[p] + look[4] * b[p]
        grey[p] = value if label[p] == 0 else labelled


@helper
def highest(numbers):
    """Return the highest of some numbers that are not negative."""
    most = np.int32(0)
    for row in range(numbers.shape[0]):
        line = numbers[row]
        for col in range(line.size):
            most = line[col] if line[col] > most else most
    return most


@helper
def pick(normal, start, number):
    """Return number `number` of a walk through a table of quantiles."""
    place = np.uint64(start) * np.uint64(2654435761) % np.uint64(1 << 32) + np.uint64(number) * np.uint64(2246822519)
    return normal[(place >> np.uint64(15)) & np.uint64(normal.size - 1)]


@kernel(
    "Array(f4, 2, 'C', readonly=True), Array(f4, 2, 'C', readonly=True), i8, i8, i8, i8, "
    "Array(f4, 1, 'C', readonly=True), i8, f4[::1], i4[:,::1], u1[:,::1], f4[:,::1], f4[:,::1]"
)
def add_texture(first, second, down, right, low, aside, normal, start, look, compartments, label, rows, grey):
    """Paint the cytoplasm: texture, speckle and the brightness of each compartment.

    Parameters
    ----------
    first, second : (b, b + RUN) float32
        Periodic textures of unit standard deviation.
    down, right, low, aside : int
        Where the first and the second texture are read: row and column of each.
    normal : (q,) float32
        Quantiles of the standard normal distribution; q is a power of two.
    start : int
        Where the numbers of the compartments start among them.
    look : (11,) float32
        Grey level, amplitude of the first texture, of the second, speckle depth, grain of membranes, threshold of
        the speckle, how much farther the first texture goes to the dark side, level from which on brighter greys are
        compressed, by how much they can exceed it; standard deviations of the grey level of compartments, and of the
        logarithm of their speckle.
    compartments, label : (H, W)
    rows : (2, W) float32 or wider
        Scratch.
    grey : (H, W) float32
        Set where `label` is 0; where a membrane runs only the grain is added.
    """
    height, width = label.shape
    period = first.shape[0]
    cells = np.empty((2, highest(compartments) + 1), np.float32)
    for owner in range(cells.shape[1]):
        bright, rough = pick(normal, start + 1, owner), pick(normal, start + 1 + normal.size // 2, owner)
        cells[0, owner] = look[9] * bright
        cells[1, owner] = np.exp(look[10] * (np.float32(0.6) * rough - np.float32(0.8) * bright))
    for row in range(height):
        for col in range(width):
            owner = np.uint32(compartments[row, col])
            rows[0, col] = cells[0, owner]
            rows[1, col] = cells[1, owner]
        for left in range(0, width, RUN):
            stop = min(left + RUN, width)
            at, to = (left + right) % period, (left + aside) % period
            a = first[(row + down) % period, at : at + stop - left]
            b = second[(row + low) % period, to : to + stop - left]
            shade, rough = rows[0, left:stop], rows[1, left:stop]
            tint_run(a, b, shade, rough, look, label[row, left:stop], grey[row, left:stop])


@helper
def halve(plane, out):
    """Write the means of 2 x 2 pixels; the last row and column of a plane of odd size count twice."""
    height, width, half = plane.shape[0], plane.shape[1], np.float32(0.5)
    for row in range(out.shape[0]):
        top, low, target = plane[2 * row], plane[min(2 * row + 1, height - 1)], out[row]
        for col in range(width // 2):
            left, right = top[2 * col] + low[2 * col], top[2 * col + 1] + low[2 * col + 1]
            target[col] = half * half * (left + right)
        if width % 2:
            target[width // 2] = half * (top[width - 1] + low[width - 1])


@helper
def double_row(plane, row, line, out):
    """Write one row of a plane of half the size, linear between the middles of its pixels."""
    more, less, width = np.float32(0.75), np.float32(0.25), plane.shape[1]
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
def white_row(white, key, row, stream, amplitude, out):
    """Write white noise of some standard deviation along a row.

    Every run is the sum of two pieces of the bank at independent places, so that no two are alike.
    """
    last, half = white.size - RUN, np.float32(np.sqrt(0.5)) * amplitude
    for start in range(0, out.size, RUN):
        run = out[start : min(start + RUN, out.size)]
        counter = start + 2 * stream
        one, two = hash32(key, row, counter) % last, hash32(key, row, counter + 1) % last
        a, b = white[one : one + run.size], white[two : two + run.size]
        for p in range(run.size):
            run[p] = half * (a[p] + b[p])


@helper
def grain_row(above, middle, below, axial, diagonal, line, out):
    """Write a row of white noise that has passed a filter; see `expose` for `axial` and `diagonal`."""
    half, quarter, width = np.float32(0.5), np.float32(0.25), out.size
    inside = line[1 : width + 1]
    for col in range(width):
        ripple = half * middle[col] - quarter * (above[col] + below[col])
        inside[col] = axial * middle[col] - diagonal * ripple
        out[col] = middle[col] + axial * ripple
    line[0], line[width + 1] = line[1], line[width]
    before, after = line[:width], line[2 : width + 2]
    for col in range(width):
        out[col] += half * inside[col] - quarter * (before[col] + after[col])


@helper
def expose_run(sharp, soft, softness, fine, coarse, look, start, slope, image):
    """Blend, light, add noise and round along a run of pixels; see `expose`."""
    zero, quarter, half, one = np.float32(0.0), np.float32(0.25), np.float32(0.5), np.float32(1.0)
    top, least = np.float32(255.0), np.float32(0.2)
    reference, gain, middle = look[4], look[5], np.float32(128.0)
    for p in range(image.size):
        value = sharp[p] + softness[p] * (soft[p] - sharp[p])
        value = reference + gain * (value - reference) + start + slope * np.float32(p)
        noise = fine[p] + coarse[p]
        level = (value + quarter * noise) / middle - one  # half of the noise has passed the tone curve
        shot = one + level * (look[2] + level * look[3])
        shot = shot if shot > least else least
        value += shot * noise + half
        value = value if value > zero else zero
        image[p] = np.uint8(np.int32(value if value < top else top))


@kernel(
    "f4[:,::1], Array(f4, 1, 'C', readonly=True), Array(f4, 1, 'C', readonly=True), f4[::1], u1[:,::1], "
    "Array(f4, 1, 'C', readonly=True), Array(f4, 1, 'C', readonly=True), Array(f4, 1, 'C', readonly=True), "
    "i8, f4[::1], f4[::1], f4[:,::1], f4[:,::1], f4[:,:,::1], u1[:,::1]"
)
def expose(grey, narrow, wide, softness, label, white, down, across, key, look, plane, rows, noise, halves, image):
    """Blur the picture, blend a wider blur in, add noise, and round to bytes.

    Parameters
    ----------
    grey : (H, W) float32
    narrow, wide : (r + 1,) float32
        Weights of the point spread, and of the wider one at half the resolution; centre first. See
        `synthem.textures.half_weights`.
    softness : (codes,) float32
        Share of the wider one per label code.
    label : (H, W) uint8
    white : (n + RUN,) float32
        White noise of unit standard deviation.
    down, across : (r + 1,) float32
        Weights of the blur, along rows and columns, that correlated noise has passed.
    key : int
        Key of the noise.
    look : (8,) float32
        Sd of the white noise, and of the correlated noise before its blur, at grey 128; slope and curvature of the
        sd over grey (per 128 levels); brightness that the gain keeps, gain; by how much the finest detail of white
        noise is stronger along one axis, and weaker along both: noise that alternates with periods p and q pixels down
        and across is multiplied by 1 + axial (P + Q) - diagonal P Q, where P = sin(pi / p)^2 and Q likewise.
    plane : (3,) float32
        Offset and slopes of the illumination along rows and columns.
    rows, noise, halves : (9, W + 2 * r) or wider, (H, W), (2, H / 2, W / 2) float32, rounded up
        Scratch.
    image : (H, W) uint8
        Receives the result.
    """
    height, width = label.shape
    sharp, soft, shares = rows[0, :width], rows[1, :width], rows[2, :width]
    fine, coarse, fresh = rows[3, :width], rows[4, :width], rows[6:9, :width]
    stream = np.int64(0)
    for row in range(height):
        white_row(white, key, row, stream + 1, look[1], noise[row])
    for row in range(2):
        white_row(white, key, row, stream, look[0], fresh[row])
    halve(grey, halves[0])
    for row in range(halves.shape[1]):
        blur_row(halves[0], row, wide, wide, rows[5], halves[1, row])
    for row in range(height):
        blur_row(grey, row, narrow, narrow, rows[5], sharp)
        double_row(halves[1], row, rows[5], soft)
        blur_row(noise, row, down, across, rows[5], coarse)
        white_row(white, key, row + 2, stream, look[0], fresh[(row + 2) % 3])
        grain_row(fresh[row % 3], fresh[(row + 1) % 3], fresh[(row + 2) % 3], look[6], look[7], rows[5], fine)
        for col in range(width):
            shares[col] = softness[label[row, col]]
        tilt = plane[0] + plane[1] * np.float32(row - height / 2) - plane[2] * np.float32(width / 2)
        expose_run(sharp, soft, shares, fine, coarse, look, tilt, plane[2], image[row])
