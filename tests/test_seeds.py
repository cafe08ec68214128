"""Seeds are recorded as one integer, and streams depend on their names alone."""

from __future__ import annotations

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.seeds import Stream, Streams, detail_of, draw_key, resolve_seed, tile_share


def test_a_seed_sequence_gives_one_integer_and_always_the_same():
    found = resolve_seed(np.random.SeedSequence(5))
    assert found == resolve_seed(np.random.SeedSequence(5)) != resolve_seed(np.random.SeedSequence(6))
    assert 0 <= found < 2**53


def test_a_generator_gives_another_integer_each_time():
    generator = np.random.default_rng(5)
    assert resolve_seed(generator) != resolve_seed(generator)


@pytest.mark.parametrize("seed", [0, 7, 2**63 - 1])
def test_an_integer_stands_for_itself(seed):
    assert resolve_seed(seed) == seed


def test_drawn_seeds_have_53_bits():
    generator = np.random.default_rng(5)
    for seeds in ([resolve_seed(None) for _ in range(100)], [resolve_seed(generator) for _ in range(100)]):
        assert 2**52 <= max(seeds) < 2**53  # of 100 below 2**53 one is at least 2**52
        assert len(set(seeds)) == 100


@pytest.mark.parametrize("seed", [-1, 2**63, 1.5, True, "7"])
def test_what_is_no_seed_is_refused(seed):
    with pytest.raises(ConfigError, match="`seed` must be an integer from 0 to"):
        resolve_seed(seed)


def test_streams_are_functions_of_seed_index_and_name():
    def first(seed, index, name):
        return Streams(seed, index).named(name).random()

    places = [(1, 2, "axon"), (1, 2, "psd"), (1, 3, "axon"), (2, 2, "axon"), (12, 2, "axon"), (1, 22, "axon")]
    assert len({first(*place) for place in places}) == len(places)
    assert [first(*place) for place in places] == [first(*place) for place in places]


def test_streams_are_the_same_under_every_version_of_python():
    stream = Stream(2**62, 10**6, "axon")
    assert stream.integers(2**32, size=3).tolist() == [1464952705, 1828831817, 4045504908]
    assert stream.detail.integers(2**32, size=2).tolist() == [289192049, 2599651349]
    assert draw_key(stream) == 336820540484
    assert stream.shared("loose") == 164157689086499 / 2**48


def test_the_second_stream_of_a_name_is_another():
    streams = Streams(1, 2)
    assert streams.named("axon").random() != streams.named("axon").random()


def test_details_have_a_stream_that_shapes_do_not_feel():
    plain, with_details = Stream(1, 2, "axon"), Stream(1, 2, "axon")
    with_details.detail.random(100)
    assert plain.random() == with_details.random()
    assert detail_of(plain) is plain.detail
    other = np.random.default_rng(0)
    assert detail_of(other) is other


def test_keys_are_integers_below_two_to_the_forty():
    keys = [draw_key(generator) for generator in [np.random.default_rng(1)] for _ in range(200)]
    assert all(isinstance(key, int) and 0 <= key < 2**40 for key in keys)
    assert len(set(keys)) == 200


def test_objects_of_a_tile_share_a_number_that_draws_nothing():
    asked, other = Stream(1, 2, "axon"), Stream(1, 2, "axon")
    assert tile_share(asked, "loose") == tile_share(asked, "loose") != tile_share(asked, "angular")
    assert asked.random() == other.random()
    shares = [tile_share(Stream(1, index, "axon"), "loose") for index in range(400)]
    assert np.histogram(shares, 4, (0.0, 1.0))[0].min() > 70
    plain = np.random.default_rng(3)
    assert tile_share(plain, "loose") != tile_share(plain, "loose")
