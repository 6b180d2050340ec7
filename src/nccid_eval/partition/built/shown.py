"""What of an image a partition shows a model, and which submissions may be shown it."""

from __future__ import annotations

from dataclasses import replace

from nccid_eval.errors import SubmissionError
from nccid_eval.records import Indications, PartitionRules


def what_is_shown(rules: PartitionRules) -> str:
    """In words, for people."""
    if rules.blank == "headers":
        return "pixels alone (control partition: blank headers)"
    if rules.blank == "pixels":
        more = ", with age and sex" if rules.demographics else ""
        return f"headers alone{more} (control partition: blank pixels)"
    extras = [
        *(["age and sex in the headers"] if rules.demographics else []),
        *(["the source's transfer syntax"] if rules.keep_transfer_syntax else []),
    ]
    return ", ".join(["headers and pixels", *extras])


def refuse_unlike(rules: PartitionRules, indications: Indications) -> None:
    """Raises SubmissionError where age and sex would be shown to a model that does not declare their use, or kept
    from one that does. Blank headers hold neither for anybody, so that control is open to both.
    """
    if rules.blank == "headers" or indications.uses_demographics == rules.demographics:
        return
    where = "submission.toml: [indications] uses_demographics"
    if indications.uses_demographics:
        raise SubmissionError(
            "the model uses age and sex, and this partition does not show them",
            where=where,
            mend="ask for a partition with age and sex in the headers, or submit a model that does not use them",
        )
    raise SubmissionError(
        "this partition shows age and sex, and the model does not declare that it uses them",
        where=where,
        mend="ask for a partition without age and sex in the headers",
    )


def as_control(rules: PartitionRules, blank: str) -> PartitionRules:
    """The rules of the control partition with blank "headers" or "pixels", beside that of `rules` itself.

    It shows nothing that differs between images but the other half: so no encoding of the source, and age and sex in
    headers alone.
    """
    told = rules.demographics and blank == "pixels"
    return replace(rules, blank=blank, demographics=told, keep_transfer_syntax=False)
