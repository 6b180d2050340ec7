"""However an archive is damaged, it is refused or it is the very image: never a traceback, never another image."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.unit.submission.saved import (
    MANIFEST,
    configuration,
    descriptor,
    digest,
    index_of,
    lay_out,
    layer,
    manifest_of,
    packed,
    save,
)

from nccid_eval.errors import ImageRefused
from nccid_eval.submission.archive_file import SavedImage, hand_on, read_archive

LAYERS = (layer("a" * 1500), layer("b"))
RAW = json.dumps(configuration(LAYERS)).encode()


def _archives() -> dict[str, bytes]:
    """Small ones of every kind."""
    stored = [packed(one) for one in LAYERS]
    image = manifest_of(RAW, stored, "application/vnd.oci.image.layer.v1.tar+gzip")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar"
        return {
            "saved": save(path, layers=LAYERS).read_bytes(),
            "both": save(path, layers=LAYERS, oci=True).read_bytes(),
            "layout": lay_out(path, index_of(descriptor(image, MANIFEST)), [RAW, image, *stored]).read_bytes(),
        }


ARCHIVES = _archives()


def read(data: bytes) -> SavedImage | None:
    """The image, which must be able to be handed on; None where it is refused."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.tar"
        path.write_bytes(data)
        try:
            saved = read_archive(path, most_bytes=2**20)
        except ImageRefused:
            return None
        assert b"".join(hand_on(saved))
    return saved


@pytest.mark.parametrize("kind", ARCHIVES)
def test_cut_at_every_block_and_beside_it(kind: str) -> None:
    whole = ARCHIVES[kind]
    sound = read(whole)
    assert sound is not None
    used = len(whole.rstrip(b"\0"))
    for at in range(0, used, 512):
        for cut in (at, at + 1, at + 511):
            found = read(whole[:cut])
            assert found is None or cut >= used or found.id == sound.id
    assert read(whole[: used // 2]) is None


@settings(max_examples=150, deadline=None)
@given(
    kind=st.sampled_from(sorted(ARCHIVES)),
    damage=st.lists(st.tuples(st.integers(0, 2**20), st.integers(1, 255)), min_size=1, max_size=4),
)
def test_flipped_bits_never_make_another_image(kind: str, damage: list[tuple[int, int]]) -> None:
    data = bytearray(ARCHIVES[kind])
    for at, bits in damage:
        data[at % len(data)] ^= bits
    found = read(bytes(data))
    assert found is None or found.id == f"sha256:{digest(found.raw_configuration)}"
    if found is not None and found.raw_configuration == RAW:
        assert found.diff_ids == tuple(f"sha256:{digest(one)}" for one in LAYERS)


@settings(max_examples=100, deadline=None)
@given(
    kind=st.sampled_from(sorted(ARCHIVES)),
    at=st.integers(0, 2**20),
    put=st.binary(max_size=600),
    take=st.integers(0, 600),
)
def test_bytes_put_in_or_taken_out(kind: str, at: int, put: bytes, take: int) -> None:
    data = ARCHIVES[kind]
    start = at % len(data)
    found = read(data[:start] + put + data[start + take :])
    assert found is None or found.diff_ids == tuple(f"sha256:{digest(one)}" for one in LAYERS)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_at_all_are_refused(data: bytes) -> None:
    assert read(data) is None
