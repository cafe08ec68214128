"""Stacks of synthem that someone else saved again."""

from __future__ import annotations

import numpy as np
import pytest
import tifffile

from synthem.dataset import Dataset
from synthem.errors import DataError


def test_masks_of_0_and_1_are_masks(dataset, tmp_path):
    path = dataset.save(tmp_path / "out", format="tiff")
    tifffile.imwrite(path / "axon.tif", dataset.masks[:, 3].astype(np.uint8), photometric="minisblack")
    assert np.array_equal(Dataset.load(path).masks, dataset.masks)


def test_inverted_stacks_are_refused(dataset, tmp_path):
    path = dataset.save(tmp_path / "out", format="tiff")
    tifffile.imwrite(path / "axon.tif", dataset.masks[:, 3].astype(np.uint8) * 255, photometric="miniswhite")
    with pytest.raises(DataError, match=r'axon\.tif must be saved as "min is black", .* got "min is white"'):
        Dataset.load(path)
