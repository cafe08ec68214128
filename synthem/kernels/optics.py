"""Blur, noise and the last step from float greys to bytes."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel

__all__ = ["add_texture", "blur", "expose"]


@kernel
def blur(source, down, across, rows, out):
    """Convolve with a symmetric kernel along each axis; the border is repeated.

    Parameters
    ----------
    source : (H, W) float32
    down, across : (r + 1,) float32
        Weights along the rows and along the columns, centre first; each whole kernel sums to one.
    rows : (W + 2 * r,) float32 or longer
        Work space for one padded row.
    out : (H, W) float32
        Receives the result; not the same array as `source`.
    """
    height, width = source.shape
    radius = across.size - 1
    for row in range(height):
        line = rows[radius : radius + width]
        for col in range(width):
            line[col] = down[0] * source[row, col]
        for k in range(1, down.size):
            above, below = source[max(row - k, 0)], source[min(row + k, height - 1)]
            weight = down[k]
            for col in range(width):
                line[col] += weight * (above[col] + below[col])
        for k in range(radius):
            rows[k] = rows[radius]
            rows[radius + width + k] = rows[radius + width - 1]
        target = out[row]
        for col in range(width):
            target[col] = across[0] * line[col]
        for k in range(1, radius + 1):
            weight = across[k]
            left, right = rows[radius - k : radius - k + width], rows[radius + k : radius + k + width]
            for col in range(width):
                target[col] += weight * (left[col] + right[col])


@kernel
def add_texture(first, second, shifts, cells, look, compartments, label, grey):
    """Paint the cytoplasm: texture, speckle and the brightness of each compartment.

    Parameters
    ----------
    first, second : (b, b) float32
        Periodic textures of unit standard deviation; the second is read transposed.
    shifts : (6,) int64
        Offsets into the textures.
    cells : (2, n) float32
        Offset of the grey level, and factor of the speckle, per compartment number.
    look : (7,) float32
        Grey level, amplitude of the first texture, of the second, of slow dark patches, speckle depth, grain of
        membranes, threshold of the speckle.
    compartments, label : (H, W)
    grey : (H, W) float32
        Set where `label` is 0; where a membrane runs only the grain is added.
    """
    height, width = label.shape
    wrap = first.shape[0] - 1
    zero = np.float32(0.0)
    for row in range(height):
        line = first[(row + shifts[0]) & wrap]
        col_2 = (row + shifts[2]) & wrap
        slow_line = second[((row >> 3) + shifts[4]) & wrap]
        for col in range(width):
            a = line[(col + shifts[1]) & wrap]
            b = second[(col + shifts[3]) & wrap, col_2]
            if label[row, col] != 0:
                grey[row, col] += look[5] * (a + b)
                continue
            owner = compartments[row, col]
            value = look[0] + look[1] * a + look[2] * b - look[4] * cells[1, owner] * max(b - look[6], zero)
            value -= look[3] * max(slow_line[((col >> 3) + shifts[5]) & wrap], zero)
            grey[row, col] = value + cells[0, owner]


@kernel
def expose(sharp, soft, softness, label, fine, coarse, look, plane, image):
    """Blend sharp and soft picture, add noise, and round to bytes.

    Parameters
    ----------
    sharp, soft : (H, W) float32
        The picture after the narrow and after the wide point spread.
    softness : (codes,) float32
        Share of the soft picture per label code.
    label : (H, W) uint8
    fine, coarse : (H, W) float32
        White and correlated noise of unit standard deviation.
    look : (5,) float32
        Sd of the white noise, of the correlated noise, share of the variance that grows with
        brightness, brightness at which these sds hold and that the gain keeps, gain.
    plane : (3,) float32
        Offset and slopes of the illumination along rows and columns.
    image : (H, W) uint8
        Receives the result.
    """
    height, width = label.shape
    one, reference = np.float32(1.0), look[3]
    for row in range(height):
        tilt = plane[0] + plane[1] * (np.float32(row) - np.float32(height / 2))
        for col in range(width):
            a = sharp[row, col]
            value = a + softness[label[row, col]] * (soft[row, col] - a)
            value = reference + look[4] * (value - reference)
            value += tilt + plane[2] * (np.float32(col) - np.float32(width / 2))
            shot = np.sqrt(max(one + look[2] * (value / reference - one), np.float32(0.05)))
            value += shot * (look[0] * fine[row, col] + look[1] * coarse[row, col])
            image[row, col] = np.uint8(min(max(value + np.float32(0.5), np.float32(0.0)), np.float32(255.0)))
