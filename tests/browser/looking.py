"""What holds of every page that this project makes, looked at in a real browser with the network cut off."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

WIDTHS = (360, 768, 1440)


@contextmanager
def opened(browser: Any, path: Path) -> Iterator[Any]:
    """A page opened from its file; on leaving, it has asked for nothing and complained about nothing."""
    # The page's own policy lets its own script run alone; the accessibility checker is let past it.
    context = browser.new_context(offline=True, bypass_csp=True)
    page = context.new_page()
    asked: list[str] = []
    complaints: list[str] = []
    page.on("request", lambda one: asked.append(one.url))
    page.on("console", lambda one: complaints.append(one.text) if one.type in ("error", "warning") else None)
    page.on("pageerror", lambda one: complaints.append(str(one)))
    page.on("dialog", lambda one: (complaints.append("a dialog opened"), one.dismiss()))
    try:
        page.goto(path.as_uri())
        yield page
        page.wait_for_load_state("networkidle")
        assert [one for one in asked if not one.startswith("data:")] == [path.as_uri()]
        assert complaints == []
    finally:
        context.close()


def assert_no_sideways_scroll(page: Any) -> None:
    """At the width of a telephone, a tablet and a screen."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        over = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert over <= 0, f"{over} px too wide at {width} px"


def assert_accessible(page: Any, axe: str) -> None:
    """No violation of any rule of axe-core, WCAG 2.2 AA among them, narrow and wide."""
    page.evaluate(axe)
    for width in (WIDTHS[0], WIDTHS[-1]):
        page.set_viewport_size({"width": width, "height": 900})
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']}).then(one => one.violations)")
        assert [(one["id"], [node["html"][:200] for node in one["nodes"][:3]]) for one in found] == []
