"""Opaque ids and re-keyed UIDs, from a key that only the holder of the unseen data can make.

The key is derived from the content of the data and the rules, so the same warehouse gives the same ids on every
machine, and nobody without every byte of it can compute, or check a guess of, an id.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
from collections.abc import Iterable

from nccid_eval.records import PartitionRules

_ID_LENGTH = 12  # 60 bits: a clash among a million ids has odds of 1 in 2 million


def partition_key(sources: Iterable[str], rules: PartitionRules) -> bytes:
    """The key of a partition from the SHA-256 hex digests of its source files and its rules."""
    digest = hashlib.sha256(b"nccid-eval partition key 1\n")
    digest.update(canonical_rules(rules).encode())
    for one in sorted(sources):
        digest.update(b"\n" + one.encode())
    return digest.digest()


def canonical_rules(rules: PartitionRules) -> str:
    table = dataclasses.asdict(rules) | {"modalities": sorted(rules.modalities)}
    return json.dumps(table, sort_keys=True, separators=(",", ":"))


def opaque_id(key: bytes, kind: str, name: str) -> str:
    """Twelve characters of a-z2-7 for a case, a patient or a study."""
    return base64.b32encode(_keyed(key, kind, name)).decode().lower()[:_ID_LENGTH]


def opaque_uid(key: bytes, name: str) -> str:
    """A UID under 2.25 (from a 128-bit number), the same for the same UID throughout a partition."""
    return f"2.25.{int.from_bytes(_keyed(key, 'uid', name)[:16], 'big')}"


def _keyed(key: bytes, kind: str, name: str) -> bytes:
    return hmac.new(key, f"{kind}\0{name}".encode(), hashlib.sha256).digest()
