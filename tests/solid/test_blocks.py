"""Blocks of one tissue fit together, whatever their origins and shapes."""

import numpy as np
import pytest

from synthem.solid.scene import SolidScene

pytestmark = pytest.mark.slow


def block(shape, origin, seed=5, **options):
    """Return a volume, and the keys of compartments and of objects of its voxels."""
    layout = SolidScene(shape=shape, **options).sample(seed, origin=origin)
    volume, (plates, tubes) = layout.render(), layout.ids
    keys = np.zeros(max(plates.max(initial=0), tubes.max(initial=0)) + 1, np.int64)
    keys[plates] = layout.bodies.densities.keys
    keys[tubes[tubes > 0]] = layout.bodies.tubes.keys[tubes > 0]
    return volume, layout.bodies.keys[volume.compartments], keys[volume.instances]


@pytest.mark.parametrize(
    "options", [{}, {"pixel_size_nm": 4.6, "spacing_nm": 50.0}, {"spacing_nm": 90.0, "thickness_nm": 5.0}]
)
def test_a_block_within_another_is_the_same(options):
    whole = block((12, 96, 120), (0, 0, 0), **options)
    part = block((6, 64, 70), (4, 21, 37), **options)
    inside = np.s_[4:10, 21:85, 37:107]
    assert np.array_equal(whole[0].masks[(slice(None), *inside)], part[0].masks)
    for large, small in zip(whole[1:], part[1:], strict=True):
        assert np.array_equal(large[inside], small)


def test_the_last_section_of_a_block_and_the_first_of_the_next_belong_together():
    first, second = (block((8, 64, 64), (start, -40, 9)) for start in (-6, 2))
    both = block((16, 64, 64), (-6, -40, 9))
    assert np.array_equal(np.concatenate([first[0].image, second[0].image]), both[0].image)
    for k in (1, 2):
        assert np.array_equal(np.concatenate([first[k], second[k]]), both[k])


def test_tissue_depends_on_seed_and_index():
    scene = SolidScene(shape=(2, 64, 64))
    one, again, other = scene.render(3), scene.render(3), scene.render(3, 1)
    assert one == again
    assert not np.array_equal(one.compartments, other.compartments)
