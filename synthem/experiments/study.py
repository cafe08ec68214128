"""The plan of the ratio study: its grid of runs, its slices, and the identity of a study."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from synthem.errors import ConfigError, DataError
from synthem.experiments.counting import count_objects
from synthem.experiments.epfl6 import stack_place
from synthem.experiments.trainer import TrainingConfig
from synthem.tiles.cutting import cut
from synthem.tiles.labelled_image import LabelledImage

__all__ = ["PRESETS", "Run", "StudyConfig", "choose_slices", "counted_axons", "differences", "study_hash"]

RECIPES: Final = {1: "paper_axons", 2: "paper"}
"""Recipe of the synthetic tiles of each experiment: axons only; axons, PSDs and vesicles."""


@dataclass(frozen=True, order=True)
class Run:
    """One training of the grid.

    Parameters
    ----------
    experiment : int
        1 or 2; 0 for sets without synthetic tiles, which are common to both.
    real : int
        Real slices in the training set.
    synthetic : int
        Synthetic tiles in the training set.
    seed : int
        Seed of the training. The same seed gives the same first weights in every set.
    """

    experiment: int
    real: int
    synthetic: int
    seed: int

    @property
    def key(self) -> str:
        """Name of the run in files, such as ``"e2-r05-s090-seed0"``."""
        return f"e{self.experiment}-r{self.real:02d}-s{self.synthetic:03d}-seed{self.seed}"


@dataclass(frozen=True, kw_only=True)
class StudyConfig:
    """The grid of a study, and how its networks are trained and tested.

    Parameters
    ----------
    experiments : tuple of int
        1 (axons only), 2 (axons, PSDs and vesicles) or both.
    real : tuple of int
        Numbers of real slices, rising; the larger sets hold the smaller ones.
    synthetic : tuple of int
        Numbers of synthetic tiles, rising.
    synthetic_only : bool
        Whether experiment 2 also trains without real slices.
    seeds : int
        Trainings per set, at least 1.
    pool : int
        Synthetic tiles in the pool of each experiment, from which every set takes the first.
    pool_seed : int
        Seed of the pools.
    tile, stride, predict_stride : int
        Side of a tile, steps between training tiles and between predicted tiles, in pixels.
    axons_per_slice : tuple of int
        Counted axons that the chosen slices must have, in order; see `choose_slices`.
    training : TrainingConfig
        How a network is trained.
    recalibrate : bool
        Whether networks are tested a second time, with batch norm recalibrated
        (`synthem.experiments.batch_norm`); trainings are the same.
    """

    experiments: tuple[int, ...] = (1, 2)
    real: tuple[int, ...] = (5, 10)
    synthetic: tuple[int, ...] = tuple(range(0, 301, 30))
    synthetic_only: bool = True
    seeds: int = 5
    pool: int = 300
    pool_seed: int = 0
    tile: int = 256
    stride: int = 64
    predict_stride: int = 64
    axons_per_slice: tuple[int, ...] = (12, 0, 0, 0, 0, 16, 0, 0, 0, 0)
    training: TrainingConfig = field(default_factory=TrainingConfig)
    recalibrate: bool = False

    def __post_init__(self) -> None:
        if not self.experiments or not set(self.experiments) <= set(RECIPES):
            raise ConfigError(f"`experiments` must be of {sorted(RECIPES)}, got {self.experiments!r}")
        if self.seeds < 1:
            raise ConfigError(f"`seeds` must be at least 1, got {self.seeds!r}")
        for name in ("real", "synthetic"):
            values = getattr(self, name)
            if not values or min(values) < 0 or list(values) != sorted(set(values)):
                raise ConfigError(f"`{name}` must be rising numbers of 0 or more, got {values!r}")
        if self.synthetic[-1] > self.pool:
            raise ConfigError(f"`synthetic` must be at most `pool`, {self.pool}, got {self.synthetic[-1]}")
        if self.real[-1] > len(self.axons_per_slice):
            raise ConfigError(
                f"`real` must be at most {len(self.axons_per_slice)}, as many as `axons_per_slice` names, "
                f"got {self.real[-1]}"
            )

    @property
    def slices(self) -> int:
        """Real slices of the largest set."""
        return self.real[-1]

    def runs(self) -> list[Run]:
        """Return all runs, small sets first.

        Examples
        --------
        >>> len(StudyConfig().runs())
        260
        """
        found = set()
        for experiment in self.experiments:
            reals = (0, *self.real) if experiment == 2 and self.synthetic_only else self.real
            for real in reals:
                for synthetic in self.synthetic:
                    if real or synthetic:
                        number = experiment if synthetic else 0
                        found |= {Run(number, real, synthetic, seed) for seed in range(self.seeds)}
        return sorted(found, key=lambda c: (c.seed, c.experiment, c.real, c.synthetic))

    def identity(self) -> dict[str, Any]:
        """Return the settings that comparable runs share.

        The grid is left out, because it may grow later, and the second test, which changes no training.
        """
        grid = ("experiments", "real", "synthetic", "synthetic_only", "seeds", "axons_per_slice", "recalibrate")
        whole: dict[str, Any] = json.loads(json.dumps(asdict(self)))
        return {key: value for key, value in whole.items() if key not in grid}


def _quick() -> StudyConfig:
    return StudyConfig(
        experiments=(2,),
        real=(5,),
        synthetic=(0, 90),
        synthetic_only=False,
        seeds=1,
        pool=90,
        training=replace(TrainingConfig(), steps=300),
    )


PRESETS: Final = {"paper": StudyConfig(), "quick": _quick()}
"""The paper's full study; and a check within minutes that everything works, which is no reproduction."""


def study_hash(identity: Mapping[str, Any]) -> str:
    """Return 12 hexadecimal digits that identify a configuration."""
    text = json.dumps(identity, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def differences(known: Mapping[str, Any], new: Mapping[str, Any], prefix: str = "") -> list[str]:
    """Return one line for every value that differs, such as ``"training.steps: 500, not 3150"``."""
    lines: list[str] = []
    for key in sorted({*known, *new}):
        name, a, b = f"{prefix}{key}", known.get(key), new.get(key)
        if isinstance(a, Mapping) and isinstance(b, Mapping):
            lines += differences(a, b, f"{name}.")
        elif a != b:
            lines.append(f"{name}: {_short(a)}, not {_short(b)}")
    return lines


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else text[:57] + "..."


def counted_axons(piece: LabelledImage, tile: int = 256, stride: int = 64) -> int:
    """Return the number of axons in the tiles of a slice; an axon counts in every tile that shows it."""
    masks = cut(piece.mask("axon")[None], tile, stride).astype(bool)
    return int(count_objects(masks).objects.sum())


def choose_slices(
    slices: Sequence[LabelledImage], test: Sequence[LabelledImage], config: StudyConfig
) -> list[LabelledImage]:
    """Choose the training slices of the study.

    The paper does not name its sets, but gives their axons: 12 counted in 5 slices, 28 in 10. An axon counts in every
    tile that shows it, 12 or 16 times in the slices that hold one. So the first slice must count 12, the sixth 16 and
    the others 0 (`StudyConfig.axons_per_slice`). Test slices are excluded. Of the slices with the right count, each
    step takes the one that is farthest in the stack from the slices taken or tested so far; of several, the one with
    the lowest number. The first 5 of the 10 slices are the smaller set.

    Parameters
    ----------
    slices : sequence of LabelledImage
        Candidates.
    test : sequence of LabelledImage
        Test slices.
    config : StudyConfig
        Tiles and axon counts.

    Returns
    -------
    list of LabelledImage
        `StudyConfig.slices` slices.

    Raises
    ------
    DataError
        If no slice with the required count is left.
    """
    tested = {s.name for s in test}
    left = {s.name: s for s in slices if s.name not in tested}
    counts = {name: counted_axons(s, config.tile, config.stride) for name, s in left.items()}
    chosen: list[LabelledImage] = []
    for place, wanted in enumerate(config.axons_per_slice[: config.slices]):
        fitting = [s for name, s in left.items() if counts[name] == wanted]
        if not fitting:
            found = ", ".join(f"{name} {counts[name]}" for name in sorted(left))
            raise DataError(
                f"slice {place + 1} of {config.slices} must count {wanted} axons and not be a test slice; none is left "
                f"(counted: {found or 'no slices'}). Name slices of your own with --train-slices"
            )
        best = max(fitting, key=lambda s: (_distance(s, [*chosen, *test]), -stack_place(s.name)[1]))
        chosen.append(best)
        del left[best.name]
    return chosen


def _distance(piece: LabelledImage, others: Sequence[LabelledImage]) -> float:
    stack, place = stack_place(piece.name)
    places = [stack_place(o.name) for o in others]
    return min((abs(place - p) for own, p in places if own == stack), default=float("inf"))
