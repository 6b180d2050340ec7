"""What a vendor is told -> its letter."""

from __future__ import annotations

from nccid_eval.records import VendorRefusal, VendorResult
from nccid_eval.report.letter import tables, words
from nccid_eval.report.parts import wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.page import page
from nccid_eval.report.technical.standard import counted

NAME, LINE = 80, 240  # room in ordinary letters: the letter stays short whatever a vendor wrote
CRITERIA = 8  # that are shown; all stand in vendor.json


def render_letter(told: VendorResult | VendorRefusal) -> str:
    """The letter as one HTML file that prints on one or two pages; the same bytes for the same record."""
    common = {
        "told": told,
        "wording": wording,
        "tables": tables,
        "words": words,
        "vendor": fitted(told.vendor, NAME),
        "model": fitted(told.model, NAME),
        "run_id": fitted(told.run_id, NAME),
        "version": fitted(told.version, NAME // 2),
        "advice": words.advice(one.outcome for one in told.failures),
    }
    if isinstance(told, VendorRefusal):
        said = [fitted(one, LINE) for one in told.said]
        return page("letter/refusal.html", {**common, "said": said})
    failed = tuple(one for one in told.failures if one.outcome != "ok")
    return page(
        "letter/letter.html",
        {
            **common,
            "counted": counted(told.units),
            "level": wording.percent(told.level),
            "shown": told.verdicts[:CRITERIA],
            "more": len(told.verdicts[CRITERIA:]),
            "failed": failed,
            "target": fitted(wording.target_name(told.target), NAME // 2),
            "times": words.times(told.seconds),
        },
    )
