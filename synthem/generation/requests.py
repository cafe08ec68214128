"""From a request to tiles in memory: `generate` and `iter_tiles`, with workers and progress."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor
from functools import partial
from typing import TYPE_CHECKING, Any, Unpack

from synthem._progress import track
from synthem.dataset import STREAM_INSTEAD, Dataset
from synthem.generation.pools import can_fork
from synthem.generation.shortfall import Shortfall, require_complete
from synthem.generation.tile_request import TileOptions, TileRequest, check_flag, check_whole, shows_options
from synthem.generation.workers import render_in_order, render_into
from synthem.tiles.memory import check_fits
from synthem.tiles.stacks import Stacks, TileMeta

if TYPE_CHECKING:
    from synthem.tiles.tile import Tile

__all__ = ["COMPILING", "generate", "iter_tiles"]

COMPILING = "compiling kernels (once)"


@shows_options
def generate(n: int = 300, *, progress: bool | None = None, **options: Unpack[TileOptions]) -> Dataset:
    """Generate labelled tiles.

    Tile `i` depends on the configuration, the seed and `i` alone: not on `n`, nor on `workers`.

    Parameters
    ----------
    n : int, default 300
        Number of tiles, at least 1. All are held in memory, at 9 bytes per pixel and 1 for each class: with six
        classes 1 MB for a tile of 256x256. See `generate_files` and `iter_tiles` for more than fit.
    axons, psd, vesicles, mitochondria : int, (low, high) or Density, optional
        Number of objects per (1.28 µm)² of tissue, which is 256x256 pixels of 5 nm, both ends included; vesicles count
        clouds. Of volumes it is the mean number per (1.28 µm)³, of axons that of those that (1.28 µm)² of a plane cut.
        None means what the recipe says. Larger tiles get more in proportion to their area. To be left out with a scene.
    recipe : str, Path, Recipe or Scene, default "tissue"
        A shipped recipe, a TOML file, or a scene of one's own (which brings its counts, style and shape).
    style : str, Path or Style, optional
        A shipped style or a TOML file; None means "epfl". To be left out with a scene.
    shape : int or tuple of int, optional
        Height and width in pixels, each at least 64; one number stands for both, None for 256. Three numbers ask for
        volumes of solid tissue: sections, at least 1, then height and width. To be left out with a scene.
    pixel_size_nm : float, (low, high) or PerTile, optional
        Side of a pixel, 1 to 100 nm; a range is drawn per tile, not for volumes. None means that of the style. Tissue
        keeps its size in nanometres. To be left out with a scene.
    spacing_nm, thickness_nm : float, optional
        Of volumes: distance of sections from middle to middle, None for that of pixels; and thickness of a section,
        over which its grey is the mean, None for the spacing. Labels are those of its middle.
    classes : str, Path or ClassTable, optional
        The classes that are labelled: a shipped table, a TOML file or a table; None means "epfl6". To be left out with
        a scene.
    seed : int, Generator, SeedSequence or None, default None
        0 is a seed like any other. None draws one; it is recorded in the result.
    workers : int or concurrent.futures.Executor, default 1
        Number of processes (threads, where processes cannot be forked), or an executor, which stays open
        afterwards. The result is the same bytes.
    strict : bool, default False
        Raise, instead of warning, if an object finds no room.
    start : int, default 0
        Number of the first tile.
    progress : bool or None, default None
        Show a progress bar on standard error; None means if that is a terminal.

    Returns
    -------
    Dataset
        Tiles `start` to ``start + n - 1``.

    Raises
    ------
    ConfigError
        If a parameter is not as above, or the tiles do not fit into memory.
    PlacementError
        If `strict` and an object finds no room.

    Warns
    -----
    PlacementWarning
        Once, if fewer objects were placed than were asked for. Of a `Density`, which is a mean, single tiles may hold
        fewer; it is said if over all tiles less than 0.7 of it was placed.
    EmptyClassWarning
        If a class of a table other than "epfl6" has no pixel in any tile.

    Examples
    --------
    >>> import synthem
    >>> tiles = synthem.generate(n=2, axons=1, psd=(0, 2), seed=0, shape=(128, 128))
    >>> tiles.images.shape, tiles.seed
    ((2, 128, 128), 0)
    """
    n = check_whole("n", n)
    check_flag("progress", False if progress is None else progress)
    request = TileRequest.of("generate", options)
    dataset = _rendered(request, n, progress)
    Shortfall.merge(map(Shortfall.of, dataset)).warn(request.table)
    return dataset


@shows_options
def iter_tiles(n: int | None = None, *, step: int = 1, **options: Unpack[TileOptions]) -> Iterator[Tile]:
    """Yield the tiles of `generate` one by one, in order, in memory that does not grow with `n`.

    No `PlacementWarning` is given: each tile carries its `report`. With `start` and `step` several readers share one
    stream: reader `k` of `m` takes ``start=k, step=m``, and all need the same `seed`. See
    `synthem.torch` for PyTorch.

    Parameters
    ----------
    n : int or None, default None
        Number of tiles; None never ends.
    axons, psd, vesicles, mitochondria, recipe, style, shape, pixel_size_nm
        As in `generate`.
    spacing_nm, thickness_nm, classes, seed, strict, start
        As in `generate`.
    workers : int or concurrent.futures.Executor, default 1
        Number of threads, or an executor.
    step : int, default 1
        How far apart the numbers of the tiles are.

    Yields
    ------
    Tile
        Tile `start`, `start + step` and so on.

    Raises
    ------
    ConfigError
        If a parameter is not as above.
    PlacementError
        If `strict` and an object finds no room.

    Examples
    --------
    >>> import synthem
    >>> [tile.index for tile in synthem.iter_tiles(3, axons=1, seed=0, shape=(128, 128))]
    [0, 1, 2]
    >>> [tile.index for tile in synthem.iter_tiles(3, seed=0, shape=(128, 128), start=1, step=4)]
    [1, 5, 9]
    """
    n = None if n is None else check_whole("n", n)
    step = check_whole("step", step)
    return _stream(TileRequest.of("iter_tiles", options), n, step)


def _stream(request: TileRequest, n: int | None, step: int = 1) -> Iterator[Tile]:
    """Yield tiles in order."""
    tiles = render_in_order(request.scene, request.root_seed, n, request.workers, start=request.start, step=step)
    for tile in tiles:
        if request.strict:
            require_complete(tile.report, request.root_seed, tile.index)
        yield tile


def _rendered(request: TileRequest, n: int, progress: bool | None) -> Dataset:
    """Render all tiles into one dataset."""
    scene, seed, config = request.scene, request.root_seed, request.config
    solid = len(scene.shape) == len("zyx")
    if solid:
        check_fits(scene.shape, request.table, n=n)
    follow = partial(track, total=n, label="tiles", show=progress, at_first=COMPILING)
    forked = _forked(request, n)
    if not forked:
        about: dict[str, Any] = {"seed": seed, "config": config, "classes": request.table}
        if solid and n == 1:  # one that takes half of the memory cannot be copied
            (only,) = follow(_stream(request, 1))
            return Dataset.assemble(Stacks.of(only), [TileMeta.of(only)], **about)
        return Dataset.from_tiles(follow(_stream(request, n)), n=n, shape=scene.shape, **about)
    stacks = Stacks.empty(n, scene.shape, request.table, shared=True, instead=STREAM_INSTEAD)
    metas = []
    for meta in follow(render_into(stacks, scene, seed, n, forked, start=request.start)):
        if request.strict:
            require_complete(meta.report, request.root_seed, meta.index)
        metas.append(meta)
    return Dataset.assemble(stacks, metas, seed=seed, config=config, classes=request.table)


def _forked(request: TileRequest, n: int) -> int:
    """Return how many processes to fork, 0 for none."""
    if request.workers == 1 or isinstance(request.workers, Executor) or n == 1 or not can_fork():
        return 0
    return request.workers
