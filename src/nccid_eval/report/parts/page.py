"""A template and what it shows -> one self-contained HTML file."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from typing import Any

from nccid_eval.report.parts import wording


def page(template: str, context: Mapping[str, Any], *, script: str = "") -> str:
    """A template of this room with what it shows; `script` names a file among the templates.

    The page's own policy forbids every request, and every script but that one, which it names by its digest.
    """
    from markupsafe import Markup

    environment = _environment()
    code = environment.loader.get_source(environment, script)[0] if script else ""
    given = {"drawn": Markup, "script": Markup(code), "script_source": _source(code), **context}
    return str(environment.get_template(template).render(given)) + "\n"


def _source(code: str) -> str:
    """What a Content-Security-Policy calls this code; a browser hashes what stands between the tags."""
    return f"'sha256-{base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()}'" if code else "'none'"


def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    environment = Environment(
        loader=PackageLoader("nccid_eval.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_shown,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["percent"] = wording.percent
    return environment


def _shown(value: object) -> object:
    """Every expression of every template passes here: nothing invisible gets out, and no None by mistake."""
    if value is None:
        raise TypeError("a template shows None; say in words what is missing")
    return wording.clean(value) if type(value) is str else value
