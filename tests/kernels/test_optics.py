"""Blur, noise, texture and exposure against scipy and against what they are meant to be."""

from __future__ import annotations

import numpy as np
import pytest
from numba import njit
from scipy import ndimage

from synthem.kernels.noise import gradient_noise, white_noise
from synthem.kernels.optics import RUN, Blur, ExposureColumn, Noise, blur_row, expose
from synthem.kernels.planes import Planes
from synthem.painting.textures import blur_weights, half_weights, noise_banks, normal_quantiles, texture

DOWN = blur_weights(2.0)


@njit
def blur(source, down, across, line, out):
    """Blur a whole plane."""
    for row in range(source.shape[0]):
        blur_row(source, row, down, across, line, out[row])


def noise(shape, key=1):
    out = np.empty(shape, np.float32)
    white_noise(key, normal_quantiles(), out)
    return out


def exposed(
    grey, *, white=0.0, coarse=0.0, slope=0.0, curve=0.0, gain=1.0, plane=(0, 0, 0), key=5, soft=None, sigma=2.0,
    axial=0.0, diagonal=0.0
):  # fmt: skip
    image = np.empty(grey.shape, np.uint8)
    sharp = np.array([1.0, 0.0], np.float32)
    banks, (one, other) = noise_banks(0.0, 1.0)
    white *= np.sqrt(0.5) / one
    coarse *= np.sqrt(0.5) / other / np.sqrt(2 * (DOWN**2).sum() - DOWN[0] ** 2)
    exposure = np.empty(len(ExposureColumn), np.float32)
    exposure[ExposureColumn.WHITE], exposure[ExposureColumn.CORRELATED] = white, coarse
    exposure[ExposureColumn.AXIAL], exposure[ExposureColumn.DIAGONAL] = axial, diagonal
    exposure[ExposureColumn.SLOPE], exposure[ExposureColumn.CURVE] = slope, curve
    exposure[ExposureColumn.GAIN], exposure[ExposureColumn.GAIN_FIXPOINT] = gain, 128.0
    exposure[[ExposureColumn.LIGHT, ExposureColumn.LIGHT_DOWN, ExposureColumn.LIGHT_RIGHT]] = plane
    softness = np.zeros(7, np.float32) if soft is None else np.full(7, soft, np.float32)
    nothing = np.zeros(grey.shape, np.int32)
    planes = Planes(grey, np.zeros(grey.shape, np.uint8), nothing, nothing)
    halves = np.empty((2, -(-grey.shape[0] // 2), -(-grey.shape[1] // 2)), np.float32)
    scratch = (np.empty((7, grey.shape[1] + 256), np.float32), halves)
    expose(planes, Blur(sharp, half_weights(sigma), softness), Noise(banks, DOWN, key), exposure, *scratch, image)
    return image


@pytest.mark.parametrize(("down", "across"), [(1.0, 1.0), (2.4, 0.7), (0.3, 3.3)])
@pytest.mark.parametrize("shape", [(64, 64), (65, 131)])
@pytest.mark.slow
def test_blur_is_a_separable_convolution(shape, down, across):
    plane, out = noise(shape), np.empty(shape, np.float32)
    weights = [blur_weights(down), blur_weights(across)]
    blur(plane, *weights, np.empty(shape[1] + 2 * len(weights[1]) + 4, np.float32), out)
    expected = plane.astype(float)
    for axis, half in enumerate(weights):
        expected = ndimage.correlate1d(expected, np.concatenate([half[:0:-1], half]), axis, mode="nearest")
    assert np.allclose(out, expected, atol=1e-5)


@pytest.mark.parametrize("sigma", [0.0, 0.4, 1.3, 6.0])
def test_weights_sum_to_one(sigma):
    weights = blur_weights(sigma)
    assert np.isclose(weights[0] + 2 * weights[1:].sum(), 1.0)
    assert (np.diff(weights) <= 0).all()


def test_white_noise_is_standard_normal_and_uncorrelated():
    from scipy import stats  # slow to import

    plane = noise((512, 512))
    assert stats.kstest(plane.ravel()[::7], "norm").pvalue > 1e-3
    assert abs(plane.mean()) < 0.01
    assert abs(plane.std() - 1) < 0.01
    for lag in ((0, 1), (1, 0), (1, 1), (0, 2)):
        assert abs((plane * np.roll(plane, lag, (0, 1))).mean()) < 0.01
    assert not np.array_equal(plane, noise((512, 512), key=2))


@pytest.mark.parametrize("cell", [8, 32])
def test_gradient_noise_repeats_vanishes_on_its_lattice_and_is_smooth(cell):
    plane = np.zeros((128, 128), np.float32)
    gradient_noise(3, 128 // cell, 128 // cell, 1, 0.5, plane)
    assert np.abs(plane[::cell, ::cell]).max() < 1e-6
    assert np.abs(plane).max() <= 1.0
    for axis in (0, 1):
        steps = np.abs(np.diff(np.concatenate([plane, plane.take([0], axis)], axis), axis=axis))
        assert steps.max() < 4.0 / cell


def test_gradient_noise_takes_any_number_of_cells():
    plane = np.zeros((90, 128), np.float32)
    gradient_noise(3, 5, 11, 1, 0.5, plane)
    assert np.abs(plane[::18, 0]).max() < 1e-6
    assert 0.4 < np.abs(plane).max() <= 1.0
    for axis, cells in enumerate((5, 11)):
        steps = np.abs(np.diff(np.concatenate([plane, plane.take([0], axis)], axis), axis=axis))
        assert steps.max() < 4.0 * cells / plane.shape[axis]


def test_octaves_add_up():
    one, two, both = (np.zeros((64, 64), np.float32) for _ in range(3))
    gradient_noise(3, 4, 4, 1, 0.5, one)
    gradient_noise(4, 8, 8, 1, 0.5, two)
    gradient_noise(3, 4, 4, 2, 0.5, both)
    assert np.allclose(both, one + 0.5 * two, atol=1e-6)


@pytest.mark.parametrize("bank", [texture(8), texture(16, 2), texture(7.3, 2, 1.6)])
def test_banks_are_normalised_periodic_and_read_only(bank):
    period = bank.shape[0]
    assert bank.shape[1] == period + RUN
    assert np.array_equal(bank[:, :RUN], bank[:, period:])
    assert abs(bank[:, :period].mean()) < 0.02
    assert abs(bank[:, :period].std() - 1) < 1e-3
    assert not bank.flags.writeable


class TestExpose:
    def test_noise_follows_its_filter(self):
        size, axial, diagonal = 512, 0.3, 0.5
        grey = np.full((size, size), 128.0, np.float32)
        power = [
            np.abs(np.fft.fft2(image - image.mean())) ** 2
            for image in (
                exposed(grey, white=20.0).astype(float),
                exposed(grey, white=20.0, axial=axial, diagonal=diagonal).astype(float),
            )
        ]
        share = np.sin(np.pi * np.fft.fftfreq(size)) ** 2
        factor = (1 + axial * np.add.outer(share, share) - diagonal * np.outer(share, share)) ** 2
        blocks = [p.reshape(8, size // 8, 8, size // 8).mean(axis=(1, 3)) for p in (power[1] / factor, power[0])]
        assert np.allclose(blocks[0] / blocks[1], 1.0, atol=0.12)

    def test_rounds_and_clips(self):
        grey = np.array([[-3.0, 0.4, 0.6, 254.4, 254.6, 300.0] + [9.5] * 58] * 64, np.float32)
        assert exposed(grey)[0, :6].tolist() == [0, 0, 1, 254, 255, 255]

    def test_gain_and_light(self):
        grey = np.full((64, 64), 118.0, np.float32)
        image = exposed(grey, gain=2.0, plane=(4.0, 0.5, 0.0)).astype(int)
        assert image[32, 0] == 112
        assert (np.diff(image[:, 0]) >= 0).all()
        assert image[63, 0] - image[1, 0] == 31

    @pytest.mark.parametrize(("sigma", "most"), [(1.6, 0.04), (2.4, 0.012), (3.4, 0.007)])
    @pytest.mark.parametrize("shape", [(64, 64), (65, 131)])
    @pytest.mark.slow
    def test_soft_share_is_the_wider_blur_nearly(self, shape, sigma, most):
        """At half the resolution a slanted step is off by a small share; beside the border, by another repetition."""
        rows, cols = np.mgrid[: shape[0], : shape[1]]
        grey = np.where(cols + 0.3 * rows > 40, 200.0, 0.0).astype(np.float32)
        out = np.empty_like(grey)
        blur(grey, blur_weights(sigma), blur_weights(sigma), np.empty(shape[1] + 64, np.float32), out)
        wrong = np.abs(exposed(grey, soft=1.0, sigma=sigma) - out)
        assert wrong[6:-6, 6:-6].max() <= 0.51 + 200 * most
        assert wrong.max() <= 0.51 + 200 * 0.1

    @pytest.mark.parametrize("shape", [(256, 256), (300, 700)])
    def test_noise_has_its_variance_and_correlation(self, shape):
        image = exposed(np.full(shape, 128.0, np.float32), white=6.0, coarse=8.0).astype(float)
        assert abs(image.mean() - 128) < 0.5
        assert abs(image.var() - 100) < 8
        down = (image[1:] - 128) * (image[:-1] - 128)
        along = (image[:, 1:] - 128) * (image[:, :-1] - 128)
        assert abs(down.mean() / 64 - np.exp(-1 / (4 * 2.0**2))) < 0.08
        assert abs(along.mean() / 64 - np.exp(-1 / (4 * 1.0**2))) < 0.08

    def test_noise_follows_the_tone_curve(self):
        dark, bright = (exposed(np.full((256, 256), g, np.float32), white=6.0, slope=0.5) for g in (64.0, 192.0))
        assert abs(dark.std() - 6.0 * 0.75) < 0.2
        assert abs(bright.std() - 6.0 * 1.25) < 0.2

    def test_two_tiles_share_no_noise(self):
        grey = np.full((256, 256), 128.0, np.float32)
        a, b = (exposed(grey, white=6.0, coarse=8.0, key=key).astype(float) - 128 for key in (1, 2))
        assert abs((a * b).mean()) / a.var() < 0.03
        cross = np.fft.irfft2(np.fft.rfft2(a) * np.conj(np.fft.rfft2(b))) / a.size / a.var()
        assert np.abs(cross).max() < 0.1, "the noise of one tile is that of another, shifted"

    def test_noise_does_not_repeat_within_a_large_tile(self):
        wide = exposed(np.full((256, 2048), 128.0, np.float32), white=6.0, coarse=8.0).astype(float) - 128
        repeats = np.fft.irfft2(np.abs(np.fft.rfft2(wide)) ** 2) / wide.size / wide.var()
        assert np.abs(repeats[16:-16]).max() < 0.05
