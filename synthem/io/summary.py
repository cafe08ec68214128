"""What a folder holds, in a few lines."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from synthem._wording import counted
from synthem.errors import DataError, MissingExtraError
from synthem.io.artifact_files import artifact_file
from synthem.io.content import AXES
from synthem.io.formats import load_format
from synthem.io.manifest import MANIFEST, Manifest, read_manifest
from synthem.io.reading import check_complete
from synthem.io.size_limit import check_regular
from synthem.io.tile_list import TILES

__all__ = ["Summary", "summarise"]

SHOWN = 3


@dataclass(frozen=True, kw_only=True)
class Summary:
    """What a dataset is; as a text, a line for each of these.

    Parameters
    ----------
    folder : Path
        The dataset.
    manifest : Manifest
        What its manifest says.
    objects : mapping of str to int
        Number of visible objects of each kind.
    missing : tuple of str or None
        Files that should be there and are not; None if the package that knows them is not installed.
    files, size : int
        Number of all files in the folder, and their bytes.
    """

    folder: Path
    manifest: Manifest
    objects: Mapping[str, int]
    missing: tuple[str, ...] | None
    files: int
    size: int

    def __str__(self) -> str:
        """Return the lines."""
        manifest = self.manifest
        spacing, solid = manifest.info().spacing_nm, len(manifest.shape) == len(AXES)
        shape = " x ".join(map(str, manifest.shape))
        pixel = "not known" if spacing is None else " x ".join(f"{size:g}" for size in spacing) + " nm"
        lines = {
            "format": f"{manifest.layout}, manifest version {manifest.version}",
            "volumes" if solid else "tiles": f"{len(manifest.names)} of {shape} {'voxels' if solid else 'pixels'}",
            "voxel" if solid else "pixel": pixel,
            "classes": ", ".join(manifest.classes),
            "seed": "none: not generated, or joined" if manifest.seed is None else str(manifest.seed),
            "style": _name_of(manifest.config.get("style")),
            "objects": ", ".join(f"{n} {kind}" for kind, n in self.objects.items()) or "none",
            "artefacts": f"on {counted(len(manifest.damaged), 'tile')}" if manifest.damaged else "",
            "files": f"{self.files}, {self.size / 1e6:.1f} MB{self._missing()}",
            "made by": ", ".join(f"{name} {version}" for name, version in manifest.versions.items()),
        }
        shown = {key: value for key, value in lines.items() if value}
        wide = max(map(len, shown))
        return "\n".join([f"{self.folder}", *(f"  {key:{wide}}  {value}" for key, value in shown.items())])

    def _missing(self) -> str:
        if self.missing is None:
            return "; not checked, since a package is not installed"
        if not self.missing:
            return ", all there"
        more = f" and {len(self.missing) - SHOWN} more" if len(self.missing) > SHOWN else ""
        return f"; missing: {', '.join(self.missing[:SHOWN])}{more}"


def summarise(path: str | Path) -> Summary:
    """Say what a dataset is, from its manifest and its list of tiles; pixels are not read.

    Parameters
    ----------
    path : str or Path
        A dataset that synthem wrote.

    Raises
    ------
    DataError
        If it is none, incomplete, or written by a newer synthem.

    Examples
    --------
    >>> import tempfile
    >>> import synthem
    >>> from synthem.io.summary import summarise
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = synthem.generate(n=2, seed=0, shape=64, axons=0).save(f"{folder}/tiles")
    ...     summary = summarise(path)
    >>> summary.manifest.seed, summary.missing
    (0, ())
    """
    folder = Path(path)
    manifest = read_manifest(folder)
    if manifest is None:
        check_complete(folder)
        raise DataError(f"`path` must be a dataset of synthem, got {folder} without {MANIFEST}")
    try:
        owned = [MANIFEST, TILES, *load_format(manifest.layout).owned_files(manifest)]
        owned += map(artifact_file, manifest.damaged)
        missing = tuple(name for name in owned if not (folder / name).is_file())
    except MissingExtraError:
        missing = None
    sizes = [file.stat().st_size for file in folder.rglob("*") if file.is_file()]
    return Summary(
        folder=folder,
        manifest=manifest,
        objects=_objects(folder / TILES),
        missing=missing,
        files=len(sizes),
        size=sum(sizes),
    )


def _objects(path: Path) -> Mapping[str, int]:
    counts: Counter[str] = Counter()
    check_regular(path)
    try:
        with path.open(encoding="utf-8") as lines:
            for line in lines:
                found = json.loads(line)["counts"]
                if not isinstance(found, dict) or not all(type(n) is int for n in found.values()):
                    raise ValueError(f"`counts` must be numbers of objects by kind, got {found!r}")
                counts.update(found)
    except (OSError, ValueError, KeyError, TypeError, RecursionError) as error:
        raise DataError(f"{path} cannot be read: {error!r}") from error
    return dict(sorted(counts.items()))


def _name_of(style: Any) -> str:
    return str(style.get("name", "")) if isinstance(style, Mapping) else ""
