"""From label codes to masks, instances and compartments."""

from __future__ import annotations

import numpy as np

from synthem.kernels._jit import kernel

__all__ = ["write_masks"]


@kernel("u1[:,::1], i4[:,::1], Array(u1, 2, 'C', readonly=True), u1[:,:,::1]")
def write_masks(label, compartments, ranges, masks):
    """Write masks; clear compartments where there are none.

    Parameters
    ----------
    label : (H, W) uint8
        Label codes.
    compartments : (H, W) int32
        Compartment numbers with membranes included. In place, they become 0 on membranes, PSDs and myelin.
    ranges : (6, 2) uint8
        First and last label code of each class.
    masks : (6, H, W) uint8
        Receive 0 or 1.
    """
    height, width = label.shape
    for channel in range(masks.shape[0]):
        first, last = ranges[channel, 0], ranges[channel, 1]
        for row in range(height):
            codes, mask = label[row], masks[channel, row]
            for col in range(width):
                mask[col] = np.uint8(first <= codes[col]) & np.uint8(codes[col] <= last)
    separates = 0  # one bit per label code
    for channel in (1, 3, 4):
        for code in range(ranges[channel, 0], ranges[channel, 1] + 1):
            separates |= 1 << code
    bits, none = np.uint32(separates), np.int32(0)
    for row in range(height):
        codes, owners = label[row], compartments[row]
        for col in range(width):
            owners[col] = none if (bits >> np.uint32(codes[col])) & np.uint32(1) else owners[col]
