from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from synthem.errors import ConfigError, DataError
from synthem.experiments import epfl6
from synthem.experiments.study import PRESETS, Run, StudyConfig, choose_slices, counted_axons, differences, study_hash
from synthem.experiments.study_data import StudyData, load_study_data, synthetic_tiles, training_job
from synthem.labels import EPFL6
from synthem.tiles.labelled_image import LabelledImage

pytestmark = pytest.mark.slow


PAPER = PRESETS["paper"]


def _slice(number, axons, stack="training"):
    """A 64 x 64 slice whose tiles of 32 with stride 16 count `axons` axons, 0 to 9."""
    masks = np.zeros((6, 64, 64), bool)
    rows = {0: (), 1: (0,), 2: (16,), 3: (0, 16), 4: (24,)}[axons]
    for r in rows:
        masks[EPFL6.index("axon"), r : r + 2, 0:2] = True
    return LabelledImage(
        name=f"{stack}{number:04d}", image=np.zeros((64, 64), np.uint8), masks=masks, labelled=EPFL6.names
    )


def _small(**changes):
    return StudyConfig(**{"tile": 32, "stride": 16, "real": (2, 4), "axons_per_slice": (2, 0, 3, 0), **changes})


def test_the_full_grid_is_the_published_one():
    runs = PAPER.runs()
    assert len(runs) == len(set(runs)) == 260
    assert Counter(c.experiment for c in runs) == {0: 10, 1: 100, 2: 150}
    assert not [c for c in runs if not c.real and (not c.synthetic or c.experiment != 2)]
    assert len({c.key for c in runs}) == 260
    assert PAPER.training.steps == 30 * 105


def test_the_quick_preset_is_two_trainings():
    quick = PRESETS["quick"]
    assert [(c.real, c.synthetic) for c in quick.runs()] == [(5, 0), (5, 90)]
    assert quick.training.steps <= 500


def test_grids_of_one_experiment():
    assert len(replace(PAPER, experiments=(1,)).runs()) == 110
    assert len(replace(PAPER, experiments=(2,)).runs()) == 160
    assert len(replace(PAPER, experiments=(2,), synthetic_only=False).runs()) == 110


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("experiments", (3,)),
        ("experiments", ()),
        ("seeds", 0),
        ("real", (10, 5)),
        ("real", (11,)),
        ("synthetic", ()),
        ("synthetic", (0, 301)),
    ],
)
def test_bad_grids(name, value):
    with pytest.raises(ConfigError, match=f"`{name}`"):
        replace(PAPER, **{name: value})


def test_an_axon_counts_in_every_tile_that_shows_it():
    assert [counted_axons(_slice(0, n), 32, 16) for n in (0, 1, 2, 3)] == [0, 1, 2, 3]


def test_slices_are_chosen_by_their_axons_far_from_each_other_and_from_the_test():
    slices = [_slice(n, a) for n, a in ((0, 2), (3, 2), (9, 2), (10, 0), (20, 0), (30, 0), (40, 3), (41, 0))]
    chosen = choose_slices(slices, [_slice(0, 2), _slice(21, 0)], _small())
    assert [epfl6.stack_place(s.name)[1] for s in chosen] == [9, 41, 40, 30]
    # 9 is farther from 0 than 3; of 10, 20, 30 and 41 the last is farthest from 9 and 21; then 30.
    fewer = choose_slices(slices, [_slice(0, 2), _slice(21, 0)], _small(real=(2,)))
    assert [s.name for s in fewer] == [s.name for s in chosen[:2]]


def test_test_slices_of_another_stack_keep_no_distance():
    slices = [_slice(n, a) for n, a in ((3, 2), (9, 2), (10, 0))]
    chosen = choose_slices(slices, [_slice(3, 2, "testing")], _small(real=(1, 2)))
    assert [s.name for s in chosen] == ["training0003", "training0010"]


def test_slices_that_do_not_count_right_are_an_error_that_says_what_was_counted():
    with pytest.raises(DataError, match=r"slice 3 of 4 must count 3 axons.*training0005 1.*--train-slices"):
        choose_slices([_slice(n, a) for n, a in ((0, 2), (1, 0), (4, 0), (5, 1))], [], _small())


def test_differences_name_the_values():
    known = {"training": {"steps": 500, "batch": 6}, "tile": 256}
    assert differences(known, {"training": {"steps": 3150, "batch": 6}, "tile": 256, "new": 1}) == [
        "new: null, not 1",
        "training.steps: 500, not 3150",
    ]
    assert study_hash(known) != study_hash({**known, "tile": 128})
    assert study_hash({"a": 1, "b": 2}) == study_hash({"b": 2, "a": 1})


def _gather(epfl6_folder, tile_folder, **options):
    study = StudyConfig(
        experiments=(2,), real=(1, 2), synthetic=(0, 2, 4), seeds=1, pool=4, axons_per_slice=(2, 0), **options
    )
    return study, load_study_data(study, data=epfl6_folder, generator=str(tile_folder), train_slices=["4", "0"])


def test_material_keeps_its_order_and_survives_the_disk(epfl6_folder, tile_folder, tmp_path):
    _study, data = _gather(epfl6_folder, tile_folder)
    assert [s.name for s in data.train] == ["training0004", "training0000"]
    assert [s.name for s in data.test] == ["testing0000"]
    data.save(tmp_path / "study_data.npz")
    again = StudyData.load(tmp_path / "study_data.npz")
    assert again.describe() == data.describe()
    np.testing.assert_array_equal(again.train[0].masks, data.train[0].masks)
    np.testing.assert_array_equal(again.pools[2].masks, data.pools[2].masks)


def test_sets_are_nested_and_share_the_pool(epfl6_folder, tile_folder):
    _study, data = _gather(epfl6_folder, tile_folder)
    packed, ends, starts = data.packed()
    assert (len(packed), ends, starts) == (8, [2, 4], {2: 4})
    small = training_job(Run(2, 1, 2, 0), ends, starts).tiles.tolist()
    large = training_job(Run(2, 2, 4, 0), ends, starts).tiles.tolist()
    assert small == [0, 1, 4, 5]
    assert large == list(range(8))
    assert training_job(Run(2, 0, 2, 0), ends, starts).tiles.tolist() == [4, 5]
    assert training_job(Run(0, 2, 0, 3), ends, starts).seed == 3


def test_counts_of_sets(epfl6_folder, tile_folder):
    _study, data = _gather(epfl6_folder, tile_folder)
    real, synthetic = data.counts()
    axon = EPFL6.index("axon")
    assert [int(c.objects[:, axon].sum()) for c in real] == [2, 0]  # two axons, both in the first of two tiles
    assert synthetic[2].objects[:, axon].tolist() == [2] * 4


def test_bad_material(epfl6_folder, tile_folder, tmp_path):
    study = StudyConfig(experiments=(2,), real=(2,), synthetic=(0, 5), pool=5)
    slices = ["4", "0"]
    with pytest.raises(DataError, match="at least 5 tiles, got 4"):
        synthetic_tiles(str(tile_folder), 2, study)
    with pytest.raises(DataError, match="`generator` must be"):
        synthetic_tiles("another", 2, study)
    with pytest.raises(DataError, match="32 pixels square"):
        synthetic_tiles(str(tile_folder), 2, replace(study, tile=32, stride=16, pool=4, synthetic=(0, 4)))
    with pytest.raises(DataError, match="`train_slices` must be 2 slices"):
        load_study_data(study, data=epfl6_folder, train_slices=["4"])
    with pytest.raises(DataError, match="must not be tested on, got training0004"):
        load_study_data(study, data=epfl6_folder, train_slices=slices, test_slices=["4"])
    with pytest.raises(DataError, match="`tile` must fit every slice"):
        load_study_data(replace(study, tile=512), data=epfl6_folder, train_slices=slices)
    with pytest.raises(DataError, match="`data` must be a folder"):
        load_study_data(study, data=tmp_path / "nothing")
    for file in sorted((epfl6_folder / "testing").rglob("*"), reverse=True):
        file.unlink() if file.is_file() else file.rmdir()
    (epfl6_folder / "testing").rmdir()
    with pytest.raises(DataError, match="--test-slices"):
        load_study_data(study, data=epfl6_folder, train_slices=slices)


def test_a_folder_per_recipe_serves_both_experiments(tile_folder, tmp_path):
    for recipe in ("paper", "paper_axons"):
        (tmp_path / "both" / recipe).parent.mkdir(exist_ok=True)
        (tmp_path / "both" / recipe).symlink_to(tile_folder)
    study = StudyConfig(pool=4, synthetic=(0, 4))
    assert len(synthetic_tiles(str(tmp_path / "both"), 1, study)) == 4


@pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")
def test_our_generator_makes_the_pool():
    study = StudyConfig(pool=2, synthetic=(0, 2), tile=128)
    axons_only, mixed = (synthetic_tiles("synthem", e, study) for e in (1, 2))
    assert axons_only.images.shape == (2, 128, 128)
    assert not axons_only.masks[:, EPFL6.index("psd")].any()
    assert axons_only.digest() == synthetic_tiles("synthem", 1, study).digest() != mixed.digest()
