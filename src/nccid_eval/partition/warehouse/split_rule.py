"""The warehouse's own rule of who is in which part, recomputed from its config.json.

A whole site goes to one part, or its patients are split by SHA-512 of the trimmed, capital pseudonym modulo 100. A
clinical file's PatientGroup overrides both. Method: the public warehouse loader, as NCCID documents it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nccid_eval.errors import AccessDenied
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.text import fold
from nccid_eval.partition.warehouse.place import Place

CONFIG = "config.json"
_ROLES = ("split", "training", "validation")


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitRule:
    """`roles`: folded site name -> split, training or validation. `percentage` of a split site is for training."""

    roles: Mapping[str, str]
    percentage: int

    def part_of(self, pseudonym: str, site: str, group: str = "") -> str:
        """'training', 'validation', or '' where the site is in no list. `group` is the file's PatientGroup."""
        if group in ("training", "validation"):
            return group
        role = self.roles.get(fold(site), "")
        if role != "split":
            return role
        return "training" if residue(pseudonym) < self.percentage else "validation"


def residue(pseudonym: str) -> int:
    """0 to 99, by which the patients of a split site are shared out."""
    return int(hashlib.sha512(pseudonym.strip().upper().encode()).hexdigest(), 16) % 100


def read_rule(place: Place) -> SplitRule | str:
    """The rule of a warehouse, or why it has none. Raises WarehouseError where a store fails, which says nothing."""
    try:
        document = json.loads(place.read(CONFIG).decode("utf-8-sig"))
    except (Refused, AccessDenied):  # the root may be closed to whoever may read validation/
        return f"{CONFIG} cannot be read"
    except (ValueError, RecursionError):
        return f"{CONFIG} is not JSON"
    sites = document.get("sites") if isinstance(document, dict) else None
    if not isinstance(sites, dict):
        return f"{CONFIG} names no sites"
    return SplitRule(roles=_roles(sites), percentage=_percentage(document.get("training_percentage")))


def _roles(sites: Mapping[str, Any]) -> dict[str, str]:
    """A site in two lists has the role that the loader asks for last: whole sites before split ones."""
    roles: dict[str, str] = {}
    for role in _ROLES:
        listed = sites.get(role)
        for site in listed if isinstance(listed, list) else []:
            roles[fold(site)] = role
    return roles


def _percentage(value: object) -> int:
    whole = value if isinstance(value, int) and not isinstance(value, bool) else 0
    return min(100, max(0, whole))
