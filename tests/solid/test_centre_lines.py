"""Centre lines: within their neurites, alike in all blocks, and also of volumes that were loaded."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial import cKDTree

import synthem
from synthem.errors import ConfigError, DataError
from synthem.solid.scene import SolidScene
from tests.solid.test_exact import bent_points

pytestmark = pytest.mark.slow

SCENE = SolidScene(shape=(64, 144, 160))


@pytest.fixture(scope="module")
def volume():
    return SCENE.render(3, origin=(5, -20, 13))


def voxels_of(skeleton):
    return tuple(np.floor(skeleton.voxels + 0.5).astype(int).T)


def test_no_node_lies_in_another_neurite(volume):
    found = volume.skeletons()
    assert len(found) >= 3
    shares = []
    for one in found:
        label = volume.compartments[voxels_of(one)]
        assert np.isin(label, (0, one.compartment)).all(), one
        assert np.array_equal(label == one.compartment, one.inside)
        shares.append(one.inside)
    assert np.concatenate(shares).mean() > 0.85  # the rest lies under densities, and in membranes of the thinnest


def test_lines_are_trees_whose_edges_are_short(volume):
    for one in volume.skeletons():
        places = np.arange(len(one))
        assert (one.parents < places).all()
        later = one.parents >= 0
        edges = one.nodes_nm[later] - one.nodes_nm[one.parents[later]]
        assert np.linalg.norm(edges, axis=1).max(initial=0.0) < 1.6 * 40.0  # as far as bending stretches them
        assert ((one.voxels >= 0) & (one.voxels <= np.array(volume.shape) - 1)).all()


def test_every_bead_in_a_block_is_a_node(volume):
    """Beads lie where the bent voxels come nearest to them, found by looking at all of them."""
    layout = SCENE.sample(3, origin=volume.origin)
    points = bent_points(layout)[0]
    bodies = layout.bodies
    ends = np.unique(np.vstack([bodies.ends[:, :3], bodies.ends[:, 3:]]), axis=0)
    far, nearest = cKDTree(points).query(ends, distance_upper_bound=4.0)
    voxels = np.stack(np.unravel_index(nearest[np.isfinite(far)], volume.shape), axis=1)
    voxels = voxels[((voxels > 0) & (voxels < np.array(volume.shape) - 1)).all(axis=1)]
    assert len(voxels) > 5
    nodes = np.concatenate([one.voxels for one in volume.skeletons()])
    assert cKDTree(nodes).query(voxels)[0].max() < 1.2  # half a diagonal, and rounding


def test_blocks_have_the_same_nodes(volume):
    smaller = replace(SCENE, shape=(30, 96, 96)).render(3, origin=(25, 0, 30))
    whole = np.concatenate([one.nodes_nm for one in volume.skeletons()])
    part = np.concatenate([one.nodes_nm for one in smaller.skeletons()])
    low = np.array(smaller.origin) * 5.0
    within = ((whole >= low) & (whole <= low + (np.array(smaller.shape) - 1) * 5.0)).all(axis=1)
    assert len(part) > 0
    np.testing.assert_allclose(np.unique(part.round(3), axis=0), np.unique(whole[within].round(3), axis=0), atol=2e-3)


def test_slabs_have_the_nodes_of_their_volume(volume):
    slab = SCENE.sample(3, origin=volume.origin).render(sections=range(20, 50))
    for one in slab.skeletons():
        (whole,) = (other for other in volume.skeletons() if other.compartment == one.compartment)
        within = (whole.voxels[:, 0] >= 20.0) & (whole.voxels[:, 0] <= 49.0)
        np.testing.assert_allclose(one.nodes_nm, whole.nodes_nm[within], atol=1e-6)
        assert np.array_equal(one.inside, whole.inside[within])


def test_pickled_and_loaded_volumes_have_the_same_lines(volume, tmp_path):
    expected = [(one.compartment, one.kind, one.voxels.tolist()) for one in volume.skeletons()]
    copy = pickle.loads(pickle.dumps(volume))
    assert [(one.compartment, one.kind, one.voxels.tolist()) for one in copy.skeletons()] == expected
    made = synthem.generate(2, recipe=replace(SCENE, shape=(40, 128, 128)), seed=3, workers=2)
    loaded = synthem.Dataset.load(made.save(tmp_path / "volumes", format="npz"))
    assert any(one.skeletons() for one in made)
    for one, other in zip(made, loaded, strict=True):
        assert [s.voxels.tolist() for s in one.skeletons()] == [s.voxels.tolist() for s in other.skeletons()]


def test_volumes_of_unknown_or_other_tissue_are_refused(volume):
    with pytest.raises(ConfigError, match="`skeletons` must be asked of generated volumes"):
        replace(volume, lines=None).skeletons()
    with pytest.raises(DataError, match="`compartments` must be those of the tissue"):
        replace(volume, compartments=np.roll(volume.compartments, 50, axis=2)).skeletons()
