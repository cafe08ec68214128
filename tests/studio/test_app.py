from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

import synthem
from synthem.solid import list_solid_recipes
from tests.studio.conftest import serving


def changed(design, kind, section, **values):
    """Return a design with other values of a section."""
    part = design[kind] | {section: design[kind].get(section, {}) | values}
    return design | {kind: part}


class TestTile:
    def test_is_the_tile_of_the_library(self, studio, design):
        facts, image, masks = studio.picture("/api/tile", design)
        expected = synthem.build_scene("tissue", style="epfl", shape=(128, 128)).render(7, 3)
        assert np.array_equal(image, expected.image)
        assert np.array_equal(masks, expected.masks)
        assert [one["name"] for one in facts["classes"]] == list(synthem.EPFL6.names)
        assert (facts["seed"], facts["index"], facts["pixel_size_nm"]) == (7, 3, 5.0)

    def test_follows_the_style_with_the_same_masks(self, studio, design):
        _, before, masks = studio.picture("/api/tile", design)
        _, after, again = studio.picture("/api/tile", changed(design, "style", "detector", white=60.0))
        assert (before != after).mean() > 0.5
        assert np.array_equal(masks, again)

    def test_follows_the_recipe(self, studio, design):
        axons = synthem.EPFL6.index("axon")
        none, many = ({"count": 0}, {"count": 40})
        assert not studio.picture("/api/tile", changed(design, "recipe", "axons", **none))[2][axons].any()
        assert studio.picture("/api/tile", changed(design, "recipe", "axons", **many))[2][axons].any()

    def test_follows_the_pixel_size_of_the_style(self, studio, design):
        small, large = (design | {"style": design["style"] | {"pixel_size_nm": one}} for one in (4.0, 12.0))
        found = [studio.picture("/api/tile", one) for one in (small, large, small)]
        assert [facts["pixel_size_nm"] for facts, _, _ in found] == [4.0, 12.0, 4.0]
        assert np.array_equal(found[0][1], found[2][1])
        assert not np.array_equal(found[0][2], found[1][2])

    def test_tells_what_found_no_room(self, studio, design):
        crowded = changed(design, "recipe", "axons", count=60)
        (kind, placed, wanted), *_ = studio.picture("/api/tile", crowded)[0]["missing"]
        assert kind == "axon"
        assert placed < wanted

    def test_has_planes_for_more_than_eight_classes(self, studio, design):
        facts, _, masks = studio.picture("/api/tile", design | {"classes": "all"})
        expected = synthem.build_scene("tissue", shape=(128, 128), classes="all").render(7, 3)
        assert len(facts["classes"]) == 18
        assert np.array_equal(masks, expected.masks)

    @pytest.mark.parametrize(
        ("wrong", "message"),
        [
            ({"size": 63}, "`size` must be a whole number from 64 to 1024, got 63"),
            ({"seed": -1}, "`seed` must be a whole number from 0"),
            ({"index": True}, "`index` must be a whole number"),
            ({"classes": "/etc/passwd.toml"}, "`classes` must be the name of a shipped table"),
            ({"classes": "epfl7"}, "did you mean 'epfl6'"),
            ({"section": -1}, "`section` must be a whole number from 0 to 100000, got -1"),
            ({"section": 3, "spacing_nm": "5"}, "`spacing_nm` must be a number from 1 to 500, got '5'"),
            ({"section": 3, "classes": "all"}, "`classes` of volumes must be classes that are painted"),
            ({"style": None}, "`style` must be an object, got None"),
            (
                {"colour": 1},
                "`design` must hold classes, index, recipe, section, seed, size, solid_recipe, spacing_nm, style",
            ),
        ],
    )
    def test_what_is_wrong_is_said(self, studio, design, wrong, message):
        assert message in studio.error("/api/tile", design | wrong)

    def test_errors_name_the_parameter(self, studio, design):
        wrong = changed(design, "style", "optics", psf_sigma_nm=1000)
        assert "`psf_sigma_nm` must be a number from 0 to 100" in studio.error("/api/tile", wrong)
        assert "did you mean 'psf_sigma_nm'" in studio.error(
            "/api/tile", changed(design, "style", "optics", psf_sigm_nm=1)
        )

    def test_json_must_be_json(self, studio):
        status, _, body = studio.send("POST", "/api/tile", "{")
        assert (status, json.loads(body)["error"]) == (422, "the request must be JSON")
        assert studio.send("POST", "/api/tile", " " * (2 << 20))[0] == 413


class TestVolume:
    def test_sections_are_those_of_the_library(self, studio, design):
        facts, images, masks = studio.picture("/api/tile", design | {"section": 21})
        expected = synthem.SolidScene(shape=(16, 128, 128)).render(7, 3, origin=(16, 0, 0))
        assert (facts["first_section"], facts["depth"]) == (16, 16)
        assert np.array_equal(images, expected.image)
        assert np.array_equal(masks, expected.masks)

    def test_sections_follow_style_recipe_and_spacing(self, studio, design):
        volume = design | {"section": 0}
        _, before, masks = studio.picture("/api/tile", volume)
        _, noisy, again = studio.picture("/api/tile", changed(volume, "style", "detector", white=60.0))
        assert (before != noisy).mean() > 0.5
        assert np.array_equal(masks, again)
        crowded = changed(volume, "solid_recipe", "axons", count=20.0)
        for other in (crowded, volume | {"spacing_nm": 30.0}):
            assert not np.array_equal(studio.picture("/api/tile", other)[2], masks)

    def test_figures_are_those_of_sections(self, studio, design):
        found = studio.answer("/api/figures", design | {"section": 5})
        assert found["tiles"] == 2
        assert {"grey mean, image", "membrane area, %"} <= {row["name"] for row in found["rows"]}

    @pytest.mark.slow
    def test_the_copied_script_makes_the_same_bytes(self, studio, design):
        own = changed(design, "solid_recipe", "boutons", density_share=1.0) | {"section": 40, "spacing_nm": 20.0}
        _, text = studio.ask("/api/python", {"design": own, "style": "epfl", "recipe": "tissue"})
        found = {}
        exec(text.decode(), found)
        assert np.array_equal(found["volume"].image, studio.picture("/api/tile", own)[1])


class TestStart:
    def test_tells_all_once(self, studio):
        found = studio.answer("/api/start", {})
        lists = {
            "style": synthem.list_styles,
            "recipe": synthem.list_recipes,
            "solid_recipe": list_solid_recipes,
        }
        assert {kind: list(values) for kind, values in found["shipped"].items()} == {k: f() for k, f in lists.items()}
        assert found["classes"] == synthem.list_class_tables()
        sections = [tuple(one["path"]) for one in found["controls"]["style"]]
        assert {(), ("optics",), ("materials", "myelin")} <= set(sections)

    def test_a_page_may_begin_with_files(self, design, tmp_path):
        (tmp_path / "own.toml").write_text('name = "own"\n[optics]\npsf_sigma_nm = 14.0\n')
        with serving(style=str(tmp_path / "own.toml"), recipe="paper") as studio:
            found = studio.answer("/api/start", {})
        assert found["origin"] == {"style": "", "recipe": "paper", "solid_recipe": "tissue"}
        assert found["first"]["style"]["optics"]["psf_sigma_nm"] == 14.0
        assert found["first"]["recipe"] == found["shipped"]["recipe"]["paper"]

    def test_what_it_tells_makes_tiles(self, studio, design):
        found = studio.answer("/api/start", {})
        for style in found["shipped"]["style"].values():
            for recipe in found["shipped"]["recipe"].values():
                _, image, masks = studio.picture("/api/tile", design | {"style": style, "recipe": recipe})
                assert image.std() > 1
                assert masks.any()


class TestFiles:
    def test_the_saved_files_make_the_same_bytes(self, studio, design, tmp_path):
        own = changed(changed(design, "style", "optics", psf_sigma_nm=9.5), "recipe", "axons", count=[1, 2])
        own = changed(own, "recipe", "artifacts", fold={"share": 1.0})
        for kind in ("style", "recipe"):
            _, text = studio.ask("/api/toml", {"kind": kind, "data": own[kind]})
            (tmp_path / f"{kind}.toml").write_bytes(text)
        _, image, masks = studio.picture("/api/tile", own)
        tiles = synthem.generate(
            1, recipe=tmp_path / "recipe.toml", style=tmp_path / "style.toml", shape=128, seed=7, start=3
        )
        assert np.array_equal(tiles.images[0], image)
        assert np.array_equal(tiles.masks[0], masks)

    def test_a_file_opens_as_it_was_saved(self, studio, design):
        any_style = studio.answer("/api/start", {})["shipped"]["style"]["any"]
        for kind, data in (design | {"style": any_style}).items():
            if kind not in ("style", "recipe", "solid_recipe"):
                continue
            _, text = studio.ask("/api/toml", {"kind": kind, "data": data})
            assert studio.answer("/api/open", {"text": text.decode()}) == {"kind": kind, "data": data}

    @pytest.mark.parametrize(
        ("data", "message"),
        [
            ({"text": "name = "}, "`text` must be valid TOML"),
            ({"text": "name = 'a'\nnome = 'a'"}, "did you mean 'name'"),
            ({"text": "name = 'a'\n[axons]\nradius = 3"}, "recipe: `axons.radius` is not a known key"),
            ({}, "`text` must be a text, got None"),
        ],
    )
    def test_a_file_of_something_else_is_refused(self, studio, data, message):
        assert message in studio.error("/api/open", data)

    def test_nothing_but_styles_and_recipes_is_saved(self, studio):
        message = "`kind` must be one of style, recipe, solid_recipe, got 'tile'"
        assert message in studio.error("/api/toml", {"kind": "tile", "data": {}})

    def test_the_copied_script_makes_the_same_bytes(self, studio, design, tmp_path):
        own = changed(design, "style", "detector", white=20.0, contrast={"per_tile": [0.5, 0.9]})
        own = changed(own, "recipe", "axons", count={"mean": 3.0})
        _, text = studio.ask("/api/python", {"design": own, "style": "epfl", "recipe": "tissue"})
        script = tmp_path / "tile.py"
        script.write_bytes(text + b"import sys, numpy\nnumpy.save(sys.argv[1], tiles.images)\n")
        subprocess.run([sys.executable, script, tmp_path / "tile.npy"], check=True)
        assert np.array_equal(np.load(tmp_path / "tile.npy")[0], studio.picture("/api/tile", own)[1])


class TestGuard:
    @pytest.mark.parametrize("host", ["synthem.example", "127.0.0.1.example:80", "", "[::1]"])
    def test_other_hosts_are_refused(self, studio, host):
        assert studio.send("GET", "/", headers={"Host": host})[0] in (400, 421)

    @pytest.mark.parametrize("host", ["127.0.0.1", "localhost:8765", "127.0.0.1:8765"])
    def test_this_machine_is_not(self, studio, host):
        assert studio.send("GET", "/", headers={"Host": host})[0] == 200

    def test_pages_of_others_are_refused(self, studio):
        assert studio.send("POST", "/api/start", "{}", {"Origin": "http://evil.example"})[0] == 403
        own = studio.address.rstrip("/")
        assert studio.send("POST", "/api/start", "{}", {"Origin": own})[0] == 200

    @pytest.mark.parametrize(
        "path",
        ["/static/../app.py", "/static/%2e%2e/app.py", "/static//etc/passwd", "/static/", "/etc/passwd", "/app.py"],
    )
    def test_no_file_but_those_of_the_page(self, studio, path):
        assert studio.send("GET", path)[0] in (404, 405)

    def test_answers_say_what_the_browser_may_do(self, studio):
        _, headers, _ = studio.send("GET", "/")
        assert headers["content-security-policy"].startswith("default-src 'self'")
        assert headers["x-content-type-options"] == "nosniff"

    def test_the_page_has_all_its_files(self, studio):
        page = studio.send("GET", "/")[2].decode()
        for name in ("studio.css", "main.js", "icon.svg"):
            assert f"/static/{name}" in page
            assert studio.send("GET", f"/static/{name}")[0] == 200


class TestReal:
    def test_without_a_folder_there_is_nothing(self, studio, design):
        state = studio.answer("/api/real", {})
        assert state == {"folder": "", "reading": False, "slices": 0, "message": ""}
        assert studio.error("/api/real/tile", {"number": 0, "size": 128}) == "there are no real slices"
        found = studio.answer("/api/figures", design)
        assert set(found["histograms"]) == {"synthetic"}
        assert all(set(row) == {"name", "synthetic"} for row in found["rows"])

    def test_figures_beside_those_of_a_folder(self, design, tmp_path):
        tiles = synthem.generate(3, seed=1, shape=192)
        tiles.save(tmp_path / "real")
        with serving(tmp_path / "real") as studio:
            state = studio.answer("/api/real", {})
            assert (state["slices"], state["reading"]) == (3, False)
            found = studio.answer("/api/figures", design)
            assert set(found["histograms"]) == {"synthetic", "real"}
            for side in found["histograms"].values():
                assert sum(side["image"]) == pytest.approx(1, abs=1e-2)
                assert all(len(values) == 64 for values in side.values())
            rows = {row["name"]: row for row in found["rows"]}
            expected = tiles.images.mean()
            assert rows["grey mean, image"]["real"] == pytest.approx(expected, abs=3)
            assert rows["grey mean, image"]["met"] in (True, False)
            facts, image, masks = studio.picture("/api/real/tile", {"number": 1, "size": 128})
            assert image.shape == (128, 128)
            assert facts["name"] in tiles.names
            assert masks.any()
            assert studio.error("/api/real/tile", {"number": -1, "size": 128}).startswith("`number` must be")

    @pytest.mark.parametrize("content", [None, b"no picture"])
    def test_a_folder_that_cannot_be_used_is_said(self, design, tmp_path, content):
        if content is not None:
            (tmp_path / "original").mkdir()
            (tmp_path / "original" / "0001.png").write_bytes(content)
        with serving(tmp_path) as studio:
            state = studio.answer("/api/real", {})
            assert (state["slices"], state["reading"]) == (0, False)
            assert str(tmp_path) in state["message"]
            assert studio.error("/api/real/tile", {"number": 0, "size": 128}) == state["message"]
            assert "real" not in studio.answer("/api/figures", design)["histograms"]
