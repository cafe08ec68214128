"""Train on synthetic tiles, test on real slices: the judge that counts.

    python examples/train_on_synthetic.py --predecessor FOLDER --seeds 3

The same Tiny U-Net is trained for the same number of steps on (i) 300 tiles of the recipe `tissue`, (ii) 300 of `paper`
or single sections of as many solid tissues (`solid`), (iii) the tiles of another generator (`--predecessor`), (iv) 10
real slices, and each is tested on real slices that were not among these. But the slices are sections of one block, less
than a micrometre deep: (iv) is tested on mitochondria and densities of which it was taught other sections. (v)
`real_apart` learns from one half of all slices that are not tested and is tested on the other half of those that are,
and the other way round: real tissue as well, but other objects, except for what is longer than the strip between. The
same networks on their own halves show what it is worth to have seen the objects.

Three things take most of the chance out of so short a training: the learning rate falls to zero; a class that no tile
of a source holds is left out of its loss, and of its predictions; and scores are given with batch norm as training
left it and with batch norm recalibrated (`synthem.experiments.batch_norm`). Axons show on few of those slices, so
networks that were trained without any real slice are tested for axons on all axon-bearing slices too.

What is finished of a source and a seed is a file in `--out`; a run that was killed goes on where it stopped.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Annotated, Any, TypeAlias

import cv2
import numpy as np
import torch
import typer
from rich.console import Console
from rich.progress import Progress, TimeRemainingColumn

import synthem
from synthem.experiments import epfl6
from synthem.experiments.augment import AugmentConfig
from synthem.experiments.batch_norm import recalibrate_batch_norm
from synthem.experiments.devices import resolve_device, resolve_precision
from synthem.experiments.metrics import measure
from synthem.experiments.overlay import draw_overlay
from synthem.experiments.trainer import TrainingConfig
from synthem.experiments.training import Trained, train_network
from synthem.experiments.unet import TinyUNet
from synthem.labels import EPFL6
from synthem.tiles.cutting import cut
from synthem.tiles.labelled_image import LabelledImage

REAL = "0013,0017,0042,0045,0048,0062,0075,0090,0135,0163"
HELD_OUT = "0000,0003,0024,0061,0118"
AXON_BEARING = "0000,0001,0002,0003,0013,0017,0024,0028"
SOURCES = ("tissue", "paper", "solid", "predecessor", "real10", "real_apart")
STRIDE = 64
MARGIN = 128  # px between the columns that real_apart learns from and those it is tested on
WIDE = AugmentConfig(rotation_deg=180.0, shear=0.1, zoom=0.15)
console = Console()

Columns: TypeAlias = tuple[int | None, int | None]  # first and one past the last; None: to the edge
WHOLE: Columns = (None, None)


@dataclass(frozen=True, kw_only=True)
class Setting:
    """What all trainings of one run share; it stands in every result."""

    training: TrainingConfig
    tiles: int
    pool_seed: int
    real_slices: tuple[str, ...]
    test_slices: tuple[str, ...]
    axon_slices: tuple[str, ...]


@dataclass(frozen=True, kw_only=True, eq=False)
class Part:
    """What one network is trained on, and which columns of the tested slices it has to predict."""

    images: Any
    masks: Any
    columns: Columns = WHOLE

    @property
    def taught(self) -> Any:
        """Which classes the tiles hold, (6,)."""
        return self.masks.any(axis=(0, 2, 3))


def load_parts(source: str, setting: Setting, data: Path | None, predecessor: Path | None) -> list[Part]:
    """Return what a source trains: images (n, 256, 256) and masks (n, 6, 256, 256) of one network or two."""
    if source == "real10":
        return [cut_part(epfl6.load(data=data, slices=setting.real_slices))]
    if source == "real_apart":
        tested = {s.name for s in epfl6.load(data=data, slices=setting.test_slices)}
        others = [s for s in epfl6.load(data=data) if s.name not in tested]
        width = min((s.image.shape[1] for s in others), default=0)
        if width < 2 * (256 + MARGIN):
            required = f"real_apart needs slices that are not tested, of at least {2 * (256 + MARGIN)} columns"
            raise typer.BadParameter(f"{required}, got {len(others)} of {width}", param_hint="--test-slices")
        middle = width // 2
        return [
            cut_part(others, (None, middle - MARGIN), (middle, None)),
            cut_part(others, (middle + MARGIN, None), (None, middle)),
        ]
    if source == "predecessor":
        if predecessor is None:
            raise typer.BadParameter("the source predecessor needs --predecessor FOLDER", param_hint="--sources")
        tiles = epfl6.load_folder(predecessor)[: setting.tiles]
        return [Part(images=np.stack([t.image for t in tiles]), masks=np.stack([t.masks for t in tiles]))]
    if source == "solid":
        scene = synthem.SolidScene(shape=(1, 256, 256))
        sections = [scene.render(seed)[0] for seed in range(setting.tiles)]
        return [Part(images=np.stack([s.image for s in sections]), masks=np.stack([s.masks for s in sections]))]
    dataset = synthem.generate(setting.tiles, recipe=source, seed=setting.pool_seed)
    return [Part(images=np.asarray(dataset.images), masks=np.asarray(dataset.masks))]


def cut_part(slices: list[LabelledImage], learned: Columns = WHOLE, predicted: Columns = WHOLE) -> Part:
    """Cut some columns of slices into tiles."""
    return Part(
        images=np.concatenate([cut(s.image[:, slice(*learned)], 256, STRIDE) for s in slices]),
        masks=np.concatenate([cut(s.masks[..., slice(*learned)], 256, STRIDE) for s in slices]),
        columns=predicted,
    )


def digest(parts: list[Part]) -> str:
    """Return 16 hexadecimal digits that stand for pictures and labels, and for the columns if not all are predicted."""
    found = hashlib.sha256()
    for part in parts:
        found.update(part.images.tobytes())
        found.update(np.packbits(part.masks).tobytes())
        if part.columns != WHOLE:
            found.update(repr(part.columns).encode())
    return found.hexdigest()[:16]


def predict(network: TinyUNet, slices: list[LabelledImage], precision: torch.dtype) -> list[Any]:
    """Return the predicted masks (6, H, W) of each slice."""
    return [network.predict(s.image, stride=STRIDE, precision=precision) > 0.5 for s in slices]


def join(predicted: list[list[Any]], columns: list[Columns], parts: list[Part]) -> list[Any]:
    """Return the masks of each slice: of each network some columns, and of those the classes that it was taught."""
    joined = [np.zeros_like(mask) for mask in predicted[0]]
    for masks, (first, end), part in zip(predicted, columns, parts, strict=True):
        for whole, mask in zip(joined, masks, strict=True):
            whole[part.taught, :, first:end] = mask[part.taught, :, first:end]
    return joined


def score(masks: list[Any], slices: list[LabelledImage], folder: Path | None = None) -> dict[str, Any]:
    """Return the Dice of every class, pooled over the slices and per slice; draw overlays."""
    result = measure(masks, [s.masks for s in slices])
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        for s, mask in zip(slices, masks, strict=True):
            for k, name in enumerate(EPFL6.names):
                picture = draw_overlay(s.image, mask[k], s.masks[k])
                cv2.imwrite(str(folder / f"{s.name}_{name}.png"), picture[..., ::-1])
    return {
        "slices": [s.name for s in slices],
        "pooled": dict(zip(EPFL6.names, result.pooled.round(4).tolist(), strict=True)),
        "mean": dict(zip(EPFL6.names, result.mean.round(4).tolist(), strict=True)),
        "per_slice": result.per_slice.round(4).tolist(),
        "truth_of_predicted": truth_of_predicted(masks, [s.masks for s in slices]).round(4).tolist(),
    }


def truth_of_predicted(masks: list[Any], truths: list[Any]) -> Any:
    """Return the share of each predicted class, a row, that is truly of each class, or of none: (6, 7)."""
    counts = np.zeros((len(EPFL6), len(EPFL6) + 1))
    for predicted, true in zip(masks, truths, strict=True):
        columns = np.concatenate([true, ~true.any(axis=0, keepdims=True)]).reshape(len(EPFL6) + 1, -1)
        counts += predicted.reshape(len(EPFL6), -1).astype(np.float32) @ columns.T.astype(np.float32)
    return counts / np.maximum(sum(m.sum(axis=(1, 2)) for m in masks), 1)[:, None]


def run_one(
    source: str, seed: int, parts: list[Part], setting: Setting, device: str, out: Path, data: Path | None
) -> dict[str, Any]:
    """Train and test once."""
    trained = [train_part(f"{source}, seed {seed}", seed, part, setting, device) for part in parts]
    for number, (one, part) in enumerate(zip(trained, parts, strict=True)):
        suffix = f"-part{number}" if len(parts) > 1 else ""
        about = {"training": asdict(setting.training), "taught": np.compress(part.taught, EPFL6.names).tolist()}
        one.network.save(out / f"{source}-seed{seed}{suffix}", **about)
    result = {
        "source": source,
        "seed": seed,
        "seconds": round(sum(one.seconds for one in trained), 1),
        "loss": np.concatenate([one.losses for one in trained]).round(4).tolist(),
    }
    return result | judge([one.network for one in trained], source, seed, parts, setting, device, out, data)


def train_part(label: str, seed: int, part: Part, setting: Setting, device: str) -> Trained:
    """Train one network on the classes that its tiles hold, with a progress bar."""
    weights = tuple((part.taught / len(part.taught)).tolist())
    with Progress(*Progress.get_default_columns(), TimeRemainingColumn(), console=console) as bar:
        task = bar.add_task(label, total=setting.training.steps)
        return train_network(
            part.images,
            part.masks,
            replace(setting.training, class_weights=weights),
            seed=seed,
            device=device,
            progress=lambda n: bar.update(task, completed=n),
        )


def judge(
    networks: list[TinyUNet],
    source: str,
    seed: int,
    parts: list[Part],
    setting: Setting,
    device: str,
    out: Path,
    data: Path | None,
) -> dict[str, Any]:
    """Test what was trained."""
    precision = resolve_precision(setting.training.precision, resolve_device(device))
    kind = torch.bfloat16 if precision == "bf16" else torch.float32
    held_out = epfl6.load(data=data, slices=setting.test_slices)
    columns = [part.columns for part in parts]
    recalibrated = [
        recalibrate_batch_norm(network, part.images, batch=setting.training.batch, precision=kind)
        for network, part in zip(networks, parts, strict=True)
    ]
    predicted = [predict(network, held_out, kind) for network in recalibrated]
    as_trained = [predict(network, held_out, kind) for network in networks]
    result = {
        "precision": precision,
        "as_trained": score(join(as_trained, columns, parts), held_out),
        "test": score(join(predicted, columns, parts), held_out, out / "overlays" / f"{source}-seed{seed}"),
    }
    if source == "real_apart":
        result["seen"] = score(join(predicted, columns[::-1], parts), held_out)
    if not source.startswith("real") and setting.axon_slices:
        bearing = epfl6.load(data=data, slices=setting.axon_slices)
        result["axon_bearing"] = score(join([predict(n, bearing, kind) for n in recalibrated], columns, parts), bearing)
    return result


def spread(values: Any) -> str:
    """Return mean ± standard deviation, of one value itself."""
    return f"{np.mean(values):.3f} ± {np.std(values):.3f}" if len(values) > 1 else f"{values[0]:.3f}"


def table(results: list[dict[str, Any]], kind: str = "test") -> str:
    """Return a Markdown table: pooled Dice, mean ± spread over seeds; `kind` is test, as_trained or seen."""
    axon = EPFL6.index("axon")
    lines = [
        "| trained on | seeds | " + " | ".join(EPFL6.names) + " | mean | axon, axon-bearing slices |",
        "|---" * (len(EPFL6) + 4) + "|",
    ]
    for source in SOURCES:
        rows = [r for r in results if r["source"] == source and kind in r]
        if not rows:
            continue
        dice = np.array([list(r[kind]["pooled"].values()) for r in rows])
        dice = np.column_stack([dice, dice.mean(1)])
        cells = [spread(column) for column in dice.T]
        wide = [list(r["axon_bearing"]["pooled"].values())[axon] for r in rows if "axon_bearing" in r]
        cells.append(spread(wide) if wide else "-")
        lines.append(f"| {source} | {len(rows)} | " + " | ".join(cells) + " |")
    return "\n".join(lines)


def mistakes(results: list[dict[str, Any]]) -> str:
    """Return Markdown tables of what the pixels predicted as a class truly are, mean over seeds."""
    parts = []
    for source in SOURCES:
        shares = [r["test"]["truth_of_predicted"] for r in results if r["source"] == source]
        if shares:
            lines = [f"| {source}: predicted, truly | " + " | ".join((*EPFL6.names, "none")) + " |"]
            lines.append("|---" * (len(EPFL6) + 2) + "|")
            for name, row in zip(EPFL6.names, np.mean(shares, axis=0), strict=True):
                lines.append(f"| {name} | " + " | ".join(f"{share:.2f}" for share in row) + " |")
            parts.append("\n".join(lines))
    return "\n\n".join(parts)


def names(text: str) -> tuple[str, ...]:
    """Split a comma-separated list."""
    return tuple(part.strip() for part in text.split(",") if part.strip())


def main(
    out: Annotated[Path, typer.Option(help="Folder of results, weights and overlays.")] = Path("train_on_synthetic"),
    sources: Annotated[str, typer.Option(help="Comma-separated, of " + ", ".join(SOURCES))] = ",".join(SOURCES),
    steps: Annotated[int, typer.Option(help="Optimiser steps of each training.")] = 800,
    seeds: Annotated[str, typer.Option(help="How many seeds, or which (comma-separated).")] = "3",
    batch: Annotated[int, typer.Option(help="Tiles per step.")] = 6,
    tiles: Annotated[int, typer.Option(help="Synthetic tiles.")] = 300,
    pool_seed: Annotated[int, typer.Option(help="Seed of the synthetic tiles.")] = 0,
    predecessor: Annotated[Path | None, typer.Option(help="Folder of another generator's tiles.")] = None,
    data: Annotated[Path | None, typer.Option(help="EPFL6 folder; downloaded if not given.")] = None,
    real_slices: Annotated[str, typer.Option(help="Real training slices.")] = REAL,
    test_slices: Annotated[str, typer.Option(help="Real slices to test on.")] = HELD_OUT,
    axon_slices: Annotated[str, typer.Option(help="Real slices to test axons on as well.")] = AXON_BEARING,
    precision: Annotated[str, typer.Option(help="auto, float32 or bf16.")] = "auto",
    wide: Annotated[bool, typer.Option("--wide", help="Rotate by any angle, shear and zoom by more.")] = False,
    device: Annotated[str, typer.Option(help="auto, cpu, cuda or cuda:N.")] = "auto",
    threads: Annotated[int, typer.Option(help="CPU threads; 0 leaves the default.")] = 0,
) -> None:
    """Train on each source, test on real slices, write results.json and results.md."""
    if threads:
        torch.set_num_threads(threads)
    unknown = sorted(set(names(sources)) - set(SOURCES))
    if unknown:
        raise typer.BadParameter(f"must be of {', '.join(SOURCES)}, got {', '.join(unknown)}", param_hint="--sources")
    try:
        wanted = [int(s) for s in names(seeds)] if "," in seeds else list(range(int(seeds)))
    except ValueError as error:
        raise typer.BadParameter(f"must be whole numbers, got {seeds!r}", param_hint="--seeds") from error
    augment = WIDE if wide else AugmentConfig()
    setting = Setting(
        training=TrainingConfig(steps=steps, batch=batch, schedule="cosine", precision=precision, augment=augment),
        tiles=tiles,
        pool_seed=pool_seed,
        real_slices=names(real_slices),
        test_slices=names(test_slices),
        axon_slices=names(axon_slices),
    )
    tested = epfl6.load(data=data, slices=setting.test_slices)
    taught = epfl6.load(data=data, slices=setting.real_slices) if "real10" in names(sources) else []
    if both := {s.name for s in tested} & {s.name for s in taught}:
        raise typer.BadParameter(f"must not be trained on, got {', '.join(sorted(both))}", param_hint="--test-slices")
    bearing = epfl6.load(data=data, slices=setting.axon_slices) if setting.axon_slices else []
    shared = {
        **asdict(setting),
        "tested_sha256": digest([Part(images=s.image, masks=s.masks) for s in (*tested, *bearing)]),
        "resolved_precision": resolve_precision(precision, resolve_device(device)),
    }
    out.mkdir(parents=True, exist_ok=True)
    results = []
    for source in names(sources):
        parts = load_parts(source, setting, data, predecessor)
        classes = [np.compress(part.taught, EPFL6.names).tolist() for part in parts]
        config = json.loads(json.dumps({**shared, "tiles_sha256": digest(parts), "taught": classes}))
        for seed in wanted:
            file = out / f"{source}-seed{seed}.result.json"
            if file.exists():
                known = json.loads(file.read_text())
                if known["config"] != config:
                    raise typer.BadParameter(f"{file} is of other settings; take another folder", param_hint="--out")
                results.append(known)
                continue
            started = time.perf_counter()
            result = {**run_one(source, seed, parts, setting, device, out, data), "config": config}
            result["total_seconds"] = round(time.perf_counter() - started, 1)
            partial = file.with_suffix(".tmp")
            partial.write_text(json.dumps(result, indent=1))
            os.replace(partial, file)
            results.append(result)
            console.print(f"{source}, seed {seed}: {result['test']['pooled']}")
    text = table(results)
    (out / "results.json").write_text(json.dumps(results, indent=1))
    note = f"Pooled Dice, {steps} steps of batch {batch}, mean ± sd over seeds; test slices {test_slices}."
    note += f" Rotation up to {augment.rotation_deg:g}°."
    raw = "Batch norm as training left it:\n\n" + table(results, "as_trained")
    if any("seen" in r for r in results):
        raw += "\n\nThe same networks on the halves they were trained on:\n\n" + table(results, "seen")
    (out / "results.md").write_text(f"{note}\n\n{text}\n\n{raw}\n\n{mistakes(results)}\n")
    console.print(text, soft_wrap=True, highlight=False)


if __name__ == "__main__":
    typer.run(main)
