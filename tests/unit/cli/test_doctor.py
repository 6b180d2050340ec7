"""What doctor says of a machine, as a person calls it."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from nccid_eval.cli.doctor import command
from nccid_eval.sandbox.sealed import cannot_seal


def found(*arguments: str) -> tuple[dict[str, Any], int]:
    """Findings by name, and the exit status; on a machine without an engine."""
    done = CliRunner(env={"DOCKER_HOST": "nowhere"}).invoke(command, [*arguments, "--json"])
    return {one["name"]: one for one in json.loads(done.stdout)}, done.exit_code


def test_it_looks_at_what_holds_a_container_in_although_no_engine_answers(tmp_path: Path) -> None:
    findings, status = found("--reports", str(tmp_path))
    assert status == 51
    assert findings["engine"]["ok"] is False
    assert set(findings) >= {"seccomp", "sealed input", "gVisor", "Podman", "disk"}
    assert findings["sealed input"]["ok"] is (None if cannot_seal() else True)
    for one in findings.values():
        assert one["cure"] or one["ok"]


def test_reports_that_cannot_be_written_are_no_place_for_a_run(tmp_path: Path) -> None:
    place = Path("/proc/sys") if os.geteuid() == 0 else tmp_path
    if os.geteuid() != 0:
        tmp_path.chmod(0o500)
    findings, _ = found("--reports", str(place / "reports"))
    assert findings["disk"]["ok"] is False
    assert "cannot be written" in findings["disk"]["found"]


@pytest.mark.parametrize("depth", ["", "a/b/c"])
def test_reports_that_are_not_there_yet_may_be_made(tmp_path: Path, depth: str) -> None:
    findings, _ = found("--reports", str(tmp_path / depth))
    assert findings["disk"]["ok"] is not False
