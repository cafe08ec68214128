"""Have every format read by what its field reads it with, and compare with the arrays that were written.

Run by .ci/full, in an environment of its own with synthem[formats], nnunetv2, datasets,
mlcroissant, ome-types and tensorstore.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

import synthem
from synthem.io import FORMATS, DatasetInfo, save_tiles

SPACING = 5.0


def shared(folder: Path, stem: str, ending: str) -> list[Path]:
    """Return the files in which a plane lies, in order."""
    whole = folder / f"{stem}{ending}"
    return [whole] if whole.is_file() else sorted(folder.glob(f"{stem}-[0-9][0-9][0-9]{ending}"))


def check_tiff(folder: Path, tiles: synthem.Dataset) -> None:
    """Read each stack, and its OME description, which is valid by the schema."""
    import ome_types
    import tifffile

    for label_class, masks in zip(tiles.classes, np.moveaxis(tiles.masks, 1, 0), strict=True):
        paths = shared(folder, label_class.folder, ".tif")
        stacks = [tifffile.imread(path).reshape(-1, *tiles.shape) for path in paths]
        assert np.array_equal(np.concatenate(stacks) > 0, masks), label_class
        with tifffile.TiffFile(paths[0]) as file:
            assert file.series[0].axes == "TYX"
        pixels = ome_types.from_tiff(paths[0], validate=True).images[0].pixels
        assert (pixels.physical_size_x, pixels.physical_size_x_unit.value) == (SPACING, "nm")
        assert pixels.channels[0].name == label_class.folder


def check_ome_zarr(folder: Path, tiles: synthem.Dataset) -> None:
    """Validate the hierarchy, and read arrays by their paths."""
    import yaozarrs
    import zarr

    subprocess.run(["yaozarrs", "validate", folder / "tiles.zarr"], check=True)
    for name, tile in zip(tiles.names, tiles, strict=True):
        path = folder / "tiles.zarr" / name
        yaozarrs.validate_zarr_store(path)
        assert np.array_equal(zarr.open_array(path / "0", mode="r")[...], tile.image)
        for label_class, mask in zip(tiles.classes, tile.masks, strict=True):
            assert np.array_equal(zarr.open_array(path / "labels" / label_class.name / "0", mode="r")[...], mask)
    scale = yaozarrs.open_group(path).ome_metadata().multiscales[0].datasets[0].scale_transform.scale
    assert scale == [SPACING] * 2, scale


TENSORSTORE = """
import sys
import numpy as np
import tensorstore
for layer in ("image", "classes", "instances", "compartments"):
    store = {"driver": "file", "path": f"{sys.argv[1]}/{layer}/"}
    array = tensorstore.open({"driver": "neuroglancer_precomputed", "kvstore": store}).result()
    assert [unit.multiplier for unit in array.dimension_units[:2]] == [5.0, 5.0], array.dimension_units
    np.save(f"{sys.argv[2]}_{layer}.npy", np.asarray(array[..., 0, 0].read().result()).T)
"""


def check_precomputed(folder: Path, tiles: synthem.Dataset) -> None:
    """Read layers with tensorstore, in processes of their own: it lets none be forked afterwards."""
    for name, tile in zip(tiles.names, tiles, strict=True):
        stem = folder.parent / f"{name}_{folder.name}"
        subprocess.run([sys.executable, "-c", TENSORSTORE, folder / "tiles" / name, stem], check=True)
        found = {p: np.load(f"{stem}_{p}.npy") for p in ("image", "classes", "instances", "compartments")}
        for plane in ("image", "instances", "compartments"):
            assert np.array_equal(found[plane], getattr(tile, plane)), (name, plane)
        for channel, mask in enumerate(tile.masks):
            assert np.array_equal(found["classes"] >> channel & 1, mask), (name, channel)


def check_nnunet(folder: Path, tiles: synthem.Dataset) -> None:
    """Have nnU-Net verify the folder, and make regions of its label maps."""
    from nnunetv2.experiment_planning.verify_dataset_integrity import verify_dataset_integrity
    from nnunetv2.imageio.natural_image_reader_writer import NaturalImage2DIO
    from nnunetv2.utilities.label_handling.label_handling import LabelManager

    verify_dataset_integrity(str(folder), num_processes=2)
    about = json.loads((folder / "dataset.json").read_text())
    manager = LabelManager(about["labels"], about.get("regions_class_order"))
    reader, regions = NaturalImage2DIO(), {k: np.atleast_1d(v) for k, v in about["labels"].items()}
    for name, tile in zip(tiles.names, tiles, strict=True):
        seg = reader.read_seg(str(folder / "labelsTr" / f"{name}.png"))[0][0, 0]
        for label_class, mask in zip(tiles.classes, tile.masks, strict=True):
            assert np.array_equal(np.isin(seg, regions[label_class.name]), mask), (name, label_class)
        if tiles.classes == synthem.EPFL6:  # back from perfect predictions, whose order counts
            channels = [np.isin(seg, region) for region in manager.foreground_regions]
            again = manager.convert_probabilities_to_segmentation(np.array(channels, np.float32))
            assert np.array_equal(again, seg)
    splits = json.loads((folder / "splits_final.json").read_text())
    assert sorted(name for fold in splits for name in fold["val"]) == list(tiles.names)


def check_hdf5(folder: Path, tiles: synthem.Dataset) -> None:
    """Read arrays by their names."""
    import h5py

    files = [h5py.File(path) for path in shared(folder, "tiles", ".h5")]
    assert np.array_equal(np.concatenate([file["raw"][:] for file in files]), tiles.images)
    for channel, name in enumerate(tiles.classes.names):
        found = np.concatenate([file[f"labels/{name}"][:] for file in files])
        assert np.array_equal(found > 0, tiles.masks[:, channel]), name


def check_hdf5_main(folder: Path, tiles: synthem.Dataset) -> None:
    """Read the one array of each file."""
    import h5py

    for plane, stack in (("original", tiles.images), ("PSD", tiles.masks[:, tiles.classes.index("psd")])):
        found = np.concatenate([h5py.File(path)["main"][:] for path in shared(folder, plane, ".h5")])
        assert np.array_equal(found if plane == "original" else found > 0, stack)


def check_webdataset(folder: Path, tiles: synthem.Dataset) -> None:
    """Decode samples in the usual way."""
    import webdataset

    urls = [str(path) for path in shared(folder, "tiles", ".tar")]
    samples = list(webdataset.WebDataset(urls, shardshuffle=False).decode("l8"))
    assert [sample["__key__"] for sample in samples] == list(tiles.names)
    for sample, tile in zip(samples, tiles, strict=True):
        assert np.array_equal(sample["image.png"], tile.image)
        assert sample["json"]["index"] == tile.index
        for name, mask in zip(tiles.classes.names, tile.masks, strict=True):
            assert np.array_equal(sample[f"{name}.png"] > 0, mask)


def check_coco(folder: Path, tiles: synthem.Dataset) -> None:
    """Join the masks of annotations, and count objects with holes kept."""
    from pycocotools.coco import COCO

    found = COCO(str(folder / "annotations.json"))
    names = {one["id"]: one["name"] for one in found.loadCats(found.getCatIds())}
    assert list(names.items()) == list(enumerate(tiles.classes.names, start=1))
    for image, tile in zip(found.loadImgs(found.getImgIds()), tiles, strict=True):
        for number, mask in enumerate(tile.masks, start=1):
            entries = found.loadAnns(found.getAnnIds(imgIds=image["id"], catIds=number, iscrowd=None))
            joined = np.zeros(tile.shape, bool)
            for entry in entries:
                one = found.annToMask(entry).astype(bool)
                assert not (joined & one).any()
                assert entry["area"] == one.sum()
                assert entry["iscrowd"] or np.array_equal(one, mask & (tile.instances == entry["object_id"]))
                joined |= one
            assert np.array_equal(joined, mask), (image, number)


def check_hf(folder: Path, tiles: synthem.Dataset) -> None:
    """Load the folder as a dataset, validate its description and read records by it."""
    import mlcroissant

    import datasets

    loaded = datasets.load_dataset(str(folder), split="train", cache_dir=str(folder.parent / "cache"))
    assert loaded["name"][:] == list(tiles.names)
    for row, tile in zip(loaded, tiles, strict=True):
        assert np.array_equal(np.asarray(row["image"]), tile.image)
        assert np.array_equal(np.asarray(row["instances"]), tile.instances)
        for name, mask in zip(tiles.classes.names, tile.masks, strict=True):
            assert np.array_equal(np.asarray(row[name]) > 0, mask)
    description = folder / "croissant.json"
    subprocess.run(["mlcroissant", "validate", "--jsonld", description], check=True)
    records = list(mlcroissant.Dataset(jsonld=str(description)).records("tiles"))
    assert sorted(record["tiles/name"].decode() for record in records) == sorted(tiles.names)
    first = next(record for record in records if record["tiles/name"].decode() == tiles.names[0])
    assert np.array_equal(np.asarray(first["tiles/image"]), tiles.images[0])


def check_npz(folder: Path, tiles: synthem.Dataset) -> None:
    """Load files without pickles."""
    for name, tile in zip(tiles.names, tiles, strict=True):
        with np.load(folder / "tiles" / f"{name}.npz", allow_pickle=False) as arrays:
            assert np.array_equal(arrays["masks"], tile.masks)
            assert tuple(arrays["classes"].tolist()) == tiles.classes.names


def check_folders(folder: Path, tiles: synthem.Dataset) -> None:
    """Read PNG files with Pillow."""
    from PIL import Image

    for name, tile in zip(tiles.names, tiles, strict=True):
        for label_class, mask in zip(tiles.classes, tile.masks, strict=True):
            found = np.asarray(Image.open(folder / label_class.folder / f"{name}.png"))
            assert np.array_equal(found > 0, mask)


def main() -> None:
    """Write tiles in every format, in one file and in several, and have them read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("out", type=Path, help="folder to make")
    out = parser.parse_args().out
    for table in ("epfl6", "all"):
        tiles = synthem.generate(5, seed=7, shape=(192, 256), classes=table)
        info = DatasetInfo(n=5, shape=tiles.shape, seed=7, config=tiles.config, classes=tiles.classes)
        for tiles_per_file in (1000, 2):
            for name in FORMATS:
                folder = out / f"{table}_{tiles_per_file}" / f"Dataset501_{name}"
                few = replace(info, tiles_per_file=tiles_per_file)
                save_tiles(zip(tiles.names, tiles, strict=True), folder, info=few, format=name)
                globals()[f"check_{name.replace('-', '_')}"](folder, tiles)
                print(f"{name}, table {table}, {tiles_per_file} tiles per file: accepted", flush=True)


if __name__ == "__main__":
    main()
