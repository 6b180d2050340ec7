import json
from collections import Counter
from typing import Any

import pytest

from nccid_eval.synthetic.clinical import clinical_text
from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import draft_patient, truth_of
from nccid_eval.synthetic.quirks import QUIRKS, apply_quirks


def _struck(name: str) -> Draft:
    """A patient's draft after the quirk `name`, and no other."""
    quirk = next(one for one in QUIRKS if one.name == name)
    plain = (draft_patient(1, n, quirks=()) for n in range(2000))
    return next(d for d in (apply_quirks(p, 1, (quirk,)) for p in plain) if d.quirks)


def _fields(draft: Draft) -> dict[str, Any]:
    fields: dict[str, Any] = json.loads(clinical_text(draft.clinical[-1]))
    return fields


def test_every_quirk_is_there_among_600_patients_and_none_is_common(drafts: tuple[Draft, ...]) -> None:
    counts = Counter(name for draft in drafts for name in draft.quirks)
    assert set(counts) == {quirk.name for quirk in QUIRKS}
    assert max(counts.values()) < 100


@pytest.mark.parametrize("name", [quirk.name for quirk in QUIRKS])
def test_a_quirk_changes_the_draft_it_strikes(name: str) -> None:
    after = _struck(name)
    before = draft_patient(1, after.patient.index, quirks=())
    assert (before.clinical, before.images) != (after.clinical, after.images)
    assert before.patient == after.patient


def test_leaving_a_quirk_out_does_not_move_the_others() -> None:
    fewer = tuple(quirk for quirk in QUIRKS if quirk.name != "dates_iso")
    for n in range(120):
        without = draft_patient(7, n, quirks=fewer).quirks
        assert without == tuple(name for name in draft_patient(7, n).quirks if name != "dates_iso")


def test_thin_positives_have_nothing_but_the_swab() -> None:
    fields = _fields(_struck("thin_positive"))
    assert set(fields) == {"Date of Positive Covid Swab", "SpecialFormatTimestamp", "Pseudonym", "SubmittingCentre"}


def test_a_list_of_swabs_replaces_the_single_one() -> None:
    fields = _fields(_struck("swab_dates_list"))
    assert "SwabDate" not in fields
    assert fields["SwabDates"][0]["SwabStatus"] == 0


def test_segmentation_data_holds_the_true_demographics() -> None:
    draft = _struck("segmentation_data")
    inner = _fields(draft)["OtherDataSources"]["SegmentationData"]
    assert inner["Sex"] == {"F": "0", "M": "1"}[draft.patient.sex]


def test_codes_keep_their_meaning() -> None:
    assert _fields(_struck("covid_code_cvcx"))["COVID CODE"].startswith("CVCX")
    legacy = _fields(_struck("legacy_hypertension"))
    assert legacy["PMH h1pertension"] in ("1es", "2")
    assert "PMH hypertension" not in legacy
    assert isinstance(_fields(_struck("whole_numbers"))["Sex"], int)


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("older_data_file", ["data", "data"]),
        ("status_beside_data", ["status", "data"]),
        ("older_status_file", ["status", "status"]),
        ("no_clinical_record", []),
    ],
)
def test_a_patient_may_have_several_files_or_none(name: str, kinds: list[str]) -> None:
    files = _struck(name).clinical
    assert [file.kind for file in files] == kinds
    assert [file.uploaded for file in files] == sorted({file.uploaded for file in files})


def test_of_two_copies_of_an_instance_one_counts() -> None:
    copies = truth_of(_struck("duplicate_sop")).images[-2:]
    assert copies[0].path.rsplit("/", 1)[1] == copies[1].path.rsplit("/", 1)[1]
    assert copies[0].path != copies[1].path
    assert not copies[1].eligible
