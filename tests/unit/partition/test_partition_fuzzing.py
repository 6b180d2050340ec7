"""Files of every encoding with bytes flipped, cut, put in and moved: refused with a reason, or staged sound."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from partition_factory import at, ct_slice, dataset, encode, pixels
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import compress
from pydicom.sequence import Sequence
from pydicom.uid import JPEG2000Lossless, JPEGLSLossless, RLELossless

from nccid_eval.partition.dicom import Inspection, InspectionTask, inspect
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.staging import Staged, StagingTask, stage
from nccid_eval.partition.warehouse import WarehouseFile

pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

IMPLICIT, EXPLICIT, BIG = "1.2.840.10008.1.2", "1.2.840.10008.1.2.1", "1.2.840.10008.1.2.2"
SYNTAXES = (IMPLICIT, EXPLICIT, BIG, RLELossless, JPEG2000Lossless, JPEGLSLossless, "CT")
STAGES = {"file", "modality", "view", "pixels", "series", "decoding"}
# What attacks have in common: tags and lengths that parsers trust.
TOKENS = (
    b"\xff\xff\xff\xff",
    b"\xfe\xff\x00\xe0",
    b"\xfe\xff\xdd\xe0",
    b"SQ\0\0",
    b"UN\0\0",
    b"\0",
    b"\x7f" * 4,
    b"OW",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    file: WarehouseFile
    target: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    inspection: Inspection
    staged: Staged | None


def attempt(task: Attempt) -> Outcome:
    seen = inspect(InspectionTask(file=task.file, patient="covid1", modalities=("DX", "CR", "CT")))
    if seen.refusal or not seen.header:
        return Outcome(inspection=seen, staged=None)
    uids = {"sop": "2.25.3", "study": "2.25.1", "series": "2.25.2"}
    made = StagingTask(
        source=task.file, target=task.target, sha256=seen.sha256, modality=seen.header.modality, view="PA", **uids
    )
    return Outcome(inspection=seen, staged=stage(made))


@cache
def original(syntax: str) -> bytes:
    """A small image with what parsers stumble over: sequences, look-up tables, private elements, several values."""
    if syntax == "CT":
        return encode(ct_slice(1, 3))
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [4, 0, 16])
    item.add_new("LUTData", "OW", b"\0\1\2\3\4\5\6\7")
    ds = dataset(
        5, VOILUTSequence=Sequence([item]), WindowCenter=["1", "2"], WindowWidth=["3", "4"], RescaleSlope="1"
    )
    ds.RescaleIntercept = "0"
    if syntax in (RLELossless, JPEG2000Lossless, JPEGLSLossless):
        compress(ds, syntax, generate_instance_uid=False)
    elif syntax == BIG:
        ds.PixelData = pixels(5).astype(">u2").tobytes()
    return encode(ds, syntax)


@st.composite
def spoilt(draw: st.DrawFn) -> bytes:
    content = bytearray(original(draw(st.sampled_from(SYNTAXES))))
    for _ in range(draw(st.integers(1, 4))):
        # Most bytes are pixels: the header is struck as often as they are.
        place = draw(st.integers(128, min(900, len(content) - 1)) | st.integers(0, len(content) - 1))
        harm = draw(st.sampled_from(("flip", "set", "cut", "drop", "insert", "token", "move")))
        if harm == "flip":
            content[place] ^= 1 << draw(st.integers(0, 7))
        elif harm == "set":
            content[place] = draw(st.integers(0, 255))
        elif harm == "cut":
            del content[max(place, 132) :]
        elif harm == "drop":
            del content[place : place + draw(st.integers(1, 12))]
        elif harm == "insert":
            content[place:place] = draw(st.binary(min_size=1, max_size=12))
        elif harm == "token":
            token = draw(st.sampled_from(TOKENS))
            content[place : place + len(token)] = token
        else:
            content[place:place] = content[place // 2 : place // 2 + draw(st.integers(1, 40))]
        if len(content) < 140:
            break
    return bytes(content)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(1, WorkerLimits(memory_mib=1024, cpu_s=10, wall_s=20.0)) as workers:
        yield workers


@given(content=spoilt())
@settings(
    max_examples=200,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
def test_a_spoilt_file_is_refused_with_a_reason_or_staged_sound(content: bytes, pool: Pool, tmp_path: Path) -> None:
    source, target = tmp_path / "source.dcm", tmp_path / "target.dcm"
    target.unlink(missing_ok=True)
    source.write_bytes(content)
    (found,) = pool.map(attempt, [Attempt(file=at(source), target=target)], lambda done, total: None)
    assert found is not None, "it killed its reader twice, or took ten seconds"
    refusal = found.inspection.refusal or (found.staged.refusal if found.staged else None)
    if refusal:
        assert refusal[0] in STAGES
        assert refusal[1]
        assert not target.exists()
    else:
        assert_sound(target)


def assert_sound(path: Path) -> None:
    shown = dcmread(path)
    assert shown.file_meta.TransferSyntaxUID == EXPLICIT
    assert shown.pixel_array.shape == (shown.Rows, shown.Columns)
    assert not any(element.tag.is_private for element in shown)
    header = path.read_bytes().removesuffix(shown.PixelData)  # bytes put among the pixels may spell anything
    assert not any(word in header for word in (b"Covid1", b"Jane", b"Infirmary"))
    assert str(shown.SOPInstanceUID).startswith("2.25.")


@pytest.mark.parametrize("syntax", SYNTAXES)
def test_the_files_that_are_spoilt_are_sound_before(syntax: str, tmp_path: Path) -> None:
    source, target = tmp_path / "source.dcm", tmp_path / "target.dcm"
    source.write_bytes(original(syntax))
    found = attempt(Attempt(file=at(source), target=target))
    assert found.staged is not None
    assert found.staged.refusal is None
    assert_sound(target)
