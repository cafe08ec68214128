"""How organelles and compartments lie relative to each other."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import ndimage
from shapely import Point, Polygon, contains_xy

import synthem
from synthem import Material, Scene, Synapse
from synthem.errors import ConfigError
from synthem.geometry.curves import circle, outside
from synthem.instrument.style import load_style
from synthem.scene.build import build_scene
from synthem.tissue.membrane_layer import MembraneLayer
from synthem.tissue.organelles import (
    PSD,
    Clutter,
    Dendrite,
    Endomembrane,
    FreeVesicles,
    GrazedContact,
    Lysosome,
    Mitochondrion,
    Vesicles,
)

FIRM = MembraneLayer(compartments=10)


def test_clutter_of_no_known_kind_is_refused():
    with pytest.raises(ConfigError, match=r"`kinds` must be names out of .*, got .*'tubes'.*; did you mean 'tube'"):
        Clutter(count=1, kinds=("tubes",))
    with pytest.raises(ConfigError, match=r"`kinds` must be names out of .*, got \(\)"):
        Clutter(count=1, kinds=())


def members(**counts):
    return {
        "psd": PSD(count=counts.get("psd", 0)),
        "vesicles": Vesicles(count=counts.get("vesicles", 0), packing_fraction=0.5),
        "mitochondrion": Mitochondrion(
            count=counts.get("mitochondria", 0), width_nm=(150.0, 200.0), length_nm=(200.0, 300.0)
        ),
    }


def alignment(mask):
    """Return how much the edges of a mask agree in direction, 0 to 1, and that direction from the column axis."""
    down, right = (ndimage.gaussian_filter(mask.astype(float), 2, order=order) for order in ((1, 0), (0, 1)))
    across, diagonal = (right**2 - down**2).sum(), 2 * (right * down).sum()
    strength = np.hypot(across, diagonal) / (right**2 + down**2).sum()
    return strength, (np.arctan2(diagonal, across) / 2 + np.pi / 2) % np.pi


@pytest.mark.parametrize("direction", [0.3, 1.2, 2.5])
def test_compartments_run_in_the_direction_of_their_tile(direction):
    layer = MembraneLayer(compartments=60, elongation=(4.0, 20.0), direction=direction, alignment=1.0)
    scene = Scene(organelles=[], stages=[layer])
    strength, found = zip(*(alignment(scene.render(5, k).mask("boundaries")) for k in range(16)), strict=True)
    assert np.mean(strength) > 0.25
    turned = np.angle(np.mean(np.exp(2j * np.array(found)))) / 2
    assert abs((turned - direction + np.pi / 2) % np.pi - np.pi / 2) < 0.2


def test_without_alignment_tiles_have_no_direction_in_common():
    scene = Scene(organelles=[], stages=[MembraneLayer(compartments=60, elongation=(4.0, 20.0))], shape=(128, 128))
    directions = np.array([alignment(scene.render(5, k).mask("boundaries"))[1] for k in range(40)])
    assert abs(np.mean(np.exp(2j * directions))) < 0.35


def test_tiles_differ_in_direction_within_the_range():
    layer = MembraneLayer(direction=(0.5, 1.5), alignment=(0.2, 0.8))
    directions = [Scene(organelles=[], stages=[layer]).sample(1, k).before[0][1].direction for k in range(40)]
    directions, alignments = zip(*directions, strict=True)
    assert 0.5 <= min(directions) < 0.7
    assert 1.3 < max(directions) <= 1.5
    assert 0.2 <= min(alignments) < 0.3
    assert 0.7 < max(alignments) <= 0.8


def test_the_compartment_of_an_organelle_goes_on():
    def area(continuation):
        layer = MembraneLayer(compartments=30, elongation=(10.0, 20.0), continuation=continuation)
        tiles = [Scene(organelles=[Mitochondrion(count=1)], stages=[layer]).render(2, k) for k in range(12)]
        own = [np.bincount(t.compartments[t.mask("mitochondria")]).argmax() for t in tiles]
        return np.mean([np.count_nonzero(t.compartments == number) for t, number in zip(tiles, own, strict=True)])

    assert area(0.8) > 1.3 * area(0.0)


def test_a_bouton_holds_its_mitochondrion():
    boutons = Synapse(**members(vesicles=1, mitochondria=1), mitochondrion_in_bouton_share=1.0)
    scene = Scene(organelles=[boutons], stages=[FIRM])
    together = apart = 0
    for k in range(40):
        tile = scene.render(3, k)
        if not (tile.mask("mitochondria").any() and tile.mask("vesicles").any()):
            continue
        theirs = [set(tile.compartments[tile.mask(name)].tolist()) - {0} for name in ("mitochondria", "vesicles")]
        together += bool(theirs[0] & theirs[1])
        apart += not theirs[0] & theirs[1]
    assert together >= 24
    assert apart == 0


def test_vesicles_do_not_lie_in_the_mitochondrion_beside_them():
    boutons = Synapse(**members(vesicles=1, mitochondria=1), mitochondrion_in_bouton_share=1.0)
    for k in range(20):
        layout = Scene(organelles=[boutons], stages=[]).sample(3, k)
        records = layout.records()
        body = [synthem.tiles.objects.object_outline(r) for r in records if r.kind == "mitochondrion"]
        discs = [synthem.tiles.objects.object_outline(r) for r in records if r.kind == "vesicle"]
        assert all(not a.intersects(b) for a in body for b in discs)


def test_vesicles_come_up_to_the_density():
    synapses = Synapse(**members(psd=1, vesicles=1), synapse_share=1.0)
    nearest = []
    for k in range(30):
        tile = Scene(organelles=[synapses], stages=[FIRM]).render(4, k)
        if tile.mask("psd").any() and tile.mask("vesicles").any():
            nearest.append(ndimage.distance_transform_edt(~tile.mask("vesicles"))[tile.mask("psd")].min())
    assert len(nearest) >= 20
    assert np.median(nearest) < 6.0


@pytest.mark.parametrize("counts", [(3, 0, 0), (0, 2, 3), (2, 3, 1), (4, 1, 2)])
def test_members_are_counted_wherever_they_are_placed(counts):
    mitochondria, psd, vesicles = counts
    scene = Scene(
        organelles=[
            Synapse(**members(psd=psd, vesicles=vesicles, mitochondria=mitochondria), mitochondrion_in_bouton_share=0.5)
        ],
        shape=(512, 512),
    )
    report = {entry.kind: entry.requested for entry in scene.sample(8).report}
    wanted = {"mitochondrion": 4 * mitochondria, "psd": 4 * psd, "vesicles": 4 * vesicles}
    assert report == {kind: number for kind, number in wanted.items() if number}


def test_outside_agrees_with_shapely():
    rng = np.random.default_rng(0)
    ring = circle(60) * rng.uniform(12, 16, (60, 1))
    points = rng.uniform(-25, 25, (400, 2))
    polygon = Polygon(ring)
    corners = [Point(p).distance(shape) for p in points for shape in [polygon.exterior]]
    found = outside(points, ring, 3.0)
    within = np.array([polygon.contains(Point(p)) for p in points])
    assert not found[within].any()
    assert found[~within & (np.array(corners) >= 3.0)].all()
    assert not found[[np.hypot(*(ring - p).T).min() < 3.0 for p in points]].any()


def test_nothing_but_what_it_holds_is_in_a_dendrite():
    others = Synapse(**members(psd=(1, 2), vesicles=(1, 2), mitochondria=(1, 2)))
    for k in range(12):
        layout = Scene(organelles=[Dendrite(count=1, radius_nm=350, mitochondrion_share=1.0), others]).sample(7, k)
        tile = layout.render()
        own = tile.compartments[tile.instances == tile.objects[0].id]  # the dendrite, and what it holds, come first
        inside = tile.compartments == np.bincount(own).argmax()
        deep = ndimage.distance_transform_edt(inside) > 8
        assert deep.any()
        assert not tile.mask("boundaries")[deep].any()
        held = set(np.unique(tile.instances[deep])) - {0}
        kinds = {item.kind for item in tile.objects if item.id in held}
        assert kinds <= {"mitochondrion"}


def test_a_dendrite_holds_mitochondria_where_they_are_asked_for():
    def found(share):
        scene = Scene(organelles=[Dendrite(count=1, radius_nm=(200, 450), mitochondrion_share=share)], stages=[FIRM])
        return [scene.render(3, k) for k in range(10)]

    assert not any(tile.mask("mitochondria").any() for tile in found(0.0))
    held = found(1.0)
    assert sum(tile.mask("mitochondria").any() for tile in held) >= 8
    for tile in held:
        own = np.unique(tile.compartments[tile.mask("mitochondria")])
        assert len(own) <= 1  # it lies within one compartment
        assert not (tile.mask("mitochondria") & tile.mask("boundaries")).any()


def test_without_mitochondria_dendrites_hold_none():
    scene = build_scene("tissue", mitochondria=0)
    assert not any(scene.render(1, k).mask("mitochondria").any() for k in range(30))


def test_the_smallest_dendrite_has_room_for_a_mitochondrion():
    scene = Scene(organelles=[Dendrite(count=2, radius_nm=125, mitochondrion_share=1.0)], stages=[FIRM])
    assert scene.render(1).mask("mitochondria").any()


def test_what_lies_within_compartments_lies_in_dendrites_too():
    organelles = [Dendrite(count=1, radius_nm=500, mitochondrion_share=1.0), FreeVesicles(count=12), Clutter(count=12)]
    deep = inside = total = 0
    for k in range(12):
        tile = Scene(organelles=organelles, stages=[FIRM]).render(7, k)
        largest = tile.compartments == 1 + np.bincount(tile.compartments.ravel(), minlength=2)[1:].argmax()
        within = ndimage.distance_transform_edt(largest) > 5
        deep += within.mean()
        inside += (tile.mask("vesicles") & within).sum()
        total += tile.mask("vesicles").sum()
        assert not (tile.mask("vesicles") & tile.mask("mitochondria")).any()
    assert inside / total > 0.6 * deep / 12  # nearly as many there as elsewhere


def test_stray_vesicles_keep_near_to_membranes():
    scene = Scene(organelles=[FreeVesicles(count=12, together=(1, 2))], stages=[MembraneLayer(compartments=6)])
    near, far = [], []
    for k in range(40):
        tile = scene.render(3, k)
        away, vesicles = ndimage.distance_transform_edt(~tile.mask("boundaries")), tile.mask("vesicles")
        near.append(vesicles[(away > 6) & (away < 14)])
        far.append(vesicles[away > 25])
    assert np.concatenate(near).mean() > 1.5 * np.concatenate(far).mean() > 0  # a few lie anywhere


@pytest.mark.parametrize(("low", "high"), [(60.0, 140.0), (120.0, 140.0)])
def test_stray_vesicles_have_greys_of_their_material(low, high):
    materials = replace(
        load_style("epfl").materials,
        free_vesicle_membrane=Material(grey=(60.0, 70.0)),
        free_vesicle_lumen=Material(grey=(low, high), grey_within=12.0),
        free_vesicle_shadow=Material(opacity=0.0),
    )
    style = replace(load_style("epfl"), materials=materials)
    vesicles = FreeVesicles(count=12, radius_nm=40.0, together=(1, 1), dense_core_share=0.0)
    scene = Scene(organelles=[vesicles], stages=[FIRM], style=style)
    greys = np.concatenate(
        [
            t.image[ndimage.binary_erosion(t.mask("vesicles"), iterations=5)]
            for t in (scene.render(4, k) for k in range(8))
        ]
    )
    within = 6.0  # by how much the vesicles of a group differ
    assert low - within <= greys.min() < low + 10
    assert high - 10 < greys.max() <= high + within


def test_crowded_clouds_overlap_and_others_do_not():
    least = {}
    for packing_fraction in (0.4, 0.9):
        scene = Scene(
            organelles=[Vesicles(count=1, packing_fraction=packing_fraction, radius_nm=25, flattening=0)], stages=[]
        )
        discs = np.array([[v.pose["row"], v.pose["col"]] for v in scene.render(4).objects])
        away = np.hypot(*(discs[:, None] - discs[None]).transpose(2, 0, 1))
        least[packing_fraction] = (away + 1e3 * np.eye(len(discs))).min()
    # radii differ by up to a quarter within a cloud
    assert least[0.4] > 2 * 0.75 * 5 - 0.3
    assert least[0.9] < least[0.4] - 2


@pytest.mark.parametrize(("packing_fraction", "covered"), [(0.4, 0.33), (0.9, 0.62)])
def test_clouds_cover_what_their_docstring_says(packing_fraction, covered):
    region = np.array([[0.0, -100.0, 0.0, 100.0, 225.0]])
    rows, cols = 5 * np.mgrid[-60:60, -80:80]
    shares = []
    for k in range(20):
        organelle = Vesicles(packing_fraction=packing_fraction, radius_nm=(22.0, 32.0), touching=0.45)
        cloud = organelle.cloud(region, np.random.default_rng(k)).parts[-1].paint[0]
        found = np.zeros(rows.shape, bool)
        for row, col, long, short, _ in cloud.discs:
            found |= (rows - row) ** 2 + (cols - col) ** 2 <= long * short
        shares.append(25.0 * found.sum() / (225.0 * (225.0 * np.pi + 400.0)))
    assert np.mean(shares) == pytest.approx(covered, abs=0.02)


def test_lysosomes_have_a_compartment_and_no_label():
    scene = Scene(organelles=[Lysosome(count=3, length_nm=(200, 300))], stages=[FIRM])
    for k in range(4):
        layout = scene.sample(2, k)
        tile = layout.render()
        assert {(item.kind, item.class_name) for item in tile.objects} == {("lysosome", None)}
        inside = np.zeros(tile.image.shape, bool)
        for part in layout.parts:
            own = contains_xy(Polygon(part.pose.apply(part.rings[0])), *np.mgrid[:256, :256])
            assert len(np.unique(tile.compartments[own])) <= 1
            inside |= own
        assert inside.any()
        assert not tile.masks[:, inside].any()
        assert np.array_equal(tile.instances > 0, inside)
        assert tile.image[inside].mean() < tile.image[~inside & ~tile.mask("boundaries")].mean() - 30


def test_a_bouton_that_faces_a_density_is_the_larger_of_two():
    pair = {"vesicles": Vesicles(count=1, bouton_radius_nm=(50, 150)), "mitochondrion": Mitochondrion(count=1)}
    facing = Synapse(psd=PSD(count=1), synapse_share=1.0, **pair)
    alone = Synapse(psd=PSD(count=0), mitochondrion_in_bouton_share=1.0, **pair)
    rng = np.random.default_rng(3)
    means = []
    for synapse in (facing, alone):
        (request, *_) = [r for r in synapse.requests(rng, 1.0) if r.kind == "synapse"]
        shapes = [request.shape(rng, 1.0) for _ in range(300)]
        # the bouton is the first capsule of the cloud, whose claim comes last
        means.append(np.mean([np.log(shape.claims[-1].capsules[0, 4]) for shape in shapes]))
    # logarithms are uniform: means of one, and of the larger of two
    low, width = np.log(50), np.log(3)
    assert means == pytest.approx([low + width * 2 / 3, low + width / 2], abs=0.06)


def test_membranes_within_compartments_are_labelled_and_their_lumina_are_not():
    scene = Scene(organelles=[Endomembrane(count=4, length_nm=(150, 300), width_nm=100)], stages=[])
    for k in range(8):
        layout = scene.sample(2, k)
        tile = layout.render()
        outlines = [
            Polygon(part.pose.apply(outer), [part.pose.apply(inner)])
            for part in layout.parts
            for outer, inner in [part.paint[0].rings]
        ]
        rows, cols = np.mgrid[:256, :256]
        wanted = sum(contains_xy(outline, rows, cols) for outline in outlines)
        assert np.count_nonzero(tile.mask("boundaries") != (wanted > 0)) <= 8  # pixels on an outline
        assert {(item.kind, item.class_name) for item in tile.objects} <= {("endomembrane", None)}
        whole = sum(contains_xy(Polygon(outline.exterior), rows, cols) for outline in outlines)
        assert np.count_nonzero((tile.instances > 0) != (whole > 0)) <= 8


@pytest.mark.slow
def test_the_membrane_at_a_density_is_neither_oblique_nor_double():
    slanted = MembraneLayer(
        compartments=12, oblique_share=1.0, oblique_width_nm=140.0, width_sd_between=0.0, width_sd_along=0.0
    )
    halves = {True: [], False: []}
    for k in range(12):
        layout = Scene(organelles=[PSD(count=2)], stages=[slanted]).sample(5, k)
        tile, facing = layout.render(), layout.before[0][1].facing
        numbers = np.unique(tile.compartments)[1:]
        away = np.stack([ndimage.distance_transform_edt(tile.compartments != number) for number in numbers])
        order = np.argsort(away, axis=0)
        nearest, second, third = np.sort(away, axis=0)[:3]
        # the middle of lines, far from junctions
        middle = tile.mask("boundaries") & (second - nearest < 1) & (third > second + 20)
        one, other = numbers[order[0]][middle], numbers[order[1]][middle]
        for half, pair in zip(nearest[middle], facing[one] == other, strict=True):
            halves[bool(pair)].append(half)
    assert len(halves[True]) > 100
    assert np.percentile(halves[True], 95) < 0.75 * slanted.width_nm / 5.0 + 1.5
    # synaptic membranes are broad, yet not as those that are cut obliquely
    assert np.median(halves[False]) > 1.3 * np.median(halves[True])


def test_boutons_may_be_dark_and_without_vesicles():
    def boutons(share):
        organelle = Vesicles(count=1, bouton_radius_nm=150.0, packing_fraction=0.5, empty_share=share)
        return [Scene(organelles=[organelle], stages=[FIRM]).render(4, k) for k in range(20)]

    assert all(tile.mask("vesicles").any() for tile in boutons(0.0))
    assert 3 < sum(tile.mask("vesicles").any() for tile in boutons(0.5)) < 17
    for tile in boutons(1.0):
        assert not tile.mask("vesicles").any()
    scene = Scene(organelles=[Vesicles(count=1, empty_share=1.0)], stages=[FIRM], classes="all")
    inside, outside = [], []
    for k in range(10):
        tile = scene.render(4, k)
        bouton = ndimage.binary_erosion(tile.mask("boutons"), iterations=6)
        inside.append(tile.image[bouton].mean() if bouton.any() else np.nan)
        outside.append(tile.image[(tile.compartments > 0) & ~tile.mask("boutons")].mean())
    assert np.nanmean(inside) < np.mean(outside) - 20


def test_grazed_contacts_are_dark_bars_along_membranes_without_a_label():
    scene = Scene(organelles=[GrazedContact(count=2, length_nm=300.0)], stages=[FIRM])
    bare = Scene(organelles=[], stages=[FIRM])
    compared = 0
    for k in range(20):
        tile = scene.render(2, k)
        assert not any(tile.mask(name).any() for name in synthem.EPFL6.names if name != "boundaries")
        beside = ndimage.binary_dilation(tile.mask("boundaries"), iterations=4) & ~tile.mask("boundaries")
        other = bare.render(2, k)
        there = ndimage.binary_dilation(other.mask("boundaries"), iterations=4) & ~other.mask("boundaries")
        compared += np.percentile(tile.image[beside], 3) < np.percentile(other.image[there], 3)
    assert compared >= 15
