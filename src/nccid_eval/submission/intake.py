"""Image intake: what a submission names -> an image that is on the engine, known by its digest."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, suppress
from typing import Any

from nccid_eval.engine import Engine
from nccid_eval.errors import ImageMissing, ImageRefused, SandboxError
from nccid_eval.records import Image, Submission
from nccid_eval.submission.archive_file import hand_on, read_archive
from nccid_eval.submission.configuration import check_configuration
from nccid_eval.submission.unchanged import layers_digest, still_the_same

BY_DIGEST = re.compile(r"[^@\s]+@(sha256:[0-9a-f]{64})")
ARCHIVE = re.compile(r"[^/:@\s]+\.tar")


def admit(submission: Submission, engine: Engine) -> Image:
    """Check the submission's image and have the engine hold it. Raises ImageMissing or ImageRefused."""
    with admitted(submission, engine) as image:
        return image


@contextmanager
def admitted(submission: Submission, engine: Engine) -> Iterator[Image]:
    """The same; where what is done with it fails or is interrupted, an image that came with it is taken back."""
    with _source(submission, engine) as image:
        yield image


def _source(submission: Submission, engine: Engine) -> AbstractContextManager[Image]:
    written = submission.container.image
    if ARCHIVE.fullmatch(written):
        return _from_archive(submission, engine)
    if by_digest := BY_DIGEST.fullmatch(written):
        return _from_registry(written, by_digest[1], engine)
    raise ImageRefused(
        f"the image '{written}' is named by a tag or a path, which may point elsewhere tomorrow",
        where=f"{submission.folder / 'submission.toml'}: container.image",
        mend="name a file beside submission.toml (NAME.tar, from 'docker save') or name@sha256:…",
    )


@contextmanager
def _from_archive(submission: Submission, engine: Engine) -> Iterator[Image]:
    path = submission.folder / submission.container.image
    saved = read_archive(path, accept=lambda configuration: check_configuration(configuration, where=str(path)))
    image = Image(
        id=saved.id,
        size_bytes=saved.size_bytes,
        layers=len(saved.layers),
        layers_digest=layers_digest(saved.diff_ids),
        setuid_files=saved.setuid_files,
    )
    fresh = engine.image_configuration(saved.id) is None
    with _taken_back(engine, saved.id if fresh else None):
        if fresh:
            engine.load_image(hand_on(saved))
        report = engine.image_configuration(saved.id)
        if report is None:
            raise SandboxError(
                "the engine took the image and does not have it", where=str(path), mend="look at the engine's log"
            )
        check_configuration(_as_configuration(report), where=str(path))  # as the engine understood it
        still_the_same(image, engine)
        yield image


@contextmanager
def _from_registry(reference: str, digest: str, engine: Engine) -> Iterator[Image]:
    fresh = engine.image_configuration(reference) is None
    with _taken_back(engine, reference if fresh else None):
        if fresh:
            _pull(reference, engine)
        report = engine.image_configuration(reference)
        if report is None:
            raise ImageMissing("the image is not there", where=reference, mend="check its name and digest")
        _check_digest(report, reference, digest)
        check_configuration(_as_configuration(report), where=reference)
        layers = report["RootFS"].get("Layers") or ()
        yield Image(
            id=report["Id"], size_bytes=int(report["Size"]), layers=len(layers), layers_digest=layers_digest(layers)
        )


def _pull(reference: str, engine: Engine) -> None:
    try:
        engine.pull_image(reference)
    except SandboxError as cause:
        raise ImageMissing(
            f"the image cannot be pulled: {cause.what}", where=reference, mend="check its name and digest"
        ) from None


def _check_digest(report: Mapping[str, Any], reference: str, digest: str) -> None:
    """An engine that answers to a name must hold the very manifest."""
    held = {one.rpartition("@")[2] for one in report.get("RepoDigests") or ()}
    if digest not in held:
        raise ImageRefused(
            "the engine holds another image under that name",
            where=reference,
            mend=f"remove it from the engine (docker rmi {reference}), then start again",
        )


@contextmanager
def _taken_back(engine: Engine, name: str | None) -> Iterator[None]:
    """An image that came with this submission does not stay on the engine where nothing comes of it: it is refused,
    its scan fails, somebody presses Ctrl-C."""
    try:
        yield
    except BaseException:
        if name:
            with suppress(SandboxError):
                engine.remove_image(name)
        raise


def _as_configuration(report: Mapping[str, Any]) -> Mapping[str, Any]:
    """An engine's report on an image in the words of an image's configuration."""
    return {"architecture": report["Architecture"], "os": report["Os"], "config": report["Config"]}
