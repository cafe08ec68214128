"""Artefacts of sections: from their few numbers to masks and fields."""

import numpy as np
import pytest

from synthem.tiles.section_artifacts import NODE_PX, SectionArtifact, artifact_of, displacement_nm

FOLD = {"width_nm": 120.0, "every_nm": 1200.0, "darkness": 0.5, "angle": 0.0, "offset_nm": 40.0}
WARP = {"amplitude_nm": 40.0, "size_nm": 600.0, "key": 11.0}


def field(name, parameters, y, x):
    return displacement_nm([SectionArtifact(0, name, parameters)], np.asarray(y, float), np.asarray(x, float))


def test_a_shift_is_the_same_everywhere():
    found = artifact_of(SectionArtifact(2, "shift", {"down_nm": 10.0, "right_nm": -25.0}), (16, 20), (-5, 3), 5.0)
    assert (found.name, found.mask.all(), found.lost) == ("shift", True, None)
    assert np.unique(found.displacement[0]).tolist() == [2.0]
    assert np.unique(found.displacement[1]).tolist() == [-5.0]


def test_a_warp_is_smooth_and_keeps_within_its_amplitude():
    y, x = np.meshgrid(np.arange(0.0, 6000.0, 20.0), np.arange(0.0, 6000.0, 20.0), indexing="ij")
    down, right = field("warp", WARP, y, x)
    assert 15.0 < np.abs([down, right]).max() <= 40.0
    rows, columns = np.gradient(down, 20.0), np.gradient(right, 20.0)
    jacobian = (1.0 + rows[0]) * (1.0 + columns[1]) - rows[1] * columns[0]
    assert jacobian.min() > 0.2
    assert not np.allclose(down, right)
    assert not np.allclose(down, field("warp", {**WARP, "key": 12.0}, y, x)[0])


def test_a_fold_swallows_twice_its_width():
    x = np.zeros(3)
    down, right = field("fold", FOLD, [40.0 - 1e-6, 40.0 + 1e-6, 640.0 - 1e-6], x)
    assert down == pytest.approx([-120.0, 120.0, 0.0], abs=1e-3)
    assert np.abs(right).max() == 0.0
    again = field("fold", FOLD, np.array([70.0, 300.0]) + 1200.0, x[:2])
    assert again == pytest.approx(field("fold", FOLD, [70.0, 300.0], x[:2]))


def test_the_band_of_a_fold_is_lost():
    found = artifact_of(SectionArtifact(0, "fold", FOLD), (64, 8), (-20, 0), 5.0)
    places = 5.0 * (np.arange(64) - 20)
    assert np.array_equal(found.lost, np.repeat((np.abs(places - 40.0) <= 60.0)[:, None], 8, axis=1))
    assert np.array_equal(found.mask, found.lost)


def test_fields_are_linear_between_nodes_and_those_of_the_tissue():
    warp = SectionArtifact(0, "warp", WARP)
    found = artifact_of(warp, (40, 48), (-13, 6), 5.0).displacement
    rows, columns = (5.0 * (first + np.arange(size)) for first, size in ((-13, 40), (6, 48)))
    exact = field("warp", WARP, *np.meshgrid(rows, columns, indexing="ij")) / 5.0
    node = np.ix_((-13 + np.arange(40)) % NODE_PX == 0, (6 + np.arange(48)) % NODE_PX == 0)
    for one, other in zip(found, exact, strict=True):
        np.testing.assert_allclose(one[node], other[node], atol=1e-5)
        np.testing.assert_allclose(one, other, atol=0.5)
    np.testing.assert_allclose(found[:, 20:, 8:], artifact_of(warp, (20, 40), (7, 14), 5.0).displacement, atol=1e-5)


@pytest.mark.parametrize(("name", "numbers"), [("brightness", {"levels": 9.0}), ("focus", {"sigma_nm": 9.0})])
def test_what_moves_nothing_has_no_field(name, numbers):
    found = artifact_of(SectionArtifact(0, name, numbers), (16, 16), (0, 0), 5.0)
    assert found.mask.all()
    assert (found.displacement, found.lost) == (None, None)
    assert not field(name, numbers, [0.0], [0.0]).any()
