"""/etc/passwd with a name for the arbitrary user of a run; several libraries ask for it and fail without one."""

from __future__ import annotations

from pathlib import Path

from nccid_eval.sandbox.place import mount

NAME = "model"
CAP = 64 * 1024
MISSING = b"root:x:0:0:root:/root:/bin/sh\n"  # where an image has none


def with_user(own: bytes | None, user: int) -> bytes:
    """The image's own file with our user before all others, so that both its name and its number find this line."""
    ours = f"{NAME}:x:{user}:{user}:{NAME}:/tmp:/bin/sh\n".encode()
    return ours + (MISSING if own is None else own)


def write_passwd(content: bytes, place: Path, *, may_mount: bool) -> Path:
    """The file below a private place; mounted apart, since a container can read where a bound file lies."""
    folder = place / "names"
    if may_mount:
        mount("tmpfs", "tmpfs", folder, ("nosuid", "nodev", "noexec", "size=1m", "nr_inodes=8", "mode=0711"))
    else:
        folder.mkdir()
    file = folder / "passwd"
    file.write_bytes(content)
    file.chmod(0o444)
    return file
