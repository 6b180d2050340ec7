"""Trains the network on the training partition of a warehouse, and picks the threshold on patients held out of it.

python3 train.py WAREHOUSE     (in the image of this submission, with ../reference-densenet beside it for its labels)
"""

from __future__ import annotations

import argparse
import sys
import zlib
from datetime import datetime
from multiprocessing import Pool
from pathlib import Path
from typing import NamedTuple

import network
import numpy as np
import pydicom
import torch
from images import Refused, read_radiograph
from torchvision.transforms import functional

sys.path.append(str(Path(__file__).resolve().parent.parent / "reference-densenet"))
from clinical import label_of, read_swab

HELD_OUT_PERCENT = 20
BATCH = 32


class Examples(NamedTuple):
    pictures: torch.Tensor  # uint8 [n, side, side]
    labels: torch.Tensor  # float32 [n]
    held_out: torch.Tensor  # bool [n]: of patients that training does not see


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights.pt"))
    parser.add_argument("--epochs", type=int, default=12)
    parser.add_argument("--seed", type=int, default=11)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    given = read_examples(options.warehouse / "training")
    print(f"{len(given.labels)} radiographs, {int(given.held_out.sum())} held out", flush=True)
    model = train(given.pictures[~given.held_out], given.labels[~given.held_out], options.epochs)
    report(model.eval(), given.pictures[given.held_out], given.labels[given.held_out] > 0.5)
    torch.save(model.state_dict(), options.out)


def read_examples(partition: Path) -> Examples:
    with Pool() as pool:
        found = pool.map(examples_of, [(partition, one) for one in sorted((partition / "xray").iterdir())], 16)
    flat = [one for some in found for one in some]
    return Examples(
        pictures=torch.from_numpy(np.stack([picture for picture, _, _ in flat])),
        labels=torch.tensor([float(label) for _, label, _ in flat]),
        held_out=torch.tensor([out for _, _, out in flat]),
    )


def examples_of(place: tuple[Path, Path]) -> list[tuple[np.ndarray, bool, bool]]:
    """A patient's pictures with their labels, and whether the patient is held out."""
    partition, folder = place
    swab = read_swab(partition / "data" / folder.name)
    held_out = zlib.crc32(folder.name.encode()) % 100 < HELD_OUT_PERCENT
    found = []
    for path in sorted(folder.rglob("*.dcm")) if swab else ():
        try:
            picture = read_radiograph(path)
        except Refused:
            continue
        header = pydicom.dcmread(path, stop_before_pixels=True)
        day = str(header.get("AcquisitionDate") or header.get("StudyDate") or "")
        label = label_of(*swab, datetime.strptime(day, "%Y%m%d").date()) if day else None
        if label is not None:
            found.append((picture.numpy(), label, held_out))
    return found


def train(pictures: torch.Tensor, labels: torch.Tensor, epochs: int) -> torch.nn.Module:
    model = network.build()
    optimiser = torch.optim.SGD(model.parameters(), lr=0.05, momentum=0.9, weight_decay=1e-4, nesterov=True)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, T_max=epochs * (len(labels) // BATCH))
    loss_of = torch.nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        total, order = 0.0, torch.randperm(len(labels))
        for start in range(0, len(labels) - BATCH + 1, BATCH):
            chosen = order[start : start + BATCH]
            loss = loss_of(model(network.seen(varied(pictures[chosen])))[:, 0], labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (len(labels) // BATCH):.4f}", flush=True)
    return model


def varied(pictures: torch.Tensor) -> torch.Tensor:
    """The batch mirrored, turned, shifted and enlarged by chance."""
    if torch.rand(()) < 0.5:
        pictures = functional.hflip(pictures)
    angle, scale = float(torch.empty(()).uniform_(-7, 7)), float(torch.empty(()).uniform_(0.95, 1.1))
    shift = [int(one) for one in torch.randint(-6, 7, (2,))]
    return functional.affine(pictures, angle=angle, translate=shift, scale=scale, shear=[0.0])


def report(model: torch.nn.Module, pictures: torch.Tensor, diseased: torch.Tensor) -> None:
    """Print the area under the ROC curve and the threshold with the greatest sensitivity + specificity."""
    with torch.inference_mode():
        parts = [torch.sigmoid(model(network.seen(some)))[:, 0] for some in pictures.split(256)]
    scores, truth = torch.cat(parts).numpy(), diseased.numpy()
    area = np.mean(scores[truth][:, None] > scores[~truth][None, :])
    cuts = np.linspace(0.05, 0.95, 91)
    rates = [(np.mean(scores[truth] >= cut), np.mean(scores[~truth] < cut)) for cut in cuts]
    best = int(np.argmax([sum(one) for one in rates]))
    print(
        f"held out: AUC {area:.3f}; threshold {cuts[best]:.2f}: sensitivity {rates[best][0]:.3f}, "
        f"specificity {rates[best][1]:.3f}; mean score {scores.mean():.3f} of {truth.mean():.3f} diseased"
    )


if __name__ == "__main__":
    main()
