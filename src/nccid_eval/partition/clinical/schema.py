"""The schema: every field of NCCID's two forms, one row each.

Headers are as the forms, their older versions and the sites wrote them, misspelt ones too; they are compared with
white space collapsed and case folded. Ranges are what a patient can have, wide on purpose: a number outside has no
value. Units are the forms' own.
"""

from __future__ import annotations

from functools import partial

from nccid_eval.partition.clinical import codes
from nccid_eval.partition.clinical.cells import Field
from nccid_eval.partition.clinical.codes import clean_bsti, clean_code, clean_history, clean_name, clean_stage
from nccid_eval.partition.clinical.dates import PANDEMIC_START, clean_date
from nccid_eval.partition.clinical.ethnicity import clean_group
from nccid_eval.partition.clinical.numbers import (
    clean_diastolic,
    clean_number,
    clean_saturation,
    clean_systolic,
    clean_temperature,
)
from nccid_eval.partition.clinical.oxygen import clean_fio2
from nccid_eval.partition.text import fold

_name = partial(Field, clean=clean_name)
_code = partial(Field, clean=clean_code)
_history = partial(Field, clean=clean_history, codes=codes.HISTORY)
_date = partial(Field, clean=clean_date)
_swab_date = partial(Field, clean=clean_date, earliest=PANDEMIC_START)
_number = partial(Field, clean=clean_number)

# fmt: off
FIELDS: tuple[Field, ...] = (
    _name(name="submitting_centre", headers=("SubmittingCentre",)),
    _name(name="hospital", headers=("Hospital",)),
    _number(name="age", headers=("Age",), unit="years", high=120),
    _code(name="sex", headers=("Sex",), codes=codes.SEX),
    Field(name="ethnicity", headers=("Ethnicity",), clean=clean_group),
    # tests
    _code(name="swab_status", headers=("SwabStatus",), codes=codes.RESULT),
    _swab_date(name="swab_date", headers=("SwabDate",), day_first=True),
    _swab_date(name="positive_swab_date", headers=("Date of Positive Covid Swab",)),
    _swab_date(name="pcr_1_acquired", headers=("Date of acquisition of 1st RT-PCR",)),
    _swab_date(name="pcr_1_reported", headers=("Date of result of 1st RT-PCR",)),
    _code(name="pcr_1_result", headers=("1st RT-PCR result",), codes=codes.RESULT),
    _swab_date(name="pcr_2_acquired", headers=("Date of acquisition of 2nd RT-PCR",)),
    _swab_date(name="pcr_2_reported", headers=("Date of result of 2nd RT-PCR",)),
    _code(name="pcr_2_result", headers=("2nd RT-PCR result",), codes=codes.RESULT),
    _code(name="final_covid_status", headers=("Final COVID Status",), codes=codes.RESULT),
    # the stay and its radiographs
    _date(name="admission_date", headers=("Date of admission",)),
    _number(name="symptom_days", headers=("Duration of symptoms",), unit="days", high=365),
    _date(name="cxr_1_date", headers=("Date of 1st CXR",)),
    _code(name="cxr_1_severity", headers=("CXR severity",), codes=codes.SEVERITY),
    Field(name="cxr_1_code", headers=("COVID CODE",), clean=clean_bsti, codes=codes.BSTI),
    _date(name="cxr_2_date", headers=("Date of 2nd CXR",)),
    # "3" is the form's own slip: it is the severity of the second radiograph
    _code(name="cxr_2_severity", headers=("CXR severity 3", "CXR severity 2"), codes=codes.SEVERITY),
    Field(name="cxr_2_code", headers=("COVID CODE 2",), clean=clean_bsti, codes=codes.BSTI),
    # outcomes
    _code(name="icu", headers=("ITU admission",), codes=codes.HAPPENED),
    _date(name="icu_date", headers=("Date of ITU admission",)),
    _number(name="apache", headers=("APACHE score on ITU arrival",), high=71, whole=True),
    _code(name="intubation", headers=("Intubation",), codes=codes.HAPPENED),
    _date(name="intubation_date", headers=("Date of intubation",)),
    _code(name="death", headers=("Death",), codes=codes.HAPPENED),
    _date(name="death_date", headers=("Date of death",)),
    _date(name="last_known_alive", headers=("Date last known alive",)),
    # history
    _code(name="smoking", headers=("Smoking status",), codes=codes.SMOKING),
    _number(name="pack_years", headers=("Pack year History",), unit="pack years", high=300),
    _history(name="hypertension", headers=("PMH hypertension", "PMH h1pertension")),
    _history(name="ckd", headers=("PMH CKD",)),
    Field(name="ckd_stage", headers=("If CKD, stage",), clean=clean_stage, low=2, high=5),
    _history(name="cvs_disease", headers=("PMH CVS disease",), codes=codes.CVS),
    _history(name="lung_disease", headers=("PMH Lung disease",), codes=codes.LUNG),
    _history(name="diabetes_2", headers=("PMH diabetes mellitus type II",)),
    _history(name="ace_inhibitor", headers=("Current ACEi use",)),
    _history(name="arb", headers=("Current Angiotension receptor blocker use",
                                  "Current Angiotensin receptor blocker use")),
    _history(name="nsaid", headers=("Current NSAID used", "Current NSAID use")),
    # on arrival
    _number(name="respiratory_rate", headers=("Respiratory rate on admission",), unit="/min", high=120),
    _number(name="heart_rate", headers=("Heart rate on admission",), unit="/min", high=350),
    Field(name="fio2", headers=("FiO2", "Any supplemental oxygen: FiO2"), clean=clean_fio2, unit="%",
          low=20, high=100),
    _number(name="pao2", headers=("PaO2", "Pa02"), unit="kPa", high=100),
    Field(name="o2_saturation", headers=("O2 saturation",), clean=clean_saturation, unit="%", low=10, high=100),
    Field(name="systolic_bp", headers=("Systolic BP",), clean=clean_systolic, unit="mmHg", low=20, high=350),
    Field(name="diastolic_bp", headers=("Diastolic BP",), clean=clean_diastolic, unit="mmHg", low=5, high=250),
    Field(name="temperature", headers=("Temperature on admission",), clean=clean_temperature, unit="C",
          low=25, high=45),
    _number(name="news2", headers=("NEWS2 score on arrival",), high=20, whole=True),
    # blood
    _number(name="wcc", headers=("WCC on admission",), unit="10^9/L", high=1000),
    _number(name="lymphocytes", headers=("Lymphocyte count on admission",), unit="10^9/L", high=1000),
    _number(name="platelets", headers=("Platelet count on admission",), unit="10^9/L", high=5000),
    _number(name="crp", headers=("CRP on admission",), unit="mg/L", high=1500),
    _number(name="d_dimer", headers=("D-dimer on admission",), unit="mg/L", high=1000),
    _number(name="fibrinogen", headers=("Fibrinogen if d-dimer not performed",), unit="g/L", high=30),
    _number(name="ferritin", headers=("Ferritin",), unit="ng/mL", high=1_000_000),
    _number(name="urea", headers=("Urea on admission",), unit="mmol/L", high=150),
    _number(name="creatinine", headers=("Creatinine on admission",), unit="umol/L", high=5000),
    _number(name="troponin_i", headers=("Troponin I",), unit="ng/L", high=1_000_000),
    _number(name="troponin_t", headers=("Troponin T",), unit="ng/L", high=1_000_000),
)
# fmt: on

# Not data of the patient, or read elsewhere; type I diabetes had a dozen entries and was dropped from the form.
IGNORED = frozenset(
    fold(header)
    for header in (
        "Pseudonym",
        "SpecialFormatTimestamp",
        "When",
        "PatientGroup",
        "OtherDataSources",
        "SwabDates",
        "PMH diabetes mellitus type I",
    )
)
UNKNOWN_HEADER = "unknown_header"  # the field's name of cells under a header that no form has
BY_NAME = {field.name: field for field in FIELDS}
