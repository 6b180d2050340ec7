from functools import cache

import pytest

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import draft_patient


@cache
def _drafts(seed: int) -> tuple[Draft, ...]:
    return tuple(draft_patient(seed, index) for index in range(600))


@pytest.fixture(params=[1, 2, 20210528])
def drafts(request: pytest.FixtureRequest) -> tuple[Draft, ...]:
    """600 patients without their pixels, by three seeds; made once, in whatever order tests ask."""
    return _drafts(request.param)
