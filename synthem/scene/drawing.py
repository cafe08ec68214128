"""Drawing of a layout: what a scene asks for, where it finds room, and what its stages draw."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from synthem.errors import ConfigError
from synthem.geometry.poses import TissueDirection
from synthem.geometry.territory import Territory
from synthem.instrument.stage import Stage, is_partition
from synthem.labels import ClassTable
from synthem.painting.paint import Part
from synthem.seeds import Stream, Streams, draw_key
from synthem.tiles.placement_report import PlacementReport
from synthem.tissue.claims import Gathered, gather_claims
from synthem.tissue.free_space import FreeSpace, Placed, area_around
from synthem.tissue.margins import Margins
from synthem.tissue.organelles.base import Organelle, Placeable
from synthem.tissue.placement import Tallies, place_all, place_within

__all__ = ["Drawn", "draw_layout"]


class Drawn(NamedTuple):
    """Everything random of one tile; see `synthem.scene.Layout`."""

    parts: tuple[Part, ...]
    before: tuple[tuple[Stage, Any], ...]
    after: tuple[tuple[Stage, Any], ...]
    report: PlacementReport
    compartment_kinds: Mapping[int, str]
    facing: tuple[tuple[int, int], ...]
    densities: tuple[int | None, ...]
    key: int


class _Request(NamedTuple):
    """What one organelle asks for, and the stream from which it is drawn."""

    stream: Stream
    fixed: list[Placeable]
    """Placed first in the tile, since its number was asked for; compartments are drawn around it."""
    here: list[Placeable]
    """Placed in the tile likewise, as far as there is room, since its number is a mean."""
    outside: list[Placeable]
    """Placed around the tile."""
    fillers: list[Placeable]
    """Placed within compartments that are there already."""


def draw_layout(
    organelles: Sequence[Organelle],
    stages: Sequence[Stage],
    shape: tuple[int, int],
    margins: Margins,
    pixel_size_nm: float,
    classes: ClassTable,
    seed: int,
    index: int,
) -> Drawn:
    """Draw everything random of one tile.

    Each organelle and each stage draws from a stream of its own, so that one more or one less changes nothing of what
    the others draw; organelles still leave each other less room.

    Parameters
    ----------
    organelles, stages, shape, margins, pixel_size_nm, classes
        As in `synthem.Scene`.
    seed, index : int
        Seed and number of the tile.

    Returns
    -------
    Drawn
    """
    streams = Streams(seed, index)
    scale = shape[0] * shape[1] * (pixel_size_nm / 1280.0) ** 2
    around = area_around(shape, pixel_size_nm)
    asked = [_ask(organelle, streams.named(f"organelle {organelle.kind}"), scale, around) for organelle in organelles]
    tallies = Tallies(_mean_kinds(organelles, asked))
    wanted = [request for one in asked for request in (*one.fixed, *one.here, *one.outside)]
    alone = [item for request in wanted for item in (request, *request.members)]
    space = FreeSpace(shape, [item.kind for item in alone], margins, pixel_size_nm)
    placed = [found for one in asked for found in place_all(one.fixed, (), space, one.stream, tallies)]
    placed += [found for one in asked for found in place_all(one.here, one.outside, space, one.stream, tallies)]
    tallies.close(space.free_area)
    found = gather_claims([(item.shape.kind, item.shape.claims, item.pose) for item in placed])
    territory, grid = _territory(space, found), space.inner_clearance(placed)
    records, direction = _draw_stages(stages, streams, territory, grid)
    fillers = [(item, one.stream) for one in asked for item in one.fillers]
    stream = streams.named("room within compartments")
    within = place_within(fillers, grid, shape, direction, pixel_size_nm, stream, tallies)
    parts, densities = _in_order(placed, within, found.densities, classes)
    plans = list(zip(stages, records, strict=True))
    return Drawn(
        parts=parts,
        before=tuple(plan for plan in plans if plan[0].before_organelles),
        after=tuple(plan for plan in plans if not plan[0].before_organelles),
        report=tallies.report(),
        compartment_kinds=territory.kinds,
        facing=territory.facing,
        densities=densities,
        key=draw_key(streams.named("greys")),
    )


def _mean_kinds(organelles: Sequence[Organelle], asked: Sequence[_Request]) -> set[str]:
    """Return the kinds of which no organelle asks for a number, but all for a mean."""
    means = {kind for organelle in organelles for kind in organelle.density_kinds}
    for organelle, one in zip(organelles, asked, strict=True):
        means -= {kind for item in one.fixed for kind in item.counted if kind not in organelle.density_kinds}
    return means


def _ask(organelle: Organelle, stream: Stream, scale: float, around: float) -> _Request:
    wanted, outside = organelle.requests(stream, scale), organelle.requests_outside(stream, around)
    fillers = [item for item in wanted if item.fills_compartments]
    others = [item for item in wanted if not item.fills_compartments]
    means = frozenset(organelle.density_kinds)
    fixed = [item for item in others if not means.issuperset(item.counted)]
    return _Request(stream, fixed, [item for item in others if means.issuperset(item.counted)], outside, fillers)


def _in_order(
    placed: Sequence[Placed],
    within: Sequence[Part],
    densities: Sequence[tuple[int, int] | None],
    classes: ClassTable,
) -> tuple[tuple[Part, ...], tuple[int | None, ...]]:
    """Return what is seen in the order in which it is painted, and which part is the density of each synapse."""
    parts: list[Part] = []
    firsts: list[int | None] = []
    for item in placed:
        firsts.append(len(parts) if item.seen else None)
        if item.seen:
            parts += [part.moved(item.pose) for part in item.shape.parts]
    parts += within
    order = sorted(range(len(parts)), key=lambda k: classes.paint_rank(parts[k].label))
    ranks = {k: rank for rank, k in enumerate(order)}
    numbers = [_part_number(density, placed, firsts) for density in densities]
    return tuple([parts[k] for k in order]), tuple([None if k is None else ranks[k] for k in numbers])


def _part_number(density: tuple[int, int] | None, placed: Sequence[Placed], firsts: Sequence[int | None]) -> int | None:
    """Return which of all parts is a density, given the number of the first part of each shape that is seen."""
    if density is None:
        return None
    shape, first = placed[density[0]].shape, firsts[density[0]]
    if not 0 <= density[1] < len(shape.parts):
        required = f"the number of a part of the shape ({shape.kind}), less than {len(shape.parts)}"
        raise ConfigError(f"`density` of a Synaptic claim must be {required}, got {density[1]}")
    return None if first is None else first + density[1]


def _territory(space: FreeSpace, found: Gathered) -> Territory:
    return Territory(
        shape=space.shape,
        capsules=found.capsules,
        barriers=tuple(found.rings),
        owners=tuple(found.owners),
        facing=tuple(found.facing),
        kinds=found.kinds,
        next_cell=found.next_cell,
        pixel_size_nm=space.pixel_size_nm,
        clearance=space.clearance,
    )


def _draw_stages(
    stages: Sequence[Stage], streams: Streams, territory: Territory, grid: Any
) -> tuple[list[Any], TissueDirection]:
    """Return the record of each stage, and the direction of the tissue; lower the clearance grid to membranes."""
    records, direction = [], TissueDirection()
    for stage in stages:
        record = stage.sample(streams.named(f"stage {type(stage).__name__}"), territory)
        if is_partition(stage):
            direction = stage.lower_clearance(record, territory, grid)
        records.append(record)
    return records, direction
