"""--pdf on the command line: what cannot be printed is told, and ends in an error only where it was asked for."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from nccid_eval.cli.printed import pdf_option, print_out
from nccid_eval.errors import PdfError

LACK = PdfError("no PDF can be made: Pango is missing", where="libpango", mend="apt-get install libpango-1.0-0")


def called(*arguments: str, fails: bool, default: bool = True) -> Result:
    """A verb whose own result comes first, and whose page can or cannot be printed."""

    def make() -> tuple[Path, ...]:
        if fails:
            raise LACK
        return (Path("release/report.pdf"),)

    @click.command()
    @pdf_option(default=default)
    def verb(pdf: bool) -> None:
        click.echo("result")
        if pdf:
            printed = print_out(make, lambda text: click.echo(text, err=True))
            printed.tell()
            click.echo("all else")
            printed.settle()

    return CliRunner().invoke(verb, list(arguments))


def test_the_pdfs_are_named_after_the_result() -> None:
    done = called(fails=False)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["result", "PDF:       release/report.pdf", "all else"]


def test_a_lack_costs_nothing_else_and_is_told_with_its_cure() -> None:
    done = called(fails=True)
    assert done.exit_code == 0
    assert done.stdout.splitlines() == ["result", "all else"]
    assert "Pango is missing" in done.stderr
    assert "apt-get install libpango-1.0-0" in done.stderr


@pytest.mark.parametrize("default", [True, False])
def test_who_asks_for_a_pdf_by_name_gets_an_error_after_all_else(default: bool) -> None:
    done = called("--pdf", fails=True, default=default)
    assert done.exception is LACK
    assert done.stdout.splitlines() == ["result", "all else"]


@pytest.mark.parametrize(("arguments", "default"), [(("--no-pdf",), True), ((), False)])
def test_none_is_made_unasked_where_that_is_not_the_default(arguments: tuple[str, ...], default: bool) -> None:
    done = called(*arguments, fails=True, default=default)
    assert done.exit_code == 0
    assert done.output.splitlines() == ["result"]
