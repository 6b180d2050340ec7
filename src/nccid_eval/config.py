"""configs/*.toml -> records. What no record can express (ranges, known names) is checked here, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

from nccid_eval.errors import ConfigError
from nccid_eval.records import Limits, PartitionRules, Plan
from nccid_eval.settings import read_toml, to_record

TARGETS = ("covid_positive", "icu_admission", "intubation", "death", "severity_moderate_or_worse")
CASES = ("image", "study", "series")
UNITS = ("image", "series", "study", "patient")  # from the finest to the coarsest
MODALITIES = (("DX", "CR"), ("CT",), ("MR",))  # those that one partition may hold together
INDEXES = ("all", "first", "last", "nearest")
AGGREGATIONS = ("max", "mean")
SWABS = ("rt_pcr", "status", "positive_date", "final_status")
IMAGE_DATES = ("AcquisitionDate", "StudyDate")  # de-identification moved all others
BEFORE_WINDOW = ("exclude", "negative")
FREE_OF_DISEASE = date(2019, 12, 31)  # `negative_until` at the latest: the first cases outside China came after it
BLANKS = ("", "headers", "pixels")
MOST_DAYS = 3660  # ten years: more is a slip
PROPORTION_INTERVALS = ("wilson", "clopper-pearson")
RUNTIMES = ("", "runsc")
AUC_INTERVALS = ("logit", "wald", "bootstrap")


Need = Callable[[str, bool, str], None]


def load_partition_rules(path: Path) -> PartitionRules:
    rules = to_record(read_toml(path), PartitionRules, where=str(path))
    check_partition_rules(rules, path)
    return rules


def check_partition_rules(rules: PartitionRules, path: Path) -> None:
    """Raises ConfigError, naming the key, for a value that is not known and for rules that make no sense together."""
    need = _checker(path)
    choices: tuple[tuple[str, Sequence[str]], ...] = (
        ("target", TARGETS),
        ("case", CASES),
        ("unit", ("", *UNITS)),
        ("index", INDEXES),
        ("aggregation", AGGREGATIONS),
        ("before_window", BEFORE_WINDOW),
        ("blank", BLANKS),
    )
    for name, known in choices:
        choice = ", ".join(one or '""' for one in known)
        need(name, getattr(rules, name) in known, f"one of: {choice}")
    for name, known in (("swabs", SWABS), ("image_dates", IMAGE_DATES)):
        given = getattr(rules, name)
        need(name, _some(given, known), f"some of, each once: {', '.join(known)}")
    for name in ("positive_days_before", "positive_days_after", "negative_days", "horizon_days"):
        need(name, 0 <= getattr(rules, name) <= MOST_DAYS, f"0 to {MOST_DAYS} days")
    _check_units(rules, need)
    _check_together(rules, need)


def _check_units(rules: PartitionRules, need: Need) -> None:
    one_of = " or ".join(f"some of {', '.join(group)}" for group in MODALITIES)
    need(
        "modalities", any(_some(rules.modalities, group) for group in MODALITIES), f"{one_of}; never of two of these"
    )
    is_volume = rules.modalities[0] in ("CT", "MR")
    cases = ("series",) if is_volume else ("image", "study")
    other = "" if is_volume else ' (series: with modalities = ["CT"] or ["MR"])'
    need("case", rules.case in cases, f"{' or '.join(cases)} with {', '.join(rules.modalities)}{other}")
    units = [one for one in UNITS[UNITS.index(rules.case) :] if is_volume or one != "series"]
    need("unit", rules.unit in ("", *units), f'"" or {", ".join(units)}: none is finer than the case')


def _check_together(rules: PartitionRules, need: Need) -> None:
    if rules.before_window == "negative":
        until = _iso_date(rules.negative_until)
        wanted = f"the last day on which nobody had the disease, as 2019-10-31; at the latest {FREE_OF_DISEASE}"
        need("negative_until", until is not None and until <= FREE_OF_DISEASE, wanted)
        need("before_window", rules.target == "covid_positive", "exclude with a target other than covid_positive")
    else:
        need("negative_until", not rules.negative_until, 'before_window = "negative" beside it, or leave it out')
    need("blank", not (rules.blank and rules.keep_transfer_syntax), '"" with keep_transfer_syntax')
    need("demographics", not (rules.blank == "headers" and rules.demographics), 'false with blank = "headers"')


def _some(given: Sequence[str], known: Sequence[str]) -> bool:
    return bool(given) and set(given) <= set(known) and len(set(given)) == len(given)


def _iso_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text)
    except ValueError:
        return None


def load_limits(path: Path) -> Limits:
    limits = to_record(read_toml(path), Limits, where=str(path))
    need = _checker(path)
    for name in ("ready_s", "case_s", "run_s", "max_batch", "memory_gib", "shm_mib", "tmp_mib", "output_mib"):
        need(name, getattr(limits, name) > 0, "a number above zero")
    for name in ("attempts_per_case", "infra_attempts"):
        need(name, getattr(limits, name) >= 1, "one or more")
    for name in ("cpus", "restarts", "repeat_cases"):
        need(name, getattr(limits, name) >= 0, "zero or more")
    for name in ("batch_output_mib", "batch_output_files"):
        need(name, getattr(limits, name) >= 1, "one or more")
    need("scan.time_s", limits.scan.time_s > 0, "a number of seconds above zero")
    need("scan.command", all(limits.scan.command), 'the program and its arguments, as ["trivy", "image", …]')
    need("runtime", limits.runtime in RUNTIMES, '"" for the engine\'s own, or "runsc" for gVisor')
    return limits


def load_plan(path: Path) -> Plan:
    table = read_toml(path)
    plan = to_record(table, Plan, where=str(path), supplied={"digest": plan_digest(table)})
    need = _checker(path)
    need("level", 0.5 < plan.level < 1, "a level between 0.5 and 1, as 0.95")
    need("prevalences", all(0 < one < 1 for one in plan.prevalences), "prevalences between 0 and 1, as 0.05 for 5%")
    need("replicates", plan.replicates >= 100, "100 or more")
    need("minimum_patients", plan.minimum_patients >= 0, "zero or more")
    need("seed", plan.seed >= 0, "zero or more")
    need("intersections", all(len(set(pair)) == 2 for pair in plan.intersections), 'pairs, as [["sex", "age_band"]]')
    need("permutations", plan.permutations >= 100, "100 or more")
    need("proportion_interval", plan.proportion_interval in PROPORTION_INTERVALS, f"one of: {PROPORTION_INTERVALS}")
    need("auc_interval", plan.auc_interval in AUC_INTERVALS, f"one of: {AUC_INTERVALS}")
    need("power", 0.5 <= plan.power < 1, "a power from 0.5 to below 1, as 0.9")
    for name in ("auc", "sensitivity", "specificity"):
        need(f"margins.{name}", 0 < getattr(plan.margins, name) < 0.5, "a margin between 0 and 0.5")
    for criterion in plan.criteria:
        known = ("auc", "auc_answered", "sensitivity", "specificity")
        need("criteria: metric", criterion.metric in known, f"one of: {', '.join(known)}")
        need("criteria: bar", 0 <= criterion.bar < 1, "a bar from 0 to below 1")
    return plan


def plan_digest(table: dict[str, Any]) -> str:
    """SHA-256 of the plan's content: comments, order and white space do not count."""
    text = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _checker(path: Path) -> Need:
    def need(name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ConfigError(f"'{name}' is out of range", where=f"{path}: {name}", mend=f"give {wanted}")

    return need
