"""From label codes to masks, instances and compartments."""

from __future__ import annotations

from synthem.kernels._jit import kernel

__all__ = ["write_truth"]


@kernel
def write_truth(label, ids, owners, channels, masks, instances, compartments):
    """Write masks, instances and compartments in one pass.

    Parameters
    ----------
    label : (H, W) uint8
        Label codes.
    ids : (H, W) int32
        Instance ids.
    owners : (H, W) int32
        Compartment numbers, membranes included.
    channels : (codes, 6) bool
        Which classes a code belongs to.
    masks : (6, H, W) bool
    instances, compartments : (H, W) int32
        Receive the truth. Compartments are 0 on membranes, PSDs and myelin.
    """
    height, width = label.shape
    for channel in range(masks.shape[0]):
        mask = masks[channel]
        lookup = channels[:, channel]
        for row in range(height):
            for col in range(width):
                mask[row, col] = lookup[label[row, col]]
    separates = channels[:, 1] | channels[:, 3] | channels[:, 4]
    for row in range(height):
        for col in range(width):
            code = label[row, col]
            instances[row, col] = ids[row, col] if code > 1 else 0
            compartments[row, col] = 0 if separates[code] else owners[row, col]
