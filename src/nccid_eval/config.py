"""configs/*.toml -> records. What no record can express (ranges, known names) is checked here, once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from nccid_eval.errors import ConfigError
from nccid_eval.records import Limits, PartitionRules, Plan
from nccid_eval.settings import read_toml, to_record

TARGETS = ("covid_positive",)
CASES = ("image", "study")
MODALITIES = ("DX", "CR")
PROPORTION_INTERVALS = ("wilson", "clopper-pearson")
RUNTIMES = ("", "runsc")
AUC_INTERVALS = ("logit", "wald", "bootstrap")


def load_partition_rules(path: Path) -> PartitionRules:
    rules = to_record(read_toml(path), PartitionRules, where=str(path))
    need = _checker(path)
    need("target", rules.target in TARGETS, f"one of: {', '.join(TARGETS)}")
    need("case", rules.case in CASES, f"one of: {', '.join(CASES)}")
    need("modalities", bool(rules.modalities) and set(rules.modalities) <= set(MODALITIES), f"some of: {MODALITIES}")
    for name in ("positive_days_before", "positive_days_after", "negative_days"):
        need(name, getattr(rules, name) >= 0, "zero or more days")
    return rules


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


def _checker(path: Path) -> Callable[[str, bool, str], None]:
    def need(name: str, holds: bool, wanted: str) -> None:
        if not holds:
            raise ConfigError(f"'{name}' is out of range", where=f"{path}: {name}", mend=f"give {wanted}")

    return need
