"""What could be wrong with a comparison, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nccid_eval.records import ComparedRun, Comparison
from nccid_eval.report.compared.summary import listed
from nccid_eval.report.parts import wording

Names = Mapping[str, str]
FEW_PATIENTS = 40  # below it even clustered intervals cover a few points less than they claim


@dataclass(frozen=True, slots=True, kw_only=True)
class Caveat:
    title: str
    text: str


def caveats(given: Comparison, names: Names) -> tuple[Caveat, ...]:
    """The front page shows the first four, 'Limits' all of them."""
    return (*_of_confounding(given, names), *_of_origin(given, names), *_of_cases(given), *_always(given, names))


def _of_confounding(given: Comparison, names: Names) -> Iterator[Caveat]:
    alarmed = [names[run.run_id] for run in given.runs if run.alarm]
    if alarmed:
        yield Caveat(
            title="Something other than the disease may give the diagnosis away",
            text=f"The confounding audit raised an alarm for {_some(alarmed, given)}. Of two models the one "
            "that reads the hospital or the apparatus better may stand first here, and fail elsewhere. "
            "Read each one's own report, 'Confounding'.",
        )


def _of_origin(given: Comparison, names: Names) -> Iterator[Caveat]:
    elsewhere = [names[run.run_id] for run in given.runs if run.tested is None]
    if elsewhere:
        yield Caveat(
            title="Nobody here saw some of the models run",
            text=f"The predictions of {listed(elsewhere)} were made elsewhere. This report cannot vouch for them, "
            "nor that the model had never seen these patients.",
        )
    late = [names[run.run_id] for run in given.runs if run.tested and not run.tested.plan_fixed]
    if late:
        yield Caveat(
            title="Not every plan was fixed beforehand",
            text=f"{listed(late)}: scored again by a plan that was made after the run. What was found may have "
            "shaped the plan.",
        )
    trained = [names[run.run_id] for run in given.runs if run.tested and run.tested.trained_on_nccid]
    if trained:
        yield Caveat(
            title="Some models were trained on NCCID's training part",
            text=f"It was so for {_some(trained, given)}. Many hospitals are in both parts. Elsewhere a "
            "model that was not trained on them may do better than it seems here, compared with one that was.",
        )


def _of_cases(given: Comparison) -> Iterator[Caveat]:
    counts = given.counts
    if len({run.cases for run in given.runs}) > 1 or given.counts.cases < max(run.cases for run in given.runs):
        yield Caveat(
            title="Not all were asked the same",
            text=f"Compared are {given.cases}. The runs' intended uses differ; what one model alone can do is not "
            "seen here.",
        )
    if min(counts.diseased_patients, counts.healthy_patients) < FEW_PATIENTS:
        yield Caveat(
            title="Few patients",
            text=f"{wording.count(counts.diseased_patients)} diseased and {wording.count(counts.healthy_patients)} "
            f"healthy patients. With fewer than {FEW_PATIENTS} the true uncertainty is a little wider than the "
            "intervals.",
        )


def _always(given: Comparison, names: Names) -> Iterator[Caveat]:
    if len({run.threshold for run in given.runs}) > 1:
        yield Caveat(
            title="The thresholds are the vendors' own",
            text="Sensitivity can be bought with specificity by moving a threshold. A run that is ahead in one and "
            "behind in the other may be no better at all: AUC, which needs no threshold, says more.",
        )
    yield Caveat(
        title="The better of two need not be good enough",
        text="Whether a model meets the criteria of the plan stands in its own report"
        + _met(given.runs, names)
        + ".",
    )
    yield Caveat(
        title="A difference that is not sure is not equality",
        text="Where an interval holds zero, the runs may be alike, or differ by as much as the interval's ends say.",
    )
    yield Caveat(
        title="Retrospective images",
        text="The images were taken in the past, for other reasons. In other hospitals, with other apparatus, the "
        "order of the runs may be another.",
    )


def _some(named: list[str], given: Comparison) -> str:
    """Which runs, or that it is every one."""
    return "all of them" if len(named) == len(given.runs) else listed(named)


def _met(runs: tuple[ComparedRun, ...], names: Names) -> str:
    told = [f"{names[run.run_id]}: {run.conclusion}" for run in runs if run.conclusion]
    return f" ({'; '.join(told)})" if told else ""
