"""JSON Schemas (draft 2020-12) of the files that a run may release, and the check against them.

`NAME.schema.json` beside this file is the contract: strict, versioned by a file's key `schema`, each field described.
They are made from the records and from fields.toml by `python -m nccid_eval.schemas`; a test holds them in step.
"""

from nccid_eval.schemas.checking import Fault, fault

__all__ = ["Fault", "fault"]
