"""docs/headers.md and the code say the same of every field that a container may be shown."""

import re
from pathlib import Path

from partition_factory import dataset, encode
from pydicom import dcmread
from pydicom.datadict import tag_for_keyword
from pydicom.tag import Tag
from staging_factory import put
from tests.ground import ROOT

from nccid_eval.partition.staging.allowlist import ALLOWED, KEPT, OUT, Allowed
from nccid_eval.partition.staging.composition import COMPOSED, Composed

PAGE = ROOT / "docs" / "headers.md"
ROW = re.compile(r"\| `\w+` \((?!0002)\w{4},\w{4}\) \|")


def row(field: Composed | Allowed) -> str:
    """A field's line on the page."""
    values = field.values if isinstance(field, Composed) else ", ".join(field.terms) or "numbers"
    more = ", of CT and MR" if isinstance(field, Allowed) and field.sliced else ""
    blank = {KEPT: "kept", OUT: "–"}.get(field.blank, f"always {field.blank}")
    tag = str(Tag(tag_for_keyword(field.keyword)))
    return f"| `{field.keyword}` {tag} | {field.why}{more} | {values} | {blank} |"


def test_the_page_lists_every_field_and_no_other() -> None:
    wanted = [row(field) for field in (*COMPOSED, *ALLOWED)]
    found = [line for line in PAGE.read_text().splitlines() if ROW.match(line)]
    assert "\n".join(found) == "\n".join(wanted)


def test_every_field_has_its_reason_and_a_way_with_blank_headers() -> None:
    for field in (*COMPOSED, *ALLOWED):
        assert field.why
    assert {field.blank for field in ALLOWED} == {KEPT, OUT}
    assert all(field.why.startswith("decode") for field in ALLOWED if field.blank == KEPT)


def test_group_two_of_a_staged_file_is_that_of_the_page(tmp_path: Path) -> None:
    listed = re.findall(r"^\| `(\w+)` \(0002,\w{4}\)", PAGE.read_text(), re.MULTILINE)
    _, target = put(tmp_path, encode(dataset()))
    assert listed == [element.keyword for element in dcmread(target).file_meta]
