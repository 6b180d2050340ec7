"""OCI layouts as skopeo and BuildKit write them, and as nobody should."""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from tests.unit.submission.saved import (
    INDEX,
    LAYER,
    MANIFEST,
    add,
    configuration,
    descriptor,
    digest,
    index_of,
    lay_out,
    layer,
    manifest_of,
    members,
    packed,
    save,
)

from nccid_eval.errors import ImageRefused
from nccid_eval.submission.archive_file import hand_on, read_archive
from nccid_eval.submission.archive_index import index_archive
from nccid_eval.submission.oci_layout import named_by_layout

LAYERS = (layer("a"), layer("b"))
RAW = json.dumps(configuration(LAYERS)).encode()
IMAGE = manifest_of(RAW, LAYERS)
ATTESTATION = b'{"attests": "how it was built"}'
NOWHERE = {"os": "unknown", "architecture": "unknown"}
ATTESTS = {"annotations": {"vnd.docker.reference.type": "attestation-manifest"}, "platform": NOWHERE}


@pytest.fixture
def tar(tmp_path: Path) -> Path:
    return tmp_path / "model.tar"


def named(manifest: bytes = IMAGE) -> dict[str, Any]:
    return descriptor(manifest, MANIFEST)


def laid(path: Path, *rows: dict[str, Any], blobs: Sequence[bytes] = (), **more: Any) -> Path:
    """A layout whose index has these rows, and which holds the image besides `blobs`."""
    return lay_out(path, index_of(*rows), [RAW, IMAGE, *LAYERS, *blobs], **more)


def refused(path: Path) -> ImageRefused:
    with pytest.raises(ImageRefused) as error:
        read_archive(path)
    assert error.value.mend
    return error.value


@pytest.mark.parametrize("prefix", ["", "./"])
def test_a_layout_is_handed_on_as_docker_wants_it(tar: Path, prefix: str) -> None:
    saved = read_archive(laid(tar, named(), prefix=prefix))
    assert saved.id == f"sha256:{digest(RAW)}"
    handed = members(b"".join(hand_on(saved)))
    manifest = json.loads(handed["manifest.json"])[0]
    assert manifest["RepoTags"] is None
    assert handed[manifest["Config"]] == RAW
    assert tuple(handed[name] for name in manifest["Layers"]) == LAYERS
    assert len(handed) == 4


def test_packed_layers_have_two_digests_and_both_are_checked(tar: Path) -> None:
    stored = [packed(one) for one in LAYERS]
    image = manifest_of(RAW, stored, f"{LAYER}+gzip")
    saved = read_archive(lay_out(tar, index_of(named(image)), [RAW, image, *stored]))
    assert [one.stored for one in saved.layers] == [digest(one) for one in stored]
    assert saved.diff_ids == tuple(f"sha256:{digest(one)}" for one in LAYERS)


def test_an_index_in_the_index_with_one_platform_and_its_attestation(tar: Path) -> None:
    inner = index_of(named(), descriptor(ATTESTATION, MANIFEST, **ATTESTS))
    path = laid(tar, descriptor(inner, INDEX), blobs=[inner, ATTESTATION])
    handed = b"".join(hand_on(read_archive(path)))
    assert b"attests" not in handed


@pytest.mark.parametrize("missing", ["annotations", "platform"])
def test_a_manifest_that_only_half_looks_like_an_attestation_is_an_image(tar: Path, missing: str) -> None:
    half = {key: value for key, value in ATTESTS.items() if key != missing}
    error = refused(laid(tar, named(), descriptor(ATTESTATION, MANIFEST, **half), blobs=[ATTESTATION]))
    assert "2 images" in error.what


def test_other_platforms_may_be_named_where_they_are_not_there(tar: Path) -> None:
    elsewhere = descriptor(b"arm", MANIFEST, platform={"os": "linux", "architecture": "arm64"})
    inner = index_of(named(), elsewhere)
    assert read_archive(laid(tar, descriptor(inner, INDEX), blobs=[inner])).id == f"sha256:{digest(RAW)}"


def test_two_platforms_are_two_images(tar: Path) -> None:
    other = manifest_of(RAW, LAYERS, annotations={"other": "one"})
    error = refused(laid(tar, named(), named(other), blobs=[other]))
    assert "2 images" in error.what
    assert "--platform" in error.mend


def test_one_image_named_twice_is_one(tar: Path) -> None:
    tagged = named() | {"annotations": {"org.opencontainers.image.ref.name": "latest"}}
    assert read_archive(laid(tar, named(), tagged)).size_bytes == sum(map(len, LAYERS))


def test_both_manifests_of_a_newer_docker_must_name_one_image(tar: Path) -> None:
    assert read_archive(save(tar, layers=LAYERS, oci=True)).id == f"sha256:{digest(RAW)}"
    other = json.dumps(configuration(LAYERS, {"Cmd": ["other"]})).encode()
    listed = json.dumps(
        [{"Config": f"blobs/sha256/{digest(other)}", "Layers": [f"blobs/sha256/{digest(one)}" for one in LAYERS]}]
    ).encode()
    laid(tar, named(), blobs=[other])
    with tarfile.open(tar, "a") as archive:
        add(archive, "manifest.json", listed)
    assert "different images" in refused(tar).what


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"size": len(IMAGE) + 1}, "another size"),
        ({"size": -1}, "without a SHA-256 or a size"),
        ({"size": True}, "without a SHA-256 or a size"),
        ({"digest": "sha512:" + "a" * 128}, "without a SHA-256 or a size"),
        ({"digest": "sha256:../../etc/passwd"}, "without a SHA-256 or a size"),
        ({"digest": "sha256:" + "a" * 64}, "0 images"),
        ({"mediaType": "application/spdx+json"}, "no image"),
        ({"mediaType": INDEX}, "names no images"),
        ({"mediaType": None}, "no image"),
    ],
)
def test_a_descriptor_that_does_not_fit_is_refused(tar: Path, change: dict[str, Any], why: str) -> None:
    assert why in refused(laid(tar, named() | change)).what


@pytest.mark.parametrize(
    "index", [b"[]", b"{}", b'{"manifests": {}}', b'{"manifests": [1]}', b'{"manifests": []}', b"x"]
)
def test_an_index_that_makes_no_sense_is_refused(tar: Path, index: bytes) -> None:
    refused(lay_out(tar, index, [RAW, IMAGE, *LAYERS]))


@pytest.mark.parametrize("layout", [b"{}", b"[]", b'{"imageLayoutVersion": 1}', b'{"imageLayoutVersion": "2.0.0"}'])
def test_a_layout_of_another_version_is_refused(tar: Path, layout: bytes) -> None:
    refused(laid(tar, named(), layout=layout))


@pytest.mark.parametrize(
    ("manifest", "why"),
    [
        (manifest_of(RAW, LAYERS, f"{LAYER}+zstd"), "zstd"),
        (manifest_of(RAW, LAYERS, "application/vnd.oci.image.layer.nondistributable.v1.tar"), "lies elsewhere"),
        (manifest_of(RAW, LAYERS, f"{LAYER}+gzip+encrypted"), "encrypted"),
        (manifest_of(RAW, LAYERS, artifactType="application/x"), "artifact"),
        (manifest_of(RAW, LAYERS[:1]), "differ in number"),
        (manifest_of(RAW, LAYERS[::-1]), "not what it claims"),
        (manifest_of(RAW, [*LAYERS] * 101), "too many"),
        (b"[]", "no JSON object"),
        (b'{"config": {}}', "without a SHA-256"),
    ],
)
def test_a_manifest_that_names_something_else_is_refused(tar: Path, manifest: bytes, why: str) -> None:
    assert why in refused(laid(tar, named(manifest), blobs=[manifest])).what


def test_a_blob_under_anothers_digest_is_refused(tar: Path) -> None:
    """Each on the way: manifest, configuration, layer."""
    for honest in (IMAGE, RAW, LAYERS[0]):
        lay_out(tar, index_of(named()), [RAW, IMAGE, *LAYERS])
        stolen = honest.replace(b"a", b"e", 1)
        tar.write_bytes(tar.read_bytes().replace(honest, stolen))
        assert "claims" in refused(tar).what or "not a whole tar" in refused(tar).what


def test_indexes_without_a_bottom_are_refused(tar: Path) -> None:
    blobs = [index_of(named())]
    for _ in range(4):
        blobs.append(index_of(descriptor(blobs[-1], INDEX)))
    refused(laid(tar, descriptor(blobs[-1], INDEX), blobs=blobs))


class Counted(io.BytesIO):
    """An archive that counts the bytes read of it."""

    count = 0

    def read(self, size: int | None = -1, /) -> bytes:
        data = super().read(size)
        self.count += len(data)
        return data


def test_an_index_that_is_named_again_is_not_read_again(tar: Path) -> None:
    rows = [descriptor(b"elsewhere %d" % number, MANIFEST, note="x" * 2000) for number in range(60)]
    inner = index_of(named(), *rows)
    outer = index_of(*[descriptor(inner, INDEX)] * 60)
    laid(tar, *[descriptor(outer, INDEX)] * 60, blobs=[inner, outer])
    file = Counted(tar.read_bytes())
    assert named_by_layout(index_archive(file, tar.stat().st_size)) is not None
    assert file.count < 2 * tar.stat().st_size


def test_rows_are_capped_over_all_indexes_together(tar: Path) -> None:
    rows = [descriptor(b"elsewhere %d" % number, MANIFEST) for number in range(70)]
    inner = [index_of(*rows, descriptor(b"%d" % number, MANIFEST)) for number in range(3)]
    assert (
        "more than 200" in refused(laid(tar, named(), *[descriptor(one, INDEX) for one in inner], blobs=inner)).what
    )


def test_a_layout_without_its_mark_is_none(tar: Path) -> None:
    path = lay_out(tar, index_of(named()), [RAW, IMAGE, *LAYERS])
    path.write_bytes(path.read_bytes().replace(b"oci-layout", b"oci-LAYOUT", 1))
    refused(path)
