from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage
from skimage.feature import local_binary_pattern

from synthem.quality import texture
from synthem.quality.features import feature_table, image_features
from synthem.quality.smoothing import gaussian, gaussian_laplace

RNG = np.random.default_rng(0)
NOISE = RNG.normal(128, 20, (128, 128)).clip(0, 255)
ROWS, COLS = np.mgrid[:128, :128]


def test_the_documented_number_of_features_and_all_finite() -> None:
    for image in (NOISE.astype(np.uint8), np.full((64, 64), 90, np.uint8)):
        found = image_features(image)
        assert len(found) == 82
        assert np.isfinite(list(found.values())).all()


def test_table_has_one_row_per_tile() -> None:
    images = np.stack([NOISE, NOISE.T]).astype(np.uint8)
    table = feature_table(images, np.array([0, 1]))
    assert table.values.shape == (2, 82)
    assert len(table) == 2
    assert table.values[1, table.names.index("power_03")] == pytest.approx(
        table.values[0, table.names.index("power_03")]
    )


@pytest.mark.parametrize("ring", [1, 5, 12])
def test_a_wave_has_its_power_in_its_ring(ring: int) -> None:
    wave = 128 + 50 * np.sin(2 * np.pi * COLS * (ring + 0.5) / 32)
    found = texture.power_spectrum(wave)
    assert max(found, key=lambda name: found[name]) == f"power_{ring:02d}"


def test_white_noise_has_its_variance_in_every_ring() -> None:
    assert list(texture.power_spectrum(NOISE).values())[2:] == pytest.approx([np.log10(400)] * 14, abs=0.15)


def test_grey_moments() -> None:
    found = texture.grey(np.arange(256.0).reshape(16, 16))
    assert found["grey_mean"] == 127.5
    assert found["grey_skewness"] == pytest.approx(0.0)
    assert found["grey_kurtosis"] == pytest.approx(-1.2, abs=0.01)
    assert found["grey_q50"] == 127.5


def test_gradient_of_a_ramp_points_along_x() -> None:
    found = texture.gradient(3.0 * COLS)
    assert found["gradient_q95_s1"] == pytest.approx(3.0, rel=0.01)
    assert found["gradient_xy_s1"] > 5


def test_laplacian_sees_dark_spots_on_bright_ground() -> None:
    spots = 160.0 - 300 * ndimage.gaussian_filter((RNG.random((128, 128)) > 0.999).astype(float), 2.0)
    assert texture.laplacian(spots)["laplacian_skewness_s2"] > 1
    assert texture.laplacian(255 - spots)["laplacian_skewness_s2"] < -1


def test_cooccurrence_of_stripes() -> None:
    found = texture.cooccurrence(np.where(COLS % 2, 160.0, 96.0))  # steps 6 and 10
    assert found["glcm_contrast_x1"] == 16
    assert found["glcm_contrast_y1"] == 0
    assert found["glcm_correlation_x1"] == pytest.approx(-1.0, abs=1e-3)
    assert found["glcm_correlation_x4"] == pytest.approx(1.0, abs=1e-3)


def test_local_patterns_are_shares_and_ignore_brightness() -> None:
    one, two = texture.local_patterns(NOISE * 0.5), texture.local_patterns(NOISE * 0.5 + 64.0)
    assert sum(value for name, value in one.items() if name.startswith("lbp_r1")) == pytest.approx(1.0)
    assert one == pytest.approx(two, abs=2e-3)


def test_filters_and_patterns_are_those_of_scipy_and_skimage() -> None:
    image = np.random.default_rng(2).integers(0, 256, (96, 70)).astype(np.float64)
    for sigma in (1 / 3, 1.0, 4.0):
        for order in ((0, 0), (1, 0), (0, 1), (0, 2)):
            assert np.allclose(gaussian(image, sigma, order), ndimage.gaussian_filter(image, sigma, order), atol=1e-9)
        assert np.allclose(gaussian_laplace(image, sigma), ndimage.gaussian_laplace(image, sigma), atol=1e-9)
    found = texture.local_patterns(image)
    for radius in (1, 3):
        grey = np.rint(64 * ndimage.gaussian_filter(image, radius / 3)).astype(np.uint16)
        codes = local_binary_pattern(grey, 8, radius, "uniform").astype(int)
        shares = np.bincount(codes.ravel(), minlength=10) / codes.size
        assert [found[f"lbp_r{radius}_{k}"] for k in range(10)] == pytest.approx(shares.tolist(), abs=2 / codes.size)
