"""The front door with three numbers."""

import numpy as np
import pytest

import synthem
from synthem.errors import ConfigError
from synthem.io import FORMATS
from synthem.io.formats import TRAITS

SHAPE = (3, 64, 80)


@pytest.fixture(scope="module")
def volumes():
    return synthem.generate(2, shape=SHAPE, seed=3)


@pytest.mark.slow
def test_volumes_come_as_a_dataset(volumes):
    assert repr(volumes) == "Dataset(2 volumes of 3x64x80, seed=3)"
    assert volumes.images.shape == (2, *SHAPE)
    assert volumes.masks.shape == (2, 6, *SHAPE)
    assert isinstance(volumes[1], synthem.Volume)
    assert np.array_equal(volumes[1].image, volumes.images[1])
    assert volumes[1] == synthem.SolidScene(shape=SHAPE).render(3, 1)
    assert volumes.preview().ndim == 3
    assert "voxels" in volumes.table().columns


@pytest.mark.slow
def test_volumes_do_not_depend_on_the_way_they_are_made(volumes):
    assert synthem.generate(2, shape=SHAPE, seed=3, workers=2) == volumes
    assert list(synthem.iter_tiles(2, shape=SHAPE, seed=3)) == list(volumes)
    assert synthem.generate(1, shape=SHAPE, seed=3, start=1)[0] == volumes[1]
    assert synthem.SolidScene.from_dict(volumes.config).render(3, 0) == volumes[0]


@pytest.mark.slow
@pytest.mark.parametrize("format", [name for name in FORMATS if TRAITS[name].volumes and not TRAITS[name].packages])
def test_volumes_come_back_from_disk(volumes, tmp_path, format):
    folder = synthem.generate_files(tmp_path / "v", 2, shape=SHAPE, seed=3, format=format)
    assert synthem.Dataset.load(folder) == volumes
    assert synthem.Dataset.load(volumes.save(tmp_path / "w", format=format)) == volumes


@pytest.mark.slow
def test_folders_hold_sections(volumes, tmp_path):
    folder = volumes.save(tmp_path / "v")
    names = sorted(path.name for path in (folder / "original").iterdir())
    assert names == [f"00000{n}_z000{z}.png" for n in range(2) for z in range(3)]
    manifest = (folder / "manifest.json").read_text(encoding="utf-8")
    assert '"spacing_nm":[5.0,5.0,5.0]' in "".join(manifest.split())


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"shape": (1, 2, 3, 4)}, r"`shape` must be one integer, two \(rows, columns\), or three"),
        ({"shape": (64,)}, r"`shape` must be one integer, two"),
        ({"shape": (0, 64, 64)}, r"`shape` of a volume must be three integers"),
        ({"shape": 64, "spacing_nm": 5}, r"`spacing_nm` must be left out unless `shape` has three numbers"),
        ({"thickness_nm": 5}, r"`thickness_nm` must be left out unless"),
        ({"shape": SHAPE, "recipe": "paper"}, r"`recipe` must be"),
        ({"shape": SHAPE, "pixel_size_nm": (4, 6)}, r"`pixel_size_nm`"),
        ({"recipe": synthem.SolidScene(shape=SHAPE), "spacing_nm": 5}, r"`spacing_nm` must be left out when `recipe`"),
    ],
)
def test_wrong_requests_are_named(options, message):
    with pytest.raises(ConfigError, match=message):
        synthem.generate(1, **options)
