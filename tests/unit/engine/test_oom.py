"""The counter of a memory cgroup, as a file; a real kill is in the engines' contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from nccid_eval.engine.oom import OomWatch


@pytest.mark.parametrize("name", ["memory.oom_control", "memory.events"])
@pytest.mark.parametrize(("count", "killed"), [(0, False), (1, True), (7, True)])
def test_the_counter_tells(tmp_path: Path, name: str, count: int, killed: bool) -> None:
    (tmp_path / name).write_text(f"under_oom 0\noom_kill {count}\n")
    watch = OomWatch(tmp_path)
    assert watch.has_killed() is killed
    watch.close()


@pytest.mark.parametrize("cgroup", [None, Path("/no/such/cgroup")])
def test_one_that_cannot_be_watched_has_killed_nothing(cgroup: Path | None) -> None:
    watch = OomWatch(cgroup)
    assert not watch.has_killed()
    watch.close()
    watch.close()
