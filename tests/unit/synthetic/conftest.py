import pytest

from nccid_eval.synthetic.draft import Draft
from nccid_eval.synthetic.patient import draft_patient


@pytest.fixture(scope="session", params=[1, 2, 20210528])
def drafts(request: pytest.FixtureRequest) -> tuple[Draft, ...]:
    """600 patients without their pixels, by three seeds."""
    return tuple(draft_patient(request.param, index) for index in range(600))
