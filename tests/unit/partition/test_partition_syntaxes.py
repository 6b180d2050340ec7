"""Each transfer syntax: decoded to the same values, or handed over as it was without what is no picture."""

import random
import struct
from pathlib import Path

import numpy as np
import pytest
from partition_factory import dataset, encode, pixels
from pydicom import dcmread
from pydicom.dataset import Dataset
from pydicom.pixels import get_decoder
from staging_factory import (
    BASELINE,
    BIG,
    EXPLICIT,
    EXTENDED,
    IMPLICIT,
    J2K,
    J2K_LOSSY,
    JPEG_57,
    JPEG_70,
    JPEG_LS,
    LOSSLESS,
    RLE,
    compressed,
    ct,
    frame_of,
    plain_values,
    put,
    staged,
    with_frame,
)

from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.staging import codestream

SECRET = b"Jane Doe of Secret Infirmary"


def eight_bits() -> Dataset:
    return dataset(BitsAllocated=8, BitsStored=8, HighBit=7, PixelData=pixels(0, "<u1").tobytes())


@pytest.mark.parametrize("syntax", LOSSLESS)
@pytest.mark.parametrize("source", [dataset, ct, eight_bits])
def test_lossless_syntaxes_are_staged_as_what_was_encoded(source: type, syntax: str, tmp_path: Path) -> None:
    original = source()
    ds = compressed(original, syntax, tmp_path)
    modality = original.Modality
    plain = staged(tmp_path, ds, modality=modality)
    assert plain.file_meta.TransferSyntaxUID == EXPLICIT
    assert np.array_equal(plain_values(plain), plain_values(original))
    kept = staged(tmp_path, ds, modality=modality, keep_transfer_syntax=True)
    assert kept.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(kept.pixel_array, plain_values(original))


@pytest.mark.parametrize("syntax", [BASELINE, EXTENDED, J2K_LOSSY])
def test_lossy_syntaxes_are_staged_as_what_they_decode_to(syntax: str, tmp_path: Path) -> None:
    ds = compressed(eight_bits() if syntax in (BASELINE, EXTENDED) else dataset(), syntax, tmp_path)
    decoder = "pylibjpeg" if syntax == J2K_LOSSY else "gdcm"
    expected, _ = get_decoder(syntax).as_array(ds, raw=True, decoding_plugin=decoder)
    assert np.array_equal(plain_values(staged(tmp_path, ds)), expected)
    kept = staged(tmp_path, ds, keep_transfer_syntax=True)
    assert kept.file_meta.TransferSyntaxUID == syntax
    assert np.array_equal(get_decoder(syntax).as_array(kept, raw=True, decoding_plugin=decoder)[0], expected)


@pytest.mark.parametrize(("syntax", "kept_as"), [(IMPLICIT, IMPLICIT), (EXPLICIT, EXPLICIT), (BIG, EXPLICIT)])
def test_native_syntaxes_are_kept_but_for_big_endian(syntax: str, kept_as: str, tmp_path: Path) -> None:
    original = ct()
    values = plain_values(original)
    if syntax == BIG:
        original.PixelData = values.astype(">i2").tobytes()
    original.file_meta.TransferSyntaxUID = syntax
    plain = staged(tmp_path, original, modality="CT")
    kept = staged(tmp_path, original, modality="CT", keep_transfer_syntax=True)
    assert (plain.file_meta.TransferSyntaxUID, kept.file_meta.TransferSyntaxUID) == (EXPLICIT, kept_as)
    assert np.array_equal(plain_values(plain), values)
    assert np.array_equal(plain_values(kept), values)
    assert kept.PixelPaddingValue == -2000


def segment(marker: int, content: bytes) -> bytes:
    return struct.pack(">BBH", 0xFF, marker, len(content) + 2) + content


def with_comments(frame: bytes, syntax: str) -> bytes:
    """A codestream with a secret in each place where its standard lets one stand."""
    if syntax in (J2K, J2K_LOSSY):
        tile = frame.index(b"\xff\x90")
        size = struct.unpack_from(">I", frame, tile + 6)[0]
        comment = segment(0x64, b"\0\1" + SECRET)
        part = (
            frame[tile : tile + 6]
            + struct.pack(">I", size + len(comment) if size else 0)
            + frame[tile + 10 : tile + 12]
        )
        return frame[:tile] + comment + part + comment + frame[tile + 12 :] + SECRET
    return frame[:2] + segment(0xE1, SECRET) + segment(0xFE, SECRET) + frame[2:] + SECRET


@pytest.mark.parametrize("syntax", [BASELINE, EXTENDED, JPEG_57, JPEG_70, JPEG_LS, J2K, J2K_LOSSY])
def test_comments_of_a_codestream_stay_behind(syntax: str, tmp_path: Path) -> None:
    ds = compressed(eight_bits() if syntax in (BASELINE, EXTENDED) else dataset(), syntax, tmp_path)
    frame = frame_of(ds)
    noted = with_comments(frame, syntax)
    _, target = put(tmp_path, encode(with_frame(ds, noted[:301], noted[301:]), syntax), keep_transfer_syntax=True)
    assert SECRET in encode(ds, syntax)[:-400] + noted
    assert SECRET not in target.read_bytes()
    start = b"\xff\x93" if syntax in (J2K, J2K_LOSSY) else b"\xff\xda"
    coded = frame[frame.index(start) :].rstrip(b"\0")  # what the picture is in, up to the end of the stream
    assert coded in frame_of(dcmread(target))
    assert len(coded) > 800


@pytest.mark.parametrize("size_is_given", [True, False])
def test_a_tile_part_may_run_up_to_the_end(size_is_given: bool, tmp_path: Path) -> None:
    ds = compressed(dataset(), J2K, tmp_path)
    frame = bytearray(frame_of(ds))
    if not size_is_given:
        tile = frame.index(b"\xff\x90")
        frame[tile + 6 : tile + 10] = bytes(4)
    found = staged(tmp_path, with_frame(ds, bytes(frame)), keep_transfer_syntax=True)
    assert np.array_equal(found.pixel_array, pixels())


REFUSED = ("decoding", "a compressed stream that holds more than a picture")


@pytest.mark.parametrize("syntax", [JPEG_70, JPEG_LS, J2K])
def test_a_marker_that_nobody_knows_refuses(syntax: str, tmp_path: Path) -> None:
    """Decoders pass over it, and so it could hold anything."""
    ds = compressed(dataset(), syntax, tmp_path)
    frame = frame_of(ds)
    place = frame.index(b"\xff\x5c") if syntax == J2K else 2
    unknown = segment(0x74 if syntax == J2K else 0xF0, SECRET)
    odd = encode(with_frame(ds, frame[:place] + unknown + frame[place:]), syntax)
    assert put(tmp_path, odd, keep_transfer_syntax=True)[0].refusal in (REFUSED, ("decoding", "cannot be decoded"))


@pytest.mark.parametrize("syntax", [JPEG_70, JPEG_LS, J2K, RLE])
def test_what_is_no_bare_stream_or_ends_too_soon_refuses(syntax: str, tmp_path: Path) -> None:
    frame = frame_of(compressed(dataset(), syntax, tmp_path))
    for odd in (b"\0\0\0\x0cjP  \r\n\x87\n" + frame, frame[:10], frame[: len(frame) // 2], b""):
        with pytest.raises(Refused):
            codestream.strip(odd, syntax, 2880)


@pytest.mark.filterwarnings("ignore:The decoded RLE segment")  # pydicom's
@pytest.mark.parametrize("hidden", [b"\0\0", SECRET])
def test_rle_with_bytes_beside_its_picture_refuses(hidden: bytes, tmp_path: Path) -> None:
    ds = compressed(dataset(), RLE, tmp_path)
    frame = frame_of(ds)
    second = struct.unpack_from("<I", frame, 8)[0]
    between = frame[:8] + struct.pack("<I", second + len(hidden)) + frame[12:second] + hidden + frame[second:]
    for odd in (frame.rstrip(b"\0") + hidden + b"\1\1", between):
        content = encode(with_frame(ds, odd + b"\0" * (len(odd) % 2)), RLE)
        assert put(tmp_path, content)[0].refusal is None
        assert put(tmp_path, content, keep_transfer_syntax=True)[0].refusal == REFUSED


def with_overlay() -> tuple[Dataset, np.ndarray]:
    """A picture with an overlay in the bits that its values do not use."""
    plane = np.zeros((40, 36), dtype="<u2")
    plane[10:20, 5:30] = 1 << 15
    ds = dataset(PixelData=(pixels() | plane).tobytes())
    ds.add_new(0x60000102, "US", 15)  # OverlayBitPosition
    return ds, pixels()


@pytest.mark.parametrize("keep", [True, False])
def test_an_overlay_in_unused_bits_is_no_pixel(keep: bool, tmp_path: Path) -> None:
    ds, values = with_overlay()
    assert np.array_equal(plain_values(staged(tmp_path, ds, keep_transfer_syntax=keep)), values)


def test_an_overlay_in_unused_bits_refuses_what_is_kept_compressed(tmp_path: Path) -> None:
    ds, values = with_overlay()
    content = encode(compressed(ds, RLE, tmp_path), RLE)
    found, target = put(tmp_path, content)
    assert np.array_equal(plain_values(dcmread(target)), values)
    found, _ = put(tmp_path, content, keep_transfer_syntax=True)
    assert found.refusal == ("decoding", "something other than pixels in the unused bits")


def test_signed_values_fill_their_unused_bits_and_are_kept(tmp_path: Path) -> None:
    values = (plain_values(ct()) // 2).astype("<i2")
    ds = ct(BitsStored=12, HighBit=11, PixelData=values.tobytes())
    kept = staged(tmp_path, compressed(ds, RLE, tmp_path), modality="CT", keep_transfer_syntax=True)
    assert np.array_equal(kept.pixel_array, values)


def spoil(frame: bytes, chance: random.Random) -> bytes:
    """A few bytes changed, lost or added, most of them in the markers at the front."""
    spoilt = bytearray(frame)
    for _ in range(chance.randint(1, 4)):
        place = chance.randrange(chance.choice([40, 200, len(spoilt) - 20]))
        count = chance.randint(0, 9)
        spoilt[place : place + chance.choice([0, 1, count])] = chance.randbytes(chance.choice([0, 1, count]))
    return bytes(spoilt)


@pytest.mark.parametrize("syntax", LOSSLESS)
def test_a_spoilt_stream_is_stripped_or_refused_and_nothing_else(syntax: str, tmp_path: Path) -> None:
    frame = frame_of(compressed(dataset(), syntax, tmp_path))
    chance, refused = random.Random(4), 0
    for _ in range(300):
        try:
            assert len(codestream.strip(spoil(frame, chance), syntax, 2880)) < len(frame) + 64
        except Refused:
            refused += 1
    assert 30 < refused < 300
