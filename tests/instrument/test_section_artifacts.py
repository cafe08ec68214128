"""Artefacts of sections: which sections have them, and what they leave on a canvas."""

import numpy as np
import pytest

from synthem.errors import ConfigError
from synthem.instrument.section_artifacts import (
    DroppedSection,
    SectionArtifacts,
    SectionBrightness,
    SectionFocus,
    SectionFold,
    SectionShift,
    SectionWarp,
    mark_section,
)
from synthem.painting.canvas import Canvas
from synthem.tiles.section_artifacts import SectionArtifact


def numbers_of(artifacts, sections):
    return [number for number in sections if list(artifacts.draw(5, number, 0))]


def test_the_share_of_the_sections_is_damaged():
    artifacts = SectionArtifacts(shift=SectionShift(share=0.2))
    assert len(numbers_of(artifacts, range(-1000, 1000))) == pytest.approx(400, abs=60)
    assert numbers_of(SectionArtifacts(), range(50)) == []
    assert numbers_of(SectionArtifacts(focus=SectionFocus(share=1)), range(-3, 3)) == list(range(-3, 3))


def test_artefacts_do_not_depend_on_each_other():
    alone = SectionArtifacts(focus=SectionFocus(share=0.5))
    both = SectionArtifacts(focus=SectionFocus(share=0.5), warp=SectionWarp(share=0.5), dropped=DroppedSection(share=1))
    for number in range(20):
        assert list(alone.draw(5, number, 2)) == [one for one in both.draw(5, number, 2) if one.name == "focus"]


def test_what_is_drawn_lies_within_its_range():
    artifacts = SectionArtifacts(
        shift=SectionShift(share=1, distance_nm=(10, 30)),
        fold=SectionFold(share=1),
        brightness=SectionBrightness(share=1),
    )
    drawn = [{one.name: one.parameters for one in artifacts.draw(1, number, 0)} for number in range(200)]
    far = np.array([np.hypot(one["shift"]["down_nm"], one["shift"]["right_nm"]) for one in drawn])
    assert far.min() >= 10.0
    assert far.max() <= 30.0
    assert np.ptp(far) > 15.0
    down = [one["shift"]["down_nm"] for one in drawn]
    assert min(down) < -20.0 < 20.0 < max(down)
    for one in drawn:
        fold = one["fold"]
        assert 0.0 <= fold["offset_nm"] <= fold["every_nm"]
        assert 0.0 <= fold["angle"] <= np.pi
    levels = [one["brightness"]["levels"] for one in drawn]
    assert min(levels) < -15 < 15 < max(levels)


def canvas():
    one = Canvas((64, 72))
    one.clear(150.0, 5.0)
    one.label[...], one.ids[...], one.compartments[...] = 3, 4, 5
    one.grey[:, 30:] = 50.0
    return one


def test_marks_change_the_grey():
    bright, blurred, dropped = canvas(), canvas(), canvas()
    mark_section(bright, SectionArtifact(0, "brightness", {"levels": -20.0}), (0, 0))
    assert np.unique(bright.grey).tolist() == [30.0, 130.0]
    mark_section(blurred, SectionArtifact(0, "focus", {"sigma_nm": 15.0}), (0, 0))
    assert blurred.grey[0, [0, 71]].tolist() == pytest.approx([150.0, 50.0])
    assert 90 < blurred.grey[0, 29] < 120
    mark_section(dropped, SectionArtifact(0, "dropped", {"level": 7.0}), (0, 0))
    assert np.array_equal(dropped.grey, canvas().grey)
    dropped.image = np.full((64, 72), 99, np.uint8)
    mark_section(dropped, SectionArtifact(0, "dropped", {"level": 7.0}), (0, 0))
    assert np.unique(dropped.image).tolist() == [7]
    for one in (bright, blurred, dropped):
        assert (one.label == 3).all()


def test_a_fold_is_dark_and_without_labels():
    fold = {"width_nm": 120.0, "every_nm": 2000.0, "darkness": 0.5, "angle": 0.0, "offset_nm": 100.0 * 5.0}
    one = canvas()
    mark_section(one, SectionArtifact(0, "fold", fold), (70, 0))  # along rows, around row 30 of the block
    lost = abs(np.arange(64) - 30) <= 12
    assert ((one.label == 0) == lost[:, None]).all()
    assert ((one.compartments == 0) & (one.ids == 0) == lost[:, None]).all()
    assert one.grey[30, 0] == pytest.approx(75.0)
    assert one.grey[10, 0] == 150.0


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (
            lambda: SectionArtifacts(warp=SectionWarp(amplitude_nm=(10, 60))),
            r"`amplitude_nm` of sections must be at most 50",
        ),
        (
            lambda: SectionArtifacts(fold=SectionFold(every_nm=800)),
            r"`width_nm` of sections must be at most 100 nm here",
        ),
        (
            lambda: SectionArtifacts(fold=SectionFold(share=0.1)).check(10.0),
            r"`width_nm` of folds must be at least 24 pixels, 240",
        ),
        (lambda: SectionShift(share=1.5), r"`share` must be"),
    ],
)
def test_wrong_parameters_are_named(make, message):
    with pytest.raises(ConfigError, match=message):
        make()


def test_tissue_is_moved_as_far_as_its_artefacts_together():
    shift = SectionShift(share=0.1, distance_nm=(5, 30))
    warp = SectionWarp(share=0.1, amplitude_nm=(5, 20))
    fold = SectionFold(share=0.1, width_nm=(150, 200))
    assert SectionArtifacts(shift=shift, warp=warp, fold=fold).reach_nm == 250.0
    assert [SectionArtifacts(**one).reach_nm for one in ({"shift": shift}, {"warp": warp}, {"fold": fold})] == [
        *(30.0, 20.0, 200.0)
    ]
    assert SectionArtifacts().reach_nm == 0.0


@pytest.mark.parametrize(
    ("kind", "name", "most"),
    [
        (SectionShift, "distance_nm", 2000.0),
        (SectionWarp, "amplitude_nm", 2000.0),
        (SectionWarp, "size_nm", 50_000.0),
        (SectionFold, "width_nm", 2000.0),
        (SectionFold, "every_nm", 1_000_000.0),
        (SectionBrightness, "levels", 255.0),
        (SectionFocus, "sigma_nm", 200.0),
        (DroppedSection, "level", 255.0),
    ],
)
def test_limits_are_allowed_and_nothing_beyond(kind, name, most):
    assert getattr(kind(**{name: most}), name) == (most, most)
    with pytest.raises(ConfigError, match=f"`{name}` must"):
        kind(**{name: most + 0.5})
