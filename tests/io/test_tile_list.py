"""What ``tiles.jsonl`` keeps of a tile."""

from __future__ import annotations

import json

import pytest

from synthem import Dataset, generate
from synthem.errors import DataError
from synthem.io import FORMATS
from synthem.io.tile_list import TILES

pytestmark = pytest.mark.filterwarnings("ignore::synthem.errors.PlacementWarning")


@pytest.fixture(scope="module")
def tiles():
    return generate(2, seed=6, psd=2, axons=1)


@pytest.mark.parametrize("format", FORMATS)
def test_what_nobody_can_annotate_is_kept(tiles, tmp_path, format):
    again = Dataset.load(tiles.save(tmp_path / "out", format=format))
    assert again == tiles
    for one, other in zip(again, tiles, strict=True):
        assert one.synapses == other.synapses != ()
        assert one.contacts() == other.contacts() != ()
        shares = [item.share_inside for item in one.objects]
        assert shares == [item.share_inside for item in other.objects]
        assert any(share < 1.0 for share in shares)
        g_ratios = [item.parameters["g_ratio"] for item in one.objects if "g_ratio" in item.parameters]
        assert g_ratios == [item.parameters["g_ratio"] for item in other.objects if "g_ratio" in item.parameters]


def test_others_can_read_it(tiles, tmp_path):
    lines = [json.loads(line) for line in (tiles.save(tmp_path / "out") / TILES).read_text().splitlines()]
    for line, tile in zip(lines, tiles, strict=True):
        assert line["pixel_size_nm"] == 5.0
        assert [item["share_inside"] for item in line["objects"]] == [item.share_inside for item in tile.objects]
        assert [(one["presynaptic"], one["postsynaptic"], one["psd"]) for one in line["synapses"]] == [
            (one.presynaptic, one.postsynaptic, one.psd) for one in tile.synapses
        ]


def test_datasets_without_it_are_read(tiles, tmp_path):
    path = tiles.save(tmp_path / "out") / TILES
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        del line["synapses"], line["pixel_size_nm"]
        for item in line["objects"]:
            del item["share_inside"]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    for one, other in zip(Dataset.load(tmp_path / "out"), tiles, strict=True):
        assert (one.synapses, one.pixel_size_nm) == ((), None)
        assert one.objects == other.objects


def test_an_outline_without_a_point_is_refused(tmp_path, dataset):
    path = dataset.save(tmp_path / "out", format="tiff")
    lines = (path / "tiles.jsonl").read_text().splitlines()
    entry = json.loads(lines[0])
    entry["objects"][0]["rings"] = [[]]
    (path / "tiles.jsonl").write_text("\n".join([json.dumps(entry), *lines[1:]]) + "\n")
    with pytest.raises(DataError, match=r"tiles\.jsonl, line 1 .* `objects\.0\.rings\.0`: List should have at least 1"):
        Dataset.load(path)[0]
