"""Evaluation -> the stakeholder summary, which prints on two pages whatever the names and however many the groups."""

from __future__ import annotations

from typing import Any

from nccid_eval.records import Evaluation, Scorecard
from nccid_eval.report.parts import picture, verdicts, wording
from nccid_eval.report.parts.fitting import fitted
from nccid_eval.report.parts.page import page
from nccid_eval.report.parts.thousand import of_thousand
from nccid_eval.report.summary import tables, words
from nccid_eval.report.technical import findings
from nccid_eval.report.technical.standard import counted

NAME, GROUP, TEXT, SENTENCE = 60, 36, 280, 200  # room in ordinary letters
CARDS, CRITERIA, GROUPS, CAVEATS = 3, 5, 4, 3  # that are shown


def render_summary(evaluation: Evaluation) -> str:
    """Two pages as one HTML file; every section links to where report.html, beside it, says more."""
    return page("summary/summary.html", _context(evaluation))


def _context(evaluation: Evaluation) -> dict[str, Any]:
    card, entered, partition = evaluation.scorecard, evaluation.submission, evaluation.partition
    rules = partition.rules if partition else None
    return {
        "card": card,
        "plan": card.plan,
        "run": evaluation.run,
        "level": wording.percent(card.plan.level),
        "wording": wording,
        "words": words,
        "model": fitted(entered.name, NAME) if entered else "",
        "version": fitted(entered.version, NAME // 2) if entered else "",
        "vendor": fitted(entered.vendor, NAME) if entered else "",
        "run_id": fitted(evaluation.run_id, NAME),
        "target": words.target_of(card.target),
        "images": wording.images_name(rules),
        "tested": _tested(evaluation),
        "conclusion": verdicts.conclusion(
            "The model", card.conclusion, verdicts=card.verdicts, plan_fixed=evaluation.plan_fixed
        ),
        "trust": tuple(words.trust(card)),
        "caveats": tuple((one.title, fitted(one.text, TEXT)) for one in _caveats(evaluation)),
        "unsaid": tuple(words.unsaid(evaluation, findings.unseen_groups(card))),
        "traced": _traced(evaluation),
        **_verdicts(card),
        **_people(card),
        **_groups(card),
    }


def _tested(evaluation: Evaluation) -> dict[str, str]:
    """What, meant for what, on whom, held to what."""
    entered, rules = evaluation.submission, evaluation.partition.rules if evaluation.partition else None
    use = words.intended_use(entered.indications) if entered else "not known: the predictions were made elsewhere"
    return {
        "Intended use, as declared": fitted(use, SENTENCE),
        "Tested on": words.tested_on(evaluation, counted(evaluation.units)),
        "What is taken for true": words.standard(rules),
        "Called positive": f"from a score of {wording.threshold(evaluation.scorecard.threshold)} up"
        + (", as declared before the run" if evaluation.run else ""),
    }


def _caveats(evaluation: Evaluation) -> tuple[findings.Caveat, ...]:
    return findings.caveats(evaluation)[:CAVEATS]


def _verdicts(card: Scorecard) -> dict[str, Any]:
    """A few criteria as cards, more as a table, the rest as a number."""
    cards = findings.badges(card) if len(card.verdicts) <= CARDS else ()
    shown = () if cards else card.verdicts[:CRITERIA]
    return {
        "cards": cards,
        "criteria": tables.criteria(shown, wording.percent(card.plan.level)) if shown else None,
        "more_criteria": len(card.verdicts) - len(cards or shown),
    }


def _people(card: Scorecard) -> dict[str, Any]:
    """Of 1,000 people, at the first prevalence that the plan names."""
    given = of_thousand(card, card.plan.prevalences[0]) if card.plan.prevalences else None
    if given is None:
        return {"people": None}
    said = tuple(words.people(given, card))
    keys = [(picture.key(kind), getattr(given, name), kind.name) for name, kind in picture.KINDS.items()]
    return {"people": given, "said": said, "picture": picture.picture(given, " ".join(said)), "keys": keys}


def _groups(card: Scorecard) -> dict[str, Any]:
    """Those for whom it is worse, the clear ones first."""
    worse = findings.worse_groups(card)
    shown = [
        {
            "attribute": fitted(one.attribute, GROUP),
            "group": fitted(one.group, GROUP),
            "is_clear": one.clear,
            "sentence": words.worst(one.sentences),
            "href": one.href,
        }
        for one in worse[:GROUPS]
    ]
    return {"worse": shown, "more_groups": len(worse) - len(shown), "unseen": findings.unseen_groups(card)}


def _traced(evaluation: Evaluation) -> dict[str, str]:
    """Enough to find the run by; whole digests stand in the report."""
    card, run = evaluation.scorecard, evaluation.run
    return {
        "Run": fitted(evaluation.run_id, NAME),
        "Model's image": words.digest(run.image_id) if run else "no container was run",
        "Partition": words.digest(card.partition_digest) if card.partition_digest else "none",
        "Plan": words.digest(card.plan.digest),
        "Software": fitted(evaluation.commit, GROUP),
    }
