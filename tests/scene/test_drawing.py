"""What a scene draws: streams of their own, the contract of stages, who is placed first."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pytest

from synthem import (
    BlurNoise,
    Clutter,
    Cytoplasm,
    Density,
    FreeVesicles,
    MembraneLayer,
    Mitochondrion,
    Scene,
    build_scene,
    iter_tiles,
)
from synthem.errors import ConfigError
from synthem.geometry.poses import TissueDirection
from synthem.kernels.occupancy import PAD, SPACING
from synthem.tiles.placement_report import PlacementReport


@dataclass(frozen=True, kw_only=True)
class Idle:
    """A stage that draws and does nothing."""

    before_organelles: ClassVar[bool] = False

    def sample(self, rng, territory):
        return rng.random(100).sum()

    def apply(self, canvas, record, style):
        pass


@dataclass(frozen=True, kw_only=True)
class Stain:
    """A stage that works on the finished picture."""

    before_organelles: ClassVar[bool] = False
    depth: float = 40.0

    def sample(self, rng, territory):
        return None

    def apply(self, canvas, record, style):
        canvas.grey[:20] -= self.depth


def rendered(stages, seed=3):
    scene = build_scene("tissue", axons=1)
    return replace(scene, stages=stages).render(seed)


@pytest.mark.parametrize("place", [0, 1, 2, 3])
def test_a_stage_that_does_nothing_changes_nothing(place):
    stages = [MembraneLayer(), Cytoplasm(), BlurNoise()]
    assert rendered([*stages[:place], Idle(), *stages[place:]]) == rendered(stages)


def test_a_stage_after_the_exposure_works_on_the_exposed_picture():
    stages = [MembraneLayer(), Cytoplasm(), BlurNoise()]
    clean, stained = rendered(stages), rendered([*stages, Stain()])
    assert np.array_equal(stained.image[20:], clean.image[20:])
    darker = np.clip(clean.image[:20].astype(int) - 40, 0, 255)
    assert np.array_equal(stained.image[:20], darker)
    assert np.array_equal(stained.masks, clean.masks)


def test_an_organelle_that_is_absent_changes_nothing():
    scene = build_scene("tissue", axons=1, psd=2)
    without = replace(scene, organelles=[item for item in scene.organelles if not isinstance(item, Clutter)])
    none = replace(scene, organelles=[*without.organelles, Clutter(count=0)])
    assert none.render(5) == without.render(5)


def test_two_organelles_of_one_kind_draw_from_two_streams():
    scene = Scene(organelles=[Mitochondrion(count=1), Mitochondrion(count=1)], stages=[])
    first, second = (item.parameters["length_nm"] for item in scene.render(4).objects)
    assert first != second


@dataclass(frozen=True, kw_only=True)
class Fences:
    """A partition of one's own: straight membranes every 40 pixels."""

    before_organelles: ClassVar[bool] = True

    def sample(self, rng, territory):
        return None

    def apply(self, canvas, record, style):
        cols = np.arange(canvas.shape[1])
        canvas.compartments[...] = 1 + cols // 40
        canvas.label[:, cols % 40 < 4] = 1
        canvas.grey[:, cols % 40 < 4] = 60.0


@dataclass(frozen=True, kw_only=True)
class Partition(Fences):
    """The same, and it says where its membranes are."""

    def lower_clearance(self, record, territory, grid):
        cols = np.arange(grid.shape[1]) * SPACING - PAD
        from_middle = np.abs(cols % 40 - 1.5)
        np.minimum(grid, np.minimum(from_middle, 40.0 - from_middle) - 2.5, out=grid)
        return TissueDirection(0.5 * np.pi, 1.0)


def test_what_fills_compartments_respects_a_partition_of_ones_own():
    scene = Scene(organelles=[FreeVesicles(count=30)], stages=[Partition(), Cytoplasm()])
    for index in range(4):
        tile = scene.render(2, index)
        fence = np.arange(256) % 40 < 4
        assert tile.mask("vesicles").sum() > 500
        assert tile.mask("boundaries")[:, fence].all(), "a vesicle covers a membrane"


def test_a_partition_that_does_not_say_where_its_membranes_are_is_refused():
    with pytest.raises(ConfigError, match="`stages`: Fences draws membranes or compartments, so it must define"):
        Scene(organelles=[], stages=[Fences()]).render(1)


def test_what_was_asked_for_by_number_is_placed_before_what_was_asked_for_by_density():
    reports = [tile.report for tile in iter_tiles(60, recipe="tissue", axons=(0, 3), psd=(0, 3), seed=7)]
    assert sum(not report.complete for report in reports) == 0
    assert PlacementReport.merge(reports)["psd"].requested > 70


def test_a_density_is_a_mean_and_nothing_of_it_is_missed_in_one_tile():
    scene = Scene(organelles=[Mitochondrion(count=Density(mean=30), length_nm=750, width_nm=500)], stages=[])
    report = PlacementReport.merge(scene.render(1, k).report for k in range(4))
    assert report["mitochondrion"].placed < report["mitochondrion"].requested
    assert report.complete
    assert report["mitochondrion"].sparse, "a mean that is not reached by far"


def test_a_number_counts_also_beside_a_density_of_the_same_kind():
    crowd = [Mitochondrion(count=60, length_nm=300), Mitochondrion(count=Density(mean=0.0))]
    report = Scene(organelles=crowd, stages=[], shape=(128, 128)).render(1).report
    assert not report.complete
    assert not report["mitochondrion"].density
