"""Files that claim, nest or unpack to more than they are: each costs itself, in a child process, and little else."""

from __future__ import annotations

import struct
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from partition_factory import at, dataset, encode, pixels
from pydicom.dataset import Dataset
from pydicom.encaps import encapsulate, generate_fragments
from pydicom.pixels import compress
from pydicom.uid import JPEG2000Lossless, JPEGBaseline8Bit, JPEGExtended12Bit, JPEGLosslessSV1, JPEGLSLossless

from nccid_eval.partition.dicom import Inspection, InspectionTask, inspect, parse
from nccid_eval.partition.dicom.codestream import read_claim
from nccid_eval.partition.dicom.pixels import decode, read_form
from nccid_eval.partition.pool import Pool, WorkerLimits
from nccid_eval.partition.refusal import Refused

# pydicom's, on writing and reading what is broken; workers ignore them too.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

SIZE = ("pixels", "compressed picture of another size than described")
BITS = ("pixels", "compressed picture of more bits than its encoding or description has")
UNREAD = ("pixels", "a compressed stream that cannot be read")
PARSE = ("file", "cannot be parsed")
TRUNCATED = ("file", "truncated")


def inspected(paths: Sequence[Path], limits: WorkerLimits | None = None) -> list[Inspection | None]:
    tasks = [InspectionTask(file=at(path), patient="covid1", modalities=("DX", "CR")) for path in paths]
    with Pool(1, limits or WorkerLimits(memory_mib=512)) as pool:
        return pool.map(inspect, tasks, lambda done, total: None)


def refusal(folder: Path, content: bytes) -> tuple[str, str] | None:
    path = folder / "image.dcm"
    path.write_bytes(content)
    (found,) = inspected([path])
    assert found is not None, "the file killed its reader"
    return found.refusal


def wrapped(stream: bytes, syntax: str, **header: Any) -> bytes:
    ds = dataset(3, PixelData=encapsulate([stream]), **header)
    ds["PixelData"].VR = "OB"
    ds["PixelData"].is_undefined_length = True
    return encode(ds, syntax)


def stream(syntax: str) -> bytes:
    ds = dataset(3)
    compress(ds, syntax, generate_instance_uid=False)
    return list(generate_fragments(ds.PixelData))[1]


def vast_j2k() -> bytes:
    """Decoding this takes seven gigabytes where nobody looks first."""
    made = bytearray(stream(JPEG2000Lossless))
    struct.pack_into(">2I", made, 8, 60000, 60000)
    struct.pack_into(">2I", made, 24, 60000, 60000)
    return bytes(made)


def vast_jls() -> bytes:
    made = bytearray(stream(JPEGLSLossless))
    struct.pack_into(">2H", made, made.index(b"\xff\xf7") + 5, 65000, 65000)
    return bytes(made)


def jpeg(rows: int, columns: int, precision: int, frame: int = 0xC0, samples: int = 1) -> bytes:
    """The header of a JPEG, with a comment before it and nothing behind."""
    sof = (
        struct.pack(">BBHBHHB", 0xFF, frame, 8 + 3 * samples, precision, rows, columns, samples)
        + b"\1\x11\0" * samples
    )
    return b"\xff\xd8\xff\xfe\x00\x06Jane\xff\xff" + sof.removeprefix(b"\xff") + b"\xff\xda\x00\x08" + b"\0" * 40


def boxed(codestream: bytes) -> bytes:
    signature = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    return signature + b"\x00\x00\x00\x08free" + struct.pack(">I", 8 + len(codestream)) + b"jp2c" + codestream


CLAIMS: dict[str, tuple[Callable[[], bytes], tuple[str, str]]] = {
    "JPEG 2000": (lambda: wrapped(vast_j2k(), JPEG2000Lossless), SIZE),
    "JPEG 2000 in a box": (lambda: wrapped(boxed(vast_j2k()), JPEG2000Lossless), SIZE),
    "JPEG-LS": (lambda: wrapped(vast_jls(), JPEGLSLossless), SIZE),
    "JPEG": (lambda: wrapped(jpeg(65500, 65500, 8), JPEGBaseline8Bit), SIZE),
    "JPEG lossless": (lambda: wrapped(jpeg(65500, 65500, 16, 0xC3), JPEGLosslessSV1), SIZE),
    "colour in the stream": (lambda: wrapped(jpeg(40, 36, 8, samples=3), JPEGBaseline8Bit), SIZE),
    "baseline of 12 bits": (lambda: wrapped(jpeg(40, 36, 12), JPEGBaseline8Bit), BITS),
    "12 bits in 8": (
        lambda: wrapped(jpeg(40, 36, 12, 0xC1), JPEGExtended12Bit, BitsAllocated=8, BitsStored=8, HighBit=7),
        BITS,
    ),
    "no stream": (lambda: wrapped(b"\1" * 64, JPEG2000Lossless), UNREAD),
    "a stream without a frame": (lambda: wrapped(b"\xff\xd8\xff\xfe\x00\x04ab", JPEGBaseline8Bit), UNREAD),
    "boxes without a stream": (lambda: wrapped(boxed(b"")[:20] + b"\0" * 16, JPEG2000Lossless), UNREAD),
}


@pytest.mark.parametrize("name", CLAIMS)
def test_a_compressed_picture_is_held_to_its_description_before_it_is_decoded(name: str, tmp_path: Path) -> None:
    make, reason = CLAIMS[name]
    content = make()
    assert len(content) < 8192
    assert refusal(tmp_path, content) == reason


@pytest.mark.parametrize("syntax", [JPEG2000Lossless, JPEGLSLossless])
def test_what_encoders_write_is_read_as_it_was_meant(syntax: str) -> None:
    claim = read_claim(stream(syntax))
    assert (claim.rows, claim.columns, claim.samples) == (40, 36, 1)
    assert read_claim(boxed(stream(JPEG2000Lossless))).rows == 40


def with_element(header: bytes, behind: bytes = b"") -> bytes:
    """A sound file with an element put before its PixelData."""
    sound = encode(dataset())
    start = sound.index(b"\xe0\x7f\x10\x00OW")
    return sound[:start] + header + behind + sound[start:]


LONG = struct.pack("<I", 0xFFFFFFF0)
LENGTHS: dict[str, Callable[[], bytes]] = {
    "unknown": lambda: with_element(b"\x51\x00\x10\x00UN\0\0" + LONG),
    "text": lambda: with_element(b"\x51\x00\x10\x00UT\0\0" + LONG),
    "sequence": lambda: with_element(b"\x40\x00\x00\x05SQ\0\0" + LONG),
    "item": lambda: with_element(b"\x28\x00\x10\x30SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0" + LONG),
    "unended sequence": lambda: with_element(
        b"\x28\x00\x10\x30SQ\0\0\xff\xff\xff\xff", b"\xfe\xff\x00\xe0\xff\xff\xff\xff"
    ),
    "pixels": lambda: encode(dataset()).replace(b"OW\0\0" + struct.pack("<I", 2880), b"OW\0\0" + LONG),
    "fragment": lambda: wrapped(b"\1" * 64, JPEG2000Lossless).replace(
        b"\xfe\xff\x00\xe0" + struct.pack("<I", 64), b"\xfe\xff\x00\xe0" + LONG
    ),
    "meta": lambda: encode(dataset()).replace(b"\x02\x00\x01\x00OB\0\0\x02\0\0\0", b"\x02\x00\x01\x00OB\0\0" + LONG),
}


@pytest.mark.parametrize("name", LENGTHS)
def test_a_length_of_four_gigabytes_in_a_small_file_costs_only_the_file(name: str, tmp_path: Path) -> None:
    content = LENGTHS[name]()
    assert LONG in content or name == "unended sequence"
    assert len(content) < 8192
    found = refusal(tmp_path, content)
    if name == "pixels":
        assert found is None  # all the pixels of the description are there
    else:
        assert found is not None
        assert found[0] in ("file", "pixels", "modality")


@pytest.mark.parametrize(
    "header",
    [{"Rows": 65535, "Columns": 65535}, {"NumberOfFrames": 2147483647}, {"Rows": 50000, "Columns": 2000}],
)
def test_a_size_of_gigabytes_is_refused_without_taking_any(header: dict[str, int], tmp_path: Path) -> None:
    assert refusal(tmp_path, encode(dataset(**header))) in (
        ("pixels", "impossible pixel description"),
        ("pixels", "more than one frame"),
        TRUNCATED,
    )


def nested_open(depth: int) -> bytes:
    return b"\x00\x04\x61\x05SQ\x00\x00\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff" * depth


def nested_measured(depth: int) -> bytes:
    levels = [
        b"\x28\x00\x10\x30SQ\0\0"
        + struct.pack("<I", 20 * level + 8)
        + b"\xfe\xff\x00\xe0"
        + struct.pack("<I", 20 * level)
        for level in reversed(range(depth))
    ]
    return b"".join(levels)


@pytest.mark.parametrize("make", [nested_open, nested_measured])
def test_two_hundred_thousand_nested_sequences_cost_at_most_their_file(
    make: Callable[[int], bytes], tmp_path: Path
) -> None:
    assert refusal(tmp_path, with_element(make(200_000))) in (None, PARSE)


@pytest.mark.parametrize("start", [b"\x08\x00", b"\x00\x08"])
def test_a_data_set_without_its_part_10_header_is_refused_by_that_name(start: bytes, tmp_path: Path) -> None:
    sound = encode(dataset())
    bare = sound[sound.index(b"\x08\x00\x16\x00UI") :]
    content = start + bare[2:]
    assert refusal(tmp_path, content) == ("file", "no Part 10 header before the data set")


def test_a_file_beyond_the_memory_of_a_child_costs_that_file(tmp_path: Path) -> None:
    large, sound = tmp_path / "large.dcm", tmp_path / "sound.dcm"
    sound.write_bytes(encode(dataset()))
    with large.open("wb") as file:
        file.truncate(2**30)
    found = inspected([large, sound], WorkerLimits(memory_mib=256))
    assert found[0] is not None
    assert found[0].refusal == ("file", "needs more memory than an image may")
    assert found[1] is not None
    assert found[1].refusal is None


def test_a_file_beyond_the_processor_time_of_a_child_costs_that_file(tmp_path: Path) -> None:
    slow, sound = tmp_path / "slow.dcm", tmp_path / "sound.dcm"
    sound.write_bytes(encode(dataset()))
    slow.write_bytes(with_element(b"\x51\x00\x10\x00LO\0\0" * 2_000_000))
    first, second = inspected([slow, sound], WorkerLimits(cpu_s=1, memory_mib=2048))
    assert first is None
    assert second is not None
    assert second.refusal is None


def native(array: np.ndarray[Any, Any], **header: Any) -> Dataset:
    return parse(encode(dataset(PixelData=array.tobytes(), **header)))


def test_values_of_more_bits_than_described_are_refused_and_not_cut_off() -> None:
    array = pixels()
    array[3, 4] = 0x1123
    ds = native(array)
    with pytest.raises(Refused, match="values of more bits"):
        decode(ds, read_form(ds))
    signed = pixels().view("<i2") - 3000
    for stored in (signed, signed & 0x1FFF):  # the sign extended, and not
        ds = native(stored.astype("<i2"), PixelRepresentation=1, BitsStored=13, HighBit=12)
        assert np.array_equal(decode(ds, read_form(ds)), signed)
    beyond = native(signed.astype("<i2"), PixelRepresentation=1, BitsStored=12, HighBit=11)
    with pytest.raises(Refused, match="values of more bits"):
        decode(beyond, read_form(beyond))


def test_an_overlay_in_the_unused_bits_is_cut_off_as_the_standard_says() -> None:
    ds = dataset(PixelData=(pixels() | 0x8000).astype("<u2").tobytes())
    ds.add_new(0x60000102, "US", 15)
    parsed = parse(encode(ds))
    assert np.array_equal(decode(parsed, read_form(parsed)), pixels())
