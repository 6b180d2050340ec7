import json
from collections import Counter
from functools import cache
from typing import Any

import pytest

from nccid_eval.errors import ConfigError
from nccid_eval.synthetic.clinical import clinical_text
from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import draft_patient
from nccid_eval.synthetic.quirks import QUIRKS, USUAL
from nccid_eval.synthetic.quirks.switches import odds_of
from nccid_eval.synthetic.recipe import Recipe
from nccid_eval.synthetic.truth import PatientTruth, truth_of

NAMES = [quirk.name for quirk in QUIRKS]
NONE: dict[str, float] = {}


@cache
def plain(index: int) -> Draft:
    return draft_patient(1, index, Recipe(odds=NONE, ct=1.0, mr=1.0))


@cache
def struck(name: str) -> Draft:
    """A patient's draft after the quirk `name`, and no other."""
    quirk = next(one for one in QUIRKS if one.name == name)
    index = next(n for n in range(2000) if quirk.applies(plain(n)))
    return draft_patient(1, index, Recipe(odds={name: 1.0}, ct=1.0, mr=1.0))


def fields(draft: Draft) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(clinical_text(draft.clinical[-1]))
    return read


def written(name: str) -> dict[str, Any]:
    return fields(struck(name))


def truth(name: str) -> PatientTruth:
    return truth_of(struck(name))


def test_every_usual_quirk_is_there_among_600_patients_and_none_is_common(drafts: tuple[Draft, ...]) -> None:
    counts = Counter(name for draft in drafts for name in draft.quirks)
    usual = {name for name, probability in USUAL.items() if probability and not name.startswith("series_")}
    assert usual - set(counts) == set() or max(USUAL[name] for name in usual - set(counts)) <= 0.02
    assert set(counts) <= usual
    assert max(counts.values()) < 100


def test_names_are_unique() -> None:
    assert len(set(NAMES)) == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_quirk_changes_the_draft_it_strikes_alone(name: str) -> None:
    after = struck(name)
    before = plain(after.patient.index)
    assert after.quirks == (name,)
    kept = ("clinical", "cleaned", "images", "series", "twins", "group")
    assert any(getattr(before, part) != getattr(after, part) for part in kept)
    assert before.patient == after.patient


def test_leaving_a_quirk_out_does_not_move_the_others() -> None:
    fewer = Recipe(odds={**USUAL, "dates_iso": 0.0})
    for n in range(120):
        without = draft_patient(7, n, fewer).quirks
        assert without == tuple(name for name in draft_patient(7, n).quirks if name != "dates_iso")


def test_a_series_changes_nothing_else() -> None:
    for n in range(40):
        without, asked = (draft_patient(7, n, Recipe(odds=NONE, ct=share)) for share in (0.0, 1.0))
        assert (without.clinical, without.images) == (asked.clinical, asked.images)
        assert (len(without.series), len(asked.series)) == (0, 1)


# ── switches ────────────────────────────────────────────────────────────────────────────────────────────────


def test_without_switches_the_usual_probabilities_hold() -> None:
    assert odds_of(()) == USUAL


def test_switches_are_read_in_order() -> None:
    assert set(odds_of(["none"]).values()) == {0.0}
    assert set(odds_of(["all=0.25"]).values()) == {0.25}
    odds = odds_of(["none", "lateral", "abdomen=0.5", "abdomen=0.125"])
    assert {name: one for name, one in odds.items() if one} == {"lateral": 1.0, "abdomen": 0.125}


def test_an_unknown_quirk_is_refused_and_the_nearest_named() -> None:
    with pytest.raises(ConfigError, match="fio2_percnt") as caught:
        odds_of(["fio2_percnt"])
    assert "'fio2_percent'" in caught.value.mend


@pytest.mark.parametrize("switch", ["lateral=2", "lateral=-0.1", "lateral=often", "all=nan"])
def test_a_probability_lies_between_0_and_1(switch: str) -> None:
    with pytest.raises(ConfigError, match="no probability"):
        odds_of([switch])


# ── what they write ─────────────────────────────────────────────────────────────────────────────────────────


def test_thin_positives_have_nothing_but_the_swab() -> None:
    assert set(written("thin_positive")) == {
        "Date of Positive Covid Swab",
        "SpecialFormatTimestamp",
        "Pseudonym",
        "SubmittingCentre",
    }


@pytest.mark.parametrize("name", ["swab_dates_list", "swab_dates_spoilt"])
def test_a_list_of_swabs_replaces_the_single_one(name: str) -> None:
    assert "SwabDate" not in written(name)
    assert int(next(one for one in written(name)["SwabDates"][::-1] if one)["SwabStatus"]) == 0


def test_segmentation_data_holds_the_true_demographics() -> None:
    draft = struck("segmentation_data")
    inner = fields(draft)["OtherDataSources"]["SegmentationData"]
    assert inner["Sex"] == {"F": "0", "M": "1"}[draft.patient.sex]


def test_codes_keep_their_meaning() -> None:
    assert written("covid_code_cvcx")["COVID CODE"].startswith("CVCX")
    assert written("legacy_hypertension")["PMH h1pertension"] in ("1es", "2")
    assert "PMH hypertension" not in written("legacy_hypertension")
    assert isinstance(written("whole_numbers")["Sex"], int)
    assert written("result_as_text")["1st RT-PCR result"] == "RNA DETECTED (SARS-CoV-2)"


@pytest.mark.parametrize(
    ("name", "sexes"),
    [
        ("sex_as_word", {"F": "Female", "M": "Male"}),
        ("sex_as_number", {"F": 0, "M": 1}),
        ("sex_as_decimal", {"F": "0.0", "M": "1.0"}),
        ("sex_as_float", {"F": 0.0, "M": 1.0}),
        ("sex_as_letter", {"F": "F", "M": "M"}),
        ("sex_code_2", {"F": "2", "M": "2"}),
        ("sex_code_3", {"F": 3, "M": 3}),
    ],
)
def test_sex_is_written_in_every_way(name: str, sexes: dict[str, Any]) -> None:
    told = written(name)["Sex"]
    assert told == sexes[struck(name).patient.sex]
    assert type(told) is type(sexes["F"])


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("ethnicity_mixed_text", "Mixed - White and Asian"),
        ("ethnicity_indian_text", "Asian or Asian British - Indian"),
        ("ethnicity_african_text", "Black or Black British - African"),
        ("ethnicity_chinese_text", "Other Ethnic Groups - Chinese"),
    ],
)
def test_ethnicities_that_are_often_misread_have_switches(name: str, text: str) -> None:
    assert written(name)["Ethnicity"] == text


@pytest.mark.parametrize("name", ["fio2_percent", "fio2_number", "number_below_limit", "ckd_stage", "sex_code_2"])
def test_the_truth_tells_what_a_struck_cell_means(name: str) -> None:
    meant = truth(name).cleaned
    assert meant
    assert set(meant) <= set(written(name))


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("headers_upper_case", "SUBMITTINGCENTRE"),
        ("headers_spaced", " SubmittingCentre "),
        ("header_twice", "SubmittingCentre "),
        ("header_fio2_legacy", "Any supplemental oxygen: FiO2"),
        ("header_pa02", "Pa02"),
        ("header_itu_trailing", "ITU admission "),
        ("header_pack_years", "Pack year history"),
        ("header_diabetes_types", "PMH diabetes mellitus TYPE II"),
        ("header_when", "When"),
    ],
)
def test_headers_are_spelt_as_sites_spell_them(name: str, header: str) -> None:
    assert header in written(name)
    assert header not in fields(plain(struck(name).patient.index))


@pytest.mark.parametrize(
    ("name", "kinds"),
    [
        ("older_data_file", ["data", "data"]),
        ("status_beside_data", ["status", "data"]),
        ("older_status_file", ["status", "status"]),
        ("centre_changes", ["data", "data"]),
        ("status_of_positive", ["status"]),
        ("no_clinical_record", []),
    ],
)
def test_a_patient_may_have_several_files_or_none(name: str, kinds: list[str]) -> None:
    files = struck(name).clinical
    assert [file.kind for file in files] == kinds
    assert [file.uploaded for file in files] == sorted({file.uploaded for file in files})


@pytest.mark.parametrize(
    ("name", "fault"), [("file_empty", ""), ("file_cut", "{"), ("file_list", "[{"), ("file_marked", "\ufeff{")]
)
def test_a_clinical_file_may_be_spoilt(name: str, fault: str) -> None:
    text = clinical_text(struck(name).clinical[-1])
    assert text.startswith(fault)
    assert text.removeprefix("\ufeff") != clinical_text(plain(struck(name).patient.index).clinical[-1]) or name == (
        "file_marked"
    )


# ── what is true ────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("event", ["icu_admission", "intubation", "death"])
def test_the_truth_of_an_outcome_is_its_day_whatever_the_form_says(event: str) -> None:
    for how in ("within", "beyond", "undated", "denied", "unsaid"):
        assert getattr(truth(f"{event}_{how}").outcomes, event) is not None
    for how in ("never", "unfollowed"):
        assert getattr(truth(f"{event}_{how}").outcomes, event) is None


def test_what_the_form_leaves_out_is_in_the_truth_alone() -> None:
    header = {"undated": "1", "denied": "0", "unsaid": ""}
    for how, said in header.items():
        assert written(f"intubation_{how}")["Intubation"] == said
        assert bool(written(f"intubation_{how}")["Date of intubation"]) is (how == "denied")


def test_contradictions_leave_no_eligible_image() -> None:
    for name in ("final_status_negative", "negative_tests", "no_clinical_record", "file_cut", "file_of_another"):
        assert not any(image.eligible for image in truth(name).images)


@pytest.mark.parametrize("name", ["duplicate_sop", "same_picture"])
def test_of_two_copies_of_an_instance_one_counts(name: str) -> None:
    copies = truth(name).images[-2:]
    assert copies[0].path != copies[1].path
    first = min(copies, key=lambda one: one.path.split("/"))
    assert [one.eligible for one in copies] == [one is first for one in copies]


def test_a_near_duplicate_is_an_image_of_its_own() -> None:
    first, second = truth("near_duplicate").images[-2:]
    assert first.eligible == second.eligible
    assert struck("near_duplicate").images[-1].encoding.recoded
