"""The made-up population: its sites, how they are partitioned, and the two flaws that are planted in it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

TRAINING_PERCENTAGE = 50
POSITIVE_DAYS_BEFORE = 14  # the window of configs/partition.toml, by which the truth calls an image diseased
POSITIVE_DAYS_AFTER = 28
NEGATIVE_DAYS = 28
SEVERITIES = ("none", "mild", "moderate", "severe")


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A submitting centre. `role`: split (patient by patient), training or validation (the whole site)."""

    name: str
    role: str
    weight: float  # share of all patients
    prevalence: float  # share of its patients with a positive swab
    makers: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedSubgroup:
    """Patients whose disease shows less: their opacities have `lesion_contrast` times the others' contrast."""

    attribute: str
    level: str
    lesion_contrast: float


PLANTED_SUBGROUP = PlantedSubgroup(attribute="sex", level="F", lesion_contrast=0.4)
CONFOUNDED_SITE = "Kestrel Quay Hospitals"

SITES = (
    Site(
        name="Northbridge University Hospitals",
        role="split",
        weight=0.22,
        prevalence=0.58,
        makers=("Alder", "Borealis", "Corvid"),
    ),
    Site(name="St Swithin's", role="split", weight=0.20, prevalence=0.58, makers=("Alder", "Dunlin")),
    Site(name="Wexcombe Royal", role="split", weight=0.12, prevalence=0.58, makers=("Borealis", "Corvid", "Dunlin")),
    Site(name=CONFOUNDED_SITE, role="split", weight=0.14, prevalence=0.94, makers=("Egret",)),
    Site(name="Ashdown Valley", role="validation", weight=0.13, prevalence=0.58, makers=("Alder", "Corvid")),
    Site(name="Port Merrion", role="validation", weight=0.10, prevalence=0.58, makers=("Borealis", "Dunlin")),
    Site(name="Lower Hamble", role="training", weight=0.09, prevalence=0.58, makers=("Alder", "Borealis")),
)


def warehouse_config(guests: Sequence[str] = ()) -> dict[str, Any]:
    """The content of the warehouse's root `config.json`; `guests` are further split sites."""
    roles = ("split", "training", "validation")
    sites = {role: [site.name for site in SITES if site.role == role] for role in roles}
    sites["split"] += guests
    return {"raw_prefixes": [], "training_percentage": TRAINING_PERCENTAGE, "sites": sites}


def group_of(pseudonym: str, site: Site) -> str:
    """`training` or `validation`, by the warehouse's own rule: whole sites by role, split sites by SHA-512."""
    if site.role != "split":
        return site.role
    residue = int(hashlib.sha512(pseudonym.strip().upper().encode()).hexdigest(), 16) % 100
    return "training" if residue < TRAINING_PERCENTAGE else "validation"
