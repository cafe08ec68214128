"""Masks and fields of artefacts: one TIFF file per damaged tile, in all formats alike."""

from __future__ import annotations

import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import numpy as np
import numpy.typing as npt
import tifffile
from pydantic import ConfigDict, Field, with_config

from synthem.errors import DataError
from synthem.io.size_limit import check_regular, check_tiff_chain, check_tiff_page
from synthem.parameters import LARGEST
from synthem.tiles.artifacts import Artifact

__all__ = ["ARTIFACTS", "ArtifactEntry", "artifact_file", "encode_artifacts", "read_artifacts"]

ARTIFACTS = "artifacts"
"""The folder."""

SHOWN, LOST = np.uint8(127), np.uint8(255)
"""Pixels of a mask: those that show the artefact, and those that show nothing of the tissue."""

COMPRESSION = "zlib"


Whole: TypeAlias = Annotated[int, Field(ge=-int(LARGEST), le=int(LARGEST))]
"""A whole number that a float can hold."""


@with_config(ConfigDict(extra="forbid", allow_inf_nan=False))
@dataclass(frozen=True, kw_only=True)
class ArtifactEntry:
    """One artefact in a line of ``tiles.jsonl``; `moves` says whether pages of its field follow that of its mask."""

    name: str
    moves: bool
    hides: bool
    parameters: dict[str, bool | Whole | float | str] = field(default_factory=dict)


def artifact_file(name: str) -> str:
    """Return the file of a tile, relative to the folder of the dataset."""
    return f"{ARTIFACTS}/{name}.tif"


def encode_artifacts(artifacts: Sequence[Artifact]) -> bytes:
    """Return the content of the file of a tile with artefacts.

    It has, for each artefact of the tile, a page with its mask (0, 127 where it shows, 255 where nothing of the tissue
    is seen) and, if it moves tissue, two pages of float32 with the displacement along rows and along columns.

    Parameters
    ----------
    artifacts : sequence of Artifact
        Those of one tile, at least one.

    Returns
    -------
    bytes
        A TIFF file.
    """
    content = io.BytesIO()
    with tifffile.TiffWriter(content) as file:
        for page in (page for artifact in artifacts for page in _pages(artifact)):
            file.write(page, photometric="minisblack", compression=COMPRESSION, metadata=None)
    return content.getvalue()


def read_artifacts(
    folder: Path, name: str, entries: Sequence[ArtifactEntry], shape: tuple[int, ...]
) -> tuple[Artifact, ...]:
    """Read the artefacts of a tile.

    Parameters
    ----------
    folder : Path
        Of the dataset.
    name : str
        Of the tile.
    entries : sequence of ArtifactEntry
        What ``tiles.jsonl`` says of them.
    shape : tuple of int
        Of the tile.

    Raises
    ------
    DataError
        If the file is missing or damaged, or holds other pages than it must.
    """
    if not entries:
        return ()
    path = folder / artifact_file(name)
    check_regular(path)
    try:
        with tifffile.TiffFile(path) as file:
            check_tiff_chain(path, file)
            for page in file.pages:
                check_tiff_page(path, page)
            pages = [page.asarray() for page in file.pages]
    except DataError:
        raise
    except Exception as error:
        raise DataError(f"{path} cannot be read as TIFF: {error}") from error
    kinds = [kind for entry in entries for kind in (np.uint8, *((np.float32,) * 2 * entry.moves))]
    if [(page.dtype, page.shape) for page in pages] != [(np.dtype(kind), tuple(shape)) for kind in kinds]:
        found = sorted({f"{page.dtype} {page.shape}" for page in pages})
        raise DataError(f"{path} must hold {len(kinds)} pages of {tuple(shape)} pixels, got {len(pages)} of {found}")
    rest = iter(pages)
    return tuple(_artifact(entry, rest) for entry in entries)


def _pages(artifact: Artifact) -> Iterator[npt.NDArray[Any]]:
    mask = artifact.mask * SHOWN
    if artifact.lost is not None:
        mask[artifact.lost] = LOST
    yield mask
    if artifact.displacement is not None:
        yield from artifact.displacement


def _artifact(entry: ArtifactEntry, pages: Iterator[npt.NDArray[Any]]) -> Artifact:
    mask = next(pages)
    return Artifact(
        name=entry.name,
        parameters=entry.parameters,
        mask=mask > 0,
        lost=mask == LOST if entry.hides else None,
        displacement=np.stack([next(pages), next(pages)]) if entry.moves else None,
    )
