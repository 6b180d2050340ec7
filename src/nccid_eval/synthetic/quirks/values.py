"""One cell of a positive's form, written as some site wrote it, and what it means."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.quirks.row import Change, Quirk, change_latest, full_positive

Meaning = str | float | None

# Name, header, what is written, what it means; None is for nothing that can be known.
_WRITINGS: tuple[tuple[str, str, Any, Meaning], ...] = (
    ("fio2_litres", "FiO2", "10L", 60.0),
    ("fio2_litres_beyond", "FiO2", "16L", 100.0),
    ("fio2_litres_lower", "FiO2", "15 l", 100.0),
    ("fio2_per_minute", "FiO2", "2 L/min", 29.0),
    ("fio2_percent", "FiO2", "35%", 35.0),
    ("fio2_decimal", "FiO2", "0.35", 35.0),
    ("fio2_number", "FiO2", 0.28, 28.0),
    ("fio2_bare", "FiO2", "2", 29.0),
    ("fio2_room_air", "FiO2", "Room air", 21.0),
    ("fio2_venturi_blue", "FiO2", "Venturi blue", 24.0),
    ("fio2_venturi_white", "FiO2", "white venturi", 28.0),
    ("fio2_venturi_orange", "FiO2", "Orange venturi", 31.0),
    ("fio2_venturi_yellow", "FiO2", "Yellow", 35.0),
    ("fio2_venturi_red", "FiO2", "venturi RED", 40.0),
    ("fio2_venturi_green", "FiO2", "Green venturi", 60.0),
    ("fio2_dot", "FiO2", ".", None),
    ("bracketed_number", "Ferritin", "[7] - 2020-06-02", 7.0),
    ("bracketed_long_number", "Ferritin", "[67] - 2020-06-06", 67.0),
    ("number_negative", "CRP on admission", "-3", None),
    ("number_below_limit", "D-dimer on admission", "<0.5", 0.5),
    ("number_out_of_range", "Temperature on admission", "376", None),
    ("number_in_words", "Heart rate on admission", "fast", None),
    ("lung_text", "PMH Lung disease", "5 - Lung Ca", "other"),
    ("lung_two_codes", "PMH Lung disease", "15", "copd+other"),
    ("lung_unknown", "PMH Lung disease", "6", None),
    ("cvs_several", "PMH CVS disease", "4", "multiple"),
    ("smoking_unknown", "Smoking status", "3", None),
    ("pack_years_text", "Pack year History", "20 py", 20.0),
    ("ckd_stage_text", "If CKD, stage", "Stage 3", "3"),
    ("ckd_stage_impossible", "If CKD, stage", "7", None),
    ("age_negative", "Age", "-1", None),
    ("age_impossible", "Age", "143", None),
    ("severity_anomalous", "CXR severity", "0", None),
)


def _writes(header: str, raw: object, meaning: Meaning) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return _with(draft, {header: raw}, {header: meaning})

    return change


def blood_pressure(draft: Draft, _rng: np.random.Generator) -> Draft:
    """Both pressures in both cells, as one site's export had them."""
    text = "[137/91] - 2020-06-02"
    cells = {"Systolic BP": text, "Diastolic BP": text}
    return _with(draft, cells, {"Systolic BP": 137.0, "Diastolic BP": 91.0})


def ckd_stage(draft: Draft, rng: np.random.Generator) -> Draft:
    stage = str(int(rng.integers(2, 6)))
    return _with(draft, {"PMH CKD": "1", "If CKD, stage": stage}, {"If CKD, stage": stage, "PMH CKD": "yes"})


def age_in_words(draft: Draft, _rng: np.random.Generator) -> Draft:
    years = int(draft.patient.age_years)
    return _with(draft, {"Age": f"{years} years"}, {"Age": float(years)})


_UNITS: tuple[tuple[str, str, Any, Meaning, str], ...] = (
    # by the list of units that differ by site; the meaning is in the form's own unit
    ("units_d_dimer_ng", "D-dimer on admission", "850", 0.85, "Cambridge University Hospitals"),
    ("units_d_dimer_ug", "D-dimer on admission", "1200", 1.2, "Norfolk and Norwich University Hospitals"),
    ("units_pao2_percent", "PaO2", "95", 95.0, "Cambridge University Hospitals"),
    ("units_troponin_ng_ml", "Troponin I", "0.04", 40.0, "Sheffield Children's"),
)


def guest_sites(odds: Mapping[str, float]) -> tuple[str, ...]:
    """Centres that only these quirks name; they belong into the warehouse's list of split sites."""
    return tuple(sorted({site for name, *_, site in _UNITS if odds.get(name)}))


def _of_split_site(draft: Draft) -> bool:
    return full_positive(draft) and draft.patient.site.role == "split"


def _at_site(header: str, raw: object, meaning: Meaning, site: str) -> Change:
    def change(draft: Draft, _rng: np.random.Generator) -> Draft:
        return _with(draft, {header: raw, "SubmittingCentre": site}, {header: meaning})

    return change


def _with(draft: Draft, cells: Mapping[str, Any], cleaned: Mapping[str, Meaning]) -> Draft:
    return replace(change_latest(draft, cells), cleaned={**draft.cleaned, **cleaned})


def _has_reading(draft: Draft) -> bool:
    return full_positive(draft) and bool(draft.clinical[-1].fields.get("CXR severity"))


def _row(name: str, header: str, raw: Any, meaning: Meaning) -> Quirk:
    applies: Callable[[Draft], bool] = _has_reading if header == "CXR severity" else full_positive
    moves = header in ("CXR severity", "Age")  # an attribute is then no longer the planted one
    return Quirk(
        name=name,
        what=f"{header}: {raw}",
        probability=0.0 if moves else 0.01,
        applies=applies,
        change=_writes(header, raw, meaning),
    )


ROWS = (
    *(_row(*writing) for writing in _WRITINGS),
    *(
        Quirk(
            name=name,
            what=f"{header}: {raw}, as {site} has it",
            applies=_of_split_site,
            change=_at_site(header, raw, meaning, site),
        )
        for name, header, raw, meaning, site in _UNITS
    ),
    Quirk(
        name="bracketed_pressure",
        what="Systolic and Diastolic BP: [137/91] - 2020-06-02",
        probability=0.01,
        applies=full_positive,
        change=blood_pressure,
    ),
    Quirk(
        name="ckd_stage",
        what="PMH CKD with its stage, 2 to 5",
        probability=0.01,
        applies=full_positive,
        change=ckd_stage,
    ),
    Quirk(name="age_in_words", what="Age: 78 years", probability=0.01, applies=full_positive, change=age_in_words),
)
