"""Volumes that are written in slabs: what each slab tells, and what all of them tell of the volume."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from synthem.io.checksums import Sums, joined, sums_of_sections
from synthem.io.content import DatasetInfo
from synthem.io.formats import TRAITS, Format
from synthem.tiles.artifacts import Artifact
from synthem.tiles.body_tally import BodyTally, report_of_bodies
from synthem.tiles.placement_report import PlacementReport
from synthem.tiles.section_artifacts import SectionArtifact
from synthem.tiles.stacks import BlockMeta, TileMeta, bytes_per_pixel
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.volume import Volume, VolumeObject, measure_bodies

__all__ = ["SlabFacts", "StreamedVolume", "joined_facts", "slabs_of"]

SLAB_BYTES = 2**26
"""Bytes of the pixels of a slab, unless one section has more."""


@dataclass(frozen=True, kw_only=True, eq=False)
class StreamedVolume:
    """What a line of ``tiles.jsonl`` says of a volume that was written slab by slab; fields as in `Volume`."""

    index: int
    seed: int | None
    report: PlacementReport
    objects: tuple[VolumeObject, ...]
    synapses: tuple[SynapticContact, ...]
    pixel_size_nm: float | None
    block: BlockMeta
    artifacts: tuple[Artifact, ...] = ()


@dataclass(frozen=True, kw_only=True, eq=False)
class SlabFacts:
    """What is remembered of a slab until all slabs of its volume are there.

    Parameters
    ----------
    sums : tuple of Sums
        SHA-256 of the pixels of each section.
    tally : BodyTally
        Its bodies, with places in the volume.
    damage : tuple of SectionArtifact
        What damaged its sections, as the volume numbers them.
    meta : TileMeta or None
        Of the last slab: what is known of the volume.
    """

    sums: tuple[Sums, ...]
    tally: BodyTally
    damage: tuple[SectionArtifact, ...]
    meta: TileMeta | None = None

    @classmethod
    def of(cls, slab: Volume, sections: range, depth: int) -> SlabFacts:
        """Return what is remembered of a slab.

        Parameters
        ----------
        slab : Volume
            The slab; its records are those of the volume.
        sections : range
            Which sections of the volume it has.
        depth : int
            How many sections the volume has.
        """
        meta = None
        if sections.stop == depth:
            meta = TileMeta.of(slab)
            section, row, column = slab.origin
            origin = (section - sections.start, row, column)
            meta = replace(meta, lines=None, records=slab.known, block=meta.block._replace(origin=origin))
        tally = BodyTally.of(slab.instances, first=sections.start)
        damage = tuple(one._replace(section=one.section + sections.start) for one in slab.damage)
        return cls(sums=tuple(sums_of_sections(slab)), tally=tally, damage=damage, meta=meta)


def joined_facts(slabs: Sequence[SlabFacts]) -> tuple[StreamedVolume, Sums]:
    """Return what all slabs of a volume, in order, tell of it, and the sums of its pixels."""
    meta, tally = slabs[-1].meta, BodyTally.joined(slab.tally for slab in slabs)
    assert meta is not None
    assert isinstance(meta.records, tuple)
    voxel = None
    if meta.pixel_size_nm is not None and meta.block.spacing_nm is not None:
        voxel = float(np.prod((meta.block.spacing_nm, meta.pixel_size_nm, meta.pixel_size_nm)))
    objects = measure_bodies(meta.records, tally, voxel)
    ids = {item.id for item in objects}
    volume = StreamedVolume(
        index=meta.index,
        seed=meta.seed,
        report=report_of_bodies(meta.records, ids),
        objects=objects,
        synapses=tuple(one for one in meta.facing if one.psd in ids),
        pixel_size_nm=meta.pixel_size_nm,
        block=meta.block._replace(damage=tuple(one for slab in slabs for one in slab.damage)),
    )
    return volume, joined(one for slab in slabs for one in slab.sums)


def slabs_of(format: Format, info: DatasetInfo) -> list[range]:
    """Return the sections of each slab in which volumes are written; all in one where the format holds them whole.

    Parameters
    ----------
    format : str
        The format.
    info : DatasetInfo
        Shape and classes of the volumes.

    Examples
    --------
    >>> from synthem.io import DatasetInfo
    >>> from synthem.io.slabs import slabs_of
    >>> slabs_of("folders", DatasetInfo(n=1, shape=(40, 512, 512)))
    [range(0, 17), range(17, 34), range(34, 40)]
    >>> slabs_of("npz", DatasetInfo(n=1, shape=(40, 512, 512)))
    [range(0, 40)]
    """
    depth, *section = info.shape
    fitting = max(1, SLAB_BYTES // (math.prod(section) * bytes_per_pixel(info.classes)))
    multiple = TRAITS[format].slab_multiple
    fitting -= fitting % multiple if fitting > multiple else 0
    step = fitting if TRAITS[format].slabs else depth
    return [range(first, min(first + step, depth)) for first in range(0, depth, step)]
