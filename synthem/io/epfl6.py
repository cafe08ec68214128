"""The EPFL6 layout: a folder of images and one folder of masks per class, with equal file names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import numpy.typing as npt

from synthem.errors import DataError
from synthem.io.content import StoredTiles
from synthem.io.images import decode, grey_levels
from synthem.io.listing import Listing, list_folder
from synthem.io.masks import MaskReading, check_size, read_mask
from synthem.io.read_report import ReadReport
from synthem.labels import EPFL6, ClassTable
from synthem.tiles.data_area import data_area
from synthem.tiles.labelled_image import LabelledImage
from synthem.tiles.stacks import Stacks, TileMeta

__all__ = ["read_folder", "read_images"]

LOSSY_TOLERANCE = 4
"""Grey levels by which a flat margin may differ from black or white in a JPEG."""

MOST_BOUNDARIES = 0.5
_FORMS = {
    "lossy": "JPEG masks, cut at 127",
    "ids": "masks of ids, kept as instances",
    "alpha": "constant masks, whose shape is in their opacity",
}


def read_images(
    path: str | Path, classes: ClassTable = EPFL6, *, partial: bool = False
) -> tuple[list[LabelledImage], ReadReport]:
    """Read a folder of images that may differ in size and lack classes.

    Parameters
    ----------
    path : str or Path
        A folder in the EPFL6 layout, or a plain folder of unlabelled images.
    classes : ClassTable, default EPFL6
        The classes whose masks are read.
    partial : bool, default False
        Allow that a class labels only some of the images; by default a class folder must hold a mask for each.

    Returns
    -------
    list of LabelledImage
        In natural order of their names.
    ReadReport
        What was used, and what was ignored.

    Raises
    ------
    DataError
        If there are no images, or one is damaged, not 8-bit or not grey, a mask has no clear meaning, belongs to no
        image, is missing or of another size, or a folder cannot be meant as it is named.

    Warns
    -----
    DataWarning
        If something was ignored that looks like pictures or masks, or may not be what it was meant to be.
    """
    listing = list_folder(_existing(path), classes)
    if not partial:
        _check_complete(listing)
    forms = _Forms()
    slices = [_slice(name, listing, forms) for name in listing.images]
    named = forms.classes_of_ids
    slices = [replace(item, instances=forms.with_single_ids(item, named)) for item in slices] if named else slices
    report = _report(listing, forms.notes(), [*forms.questions(), *_questions(slices)])
    report.warn()
    return slices, report


def read_folder(path: str | Path, classes: ClassTable = EPFL6) -> StoredTiles:
    """Read a folder with all classes of a table and images of one size, such as the real EPFL6 data.

    Class folders are found in any case, with a space, hyphen or underscore, and by `synthem.io.listing.ALIASES`.

    Parameters
    ----------
    path : str or Path
        The folder.
    classes : ClassTable, default EPFL6
        The classes.

    Returns
    -------
    StoredTiles
        With `instances` where masks hold ids, and empty `compartments`, which this layout does not have.

    Raises
    ------
    DataError
        As `read_images`, and if a class is missing or sizes differ.

    Warns
    -----
    DataWarning
        As `read_images`.
    """
    folder = _existing(path)
    listing = list_folder(folder, classes)
    missing = [name for name in classes.names if name not in listing.masks]
    if missing:
        number = "six" if classes == EPFL6 else len(classes)
        there = f"those that are there ({', '.join(listing.masks)})" if listing.masks else "those that are there"
        raise DataError(
            f"{folder} must have a folder for each of the {number} classes, but has none for {missing[0]!r}; "
            f"a table of {there}, given as `classes`, is enough"
        )
    _check_complete(listing)
    names, forms = tuple(listing.images), _Forms()
    first = _slice(names[0], listing, forms)
    shape = first.image.shape
    stacks = Stacks.empty(len(names), (shape[0], shape[1]), classes, name="path")
    stacks.instances[:], stacks.compartments[:] = 0, 0
    kept: list[LabelledImage] = []
    for place, name in enumerate(names):
        item = _slice(name, listing, forms) if place else first
        check_size(listing.images[name], item.image.shape, shape)
        stacks.images[place], stacks.masks[place] = item.image, item.masks
        kept.append(replace(item, image=stacks.images[place], masks=stacks.masks[place], data=None))
    notes = forms.notes()
    if named := forms.classes_of_ids:
        lost: set[str] = set()
        for place, item in enumerate(kept):
            stacks.instances[place], overlapping = _joined(forms.with_single_ids(item, named), classes)
            lost.update(overlapping)
        notes += [("ids not kept, as they overlap those of another class", c) for c in classes.names if c in lost]
    report = _report(listing, notes, [*forms.questions(), *_boundary_questions(kept)])
    report.warn()
    tiles = [TileMeta(index=i) for i in range(len(names))]
    return StoredTiles(stacks=stacks, tiles=tiles, names=names, classes=classes, report=report)


def _existing(path: str | Path) -> Path:
    folder = Path(path)
    if not folder.is_dir():
        raise DataError(f"`path` must be an existing folder, got {folder}")
    return folder


def _check_complete(listing: Listing) -> None:
    for class_name, files in listing.masks.items():
        for name, path in listing.images.items():
            if name not in files:
                raise DataError(f"{path} must have a mask for class {class_name!r}, got none")


@dataclass
class _Forms:
    """What the masks of each class were read from."""

    readings: dict[str, list[tuple[str, MaskReading]]] = field(default_factory=dict)
    full: list[str] = field(default_factory=list)

    def add(self, class_name: str, slice_name: str, path: Path, reading: MaskReading) -> None:
        if reading.mask.size and reading.mask.all():
            self.full.append(f"{path.parent.name}/{path.name}")
        small = replace(reading, mask=reading.mask[:0], ids=None)  # the pixels are kept elsewhere
        self.readings.setdefault(class_name, []).append((slice_name, small))

    @property
    def classes_of_ids(self) -> set[str]:
        return {name for name, found in self.readings.items() if any(one.form == "ids" for _, one in found)}

    def with_single_ids(self, item: LabelledImage, classes: set[str]) -> dict[str, npt.NDArray[np.int32]]:
        """Return the ids of a slice; where others of the class have ids, the one value of a mask is an id, too."""
        ids = dict(item.instances)
        for name in classes - ids.keys():
            for slice_name, reading in self.readings[name]:
                if slice_name == item.name and reading.form == "plain" and 0 < reading.value < 255:
                    ids[name] = item.mask(name).astype(np.int32) * np.int32(reading.value)
        return ids

    def notes(self) -> list[tuple[str, str]]:
        """Return how masks were read, each with its class."""
        notes = []
        for class_name, found in self.readings.items():
            for form, text in _FORMS.items():
                if any(one.form == form for _, one in found):
                    notes.append((text, class_name))
            values = sorted({one.value for _, one in found if one.form == "plain"} - {0, 255})
            if values and class_name not in self.classes_of_ids:
                shown = " or ".join(map(str, values[:4]))
                notes.append((f"masks of 0 and {shown}, as of 0 and 255", class_name))
        return notes

    def questions(self) -> list[str]:
        return [f"{name} is set everywhere; is it inverted?" for name in self.full[:3]]


def _slice(name: str, listing: Listing, forms: _Forms) -> LabelledImage:
    path = listing.images[name]
    picture = decode(path)
    image = grey_levels(path, picture)
    data = data_area(image, tolerance=LOSSY_TOLERANCE if picture.lossy else 0)
    if picture.alpha is not None and (hidden := picture.alpha == 0).any() and not hidden.all():
        data = ~hidden if data is None else data & ~hidden
    planes = np.zeros((len(listing.classes), *image.shape), np.bool_)
    labelled = tuple(c for c in listing.classes.names if name in listing.masks.get(c, {}))
    instances = {}
    for class_name in labelled:
        file = listing.masks[class_name][name]
        reading = read_mask(file)
        check_size(file, reading.mask.shape, image.shape)
        planes[listing.classes.index(class_name)] = reading.mask
        if reading.ids is not None:
            instances[class_name] = reading.ids
        forms.add(class_name, name, file, reading)
    return LabelledImage(
        name=name,
        image=image,
        masks=planes,
        labelled=labelled,
        instances=instances,
        data=data,
        classes=listing.classes,
        pixel_size_nm=picture.pixel_size_nm,
    )


def _joined(
    ids: Mapping[str, npt.NDArray[np.int32]], classes: ClassTable
) -> tuple[npt.NDArray[np.int32] | int, list[str]]:
    """Return one plane of ids of several classes, and the classes that would not fit into it."""
    joined: npt.NDArray[np.int32] | int = 0
    overlapping = []
    for class_name in classes.names:
        if class_name not in ids:
            continue
        own = ids[class_name]
        if isinstance(joined, int):
            joined = own.copy()
        elif (joined[own > 0] > 0).any():
            overlapping.append(class_name)
        else:
            joined = np.where(own > 0, own + joined.max(), joined)
    return joined, overlapping


def _report(listing: Listing, notes: Sequence[tuple[str, str]], questions: Sequence[str]) -> ReadReport:
    folder = listing.folder
    classes: dict[str, list[str]] = {}
    for text, class_name in (*listing.notes, *notes):
        classes.setdefault(text, []).append(class_name)
    return ReadReport(
        source=str(folder),
        pictures=tuple(listing.images),
        masks={
            name: tuple(path.relative_to(folder).as_posix() for path in listing.masks[name].values())
            for name in listing.classes.names
            if name in listing.masks
        },
        notes=tuple(f"{', '.join(found)}: {text}" for text, found in classes.items()),
        questions=tuple(questions),
        ignored=tuple(listing.ignored),
    )


def _questions(slices: Sequence[LabelledImage]) -> list[str]:
    questions = _boundary_questions(slices)
    flat = [item for item in slices if item.data is not None]
    if flat:
        share = np.mean([1 - item.data.mean() for item in flat if item.data is not None])
        questions.append(
            f"{len(flat)} of {len(slices)} pictures have flat black or white margins, {share:.0%} of their pixels, "
            "which are left out as pixels without data"
        )
    return questions


def _boundary_questions(slices: Sequence[LabelledImage]) -> list[str]:
    questions = []
    for name in ("boundaries", "mitochondrial_boundaries"):
        shares = [_share(item, name) for item in slices if name in item.labelled]
        if shares and (share := float(np.mean(shares))) > MOST_BOUNDARIES:
            questions.append(f"{name} cover {share:.0%} of the area; are the masks inverted?")
    return questions


def _share(item: LabelledImage, name: str) -> float:
    mask = item.mask(name)
    return float(mask.mean() if item.data is None else mask[item.data].mean() if item.data.any() else 0.0)
