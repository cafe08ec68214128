"""Films: frames in order, files that play, a neurite seen from all sides."""

import io

import numpy as np
import pytest
from PIL import Image

from synthem.errors import ConfigError
from synthem.tiles.volume import Volume
from synthem.view.animations import PAPER, encode_animation, scroll, turning, write_animation


def volume(**options):
    """A bar of 30 x 10 x 10 voxels of 5 nm along z, in sections of 10 nm, with a ball in its first half."""
    shape = (15, 40, 50)
    z, y, x = np.indices(shape)
    compartments = ((z < 15) & (abs(y - 20) <= 5) & (abs(x - 25) <= 5)).astype(np.int32) * 4
    masks = np.zeros((6, *shape), bool)
    masks[0] = (2 * z - 8) ** 2 + (y - 20) ** 2 + (x - 25) ** 2 <= 9
    image = np.repeat(np.arange(10, 160, 10, dtype=np.uint8), 40 * 50).reshape(shape)
    about = {"pixel_size_nm": 5.0, "spacing_nm": 10.0} | options
    return Volume(image=image, masks=masks, instances=np.zeros(shape, np.int32), compartments=compartments, **about)


def test_a_scroll_shows_every_section_in_order():
    frames = list(scroll(volume()))
    assert len(frames) == 15
    assert [int(frame[10, 10, 0]) for frame in frames] == list(range(10, 160, 10))
    assert (next(scroll(volume(), scale=3))[:120, :150] == 10).all()
    assert not (frames[0][:120, :150] == 10).all()


@pytest.mark.parametrize("ending", [".webp", ".gif", ".png"])
def test_films_play(tmp_path, ending):
    path = volume().scroll(tmp_path / f"film{ending}", ms=40)
    with Image.open(path) as film:
        assert film.n_frames == 15
        assert film.is_animated
        shown = []
        for place in range(15):
            film.seek(place)
            shown.append(int(np.asarray(film.convert("L"))[10, 10]))
    assert shown == pytest.approx(list(range(10, 160, 10)), abs=6)


def test_a_neurite_turns():
    front, side, back, other = turning(volume(), 4, views=4)
    seen = [(frame != PAPER).any(axis=2) for frame in (front, side, back, other)]
    widths = [int(np.ptp(np.flatnonzero(one.any(axis=0)))) + 1 for one in seen]
    assert widths == pytest.approx([11, 30, 11, 30], abs=2)
    assert int(np.ptp(np.flatnonzero(seen[0].any(axis=1)))) + 1 == pytest.approx(11, abs=2)
    # the ball shines through as a red place, in one half of the bar from the side
    red = side[..., 0].astype(int) - side[..., 2] > 40
    (columns,) = np.nonzero(red.any(axis=0))
    middle = np.flatnonzero(seen[1].any(axis=0)).mean()
    assert len(columns) == pytest.approx(7, abs=3)
    assert abs(columns.mean() - middle) > 3
    red = other[..., 0].astype(int) - other[..., 2] > 40
    assert (np.flatnonzero(red.any(axis=0)).mean() - middle) * (columns.mean() - middle) < 0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: next(turning(volume(), 3)), "`compartment` must be the number of a neurite of the volume, got 3"),
        (lambda: next(turning(volume(), 0)), "`compartment` must be the number of a neurite"),
        (lambda: next(turning(volume(spacing_nm=None), 4)), "`volume` must know the size of its voxels"),
        (lambda: encode_animation([]), "`frames` must hold at least one picture"),
        (lambda: encode_animation([np.zeros((4, 4, 3), np.uint8)], ms=0), "`ms` must be a whole number"),
        (
            lambda: write_animation([np.zeros((4, 4, 3), np.uint8)], "film.mp4"),
            r"`path` must end in \.webp or \.gif or",
        ),
    ],
)
def test_wrong_requests_are_named(call, message):
    with pytest.raises(ConfigError, match=message):
        call()


def test_one_frame_is_a_film():
    assert Image.open(io.BytesIO(encode_animation([np.zeros((4, 4, 3), np.uint8)], ".png"))).size == (4, 4)
