"""Everything that leaves a run is read for its small cells: files, page, charts, MLflow, what is printed.

A flow step that leaves out a few patients is no cell: it says who was not studied, holds neither a result nor a
diagnosis, and STARD asks for it (docs/methods.md, 'Small cells').

And it is read for what a container can choose while it sees patients: times, memory and counts leave in steps alone.
"""

from __future__ import annotations

import json
import multiprocessing
import re
import sqlite3
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from tests.flow import chosen, leaks
from tests.flow.bright import IMAGE_ID, PlainEngine, around, write_submission
from tests.flow.chosen import ChoosingEngine
from tests.flow.leaks import Place, Secret
from tests.ground import ROOT

from nccid_eval import archive, partition, pipeline, predictions, report, scoring, tracking
from nccid_eval.cli.compare import command as compare
from nccid_eval.cli.evaluate import finish
from nccid_eval.cli.score import command as score
from nccid_eval.config import load_limits, load_plan
from nccid_eval.listing import write_index
from nccid_eval.pipeline import Finished
from nccid_eval.pipeline.run import answers
from nccid_eval.records import RunFacts, Truth
from nccid_eval.report.parts import wording

FEWEST = (10, 5)  # by the larger one more is hidden; by each something is


@dataclass(frozen=True, slots=True, kw_only=True)
class Left:
    """All that left a run, by where it lies; `said` is what a person was told on the way."""

    done: Finished
    truth: Truth
    minimum: int
    texts: Mapping[str, str]

    @property
    def private(self) -> dict[str, Any]:
        return archive.read_json(self.done.run.private / "scorecard.json")

    @property
    def released(self) -> dict[str, Any]:
        return archive.read_json(self.done.run.release / "scorecard.json")

    @property
    def hidden(self) -> Secret:
        return leaks.secret(self.private, self.released, self.minimum)


def quick_plan(path: Path, minimum: int) -> Path:
    """The repository's plan with this minimum, and few replicates: how wide an interval is does not matter here."""
    text = (ROOT / "configs" / "plan.toml").read_text()
    wanted = {"minimum_patients": minimum, "replicates": 100, "permutations": 100}
    for name, number in wanted.items():
        text, changed = re.subn(rf"^{name} = \d+", f"{name} = {number}", text, flags=re.MULTILINE)
        assert changed == 1
    path.write_text(text)
    return path


@pytest.fixture(scope="module")
def finished(built: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Finished, list[str]]:
    """An evaluation with failures, and what it said on the way."""
    folder = tmp_path_factory.mktemp("everything")
    said: list[str] = []
    done = pipeline.evaluate(
        write_submission(folder / "submission", f"brightness@{IMAGE_ID}"),
        built,
        plan=load_plan(quick_plan(folder / "plan.toml", FEWEST[0])),
        limits=load_limits(ROOT / "configs" / "limits.toml"),
        reports=folder / "reports",
        seed=1,
        gpu="auto",
        around=replace(around(ChoosingEngine(BEHAVIOUR="decline")), say=said.append),
    )
    return done, said


@pytest.fixture(scope="module", params=FEWEST)
def left(
    request: pytest.FixtureRequest, finished: tuple[Finished, list[str]], tmp_path_factory: pytest.TempPathFactory
) -> Left:
    """The run scored by a plan with this minimum, logged to MLflow, printed, scored from tables, compared."""
    first, said = finished
    folder = tmp_path_factory.mktemp("left")
    plan = quick_plan(folder / "plan.toml", request.param)
    done = pipeline.rescore_by(first.run, load_plan(plan), folder / "run")
    database = folder / "mlflow.db"
    log(done, f"sqlite:///{database}")
    texts = {f"printed: {name}": text for name, text in printed(done, plan, folder).items()}
    write_index(folder)
    texts |= {f"said {at}": one for at, one in enumerate(said)} | {"MLflow's database": dumped(database)}
    for path in (one for one in folder.rglob("*") if one.is_file() and "private" not in one.parts):
        if path.suffix in (".json", ".html", ".csv", ".txt"):
            texts[str(path.relative_to(folder))] = path.read_text(encoding="utf-8")
    truth = predictions.read_truth(done.run.private / "truth.csv")
    return Left(done=done, truth=truth, minimum=request.param, texts=texts)


def log(done: Finished, uri: str) -> None:
    """In a process of its own, as MLflow leaves warnings and open stores behind."""
    options = {"uri": uri, "experiment": "leaks"}
    process = multiprocessing.get_context("spawn").Process(
        target=tracking.log, args=(done.evaluation, done.run.release), kwargs=options
    )
    process.start()
    process.join()
    assert process.exitcode == 0


def printed(done: Finished, plan: Path, folder: Path) -> dict[str, str]:
    """What the verbs print when a run is scored again, when its tables are scored, when it is compared."""
    run, private = str(done.run.root), done.run.private
    tables = ["--predictions", str(private / "predictions.csv"), "--truth", str(private / "truth.csv")]
    scored = [*tables, "--threshold", "0.45", "--gate", "--plan", str(plan)]
    verbs = {
        "score --json": (score, [run, "--json"]),
        "score --gate": (score, [*scored, "-o", str(folder / "scored")]),
        "compare": (compare, [*twice(done, folder), "-o", str(folder / "compared"), "--no-pdf"]),
    }
    texts = {}
    for name, (verb, arguments) in verbs.items():
        result = CliRunner().invoke(verb, arguments, catch_exceptions=False)
        assert result.exit_code == 0, result.output
        texts |= {name: result.stdout, f"{name}, on the way": result.stderr}
    return texts


def twice(done: Finished, folder: Path) -> list[str]:
    """The run, and a copy of it under another name."""
    other = folder / "copy"
    if not other.exists():
        for path in (one for one in done.run.root.rglob("*") if one.is_file()):
            copied = other / path.relative_to(done.run.root)
            copied.parent.mkdir(parents=True, exist_ok=True)
            copied.write_bytes(path.read_bytes())
        assessment = json.loads((other / "private" / "assessment.json").read_text())
        (other / "private" / "assessment.json").write_text(json.dumps(assessment | {"run_id": "copy"}))
    return [str(done.run.root), str(other)]


def dumped(database: Path) -> str:
    """Every value of every table, a line each."""
    with sqlite3.connect(database) as connection:
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = [row for name in tables for row in connection.execute(f'SELECT * FROM "{name}"')]
    connection.close()
    return "\n".join(str(value) for row in rows for value in row)


def exact_facts(done: Finished) -> RunFacts:
    """As the journal has them."""
    return answers(done.run, archive.load_assessment(done.run)).facts


def titles(hidden: Secret) -> dict[str, str]:
    return {attribute: wording.attribute_name(attribute) for attribute, _ in hidden.places}


def search(name: str, text: str, hidden: Secret) -> list[str]:
    """Leaks of one artefact, each with its place."""
    if text.startswith("{"):
        found = leaks.in_json(json.loads(text), hidden)
    elif text.lstrip().startswith("<!DOCTYPE"):
        found = leaks.in_page(text, hidden, titles(hidden))
    else:
        found = leaks.in_text(text, hidden)
    return [f"{name}: {one}" for one in found]


def cells(left: Left, places: set[Place]) -> dict[Place, leaks.Cases]:
    private = leaks.groups(left.private)
    return {place: leaks.cases_of(left.truth, place, private[place]) for place in places}


def test_how_records_were_read_leaves_in_bands_of_enough_patients(left: Left, built: Path) -> None:
    """Made for the run's own minimum, which a plan with a lower one does not change."""
    counted = partition.describe_quality(partition.load(built), "label")["tables"]
    told = archive.read_json(left.done.run.release / "run.json")["quality"]
    assert told["minimum_patients"] == FEWEST[0]
    enough = [label for label in ("diseased", "healthy") if counted[label]["patients"] >= 2 * FEWEST[0] + 12]
    assert [group["label"] for group in told["groups"]] == enough
    for group in told["groups"]:
        whole = counted[group["label"]]
        for field, bands in group["fields"].items():
            for reason, band in bands.items():
                share = 100 * whole["fields"][field].get(reason, 0) / whole["patients"]
                assert band["over"] < share <= band["up_to"] or band["over"] == share == 0
                assert (band["up_to"] - band["over"]) * whole["patients"] >= 100 * FEWEST[0]


def test_something_is_hidden_and_something_is_shown(left: Left) -> None:
    private, hidden = leaks.groups(left.private), left.hidden
    small = {place for place, one in private.items() if leaks.is_small(one, left.minimum)}
    assert len(small) > 5
    assert small <= hidden.places
    assert len(private.keys() - hidden.places) > 3
    assert len(hidden.numbers) > 30
    assert len(hidden.names) > 3


def test_no_hidden_cell_is_in_anything_that_leaves(left: Left) -> None:
    names = " ".join(left.texts)
    for part in (
        "run.json",
        "scorecard.json",
        "estimates.csv",
        "vendor.json",
        "report.html",
        "summary.html",
        "letter.html",
        "comparison.html",
        "index.html",
        "artifacts",
        "database",
        "--json",
    ):
        assert part in names
    assert [leak for name, text in left.texts.items() for leak in search(name, text, left.hidden)] == []


def test_a_letter_names_no_group_hidden_or_shown_and_no_case(left: Left) -> None:
    release = left.done.run.release
    told = " ".join(leaks.texts_of((release / "letter.html").read_text())) + (release / "vendor.json").read_text()
    levels = {level for _, level in leaks.groups(left.private) if level[:1].isupper() and len(level) > 4}
    assert len(levels) > 8
    assert [name for name in (*levels, *left.truth.case.tolist(), *left.truth.patient.tolist()) if name in told] == []


def test_no_hidden_cell_can_be_computed_from_what_is_shown(left: Left) -> None:
    shown = leaks.groups(left.private).keys() - left.hidden.places
    found = leaks.derived(left.truth, cells(left, set(left.hidden.places)), cells(left, shown), left.minimum)
    assert found == []


def test_totals_less_what_is_shown_are_no_hidden_cell_s_counts(left: Left) -> None:
    """The same with the released numbers alone, as a reader would."""
    released, private = left.released, leaks.groups(left.private)
    for attribute, levels in released["by_group"].items():
        gone = [level for level, one in levels.items() if one["counts"] is None]
        assert len(gone) != 1, attribute
        kinds = ("positives", "negatives", "failures")
        shown = [one["counts"] for one in levels.values() if one["counts"]]
        rest = [released["counts"][kind] - sum(one[kind] for one in shown) for kind in kinds]
        for level in gone:
            assert rest != [private[attribute, level]["counts"][kind] for kind in kinds], (attribute, level)


def test_the_search_finds_what_was_not_gated(left: Left) -> None:
    """The self-check: a release without the gate leaks in every kind of artefact."""
    card = scoring.from_json(left.private)
    page = report.render(replace(left.done.evaluation, scorecard=card))
    hidden = left.hidden
    in_page = leaks.in_page(page, hidden, titles(hidden))
    for kind in ("table '", "CSV: ", "the number "):
        assert any(leak.startswith(kind) for leak in in_page), kind
    assert any(f"{name} (" in text for name in hidden.names for text in in_page)  # a chart's label with its cases
    in_json = leaks.in_json(left.private, hidden)
    for attribute in {attribute for attribute, _ in hidden.places if leaks.BETWEEN not in attribute}:
        assert any(f"by_group/{attribute}/" in leak for leak in in_json)
    name = min(hidden.names)
    assert leaks.in_text(f"{name}: 3 patients", hidden)
    assert not leaks.in_text(f"{name}: fewer than {left.minimum} patients", hidden)


def test_the_search_finds_a_cell_that_totals_give_back(left: Left) -> None:
    """One hidden site, all others shown: the total gives it back."""
    private = leaks.groups(left.private)
    sites = sorted(place for place in private if place[0] == "site")
    found = leaks.derived(left.truth, cells(left, {sites[0]}), cells(left, set(sites[1:])), left.minimum)
    assert f"{sites[0]} is a sum of shown cells" in found


def test_evaluate_prints_the_released_scorecard(left: Left, capsys: pytest.CaptureFixture[str]) -> None:
    for as_json in (False, True):
        finish(left.done, around(PlainEngine()), as_json=as_json, destroy=False, reports=left.done.run.root.parent)
        assert search("evaluate", capsys.readouterr().out, left.hidden) == []


def test_what_a_container_chooses_leaves_in_steps(left: Left) -> None:
    release = left.done.run.release
    record = archive.read_json(release / "run.json")
    assert chosen.in_facts(record["run"]) == []
    assert chosen.in_order_check(record["order_check"]) == []
    assert chosen.in_page((release / "report.html").read_text()) == []
    told = archive.read_json(release / "vendor.json")
    assert chosen.in_vendor(told) == []
    assert chosen.in_order_check(told["order_check"]) == []
    assert chosen.in_metrics(left.texts["MLflow's database"].splitlines()) == []


def test_no_exact_value_of_the_journal_is_in_anything_that_leaves(
    left: Left, capsys: pytest.CaptureFixture[str]
) -> None:
    finish(left.done, around(PlainEngine()), as_json=False, destroy=False, reports=left.done.run.root.parent)
    secrets = chosen.exact(exact_facts(left.done))
    assert len(secrets) > 4
    for name, text in {**left.texts, "evaluate": capsys.readouterr().out}.items():
        assert [one for one in secrets if one in text] == [], name


def test_the_search_finds_exact_values(left: Left) -> None:
    """The self-check: a release with the journal's facts is found out in each place."""
    facts = exact_facts(left.done)
    whole = replace(left.done.evaluation, run=facts)
    found = chosen.in_facts(asdict(facts))
    for name in ("ready_s", "latency_median_s", "memory_peak_mib", "gpu_memory_peak_mib"):
        assert any(leak.startswith(name) for leak in found), name
    assert len(chosen.in_page(report.render(whole))) >= 5
    metrics = [str(one) for pair in tracking.headline_metrics(whole).items() for one in pair]
    assert len(chosen.in_metrics(metrics)) == 4
    assert chosen.in_order_check({"largest_change": 0.021, "crossed": 3, "failed": 0}) != []
    assert chosen.in_vendor({"seconds": {"until ready": "at most 0.127"}}) != []
