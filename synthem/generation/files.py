"""`generate_files`: tiles straight onto disk, in parts that workers make and that a stopped run may keep."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from synthem._progress import ticker
from synthem.errors import ConfigError
from synthem.generation.requests import COMPILING
from synthem.generation.shortfall import Shortfall
from synthem.generation.tile_request import TileOptions, TileRequest, check_flag, check_whole, shows_options

if TYPE_CHECKING:
    from synthem.io import Format

__all__ = ["generate_files"]


@shows_options
def generate_files(
    path: str | Path,
    n: int = 300,
    *,
    progress: bool | None = None,
    format: Format = "folders",
    tiles_per_file: int = 1000,
    overwrite: bool = False,
    resume: bool = False,
    shard: tuple[int, int] | None = None,
    **options: Unpack[TileOptions],
) -> Path:
    """Generate tiles straight onto disk, in memory that does not grow with `n`.

    Volumes are written section by section, in memory that hardly grows with their number of sections, in the formats
    whose `synthem.io.formats.TRAITS` have `slabs`: all that hold volumes but "nnunet" and "npz".

    The folder is the same, byte for byte, as that of ``generate(n, ...).save(path, format=format)``. It appears whole
    or not at all. Tiles are made in parts: by a worker each, recorded with SHA-256 once they are whole. So a run that
    was stopped goes on with `resume`, and jobs on other machines make each a `shard`, which
    `synthem.io.merge_shards` joins.

    Parameters
    ----------
    path : str or Path
        Folder to make. It may exist if it is empty.
    n : int, default 300
        Number of tiles, at least 1; of all shards together.
    axons, psd, vesicles, mitochondria, recipe, style, shape, pixel_size_nm
        As in `generate`.
    spacing_nm, thickness_nm, classes, seed, strict, start
        As in `generate`.
    workers : int or concurrent.futures.Executor, default 1
        Number of processes (threads, where processes cannot be forked), or an executor, which stays open afterwards;
        its workers must see `path`. The result is the same bytes.
    progress : bool or None, default None
        As in `generate`.
    format : str, default "folders"
        As in `Dataset.save`.
    tiles_per_file : int, default 1000
        The most tiles in a file, for formats whose tiles share files.
    overwrite : bool, default False
        As in `Dataset.save`.
    resume : bool, default False
        Go on with what a run of the same request left when it was stopped, whatever stopped it; begin anew if there is
        nothing. If this run is stopped, what it has done is kept as well. The slabs of a volume are kept until it is
        whole, which takes twice its room on the disk. Needs a `seed`.
    shard : (int, int), optional
        Make share `i` of `m` alone, ``(i, m)`` with `i` from 0, as the folder ``PATH.shard-i-of-m``. Needs a `seed`.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    ConfigError
        If a parameter is not as above, or `resume` finds a run of another request.
    OutputError
        If the folder may not or cannot be written, or another run is writing it.
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
    >>> import tempfile
    >>> import synthem
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = synthem.generate_files(f"{folder}/tiles", 2, axons=1, seed=0, shape=(128, 128))
    ...     synthem.Dataset.load(path) == synthem.generate(2, axons=1, seed=0, shape=(128, 128))
    True
    """
    from synthem.generation.jobs import FilesJob, make_parts  # with what they need, slow to import
    from synthem.io import DatasetInfo
    from synthem.io.content import AXES
    from synthem.io.formats import check_format
    from synthem.io.plan import Plan, planned_folder
    from synthem.tiles.memory import check_fits

    n, tiles_per_file = check_whole("n", n), check_whole("tiles_per_file", tiles_per_file)
    check_flag("progress", False if progress is None else progress)
    request = TileRequest.of("generate_files", options)
    if (check_flag("resume", resume) or shard is not None) and options.get("seed") is None:
        raise ConfigError("`seed` must be a number with `resume` or `shard`, so that all runs draw the same, got None")
    info = DatasetInfo(
        n=n,
        shape=request.scene.shape,
        seed=request.root_seed,
        config=request.config,
        classes=request.table,
        tiles_per_file=tiles_per_file,
    )
    traits = check_format(format, axes=len(info.shape))
    if info.axes == AXES and not traits.slabs:
        check_fits(info.shape, info.classes)
    plan = Plan.here(format, info, start=request.start, shard=shard)
    about: dict[str, Any] = {"scene": request.scene, "start": request.start, "strict": request.strict}
    with planned_folder(path, plan, overwrite=overwrite, resume=resume) as stage:
        job = FilesJob(**about, format=format, info=info, writing=stage.writing, keep=resume)
        missing = stage.prepare()
        label = "sections" if info.axes == AXES else "tiles"
        with ticker(total=job.size(missing), label=label, show=progress, at_first=COMPILING) as tick:
            make_parts(job, stage.folder, missing, request.workers, tick)
        shortfall = Shortfall.merge(map(Shortfall.from_dict, stage.notes()))
        stage.seal()
    shortfall.warn(request.table, stacklevel=3)
    return plan.target(path)
