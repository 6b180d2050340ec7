"""The one door for the engine's errors: what they are here, and whether a start failed by the image's own doing."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import ParamSpec, TypeVar

import docker.errors
import requests

from nccid_eval.errors import ImageRefused, SandboxError

P = ParamSpec("P")
R = TypeVar("R")


def translated(call: Callable[P, R]) -> Callable[P, R]:
    """The one door for the engine's errors. docker's APIError is an OSError: here it stops being one."""

    @functools.wraps(call)
    def guarded(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return call(*args, **kwargs)
        except (docker.errors.DockerException, requests.RequestException, OSError) as cause:
            raise SandboxError(
                f"the container engine failed: {first_line(cause)}",
                where=f"engine call {call.__name__}",
                mend="run 'nccid-eval doctor', then resume the run",
            ) from None

    return guarded


def first_line(cause: BaseException | str) -> str:
    text = str(getattr(cause, "explanation", None) or cause)
    return (text.splitlines() or [type(cause).__name__])[0][:300]


# What a runtime (runc, gVisor, crun) says of an entry point or a working folder that is not there or cannot be used,
# and of an image's own file or link where a folder of ours is to be mounted. All else at start is ours.
IMAGES_FAULT = re.compile(
    r"""exec:\ "|exec\ format\ error|executable\ file\ .*not\ found|chdir\ to\ cwd
    |error\ (finding|loading)\ executable
    |finding\ executable|failed\ to\ load\ /|mkdir\ /proc|cwd\ is\ outside|(current|initial)\ working\ directory
    |evalSymlinksInScope:\ too\ many\ links
    |mount\ submount.*not\ a\ directory
    |mount.*rootfs.*(not\ a\ directory|inside\ /proc|outside\ of|too\ many\ levels|unsafe)""",
    re.VERBOSE | re.IGNORECASE,
)
RUNTIME = re.compile(r"OCI runtime|runc|crun|runsc|evalSymlinksInScope", re.IGNORECASE)


def raise_if_images_fault(cause: docker.errors.APIError) -> None:
    """Raises ImageRefused where a start failed by the image's own doing; the engine's words name host paths."""
    text = str(cause.explanation or "")
    if RUNTIME.search(text) and IMAGES_FAULT.search(text):
        raise ImageRefused(
            "the image cannot be started: its entry point or working folder is not there or cannot be used",
            where="ENTRYPOINT, CMD and WORKDIR of the image, and what it has at /input and /tmp",
            mend="start it once with 'docker run --read-only --user 200000 --network none'",
        ) from None
