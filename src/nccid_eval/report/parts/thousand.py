"""What sensitivity and specificity mean for 1,000 people, as whole people."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.records import Estimate, Scorecard

IN_WORDS = (
    "{ill} have the disease: {found} are found, {missed} missed. {well} do not: {flagged} are flagged all the same."
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Thousand:
    """Counts of people; each pair is the lower and the upper end that the interval of the rate gives."""

    prevalence: float
    found: int
    missed: int
    flagged: int  # without the disease
    cleared: int
    found_between: tuple[int, int]
    flagged_between: tuple[int, int]

    @property
    def ill(self) -> int:
        return self.found + self.missed

    @property
    def well(self) -> int:
        return self.flagged + self.cleared

    @property
    def in_words(self) -> str:
        return IN_WORDS.format(
            ill=self.ill, found=self.found, missed=self.missed, well=self.well, flagged=self.flagged
        )


def of_thousand(card: Scorecard, prevalence: float) -> Thousand | None:
    """None where sensitivity or specificity cannot be told."""
    found, cleared = card.overall.get("sensitivity"), card.overall.get("specificity")
    if not isinstance(found, Estimate) or not isinstance(cleared, Estimate):
        return None
    ill = round(1000 * prevalence)
    well = 1000 - ill
    true, false = round(ill * found.value), round(well * (1 - cleared.value))
    return Thousand(
        prevalence=prevalence,
        found=true,
        missed=ill - true,
        flagged=false,
        cleared=well - false,
        found_between=(round(ill * found.low), round(ill * found.high)),
        flagged_between=(round(well * (1 - cleared.high)), round(well * (1 - cleared.low))),
    )
