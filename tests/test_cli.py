from __future__ import annotations

import json
import os
import subprocess
import sys

import numpy as np
import pytest
from typer.testing import CliRunner

from synthem import Dataset, __version__
from synthem.cli import app
from synthem.instrument.style import load_style
from synthem.labels import EPFL6, load_class_table
from synthem.tissue.recipes.recipe import load_recipe

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")

SMALL = ["-n", "2", "--shape", "64", "--seed", "7", "--vesicles", "0"]


@pytest.fixture
def run():
    def invoke(*args):
        return CliRunner().invoke(app, [str(arg) for arg in args])

    return invoke


class TestGenerate:
    def test_writes_a_dataset(self, run, tmp_path):
        result = run("generate", tmp_path / "out", *SMALL, "--axons", "0:1", "--psd", "1", "--workers", 2)
        assert result.exit_code == 0, result.output
        assert result.stdout == f"{tmp_path / 'out'}: 2 tiles, seed 7\n"
        dataset = Dataset.load(tmp_path / "out")
        assert (len(dataset), dataset.shape, dataset.seed) == (2, (64, 64), 7)

    def test_options_reach_the_scene(self, run, tmp_path):
        result = run(
            "generate", tmp_path / "out", "-n", 1, "--shape", "64x80", "--recipe", "paper_axons", "--format", "tiff"
        )
        assert result.exit_code == 0, result.output
        assert (tmp_path / "out" / "original.tif").is_file()
        dataset = Dataset.load(tmp_path / "out")
        assert dataset.shape == (64, 80)
        assert isinstance(dataset.seed, int)
        assert not dataset.masks[:, :3].any()

    def test_refuses_a_preview_before_any_work(self, run, tmp_path):
        result = run("generate", tmp_path / "out", *SMALL, "--preview", tmp_path / "out.jpg")
        assert result.exit_code == 2
        assert "`--preview` must end in .png" in result.stderr
        assert list(tmp_path.iterdir()) == []

    def test_no_clouds_means_no_vesicles_at_all(self, run, tmp_path):
        assert run("generate", tmp_path / "out", "-n", 4, "--vesicles", 0, "--seed", 1).exit_code == 0
        assert not Dataset.load(tmp_path / "out").masks[:, EPFL6.index("vesicles")].any()

    def test_a_count_may_be_a_mean(self, run, tmp_path):
        assert run("generate", tmp_path / "out", *SMALL, "--axons", "mean:0.5").exit_code == 0
        axon = Dataset.load(tmp_path / "out").config["organelles"][0]
        assert (axon["type"], axon["count"]) == ("Axon", {"mean": 0.5})

    def test_the_seed_that_was_drawn_is_printed(self, run, tmp_path):
        result = run("generate", tmp_path / "out", "-n", 1, "--shape", "64")
        assert result.stdout == f"{tmp_path / 'out'}: 1 tile, seed {Dataset.load(tmp_path / 'out').seed}\n"

    def test_writes_a_preview(self, run, tmp_path):
        result = run("generate", tmp_path / "out", *SMALL, "--preview", tmp_path / "out.png")
        assert result.exit_code == 0, result.output
        assert (tmp_path / "out.png").read_bytes().startswith(b"\x89PNG")

    @pytest.mark.parametrize(
        ("args", "message"),
        [
            (["--axons", "-1"], "`--axons` must be a whole number, low:high with low <= high, or mean:number, got"),
            (["--axons", "mean:many"], "`--axons` must be a whole number, low:high with low <= high, or mean:number"),
            (["--axons", "mean:-1"], "`--axons` must be a whole number, low:high with low <= high, or mean:number"),
            (["--axons", "3:1"], "`--axons` must be a whole number, low:high with low <= high, or mean:number, got"),
            (
                ["--axons", "1.5"],
                "`--axons` must be a whole number, low:high with low <= high, or mean:number, got '1.5'",
            ),
            (
                ["--psd", "many"],
                "`--psd` must be a whole number, low:high with low <= high, or mean:number, got 'many'",
            ),
            (["-n", "0"], "`-n` must be a whole number of at least 1, got 0"),
            (["--workers", "0"], "`--workers` must be a whole number of at least 1, got 0"),
            (["--seed", "-1"], "`--seed` must be an integer from 0"),
            (["--shape", "32"], "`--shape` must be two integers (rows, columns) from 64"),
            (["--shape", "axb"], "`--shape` must be a size, HEIGHTxWIDTH or SECTIONSxHEIGHTxWIDTH, got 'axb'"),
            (["--style", "epfel"], "did you mean 'epfl'"),
            (["--recipe", "papper"], "did you mean 'paper'"),
            (["--recipe", "none.toml"], "none.toml"),
        ],
    )
    def test_wrong_values_end_with_2_and_write_nothing(self, run, tmp_path, args, message):
        result = run("generate", tmp_path / "out", "-n", "1", *args)
        assert result.exit_code == 2
        assert message in result.stderr
        assert result.stderr.startswith("error: ")
        assert list(tmp_path.iterdir()) == []

    @pytest.mark.parametrize("format", ["folders", "tiff"])
    def test_parts_are_numbered_on(self, run, tmp_path, format):
        for start in (0, 2):
            result = run("generate", tmp_path / str(start), *SMALL, "--start", start, "--format", format)
            assert result.exit_code == 0, result.output
        first, second = (Dataset.load(tmp_path / str(start)) for start in (0, 2))
        assert (*first.names, *second.names) == ("000000", "000001", "000002", "000003")
        assert first.seed == second.seed == 7
        assert not (first.images == second.images).all()

    def test_unknown_formats_end_with_2(self, run, tmp_path):
        result = run("generate", tmp_path / "out", "--format", "jpeg")
        assert result.exit_code == 2
        assert "jpeg" in result.stderr

    def test_an_occupied_folder_ends_with_1_before_any_work(self, run, tmp_path, monkeypatch):
        monkeypatch.setattr("synthem.generation.jobs.make_parts", None)
        (tmp_path / "thesis.txt").write_text("years of work")
        for extra in ([], ["--overwrite"]):
            result = run("generate", tmp_path, *SMALL, *extra)
            assert result.exit_code == 1
            assert "error: `OUT` must" in result.stderr
        assert (tmp_path / "thesis.txt").read_text() == "years of work"

    def test_overwrite_replaces(self, run, tmp_path):
        for extra in ([], ["--overwrite", "-n", "1"]):
            assert run("generate", tmp_path / "out", *SMALL, *extra).exit_code == 0
        assert len(Dataset.load(tmp_path / "out")) == 1

    def test_what_found_no_room_is_said(self, run, tmp_path):
        crowded = [*SMALL, "--axons", "2000"]
        result = run("generate", tmp_path / "out", *crowded)
        assert result.exit_code == 0
        assert result.stderr.startswith("warning: 2 of 2 tiles hold fewer objects than requested: axon")
        result = run("generate", tmp_path / "strict", *crowded, "--strict")
        assert result.exit_code == 1
        assert result.stderr.startswith("error: tile 0 of seed 7 is incomplete: axon")
        assert not (tmp_path / "strict").exists()


class TestPreview:
    @pytest.fixture
    def saved(self, run, tmp_path):
        assert run("generate", tmp_path / "tiles", *SMALL).exit_code == 0
        return tmp_path / "tiles"

    def test_of_a_dataset(self, run, saved, tmp_path):
        result = run("preview", saved, "-o", tmp_path / "sheet.png", "--scale", 2)
        assert result.exit_code == 0, result.output
        assert read_png(tmp_path / "sheet.png").shape == (128 + 2 * 22, 2 * 260 + 8, 3)  # and the legend

    def test_beside_real_slices(self, run, saved, tmp_path, epfl6):
        result = run("preview", saved, "-o", tmp_path / "sheet.png", "--real", epfl6(), "--columns", 1)
        assert result.exit_code == 0, result.output
        assert read_png(tmp_path / "sheet.png").shape == (28 + 2 * 64 + 8 + 3 * 22, 130 + 24 + 130, 3)

    def test_of_a_recipe(self, run, tmp_path):
        result = run("preview", "-n", 1, "-o", tmp_path / "sheet.png", "--recipe", "tissue", "--seed", 1)
        assert result.exit_code == 0, result.output
        assert read_png(tmp_path / "sheet.png").shape == (256 + 2 * 22, 514, 3)

    def test_of_volumes_as_a_film(self, run, saved, tmp_path):
        volumes = ("generate", tmp_path / "volumes", "-n", 1, "--shape", "3x64x64", "--seed", 1)
        assert run(*volumes).exit_code == 0
        result = run("preview", tmp_path / "volumes", "-o", tmp_path / "a.png", "--scroll", tmp_path / "a.gif")
        assert result.exit_code == 0, result.output
        assert (tmp_path / "a.gif").read_bytes().startswith(b"GIF89a")
        result = run("preview", saved, "-o", tmp_path / "b.png", "--scroll", tmp_path / "b.gif")
        assert result.exit_code == 2
        assert "`--scroll` must be left out without volumes" in result.stderr
        assert not list(tmp_path.glob("b.*"))

    @pytest.mark.parametrize(
        ("args", "code", "message"),
        [
            (["-n", "1", "--scroll", "film.mp4"], 2, "`--scroll` must end in .webp or .gif or .png, got 'film.mp4'"),
            (["nowhere"], 1, "`DATASET` must be an existing folder"),
            (["--real", "nowhere"], 1, "`--real` must be an existing folder"),
            (["-n", "0"], 2, "`-n` must be a whole number of at least 1"),
            (["--columns", "0"], 2, "`--columns` must be a whole number of at least 1"),
            (["-n", "1", "-o", "sheet.jpg"], 2, "`--output` must end in .png, got 'sheet.jpg'"),
            (["out", "--recipe", "paper"], 2, "`--recipe` must be left out with a dataset"),
            (["out", "--seed", "3"], 2, "`--seed` must be left out with a dataset"),
        ],
    )
    def test_wrong_values(self, run, tmp_path, monkeypatch, args, code, message):
        monkeypatch.chdir(tmp_path)
        result = run("preview", *args)
        assert (result.exit_code, result.stderr[:7]) == (code, "error: ")
        assert message in result.stderr
        assert list(tmp_path.iterdir()) == []


def read_png(path):
    import cv2

    return cv2.imdecode(np.frombuffer(path.read_bytes(), np.uint8), cv2.IMREAD_COLOR)


def test_styles_and_recipes_are_listed(run):
    result = run("styles")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "style   ac4",
        "style   any",
        "style   epfl",
        "recipe  paper",
        "recipe  paper_axons",
        "recipe  tissue",
        "classes all",
        "classes epfl6",
    ]


def test_warmup_renders_every_recipe(run):
    result = run("warmup")
    assert (result.exit_code, result.output) == (0, "")


def test_version(run):
    assert run("--version").stdout == f"synthem {__version__}\n"


class TestStyles:
    def test_lists_and_prints_what_is_shipped(self, run, tmp_path):
        assert run("styles").stdout.split()[:2] == ["style", "ac4"]
        for name, load in (("epfl", load_style), ("tissue", load_recipe), ("epfl6", load_class_table)):
            result = run("styles", name)
            (tmp_path / "own.toml").write_text(result.stdout)
            assert (result.exit_code, load(tmp_path / "own.toml")) == (0, load(name))

    def test_wrong_names(self, run):
        result = run("styles", "tisue")
        assert result.exit_code == 2
        assert "got 'tisue'; did you mean 'tissue'?" in result.stderr


def test_a_style_is_varied(run, tmp_path):
    for name in ("epfl", tmp_path / "mine.toml"):
        result = run("styles", name, "--vary", "0.5", "-o", tmp_path / "mine.toml")
        assert result.exit_code == 0
        assert load_style(tmp_path / "mine.toml") == load_style("epfl").varied(0.5)
    alone, large = run("styles", "--vary", "0.5"), run("styles", "epfl", "--vary", "7")
    assert "`--vary` must come with a style, its name or its file, got 0.5 alone" in alone.stderr
    assert "`--vary` must be a number from 0 to 3, got 7.0" in large.stderr
    assert alone.exit_code == large.exit_code == 2


@pytest.mark.parametrize("command", ["generate", "preview", "styles", "warmup"])
def test_help_has_examples(run, command):
    result = run(command, "--help")
    assert result.exit_code == 0
    assert "Example" in result.output
    assert f"synthem {command}" in result.output


@pytest.mark.slow
def test_the_module_says_in_a_pipe_what_it_made(tmp_path):
    command = [sys.executable, "-m", "synthem", "generate", str(tmp_path / "out"), *SMALL]
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "NO_COLOR": "1"}, check=False)
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{tmp_path / 'out'}: 2 tiles, seed 7\n", "")
    assert json.loads((tmp_path / "out" / "manifest.json").read_text())["seed"] == 7


class TestReading:
    def test_what_was_used_and_ignored_is_said(self, run, epfl6, tmp_path):
        folder = epfl6()
        (folder / "axon").rename(folder / "axons")
        (folder / "notes.txt").write_text("")
        result = run("preview", "-o", tmp_path / "sheet.png", "-n", 1, "--real", folder, "--seed", 1)
        assert result.exit_code == 0, result.output
        masks = "mitochondria 2, psd 2, vesicles 2, axon 2, boundaries 2, mitochondrial_boundaries 2"
        assert result.stderr.splitlines() == [
            f"{folder}: 2 pictures, masks: {masks}",
            "  read: axon: folder axons",
            "  ignored: notes.txt (it is not in 'original')",
        ]

    def test_warnings_about_data_are_lines(self, run, epfl6, tmp_path):
        folder = epfl6()
        (folder / "axon").rename(folder / "axons")
        (folder / "labels").mkdir()
        (folder / "labels" / "a.png").write_bytes(b"")
        result = run("preview", folder, "-o", tmp_path / "sheet.png", "-n", 1)
        assert result.exit_code == 0, result.output
        assert result.stderr == f"warning: {folder}: ignored: labels/ (its name is no class)\n"


class TestStylesToFile:
    @pytest.mark.parametrize("name", ["epfl", "tissue"])
    def test_a_file_is_what_would_be_printed(self, run, tmp_path, name):
        result = run("styles", name, "-o", tmp_path / "new" / "my.toml")
        assert (result.exit_code, result.output) == (0, "")
        assert (tmp_path / "new" / "my.toml").read_bytes().decode() == run("styles", name).stdout

    def test_wrong_requests_are_named(self, run, tmp_path):
        result = run("styles", "epfl", "-o", tmp_path / "my.txt")
        assert result.exit_code == 2
        assert "`--output` must end in .toml" in result.stderr
        result = run("styles", "-o", tmp_path / "my.toml")
        assert result.exit_code == 2
        assert "`--output` must come with the name of a style, recipe or class table" in result.stderr


@pytest.mark.parametrize(
    ("args", "name"),
    [
        (["generate", "full"], "OUT"),
        (["preview", "nowhere"], "DATASET"),
        (["preview", "--real", "nowhere"], "--real"),
        (["compare", "nowhere", "nowhere"], "REAL"),
        (["calibrate", "nowhere"], "REAL"),
    ],
)
def test_errors_name_the_folder_that_was_typed(run, tmp_path, monkeypatch, args, name):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "mine.txt").write_text("")
    result = run(*args)
    assert result.exit_code != 0
    assert result.stderr.startswith(f"error: `{name}` must")


class TestConvert:
    def test_a_dataset_in_another_format(self, run, dataset, tmp_path):
        source = dataset.save(tmp_path / "a")
        result = run("convert", source, tmp_path / "b", "--format", "npz")
        assert (result.exit_code, result.stdout) == (0, f"{tmp_path / 'b'}: 4 tiles\n"), result.output
        assert Dataset.load(tmp_path / "b") == dataset

    def test_arrays_with_names_and_the_size_of_a_pixel(self, run, dataset, tmp_path):
        source = dataset.save(tmp_path / "a", format="hdf5") / "tiles.h5"
        names = ("--names", "image=raw", "--names", "Axon=labels/axon", "--pixel-size", 8)
        result = run("convert", source, tmp_path / "b", "--format", "coco", *names)
        assert result.exit_code == 0, result.output
        again = Dataset.load(tmp_path / "b")
        assert np.array_equal(again.masks[:, 0], dataset.masks[:, EPFL6.index("axon")])
        assert again[0].pixel_size_nm == 8.0

    @pytest.mark.parametrize(
        ("options", "message"),
        [
            (("--format", "numpy"), "`--format` must be one of folders,"),
            (("--format", "npz", "--names", "raw"), "`--names` must be like image=raw, got 'raw'"),
            (("--format", "npz", "--names", "psd=a", "--names", "psd=b"), "`--names` must give each name once"),
            (("--format", "npz", "--pixel-size", "5"), "`--pixel-size` must be left out for a dataset of synthem"),
        ],
    )
    def test_what_is_wrong_is_said(self, run, dataset, tmp_path, options, message):
        result = run("convert", dataset.save(tmp_path / "a"), tmp_path / "b", *options)
        assert (result.exit_code, result.stdout) == (2, "")
        assert message in result.stderr


class TestInfo:
    def test_says_what_a_dataset_is(self, run, dataset, tmp_path):
        result = run("info", dataset.save(tmp_path / "a", format="hf"))
        assert result.exit_code == 0, result.output
        assert "format   hf, manifest version 3\n  tiles    4 of 64 x 64 pixels" in result.stdout

    def test_says_what_is_none(self, run, tmp_path):
        result = run("info", tmp_path)
        assert result.exit_code == 1
        assert "without manifest.json" in result.stderr
