"""The arrays into which scenes are drawn, and their work space."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.painting.canvas import Canvas


@pytest.mark.parametrize(("shape", "half"), [((64, 64), (32, 32)), ((9, 64), (5, 32)), ((64, 9), (32, 5))])
def test_planes_and_work_space_have_the_shape_of_the_tile(shape, half):
    canvas = Canvas(shape)
    assert [(plane.shape, plane.dtype) for plane in canvas.planes] == [
        *((shape, np.float32), (shape, np.uint8), (shape, np.int32), (shape, np.int32))
    ]
    assert canvas.halves.shape == (2, *half)
    assert canvas.rows.shape[1] >= shape[1]
    assert len(canvas.crossings) == len(canvas.counts) == shape[0]
