"""Saved images, made by hand: what `docker save` writes, and what a vendor could write instead."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import platform
import tarfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

ARCHITECTURE = {"x86_64": "amd64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())


BLOBS = "blobs/sha256/"
LAYOUT = b'{"imageLayoutVersion": "1.0.0"}'
INDEX = "application/vnd.oci.image.index.v1+json"
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIGURATION = "application/vnd.oci.image.config.v1+json"
LAYER = "application/vnd.oci.image.layer.v1.tar"


def digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def layer(text: str = "weights") -> bytes:
    """A tar of one file."""
    data = io.BytesIO()
    with tarfile.open(fileobj=data, mode="w") as archive:
        add(archive, "model.bin", text.encode())
    return data.getvalue()


def add(
    archive: tarfile.TarFile, name: str, body: bytes, change: Callable[[tarfile.TarInfo], None] | None = None
) -> None:
    info = tarfile.TarInfo(name)
    info.size = len(body)
    if change:
        change(info)
    archive.addfile(info, io.BytesIO(body))


def configuration(layers: Sequence[bytes], config: Mapping[str, Any] | None = None, **more: Any) -> dict[str, Any]:
    base = {"Entrypoint": ["/model"], "Env": ["PATH=/bin"]}
    return {
        "architecture": ARCHITECTURE,
        "os": "linux",
        "config": {**base, **(config or {})},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{digest(one)}" for one in layers]},
        **more,
    }


def save(
    path: Path,
    *,
    layers: Sequence[bytes] = (),
    stored: Sequence[bytes] | None = None,
    config: Mapping[str, Any] | bytes | None = None,
    manifest: Any = None,
    tags: Sequence[str] | None = ("chestnet:1",),
    oci: bool = False,
    extra: Callable[[tarfile.TarFile], None] | None = None,
) -> Path:
    """Write an archive. `stored` are the bytes kept for each layer, where they are others than the layer itself."""
    layers = layers or (layer(),)
    table = configuration(layers) if config is None else config
    raw = table if isinstance(table, bytes) else json.dumps(table).encode()
    bodies = list(stored if stored is not None else layers)
    names = [f"{BLOBS}{digest(one)}" if oci else f"{digest(one)}/layer.tar" for one in bodies]
    config_name = f"{BLOBS}{digest(raw)}" if oci else f"{digest(raw)}.json"
    listed = [{"Config": config_name, "RepoTags": tags, "Layers": names}] if manifest is None else manifest
    with tarfile.open(path, "w") as archive:
        add(archive, config_name, raw)
        for name, body in dict(zip(names, bodies, strict=True)).items():
            add(archive, name, body)
        if oci:
            image = manifest_of(raw, bodies)
            add(archive, f"{BLOBS}{digest(image)}", image)
            add(archive, "oci-layout", LAYOUT)
            add(archive, "index.json", index_of(descriptor(image, MANIFEST)))
        if listed is not False:
            add(archive, "manifest.json", json.dumps(listed).encode())
        if extra:
            extra(archive)
    return path


def descriptor(blob: bytes, media_type: str, **more: Any) -> dict[str, Any]:
    return {"mediaType": media_type, "digest": f"sha256:{digest(blob)}", "size": len(blob), **more}


def manifest_of(raw: bytes, layers: Sequence[bytes], media_type: str = LAYER, **more: Any) -> bytes:
    """An OCI manifest of a configuration and stored layers."""
    rows = [descriptor(one, media_type) for one in layers]
    return json.dumps({"schemaVersion": 2, "config": descriptor(raw, CONFIGURATION), "layers": rows, **more}).encode()


def index_of(*rows: Mapping[str, Any]) -> bytes:
    return json.dumps({"schemaVersion": 2, "mediaType": INDEX, "manifests": list(rows)}).encode()


def lay_out(path: Path, index: bytes, blobs: Sequence[bytes], *, layout: bytes = LAYOUT, prefix: str = "") -> Path:
    """An OCI layout in a tar, as `skopeo copy … oci-archive:` and buildx's `type=oci` write it."""
    with tarfile.open(path, "w") as archive:
        add(archive, f"{prefix}oci-layout", layout)
        add(archive, f"{prefix}index.json", index)
        for blob in {digest(one): one for one in blobs}.values():
            add(archive, f"{prefix}{BLOBS}{digest(blob)}", blob)
    return path


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def members(stream: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
