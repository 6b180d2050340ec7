"""Every quirk that sites leave in their files, one patient each: what a build makes of it is what the truth says."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from clinical_cells import cells_of
from partition_factory import RULES, ignore_progress
from quirk_warehouses import Found, Truths, build, plant

from nccid_eval.partition.clinical.schema import FIELDS
from nccid_eval.partition.leakage import Findings, Leak, audit
from nccid_eval.partition.text import fold
from nccid_eval.records import PartitionRules
from nccid_eval.synthetic.quirks import TABLES
from nccid_eval.synthetic.truth import PatientTruth, SeriesTruth

ELSEWHERE = ("outcomes", "series", "leaks")
NAMES = [quirk.name for table, rows in TABLES.items() if table not in ELSEWHERE for quirk in rows] + [
    "shared_picture"
]
SERIES = [quirk.name for quirk in TABLES["series"]]
EVENTS = ("icu_admission", "intubation", "death")

# Why the flow leaves out what the quirk spoils. A quirk that is not named here costs no image.
LEFT_OUT = {
    "dates_in_words": "no date of a negative swab",
    "final_status_negative": "contradictory: a positive swab and a negative final status",
    "negative_tests": "contradictory: a positive final status and negative swabs alone",
    **dict.fromkeys(
        ("no_clinical_record", "file_empty", "file_cut", "file_list", "file_of_another"),
        "no clinical record of the patient",
    ),
    "lateral": "lateral, oblique or decubitus",
    "decubitus": "lateral, oblique or decubitus",
    "abdomen": "not the chest",
    "secondary_capture": "in unknown/",
    "ultrasound": "in unknown/",
    "no_true_date": "the image has no date",
    "other_patient": "names another patient than its folder",
    "slope_zero": "rescale slope or intercept is not a finite number",
    "slope_not_finite": "rescale slope or intercept is not a finite number",
    "wrong_modality": "neither of CR, DX",
    "duplicate_sop": "copy of an image: same SOP instance UID",
    "same_picture": "copy of an image: same picture",
    "shared_picture": "same picture under several patients",
    "syntax_jpeg_12_bits": "cannot be decoded",
    "syntax_deflated": "deflated transfer syntax",
    "deflate_bomb": "deflated transfer syntax",
    "syntax_unsupported": "unsupported transfer syntax",
    "colour": "colour: more than one sample a pixel",
    "multi_frame": "more than one frame",
    **dict.fromkeys(("bits_impossible", "high_bit_wrong", "huge_claim", "no_rows"), "impossible pixel description"),
    "photometric_unknown": "photometric interpretation is neither MONOCHROME1 nor MONOCHROME2",
    "truncated": "truncated",
    "short_pixels": "truncated",
    "zero_bytes": "zero bytes",
    "no_pixel_data": "no PixelData",
    "huge_length": "no PixelData",
    "misplaced": "not in a folder <patient>/<study>/<series>",
    "not_dicom": "not a DICOM file",
    "no_preamble": "no Part 10 header before the data set",
    "long_pixels": "pixel data longer than described",
    "deep_nesting": "cannot be parsed",
}
NO_FILE = ("metadata_orphaned",)  # nothing lies there that could be left out

# What a warning tells of, where the flow does not.
WARNED = {
    "file_empty": "clinical file zero bytes",
    "file_cut": "clinical file not a JSON object",
    "file_list": "clinical file not a JSON object",
    "file_of_another": "clinical file names another patient than its folder",
    "centre_changes": "patient's files name several submitting centres",
}

# How the struck cell is read; its value is the truth's.
REASONS = {
    **dict.fromkeys(
        ("fio2_litres", "fio2_litres_lower", "fio2_per_minute", "fio2_percent", "fio2_decimal", "fio2_number"),
        "recoded",
    ),
    **dict.fromkeys(
        [f"fio2_venturi_{one}" for one in ["blue", "white", "orange", "yellow", "red", "green"]], "recoded"
    ),
    "fio2_room_air": "recoded",
    "fio2_litres_beyond": "ambiguous",
    "fio2_bare": "ambiguous",
    "fio2_dot": "missing",
    "bracketed_number": "recoded",
    "bracketed_long_number": "recoded",
    "bracketed_pressure": "recoded",
    "number_negative": "out_of_range",
    "number_below_limit": "recoded",
    "number_out_of_range": "out_of_range",
    "number_in_words": "unparseable",
    "lung_text": "ok",
    "lung_two_codes": "ambiguous",
    "lung_unknown": "missing",
    "cvs_several": "ok",
    "smoking_unknown": "missing",
    "pack_years_text": "recoded",
    "ckd_stage": "ok",
    "ckd_stage_text": "recoded",
    "ckd_stage_impossible": "out_of_range",
    "age_negative": "out_of_range",
    "age_impossible": "out_of_range",
    "age_in_words": "recoded",
    "severity_anomalous": "unparseable",
    **dict.fromkeys(("sex_as_letter", "sex_as_word", "sex_as_decimal", "sex_as_float"), "recoded"),
    "sex_as_number": "ok",
    "covid_code_cvcx": "recoded",
    "result_as_text": "recoded",
    "legacy_hypertension": "recoded",
    "header_diabetes_types": "ok",
    "header_itu_trailing": "ok",
    "sex_code_2": "unparseable",
    "sex_code_3": "unparseable",
    "sex_unknown_code": "unparseable",
    "ethnicity_unknown_code": "missing",
    "header_fio2_legacy": "ok",
    "header_pa02": "ok",
    "header_pack_years": "ok",
    "units_d_dimer_ng": "recoded",
    "units_d_dimer_ug": "recoded",
    "units_pao2_percent": "ambiguous",
    "units_troponin_ng_ml": "recoded",
}

# What the dates' cells say; which date is meant shows in the label.
DATES = {
    "dates_iso": "recoded",
    "dates_text_iso": "recoded",
    "dates_excel_serial": "recoded",
    "dates_excel_number": "recoded",
    "dates_excel_decimal": "recoded",
    "dates_iso_time": "recoded",
    "dates_compact": "recoded",
    "dates_month_name": "recoded",
    "dates_ambiguous_positive": "ambiguous",
    "dates_ambiguous_negative": "ambiguous",
}

# Attributes that tell whether a rule was followed; all others are checked against the truth.
TOLD = {
    **{name: {"sex_source": "image"} for name in ("sex_code_2", "sex_code_3", "sex_unknown_code")},
    **{name: {"age_source": "image"} for name in ("age_negative", "age_impossible")},
    "missing_sex": {"sex_source": "clinical", "sex_conflict": ""},
    "sex_conflict": {"sex_source": "clinical", "sex_conflict": "yes"},
    "thin_positive": {"sex_source": "image", "ethnicity": ""},
    "ethnicity_mixed_text": {"ethnicity": "Mixed"},
    "ethnicity_indian_text": {"ethnicity": "Asian"},
    "ethnicity_african_text": {"ethnicity": "Black"},
    "ethnicity_chinese_text": {"ethnicity": "Asian"},
    "ethnicity_unknown_code": {"ethnicity": ""},
    "monochrome1": {"photometric": "MONOCHROME1"},
    "missing_maker": {"maker": ""},
    "missing_age": {"age": "", "age_source": ""},  # of negatives, whose record tells no age
    "age_without_unit": {"age": "", "age_source": ""},
    "severity_anomalous": {"severity": ""},
    "status_of_positive": {"label": "1", "ethnicity": ""},
    "result_as_text": {"label": "1"},
}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truths, Found]:
    root = tmp_path_factory.mktemp("quirks")
    return plant(root / "warehouse", NAMES), build(root / "warehouse", root / "out", RULES)


def _source(path: str) -> str:
    return path.removeprefix("validation/")


def _cell(found: Found, patient: PatientTruth, header: str) -> tuple[str, str, str]:
    field = next(one.name for one in FIELDS if fold(header) in {fold(name) for name in one.headers})
    return found.cells[patient.pseudonym][field][0]


def test_every_quirk_is_looked_at() -> None:
    assert set(LEFT_OUT) | set(WARNED) | set(REASONS) | set(DATES) | set(TOLD) <= set(NAMES)
    struck = {quirk.name for quirk in TABLES["values"]}
    assert struck <= set(REASONS)


@pytest.mark.parametrize("name", NAMES)
def test_images_become_cases_with_the_true_label_or_none(planted: tuple[Truths, Found], name: str) -> None:
    truths, found = planted
    for patient in truths[name]:
        for image in patient.images:
            row = found.rows.get(_source(image.path))
            assert (row is not None) is image.eligible
            assert row is None or row["label"] == str(int(bool(image.diseased)))
        if name not in LEFT_OUT and name not in NO_FILE:
            assert all(image.eligible for image in patient.images)


def test_each_image_that_is_left_out_is_counted_with_its_reason(planted: tuple[Truths, Found]) -> None:
    truths, found = planted
    expected: Counter[str] = Counter()
    for name, reason in LEFT_OUT.items():
        expected[reason] += sum(not image.eligible for one in truths[name] for image in one.images)
    assert found.left_out == expected


@pytest.mark.parametrize("name", sorted(WARNED))
def test_a_clinical_file_that_does_not_count_is_warned_of(planted: tuple[Truths, Found], name: str) -> None:
    assert [line for line in planted[1].warned if line.startswith(WARNED[name])]


@pytest.mark.parametrize("name", sorted(REASONS))
def test_a_struck_cell_has_its_true_value_and_a_reason(planted: tuple[Truths, Found], name: str) -> None:
    truths, found = planted
    patient = truths[name][0]
    assert patient.cleaned
    for header, meant in patient.cleaned.items():
        _, value, reason = _cell(found, patient, header)
        assert value == ("" if meant is None else f"{float(meant):.10g}" if _is_number(meant) else meant)
        assert reason == {"PMH CKD": "ok", "PMH hypertension": "recoded" if meant else "missing"}.get(
            header, REASONS[name]
        )


@pytest.mark.parametrize("name", sorted(DATES))
def test_a_date_is_read_as_it_was_meant(planted: tuple[Truths, Found], name: str) -> None:
    truths, found = planted
    patient = truths[name][0]
    cells = found.cells[patient.pseudonym]
    _, value, reason = cells.get("swab_date", cells.get("positive_swab_date", []))[0]
    assert (value, reason) == (patient.swab, DATES[name])


@pytest.mark.parametrize("name", [name for name in NAMES if name not in LEFT_OUT])
def test_attributes_are_the_true_ones(planted: tuple[Truths, Found], name: str) -> None:
    truths, found = planted
    patient = truths[name][0]
    told = TOLD.get(name, {})
    for image in patient.images:
        row = found.rows.get(_source(image.path))
        if row is None:
            continue
        assert {key: row[key] for key in told} == told or image is not patient.images[0]
        assert row["sex"] == patient.sex
        assert row["view"] in ("", image.view)
        assert row["maker"] in ("", image.maker)
        assert row["severity"] in ("", *(one.severity for one in patient.images if one.day == image.day))
        assert row["ethnicity"] in ("", cells_of("Ethnicity", patient.ethnicity)[0].value)
        assert row["age"] == "" or abs(float(row["age"]) - patient.age_years) <= 1
        assert row["site"] == patient.site or name.startswith("units_")


def test_a_view_in_free_text_is_read_by_whole_words(planted: tuple[Truths, Found]) -> None:
    truths, found = planted
    images = truths["view_free_text"][0].images
    assert {found.rows[_source(one.path)]["view"] for one in images} == {one.view for one in images}


def _is_number(meant: str | float) -> bool:
    return isinstance(meant, float) or meant.replace(".", "").isdigit()


# ── series ──────────────────────────────────────────────────────────────────────────────────────────────────

_GAP = "incomplete series: slices are missing"
# Of the files that the quirk added to a stack, or of the whole stack where the series is no case.
SERIES_LEFT_OUT = {
    "series_missing_slice": _GAP,
    "series_short": "incomplete series: fewer than 10 slices",
    "series_localiser": "localiser",
    "series_duplicate_slice": "copy of a slice: same place and picture",
    "series_reformats": "made from slices: reformatted, projected, a screen or a report",
    "series_mixed_orientation": "mixed series: several orientations",
    "series_two_acquisitions": "mixed series: several acquisitions",
    "series_dose_report": "made from slices: reformatted, projected, a screen or a report",
    "series_enhanced": "more than one frame",
}


@pytest.fixture(scope="module")
def stacks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truths, Found]:
    root = tmp_path_factory.mktemp("stacks")
    rules = PartitionRules(
        target="covid_positive",
        case="series",
        modalities=("CT", "MR"),
        positive_days_before=14,
        positive_days_after=28,
        negative_days=28,
    )
    truths = plant(root / "warehouse", SERIES, ct=1.0) | plant(root / "warehouse", ["dates_iso"], mr=1.0, start=500)
    return truths, build(root / "warehouse", root / "out", rules)


def _paths(series: SeriesTruth, files: tuple[str, ...]) -> list[str]:
    return [f"{_source(series.folder)}/{name}" for name in files]


@pytest.mark.parametrize("name", [*SERIES, "dates_iso"])
def test_a_series_is_a_case_with_its_slices_from_the_feet_up_or_none(stacks: tuple[Truths, Found], name: str) -> None:
    truths, found = stacks
    assert truths[name][0].series
    for series in truths[name][0].series:
        files = [order for order in found.order.values() if order[0].startswith(_source(series.folder))]
        assert files == ([_paths(series, series.stack)] if series.eligible else [])
        for path in _paths(series, series.stack if series.eligible else ()):
            assert found.rows[path]["label"] == str(int(bool(series.diseased)))


def test_each_slice_that_is_left_out_is_counted_with_its_reason(stacks: tuple[Truths, Found]) -> None:
    truths, found = stacks
    expected: Counter[str] = Counter()
    for name, reason in SERIES_LEFT_OUT.items():
        for series in truths[name][0].series:
            expected[reason] += len(series.beside) + (0 if series.eligible else len(series.stack))
    expected["in xray/"] = sum(len(one.images) for patients in truths.values() for one in patients)
    assert found.left_out == expected


# ── outcomes ────────────────────────────────────────────────────────────────────────────────────────────────

_OUTCOMES: dict[str, tuple[str, str]] = {  # the label, or why there is none
    "within": ("1", ""),
    "beyond": ("0", ""),
    "before": ("", "taken after the {event}"),
    "undated": ("", "no date of the {event}"),
    "denied": ("", "contradictory: no {event}, and a date of it"),
    "unsaid": ("", "not known whether it came to {event}"),
    "never": ("0", ""),
    "unfollowed": ("", "no {event} known, but not followed to the end of the horizon"),
}


_READ = ("sex_as_word", "sex_as_number", "sex_as_decimal", "sex_as_float", "headers_spaced", "older_data_file")


@pytest.mark.parametrize("event", EVENTS)
def test_an_outcome_is_judged_within_its_horizon_or_left_out(event: str, tmp_path: Path) -> None:
    names = [quirk.name for quirk in TABLES["outcomes"] if quirk.name.startswith(event)]
    truths = plant(tmp_path / "warehouse", names)
    rules = PartitionRules(
        target=event,
        case="image",
        modalities=("DX", "CR"),
        positive_days_before=14,
        positive_days_after=28,
        negative_days=28,
    )
    found = build(tmp_path / "warehouse", tmp_path / "out", rules)
    expected: Counter[str] = Counter()
    said = {"icu_admission": "admission to intensive care"}.get(event, event)
    for name in names:
        label, reason = _OUTCOMES[name.removeprefix(f"{event}_")]
        first = min(truths[name][0].images, key=lambda one: one.day)
        row = found.rows.get(_source(first.path))
        assert (row["label"] if row else "") == label
        if reason:
            expected[reason.format(event=said)] += 1
    assert [reason for reason, count in expected.items() if found.left_out[reason] < count] == []


def test_severity_is_read_from_the_days_radiograph(tmp_path: Path) -> None:
    truths = plant(tmp_path / "warehouse", ["severity_differs", "severity_anomalous", *_READ])
    rules = PartitionRules(
        target="severity_moderate_or_worse",
        case="image",
        modalities=("DX", "CR"),
        positive_days_before=14,
        positive_days_after=28,
        negative_days=28,
    )
    found = build(tmp_path / "warehouse", tmp_path / "out", rules)
    for name in _READ:
        for image in truths[name][0].images:
            worse = str(int(image.severity in ("moderate", "severe")))
            assert (image.severity == "none") is (_source(image.path) not in found.rows)
            assert image.severity == "none" or found.rows[_source(image.path)]["label"] == worse
    assert found.left_out["two readings of that day differ"] == 1
    assert found.left_out["a reading of that day without a severity"] >= 1


# ── leaks ───────────────────────────────────────────────────────────────────────────────────────────────────

_CHECKS = {  # where the audit finds each leak; a patient or a study in both parts shows in several
    "leak_same_patient": {"pseudonyms", "study instance UIDs", "SOP instance UIDs", "pixel values", "split rule"},
    "leak_same_image": {"pixel values"},
    "leak_near_image": {"near-duplicates"},
    "leak_wrong_side": {"split rule"},
    "patient_group": set(),  # the record's own group overrides the rule
}


@pytest.fixture(scope="module")
def leaks(tmp_path_factory: pytest.TempPathFactory) -> tuple[Truths, Findings]:
    root = tmp_path_factory.mktemp("leaks")
    truths = plant(root, _CHECKS)
    return truths, audit(root, pixels=True, workers=1, progress=ignore_progress)


@pytest.mark.parametrize("name", _CHECKS)
def test_a_planted_leak_is_found_and_by_no_other_check(leaks: tuple[Truths, Findings], name: str) -> None:
    truths, found = leaks
    names = {one.pseudonym.casefold() for one in truths[name]}
    files = {image.path for one in truths[name] for image in one.images}

    def told(leak: Leak) -> bool:
        said = {*leak.training, *leak.validation}
        return bool({one.casefold() for one in said} & names or any(one in path for one in said for path in files))

    assert {check.name for check in found.checks if any(told(leak) for leak in check.leaks)} == _CHECKS[name]
