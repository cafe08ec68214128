"""Judge a fit: train on its tiles, test on labelled slices, beside a network that learned from real slices.

    synthem calibrate path/to/slices --exclude 05 --exclude 06 --pixel-size 4.6 -o mine.toml
    python examples/judge_a_fit.py path/to/slices --test 05,06 --style mine.toml --recipe mine_recipe.toml --seeds 3

Both networks are the Tiny U-Net of the study, trained for the same number of steps: one on generated tiles, one on the
slices that are not tested, cut at a stride of 64 px. Both are tested on the same slices, on the classes that these
label. What counts is the share that the first reaches of the second.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import numpy as np
import torch
import typer

import synthem
from synthem.experiments.batch_norm import recalibrate_batch_norm
from synthem.experiments.metrics import measure
from synthem.experiments.trainer import TrainingConfig
from synthem.experiments.training import train_network
from synthem.io.slices import read_slices
from synthem.labels import EPFL6
from synthem.tiles.cutting import cut
from synthem.tiles.labelled_image import LabelledImage

STRIDE = 64


def names(text: str) -> list[str]:
    """Split a comma-separated list."""
    return [part.strip() for part in text.split(",") if part.strip()]


def score(
    images: np.ndarray, masks: np.ndarray, taught: np.ndarray, tested: list[LabelledImage], seed: int, steps: int
) -> np.ndarray:
    """Train once; return the Dice of each class, pooled over the tested slices."""
    weights = tuple((taught / len(taught)).tolist())
    training = TrainingConfig(steps=steps, batch=6, schedule="cosine", class_weights=weights)
    network = train_network(images, masks, training, seed=seed, device="auto").network
    network = recalibrate_batch_norm(network, images, batch=training.batch, precision=torch.float32)
    predicted = [network.predict(item.image, stride=STRIDE, precision=torch.float32) > 0.5 for item in tested]
    return np.asarray(measure(predicted, [item.masks for item in tested]).pooled)


def main(
    real: Annotated[Path, typer.Argument(help="Folder of labelled slices.")],
    test: Annotated[str, typer.Option(help="Slices to test on, comma-separated; the others are trained on.")],
    style: Annotated[str, typer.Option(help="Style of the generated tiles.")] = "epfl",
    recipe: Annotated[str, typer.Option(help="Recipe of the generated tiles.")] = "tissue",
    tiles: Annotated[int, typer.Option(help="Generated tiles.")] = 300,
    seeds: Annotated[int, typer.Option(help="Trainings of each kind.")] = 3,
    steps: Annotated[int, typer.Option(help="Steps of each training.")] = 800,
    axons: Annotated[str, typer.Option(help="Axons per tile, such as 0; as in the recipe if left out.")] = "",
    variety: Annotated[
        float, typer.Option(help="How much the look differs from tile to tile; see Style.varied.")
    ] = 0.0,
    only: Annotated[str, typer.Option(help="`generated` or `real` trains one of the two alone.")] = "",
) -> None:
    """Print the Dice of both networks on the tested slices, and the share that the first reaches of the second."""
    slices = [item.with_classes(EPFL6) for item in read_slices(real, partial=True)]
    tested = [item for item in slices if item.name in names(test)]
    others = [item for item in slices if item.name not in names(test)]
    labelled = np.array([all(name in item.labelled for item in slices) for name in EPFL6.names])
    if not tested or not (others or only == "generated") or not labelled.any():
        raise typer.BadParameter(f"must leave labelled slices on both sides, got {test!r}", param_hint="--test")
    found: dict[str, np.ndarray] = {}
    if only != "real":
        look = synthem.load_style(style).varied(variety)
        made = synthem.generate(tiles, style=look, recipe=recipe, seed=0, **({"axons": int(axons)} if axons else {}))
        taught = made.masks.any(axis=(0, 2, 3))
        found["generated"] = np.array(
            [score(made.images, made.masks, taught, tested, seed, steps) for seed in range(seeds)]
        )
    if only != "generated":
        images = np.concatenate([cut(item.image, 256, STRIDE) for item in others])
        masks = np.concatenate([cut(item.masks, 256, STRIDE) for item in others])
        found["real"] = np.array([score(images, masks, labelled, tested, seed, steps) for seed in range(seeds)])
    for source, dice in found.items():
        cells = [
            f"{name} {dice[:, k].mean():.3f} ± {dice[:, k].std():.3f}"
            for k, name in enumerate(EPFL6.names)
            if labelled[k]
        ]
        typer.echo(f"{source:9}  " + "  ".join(cells))
    if len(found) == 2:
        share = found["generated"].mean(axis=0) / found["real"].mean(axis=0)
        typer.echo("share      " + "  ".join(f"{EPFL6.names[k]} {share[k]:.2f}" for k in np.flatnonzero(labelled)))


if __name__ == "__main__":
    typer.run(main)
