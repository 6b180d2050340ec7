"""Image intake: what a submission names -> an image that is on the engine, known by its digest."""

from __future__ import annotations

import platform
import re
from collections.abc import Iterable, Mapping
from typing import Any

from nccid_eval.engine import Engine
from nccid_eval.errors import ImageMissing, ImageRefused, SandboxError
from nccid_eval.records import Image, Submission
from nccid_eval.submission.archive_file import AGAIN, hand_on, read_archive
from nccid_eval.submission.image_json import as_texts, misspelt

BY_DIGEST = re.compile(r"[^@\s]+@sha256:[0-9a-f]{64}")
ARCHIVE = re.compile(r"[^/:@\s]+\.tar")
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "AMD64": "amd64", "arm64": "arm64"}
FORBIDDEN_VARIABLES = ("LD_", "NVIDIA_")
READ = ("Volumes", "Env", "Labels", "Entrypoint", "Cmd")
LABELS = "org.nccid-eval."  # by these the sandbox knows its own containers


def admit(submission: Submission, engine: Engine) -> Image:
    """Check the submission's image and have the engine hold it. Raises ImageMissing or ImageRefused."""
    written = submission.container.image
    if ARCHIVE.fullmatch(written):
        return _from_archive(submission, engine)
    if BY_DIGEST.fullmatch(written):
        return _from_registry(written, engine)
    raise ImageRefused(
        f"the image '{written}' is named by a tag or a path, which may point elsewhere tomorrow",
        where=f"{submission.folder / 'submission.toml'}: container.image",
        mend="name a file beside submission.toml (NAME.tar, from 'docker save') or name@sha256:…",
    )


def _from_archive(submission: Submission, engine: Engine) -> Image:
    path = submission.folder / submission.container.image
    saved = read_archive(path)
    check_configuration(saved.configuration, where=str(path))
    if engine.image_configuration(saved.id) is None:
        engine.load_image(hand_on(saved))
    report = engine.image_configuration(saved.id)
    if report is None:
        raise SandboxError(
            "the engine took the image and does not have it", where=str(path), mend="look at the engine's log"
        )
    check_configuration(_as_configuration(report), where=str(path))  # as the engine understood it
    return Image(id=saved.id, size_bytes=saved.size_bytes, layers=len(saved.layers))


def _from_registry(reference: str, engine: Engine) -> Image:
    report = engine.image_configuration(reference)
    if report is None:
        try:
            engine.pull_image(reference)
            report = engine.image_configuration(reference)
        except SandboxError as cause:
            raise ImageMissing(
                f"the image cannot be pulled: {cause.what}", where=reference, mend="check its name and digest"
            ) from None
    if report is None:
        raise ImageMissing("the image is not there", where=reference, mend="check its name and digest")
    check_configuration(_as_configuration(report), where=reference)
    return Image(id=report["Id"], size_bytes=int(report["Size"]), layers=len(report["RootFS"].get("Layers") or ()))


def _as_configuration(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """An engine's report on an image in the words of an image's configuration."""
    return {"architecture": report["Architecture"], "os": report["Os"], "config": report["Config"]}


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
