from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from nccid_eval.partition.built.difference import CaseChange, Difference

FOLDER = click.Path(path_type=Path)
_NAMED = 20  # cases that the text names of each kind of change


@click.command(short_help="What changed between two versions of a partition.")
@click.argument("before", type=FOLDER)
@click.argument("after", type=FOLDER)
@click.option("--names", is_flag=True, help="Name the cases' source files too: they hold pseudonyms.")
@click.option("--json", "as_json", is_flag=True, help="Print every change as JSON.")
@click.pass_context
def command(ctx: click.Context, before: Path, after: Path, names: bool, as_json: bool) -> None:
    """What changed between two versions of a partition: rules, counts, cases, labels, attributes and files.

    Cases are told by their opaque ids, which differ between versions. Exit status: 0 the same digest, 1 another.

    \b
    Example:  nccid-eval partition diff partition-2020-12 partition-2021-03
    """
    from nccid_eval.partition.built.difference import difference

    found = difference(before, after)
    click.echo(json.dumps(_document(found, names), indent=1, ensure_ascii=False) if as_json else _text(found, names))
    ctx.exit(0 if found.same else 1)


def _document(found: Difference, names: bool) -> dict[str, Any]:
    document = {"same": found.same} | asdict(found)
    if not names:
        for case in document["cases"]:
            del case["sources"]
    return document


def _text(found: Difference, names: bool) -> str:
    before, after = found.digest
    head = [f"the same: {after}"] if found.same else [f"before: {before}", f"after:  {after}"]
    return "\n".join([*head, *_tables(found), *_cases(found, names)])


def _tables(found: Difference) -> Iterator[str]:
    tables = {"library": found.versions, "rule": found.rules, "count": found.counts, "left out": found.flow}
    for what, table in tables.items():
        for name, (was, now) in table.items():
            yield f"{what:<10} {name}: {_said(was)} -> {_said(now)}"


def _said(value: Any) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(str(one) for one in value) or "none"
    return "none" if value in (None, "") else str(value)


def _cases(found: Difference, names: bool) -> Iterator[str]:
    counts = Counter(case.what for case in found.cases)
    for what, count in counts.items():
        yield f"case       {what}: {count:,}"
        same = [case for case in found.cases if case.what == what]
        yield from (f"    {_case(case, names)}" for case in same[:_NAMED])
        if count > _NAMED:
            yield f"    … and {count - _NAMED:,} more: --json has all"


def _case(case: CaseChange, names: bool) -> str:
    text = " -> ".join(one for one in (case.before, case.after) if one)
    return f"{text}  {' '.join(case.sources)}" if names else text
