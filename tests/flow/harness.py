"""One evaluation or one resumed run in a process of its own, so that a test can kill it.

Usage: [SLOW=seconds a request] python -m tests.flow.harness PARTITION WORK [RUN]
"""

import os
import signal
import sys
from pathlib import Path

from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import archive, pipeline
from nccid_eval.config import load_limits
from nccid_eval.pipeline import Surroundings


def main(built: Path, work: Path, run: str | None = None) -> None:
    surroundings = around(PlainEngine(SLOW=os.environ.get("SLOW", "0.02"), BEHAVIOUR="decline"))
    if run:
        pipeline.resume(archive.find(run, work / "reports"), surroundings)
        return
    begin(built, work, surroundings)


def begin(built: Path, work: Path, surroundings: Surroundings) -> None:
    """An evaluation of the brightness model from its start."""
    pipeline.evaluate(
        write_submission(work / "submission", f"brightness@{IMAGE_ID}"),
        built,
        plan=quick_plan(),
        limits=load_limits(ROOT / "configs" / "limits.toml"),
        reports=work / "reports",
        seed=1,
        gpu="auto",
        around=surroundings,
    )


if __name__ == "__main__":
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background job inherits it ignored
    main(Path(sys.argv[1]), Path(sys.argv[2]), *sys.argv[3:])
