"""The network: torchvision's smallest ShuffleNet V2 for pictures of one channel, one logit a picture."""

from __future__ import annotations

from pathlib import Path

import torch
from torchvision.models import shufflenet_v2_x0_5


def build() -> torch.nn.Module:
    network = shufflenet_v2_x0_5(weights=None, num_classes=1)
    network.conv1[0] = torch.nn.Conv2d(1, 24, kernel_size=3, stride=2, padding=1, bias=False)
    return network


def load(path: Path) -> torch.nn.Module:
    """The trained network."""
    network = build()
    network.load_state_dict(torch.load(path, map_location="cpu"))
    return network.eval()


def seen(pictures: torch.Tensor) -> torch.Tensor:
    """uint8 [n, side, side] -> [n, 1, side, side], -1 to 1."""
    return pictures[:, None].float() / 127.5 - 1
