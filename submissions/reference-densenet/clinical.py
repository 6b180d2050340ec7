"""Labels of the training partition, read simply: what cannot be read is left out of training."""

from __future__ import annotations

import json
from datetime import date, datetime
from pathlib import Path
from typing import Any

MONTH_FIRST = ("%m/%d/%Y", "%m/%d/%y", "%Y-%m-%d")
DAY_FIRST = ("%d/%m/%Y", "%d/%m/%y", "%Y-%m-%d")


def read_swab(folder: Path) -> tuple[bool, date] | None:
    """Whether a patient's swab was positive, and its day; None where the files do not say."""
    files = sorted(folder.glob("data_*.json")) or sorted(folder.glob("status_*.json"))
    if not files:
        return None
    try:
        fields = json.loads(files[-1].read_text(encoding="utf-8-sig"))
    except ValueError:  # not JSON, or not UTF-8
        return None
    if files[-1].name.startswith("data_"):
        day = read_date(fields.get("Date of Positive Covid Swab"), MONTH_FIRST)
        return (True, day) if day else None
    swabs = [one for one in fields.get("SwabDates") or [] if isinstance(one, dict)] or [fields]
    day = read_date(swabs[0].get("SwabDate"), DAY_FIRST)
    return (False, day) if day else None


def read_date(value: Any, formats: tuple[str, ...]) -> date | None:
    text = str(value or "").strip()
    for form in formats:
        try:
            return datetime.strptime(text, form).date()
        except ValueError:
            continue
    return None


def label_of(positive: bool, swab: date, taken: date) -> bool | None:
    """Diseased from 14 days before a positive swab to 28 after; None where an image belongs to neither class."""
    days = (taken - swab).days
    if positive:
        return True if -14 <= days <= 28 else None
    return False if abs(days) <= 28 else None
