"""One quirk: a row of the tables in this folder, and the edits that several of them make."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft, ImageFile

Change = Callable[[Draft, np.random.Generator], Draft]
Applies = Callable[[Draft], bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Quirk:
    """`probability` is among the patients for whom it `applies`, where no switch says otherwise."""

    name: str
    what: str  # in a line, for people
    applies: Applies
    change: Change
    probability: float = 0.0


def with_images(draft: Draft) -> bool:
    return bool(draft.images)


def several_images(draft: Draft) -> bool:
    return len(draft.images) > 1


def positive(draft: Draft) -> bool:
    return draft.patient.positive


def full_positive(draft: Draft) -> bool:
    """A positive with the whole form, on which a value can be written."""
    return positive(draft) and bool(draft.clinical) and "PMH CKD" in draft.clinical[-1].fields


def negative(draft: Draft) -> bool:
    return not draft.patient.positive


def single_swab(draft: Draft) -> bool:
    """A negative whose file has one swab, in the older form."""
    return negative(draft) and bool(draft.clinical) and "SwabDate" in draft.clinical[-1].fields


def with_series(draft: Draft) -> bool:
    return bool(draft.series)


def edit(draft: Draft, change: Callable[[Mapping[str, Any]], Mapping[str, Any]], drop: tuple[str, ...] = ()) -> Draft:
    """Lay `change` over the fields of every clinical file, and drop some."""

    def edited(fields: Mapping[str, Any]) -> dict[str, Any]:
        changed = dict(fields) | dict(change(fields))
        return {key: value for key, value in changed.items() if key not in drop}

    return replace(draft, clinical=tuple(replace(file, fields=edited(file.fields)) for file in draft.clinical))


def change_latest(draft: Draft, fields: Mapping[str, Any]) -> Draft:
    """Lay `fields` over those of the file that counts."""
    latest = draft.clinical[-1]
    return replace(draft, clinical=(*draft.clinical[:-1], replace(latest, fields={**latest.fields, **fields})))


def change_images(draft: Draft, header: Mapping[str, Any], **changes: Any) -> Draft:
    """Change every image of a patient."""
    images = tuple(replace(file, header={**file.header, **header}, **changes) for file in draft.images)
    return replace(draft, images=images)


def change_last(draft: Draft, header: Mapping[str, Any] | None = None, **changes: Any) -> Draft:
    """Change a patient's last image alone."""
    last: ImageFile = draft.images[-1]
    return replace(
        draft, images=(*draft.images[:-1], replace(last, header={**last.header, **(header or {})}, **changes))
    )


def meaning(draft: Draft, header: str, value: str | None) -> Draft:
    """Note in the truth what the cell under a header means; None for nothing."""
    return replace(draft, cleaned={**draft.cleaned, header: value})
