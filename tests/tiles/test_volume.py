"""Volumes: planes, objects, equality."""

import pickle

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.tiles.objects import ObjectRecord
from synthem.tiles.synapses import SynapticContact
from synthem.tiles.volume import Volume


def volume(**changes):
    """A volume whose orientation cannot be mistaken: 2 sections, 3 rows, 4 columns; a body in one corner."""
    shape = (2, 3, 4)
    image = np.arange(24, dtype=np.uint8).reshape(shape)
    masks = np.zeros((6, *shape), bool)
    instances, compartments = np.zeros(shape, np.int32), np.ones(shape, np.int32)
    instances[0, 0, 0] = instances[1, 0, 0] = instances[1, 2, 3] = 2
    masks[1] = instances == 2
    records = (
        ObjectRecord(id=1, kind="vesicle", class_name="vesicles"),
        ObjectRecord(id=2, kind="psd", class_name="psd", parameters={"radius_nm": 80.0}),
    )
    about = {"records": records, "pixel_size_nm": 5.0, "spacing_nm": 50.0, "thickness_nm": 40.0, "origin": (1, 2, 3)}
    about["facing"] = (
        SynapticContact(presynaptic=1, postsynaptic=2, psd=2),
        SynapticContact(presynaptic=1, postsynaptic=2, psd=9),
    )
    arrays = {"image": image, "masks": masks, "instances": instances, "compartments": compartments}
    return Volume(**(arrays | about | changes))


def test_planes_are_in_the_order_of_the_axes():
    one = volume()
    assert one.shape == (2, 3, 4)
    assert one[1].image.tolist() == [[12, 13, 14, 15], [16, 17, 18, 19], [20, 21, 22, 23]]
    assert one.section("y", 2).image.tolist() == [[8, 9, 10, 11], [20, 21, 22, 23]]
    assert one.section("x", 3).image.tolist() == [[3, 7, 11], [15, 19, 23]]
    assert one.section(2, -1).image.tolist() == one.section("x", 3).image.tolist()
    assert one[0].masks.shape == (6, 3, 4)
    assert [tile.image[0, 0] for tile in one] == [0, 12]


def test_pixels_of_a_plane_are_square_or_of_no_size():
    assert volume()[0].pixel_size_nm == 5.0
    assert volume().section("y", 0).pixel_size_nm is None
    assert volume(spacing_nm=5.0).section("y", 0).pixel_size_nm == 5.0
    assert volume().voxel_size_nm == (50.0, 5.0, 5.0)


def test_objects_are_counted_in_voxels():
    (item,) = volume().objects
    assert (item.id, item.kind, item.class_name) == (2, "psd", "psd")
    assert (item.box, item.voxels, item.sections) == ((0, 0, 0, 2, 3, 4), 3, 2)
    assert item.centroid == pytest.approx((2 / 3, 2 / 3, 1.0))
    assert item.volume_nm3 == 3 * 50.0 * 5.0 * 5.0
    assert volume(pixel_size_nm=None).objects[0].volume_nm3 is None
    (seen,) = volume()[1].objects
    assert (seen.id, seen.area, seen.torn) == (2, 2, True)


def test_synapses_are_those_whose_density_is_there():
    assert [one.psd for one in volume().synapses] == [2]


def test_what_is_equal_and_what_is_not():
    assert volume() == volume()
    assert pickle.loads(pickle.dumps(volume())) == volume()
    assert volume() != volume(origin=(0, 0, 0))
    assert volume() != volume(spacing_nm=5.0)
    assert volume() != volume(image=np.zeros((2, 3, 4), np.uint8))
    assert volume() != "a volume"
    assert not volume().image.flags.writeable


@pytest.mark.parametrize(
    ("axis", "place", "message"),
    [
        ("w", 0, r"`axis` must be one of z, y, x or 0, 1, 2, got 'w'"),
        (3, 0, r"`axis` must be one of"),
        ("y", 3, r"`place` must be from -3 to 2 along y, got 3"),
        ("z", 0.5, r"`place` must be a whole number, got 0.5"),
    ],
)
def test_wrong_planes_are_named(axis, place, message):
    with pytest.raises(ConfigError, match=message):
        volume().section(axis, place)


def test_contacts_are_measured_in_sections():
    with pytest.raises(ConfigError, match="section by section"):
        volume().contacts()


def test_previews_show_three_planes():
    picture = volume().preview()
    assert picture.shape[2] == 3
    assert picture.shape[0] >= 2 * 10  # sections are repeated ten times
    assert volume()._repr_png_().startswith(b"\x89PNG")
