"""The last step against plain numpy."""

from __future__ import annotations

import numpy as np

from synthem.kernels.masks import write_masks
from synthem.labels import EPFL6


def test_truth_is_what_the_codes_say():
    rng = np.random.default_rng(0)
    shape = (65, 83)
    label = rng.integers(0, 7, shape).astype(np.uint8)
    owners = rng.integers(1, 99, shape).astype(np.int32)
    masks, compartments = np.empty((6, *shape), np.uint8), owners.copy()
    write_masks(label, compartments, EPFL6.code_ranges, EPFL6.separators, masks)
    for channel, name in enumerate(EPFL6.names):
        parts = {"mitochondria": ("mitochondria", "mitochondrial_boundaries")}.get(name, (name,))
        codes = [EPFL6.codes[part] for part in parts]
        assert np.array_equal(masks[channel], np.isin(label, codes))
    separates = np.isin(label, [EPFL6.codes["boundaries"], EPFL6.codes["psd"], EPFL6.codes["axon"]])
    assert np.array_equal(compartments, np.where(separates, 0, owners))
