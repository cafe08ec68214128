"""A class of one's own, from the scene to masks, objects, disk, report and network, without a change in the library."""

from __future__ import annotations

import json
import warnings
from dataclasses import dataclass

import numpy as np
import pytest
from typer.testing import CliRunner

import synthem
from synthem import ClassTable, Dataset, EmptyClassWarning, LabelClass, Scene, generate, generate_files, iter_tiles
from synthem.cli import app
from synthem.errors import ConfigError, DataError, DataWarning
from synthem.io import FORMATS, read_slices
from synthem.quality import compare, cut_tiles, measure
from synthem.view.sheets import overlay

OWN = LabelClass(name="spine_apparatus", folder="Spine apparatus", colour=(0, 200, 200), precedence=35)
TABLE = ClassTable(classes=("mitochondria", OWN, "boundaries"), name="mine")


@dataclass(frozen=True, kw_only=True)
class SpineApparatus(synthem.Organelle):
    radius_nm: float = 50.0

    def shape(self, rng, size):
        ring = synthem.circle(32) * self.radius_nm
        part = synthem.Part(
            self.kind, (synthem.Fill((ring,), "dense_body", label=OWN.name),), label=OWN.name, rings=(ring,)
        )
        room = np.array([[0.0, 0.0, 0.0, 0.0, self.radius_nm + 20.0]])
        return synthem.Shape((part,), claims=(synthem.Region(room),), ring=ring)


def scene_of(classes):
    organelles = [SpineApparatus(count=8), synthem.Mitochondrion(count=4), synthem.PSD(count=4)]
    return Scene(organelles=organelles, shape=(128, 128), classes=classes)


@pytest.fixture(scope="module")
def tiles():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", synthem.PlacementWarning)
        return generate(4, recipe=scene_of(TABLE), seed=1)


def test_masks_ids_and_objects_follow_the_table(tiles):
    assert (tiles.classes, tiles.masks.shape) == (TABLE, (4, 3, 128, 128))
    for tile in tiles:
        ids = [item.id for item in tile.objects if item.class_name == "spine_apparatus"]
        assert len(ids) == 2  # 8 per 256x256
        assert np.array_equal(tile.mask("Spine apparatus"), np.isin(tile.instances, ids))
        assert {item.class_name for item in tile.objects if item.kind == "psd"} <= {None}


def test_a_table_that_leaves_classes_out_changes_nothing_but_masks():
    few = Scene(organelles=[synthem.Axon(count=1)], shape=(128, 128), classes=ClassTable(classes=("boundaries",)))
    every = Scene(organelles=[synthem.Axon(count=1)], shape=(128, 128))
    one, other = few.render(seed=3), every.render(seed=3)
    assert np.array_equal(one.masks[0], other.mask("boundaries"))
    for plane in ("image", "instances", "compartments"):
        assert np.array_equal(getattr(one, plane), getattr(other, plane))


def test_high_codes_paint_the_same_picture():
    below = (LabelClass(name=f"c{k}", colour=(1, 2, 3), precedence=k / 100) for k in range(243))
    table = ClassTable(classes=(*below, *synthem.EPFL6))
    assert max(table.codes.values()) == 249
    one, other = (
        synthem.build_scene("tissue", axons=2, shape=(128, 128), classes=c).render(seed=4) for c in (table, None)
    )
    assert np.array_equal(one.masks[243:], other.masks)
    assert not one.masks[:243].any()
    for plane in ("image", "instances", "compartments"):
        assert np.array_equal(getattr(one, plane), getattr(other, plane))
    assert one.objects == other.objects


def test_precedence_decides_what_is_seen():
    """A class below membranes is covered by them, one above covers them."""

    def covered(precedence):
        own = LabelClass(name="spine_apparatus", colour=(1, 2, 3), precedence=precedence)
        part = synthem.Part(
            "square", (synthem.Fill((SQUARE,), "dense_body", label=own.name),), label=own.name, rings=(SQUARE,)
        )
        layout = Scene(organelles=[], shape=(64, 64), classes=ClassTable(classes=("boundaries", own))).sample(seed=2)
        object.__setattr__(layout, "parts", (part,))
        return layout.render().masks

    below, above = covered(5), covered(15)
    inside = np.zeros((64, 64), bool)
    inside[10:50, 10:50] = True
    assert np.array_equal(below[0] & inside, ~below[1] & inside)
    assert below[0][inside].any()
    assert np.array_equal(above[1], inside)
    assert not above[0][inside].any()


SQUARE = np.array([(9.5, 9.5), (9.5, 49.5), (49.5, 49.5), (49.5, 9.5)])


@pytest.mark.parametrize("format", FORMATS)
def test_the_table_goes_to_disk_and_back(tiles, tmp_path, format):
    path = tiles.save(tmp_path / "tiles", format=format)
    assert Dataset.load(path) == tiles == Dataset.load(path, classes=TABLE)
    if format in ("folders", "tiff", "hdf5-main"):
        assert any(entry.stem == "Spine apparatus" for entry in path.iterdir())
    assert not any(entry.stem == "PSD" for entry in path.iterdir())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", synthem.PlacementWarning)
        other = generate_files(tmp_path / "other", 4, recipe=scene_of(TABLE), seed=1, workers=2, format=format)
    assert (other / "manifest.json").read_bytes() == (path / "manifest.json").read_bytes()
    assert Dataset.load(other) == tiles
    again = Scene.from_dict({**tiles.config, "organelles": tiles.config["organelles"][1:]})
    assert again.classes == TABLE
    with pytest.raises(ConfigError, match=r"`classes` must be left out or be those of .*manifest.json, got mito"):
        Dataset.load(path, classes="epfl6")
    tiles[:2].save(path, format="folders", overwrite=True)
    assert not (path / "Spine apparatus.tif").exists()


def test_arrays_of_own_classes_are_saved_as_well(tiles, tmp_path):
    dataset = Dataset.from_arrays(tiles.images, tiles.masks, classes=TABLE)
    assert Dataset.load(dataset.save(tmp_path / "tiles")) == dataset
    with pytest.raises(ConfigError, match=r"`masks` must be a bool array of shape \(4, 6, 128, 128\)"):
        Dataset.from_arrays(tiles.images, tiles.masks)
    with pytest.raises(DataError, match=r"`tiles` must have the classes mitochondria, psd, .* got mitochondria, spine"):
        Dataset.from_tiles(tiles, n=4, shape=(128, 128), classes=synthem.EPFL6)
    assert Dataset.from_tiles(tiles, n=4, shape=(128, 128)).classes == TABLE


@pytest.mark.parametrize("key", ["classes", "class_table"])
def test_a_damaged_table_is_named(tiles, tmp_path, key):
    path = tiles.save(tmp_path / "tiles") / "manifest.json"
    manifest = json.loads(path.read_text())
    manifest[key] = ["psd"] if key == "classes" else {"classes": [{"name": "psd", "folder": "../x"}]}
    path.write_text(json.dumps(manifest))
    with pytest.raises(DataError, match=f"`{key}`"):
        Dataset.load(path.parent)


def test_folders_of_others_are_read_by_the_table(tiles, tmp_path):
    path = tiles.save(tmp_path / "tiles")
    for name in ("manifest.json", "tiles.jsonl"):
        (path / name).unlink()
    (path / "Spine apparatus").rename(path / "SPINE-APPARATUS")
    (path / "boundaries").rename(path / "membranes")
    assert np.array_equal(Dataset.load(path, classes=TABLE).masks, tiles.masks)
    with pytest.warns(DataWarning, match=r"SPINE-APPARATUS/ \(its name is no class\)"):
        slices = read_slices(path)
    assert {item.labelled for item in slices} == {("mitochondria", "boundaries")}
    with pytest.raises(DataError, match="must have a folder for each of the six classes, but has none for 'psd'"):
        Dataset.load(path)
    three = read_slices(path, classes=TABLE)
    assert {item.labelled for item in three} == {TABLE.names}
    assert "spine_apparatus 4" in str(three.report)


def test_overlay_and_preview_have_the_colours(tiles):
    tile = tiles[0]
    picture = overlay(tile.image, tile.masks, classes=TABLE, opacity=1.0)
    assert (picture[tile.mask("spine_apparatus")] == OWN.colour).all()
    assert (tiles.preview().reshape(-1, 3) == OWN.colour).all(axis=1).any()
    with pytest.raises(ConfigError, match="`masks` must be one per class, 6, got 3"):
        overlay(tile.image, tile.masks)


def test_the_report_has_generic_metrics(tiles):
    side = measure(cut_tiles(tiles, size=128))
    assert side.counts["spine_apparatus"].mean == pytest.approx(2, abs=1)
    area = 100 * tiles.masks[:, 1].mean()
    assert side.areas["spine_apparatus"].mean == pytest.approx(area)
    grey = tiles.images[tiles.masks[:, 1]].mean()
    assert side.grey["spine_apparatus"].mean == pytest.approx(grey)
    names = [metric.name for metric in compare(tiles[:2], tiles[2:], size=128).metrics]
    wanted = [f"spine_apparatus {what}" for what in ("per tile", "area, %", "size, px, median")]
    assert [name for name in names if "spine" in name][:3] == wanted
    assert "mitochondria per tile" in names


def test_sides_of_different_tables_are_compared_by_name(tiles):
    six = Dataset.from_arrays(tiles.images, np.repeat(tiles.masks[:, :1], 6, axis=1))
    notes = compare(six, tiles, size=128).notes
    assert "not labelled on the real side, so not compared: spine_apparatus" in notes
    missing = "psd, vesicles, axon, mitochondrial_boundaries"
    assert f"no class of the synthetic side, so not compared: {missing}" in notes


@pytest.mark.slow
def test_a_network_has_an_output_for_every_class(tiles):
    pytest.importorskip("torch")
    from synthem.experiments.trainer import TrainingConfig
    from synthem.experiments.training import train_network
    from synthem.experiments.unet import UNetConfig

    small = TrainingConfig(steps=1, batch=1, network=UNetConfig(classes=3, widths=(4, 8)))
    network = train_network(tiles.images, tiles.masks, small, device="cpu").network
    assert network.predict(tiles.images[0], tile=128).shape == (3, 128, 128)


def test_a_class_without_a_pixel_is_named_once(tmp_path):
    classes = ClassTable(classes=("boundaries", OWN, LabelClass(name="er", colour=(1, 2, 3))))
    with pytest.warns(EmptyClassWarning, match="no tile has a pixel of spine_apparatus, er; does") as caught:
        generate(2, recipe=Scene(organelles=[], shape=(64, 64), classes=classes), seed=0)
    assert len(caught) == 1
    with pytest.warns(EmptyClassWarning, match="no tile has a pixel of spine_apparatus, er; does") as caught:
        generate_files(tmp_path / "out", 2, recipe=Scene(organelles=[], shape=(64, 64), classes=classes), seed=0)
    assert len(caught) == 1
    generate(1, recipe=Scene(organelles=[], shape=(64, 64)), seed=0)


def test_a_label_that_is_no_class_is_named():
    with pytest.raises(ConfigError, match=r"`label` of paint .* got 'spine_apparatus'"):
        scene_of(None).render(seed=0)


def test_functions_take_a_table_or_a_scene_that_has_one():
    boundaries = ClassTable(classes=("boundaries",))
    (tile,) = iter_tiles(1, shape=64, seed=0, classes=boundaries)
    assert tile.masks.shape == (1, 64, 64)
    with pytest.raises(ConfigError, match="`classes` must be left out when `recipe` is a scene"):
        iter_tiles(1, recipe=Scene(), classes=boundaries)
    with pytest.raises(ConfigError, match="`classes` must be one of all, epfl6"):
        generate(1, classes="seven")


def test_the_command_takes_a_table(tmp_path):
    table = tmp_path / "mine.toml"
    table.write_text('[[classes]]\nname = "boundaries"\n\n[[classes]]\nname = "er"\ncolour = [1, 2, 3]\n')
    out = tmp_path / "out"
    done = CliRunner().invoke(app, ["generate", str(out), "-n", "1", "--seed", "7", "--classes", str(table)])
    assert done.exit_code == 0, done.output
    assert "warning: no tile has a pixel of er; does the scene paint it?" in done.stderr
    folders = {entry.name for entry in out.iterdir() if entry.is_dir()}
    assert folders == {"boundaries", "er", "original", "instances", "compartments"}
    done = CliRunner().invoke(app, ["preview", str(out), "-o", str(tmp_path / "sheet.png")])
    assert done.exit_code == 0, done.output
    done = CliRunner().invoke(app, ["generate", str(tmp_path / "no"), "--classes", "epfl7"])
    assert "error: `--classes` must be one of all, epfl6" in done.stderr
