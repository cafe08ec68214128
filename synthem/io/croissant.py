"""A Croissant 1.0 description of Parquet files: what is in which column, for programs that read such descriptions."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from synthem.io.content import DatasetInfo

__all__ = ["DESCRIPTION", "write_description"]

DESCRIPTION = "croissant.json"

_TERMS: Final = (
    *("citeAs", "column", "equivalentProperty", "extract", "field", "fileProperty", "fileObject", "fileSet", "format"),
    *("includes", "isLiveDataset", "jsonPath", "key", "md5", "parentField", "path", "recordSet", "references", "regex"),
    *("repeated", "replace", "samplingRate", "separator", "source", "subField", "transform"),
)
_CONTEXT: Final[Mapping[str, Any]] = {
    "@language": "en",
    "@vocab": "https://schema.org/",
    "cr": "http://mlcommons.org/croissant/",
    "rai": "http://mlcommons.org/croissant/RAI/",
    "dct": "http://purl.org/dc/terms/",
    "sc": "https://schema.org/",
    "conformsTo": "dct:conformsTo",
    "data": {"@id": "cr:data", "@type": "@json"},
    "dataType": {"@id": "cr:dataType", "@type": "@vocab"},
    "examples": {"@id": "cr:examples", "@type": "@json"},
    **{term: f"cr:{term}" for term in _TERMS},
}
"""The context of the Croissant specification, version 1.0."""

RECORDS = "tiles"
BLOCK = 2**20


def write_description(folder: Path, files: Sequence[str], columns: Mapping[str, str], info: DatasetInfo) -> None:
    """Write ``croissant.json``.

    Parameters
    ----------
    folder : Path
        The dataset.
    files : sequence of str
        The Parquet files, relative to it; all have the same columns.
    columns : mapping of str to str
        Names of columns and their types: ``"sc:Text"``, ``"sc:Integer"``, ``"sc:Float"`` or ``"sc:ImageObject"``.
    info : DatasetInfo
        Number and shape of the tiles.
    """
    objects = [_file(folder, path) for path in files]
    source = {"fileObject": {"@id": files[0]}}
    if len(files) > 1:
        source = {"fileSet": {"@id": "files"}}
        includes = {"@type": "cr:FileSet", "@id": "files", "name": "files", "includes": "data/*.parquet"}
        objects.append({**includes, "encodingFormat": "application/x-parquet"})
    size = " x ".join(map(str, info.shape))
    description = {
        "@context": _CONTEXT,
        "@type": "sc:Dataset",
        "name": "synthem",
        "description": f"{info.n} labelled tiles of electron microscopy, {size} pixels each.",
        "conformsTo": "http://mlcommons.org/croissant/1.0",
        "version": "1.0.0",
        "distribution": objects,
        "recordSet": [
            {
                "@type": "cr:RecordSet",
                "@id": RECORDS,
                "name": RECORDS,
                "field": [_field(name, kind, source) for name, kind in columns.items()],
            }
        ],
    }
    (folder / DESCRIPTION).write_text(json.dumps(description, indent=1) + "\n", encoding="utf-8")


def _file(folder: Path, path: str) -> dict[str, Any]:
    digest = hashlib.sha256()
    with (folder / path).open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return {
        "@type": "cr:FileObject",
        "@id": path,
        "name": path,
        "contentUrl": path,
        "encodingFormat": "application/x-parquet",
        "sha256": digest.hexdigest(),
    }


def _field(name: str, kind: str, source: Mapping[str, Any]) -> dict[str, Any]:
    picture = {"transform": {"jsonPath": "bytes"}} if kind == "sc:ImageObject" else {}
    return {
        "@type": "cr:Field",
        "@id": f"{RECORDS}/{name}",
        "name": name,
        "dataType": kind,
        "source": {**source, "extract": {"column": name}, **picture},
    }
