"""What the benchmarks of reports are compared with: the plain way to do the least that each part has to do."""

from __future__ import annotations

import io
import json
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

PAGE = "<!DOCTYPE html><title>peer</title>{% for one in charts %}<figure>{{ one|safe }}</figure>{% endfor %}"


def plain_page(rows: Sequence[int], others: int) -> str:
    """A forest plot of three panels for each number of rows, and so many other charts, in a page."""
    import jinja2

    charts = [_forest(number) for number in rows] + [_curve() for _ in range(others)]
    return jinja2.Environment(autoescape=True).from_string(PAGE).render(charts=charts)


def _forest(rows: int) -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(7.5, 0.27 * rows + 0.75))
    axes = figure.subplots(1, 3, sharey=True)
    for one in axes:
        one.errorbar([0.8] * rows, range(rows), xerr=0.1, fmt="o")
        one.grid(axis="x")
    axes[0].set_yticks(range(rows), [f"group {at} (100)" for at in range(rows)])
    return _svg(figure)


def _curve() -> str:
    from matplotlib.figure import Figure

    figure = Figure(figsize=(5, 4))
    axes = figure.subplots()
    x = [at / 999 for at in range(1000)]
    axes.plot(x, x)
    axes.fill_between(x, x, 1)
    return _svg(figure)


def _svg(figure: Any) -> str:
    out = io.StringIO()
    figure.savefig(out, format="svg")
    return out.getvalue().partition("<svg")[2]


def chromium_pdf(page: Path, out: Path) -> None:
    quiet = ["--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command = ["chromium", *quiet, f"--print-to-pdf={out}", page.as_uri()]
    subprocess.run(command, check=True, capture_output=True, timeout=300)


def loaded(files: Sequence[Path]) -> int:
    return sum(len(json.loads(path.read_text(encoding="utf-8"))) for path in files)


def bare_mlflow(uri: str, metrics: Mapping[str, float], release: Path) -> None:
    """One run with the same numbers and files."""
    from mlflow.entities import Metric
    from mlflow.tracking import MlflowClient

    client = MlflowClient(tracking_uri=uri)
    run = client.create_run(client.get_experiment_by_name("speed").experiment_id)
    client.log_batch(run.info.run_id, metrics=[Metric(name, value, 0, 0) for name, value in metrics.items()])
    client.log_artifacts(run.info.run_id, str(release))
    client.update_run(run.info.run_id, "FINISHED")
