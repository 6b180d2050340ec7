"""Which part of a partition's data-quality bands may stand beside a released scorecard."""

from __future__ import annotations

from dataclasses import replace

from nccid_eval.records import Quality, Scorecard


def fit_to_leave(quality: Quality | None, card: Scorecard) -> Quality | None:
    """The bands without sites that the gate hides, since that a site has a band says that it has many patients.

    None where the scorecard's gate asks for more patients than the bands were made for: they are made once, when the
    cases are chosen.
    """
    if quality is None or quality.minimum_patients < card.plan.minimum_patients:
        return None
    shown = {level for level, one in card.by_group.get(card.plan.site, {}).items() if one.counts is not None}
    return replace(quality, sites={site: band for site, band in quality.sites.items() if site in shown})
