"""What an image's configuration may say."""

from __future__ import annotations

import platform
from collections.abc import Iterable, Mapping
from typing import Any

from nccid_eval.errors import ImageRefused
from nccid_eval.submission.image_json import as_texts, misspelt
from nccid_eval.submission.refusal import AGAIN

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64", "arm64": "arm64"}
FORBIDDEN_VARIABLES = ("LD_", "NVIDIA_")
READ = ("Volumes", "Env", "Labels", "Entrypoint", "Cmd")
LABELS = "org.nccid-eval."  # by these the sandbox knows its own containers


def check_configuration(configuration: Mapping[str, Any], *, where: str) -> None:
    """Refuse what no image may carry: another architecture, volumes, variables that steer the loader or the GPU.

    `configuration` has the keys `architecture`, `os` and `config` of an image's configuration.
    """
    _check_spelling(configuration, ("architecture", "os", "config", "rootfs"), where)
    machine = ARCHITECTURES.get(platform.machine(), platform.machine())
    built_for = f"{configuration.get('os')}/{configuration.get('architecture')}"
    if built_for != f"linux/{machine}":
        raise _refused(f"it is built for {built_for}", f"build it with --platform linux/{machine}", where)
    config = configuration.get("config") or {}
    if not isinstance(config, Mapping):
        raise _refused("its configuration cannot be read", AGAIN, where)
    _check_spelling(config, READ, where)
    _check_config(config, where)


def _check_config(config: Mapping[str, Any], where: str) -> None:
    if config.get("Volumes"):
        raise _refused("it declares VOLUME, a writable disk without a limit", "remove VOLUME from it", where)
    variables = as_texts(config.get("Env") or [])
    if variables is None or not isinstance(config.get("Labels") or {}, Mapping):
        raise _refused("its configuration cannot be read", AGAIN, where)
    if steering := sorted(_forbidden(variables)):
        raise _refused(
            f"its environment sets {', '.join(steering)}",
            "remove them (from a base image: 'docker export' and 'docker import'); paths belong in /etc/ld.so.conf.d",
            where,
        )
    if any(name.startswith(LABELS) for name in config.get("Labels") or ()):
        raise _refused(f"it carries a label that begins with {LABELS}", "remove that LABEL", where)
    if not config.get("Entrypoint") and not config.get("Cmd"):
        raise _refused("it has neither ENTRYPOINT nor CMD", "add the program that speaks the protocol", where)


def _check_spelling(table: Mapping[str, Any], read: Iterable[str], where: str) -> None:
    if key := misspelt(table, read):
        raise _refused(f"its configuration has the key '{key}', which stands for another", AGAIN, where)


def _forbidden(environment: Iterable[str]) -> Iterable[str]:
    names = (variable.partition("=")[0] for variable in environment)
    return (name for name in names if name.upper().startswith(FORBIDDEN_VARIABLES))


def _refused(why: str, mend: str, where: str) -> ImageRefused:
    return ImageRefused(f"the image is refused: {why}", where=where, mend=mend)
