"""Slabs of a volume that is being written, kept until it is whole, so that a stopped run loses one slab at most."""

from __future__ import annotations

import json
import os
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np

from synthem.io.checksums import Sums
from synthem.io.encoding import EncodedSlab
from synthem.io.slabs import SlabFacts
from synthem.tiles.body_tally import BodyTally
from synthem.tiles.section_artifacts import SectionArtifact

__all__ = ["KeptSlabs"]

ABOUT, PIXELS = "about.json", "pixels/"
"""Members of a file: what is remembered of a slab, and folder of its bytes."""


@dataclass(frozen=True)
class KeptSlabs:
    """The slabs of one part of a dataset, a ZIP file each. The last slab of a volume is not kept: it ends the volume.

    Parameters
    ----------
    folder : Path
        Where they are; it is made with the first.
    """

    folder: Path

    def has(self, name: str, sections: range) -> bool:
        """Return whether there is a file of a slab; see `load`."""
        return self._path(name, sections).is_file()

    def save(self, slab: EncodedSlab, sections: range, notes: Mapping[str, Any]) -> None:
        """Keep a slab.

        Parameters
        ----------
        slab : EncodedSlab
            The slab; nothing is done for the last one of a volume.
        sections : range
            Which sections of the volume it has.
        notes : mapping
            What is to be kept with it, as JSON-able values.
        """
        facts = slab.facts
        if facts.meta is not None:
            return
        about = {
            "sums": [asdict(one) for one in facts.sums],
            "tally": [counts.tolist() for counts in facts.tally],
            "damage": facts.damage,
            "notes": notes,
        }
        self.folder.mkdir(exist_ok=True)
        path = self._path(slab.name, sections)
        half = path.with_suffix(".half")
        with zipfile.ZipFile(half, "w") as archive:
            archive.writestr(ABOUT, json.dumps(about))
            for name, content in slab.pixels.items():
                archive.writestr(PIXELS + name, content)
        os.replace(half, path)

    def load(self, name: str, sections: range) -> tuple[EncodedSlab, dict[str, Any]] | None:
        """Return a slab and its notes; None if there is none, or its file is damaged.

        Parameters
        ----------
        name : str
            Of the volume.
        sections : range
            Which sections of it.
        """
        try:
            with zipfile.ZipFile(self._path(name, sections)) as archive:
                about = json.loads(archive.read(ABOUT))
                inner = (one for one in archive.namelist() if one.startswith(PIXELS))
                pixels = {one.removeprefix(PIXELS): archive.read(one) for one in inner}
            shapes = [(-1,)] * 3 + [(-1, 3)] * 3
            tally = (
                np.array(counts, np.int64).reshape(shape) for counts, shape in zip(about["tally"], shapes, strict=True)
            )
            facts = SlabFacts(
                sums=tuple(Sums(**one) for one in about["sums"]),
                tally=BodyTally(*tally),
                damage=tuple(SectionArtifact(*one) for one in about["damage"]),
            )
            return EncodedSlab(name=name, pixels=pixels, facts=facts), about["notes"]
        except (OSError, ValueError, TypeError, KeyError, zipfile.BadZipFile):
            return None

    def _path(self, name: str, sections: range) -> Path:
        return self.folder / f"{name}_z{sections.start}-{sections.stop}.zip"
