"""Parameters of a style that differ from tile to tile."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from synthem import Scene, Style, build_scene, load_style
from synthem.errors import ConfigError
from synthem.parameters import PerTile

EPFL = load_style("epfl")
VARIED = replace(
    EPFL,
    per_tile={
        "cytoplasm.level": (150.0, 200.0),
        "detector.white": PerTile(low=0.0, high=20.0),
        "materials.matrix.grey": PerTile(low=60.0, high=140.0, spread=10.0),
    },
)


def test_each_tile_has_numbers_of_its_own_within_the_range():
    found = [VARIED.for_tile(key) for key in range(200)]
    levels = [style.cytoplasm.level for style in found]
    assert 150 <= min(levels) < 153 < 197 < max(levels) <= 200
    for style in found:
        low, high = style.materials.matrix.grey
        assert high - low == pytest.approx(10.0)
        assert 60 <= 0.5 * (low + high) <= 140
        assert not style.per_tile
    assert abs(np.corrcoef(levels, [style.detector.white for style in found])[0, 1]) < 0.25, "each by itself"
    assert VARIED.for_tile(7) == VARIED.for_tile(7)
    assert EPFL.for_tile(7) is EPFL


def test_tiles_differ_in_looks_and_in_nothing_else():
    varied, plain = (build_scene("tissue", shape=(128, 128), style=style) for style in (VARIED, EPFL))
    tiles = [(varied.render(1, k), plain.render(1, k)) for k in range(16)]
    for one, other in tiles:
        assert np.array_equal(one.masks, other.masks)
        assert np.array_equal(one.instances, other.instances)
    assert np.ptp([one.image.mean() for one, _ in tiles]) > np.ptp([other.image.mean() for _, other in tiles]) + 4
    layout = varied.sample(1, 3)
    assert layout.render() == layout.render() == tiles[3][0]


def test_they_come_back_from_files_and_descriptions(tmp_path):
    text = VARIED.to_toml()
    assert "level = { per_tile = [150.0, 200.0] }" in text
    (tmp_path / "varied.toml").write_text(text)
    again = load_style(tmp_path / "varied.toml")
    assert [again.for_tile(key) for key in range(5)] == [VARIED.for_tile(key) for key in range(5)]
    assert again == VARIED
    assert Style.from_dict(VARIED.to_dict()).per_tile == VARIED.per_tile
    scene = Scene(style=VARIED, shape=(64, 64))
    assert Scene.from_dict(scene.to_dict()).render(5) == scene.render(5)


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("cytoplasm.levl", (1.0, 2.0), "`per_tile` must name a number or a range of a style, got 'cytoplasm.levl'"),
        ("cytoplasm", (1.0, 2.0), "`per_tile` must name a number or a range"),
        ("materials.matrix.relative_to", (1.0, 2.0), "`per_tile` must name a number or a range"),
        ("cytoplasm.level", (100.0, 300.0), "`level` must be a number from 0 to 255"),
        ("cytoplasm.level", (200.0, 100.0), "`per_tile` must be a pair low <= high"),
        ("cytoplasm.level", ("a", "b"), "`per_tile` must be a pair low <= high"),
    ],
)
def test_what_cannot_be_is_refused(path, value, message):
    with pytest.raises(ConfigError, match=message):
        replace(EPFL, per_tile={path: value})


@pytest.mark.parametrize(
    ("per_tile", "message"),
    [
        (5, "`per_tile` must map names such as 'detector.white' to pairs .*, got 5"),
        ({3: (1.0, 2.0)}, "`per_tile` must map names"),
        ({"detector.white": 3.0}, "`per_tile` of `detector.white` must be a pair .*, got 3.0"),
        ({"detector.white": (1.0, 2.0, 3.0)}, "`per_tile` of `detector.white` must be a pair"),
        ({"detector.white": PerTile(low=1.0, high=2.0, spread=1.0)}, "`spread` of `detector.white` must be left out"),
    ],
)
def test_what_is_no_pair_is_refused(per_tile, message):
    with pytest.raises(ConfigError, match=message):
        replace(EPFL, per_tile=per_tile)


def test_an_inverted_picture_is_one_minus_the_other():
    quiet = replace(EPFL.detector, white=0.0, correlated=0.0)
    still = replace(EPFL.optics, tilt_sd=0.0, gain_sd=0.0)
    plain = replace(EPFL, detector=quiet, optics=still)
    inverted = replace(plain, detector=replace(quiet, contrast=-1.0, offset=255.0))
    layout = build_scene("tissue", shape=(128, 128)).sample(2)
    one, other = layout.render(plain), layout.render(inverted)
    assert np.abs(one.image.astype(int) + other.image - 255).max() <= 1
