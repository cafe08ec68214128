"""Marks of what is painted without a label of its own: which pixels lines cover, and to which object they belong."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel
from synthem.kernels._math import HALF
from synthem.kernels.raster import FAR, VECTOR, Lines, StrokeColumn, lower_to_segment, reached_columns

__all__ = ["TAKEN", "mark_strokes", "write_detail_masks"]

TAKEN = 255
"""Code of pixels that have a label."""


@kernel(Lines, "u1[::1], i4[::1], f4[::1], u1[:,::1], i4[:,::1]")
def mark_strokes(lines, codes, idents, away, detail, ids):
    """Mark the pixels that lines cover by half at least, where nothing is labelled.

    Parameters
    ----------
    lines : Lines
        The lines.
    codes : (s,) uint8
        Code of each line; 0: it is not marked.
    idents : (s,) int32
        Id of the object of each line; 0 leaves ids as they are.
    away : (W + VECTOR,) float32 or longer
        Scratch.
    detail, ids : (H, W) uint8, (H, W) int32
        Changed in place; pixels that are `TAKEN` stay.
    """
    points, starts, appearances = lines
    height, width = detail.shape
    for col in range(width + VECTOR):
        away[col] = FAR
    for stroke in range(codes.size):
        if codes[stroke] == 0:
            continue
        first, last = starts[stroke], starts[stroke + 1] - 1
        reach = appearances[stroke, StrokeColumn.HALF_WIDTH] + HALF * appearances[stroke, StrokeColumn.SOFTNESS]
        low, high = points[first, 0], points[first, 0]
        for k in range(first + 1, last + 1):
            low, high = min(low, points[k, 0]), max(high, points[k, 0])
        for row in range(max(0, int(np.ceil(low - reach))), min(height - 1, int(np.floor(high + reach))) + 1):
            left, right = width, 0
            for k in range(first, last):
                start, stop = reached_columns(points, k, row, reach, width)
                if start < stop:
                    left, right = min(left, start), max(right, stop)
                    lower_to_segment(points, k, row, start, away[start:stop])
            for col in range(left, min(right, width)):
                if away[col] <= reach * reach and detail[row, col] != TAKEN:
                    detail[row, col] = codes[stroke]
                    ids[row, col] = idents[stroke] if idents[stroke] != 0 else ids[row, col]
            for col in range(left, right):
                away[col] = FAR


@kernel("u1[:,::1], u1[:,::1], i4[:,::1], i8[::1], i8, i8[:,::1], u1[:,:,::1]")
def write_detail_masks(label, detail, compartments, detail_channels, bare, compartment_channels, masks):
    """Write the masks of details and of kinds of compartments.

    Parameters
    ----------
    label, detail : (H, W) uint8
        Label codes and codes of details.
    compartments : (H, W) int32
        Compartment numbers, 0 for none.
    detail_channels : (256,) int64
        Channel of each code of a detail, or -1.
    bare : int
        Channel of compartments where nothing is painted, or -1.
    compartment_channels : (k, n) int64
        Channels of each compartment number, or -1; numbers from n on have none.
    masks : (C, H, W) uint8
        Receive 1, where they are 0.
    """
    height, width = label.shape
    for row in range(height):
        for col in range(width):
            number = compartments[row, col]
            if label[row, col] == 0:
                channel = detail_channels[detail[row, col]]
                channel = bare if (detail[row, col] == 0) & (number > 0) else channel
                if channel >= 0:
                    masks[channel, row, col] = 1
            if (number > 0) & (number < compartment_channels.shape[1]):
                for kind in range(compartment_channels.shape[0]):
                    if compartment_channels[kind, number] >= 0:
                        masks[compartment_channels[kind, number], row, col] = 1
