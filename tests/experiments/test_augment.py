import numpy as np
import pytest
import torch
from scipy import ndimage

from synthem.errors import ConfigError, DataError
from synthem.experiments.augment import AugmentConfig, draw_transforms, gather_tiles, pack_tiles, unpack_tiles

pytestmark = pytest.mark.slow


STILL = AugmentConfig(rotation_deg=0, shift=0, shear=0, zoom=0, flips=False)


@pytest.mark.parametrize("classes", [1, 6, 8, 9, 17])
def test_packing_and_unpacking(classes):
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (3, 8, 12), dtype=np.uint8)
    masks = rng.random((3, classes, 8, 12)) < 0.5
    planes = pack_tiles(images, masks)
    assert planes.shape == (3, 1 + -(-classes // 8), 8, 12)
    image, labels = unpack_tiles(torch.from_numpy(planes), classes)
    np.testing.assert_array_equal(np.rint(image.numpy()[:, 0] * 255), images)
    np.testing.assert_array_equal(labels.numpy(), masks)


def test_no_augmentation_leaves_tiles_as_they_are(tiny_tiles):
    pool = torch.from_numpy(pack_tiles(*tiny_tiles))
    index = torch.tensor([4, 0, 4])
    maps = torch.from_numpy(draw_transforms(3, STILL, np.random.default_rng(0)))
    assert torch.equal(gather_tiles(pool, index, maps), pool[index])
    assert torch.equal(gather_tiles(pool, index), pool[index])


@pytest.mark.parametrize(("rows", "columns"), [(-1, 1), (1, -1), (-1, -1)])
def test_flips_are_exact(tiny_tiles, rows, columns):
    pool = torch.from_numpy(pack_tiles(*tiny_tiles))
    maps = torch.tensor([[[rows, 0, 0], [0, columns, 0]]], dtype=torch.float32)
    flipped = gather_tiles(pool, torch.tensor([2]), maps)[0]
    assert torch.equal(flipped, pool[2].flip([d + 1 for d, sign in enumerate((rows, columns)) if sign < 0]))


def test_affine_maps_agree_with_scipy(tiny_tiles):
    images, masks = tiny_tiles
    pool = torch.from_numpy(pack_tiles(images, masks))
    limits = AugmentConfig(rotation_deg=30, shift=0.2, shear=0.3, zoom=0.3)
    maps = draw_transforms(5, limits, np.random.default_rng(1))
    ours = gather_tiles(pool, torch.zeros(5, dtype=torch.int64), torch.from_numpy(maps))[:, 0].numpy()
    for picture, m in zip(ours, maps.astype(float), strict=True):
        linear, centre = m[:, :2], np.array([15.5, 15.5])
        offset = centre - linear @ centre + 32 * m[:, 2]
        theirs = ndimage.affine_transform(images[0], linear, offset, order=0, mode="nearest")
        assert np.mean(picture == theirs) > 0.99  # places halfway between two pixels may fall either way


def test_image_and_masks_move_together(tiny_tiles):
    images, masks = tiny_tiles
    masks[:, 0] = images >= 128
    pool = torch.from_numpy(pack_tiles(images, masks))
    maps = torch.from_numpy(draw_transforms(6, AugmentConfig(), np.random.default_rng(2)))
    image, labels = unpack_tiles(gather_tiles(pool, torch.arange(6), maps), 6)
    assert torch.equal(labels[:, 0], (torch.round(image[:, 0] * 255) >= 128).float())


def test_draws_stay_within_their_limits():
    maps = draw_transforms(4000, AugmentConfig(flips=False), np.random.default_rng(3))
    assert np.abs(maps[:, :, 2]).max() <= 0.05
    assert maps[:, [0, 1], [0, 1]].min() > 0.93
    assert maps[:, [0, 1], [0, 1]].max() < 1.07
    flipped = draw_transforms(4000, AugmentConfig(), np.random.default_rng(3))
    assert np.mean(flipped[:, 0, 0] < 0) == pytest.approx(0.5, abs=0.05)


@pytest.mark.parametrize(("name", "value"), [("shift", -0.1), ("zoom", 1.0), ("rotation_deg", 181), ("shear", 2)])
def test_bad_limits(name, value):
    with pytest.raises(ConfigError, match=f"`{name}`"):
        AugmentConfig(**{name: value})


def test_tiles_must_be_bytes_and_masks_must_fit():
    with pytest.raises(DataError, match="`images`"):
        pack_tiles(np.zeros((1, 4, 4)), np.zeros((1, 6, 4, 4), bool))
    with pytest.raises(DataError, match="`masks`"):
        pack_tiles(np.zeros((1, 4, 4), np.uint8), np.zeros((2, 6, 4, 4), bool))
