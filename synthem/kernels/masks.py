"""From label codes to masks, instances and compartments."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel

__all__ = ["mark_seen", "write_masks"]


@kernel("u1[:,::1], i4[:,::1], Array(u1, 2, 'C', readonly=True), Array(u1, 2, 'C', readonly=True), u1[:,:,::1]")
def write_masks(label, compartments, ranges, separators, masks):
    """Write masks; clear compartments where there are none.

    Parameters
    ----------
    label : (H, W) uint8
        Label codes.
    compartments : (H, W) int32
        Compartment numbers with membranes included. In place, they become 0 on `separators`.
    ranges : (C, 2) uint8
        First and last label code of each class.
    separators : (k, 2) uint8
        First and last label code of each run of codes that separate compartments, and so belong to none.
    masks : (C, H, W) uint8
        Receive 0 or 1.
    """
    height, width = label.shape
    for channel in range(masks.shape[0]):
        first, last = ranges[channel, 0], ranges[channel, 1]
        for row in range(height):
            codes, mask = label[row], masks[channel, row]
            for col in range(width):
                mask[col] = np.uint8(first <= codes[col]) & np.uint8(codes[col] <= last)
    none = np.int32(0)
    for run in range(separators.shape[0]):
        first, last = separators[run, 0], separators[run, 1]
        for row in range(height):
            codes, owners = label[row], compartments[row]
            for col in range(width):
                owners[col] = none if (first <= codes[col]) & (codes[col] <= last) else owners[col]


@kernel("i4[:,::1], b1[::1]")
def mark_seen(ids, seen):
    """Mark the numbers that occur.

    Parameters
    ----------
    ids : (H, W) int32
        Numbers, from 0.
    seen : (n,) bool
        Becomes true where a number occurs.
    """
    for row in range(ids.shape[0]):
        for col in range(ids.shape[1]):
            seen[ids[row, col]] = True
