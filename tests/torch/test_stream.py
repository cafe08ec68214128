"""Streams into a `DataLoader`: who reads what, and how it goes on."""

from __future__ import annotations

import pickle
import subprocess
import sys
from collections import Counter
from itertools import islice
from typing import Any

import pytest

import synthem
from synthem.errors import ConfigError

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore:This DataLoader will create"),  # more workers than processors
    pytest.mark.filterwarnings("ignore:'set_vital' is deprecated"),  # said by torch of torchdata
]
torch = pytest.importorskip("torch", reason="needs the extra torch")
stateful = pytest.importorskip("torchdata.stateful_dataloader", reason="needs the extra torch")

from torch.utils.data import DataLoader  # noqa: E402

from synthem.torch import TileStream, to_tensors  # noqa: E402

N, BATCH = 18, 3
REQUEST = {"seed": 7, "shape": 64, "axons": 0}


def number(tile: synthem.Tile, rng: object) -> int:
    """Let a tile be its number: what is read is seen at once."""
    return tile.index


def stream(n: int | None = N, **options: Any) -> TileStream:
    return TileStream(n, **{"batch_size": BATCH, "transform": number, **REQUEST, **options})


def batches(loader: Any) -> list[list[int]]:
    return [batch.tolist() for batch in loader]


def expected(first: int, last: int) -> list[list[int]]:
    return [list(range(k, min(k + BATCH, last))) for k in range(first, last, BATCH)]


def loader_of(data: TileStream, workers: int, method: str = "fork", **options: Any) -> DataLoader:
    context = method if workers else None
    return DataLoader(data, batch_size=BATCH, num_workers=workers, multiprocessing_context=context, **options)


@pytest.mark.parametrize(
    ("workers", "method"), [(0, "fork"), (1, "fork"), (4, "fork"), (1, "spawn"), (4, "spawn")], ids=str
)
def test_the_same_batches_with_any_workers_and_new_tiles_in_every_epoch(workers, method):
    loader = loader_of(stream(), workers, method)
    assert [batches(loader) for _ in range(2)] == [expected(0, N), expected(N, 2 * N)]


@pytest.mark.parametrize("workers", [0, 1, 4])
def test_the_same_tiles_whatever_the_loader_batches(workers):
    loader = DataLoader(stream(7, batch_size=1), batch_size=2, num_workers=workers, multiprocessing_context=None)
    assert Counter(number for batch in loader for number in batch.tolist()) == Counter(range(7))


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_make_the_bytes_of_generate_and_compile_nothing(method, monkeypatch):
    data = TileStream(4, transform=with_compilations, **REQUEST)
    monkeypatch.setattr(sys.modules[__name__], "INHERITED", compilations())  # what is forked begins with these
    loader = DataLoader(data, batch_size=None, num_workers=2, multiprocessing_context=method)
    tiles = synthem.generate(4, **REQUEST)
    for (image, masks, compiled), tile in zip(loader, tiles, strict=True):
        assert (image[0] * 255).round().to(torch.uint8).numpy().tobytes() == tile.image.tobytes()
        assert image.dtype == masks.dtype == torch.float32
        assert masks.numpy().astype(bool).tobytes() == tile.masks.tobytes()
        assert compiled == 0


INHERITED = 0


def compilations() -> int:
    """Return how many kernels were compiled in this process, and neither inherited nor read from the cache."""
    from synthem.kernels._jit import SIGNATURES

    return sum(sum(kernel.stats.cache_misses.values()) for kernel in SIGNATURES)


def with_compilations(tile: synthem.Tile, rng: object) -> tuple[Any, Any, int]:
    return *to_tensors(tile), compilations() - INHERITED


def test_persistent_workers_begin_new_epochs():
    loader = loader_of(stream(), 2, persistent_workers=True)
    assert [batches(loader) for _ in range(3)] == [expected(k * N, (k + 1) * N) for k in range(3)]


@pytest.mark.parametrize("workers", [0, 2])
def test_an_epoch_may_repeat(workers):
    loader = loader_of(stream(repeat=True), workers)
    assert [batches(loader) for _ in range(2)] == [expected(0, N)] * 2


def test_loaders_with_different_workers_take_turns_on_one_stream():
    data = stream()
    seen = [batches(loader_of(data, workers)) for workers in (2, 0, 3, 2)]
    assert seen == [expected(k * N, (k + 1) * N) for k in range(4)]


def test_a_seed_that_is_set_again_begins_a_new_epoch():
    data, seen = stream(), []
    for workers in (3, 2, 3):
        torch.manual_seed(0)  # so all passes have the same seed
        seen.append(batches(loader_of(data, workers)))
    assert seen == [expected(k * N, (k + 1) * N) for k in range(3)]


def test_endless_epochs_share_no_tile():
    data = stream(None)
    first, second = (list(islice(data, 4)) for _ in range(2))
    assert first == [0, 1, 2, 3]
    assert second == [2**32 + k for k in range(4)]
    with pytest.raises(TypeError, match="TileStream without `n` has no length"):
        len(data)


@pytest.mark.parametrize("workers", [0, 1, 4])
@pytest.mark.parametrize("taken", [1, 3, 5])
def test_a_loader_goes_on_where_its_state_was_taken(workers, taken):
    def loader() -> Any:
        return stateful.StatefulDataLoader(stream(), batch_size=BATCH, num_workers=workers)

    begun = loader()
    assert [batch.tolist() for batch in islice(begun, taken)] == expected(0, N)[:taken]
    state = pickle.loads(pickle.dumps(begun.state_dict()))
    again = loader()
    again.load_state_dict(state)
    assert [batches(again) for _ in range(2)] == [expected(0, N)[taken:], expected(N, 2 * N)]


@pytest.mark.parametrize(("before", "after"), [(0, 2), (2, 0), (4, 1), (1, 4), (2, 3)])
def test_a_stream_goes_on_with_another_number_of_workers(before, after):
    begun = stateful.StatefulDataLoader(stream(), batch_size=BATCH, num_workers=before)
    batches(begun)  # one epoch and part of the next
    assert [batch.tolist() for batch in islice(begun, 3)] == expected(N, 2 * N)[:3]
    data = stream()
    data.load_state_dict(begun.state_dict())
    loader = loader_of(data, after)
    assert [batches(loader) for _ in range(2)] == [expected(N, 2 * N)[3:], expected(2 * N, 3 * N)]


def test_a_state_may_be_loaded_again_after_others_were_read():
    data = stream()
    loader = stateful.StatefulDataLoader(data, batch_size=BATCH, num_workers=2)
    list(islice(loader, 2))
    state = loader.state_dict()
    assert [batches(loader), batches(loader)] == [expected(N, 2 * N), expected(2 * N, 3 * N)]
    loader.load_state_dict(state)
    assert [batches(loader), batches(loader)] == [expected(0, N)[2:], expected(N, 2 * N)]


def test_a_plain_iterator_has_a_state_of_its_own():
    data = stream()
    first = list(islice(data, 4))
    again = stream()
    again.load_state_dict(data.state_dict())
    assert first + list(again) == list(range(N))


def test_ranks_share_out_the_tiles_in_order():
    ranks = [loader_of(stream(rank=rank, world_size=2), workers) for rank, workers in ((0, 2), (1, 0))]
    seen = [batches(loader) for loader in ranks]
    assert [len(stream(rank=0, world_size=2)), *map(len, seen)] == [N // 2, N // BATCH // 2, N // BATCH // 2]
    assert [batch for pair in zip(*seen, strict=True) for batch in pair] == expected(0, N)


def test_a_state_is_taken_over_by_another_number_of_ranks():
    begun = stateful.StatefulDataLoader(stream(rank=1, world_size=2), batch_size=BATCH, num_workers=2)
    list(islice(begun, 2))
    state = begun.state_dict()
    alone = stream(rank=0, world_size=1)
    alone.load_state_dict(state)
    assert batches(loader_of(alone, 0)) == expected(4 * BATCH, N)  # two steps of two ranks were done


def test_the_environment_tells_the_rank(monkeypatch):
    monkeypatch.setenv("RANK", "2")
    monkeypatch.setenv("WORLD_SIZE", "3")
    assert list(stream(9)) == [6, 7, 8]
    monkeypatch.setenv("WORLD_SIZE", "many")
    with pytest.raises(ConfigError, match=r"RANK and WORLD_SIZE .* whole numbers, got '2' and 'many'"):
        stream(9)
    monkeypatch.delenv("WORLD_SIZE")
    with pytest.raises(ConfigError, match="got '2' and None"):
        stream(9)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n": 0}, "`n` must be a whole number of at least 1, got 0"),
        ({"batch_size": 0}, "`batch_size` must be a whole number of at least 1, got 0"),
        ({"repeat": 1}, "`repeat` must be True or False, got 1"),
        ({"workers": 2}, r"`workers` must be left out, since a loader has its own \(`num_workers`\), got 2"),
        ({"transform": 3}, "`transform` must be a function of a tile and a generator, got 3"),
        ({"rank": 1}, "`rank` and `world_size` must be given together, got 1 and None"),
        ({"rank": 2, "world_size": 2}, r"`rank` must be below `world_size` \(2\), got 2"),
        ({"rank": 0, "world_size": 2, "n": 8}, "`n` must be a multiple of 6, .* got 8"),
        ({"rank": 0, "world_size": 2, "seed": None}, "`seed` must be the same number on all 2 ranks, got None"),
        ({"axons": -1}, "`axons`"),
    ],
)
def test_what_cannot_be_meant_is_named(options, message):
    with pytest.raises(ConfigError, match=message):
        stream(**options)
    with pytest.raises(TypeError, match=r"TileStream\(\) got an unexpected keyword argument 'axon'; did you mean"):
        stream(axon=1)


def test_the_main_process_does_not_guess_where_workers_are():
    data = stream()
    batches(loader_of(data, 2))
    with pytest.raises(ConfigError, match="`state_dict` must be asked of the loader"):
        data.state_dict()


def state_of(**options: Any) -> dict[str, Any]:
    data = stream(**options)
    list(islice(data, 2))
    return data.state_dict()


@pytest.mark.parametrize(
    ("state", "message"),
    [
        (lambda: state_of(seed=8), "`seed` must be that of the state, 8, got 7"),
        (lambda: state_of(n=21), "`n` must be that of the state, 21, got 18"),
        (lambda: state_of(start=1), "`start` must be that of the state, 1, got 0"),
        (lambda: state_of(axons=1), "`scene` must be that of the state"),
        (lambda: {}, "`state` must be of one epoch of a TileStream, got 0 states in it"),
        (lambda: [state_of() | {"epoch": 1}, state_of()], "`state` must be of one epoch .* got 2 states"),
        (lambda: state_of() | {"workers": 2}, "`state` must hold the states of all 2 workers, got 1"),
    ],
)
def test_states_of_other_streams_are_refused(state, message):
    with pytest.raises(ConfigError, match=message):
        stream().load_state_dict(state())


def test_a_state_with_gaps_is_refused():
    begun = stateful.StatefulDataLoader(stream(batch_size=1), batch_size=BATCH, num_workers=2)
    list(islice(begun, 1))
    with pytest.raises(ConfigError, match=r"`batch_size` of the stream must have been .* without gaps, got 1"):
        stream(batch_size=1).load_state_dict(begun.state_dict())


RANK_OF_TWO = """
import sys
import torch.distributed as dist
from synthem.torch import TileStream

rank, place, seed = int(sys.argv[1]), sys.argv[2], int(sys.argv[3])
dist.init_process_group("gloo", init_method=f"file://{place}", rank=rank, world_size=2)
try:
    print(list(TileStream(4, seed=seed, shape=64, transform=lambda tile, rng: tile.index)))
except ValueError as error:
    print(error)
"""


@pytest.mark.parametrize("seeds", [(7, 7), (7, 8)])
def test_ranks_that_can_ask_each_other_are_compared(seeds, tmp_path):
    runs = [
        subprocess.Popen(
            [sys.executable, "-W", "ignore", "-c", RANK_OF_TWO, str(rank), str(tmp_path / "store"), str(seed)],
            stdout=subprocess.PIPE,
            text=True,
        )
        for rank, seed in enumerate(seeds)
    ]
    said = [run.communicate(timeout=120)[0].strip() for run in runs]
    if seeds == (7, 7):
        assert said == ["[0, 2]", "[1, 3]"]
    else:
        for text in said:
            assert text.startswith("the parameters of `TileStream` must be the same on all ranks, got ('TileStream',")
