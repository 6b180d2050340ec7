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
    names = [f"blobs/sha256/{digest(one)}" if oci else f"{digest(one)}/layer.tar" for one in bodies]
    config_name = f"blobs/sha256/{digest(raw)}" if oci else f"{digest(raw)}.json"
    listed = [{"Config": config_name, "RepoTags": tags, "Layers": names}] if manifest is None else manifest
    with tarfile.open(path, "w") as archive:
        add(archive, config_name, raw)
        for name, body in dict(zip(names, bodies, strict=True)).items():
            add(archive, name, body)
        if oci:
            add(archive, "oci-layout", b'{"imageLayoutVersion": "1.0.0"}')
            add(archive, "index.json", b"{}")
        if listed is not False:
            add(archive, "manifest.json", json.dumps(listed).encode())
        if extra:
            extra(archive)
    return path


def packed(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def members(stream: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(stream)) as archive:
        return {one.name: archive.extractfile(one).read() for one in archive}  # type: ignore[union-attr]
