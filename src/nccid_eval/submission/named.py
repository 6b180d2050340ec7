"""The one image that an archive's manifest names, its layers not read yet."""

from __future__ import annotations

from dataclasses import dataclass

from nccid_eval.submission.archive_index import Stored


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedLayer:
    stored: Stored
    digest: str | None  # SHA-256 of the stored bytes where the manifest claims one, in hexadecimal


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedImage:
    raw_configuration: bytes
    layers: tuple[NamedLayer, ...]  # in order
