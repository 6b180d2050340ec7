"""The network: a small DenseNet from MONAI, one logit a picture."""

from __future__ import annotations

from pathlib import Path

import torch
from monai.networks.nets import DenseNet


def build() -> torch.nn.Module:
    return DenseNet(
        spatial_dims=2, in_channels=1, out_channels=1, init_features=16, growth_rate=8, block_config=(2, 4, 4, 2)
    )


def load(path: Path) -> torch.nn.Module:
    """The trained network in double precision, so that a score does not depend on who shares its batch."""
    network = build()
    network.load_state_dict(torch.load(path, map_location="cpu", weights_only=True))
    return network.double().eval()
