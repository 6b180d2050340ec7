"""Under what an evaluation's containers run is part of the run: its profile, and an input held to the manifest."""

from __future__ import annotations

import dataclasses
import shutil
from pathlib import Path
from typing import Any

import pytest
from tests.flow.bright import IMAGE_ID, PlainEngine, around, quick_plan, write_submission
from tests.ground import ROOT

from nccid_eval import archive, journal, pipeline
from nccid_eval.config import load_limits
from nccid_eval.errors import Interrupted, PartitionError, PolicyNotApplied
from nccid_eval.journal import Answered, SandboxApplied
from nccid_eval.pipeline import Finished, Surroundings
from nccid_eval.sandbox.sealed import NAME, cannot_seal, seal

PROFILE, OTHER = '{"defaultAction":"one"}', '{"defaultAction":"another"}'
CAN_SEAL = pytest.mark.skipif(bool(cannot_seal()), reason=f"NOTHING CAN BE SEALED HERE: {cannot_seal()}")


class Stubborn(PlainEngine):
    """One that is gone once so many containers were made."""

    def __init__(self, containers: int) -> None:
        super().__init__()
        self.left = containers

    def create(self, spec: Any) -> Any:
        if self.left == 0:
            raise KeyboardInterrupt
        self.left -= 1
        return super().create(spec)


def surroundings(engine: PlainEngine, profile: str = PROFILE) -> Surroundings:
    return dataclasses.replace(around(engine), seccomp=lambda: profile)


def evaluate(partition: Path, work: Path, engine: PlainEngine) -> Finished:
    return pipeline.evaluate(
        write_submission(work / "submission", f"brightness@{IMAGE_ID}"),
        partition,
        plan=quick_plan(),
        limits=load_limits(ROOT / "configs" / "limits.toml"),
        reports=work / "reports",
        seed=1,
        gpu="none",
        around=surroundings(engine),
    )


def test_a_run_is_not_resumed_under_another_profile(built: Path, tmp_path: Path) -> None:
    with pytest.raises(Interrupted):
        evaluate(built, tmp_path, Stubborn(containers=2))
    (root,) = (tmp_path / "reports").iterdir()
    with pytest.raises(PolicyNotApplied, match="not the one that the run began under") as caught:
        pipeline.resume(archive.RunFolder(root=root), surroundings(PlainEngine(), OTHER))
    assert "sha256:" in caught.value.where
    assert "start a new run" in caught.value.mend
    done = pipeline.resume(archive.RunFolder(root=root), surroundings(PlainEngine()))
    assert done.report.exists()


@CAN_SEAL
def test_a_sealed_file_of_other_cases_is_not_shown_to_a_container(built: Path, tmp_path: Path) -> None:
    """As if somebody had put the seal of another partition there: refused, and made again once it is removed."""
    partition = Path(shutil.copytree(built, tmp_path / "partition", ignore=shutil.ignore_patterns("sealed")))
    (tmp_path / "others" / "k1").mkdir(parents=True)
    (tmp_path / "others" / "k1" / "0000.dcm").write_bytes(b"another image")
    seal(tmp_path / "others", partition / "sealed")
    with pytest.raises(PartitionError, match="not as it was built: missing: ") as caught:
        evaluate(partition, tmp_path, PlainEngine())
    assert str(partition / "sealed") in caught.value.mend
    (root,) = (tmp_path / "reports").iterdir()
    run = archive.RunFolder(root=root)
    assert not [entry for entry in journal.read(run.journal) if isinstance(entry, Answered)]
    shutil.rmtree(partition / "sealed")
    pipeline.resume(run, surroundings(PlainEngine()))
    (applied,) = [entry for entry in journal.read(run.journal) if isinstance(entry, SandboxApplied)]
    digest = (partition / "sealed" / f"{NAME}.sha256").read_text().strip()
    assert applied.options["input"] == f"sealed, sha256:{digest}"
    assert applied.options["seccomp"].startswith("sha256:")
    assert applied.options["binds"] == "/etc/passwd read-only, /input read-only"
