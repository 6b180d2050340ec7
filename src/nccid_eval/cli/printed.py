"""--pdf: the pages that were written as tagged PDFs too. Where none can be made, nothing else is lost."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click
from click.core import ParameterSource

if TYPE_CHECKING:
    from nccid_eval.errors import PdfError

Command = TypeVar("Command", bound=Callable[..., Any])


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    paths: tuple[Path, ...] = ()
    failed: PdfError | None = None  # for the end, where PDFs were asked for by name

    def tell(self) -> None:
        for path in self.paths:
            click.echo(f"PDF:       {path}")

    def settle(self) -> None:
        if self.failed:
            raise self.failed


def pdf_option(*, default: bool) -> Callable[[Command], Command]:
    return click.option("--pdf/--no-pdf", default=default, show_default=True, help="Each page as a tagged PDF too.")


def print_out(make: Callable[[], Sequence[Path]], say: Callable[[str], None]) -> Printed:
    """Make the PDFs. A failure is told at once where they are made unasked, else kept for the end."""
    from nccid_eval.errors import PdfError

    say("making PDFs of the pages")
    try:
        return Printed(paths=tuple(make()))
    except PdfError as error:
        if _asked_for():
            return Printed(failed=error)
        say(f"{error}\n  the pages stand as HTML; --no-pdf leaves the PDFs out")
        return Printed()


def _asked_for() -> bool:
    context = click.get_current_context(silent=True)
    return context is not None and context.get_parameter_source("pdf") is ParameterSource.COMMANDLINE
