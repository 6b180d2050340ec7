from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.hostile.fixtures import hostile_image as hostile_image
from tests.hostile.fixtures import no_program_image as no_program_image
from tests.hostile.fixtures import unstartable_image as unstartable_image
from tests.hostile.nothing_left import left_by


@pytest.fixture(autouse=True)
def nothing_left(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[None]:
    """After every test on an engine the machine is as it was before."""
    if request.node.get_closest_marker("engine") is None:
        yield
        return
    with left_by(request.getfixturevalue("docker_engine"), tmp_path) as left:
        yield
    assert left() == {}
