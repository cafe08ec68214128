"""Drawing of a layout: what a scene asks for, where it finds room, and what its stages draw."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from synthem.geometry.poses import TissueDirection
from synthem.geometry.territory import Territory
from synthem.instrument.stage import Stage, is_partition
from synthem.instrument.style import Style
from synthem.labels import ClassTable
from synthem.scene.layout import Layout
from synthem.seeds import Stream, Streams
from synthem.tissue.claims import gather_claims
from synthem.tissue.free_space import FreeSpace, Placed, area_around
from synthem.tissue.margins import Margins
from synthem.tissue.organelles.base import Organelle, Placeable
from synthem.tissue.placement import Tallies, place_all, place_within

__all__ = ["draw_layout"]


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
    style: Style,
    margins: Margins,
    classes: ClassTable,
    seed: int,
    index: int,
) -> Layout:
    """Draw everything random of one tile.

    Each organelle and each stage draws from a stream of its own, so that one more or one less changes nothing of what
    the others draw; organelles still leave each other less room.

    Parameters
    ----------
    organelles, stages, shape, style, margins, classes
        As in `synthem.Scene`.
    seed, index : int
        Seed and number of the tile.

    Returns
    -------
    Layout
    """
    streams = Streams(seed, index)
    scale, around = shape[0] * shape[1] / 65536, area_around(shape)
    asked = [_ask(organelle, streams.named(f"organelle {organelle.kind}"), scale, around) for organelle in organelles]
    tallies = Tallies(_mean_kinds(organelles, asked))
    wanted = [request for one in asked for request in (*one.fixed, *one.here, *one.outside)]
    alone = [item for request in wanted for item in (request, *request.members)]
    space = FreeSpace(shape, [item.kind for item in alone], margins)
    placed = [found for one in asked for found in place_all(one.fixed, (), space, style, one.stream, tallies)]
    placed += [found for one in asked for found in place_all(one.here, one.outside, space, style, one.stream, tallies)]
    tallies.close(space.free_area)
    territory, grid = _territory(space, placed), space.inner_clearance(placed)
    records, direction = _draw_stages(stages, streams, style, territory, grid)
    fillers = [(item, one.stream) for one in asked for item in one.fillers]
    stream = streams.named("room within compartments")
    within = place_within(fillers, grid, shape, direction, style, stream, tallies)
    parts = [part.moved(item.pose) for item in placed if item.seen for part in item.shape.parts] + within
    parts.sort(key=lambda part: classes.paint_rank(part.label))
    plans = list(zip(stages, records, strict=True))
    return Layout(
        shape=shape,
        parts=tuple(parts),
        before=tuple(plan for plan in plans if plan[0].before_organelles),
        after=tuple(plan for plan in plans if not plan[0].before_organelles),
        style=style,
        report=tallies.report(),
        seed=seed,
        index=index,
        classes=classes,
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


def _territory(space: FreeSpace, placed: Sequence[Placed]) -> Territory:
    claimed = [(item.shape.kind, item.shape.claims, item.pose) for item in placed]
    capsules, rings, owners, facing, next_cell = gather_claims(claimed)
    return Territory(
        shape=space.shape,
        capsules=capsules,
        barriers=tuple(rings),
        owners=tuple(owners),
        facing=tuple(facing),
        next_cell=next_cell,
        clearance=space.clearance,
    )


def _draw_stages(
    stages: Sequence[Stage], streams: Streams, style: Style, territory: Territory, grid: Any
) -> tuple[list[Any], TissueDirection]:
    """Return the record of each stage, and the direction of the tissue; lower the clearance grid to membranes."""
    records, direction = [], TissueDirection()
    for stage in stages:
        record = stage.sample(streams.named(f"stage {type(stage).__name__}"), style, territory)
        if is_partition(stage):
            direction = stage.lower_clearance(record, style, territory, grid)
        records.append(record)
    return records, direction
