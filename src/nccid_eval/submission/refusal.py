"""Why an image cannot be taken, before it is known which file to name."""

from __future__ import annotations

from pathlib import Path

from nccid_eval.errors import ImageRefused

AGAIN = "save it again with 'docker save'"


class UnfitError(Exception):
    """What is wrong with an image, and how a vendor mends it. Caught where the file is known."""

    def __init__(self, why: str, mend: str = AGAIN) -> None:
        super().__init__(why)
        self.why = why
        self.mend = mend


def refused(path: Path, why: str, mend: str) -> ImageRefused:
    return ImageRefused(f"the image {path.name} is refused: {why}", where=str(path), mend=mend)
