"""nnU-Net from synthetic tiles to a first prediction.

Tiles are written as a dataset of nnU-Net v2, which verifies, plans, preprocesses, trains and predicts as usual. The
training is so short that a processor can do it: it shows the way, not how good nnU-Net gets. With a GPU, train by
``nnUNetv2_train 501 2d 0`` instead, once the folds are copied.

Run it with ``python examples/nnunet_first_prediction.py FOLDER``; it needs ``pip install synthem nnunetv2``.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import Any

import numpy as np

import synthem

DATASET = "Dataset501_Synthem"
SHAPE = (128, 128)


def main() -> None:
    """Write tiles, train, and predict tiles that the network has not seen."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder to make")
    parser.add_argument("--tiles", type=int, default=60, help="tiles to train with")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--steps", type=int, default=25, help="steps per epoch; nnU-Net takes 250")
    options = parser.parse_args()
    folders = {name: options.folder / name for name in ("nnUNet_raw", "nnUNet_preprocessed", "nnUNet_results")}
    for name, folder in folders.items():
        folder.mkdir(parents=True)
        os.environ[name] = str(folder.resolve())  # nnU-Net reads them when it is imported
    os.environ |= {"nnUNet_n_proc_DA": "1", "nnUNet_compile": "false"}

    raw = folders["nnUNet_raw"] / DATASET
    synthem.generate_files(raw, options.tiles, seed=7, shape=SHAPE, workers=2, format="nnunet")
    prepared = prepare(folders["nnUNet_preprocessed"])
    shutil.copy(raw / "splits_final.json", prepared)
    trainer = train(prepared, options.epochs, options.steps)
    compare_with_truth(trainer, synthem.generate(24, seed=8, shape=SHAPE))


def prepare(preprocessed: Path) -> Path:
    """Have nnU-Net verify, measure, plan and preprocess the dataset."""
    from nnunetv2.experiment_planning import plan_and_preprocess_api as steps

    steps.extract_fingerprints([501], check_dataset_integrity=True, num_processes=1, verbose=False)
    plans = steps.plan_experiments([501])
    steps.preprocess([501], plans, configurations=["2d"], num_processes=[1], verbose=False)
    return preprocessed / DATASET


def train(prepared: Path, epochs: int, steps: int) -> Any:
    """Train fold 0, which keeps every fifth tile aside."""
    import torch
    from nnunetv2.training.nnUNetTrainer.nnUNetTrainer import nnUNetTrainer

    class ShortTrainer(nnUNetTrainer):
        """The usual training with fewer steps."""

        def __init__(self, plans: Any, configuration: str, fold: int, dataset_json: Any, device: Any) -> None:
            super().__init__(plans, configuration, fold, dataset_json, device)
            self.num_epochs, self.num_iterations_per_epoch, self.num_val_iterations_per_epoch = epochs, steps, 2

    plans = json.loads((prepared / "nnUNetPlans.json").read_text())
    plans["continue_training"] = False
    about = json.loads((prepared / "dataset.json").read_text())
    trainer = ShortTrainer(plans, "2d", 0, about, torch.device("cpu"))
    trainer.run_training()
    trainer.set_deep_supervision_enabled(False)  # one output, as predictions need it
    return trainer


def compare_with_truth(trainer: Any, tiles: synthem.Dataset) -> None:
    """Predict tiles and print the Dice coefficient of each class."""
    from nnunetv2.inference.predict_from_raw_data import nnUNetPredictor

    predictor = nnUNetPredictor(device=trainer.device, perform_everything_on_device=False, allow_tqdm=False)
    predictor.manual_initialization(
        trainer.network,
        trainer.plans_manager,
        trainer.configuration_manager,
        [trainer.network.state_dict()],
        trainer.dataset_json,
        type(trainer).__name__,
        trainer.inference_allowed_mirroring_axes,
    )
    regions = {name: np.atleast_1d(numbers) for name, numbers in trainer.dataset_json["labels"].items()}
    found = []
    for image in tiles.images:
        labels = predictor.predict_single_npy_array(image[None, None].astype(np.float32), {"spacing": (999, 1, 1)})
        found.append([np.isin(labels[0], regions[name]) for name in tiles.classes.names])
    predicted = np.array(found)  # (n, C, H, W), as tiles.masks
    for channel, name in enumerate(tiles.classes.names):
        ours, truth = predicted[:, channel], tiles.masks[:, channel]
        both = 2 * np.count_nonzero(ours & truth) / max(1, np.count_nonzero(ours) + np.count_nonzero(truth))
        print(f"{name:26} Dice {both:.2f}, {truth.mean():6.2%} of the pixels")


if __name__ == "__main__":
    main()
