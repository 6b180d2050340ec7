"""Tables of the clinical records' quality: shares of patients in bands, never a count."""

from __future__ import annotations

from collections.abc import Mapping

from nccid_eval.records import Band, Quality, QualityGroup
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.tables import Cell, Table
from nccid_eval.report.technical import methods

REASONS = {
    "ok": "As the form asks",
    "recoded": "Written otherwise",
    "ambiguous": "Two readings",
    "out_of_range": "Impossible",
    "unparseable": "Not understood",
    "missing": "Missing",
}
_SOURCES = {
    "image": "the image",
    "other_image": "another image of the patient",
    "record_or_unknown": "the clinical record, or nowhere",
}
CHECKS = {
    "sex_source": (
        "Sex comes from",
        _SOURCES,
    ),
    "age_source": (
        "Age comes from",
        _SOURCES,
    ),
    "sex_conflict": ("Sex in the record and in the images", {"no": "agrees", "yes": "differs"}),
    "contradictions": ("Contradictions within the record", {"none": "none", "some": "some"}),
    "ambiguous_dates": (
        "Dates that can be read two ways",
        {
            "none": "none",
            "images": "one or more by the images' dates",
            "calendar": "all by what dates can be",
            "convention": "one or more by the form's convention",
        },
    ),
}
_ALL = 100
_WRITTEN = {  # parts of the fields' names that are no plain words
    "ace": "ACE", "apache": "APACHE", "arb": "ARB", "bp": "BP", "ckd": "CKD", "covid": "COVID", "crp": "CRP",
    "cvs": "CVS", "cxr": "CXR", "fio2": "FiO2", "i": "I", "icu": "ICU", "news2": "NEWS2", "nsaid": "NSAID",
    "o2": "O2", "pao2": "PaO2", "pcr": "PCR", "t": "T", "wcc": "WCC",
}  # fmt: skip


def fields(group: QualityGroup) -> Table:
    """Fields that some patients have: how they were read. Those that nearly all lack are named by `absent`."""
    rows = tuple(
        (Cell(text=field_name(name)), *(_cell(bands[reason]) for reason in REASONS))
        for name, bands in group.fields.items()
        if not _is_absent(bands)
    )
    return Table(
        caption=f"Clinical records of {group.label} patients: share of the patients by how a field was read",
        headings=("Field", *REASONS.values()),
        rows=rows,
        methods=methods.links("bands"),
    )


def absent(group: QualityGroup) -> list[str]:
    """Fields whose share of missing is in the uppermost band."""
    return [field_name(name) for name, bands in group.fields.items() if _is_absent(bands)]


def absent_share(group: QualityGroup) -> str:
    """That band, in words."""
    return next((share(bands["missing"]) for bands in group.fields.values() if _is_absent(bands)), "")


def checks(quality: Quality) -> Table:
    """Where sex and age come from, and what does not fit together, a column a label."""
    rows = tuple(
        (Cell(text=f"{title}: {words.get(answer, 'not known')}"), *_checked(quality, check, answer))
        for check, (title, words) in CHECKS.items()
        for answer in _answers(quality, check)
    )
    headings = ("What was looked at", *(f"{one.label.capitalize()} patients" for one in quality.groups))
    caption = "Where sex and age come from, and what does not fit together"
    return Table(caption=caption, headings=headings, rows=rows, methods=methods.links("bands"))


def sites(quality: Quality) -> Table:
    rows = tuple(
        (Cell(text=site), _cell(quality.sites[site])) for site in sorted(quality.sites, key=wording.level_order)
    )
    return Table(
        caption="Share of a site's fields that are missing, all its patients and fields together",
        headings=("Site", "Missing"),
        rows=rows,
        methods=methods.links("bands"),
    )


def field_name(name: str) -> str:
    """A field of the form for people: 'cxr_1_date' is 'CXR 1 date'."""
    words = " ".join(_WRITTEN.get(one, one) for one in name.split("_"))
    return words[:1].upper() + words[1:]


def share(band: Band) -> str:
    """A band in a table's few characters; the lowest one holds 0."""
    if not band.over:
        return f"≤{wording.NO_BREAK}{band.up_to}%"
    if band.up_to == _ALL:
        return f">{wording.NO_BREAK}{band.over}%"
    return f"{band.over}–{band.up_to}%"


def _answers(quality: Quality, check: str) -> list[str]:
    return list(dict.fromkeys(answer for group in quality.groups for answer in group.checks.get(check, {})))


def _checked(quality: Quality, check: str, answer: str) -> list[Cell]:
    found = (group.checks.get(check, {}).get(answer) for group in quality.groups)
    return [_cell(one) if one else Cell(text="–", kind="missing") for one in found]


def _is_absent(bands: Mapping[str, Band]) -> bool:
    return bands["missing"].up_to == _ALL


def _cell(band: Band) -> Cell:
    """What may be nobody at all stands back."""
    return Cell(text=share(band), kind="number" if band.over else "missing")
