"""What nccid-batch/1 needs of this machine: a list of cases to bind, and a folder to write in that has an end.

The folder is a tmpfs with a cap on bytes and on files, of the run's own user, that executes nothing. Its mount point
belongs to root: should an engine look at another tree of mounts than ours, a container finds a folder that it cannot
write in, and never the host's disk.
"""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nccid_eval.errors import PolicyNotApplied, SandboxError
from nccid_eval.records import Bind, RunRequest
from nccid_eval.sandbox.batch_lines import LIST
from nccid_eval.sandbox.place import mount, private_place
from nccid_eval.sandbox.policy import INPUT, MIB, user_id

OUTPUT = "/output"
HARDENED = ("nosuid", "nodev", "noexec")
OWN_INODES = 2  # the folder itself, and the list


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchPlace:
    """Where the two lie on this machine; `owner` is the user id whose file alone will be read."""

    listing: Path
    output: Path
    owner: int
    freeze: Callable[[], None]  # to be called before anything is read: from then on nothing there can change

    def binds(self) -> tuple[Bind, ...]:
        return (
            Bind(source=str(self.listing), target=f"{INPUT}/{LIST}", writable=False),
            Bind(source=str(self.output), target=OUTPUT, writable=True),
        )


@contextmanager
def batch_place(request: RunRequest, listing: bytes) -> Iterator[BatchPlace]:
    """Both, until the block ends. Raises PolicyNotApplied where this user may not mount, or the input has no list."""
    _check_possible(request)
    limits, owner = request.limits, user_id(request.run_id)
    with private_place() as place:
        asked, output = place / "asked", place / "output"
        # on a file system of its own, so that its name in the container's mount table tells nothing of this machine
        mount(
            "tmpfs", "tmpfs", asked, (*HARDENED, f"size={len(listing) + MIB}", f"nr_inodes={OWN_INODES}", "mode=0711")
        )
        (asked / LIST).write_bytes(listing)
        (asked / LIST).chmod(0o444)
        size = f"size={limits.batch_output_mib}m"
        files = f"nr_inodes={limits.batch_output_files + 1}"  # and the folder itself
        mount("tmpfs", "tmpfs", output, (*HARDENED, size, files, f"uid={owner}", f"gid={owner}", "mode=0700"))
        yield BatchPlace(listing=asked / LIST, output=output, owner=owner, freeze=lambda: _freeze(output))


def _freeze(output: Path) -> None:
    """Read-only for everybody; the kernel refuses that while anything has a file there open for writing."""
    options = ",".join(("remount", "ro", *HARDENED))
    done = subprocess.run(["mount", "-o", options, str(output)], check=False, capture_output=True)
    if done.returncode != 0:
        raise SandboxError(
            "a container that is removed still writes to its output",
            where=done.stderr.decode(errors="replace").strip(),
            mend="restart the engine, then resume the run",
        )


def _check_possible(request: RunRequest) -> None:
    if os.geteuid() != 0:
        raise PolicyNotApplied(
            "nccid-batch/1 needs a folder for output that is capped, and only root can mount one",
            where=f"{OUTPUT} of the container",
            mend="evaluate as root, or ask the vendor for nccid-stdio/1, which needs no writable folder",
        )
    if not (request.input_dir / LIST).is_file():
        raise PolicyNotApplied(
            f"nccid-batch/1 binds its list over an empty {LIST}, which a sealed input holds and this folder does not",
            where=str(request.input_dir),
            mend="install squashfs-tools, so that the input can be sealed; see 'nccid-eval doctor'",
        )
