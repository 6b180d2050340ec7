"""After a run: the vendor's image leaves the engine, and that it did is written down."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime

from nccid_eval import archive
from nccid_eval.archive import RunFolder
from nccid_eval.engine import Engine
from nccid_eval.errors import SandboxError
from nccid_eval.pipeline.holding import held
from nccid_eval.pipeline.surroundings import Surroundings
from nccid_eval.records import Deletion, Image


def destroy_image(run: RunFolder, around: Surroundings) -> Deletion | None:
    """Remove a finished run's image from the engine, make sure that it is gone, and keep the record in private/.

    None where an earlier call did it, whose record stays. Raises SandboxError where a tag, a container or another
    image holds it, or where it is there afterwards, and JournalError while the run is under way.
    """
    with held(run):
        return _destroy_image(run, around)


def _destroy_image(run: RunFolder, around: Surroundings) -> Deletion | None:
    assessment = archive.load_assessment(run)
    image, engine, kept = assessment.image, around.engine, run.private / "deletion.json"
    report = engine.image_configuration(image.id)
    if report is None and kept.exists():
        around.say(f"the image was removed before: see {kept}")
        return None
    _check_tags([] if report is None else report.get("RepoTags") or [], image)
    removed = engine.remove_image(image.id) if report is not None else ()
    done = Deletion(
        run_id=assessment.run_id,
        image_id=image.id,
        when=datetime.now(UTC).isoformat(timespec="seconds"),
        engine=engine.name,
        versions=engine.versions(),
        size_bytes=image.size_bytes,
        layers=image.layers,
        layers_removed=_layers_removed(((report or {}).get("RootFS") or {}).get("Layers") or (), removed),
        removed=removed,
        was_there=report is not None,
        still_there=engine.image_configuration(image.id) is not None,
    )
    archive.write_json(kept, dataclasses.asdict(done))
    _tell(done, engine, around)
    return done


def _tell(done: Deletion, engine: Engine, around: Surroundings) -> None:
    if done.still_there:
        raise SandboxError(
            "the engine still has the image after it was removed",
            where=f"image {done.image_id} on {engine.name}",
            mend="look at what the engine says of it, remove it by hand, then do this again",
        )
    if not done.was_there:
        around.say(f"image {done.image_id[:19]}… was not on the engine any more; written down")
        return
    shared = done.layers - done.layers_removed
    rest = f"; {shared} stay, as other images use them" if shared > 0 else ""
    around.say(f"image {done.image_id[:19]}… removed, {done.layers_removed} of {done.layers} layers{rest}")


def _check_tags(tags: Sequence[str], image: Image) -> None:
    """An engine takes a single tag off in silence, with the image; but a tag was put there by somebody."""
    names = [tag for tag in tags if tag != "<none>:<none>"]
    if names:
        raise SandboxError(
            f"the image is held by the tag {', '.join(names)}",
            where=f"image {image.id}",
            mend=f"if nobody needs that, 'docker rmi {' '.join(names)}', then do this again",
        )


def _layers_removed(diff_ids: Sequence[str], removed: Sequence[str]) -> int:
    """How many layers the engine says that it removed; it calls each by the digest of the chain up to it."""
    gone, chain, count = set(removed), "", 0
    for diff_id in diff_ids:
        chain = "sha256:" + hashlib.sha256(f"{chain} {diff_id}".encode()).hexdigest() if chain else diff_id
        count += chain in gone
    return count
