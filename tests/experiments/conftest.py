import shutil
from importlib.util import find_spec
from pathlib import Path

import cv2
import numpy as np
import pytest

from synthem.labels import EPFL6

EXTRA = ("torch", "safetensors", "matplotlib", "pooch", "requests")
collect_ignore_glob = [] if all(find_spec(name) for name in EXTRA) else ["test_*.py"]


def _draw(seed, shape, axons=0):
    """A made-up slice: noise, a membrane grid, and `axons` dark squares along the top."""
    rng = np.random.default_rng(seed)
    image = rng.integers(120, 200, shape).astype(np.uint8)
    masks = np.zeros((len(EPFL6), *shape), bool)
    masks[EPFL6.index("boundaries"), ::16] = True
    masks[EPFL6.index("psd"), 20:24, 4:12] = True
    for k in range(axons):
        masks[EPFL6.index("axon"), 2:8, 2 + 16 * k : 8 + 16 * k] = True
    image[masks[EPFL6.index("boundaries")]] = 110
    image[masks[EPFL6.index("psd")]] = 80
    image[masks[EPFL6.index("axon")]] = 60
    return image, masks


def _write(folder, name, image, masks, *, alpha=False, folders=tuple(c.folder for c in EPFL6)):
    """Write one slice in the EPFL6 layout, as RGBA (what grey+alpha decodes to) if asked for."""
    for sub, picture in (("original", image), *zip(folders, masks, strict=True)):
        pixels = picture if picture.dtype == np.uint8 else picture.astype(np.uint8) * 255
        if alpha:
            pixels = np.dstack([pixels] * 3 + [np.full_like(pixels, 255)])
        (folder / sub).mkdir(parents=True, exist_ok=True)
        assert cv2.imwrite(str(folder / sub / f"{name}.png"), pixels)


@pytest.fixture(scope="session")
def shared_epfl6(tmp_path_factory) -> Path:
    """Six training slices of 256 x 320 (two tiles each), axons in 0001 and 0004, and one test slice; read only."""
    folder = tmp_path_factory.mktemp("epfl6")
    for number, axons in enumerate((0, 1, 0, 0, 2, 0)):
        _write(folder, f"training{number:04d}", *_draw(number, (256, 320), axons))
    _write(folder / "testing", "testing0000", *_draw(99, (256, 320), 1))
    return folder


@pytest.fixture(scope="session")
def little_epfl6(tmp_path_factory) -> Path:
    """The same in little, 64 x 128: two tiles of 64 x 64 each; read only."""
    folder = tmp_path_factory.mktemp("little")
    for number, axons in enumerate((0, 1, 0, 0, 2, 0)):
        _write(folder, f"training{number:04d}", *_draw(number, (64, 128), axons))
    _write(folder / "testing", "testing0000", *_draw(99, (64, 128), 1))
    return folder


@pytest.fixture(scope="session")
def little_tiles(tmp_path_factory) -> Path:
    """Four synthetic tiles of 64 x 64; read only."""
    folder = tmp_path_factory.mktemp("little_tiles")
    for number in range(4):
        _write(folder, f"{number:03d}", *_draw(50 + number, (64, 64), 2))
    return folder


@pytest.fixture(scope="session")
def broad_epfl6(tmp_path_factory) -> Path:
    """Three training slices of 256 x 768."""
    folder = tmp_path_factory.mktemp("broad")
    for number in range(3):
        _write(folder, f"training{number:04d}", *_draw(number, (256, 768), 0))
    return folder


@pytest.fixture
def epfl6_folder(shared_epfl6, tmp_path) -> Path:
    """A copy of `shared_epfl6` to do with as one likes."""
    return shutil.copytree(shared_epfl6, tmp_path / "epfl6")


@pytest.fixture(scope="session")
def tile_folder(tmp_path_factory) -> Path:
    """Four synthetic tiles of 256 x 256 in the spelling of the predecessor; read only."""
    folder = tmp_path_factory.mktemp("tiles")
    names = tuple(c.folder.replace(" ", "_") for c in EPFL6)
    for number in range(4):
        _write(folder, f"{number:03d}", *_draw(50 + number, (256, 256), 2), folders=names)
    return folder


@pytest.fixture(scope="session")
def small_network():
    """A network of three narrow levels."""
    from synthem.experiments.unet import UNetConfig

    return UNetConfig(widths=(4, 8, 8))


@pytest.fixture(scope="session")
def tiny(small_network):
    """Four steps of a small network, bit-reproducible."""
    from synthem.experiments.trainer import TrainingConfig

    return TrainingConfig(steps=4, batch=2, precision="float32", network=small_network)


@pytest.fixture
def tiny_tiles():
    """Six tiles of 32 x 32."""
    pairs = [_draw(k, (32, 32), 1 + k % 2) for k in range(6)]
    return np.stack([p[0] for p in pairs]), np.stack([p[1] for p in pairs])


@pytest.fixture
def draw_slice():
    """Draw a made-up slice: `draw_slice(seed, shape, axons=0) -> image, masks`."""
    return _draw


@pytest.fixture
def write_slice():
    """Write a slice in the EPFL6 layout: `write_slice(folder, name, image, masks)`."""
    return _write
