"""The last step against plain numpy."""

from __future__ import annotations

import numpy as np

from synthem import CLASS_NAMES
from synthem.kernels.masks import write_masks
from synthem.labels import CODE_RANGES, CODES


def test_truth_is_what_the_codes_say():
    rng = np.random.default_rng(0)
    shape = (65, 83)
    label = rng.integers(0, 7, shape).astype(np.uint8)
    owners = rng.integers(1, 99, shape).astype(np.int32)
    masks, compartments = np.empty((6, *shape), np.uint8), owners.copy()
    write_masks(label, compartments, CODE_RANGES, masks)
    for channel, name in enumerate(CLASS_NAMES):
        codes = [CODES[name]] if name != "mitochondria" else [CODES[name], CODES["mitochondrial_boundaries"]]
        assert np.array_equal(masks[channel], np.isin(label, codes))
    separates = np.isin(label, [CODES["boundaries"], CODES["psd"], CODES["axon"]])
    assert np.array_equal(compartments, np.where(separates, 0, owners))
