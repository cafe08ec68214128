"""Files of a folder of slices: which are pictures, which are masks of which class, and which are neither."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path

from synthem.errors import DataError, did_you_mean
from synthem.io.images import IMAGE_SUFFIXES
from synthem.io.natural import natural_key
from synthem.io.planes import IMAGES, LABELS
from synthem.io.read_report import Ignored, shortened
from synthem.labels import EPFL6, ClassTable, key_of

__all__ = ["ALIASES", "Listing", "class_of_folder", "list_folder"]

ALIASES: Mapping[str, tuple[str, ...]] = {
    "mitochondria": ("mitochondrion", "mito", "mitos"),
    "psd": ("psds", "postsynaptic_density", "postsynaptic_densities"),
    "vesicles": ("vesicle", "synaptic_vesicle", "synaptic_vesicles"),
    "axon": ("axons", "myelin", "myelin_sheath", "myelin_sheaths"),
    "boundaries": (
        *("boundary", "membrane", "membranes", "cell_membrane", "cell_membranes"),
        *("cell_boundary", "cell_boundaries"),
    ),
    "mitochondrial_boundaries": (
        *("mitochondrial_boundary", "mitochondria_boundary", "mitochondria_boundaries"),
        *("mitochondrial_membrane", "mitochondrial_membranes"),
    ),
}
"""Names of folders taken for a class of EPFL6, beside the class's own; case, spaces and hyphens do not matter."""

PICTURE_FOLDERS = ("originals", "image", "images", "img", "imgs", "raw", "em", "picture", "pictures", "slices")
MASK_WORDS = (
    *("cp_mask", "cp_masks", "mask", "masks", "label", "labels", "seg", "segmentation", "segmentations"),
    *("gt", "ground_truth", "groundtruth", "annotation", "annotations"),
)
MASK_FOLDERS = (*MASK_WORDS, "labelstr", "instances", "instance")
OTHER_PICTURES = (
    *(".bmp", ".gif", ".webp", ".jp2", ".pgm", ".ppm", ".pbm", ".tga", ".svg", ".mrc", ".rec", ".dm3", ".dm4"),
    *(".npy", ".npz", ".h5", ".hdf5", ".n5", ".zarr", ".nii", ".nrrd", ".mha", ".mat", ".czi", ".lif", ".raw"),
)
"""Endings of pictures and masks that are not read, so that they are not passed over in silence."""

_READ = "PNG, TIFF and JPEG are read"


@dataclass(kw_only=True)
class Listing:
    """Pictures and masks of a folder, by name, and what else there is; each note is of a class."""

    folder: Path
    classes: ClassTable
    images: dict[str, Path] = field(default_factory=dict)
    masks: dict[str, dict[str, Path]] = field(default_factory=dict)
    notes: list[tuple[str, str]] = field(default_factory=list)
    ignored: list[Ignored] = field(default_factory=list)


def class_of_folder(name: str, classes: ClassTable = EPFL6) -> str | None:
    """Return the class that a folder of masks is named after, or None.

    Parameters
    ----------
    name : str
        Name of the folder: a class, its folder on disk, or one of `ALIASES`.
    classes : ClassTable, default EPFL6
        The classes.

    Examples
    --------
    >>> class_of_folder("Mitochondrial Boundaries"), class_of_folder("axons"), class_of_folder("labels")
    ('mitochondrial_boundaries', 'axon', None)
    """
    key = key_of(name)
    return classes.of_word(name) or next((one for one in classes.names if key in ALIASES.get(one, ())), None)


def _words(classes: ClassTable) -> dict[str, str]:
    """Return all names of folders with the classes that they stand for."""
    return {word: one.name for one in classes for word in (one.name, key_of(one.folder), *ALIASES.get(one.name, ()))}


def list_folder(folder: Path, classes: ClassTable = EPFL6) -> Listing:
    """Find the pictures of a folder and the masks of each class.

    Parameters
    ----------
    folder : Path
        In the EPFL6 layout, or a plain folder of pictures.
    classes : ClassTable, default EPFL6
        The classes whose masks are looked for.

    Returns
    -------
    Listing
        Pictures in natural order, masks under the names of their pictures.

    Raises
    ------
    DataError
        If there are no pictures, or a file or folder cannot be meant as it is: two folders of a class, one whose name
        is misspelt, masks without a picture, masks among the pictures.
    """
    found = Listing(folder=folder, classes=classes)
    pictures, places, others = _folders(folder, classes)
    if pictures is None and places:
        raise DataError(f"{folder} must have a folder {IMAGES!r} beside its folders of masks{_picture_hint(others)}")
    _check_others(found, others, places)
    files = _by_name(found, folder if pictures is None else pictures)
    if not files:
        hint = _picture_hint(others) or _reason_hint(found.ignored)
        raise DataError(f"{pictures or folder} must hold images ({', '.join(IMAGE_SUFFIXES)}), got none{hint}")
    _check_pictures(found, files, plain=pictures is None)
    found.images = {name: files[name] for name in sorted(files, key=natural_key)}
    if pictures is not None:
        found.ignored += [
            Ignored(path.name, f"it is not in {IMAGES!r}", path.suffix.lower() in (*IMAGE_SUFFIXES, *OTHER_PICTURES))
            for path in _visible(folder)
            if path.is_file()
        ]
    for class_name, place in places.items():
        if classes.of_word(place.name) is None:
            found.notes.append((f"folder {place.name}", class_name))
        found.masks[class_name] = _matched(found, class_name, place)
    return found


def _visible(folder: Path) -> list[Path]:
    entries = (path for path in folder.iterdir() if not path.name.startswith("."))
    return sorted(entries, key=lambda path: natural_key(path.name))


def _folders(folder: Path, classes: ClassTable) -> tuple[Path | None, dict[str, Path], list[Path]]:
    """Return the folder of pictures, those of classes, and the others that hold files of pictures."""
    pictures: Path | None = None
    places: dict[str, Path] = {}
    others: list[Path] = []
    for entry in _visible(folder):
        if not entry.is_dir():
            continue
        class_name = class_of_folder(entry.name, classes)
        if key_of(entry.name) == IMAGES:
            if pictures is not None:
                raise DataError(f"{folder} must have one folder {IMAGES!r}, got {pictures.name} and {entry.name}")
            pictures = entry
        elif class_name is None:
            others.append(entry)
        elif class_name in places:
            names = f"{places[class_name].name} and {entry.name}"
            raise DataError(f"{folder} must have one folder for class {class_name!r}, got several: {names}")
        else:
            places[class_name] = entry
    return pictures, places, others


def _holds_pictures(folder: Path) -> bool:
    endings = (*IMAGE_SUFFIXES, *OTHER_PICTURES)
    return any(path.suffix.lower() in endings for path in folder.iterdir() if not path.name.startswith("."))


def _check_others(found: Listing, others: list[Path], places: Mapping[str, Path]) -> None:
    """Note the folders that are not read; raise for those that must have been meant to be."""
    words, names = _words(found.classes), ", ".join(found.classes.names)
    for entry in others:
        key, inside = key_of(entry.name), _holds_pictures(entry)
        hint = "" if key in (*MASK_FOLDERS, *PICTURE_FOLDERS) else did_you_mean(key, words)
        meant = words[get_close_matches(key, words, n=1)[0]] if hint else None
        if inside and meant is not None and meant not in places:
            raise DataError(f"{entry} must be named after a class ({names}), got {entry.name!r}{hint}")
        if inside and key in MASK_FOLDERS and not places:
            raise DataError(
                f"{entry} must be named after the class that it labels, beside a folder {IMAGES!r}, got "
                f"{entry.name!r}; masks of several classes go into a folder for each ({names})"
            )
        if key in LABELS:
            found.ignored.append(Ignored(f"{entry.name}/", "a plane of synthem, read with its manifest only", False))
            continue
        reason = "its name is no class" if inside else "no pictures directly in it"
        found.ignored.append(Ignored(f"{entry.name}/", reason + (hint if inside else ""), inside))


def _picture_hint(others: Iterable[Path]) -> str:
    named = [path for path in others if key_of(path.name) in PICTURE_FOLDERS]
    return f"; rename {named[0].name!r} to {IMAGES!r}, if the pictures are in there" if named else ""


def _reason_hint(ignored: Iterable[Ignored]) -> str:
    names = [one.name for one in ignored if one.data]
    return f"; {shortened(names)} cannot be read as they are" if names else ""


def _by_name(found: Listing, folder: Path) -> dict[str, Path]:
    """Return the files that are read, by name; note the others."""
    files: dict[str, Path] = {}
    for path in _visible(folder):
        if path.is_dir():
            if folder != found.folder and _holds_pictures(path):
                found.ignored.append(
                    Ignored(f"{folder.name}/{path.name}/", "folders within folders are not read", True)
                )
            continue
        suffix = path.suffix.lower()
        if suffix not in IMAGE_SUFFIXES:
            other = suffix in OTHER_PICTURES
            name = path.name if folder == found.folder else f"{folder.name}/{path.name}"
            found.ignored.append(Ignored(name, f"not a format of pictures that is read: {_READ}", other))
            continue
        name = unicodedata.normalize("NFC", path.stem)
        name = name[:-4] if name.lower().endswith(".ome") and suffix.startswith(".tif") else name
        if name in files:
            raise DataError(f"{folder} must hold one file per name, got {files[name].name} and {path.name}")
        files[name] = path
    return files


def _bases(name: str, words: Iterable[str]) -> Iterator[str]:
    """Yield what remains of a name without a word for masks at its end or beginning."""
    folded = name.lower().replace("-", "_").replace(" ", "_").replace(".", "_")
    for word in words:
        if folded.endswith(f"_{word}"):
            yield name[: -len(word) - 1]
        if folded.startswith(f"{word}_"):
            yield name[len(word) + 1 :]


def _check_pictures(found: Listing, files: Mapping[str, Path], *, plain: bool) -> None:
    folder, words = found.folder, (*MASK_WORDS, *_words(found.classes))
    what_to_do = (
        f"put the pictures into a folder {IMAGES!r} and the masks of each class into a folder of its name "
        f"({', '.join(found.classes.names)})"
    )
    for name, path in files.items():
        base = next((base for base in _bases(name, words) if base in files), None)
        if base is not None:
            raise DataError(
                f"{path.parent} must hold pictures only, got {files[base].name} and its mask {path.name}; {what_to_do}"
            )
    if plain and all(any(True for _ in _bases(name, MASK_WORDS)) for name in files):
        raise DataError(
            f"{folder} must hold pictures, got masks by their names: {shortened(list(files))}; {what_to_do}"
        )
    if (
        plain
        and class_of_folder(folder.absolute().name, found.classes)
        and (folder.absolute().parent / IMAGES).is_dir()
    ):
        raise DataError(f"{folder} must hold pictures, got the masks of a class; give the folder above it")


def _matched(found: Listing, class_name: str, place: Path) -> dict[str, Path]:
    """Return the masks of a class under the names of their pictures."""
    before = len(found.ignored)
    files = _by_name(found, place)
    if not files and any(one.data for one in found.ignored[before:]):
        raise DataError(f"{place} must hold masks{_reason_hint(found.ignored[before:])}; {_READ}")
    words = (*MASK_WORDS, *(word for word, name in _words(found.classes).items() if name == class_name))
    folded = {name.casefold(): name for name in found.images}
    masks: dict[str, Path] = {}
    renamed = []
    for name in sorted(files, key=lambda name: (name not in found.images, natural_key(name))):
        path, picture = files[name], name
        if name not in found.images:
            candidates = (*_bases(name, words), name)
            picture = next((folded[base.casefold()] for base in candidates if base.casefold() in folded), "")
            if not picture:
                hint = did_you_mean(name, found.images)
                raise DataError(f"{path} must belong to an image of the same name in {IMAGES!r}, got none{hint}")
            renamed.append(f"{path.name} for {picture}")
        if picture in masks:
            raise DataError(f"{place} must hold one mask per image, got {masks[picture].name} and {path.name}")
        masks[picture] = path
    if renamed:
        found.notes.append((f"masks by other names, such as {renamed[0]}", class_name))
    if len(masks) < len(found.images):
        found.notes.append((f"masks of {len(masks)} of {len(found.images)} pictures", class_name))
    return masks
