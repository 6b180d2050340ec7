"""What a layer may hold, read as an engine would unpack it."""

from __future__ import annotations

import io
import random
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.saved import add, digest, packed, save

from nccid_eval.errors import ImageRefused
from nccid_eval.submission.archive_file import SavedImage, hand_on, read_archive
from nccid_eval.submission.layer_stream import LayerStream
from nccid_eval.submission.layers import MOST_BYTES, Tally, read_layer
from nccid_eval.submission.refusal import UnfitError
from nccid_eval.submission.tar_header import NotATarError

Change = Callable[[tarfile.TarInfo], None]


def tar_of(*members: tuple[str, bytes, Change], form: int = tarfile.GNU_FORMAT) -> bytes:
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w", format=form) as archive:
        for name, body, change in members:
            add(archive, name, body, change)
    return data.getvalue()


def as_is(info: tarfile.TarInfo) -> None: ...


def turned(kind: bytes, link: str = "", major: int = 0, minor: int = 0, mode: int = 0o644) -> Change:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.mode = kind, link, mode
        info.devmajor, info.devminor = major, minor

    return change


def read(layer: bytes, stored: bytes | None = None, tally: Tally | None = None) -> tuple[str, str, Tally]:
    """Its two digests, and the tally."""
    bytes_kept = layer if stored is None else stored
    counted = tally or Tally()
    stream = read_layer(io.BytesIO(bytes_kept), len(bytes_kept), 1, counted)
    return stream.stored_digest, stream.unpacked_digest, counted


def admitted(folder: Path, layer: bytes) -> SavedImage:
    return read_archive(save(folder / "model.tar", layers=[layer]))


@pytest.mark.parametrize("form", [tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT, tarfile.PAX_FORMAT])
def test_what_images_hold_is_read_in_every_format(form: int) -> None:
    long = "/".join(["weights" * 4] * (4 if form == tarfile.USTAR_FORMAT else 40))
    layer = tar_of(
        ("usr/", b"", turned(tarfile.DIRTYPE)),
        ("usr/a", b"x" * 700, as_is),
        (long, b"y", as_is),
        ("usr/b", b"", turned(tarfile.LNKTYPE, "usr/a")),
        ("usr/c", b"", turned(tarfile.SYMTYPE, "/etc/../../anywhere")),
        ("usr/.wh.gone", b"", as_is),
        ("usr/sudo", b"z", turned(tarfile.REGTYPE, mode=0o4755)),
        ("dev/null", b"", turned(tarfile.CHRTYPE, major=1, minor=3)),
        form=form,
    )
    stored, unpacked, tally = read(layer)
    assert stored == unpacked == digest(layer)
    assert (tally.entries, tally.setuid_files, tally.size_bytes) == (8, 1, len(layer))


@pytest.mark.parametrize("name", ["ünï/cödé", "x" * 255, "a b\nc"])
def test_odd_names_are_no_reason_to_refuse(name: str) -> None:
    assert read(tar_of((name, b"x", as_is), form=tarfile.PAX_FORMAT))[2].entries == 1


@pytest.mark.parametrize("layer", [b"", b"\0" * 1024, tar_of(("a", b"x", as_is))[:1024]])
def test_an_empty_layer_and_one_without_an_end_mark_are_whole(layer: bytes) -> None:
    assert read(layer)[0] == digest(layer)


@pytest.mark.parametrize(
    ("member", "why"),
    [
        (("../x", b"", as_is), "leads out"),
        (("a/../../x", b"", as_is), "leads out"),
        (("/etc/cron.d/x", b"", as_is), "leads out"),
        (("a", b"", turned(tarfile.LNKTYPE, "../../etc/shadow")), "hard link that leads out"),
        (("a", b"", turned(tarfile.LNKTYPE, "/etc/shadow")), "hard link that leads out"),
        (("dev/sda", b"", turned(tarfile.BLKTYPE, major=8)), "a device"),
        (("dev/null", b"", turned(tarfile.CHRTYPE, major=1, minor=1)), "a device"),
        (("null", b"", turned(tarfile.CHRTYPE, major=1, minor=3)), "a device"),
        (("dev/null", b"", turned(tarfile.BLKTYPE, major=1, minor=3)), "a device"),
        (("pipe", b"", turned(tarfile.FIFOTYPE)), "a FIFO"),
        (("sparse", b"", turned(tarfile.GNUTYPE_SPARSE)), "unknown kind"),
        (("odd", b"", turned(b"V")), "unknown kind"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, packed])
def test_what_no_layer_may_hold_is_refused(tmp_path: Path, member: Any, why: str, pack: Any) -> None:
    layer = tar_of(("fine", b"x", as_is), member)
    with pytest.raises(ImageRefused, match=why) as refused:
        read_archive(save(tmp_path / "model.tar", layers=[layer], stored=[pack(layer)]))
    assert "layer 1" in refused.value.what
    assert refused.value.mend


def test_a_path_in_a_message_has_no_control_character_and_an_end() -> None:
    layer = tar_of(("../\x1b[31m" + "x/" * 400, b"", turned(tarfile.FIFOTYPE)), form=tarfile.PAX_FORMAT)
    with pytest.raises(UnfitError) as refused:
        read(layer)
    assert refused.value.why.isprintable()
    assert len(refused.value.why) < 250


@pytest.mark.parametrize(
    "headers",
    [{"path": "../x"}, {"linkpath": "../x"}, {"path": "/x"}],
)
def test_extended_headers_are_believed_as_an_engine_would(headers: dict[str, str]) -> None:
    def change(info: tarfile.TarInfo) -> None:
        info.type, info.linkname, info.pax_headers = tarfile.LNKTYPE, "fine", headers

    with pytest.raises(UnfitError, match="leads out"):
        read(tar_of(("fine", b"", change), form=tarfile.PAX_FORMAT))


@pytest.mark.parametrize(
    "headers",
    [
        {"GNU.sparse.map": "0,1"},
        {"GNU.sparse.major": "1"},
        {"size": "-1"},
        {"size": "1e3"},
        {"size": "9" * 30},
        {"path": "a\0b"},
        {"path": "x" * 256},
        {"path": "x/" * 2100},
    ],
)
def test_extended_headers_that_readers_differ_on_are_refused(headers: dict[str, str]) -> None:
    def change(info: tarfile.TarInfo) -> None:
        info.pax_headers = headers

    with pytest.raises(UnfitError):
        read(tar_of(("fine", b"", change), form=tarfile.PAX_FORMAT))


def raw_extended(kind: bytes, data: bytes) -> bytes:
    info = tarfile.TarInfo("x")
    info.type, info.size = kind, len(data)
    return info.tobuf(tarfile.USTAR_FORMAT) + data + b"\0" * (-len(data) % 512)


@pytest.mark.parametrize(
    "data",
    [
        b"11 path=..\n",
        b"0 path=x\n",
        b"9999 path=x\n",
        b"path=x\n",
        b"-9 path=x\n",
        b"9 path=xx",
        b"7 =abc\n",
        b" " * 40,
        b"8 path=\n",
        b"13 linkpath=\n",
    ],
)
@pytest.mark.parametrize("kind", [tarfile.XHDTYPE, tarfile.XGLTYPE])
def test_an_extended_header_that_is_not_sound_is_refused(data: bytes, kind: bytes) -> None:
    with pytest.raises(UnfitError):
        read(raw_extended(kind, data) + tar_of(("fine", b"", as_is)))


def test_a_chain_of_extended_headers_is_refused_at_its_second_link() -> None:
    with pytest.raises(UnfitError, match="two extended headers"):
        read(raw_extended(b"L", b"name\0") * 5000 + tar_of(("fine", b"", as_is)))
    with pytest.raises(UnfitError, match="after an extended header"):
        read(raw_extended(b"L", b"name\0"))
    with pytest.raises(UnfitError, match="larger than 1 MiB"):
        read(raw_extended(b"L", b"n" * (2**20 + 1)))


NAMED = b"15 path=inside\n"


@pytest.mark.parametrize(
    ("before", "why"),
    [
        (raw_extended(b"L", b"name\0") + raw_extended(b"x", NAMED), "GNU's way and by pax"),
        (raw_extended(b"x", NAMED) + raw_extended(b"K", b"name\0"), "GNU's way and by pax"),
        (raw_extended(b"x", NAMED) + raw_extended(b"g", b"9 note=x\n"), "parts one from its own header"),
        (raw_extended(b"L", b"name\0") + raw_extended(b"g", b""), "parts one from its own header"),
        (raw_extended(b"L", b"\0"), "long name is empty"),
        (raw_extended(b"K", b""), "long name is empty"),
        (raw_extended(b"L", b"name\0other\0"), "has a zero in it"),
    ],
)
def test_a_name_that_engines_would_read_otherwise_is_refused(before: bytes, why: str) -> None:
    """Go's reader: an empty name counts for none, GNU's counts before pax, all ends at a header for all members."""
    with pytest.raises(UnfitError, match=why):
        read(before + tar_of(("fine", b"", as_is)))


def test_a_time_that_go_would_take_for_a_folder_is_refused() -> None:
    layer = tar_of(("fine", b"", as_is))
    read(with_field(layer[:512], 345, b"14721340077\0") + layer[512:])
    for place in (345, 357):
        with pytest.raises(UnfitError, match="number"):
            read(with_field(layer[:512], place, b"../../etc\0") + layer[512:])


def with_field(block: bytes, at: int, field: bytes) -> bytes:
    """A header with other bytes in one place, and a checksum that says it is whole."""
    changed = bytearray(block)
    changed[at : at + len(field)] = field
    changed[148:156] = b" " * 8
    changed[148:156] = b"%06o\0 " % sum(changed)
    return bytes(changed)


@pytest.mark.parametrize(
    "size",
    [b"\xff" * 12, b"\x80" + b"\xff" * 11, b"-0000000001\0", b"0o000000001\0", b"1_000000000\0", b"99999999999\0"],
)
def test_a_size_that_is_none_or_negative_is_refused(size: bytes) -> None:
    layer = tar_of(("fine", b"", as_is))
    with pytest.raises(UnfitError, match="number"):
        read(with_field(layer[:512], 124, size) + layer[512:])


def test_a_folder_with_content_is_refused() -> None:
    """The first readers of tar took such a file for a folder: what follows would be a header to them."""
    inner = tar_of(("../x", b"", as_is))[:512]
    layer = tar_of(("folder/", inner, as_is))
    for kind in (b"0", b"\0"):
        with pytest.raises(UnfitError, match="folder has content"):
            read(with_field(layer[:512], 156, kind) + layer[512:])


def test_what_follows_the_end_is_refused() -> None:
    layer = tar_of(("a", b"x", as_is))
    with pytest.raises(UnfitError, match="follows its end"):
        read(layer + tar_of(("../x", b"", as_is)))


@pytest.mark.parametrize("layer", [b"no tar at all", b"\x7fELF" + b"\1" * 4000, random.Random(1).randbytes(5120)])
def test_bytes_that_are_no_tar_are_refused(tmp_path: Path, layer: bytes) -> None:
    with pytest.raises(ImageRefused, match="layer 1 is not a whole tar"):
        admitted(tmp_path, layer)


@pytest.mark.parametrize(
    ("start", "name"), [(b"\x28\xb5\x2f\xfd", "zstd"), (b"\xfd7zXZ\0", "xz"), (b"BZh91AY", "bzip2")]
)
def test_other_packings_are_named_with_the_mend(tmp_path: Path, start: bytes, name: str) -> None:
    with pytest.raises(ImageRefused, match=f"packed by {name}") as refused:
        admitted(tmp_path, start + b"\0" * 100)
    assert "gzip" in refused.value.mend


def test_an_archive_that_is_packed_as_a_whole_is_told_how_to_be_unpacked(tmp_path: Path) -> None:
    path = save(tmp_path / "model.tar")
    path.write_bytes(packed(path.read_bytes()))
    with pytest.raises(ImageRefused, match="packed as a whole") as refused:
        read_archive(path)
    assert "gunzip" in refused.value.mend


def test_a_layer_of_many_gzip_parts_is_read_whole() -> None:
    layer = tar_of(("a", random.Random(2).randbytes(200_000), as_is))
    parts = [packed(layer[at : at + 999]) for at in range(0, len(layer), 999)]
    stored = b"".join(parts) + packed(b"")
    assert read(layer, stored)[:2] == (digest(stored), digest(layer))


@pytest.mark.parametrize("tail", [b"rubbish", b"\0" * 512, packed(b"")[:-1], b"\x1f"])
def test_what_follows_the_last_gzip_part_is_refused(tail: bytes) -> None:
    layer = tar_of(("a", b"x", as_is))
    with pytest.raises(UnfitError, match="gzip"):
        read(layer, packed(layer) + tail)


def test_gzip_parts_are_capped() -> None:
    stored = packed(b"") * 1001
    assert LayerStream(io.BytesIO(stored), len(stored), lambda size: None, most_parts=1001).read(1) == b""
    with pytest.raises(NotATarError, match="more than 1,000 parts"):
        LayerStream(io.BytesIO(stored), len(stored), lambda size: None, most_parts=1000).read(1)


def test_a_bomb_of_a_thousand_to_one_stops_at_the_cap() -> None:
    compressor = zlib.compressobj(9, zlib.DEFLATED, 31)
    bomb = b"".join(compressor.compress(b"\0" * 2**20) for _ in range(64)) + compressor.flush()
    assert len(bomb) < 2**17
    with pytest.raises(UnfitError, match="unpack to more than"):
        read(b"", bomb, Tally(most_bytes=2**23))


def test_caps_hold_over_all_layers_together() -> None:
    layer = tar_of(*[(str(number), b"", as_is) for number in range(6)])
    tally = Tally(most_entries=10)
    read(layer, tally=tally)
    with pytest.raises(UnfitError, match="more than 10 files"):
        read(layer, tally=tally)
    assert tally.most_bytes == MOST_BYTES


def test_setuid_files_are_counted_for_the_record(tmp_path: Path) -> None:
    image = admitted(tmp_path, tar_of(("su", b"x", turned(tarfile.REGTYPE, mode=0o6755)), ("b", b"x", as_is)))
    assert image.setuid_files == 1
    assert b"".join(hand_on(image))
