"""Who the patients are and which radiographs they had: everything about them but pixels, drawn from the seed."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TypeVar

import numpy as np

from nccid_eval.synthetic import cohort
from nccid_eval.synthetic.cohort import SEVERITIES, SITES, Site

Item = TypeVar("Item")

_UID_ROOT = "1.2.826.0.1.3680043.9.3218.1.1"
_FIRST_SWAB = date(2020, 3, 10)
_ETHNICITIES = ("A", "B", "C", "F", "H", "J", "K", "L", "M", "N", "P", "R", "S", "Z")
_ETHNICITY_WEIGHTS = (0.52, 0.03, 0.06, 0.03, 0.08, 0.05, 0.03, 0.02, 0.03, 0.05, 0.01, 0.02, 0.03, 0.04)
_CONDITIONS = (("hypertension", 0.42), ("ckd", 0.12), ("diabetes", 0.24), ("cvs", 0.22), ("lung", 0.18))


@dataclass(frozen=True, slots=True, kw_only=True)
class ImagePlan:
    """One radiograph. `diseased` is None outside the window: excluded, which is not negative."""

    number: int
    study_uid: str
    series_uid: str
    sop_uid: str
    day: date  # the true day of acquisition
    days_from_swab: int
    kind: str  # chest | lateral | abdomen
    view: str  # AP | PA | LL
    maker: str
    diseased: bool | None
    severity: str
    lesion_contrast: float
    other_finding: bool  # a one-sided consolidation that is not COVID-19


@dataclass(frozen=True, slots=True, kw_only=True)
class PatientPlan:
    index: int
    pseudonym: str
    site: Site
    group: str  # training | validation
    positive: bool  # the swab
    sex: str  # F | M
    age_years: float
    ethnicity: str  # an NHS letter
    conditions: tuple[str, ...]
    swab: date
    images: tuple[ImagePlan, ...]


def stream(seed: int, index: int, part: int) -> np.random.Generator:
    """An own generator for each patient and part of the work, so that the number of workers changes nothing."""
    return np.random.default_rng([seed, index, part])


def plan_patient(seed: int, index: int) -> PatientPlan:
    """Patient `index` of the cohort of `seed`: the same whoever else is drawn."""
    rng = stream(seed, index, 0)
    site = _choose(rng, SITES, [one.weight for one in SITES])
    pseudonym = _pseudonym(rng, index)
    positive = bool(rng.random() < site.prevalence)
    sex = "F" if rng.random() < (0.45 if positive else 0.5) else "M"
    age = _age(rng, positive)
    swab = _FIRST_SWAB + timedelta(days=int(rng.integers(0, 330)))
    return PatientPlan(
        index=index,
        pseudonym=pseudonym,
        site=site,
        group=cohort.group_of(pseudonym, site),
        positive=positive,
        sex=sex,
        age_years=age,
        ethnicity=_choose(rng, _ETHNICITIES, _ETHNICITY_WEIGHTS),
        conditions=tuple(name for name, p in _CONDITIONS if rng.random() < p * (0.4 + age / 100)),
        swab=swab,
        images=_plan_images(rng, site, positive, sex, swab),
    )


def new_uid(rng: np.random.Generator) -> str:
    parts = (rng.integers(10**5, 10**6), rng.integers(1000, 10**4), rng.integers(10**12, 2 * 10**12))
    return f"{_UID_ROOT}.{'.'.join(str(int(one)) for one in parts)}.{int(rng.integers(1000, 10**4))}.0"


def _choose(rng: np.random.Generator, items: Sequence[Item], weights: Sequence[float]) -> Item:
    shares = np.asarray(weights, dtype=float)
    return items[int(rng.choice(len(items), p=shares / shares.sum()))]


def _pseudonym(rng: np.random.Generator, index: int) -> str:
    long = uuid.UUID(bytes=rng.bytes(16), version=4)
    return f"Covid{long}" if rng.random() < 0.1 else f"Covid{index + 1}"


def _age(rng: np.random.Generator, positive: bool) -> float:
    if rng.random() < 0.015:
        return round(float(rng.uniform(1, 17.9)), 3)
    mean, spread = (65, 16) if positive else (59, 19)
    return round(float(np.clip(rng.normal(mean, spread), 18.1, 101)), 3)


def _plan_images(rng: np.random.Generator, site: Site, positive: bool, sex: str, swab: date) -> tuple[ImagePlan, ...]:
    days = _days_from_swab(rng, positive)
    worst = _choose(rng, SEVERITIES, (0.05, 0.33, 0.38, 0.24))
    images: list[ImagePlan] = []
    for number, offset in enumerate(days):
        same_visit = bool(images) and images[-1].days_from_swab == offset
        study = images[-1].study_uid if same_visit else new_uid(rng)
        images.append(_plan_image(rng, number, study, site, positive, sex, swab, offset, worst))
    return tuple(images)


def _plan_image(
    rng: np.random.Generator,
    number: int,
    study_uid: str,
    site: Site,
    positive: bool,
    sex: str,
    swab: date,
    offset: int,
    worst: str,
) -> ImagePlan:
    planted = cohort.PLANTED_SUBGROUP
    diseased = in_window(positive, offset)
    return ImagePlan(
        number=number,
        study_uid=study_uid,
        series_uid=new_uid(rng),
        sop_uid=new_uid(rng),
        day=swab + timedelta(days=offset),
        days_from_swab=offset,
        kind="chest",
        view="AP" if rng.random() < (0.6 if positive else 0.42) else "PA",
        maker=_choose(rng, site.makers, (1,) * len(site.makers)),
        diseased=diseased,
        severity=_severity(rng, worst, positive, offset),
        lesion_contrast=planted.lesion_contrast if sex == planted.level else 1.0,
        other_finding=bool(rng.random() < (0.03 if positive else 0.15)),
    )


def in_window(positive: bool, days_from_swab: int) -> bool | None:
    """The reference standard of one image: diseased, not diseased, or None where the image is excluded."""
    if not positive:
        return False if abs(days_from_swab) <= cohort.NEGATIVE_DAYS else None
    return True if -cohort.POSITIVE_DAYS_BEFORE <= days_from_swab <= cohort.POSITIVE_DAYS_AFTER else None


def _days_from_swab(rng: np.random.Generator, positive: bool) -> list[int]:
    """Days of a patient's images, in order. None lies near the window's edge, so that result dates cannot move it."""
    if positive:
        inside = _choose(rng, (0, 1, 2, 3), (0.03, 0.62, 0.26, 0.09))
        outside = _choose(rng, (0, 1, 2), (0.8, 0.15, 0.05))
        near, far = (-5, 22), ((-1000, -60), (45, 200))
    else:
        inside, outside = _choose(rng, (1, 2, 3), (0.72, 0.22, 0.06)), _choose(rng, (0, 1), (0.92, 0.08))
        near, far = (-20, 20), ((-90, -45), (45, 90))
    days = [int(rng.integers(*near)) for _ in range(inside)]
    if len(days) > 1 and rng.random() < 0.2:
        days[1] = days[0]
    far_off = [int(rng.integers(*far[0 if rng.random() < 0.7 else 1])) for _ in range(max(outside, 1 - inside))]
    return sorted(days + far_off)


def _severity(rng: np.random.Generator, worst: str, positive: bool, offset: int) -> str:
    if not positive or offset < -cohort.POSITIVE_DAYS_BEFORE:
        return "none"
    step = int(rng.random() < 0.25) + 2 * int(offset > cohort.POSITIVE_DAYS_AFTER)
    return SEVERITIES[max(0, SEVERITIES.index(worst) - step)]
