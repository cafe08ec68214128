"""Skeletons: nodes, edges, and SWC files."""

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.tiles.section_artifacts import SectionArtifact
from synthem.tiles.skeletons import CentreLine, skeletons_of


def line(kind="dendrite"):
    voxels = np.array([[0.0, 1.0, 2.0], [1.0, 1.4, 2.0], [1.0, 0.0, 3.0]])
    return CentreLine(7, kind, voxels, np.array([60.0, 55.0, 50.0]), np.array([-1, 0, 1]))


def skeleton(kind="dendrite"):
    compartments = np.zeros((2, 3, 4), np.int32)
    compartments[0, 1, 2] = compartments[1, 1, 2] = 7
    compartments[1, 0, 3] = 9
    (found,) = skeletons_of([line(kind)], compartments, (10, -1, 0), (50.0, 4.0, 4.0))
    return found


def test_nodes_lie_in_the_tissue_and_know_their_voxel():
    found = skeleton()
    assert (found.compartment, found.kind, len(found)) == (7, "dendrite", 3)
    assert found.nodes_nm.tolist() == [[500.0, 0.0, 8.0], [550.0, pytest.approx(1.6), 8.0], [550.0, -4.0, 12.0]]
    assert found.inside.tolist() == [True, True, False]
    assert found.length_nm == pytest.approx(np.hypot(50.0, 1.6) + np.hypot(5.6, 4.0))


@pytest.mark.parametrize(("kind", "number"), [("dendrite", 3), ("axon", 2), ("myelinated", 2), ("process", 0)])
def test_swc_files_have_a_line_per_node(tmp_path, kind, number):
    lines = skeleton(kind).to_swc(tmp_path / "7.swc").read_text(encoding="utf-8").splitlines()
    assert [one for one in lines if not one.startswith("#")] == [
        f"1 {number} 8.000 0.000 500.000 60.000 -1",
        f"2 {number} 8.000 1.600 550.000 55.000 1",
        f"3 {number} 12.000 -4.000 550.000 50.000 2",
    ]
    with pytest.raises(ConfigError, match=r"`path` must end in \.swc"):
        skeleton().to_swc(tmp_path / "7.txt")


def test_nodes_are_where_a_shifted_section_shows_them():
    compartments = np.zeros((2, 3, 4), np.int32)
    compartments[1, 2, 2] = 7
    damage = [SectionArtifact(1, "shift", {"down_nm": -4.0, "right_nm": 0.0})]  # it shows what lies above
    (found,) = skeletons_of([line()], compartments, (10, -1, 0), (50.0, 4.0, 4.0), damage)
    assert found.voxels.tolist() == [[0.0, 1.0, 2.0], [1.0, pytest.approx(2.4), 2.0], [1.0, pytest.approx(1.0), 3.0]]
    assert found.nodes_nm.tolist() == skeleton().nodes_nm.tolist()
    assert found.inside.tolist() == [False, True, False]
