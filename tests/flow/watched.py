"""One evaluation in a process of its own that prints each container and each reading of the unseen truth, in order.

Usage: python -m tests.flow.watched PARTITION WORK
"""

import sys
from pathlib import Path
from types import FrameType
from typing import Any

from tests.flow.bright import PlainEngine, around
from tests.flow.harness import begin

from nccid_eval.partition.built.tables import parse_truth


class Telling(PlainEngine):
    def create(self, spec: Any) -> Any:
        print("container")
        return super().create(spec)


def watch(built: Path) -> None:
    """Tell of each call of the one function that makes labels of the file's bytes; no line is traced."""
    reading = parse_truth.__code__

    def called(frame: FrameType, _event: str, _: Any) -> None:
        if frame.f_code is reading and frame.f_locals["where"].startswith(str(built)):
            print("truth")

    sys.settrace(called)


def main(built: Path, work: Path) -> None:
    watch(built.resolve())
    begin(built, work, around(Telling()))


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
