"""`python -m nccid_eval.schemas`: write the schemas again, after a record or fields.toml changed."""

from __future__ import annotations

from pathlib import Path

from nccid_eval.schemas.making import ROOTS, text

if __name__ == "__main__":
    for name in ROOTS:
        Path(__file__).with_name(f"{name}.schema.json").write_text(text(name), encoding="utf-8")
