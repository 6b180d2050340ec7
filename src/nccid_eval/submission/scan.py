"""A vulnerability scan of the image by a program that prints JSON. It is recorded; what it finds decides nothing."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from nccid_eval.errors import ScanFailed
from nccid_eval.records import Image, Scan, Scanned, Submission
from nccid_eval.submission.intake import ARCHIVE

CHUNK = 64 * 2**10
MOST_BYTES = 64 * 2**20  # of a scanner's JSON
LAST_WORDS = 2000  # of what it wrote to stderr
VERSION_BYTES = 200
VERSION_S = 30.0
ARCHIVE_WORD, IMAGE_WORD = "{archive}", "{image}"
IN_LIMITS = "limits.toml: scan"


def scan(
    submission: Submission, image: Image, wished: Scan, say: Callable[[str], None]
) -> tuple[Scanned | None, str]:
    """Run the scanner that limits.toml names: what ran, and the JSON that it printed. None where none is named.

    No shell is used. Raises ScanFailed where it cannot be started, fails, takes too long or prints something else.
    """
    if not wished.command:
        return None, ""
    program = shutil.which(wished.command[0])
    if program is None:
        raise ScanFailed(
            f"the scanner '{wished.command[0]}' is not on this machine", where=IN_LIMITS, mend="install it"
        )
    say(f"vulnerability scan by {wished.command[0]}")
    when = datetime.now(UTC).isoformat(timespec="seconds")
    output = _run(_filled(wished.command, submission, image), wished.time_s)
    text = _json(output)
    version = _run(wished.version, VERSION_S) if wished.version else b""
    scanned = Scanned(
        command=wished.command,
        version=" ".join(version.decode("utf-8", "replace").split())[:VERSION_BYTES],
        program_sha256=_digest(Path(program)),
        output_sha256=hashlib.sha256(output).hexdigest(),
        when=when,
    )
    return scanned, text


def _filled(command: Sequence[str], submission: Submission, image: Image) -> list[str]:
    """The command with the image's place in it; `replace`, as braces may mean something to the scanner."""
    written = submission.container.image
    saved = ARCHIVE.fullmatch(written) is not None
    if not saved and any(ARCHIVE_WORD in word for word in command):
        raise ScanFailed(
            "the scanner wants an archive, and this image comes from a registry",
            where=f"{IN_LIMITS}.command",
            mend=f"give the scanner {IMAGE_WORD}, the image's id on the engine",
        )
    archive = str(submission.folder / written)
    return [word.replace(ARCHIVE_WORD, archive).replace(IMAGE_WORD, image.id) for word in command]


@dataclass(slots=True)
class _Printed:
    stdout: bytearray = field(default_factory=bytearray)
    stderr: bytearray = field(default_factory=bytearray)


def _run(command: Sequence[str], time_s: float) -> bytes:
    """What the program prints, within the time and the cap; it and its children are gone afterwards."""
    try:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
    except (OSError, ValueError) as cause:
        raise _failed(command, f"cannot be started: {cause}") from None
    printed = _Printed()
    try:
        _collect(process, command, printed, time.monotonic() + time_s)
    finally:
        _end(process)
    if process.returncode != 0:
        raise _failed(command, f"left with exit status {process.returncode}: {_last_words(printed)}")
    return bytes(printed.stdout)


def _collect(process: subprocess.Popen[bytes], command: Sequence[str], printed: _Printed, end: float) -> None:
    """Read both streams until they are closed and the program has left."""
    assert process.stdout is not None
    assert process.stderr is not None
    with selectors.DefaultSelector() as selector:
        selector.register(process.stdout, selectors.EVENT_READ, printed.stdout)
        selector.register(process.stderr, selectors.EVENT_READ, printed.stderr)
        while selector.get_map():
            ready = selector.select(max(0.0, end - time.monotonic()))
            if not ready:
                raise _failed(command, f"took longer than its time; its last words: {_last_words(printed)}")
            for key, _ in ready:
                if not _take(key.fd, key.data):
                    selector.unregister(key.fileobj)
            del printed.stderr[:-LAST_WORDS]
            if len(printed.stdout) > MOST_BYTES:
                raise _failed(command, f"printed more than {MOST_BYTES:,} bytes")
    try:
        process.wait(max(0.0, end - time.monotonic()))
    except subprocess.TimeoutExpired:
        raise _failed(command, "closed its streams and stayed longer than its time") from None


def _take(stream: int, into: bytearray) -> bool:
    data = os.read(stream, CHUNK)
    into += data
    return bool(data)


def _end(process: subprocess.Popen[bytes]) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    pipes: tuple[IO[bytes] | None, ...] = (process.stdout, process.stderr)
    for pipe in pipes:
        if pipe is not None:
            pipe.close()


def _last_words(printed: _Printed) -> str:
    text = printed.stderr.decode("utf-8", "replace")
    return "".join(one if one.isprintable() else " " for one in text)[-200:].strip() or "(none)"


def _json(output: bytes) -> str:
    try:
        text = output.decode("utf-8")
        json.loads(text)
    except (ValueError, RecursionError):
        raise ScanFailed(
            "the scanner printed something that is not JSON", where=IN_LIMITS, mend="have it print JSON on stdout"
        ) from None
    return text


def _failed(command: Sequence[str], why: str) -> ScanFailed:
    return ScanFailed(
        f"the scanner {why}", where=f"{IN_LIMITS}: {command[0]}", mend="run it by hand, or leave [scan] out"
    )


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
