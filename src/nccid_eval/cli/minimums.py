"""The least versions of what holds a container in, and what is wrong with lesser ones. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nccid_eval.cli.finding import Finding

Version = tuple[int, ...]
BACKPORTS = "a distribution may have mended it without another number: see the package's changelog"


@dataclass(frozen=True, slots=True, kw_only=True)
class Minimum:
    """`mended`: the first sound version of each line that was mended; all later lines are sound."""

    part: str
    mended: tuple[Version, ...]
    lesser: str  # what lesser ones allow

    def holds(self, version: Version) -> bool:
        same_line = [one for one in self.mended if one[:2] == version[:2]]
        return version >= (same_line[0] if same_line else max(self.mended))

    def in_words(self) -> str:
        return " or ".join(".".join(map(str, one)) for one in self.mended)


MINIMUMS = (
    Minimum(
        part="engine",
        mended=((20, 10, 10),),
        lesser="a seccomp profile cannot say that a call does not exist, so new images fail to start threads",
    ),
    Minimum(part="containerd", mended=((1, 6, 1),), lesser="an image reads files of the host (CVE-2022-23648)"),
    Minimum(
        part="runc",
        mended=((1, 2, 8), (1, 3, 3)),
        lesser="a container gets out (CVE-2024-21626 before 1.1.12; CVE-2025-31133, CVE-2025-52565, CVE-2025-52881)",
    ),
    Minimum(part="kernel", mended=((5, 8, 0),), lesser="the input cannot be sealed (no LOOP_CONFIGURE)"),
    Minimum(
        part="nvidia-container-toolkit",
        mended=((1, 17, 8),),
        lesser="an image becomes root on the host (CVE-2024-0132, CVE-2025-23266); "
        "see NVIDIA's bulletins for later ones (CVE-2026-24260)",
    ),
)


def below_minimum(versions: Mapping[str, str]) -> Iterator[Finding]:
    """A note for each part that is older than it should be; parts that are not there are passed over."""
    for minimum in MINIMUMS:
        text = versions.get(minimum.part, "")
        version = parsed(text)
        if version and not minimum.holds(version):
            yield Finding(
                name=minimum.part,
                ok=None,
                found=f"{text}: below {minimum.in_words()}, {minimum.lesser}",
                cure=f"install {minimum.in_words()} or later; {BACKPORTS}",
            )


def parsed(text: str) -> Version:
    """The first three numbers of a version; nothing where there is none. 20.10.24+dfsg1 is (20, 10, 24)."""
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    return tuple(int(one or 0) for one in found.groups()) if found else ()
