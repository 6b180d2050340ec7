"""An engine whose containers choose their peaks, and a search for such values, finer than a step, in what leaves.

The steps are written down here once more: what the program under test takes for one is not asked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from tests.flow.bright import PlainEngine
from tests.flow.leaks import texts_of

from nccid_eval.engine.process import ProcessContainer
from nccid_eval.records import ContainerSpec, RunFacts

PEAK_MIB, GPU_PEAK_MIB = 812.34765625, 1234.56640625  # a message by page
TIMES = ("ready_s", "latency_first_s", "latency_median_s", "latency_p95_s")
COUNTS = ("containers", "max_batch", "memory_peak_mib", "gpu_memory_peak_mib")
STEPS_S = {0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000, 10_000, 30_000, 100_000}
POWERS = {0, 1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536}
CHANGES = {0, 1e-6, 3e-6, 1e-5, 3e-5, 1e-4, 3e-4, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1}
SHOWN = {  # what the page calls it, and the steps that it is told in
    "Time to readiness": STEPS_S,
    "Time a case, first request": STEPS_S,
    "Time a case, median": STEPS_S,
    "Time a case, 95th percentile": STEPS_S,
    "Peak memory": POWERS,
    "Containers started": POWERS,
    "Cases in one request, at most": POWERS,
}


class ChoosingContainer(ProcessContainer):
    def memory_peak_mib(self) -> float | None:
        return PEAK_MIB

    def gpu_memory_peak_mib(self) -> float | None:
        return GPU_PEAK_MIB


class ChoosingEngine(PlainEngine):
    def create(self, spec: ContainerSpec) -> ProcessContainer:
        made = ChoosingContainer(f"choosing-{next(self._numbers)}", spec, self._programs[spec.image_id])
        self._containers[made.id] = made
        return made


def exact(facts: RunFacts) -> list[str]:
    """Values as files write them, which nothing else has by chance."""
    numbers = [getattr(facts, name) for name in (*TIMES, *COUNTS)]
    return [repr(one) for one in numbers if isinstance(one, float) and len(repr(one)) > 6]


def in_facts(facts: Mapping[str, Any]) -> list[str]:
    """Of run.json: values that are no step."""
    found = [f"{name} = {facts[name]}" for name in TIMES if facts[name] not in STEPS_S]
    found += [f"{name} = {facts[name]}" for name in COUNTS if facts[name] not in POWERS]
    return found + [
        f"{name} = {facts[name]}" for name in ("started", "finished") if not facts[name].endswith(":00:00+00:00")
    ]


def in_order_check(check: Mapping[str, Any]) -> list[str]:
    found = [f"{name} = {check[name]}" for name in ("crossed", "failed") if check[name] not in POWERS]
    return found + ([f"change {check['largest_change']}"] if check["largest_change"] not in CHANGES else [])


def in_page(page: str) -> list[str]:
    """Of the report's facts; one that it does not show is as bad."""
    told = {label: text for label, text in pairwise(texts_of(page)) if label in SHOWN}
    missing = [f"{name} is not shown" for name in SHOWN if name not in told]
    wrong = [f"{name}: {text}" for name, text in told.items() if not _is_step(text, SHOWN[name])]
    return missing + wrong


def in_vendor(table: Mapping[str, Any]) -> list[str]:
    return [f"{name}: {text}" for name, text in table["seconds"].items() if not _is_step(text, STEPS_S)]


def in_metrics(lines: Sequence[str]) -> list[str]:
    """Lines of names, each followed by its value."""
    times = [(name, value) for name, value in pairwise(lines) if re.match(r"latency_\w+_s$", name)]
    peaks = [(name, value) for name, value in pairwise(lines) if re.match(r"(gpu_)?memory_\w+_mib$", name)]
    if not times or not peaks:
        return ["no time or no peak was logged"]
    return [*_off(times, STEPS_S), *_off(peaks, POWERS)]


def _off(values: Iterable[tuple[str, str]], steps: set[float]) -> list[str]:
    return [f"{name} = {value}" for name, value in values if float(value) not in steps]


def _is_step(text: str, steps: set[float]) -> bool:
    number = re.search(r"[\d.,]+", text)
    return number is not None and float(number[0].replace(",", "")) in steps
