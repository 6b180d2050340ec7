"""For any record, date and rules: nothing outside its window has a label, and no order of anything moves one."""

from dataclasses import replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from labelled import label, record
from partition_factory import RULES

from nccid_eval.partition.clinical import ClinicalRecord, Event, Reading, Swab
from nccid_eval.partition.clinical.record import latest, read_file, to_record
from nccid_eval.partition.labels import TARGETS, image_label, patient_standard
from nccid_eval.records import PartitionRules

DAYS = st.integers(0, 120).map(lambda days: date(2020, 2, 20) + timedelta(days=days))
MAYBE = st.sampled_from([None, False, True])
CANDIDATES = st.lists(DAYS, max_size=2, unique=True).map(tuple)
SOURCES = ("rt_pcr", "status", "positive_date")
SWABS = st.builds(Swab, source=st.sampled_from(SOURCES), positive=st.booleans(), taken=CANDIDATES)
EVENTS = st.builds(Event, happened=MAYBE, when=CANDIDATES)
READINGS = st.builds(
    Reading, taken=CANDIDATES, severity=st.sampled_from(["", "mild", "moderate", "severe"]), bsti=st.just("")
)
RECORDS = st.builds(
    lambda swabs, known: record(*swabs, **known),
    st.lists(SWABS, max_size=4),
    st.fixed_dictionaries(
        {
            "final_status": MAYBE,
            "icu": EVENTS,
            "intubation": EVENTS,
            "death": EVENTS,
            "last_known_alive": CANDIDATES,
            "readings": st.lists(READINGS, max_size=3).map(tuple),
            "submitted": st.none() | DAYS,
        }
    ),
)
RULE_SETS = st.builds(
    lambda **chosen: replace(RULES, **chosen),
    target=st.sampled_from(sorted(TARGETS)),
    positive_days_before=st.integers(0, 20),
    positive_days_after=st.integers(0, 40),
    negative_days=st.integers(0, 40),
    horizon_days=st.integers(0, 60),
    swabs=st.lists(st.sampled_from([*SOURCES, "final_status"]), min_size=1, unique=True).map(tuple),
)
IMAGES = st.lists(DAYS, min_size=1, max_size=4)


@given(patient=RECORDS, images=IMAGES, rules=RULE_SETS)
def test_no_image_outside_its_window_has_a_label(
    patient: ClinicalRecord, images: list[date], rules: PartitionRules
) -> None:
    standard = patient_standard(patient, images, rules)
    for taken in images:
        found = image_label(standard, taken, rules)
        if found.exclusion:
            assert not found.positive
            continue
        days = [(taken - one).days for one in standard.swab_dates]
        in_window = any(-rules.positive_days_before <= one <= rules.positive_days_after for one in days)
        near = any(abs(one) <= rules.negative_days for one in days)
        assert in_window if standard.positive else near
        assert standard.positive or rules.target == "covid_positive"
    assert image_label(standard, None, rules).exclusion


@given(patient=RECORDS, images=IMAGES, rules=RULE_SETS)
def test_an_outcome_is_negative_only_where_nothing_says_that_it_happened_in_time(
    patient: ClinicalRecord, images: list[date], rules: PartitionRules
) -> None:
    fields = {"icu_admission": "icu", "intubation": "intubation", "death": "death"}
    if rules.target not in fields:
        rules = replace(rules, target="death")
    said: Event = getattr(patient, fields[rules.target])
    standard = patient_standard(patient, images, rules)
    for taken in images:
        found = image_label(standard, taken, rules)
        if not found.exclusion and not found.positive:
            last = taken + timedelta(days=rules.horizon_days)
            assert said.happened is False or any(one > last for one in said.when)
            assert not (said.happened and not said.when)


@given(patient=RECORDS, images=IMAGES, rules=RULE_SETS, seed=st.integers(0, 999))
def test_the_order_of_swabs_readings_and_images_moves_no_label(
    patient: ClinicalRecord, images: list[date], rules: PartitionRules, seed: int
) -> None:
    draw = Random(seed)
    other = replace(
        patient,
        swabs=tuple(draw.sample(patient.swabs, len(patient.swabs))),
        readings=tuple(draw.sample(patient.readings, len(patient.readings))),
    )
    one = patient_standard(patient, images, rules)
    two = patient_standard(other, draw.sample(images, len(images)), rules)
    assert [image_label(one, taken, rules) for taken in images] == [
        image_label(two, taken, rules) for taken in images
    ]


FILES: dict[str, bytes] = {
    "status_2020-09-01.json": b'{"SwabStatus": 0, "SwabDate": "31/03/2020"}',
    "status_2020-10-01.json": b'{"SwabStatus": 1, "SwabDate": "31/03/2020"}',
    "data_2020-05-14.json": b'{"Final COVID Status": "0", "Date of Positive Covid Swab": ""}',
    "data_2021-03-05.json": b'{"Final COVID Status": "1", "Date of Positive Covid Swab": "03/31/2020"}',
    "DATA_2021-03-05.json": b"{",
}


@settings(max_examples=20)
@given(order=st.permutations(sorted(FILES)))
def test_the_order_of_files_moves_no_label(order: list[str]) -> None:
    counting = latest([read_file(name, FILES[name], "Covid1") for name in order])
    assert counting is not None
    assert label(to_record(counting), date(2020, 4, 1)).positive


def test_each_target_has_a_standard_of_its_own() -> None:
    assert len({(one.standard, one.label) for one in TARGETS.values()}) == 3


@pytest.mark.parametrize("known", [{}, {"submitted": date(2021, 1, 1)}])
def test_an_empty_record_has_no_label_for_any_target(known: dict[str, Any]) -> None:
    for target in TARGETS:
        assert label(record(**known), date(2020, 4, 1), target=target).exclusion
