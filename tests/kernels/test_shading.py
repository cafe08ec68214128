"""Greys of paint against the same rule in numpy."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numba import njit

from synthem import Discs, Fill, Material, Part, Pose, Stroke, Strokes
from synthem.instrument.materials import material_table
from synthem.kernels import shading
from synthem.kernels.hashing import hash_unit
from synthem.kernels.raster import DiscColumn, FillColumn, StrokeColumn
from synthem.kernels.shading import OPACITY_SALT, PIECE_SALT, REACH_SALT, MaterialColumn, SourceColumn
from synthem.painting.paint import Ridges
from synthem.painting.paint_list import PaintAppearance, PaintList

RING = np.array([[0.0, 0.0], [0.0, 9.0], [9.0, 9.0]])
LINE = np.array([[0.0, 0.0], [0.0, 9.0]])
MATERIALS = {
    "body": Material(grey=(80, 120), texture_sd=5),
    "core": Material(grey=(10, 20), relative_to="body"),
    "spot": Material(grey=(-9, -3), relative_to="core"),
    "edge": Material(grey=(0, 30), grey_within=8, opacity=(0.2, 0.9), opacity_power=2, reach_nm=(20, 60)),
    "haze": Material(grey=40, opacity=0.5, opacity_within=0.6),
    "twin": Material(grey=(0, 30), varies_with="edge"),
    "tint": Material(grey=-16),
    "ridge": Material(grey=(-30, -10), relative_to="body"),
}


@njit
def unit(key: int, a: int, b: int) -> float:
    return hash_unit(key, a, b)


def own(table, sources, key, material, part, group):
    share = unit(key + sources[material, SourceColumn.KEY], part, group)
    return table[material, MaterialColumn.GREY] + table[material, MaterialColumn.GREY_RANGE] * share


def grey(table, sources, key, material, tint, part, group):
    """Sum the grey of a material and of all to which it is relative."""
    chain = [material]
    while sources[chain[-1], SourceColumn.BASE] >= 0:
        chain.append(sources[chain[-1], SourceColumn.BASE])
    chain += [tint] if tint >= 0 else []
    return sum(own(table, sources, key, one, part, group) for one in chain)


@st.composite
def tables(draw: st.DrawFn):
    """Numbers of some materials, each relative to one after it or to none."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    count = draw(st.integers(1, 6))
    table = rng.uniform(0, 100, (count, len(MaterialColumn)))
    for column in ("OPACITY", "OPACITY_RANGE", "OPACITY_WITHIN"):
        table[:, MaterialColumn[column]] = rng.random(count)
    table[:, MaterialColumn.OPACITY_POWER] = rng.choice([0.5, 1.0, 2.0], count)
    sources = np.empty((count, len(SourceColumn)), np.int64)
    for k in range(count):
        sources[k] = rng.choice([-1, *range(k + 1, count)]), rng.integers(1 << 32)
    return table, sources, int(rng.integers(1 << 40)), rng


@given(tables())
def test_kernels_follow_the_rule(drawn):
    table, sources, key, rng = drawn
    count, many = len(table), 9
    who = rng.integers(0, count, (many, 2))
    tints, parts, groups = rng.integers(-1, count, many), rng.integers(0, 3, many), rng.integers(0, 3, many)
    rows = rng.permutation(count)  # paint has numbers of its own for materials
    number = np.append(np.argsort(rows), -1)
    fills, strokes, discs = (np.zeros((many, len(c)), np.float32) for c in (FillColumn, StrokeColumn, DiscColumn))
    strokes[:, StrokeColumn.SOFTNESS] = soft = rng.random(many)
    scales = rng.random(many).astype(np.float32)
    ridges = np.where(rng.random(many) < 0.5, -1, who[:, 1])
    of_fills = np.stack([number[who[:, 0]], number[ridges], number[tints], parts], axis=1)
    of_strokes = np.stack([number[who[:, 0]], number[tints], parts, groups], axis=1)
    of_discs = np.stack([*number[who].T, parts, groups], axis=1)
    shading.shade_fills(table, sources, rows, key, of_fills, fills)
    shading.shade_strokes(table, sources, rows, key, of_strokes, scales, strokes)
    shading.shade_discs(table, sources, rows, key, of_discs, discs)
    for n in range(many):
        (one, other), part, group = who[n], parts[n], groups[n]
        material = table[one]
        assert fills[n, FillColumn.LEVEL] == pytest.approx(grey(table, sources, key, one, tints[n], part, 0), rel=1e-5)
        assert fills[n, FillColumn.TEXTURE_SD] == pytest.approx(material[MaterialColumn.TEXTURE_SD])
        high = 0.0 if ridges[n] < 0 else own(table, sources, key, ridges[n], part, 0)
        assert fills[n, FillColumn.LAMELLA] == pytest.approx(high, rel=1e-5)

        piece, second = (unit(key + PIECE_SALT + salt, n, group) - 0.5 for salt in (0, OPACITY_SALT))
        shares = [unit(key + sources[one, SourceColumn.KEY] + salt, part, group) for salt in (OPACITY_SALT, REACH_SALT)]
        level = grey(table, sources, key, one, tints[n], part, group) + material[MaterialColumn.GREY_WITHIN] * piece
        between = material[MaterialColumn.OPACITY_RANGE] * shares[0] ** material[MaterialColumn.OPACITY_POWER]
        covered = np.clip(
            material[MaterialColumn.OPACITY] + between + material[MaterialColumn.OPACITY_WITHIN] * second, 0, 1
        )
        reach = material[MaterialColumn.REACH] + material[MaterialColumn.REACH_RANGE] * shares[1]
        assert strokes[n, StrokeColumn.LEVEL] == pytest.approx(level, rel=1e-5, abs=1e-3)
        assert strokes[n, StrokeColumn.OPACITY] == pytest.approx(covered, abs=1e-5)
        assert strokes[n, StrokeColumn.SOFTNESS] == pytest.approx(max(soft[n] + scales[n] * reach, 0.1), rel=1e-4)

        rim = level - (own(table, sources, key, tints[n], part, group) if tints[n] >= 0 else 0.0)  # discs have no tint
        inner = grey(table, sources, key, other, -1, part, group) + table[other, MaterialColumn.GREY_WITHIN] * piece
        assert discs[n, DiscColumn.RIM_LEVEL] == pytest.approx(rim, rel=1e-5, abs=1e-3)
        assert discs[n, DiscColumn.INTERIOR_LEVEL] == pytest.approx(inner, rel=1e-5, abs=1e-3)
        assert discs[n, DiscColumn.OPACITY] == pytest.approx(covered, abs=1e-5)


def shaded(*parts: Part, key: int = 3, **materials: Material) -> PaintAppearance:
    paint = PaintList.compile(parts)
    table = material_table(paint.materials, tuple((MATERIALS | materials).items()), 100.0)
    return paint.shaded(table, key)


def fill_parts(*materials: str, many: int = 1, tint: str | None = None) -> list[Part]:
    fills = tuple(Fill((RING,), name, label="axon") for name in materials)
    return [Part("thing", fills, label="axon", tint=tint) for _ in range(many)]


def test_a_chain_of_materials_adds_up_within_an_object():
    body, core, spot = shaded(*fill_parts("body", "core", "spot")).fills[:, FillColumn.LEVEL]
    assert 80 <= body < 120
    assert 10 <= core - body < 20
    assert -9 <= spot - core < -3
    many = shaded(*fill_parts("body", "core", many=200)).fills[:, FillColumn.LEVEL].reshape(-1, 2)
    assert np.ptp(many[:, 0]) > 35
    assert np.ptp(many[:, 1] - many[:, 0]) > 8
    assert abs(np.corrcoef(many[:, 0], many[:, 1] - many[:, 0])[0, 1]) < 0.2, "they vary by themselves"


def test_a_tint_is_added_to_what_is_of_the_object():
    plain, tinted = (shaded(*fill_parts("body", "core", tint=tint)).fills for tint in (None, "tint"))
    np.testing.assert_allclose(tinted[:, FillColumn.LEVEL] - plain[:, FillColumn.LEVEL], -16.0, atol=1e-4)
    lines = tuple(Stroke(LINE, "edge", 1.0, on=on) for on in (None, "axon"))
    both = [shaded(Part("thing", lines, label="axon", tint=tint)).strokes.appearances for tint in (None, "tint")]
    change = both[1][:, StrokeColumn.LEVEL] - both[0][:, StrokeColumn.LEVEL]
    np.testing.assert_allclose(change, [0.0, -16.0], atol=1e-4)


def test_ridges_are_as_high_as_their_material_differs():
    ring = Fill((RING,), "body", Ridges("ridge", 8.0, 0.0, 0.0), label="mitochondria")
    heights = shaded(*[Part("m", (ring,), label="mitochondria")] * 100).fills[:, FillColumn.LAMELLA]
    assert 10 < heights.min() < 12 < 28 < heights.max() < 30


def lines(groups: list[int], material: str = "edge") -> Part:
    pieces = np.zeros((len(groups), 4))
    pieces[:, 3] = groups
    return Part("lines", (Strokes(np.repeat(LINE[None], len(groups), axis=0), pieces, (material,)),))


def test_pieces_of_one_group_share_a_grey():
    flat = {"edge": Material(grey=(0, 200), opacity=(0, 1), reach_nm=(5, 500))}
    found = shaded(lines([0, 0, 4, 4, 4]), lines([0]), **flat).strokes.appearances
    for column in (StrokeColumn.LEVEL, StrokeColumn.OPACITY, StrokeColumn.SOFTNESS):
        one, two, *others = found[:, column].tolist()
        assert one == two
        assert len({*others[:3]}) == 1
        assert len({one, *others}) == 3, "another group or object has another grey"


def test_pieces_of_a_group_vary_by_grey_within():
    found = shaded(lines([0] * 500)).strokes.appearances
    levels = found[:, StrokeColumn.LEVEL]
    assert 7.8 < np.ptp(levels) < 8.0
    assert len(set(found[:, StrokeColumn.OPACITY].tolist())) == 1
    hazy = shaded(lines([0] * 500, "haze")).strokes.appearances[:, StrokeColumn.OPACITY]
    assert 0.2 <= hazy.min() < 0.22
    assert 0.78 < hazy.max() <= 0.8
    discs, pieces = np.tile([9.0, 9, 4, 4, 0], (300, 1)), np.zeros((300, 4))
    rims = shaded(Part("discs", (Discs(discs, pieces, ("edge",)),))).discs[:, DiscColumn.RIM_LEVEL]
    assert 7.7 < np.ptp(rims) < 8.0


@pytest.mark.parametrize("power", [0.5, 1.0, 2.0])
def test_the_power_of_opacity_says_which_are_frequent(power):
    edge = Material(opacity=(0.2, 0.9), opacity_power=power)
    found = shaded(*[lines([0]) for _ in range(1000)], edge=edge).strokes.appearances[:, StrokeColumn.OPACITY]
    assert 0.2 <= found.min() < 0.25
    assert 0.88 < found.max() <= 0.9
    assert np.mean((found - 0.2) / 0.7) == pytest.approx(1 / (1 + power), abs=0.03)


def test_materials_that_vary_together_are_pale_and_dark_together():
    pairs = [Part("pair", (Stroke(LINE, "edge", 1.0), Stroke(LINE, "twin", 1.0))) for _ in range(50)]
    flat = Material(grey=(0, 30))
    levels = shaded(*pairs, edge=flat).strokes.appearances[:, StrokeColumn.LEVEL].reshape(-1, 2)
    assert np.ptp(levels) > 25
    np.testing.assert_array_equal(levels[:, 0], levels[:, 1])


def test_a_reach_is_in_nanometres():
    def softness(scale: float) -> float:
        part = Part("line", (Stroke(LINE, "edge", 1.0, 10.0),), pose=Pose(scale=scale))
        return float(shaded(part, edge=Material(reach_nm=40)).strokes.appearances[0, StrokeColumn.SOFTNESS])

    assert softness(0.2) == pytest.approx(10.0)
    assert softness(0.1) == pytest.approx(5.0)
    assert softness(1e-5) == pytest.approx(0.1), "never without an edge"


def test_a_key_decides_all_greys():
    parts = fill_parts("body", many=5)
    one, same, other = (shaded(*parts, key=key).fills for key in (3, 3, 4))
    assert np.array_equal(one, same)
    assert (one[:, FillColumn.LEVEL] != other[:, FillColumn.LEVEL]).all()
