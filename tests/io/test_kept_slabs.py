"""Slabs come back as they were kept, or not at all."""

import numpy as np
import pytest

from synthem.io.checksums import Sums
from synthem.io.encoding import EncodedSlab
from synthem.io.kept_slabs import KeptSlabs
from synthem.io.slabs import SlabFacts
from synthem.tiles.body_tally import BodyTally
from synthem.tiles.section_artifacts import SectionArtifact
from synthem.tiles.stacks import TileMeta

SECTIONS = range(4, 6)


def slab(instances=(), meta=None):
    labels = np.zeros((2, 3, 4), np.int32)
    labels.ravel()[: len(instances)] = instances
    facts = SlabFacts(
        sums=(Sums(images="1f", masks="2e"), Sums(images="3d", masks="4c")),
        tally=BodyTally.of(labels, first=4),
        damage=(SectionArtifact(5, "shift", {"row_nm": 1.25}),),
        meta=meta,
    )
    return EncodedSlab(name="000007", pixels={"a/b.png": b"\x00\xff", "": b""}, facts=facts)


@pytest.mark.parametrize("instances", [(), (7, 7, 0, 70_000)])
def test_a_slab_comes_back(tmp_path, instances):
    kept, one = KeptSlabs(tmp_path / "slabs"), slab(instances)
    assert not kept.has(one.name, SECTIONS)
    kept.save(one, SECTIONS, {"tiles": 0})
    assert kept.has(one.name, SECTIONS)
    found, notes = kept.load(one.name, SECTIONS)
    assert notes == {"tiles": 0}
    assert (found.name, found.pixels) == (one.name, one.pixels)
    assert (found.facts.sums, found.facts.damage, found.facts.meta) == (one.facts.sums, one.facts.damage, None)
    for counts, wanted in zip(found.facts.tally, one.facts.tally, strict=True):
        assert counts.dtype == np.int64
        assert counts.shape == wanted.shape
        assert np.array_equal(counts, wanted)


def test_the_last_slab_is_not_kept(tmp_path):
    meta = object.__new__(TileMeta)
    KeptSlabs(tmp_path).save(slab(meta=meta), SECTIONS, {})
    assert list(tmp_path.iterdir()) == []


def test_other_sections_and_damaged_files_are_not_taken(tmp_path):
    kept = KeptSlabs(tmp_path)
    kept.save(slab((3,)), SECTIONS, {})
    assert kept.load("000007", range(4, 7)) is None
    assert kept.load("000008", SECTIONS) is None
    (path,) = tmp_path.iterdir()
    whole = path.read_bytes()
    for cut in (0, 10, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:cut])
        assert kept.load("000007", SECTIONS) is None
    path.write_bytes(whole.replace(b'"sums"', b'"some"'))
    assert kept.load("000007", SECTIONS) is None
