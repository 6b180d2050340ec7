"""Trains the network on the training partition of a warehouse, and picks the threshold on a part held out of it.

python train.py WAREHOUSE --out weights.pt
"""

from __future__ import annotations

import argparse
import zlib
from datetime import datetime
from pathlib import Path

import network
import numpy as np
import pydicom
import torch
from clinical import label_of, read_swab
from images import OutOfScope, Unreadable, read_radiograph

HELD_OUT_PERCENT = 20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("warehouse", type=Path)
    parser.add_argument("--out", type=Path, default=Path(__file__).with_name("weights.pt"))
    parser.add_argument("--epochs", type=int, default=14)
    parser.add_argument("--seed", type=int, default=7)
    options = parser.parse_args()
    torch.manual_seed(options.seed)
    torch.use_deterministic_algorithms(True)
    pictures, labels, held_out = read_training(options.warehouse / "training")
    print(f"{len(labels)} radiographs, {int(labels.sum())} diseased, {int(held_out.sum())} held out", flush=True)
    model = train(pictures[~held_out], labels[~held_out], options.epochs)
    report(model.eval(), pictures[held_out], labels[held_out])
    torch.save(model.state_dict(), options.out)


def read_training(partition: Path) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pictures [n, side, side], labels [n] and whether a patient is held out [n]."""
    pictures, labels, held_out = [], [], []
    for folder in sorted((partition / "xray").iterdir()):
        swab = read_swab(partition / "data" / folder.name)
        if swab is None:
            continue
        for path in sorted(folder.rglob("*.dcm")):
            example = read_example(path, *swab)
            if example is not None:
                pictures.append(example[0])
                labels.append(example[1])
                held_out.append(zlib.crc32(folder.name.encode()) % 100 < HELD_OUT_PERCENT)
    return torch.stack(pictures), torch.tensor(labels, dtype=torch.float32), torch.tensor(held_out)


def read_example(path: Path, positive: bool, swab: datetime) -> tuple[torch.Tensor, bool] | None:
    try:
        picture = read_radiograph(path)
    except (OutOfScope, Unreadable):
        return None
    header = pydicom.dcmread(path, stop_before_pixels=True)
    day = str(header.get("AcquisitionDate") or header.get("StudyDate") or "")
    label = label_of(positive, swab, datetime.strptime(day, "%Y%m%d").date()) if day else None
    return None if label is None else (picture, label)


def train(pictures: torch.Tensor, labels: torch.Tensor, epochs: int, batch: int = 32) -> torch.nn.Module:
    model = network.build()
    steps = epochs * (len(labels) // batch)
    optimiser = torch.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, max_lr=6e-3, total_steps=steps)
    loss_of = torch.nn.BCEWithLogitsLoss()
    for epoch in range(epochs):
        model.train()
        total, order = 0.0, torch.randperm(len(labels))
        for start in range(0, len(labels) - batch + 1, batch):
            chosen = order[start : start + batch]
            loss = loss_of(model(varied(pictures[chosen]))[:, 0], labels[chosen])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
            total += loss.item()
        print(f"epoch {epoch + 1}: loss {total / (len(labels) // batch):.4f}", flush=True)
    return model


def varied(pictures: torch.Tensor) -> torch.Tensor:
    """Each picture mirrored, shifted and with another gamma by chance. [n, side, side] -> [n, 1, side, side]"""
    gamma = torch.exp(0.2 * torch.randn(len(pictures), 1, 1))
    out = pictures.clamp(min=1e-4) ** gamma
    mirrored = torch.rand(len(pictures)) < 0.5
    out = torch.where(mirrored[:, None, None], out.flip(2), out)
    rows, columns = (int(torch.randint(-8, 9, ())) for _ in range(2))
    return torch.roll(out, (rows, columns), (1, 2))[:, None]


def report(model: torch.nn.Module, pictures: torch.Tensor, labels: torch.Tensor) -> None:
    """Print the area under the ROC curve and the threshold with the greatest sensitivity + specificity."""
    with torch.inference_mode():
        scores = torch.sigmoid(model(pictures[:, None]))[:, 0].numpy()
    truth = labels.numpy() > 0.5
    diseased, healthy = scores[truth], scores[~truth]
    area = np.mean(diseased[:, None] > healthy[None, :])
    cuts = np.linspace(0.05, 0.95, 91)
    youden = [np.mean(diseased >= cut) + np.mean(healthy < cut) for cut in cuts]
    best = cuts[int(np.argmax(youden))]
    print(
        f"held out: AUC {area:.3f}; threshold {best:.2f}: sensitivity {np.mean(diseased >= best):.3f}, "
        f"specificity {np.mean(healthy < best):.3f}; mean score {scores.mean():.3f} of {truth.mean():.3f} diseased"
    )


if __name__ == "__main__":
    main()
