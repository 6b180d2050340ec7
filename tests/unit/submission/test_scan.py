"""The vulnerability scan, by scanners written here."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.test_intake import DIGEST, submission

from nccid_eval.errors import ScanFailed
from nccid_eval.records import Image, Scan, Scanned
from nccid_eval.submission import scan

IMAGE = Image(id="sha256:" + "b" * 64, size_bytes=1, layers=1)
HONEST = """
import json, sys
if sys.argv[1:] == ["--version"]:
    print("scanner  1.2\\n(database of today)")
else:
    print(json.dumps({"asked": sys.argv[1:], "findings": [{"id": "CVE-2021-0001", "severity": "CRITICAL"}]}))
    print("some words", file=sys.stderr)
"""


def scanner(folder: Path, program: str) -> tuple[str, ...]:
    path = folder / "scanner.py"
    path.write_text(program)
    return (sys.executable, "-I", str(path))


def scanned(folder: Path, program: str, *arguments: str, image: str = "model.tar", **more: Any) -> tuple[Any, str]:
    wished = Scan(command=(*scanner(folder, program), *arguments), **more)
    return scan(submission(folder, image), IMAGE, wished, lambda text: None)


def failed(folder: Path, program: str, *arguments: str, **more: Any) -> ScanFailed:
    with pytest.raises(ScanFailed) as error:
        scanned(folder, program, *arguments, **more)
    assert error.value.mend
    return error.value


def test_none_is_made_where_none_is_wished(tmp_path: Path) -> None:
    assert scan(submission(tmp_path), IMAGE, Scan(), pytest.fail) == (None, "")


def test_findings_are_kept_and_decide_nothing(tmp_path: Path) -> None:
    version = (*scanner(tmp_path, HONEST), "--version")
    record, output = scanned(tmp_path, HONEST, "--input", "{archive}", "{image}", version=version)
    assert json.loads(output)["asked"] == ["--input", str(tmp_path / "model.tar"), IMAGE.id]
    assert isinstance(record, Scanned)
    assert record.command[-2:] == ("{archive}", "{image}")  # no path of this machine
    assert record.version == "scanner 1.2 (database of today)"
    assert record.output_sha256 == hashlib.sha256(output.encode()).hexdigest()
    assert record.program_sha256 == hashlib.sha256(Path(sys.executable).resolve().read_bytes()).hexdigest()
    assert record.when.endswith("+00:00")


def test_no_shell_reads_the_command(tmp_path: Path) -> None:
    output = scanned(tmp_path, HONEST, "; touch pwned", "$(id)", "{other}")[1]
    assert json.loads(output)["asked"] == ["; touch pwned", "$(id)", "{other}"]


def test_an_image_from_a_registry_has_no_archive(tmp_path: Path) -> None:
    assert json.loads(scanned(tmp_path, HONEST, "{image}", image=DIGEST)[1])["asked"] == [IMAGE.id]
    assert "wants an archive" in failed(tmp_path, HONEST, "--input={archive}", image=DIGEST).what


@pytest.mark.parametrize(
    ("program", "why"),
    [
        ("print('no JSON')", "not JSON"),
        ("", "not JSON"),
        ("print('[' * 100_000)", "not JSON"),
        ("import sys; sys.stdout.buffer.write(b'\"\\xff\"')", "not JSON"),
        ("import sys; print('{}'); sys.exit('no \\x1b[31mdatabase')", "exit status 1: no"),
        ("import os; os.kill(os.getpid(), 9)", "exit status -9"),
    ],
)
def test_a_scanner_that_fails_is_told(tmp_path: Path, program: str, why: str) -> None:
    error = failed(tmp_path, program)
    assert why in error.what
    assert error.what.isprintable()


def living(group: int) -> list[str]:
    """Processes of the group that are no zombies."""
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            state, _, pgid = path.read_text().rpartition(")")[2].split()[:3]
            found += [path.parent.name] if int(pgid) == group and state != "Z" else []
    return found


@pytest.mark.parametrize(
    "program",
    [
        "import time; print('{}', flush=True); time.sleep(60)",
        "import os, time; os.close(1); os.close(2); time.sleep(60)",
        "import subprocess; subprocess.Popen(['sleep', '60']); print('{}')",
    ],
)
def test_one_that_stays_is_ended_with_its_children(tmp_path: Path, program: str) -> None:
    pids = tmp_path / "pids"
    noted = f"import os; open({str(pids)!r}, 'w').write(str(os.getpgid(0)))\n{program}"
    assert "longer than its time" in failed(tmp_path, noted, time_s=0.7).what
    end = time.monotonic() + 5
    while (left := living(int(pids.read_text()))) and time.monotonic() < end:
        time.sleep(0.01)
    assert left == []


def test_one_that_floods_is_ended(tmp_path: Path) -> None:
    assert "printed more than" in failed(tmp_path, "while True: print('x' * 1_000_000)").what


def test_a_scanner_that_is_not_there_is_told_before_anything_runs(tmp_path: Path) -> None:
    with pytest.raises(ScanFailed, match="not on this machine"):
        scan(submission(tmp_path), IMAGE, Scan(command=("no-such-scanner",)), lambda text: None)
    absent = dataclasses.replace(Scan(command=scanner(tmp_path, HONEST)), version=("/no/such/scanner",))
    with pytest.raises(ScanFailed, match="cannot be started"):
        scan(submission(tmp_path), IMAGE, absent, lambda text: None)
