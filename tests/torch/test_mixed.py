"""Real and synthetic samples in one stream."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from itertools import islice

import pytest

import synthem
from synthem.errors import ConfigError

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore:This DataLoader will create")]
torch = pytest.importorskip("torch", reason="needs the extra torch")

from torch.utils.data import DataLoader  # noqa: E402

from synthem.torch import Mixed, TileDataset, TileStream  # noqa: E402

REQUEST = {"seed": 7, "shape": 64, "axons": 0}
REAL = ["a", "b", "c", "d"]


def number(tile, rng):
    return tile.index


def endless() -> TileStream:
    return TileStream(transform=number, **REQUEST)


@pytest.mark.parametrize("ratio", [0.1, 0.5, 0.9, Fraction(2, 3), 0.37])
def test_the_ratio_is_exact_at_every_moment(ratio):
    mixed = Mixed(REAL, endless(), ratio)
    share, synthetic = Fraction(str(ratio)), 0
    for place in range(500):
        synthetic += mixed.is_synthetic(place)
        assert synthetic == (place + 1) * share.numerator // share.denominator


def test_real_samples_come_once_in_every_turn_and_tiles_are_ever_new():
    samples = list(islice(Mixed(REAL, endless(), 0.25), 32))
    real = [one for one in samples if isinstance(one, str)]
    assert [one for one in samples if not isinstance(one, str)] == list(range(8))
    turns = [real[k : k + 4] for k in range(0, 24, 4)]
    assert all(sorted(turn) == REAL for turn in turns)
    assert len(set(map(tuple, turns))) > 1
    assert samples == list(islice(Mixed(REAL, endless(), 0.25), 32))


def test_a_dataset_of_tiles_comes_again_and_again():
    samples = list(islice(Mixed(REAL, TileDataset(3, transform=number, **REQUEST), 0.5), 14))
    assert [one for one in samples if not isinstance(one, str)] == [0, 1, 2, 0, 1, 2, 0]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_the_same_batches_with_any_workers(workers):
    mixed = Mixed(REAL, endless(), 0.5, n=12, batch_size=4)
    loader = DataLoader(mixed, batch_size=4, num_workers=workers, collate_fn=list)
    seen = [one for _ in range(2) for batch in loader for one in batch]
    assert seen == list(islice(Mixed(REAL, endless(), 0.5), 24))


def test_tiles_of_both_kinds_go_through_the_transform(make_slice):
    real = [*synthem.generate(2, shape=64, seed=1), make_slice(0, size=64)]
    images = [image for image, _ in islice(Mixed(real, TileStream(**REQUEST), 0.5), 12)]
    known = Counter((image * 255).round().to(torch.uint8).numpy().tobytes() for image in images)
    for item in real:
        assert known[item.image.tobytes()] == 2


def test_the_generator_of_a_transform_depends_on_the_place_alone():
    def drawn(item, rng):
        return float(rng.random())

    real = list(synthem.generate(2, shape=64, seed=1))
    first = list(islice(Mixed(real, TileStream(transform=drawn, **REQUEST), 0.5), 12))
    assert first == list(islice(Mixed(real, TileStream(transform=drawn, **REQUEST), 0.5), 12))
    assert len(set(first)) == 12


def test_it_goes_on_where_its_state_was_taken():
    begun = Mixed(REAL, endless(), 0.5, n=12)
    first = list(islice(begun, 5))
    again = Mixed(REAL, endless(), 0.5, n=12)
    again.load_state_dict(begun.state_dict())
    assert first + list(again) == list(Mixed(REAL, endless(), 0.5, n=12))
    with pytest.raises(ConfigError, match="`ratio` must be that of the state, '1/2', got '1/4'"):
        Mixed(REAL, endless(), 0.25, n=12).load_state_dict(begun.state_dict())


@pytest.mark.parametrize("ratio", [0, 1, -0.5, 1.5, "half", True, float("nan"), float("inf")])
def test_a_ratio_is_a_share(ratio):
    with pytest.raises(ConfigError, match="`ratio` must be the share of synthetic samples, more than 0 and less"):
        Mixed(REAL, endless(), ratio)


def test_what_cannot_be_mixed_is_named():
    with pytest.raises(ConfigError, match="`synthetic` must be a TileStream or a TileDataset, got"):
        Mixed(REAL, REAL)
    for real in ([], 3):
        with pytest.raises(ConfigError, match="`real` must be a sequence of at least one sample, got"):
            Mixed(real, endless())


def test_windows_of_slices_are_real_samples():
    from synthem.tiles.cutting import cut_images
    from synthem.tiles.labelled_image import LabelledImage

    tile = synthem.generate(1, **REQUEST | {"shape": 128})[0]
    windows = cut_images(
        [LabelledImage(name="a", image=tile.image, masks=tile.masks, labelled=("psd",))], 64, 64, cover=True
    )
    images, masks = next(iter(DataLoader(Mixed(windows, TileStream(**REQUEST), 0.5), batch_size=4)))
    assert (images.shape, masks.shape) == ((4, 1, 64, 64), (4, 6, 64, 64))


def test_a_folder_is_no_sequence_of_samples():
    with pytest.raises(ConfigError, match=r"`real` must be a sequence .* `synthem.io.read_slices\('slices'\)` reads"):
        Mixed("slices", endless())
