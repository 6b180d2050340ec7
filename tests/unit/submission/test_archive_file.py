from __future__ import annotations

import io
import json
import os
import tarfile
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.saved import add, configuration, digest, layer, members, packed, save

from nccid_eval.errors import ImageMissing, ImageRefused
from nccid_eval.submission import archive_index
from nccid_eval.submission.archive_file import hand_on, read_archive


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return tmp_path / "model.tar"


@pytest.mark.parametrize("oci", [False, True])
@pytest.mark.parametrize("pack", [bytes, packed])
def test_a_sound_image_is_read_and_handed_on_whole(tar: Path, oci: bool, pack: Any) -> None:
    layers = [layer("a"), layer("b")]
    saved = read_archive(save(tar, layers=layers, stored=[pack(one) for one in layers], oci=oci))
    raw = json.dumps(configuration(layers)).encode()
    assert saved.id == f"sha256:{digest(raw)}"
    assert saved.size_bytes == sum(map(len, layers))
    handed = members(b"".join(hand_on(saved)))
    manifest = json.loads(handed["manifest.json"])
    assert manifest[0]["RepoTags"] is None
    assert handed[manifest[0]["Config"]] == raw
    assert [handed[name] for name in manifest[0]["Layers"]] == [pack(one) for one in layers]


def test_what_is_handed_on_is_a_tar_to_the_last_block(tar: Path) -> None:
    stream = b"".join(hand_on(read_archive(save(tar))))
    assert len(stream) % 512 == 0
    assert stream.endswith(b"\0" * 1024)


def test_no_tag_of_the_vendors_reaches_the_engine(tar: Path) -> None:
    stream = b"".join(hand_on(read_archive(save(tar, tags=["scorer:prod"]))))
    assert b"scorer" not in stream


def test_no_name_of_the_vendors_reaches_the_engine(tar: Path) -> None:
    """A layer that is called as our manifest would be unpacked over it, and bring another image with tags."""
    one, name = layer("evil"), "manifest.json.d/../manifest.json"
    raw = json.dumps(configuration([one])).encode()
    listed = [{"Config": f"{digest(raw)}.json", "RepoTags": None, "Layers": ["VENDOR.tar"]}]
    with tarfile.open(tar, "w") as archive:
        add(archive, f"{digest(raw)}.json", raw)
        add(archive, "VENDOR.tar", one)
        add(archive, "manifest.json", json.dumps(listed).encode())
    with tarfile.open(fileobj=io.BytesIO(b"".join(hand_on(read_archive(tar))))) as handed:
        names = handed.getnames()
    assert sorted(names) == sorted([f"{digest(raw)}.json", f"{digest(one)}/layer.tar", "manifest.json"])
    with pytest.raises(ImageRefused, match="leads out"):
        read_archive(save(tar, extra=lambda archive: add(archive, name, b"x")))


@pytest.mark.parametrize("name", ["manifest.json", "./manifest.json", "x//../manifest.json", "./././manifest.json"])
def test_a_second_manifest_under_any_spelling_is_refused(tar: Path, name: str) -> None:
    with pytest.raises(ImageRefused, match=r"twice|leads out"):
        read_archive(save(tar, extra=lambda archive: add(archive, name, b"[]")))


def test_a_repeated_layer_is_handed_on_once(tar: Path) -> None:
    one = layer()
    saved = read_archive(save(tar, layers=[one, one]))
    assert len(saved.layers) == 2
    assert len(members(b"".join(hand_on(saved)))) == 3


def test_a_layer_behind_a_symbolic_link_is_followed_within_the_archive(tar: Path) -> None:
    one = layer()

    def link(archive: tarfile.TarFile) -> None:
        def to(info: tarfile.TarInfo) -> None:
            info.type, info.linkname = tarfile.SYMTYPE, f"../{digest(one)}/layer.tar"

        add(archive, "second/layer.tar", b"", to)

    raw = json.dumps(configuration([one, one])).encode()
    names = [f"{digest(one)}/layer.tar", "second/layer.tar"]
    save(tar, layers=[one], config=raw, manifest=[{"Config": f"{digest(raw)}.json", "Layers": names}], extra=link)
    assert len(read_archive(tar).layers) == 2


@pytest.mark.parametrize("target", ["/etc/shadow", "../../etc/shadow", "second/layer.tar"])
def test_a_link_that_leads_elsewhere_is_refused(tar: Path, target: str) -> None:
    def link(archive: tarfile.TarFile) -> None:
        def to(info: tarfile.TarInfo) -> None:
            info.type, info.linkname = tarfile.SYMTYPE, target

        add(archive, "second/layer.tar", b"", to)

    one = layer()
    raw = json.dumps(configuration([one])).encode()
    manifest = [{"Config": f"{digest(raw)}.json", "Layers": ["second/layer.tar"]}]
    save(tar, layers=[one], config=raw, manifest=manifest, extra=link)
    with pytest.raises(ImageRefused):
        read_archive(tar)


def test_layer_theft_is_refused(tar: Path) -> None:
    """It names the digest of another vendor's layer and brings an empty one: engines hand out the other's files."""
    theirs = layer("another vendor's weights")
    save(tar, layers=[theirs], stored=[layer("")])
    with pytest.raises(ImageRefused, match="not what it claims"):
        read_archive(tar)


@pytest.mark.parametrize("rootfs", [{"DIFF_IDS": ["sha256:" + "0" * 64]}, {"diff_Ids": []}])
def test_digests_under_a_second_spelling_are_refused(tar: Path, rootfs: dict[str, Any]) -> None:
    table = configuration([layer()])
    table["rootfs"].update(rootfs)
    with pytest.raises(ImageRefused):
        read_archive(save(tar, config=table))


def test_a_configuration_that_is_not_what_its_name_says_is_refused(tar: Path) -> None:
    raw = json.dumps(configuration([layer()])).encode()
    with tarfile.open(tar, "w") as archive:
        add(archive, f"{'0' * 64}.json", raw)
        add(archive, "layer.tar", layer())
        add(archive, "manifest.json", json.dumps([{"Config": f"{'0' * 64}.json", "Layers": ["layer.tar"]}]).encode())
    with pytest.raises(ImageRefused, match="not what its name claims"):
        read_archive(tar)


@pytest.mark.parametrize(
    "manifest",
    [
        False,
        [],
        {},
        "text",
        ["text"],
        [{}, {}],
        [{"Config": 1, "Layers": []}],
        [{"Config": "x.json", "Layers": "abc"}],
        [{"Config": "x.json", "Layers": [1]}],
        [{"Config": "absent.json", "Layers": []}],
        [{"Config": "../../etc/passwd", "Layers": []}],
        [{"Config": "x.json", "Layers": ["l"] * 201}],
    ],
)
def test_a_manifest_that_makes_no_sense_is_refused(tar: Path, manifest: Any) -> None:
    with pytest.raises(ImageRefused):
        read_archive(save(tar, manifest=manifest))


@pytest.mark.parametrize(
    "raw",
    [
        b"not json",
        b"[]",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"rootfs": {"diff_ids": []}, "rootfs": {"diff_ids": []}}',
        b'{"rootfs": []}',
        b'{"rootfs": {"diff_ids": 7}}',
        b'{"rootfs": {"diff_ids": [7]}}',
        b'{"rootfs": {"diff_ids": []}}',
        b"9" * 5000,
    ],
)
def test_a_configuration_that_makes_no_sense_is_refused(tar: Path, raw: bytes) -> None:
    with pytest.raises(ImageRefused):
        read_archive(save(tar, config=raw))


@pytest.mark.parametrize("name", ["../escape", "a/../../b", "/etc/cron.d/x"])
def test_names_that_lead_out_are_refused(tar: Path, name: str) -> None:
    with pytest.raises(ImageRefused, match="leads out"):
        read_archive(save(tar, extra=lambda archive: add(archive, name, b"x")))


@pytest.mark.parametrize("kind", [tarfile.CHRTYPE, tarfile.BLKTYPE, tarfile.FIFOTYPE, tarfile.LNKTYPE])
def test_devices_fifos_and_hard_links_are_refused(tar: Path, kind: bytes) -> None:
    def turn(info: tarfile.TarInfo) -> None:
        info.type, info.linkname = kind, "manifest.json"

    with pytest.raises(ImageRefused, match="device"):
        read_archive(save(tar, extra=lambda archive: add(archive, "odd", b"", turn)))


@pytest.mark.parametrize("damage", [b"\x1f\x8b rubbish", packed(layer())[:-9], packed(layer()) + b"more"])
def test_a_damaged_gzip_layer_is_refused(tar: Path, damage: bytes) -> None:
    with pytest.raises(ImageRefused):
        read_archive(save(tar, layers=[layer()], stored=[damage]))


def test_a_gzip_bomb_stops_at_the_cap(tar: Path) -> None:
    bomb = b"\0" * (2**20 + 512)
    with pytest.raises(ImageRefused, match="unpack to more than"):
        read_archive(save(tar, layers=[bomb], stored=[packed(bomb)]), most_bytes=2**20)


def test_too_many_entries_are_refused(tar: Path) -> None:
    def many(archive: tarfile.TarFile) -> None:
        for number in range(archive_index.MAX_ENTRIES + 1):
            archive.addfile(tarfile.TarInfo(str(number)))

    with pytest.raises(ImageRefused, match="entries"):
        read_archive(save(tar, extra=many))


def test_a_file_that_changes_after_the_check_is_not_handed_on(tar: Path) -> None:
    saved = read_archive(save(tar, layers=[layer("honest")]))
    data = tar.read_bytes()
    tar.write_bytes(data.replace(b"honest", b"stolen"))
    with pytest.raises(ImageRefused, match="changed"):
        b"".join(hand_on(saved))


def test_a_missing_file_a_link_a_folder_and_a_fifo(tar: Path, tmp_path: Path) -> None:
    with pytest.raises(ImageMissing, match=r"model\.tar is not there"):
        read_archive(tar)
    other = save(tmp_path / "other.tar")
    tar.symlink_to(other)
    with pytest.raises(ImageRefused, match="symbolic link"):
        read_archive(tar)
    (tmp_path / "folder.tar").mkdir()
    os.mkfifo(tmp_path / "fifo.tar")
    for name in ("folder.tar", "fifo.tar"):
        with pytest.raises(ImageRefused, match="no file"):
            read_archive(tmp_path / name)
