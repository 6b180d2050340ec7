"""One run under reports/<run_id>/: private/ never leaves, release/ passed the disclosure gate. Written atomically.

contents.py says what each file is. Files of release/ are held to their JSON Schemas when written and when read.
"""

from nccid_eval.archive.contents import COMPARISON, README, RUN
from nccid_eval.archive.evidence import (
    copy_evidence,
    identity,
    load_assessment,
    save_assessment,
    save_predictions,
)
from nccid_eval.archive.folder import RunFolder, create, discard_staged, find, guard, new, new_release, run_id
from nccid_eval.archive.reading import parse, read_json, read_record, write_record
from nccid_eval.archive.release import RUN_SCHEMA, SUMS, release_table, save_release, save_sums
from nccid_eval.archive.writing import (
    LOG_BYTES,
    LOG_FULL,
    append_log,
    sha256,
    storage,
    write_bytes,
    write_json,
    write_text,
)

__all__ = [
    "COMPARISON",
    "LOG_BYTES",
    "LOG_FULL",
    "README",
    "RUN",
    "RUN_SCHEMA",
    "SUMS",
    "RunFolder",
    "append_log",
    "copy_evidence",
    "create",
    "discard_staged",
    "find",
    "guard",
    "identity",
    "load_assessment",
    "new",
    "new_release",
    "parse",
    "read_json",
    "read_record",
    "release_table",
    "run_id",
    "save_assessment",
    "save_predictions",
    "save_release",
    "save_sums",
    "sha256",
    "storage",
    "write_bytes",
    "write_json",
    "write_record",
    "write_text",
]
