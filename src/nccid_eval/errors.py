"""Everything that can go wrong on our side, as one tree; each leaf has its own exit status.

    NccidEvalError
    ├── ConfigError           10  a TOML file says what nobody understands
    ├── WarehouseError        20  the warehouse is not laid out as NCCID is
    │   ├── NoClinicalRecord  21  a patient with images and no clinical record (only under --strict)
    │   ├── UnreadableImage   22  a truncated or foreign DICOM file (only under --strict)
    │   └── AccessDenied      23  a store keeps something of the warehouse from whoever asks
    ├── PartitionError        30  a partition is missing, half there, or changed since it was built
    ├── SubmissionError       40  submission.toml cannot be judged as it stands
    │   ├── ImageMissing      41  the image that it names is not there
    │   ├── ImageRefused      42  the image is not what it claims, or carries what no image may
    │   └── RehearsalFailed   43  the model failed on synthetic cases, so no unseen one was shown to it
    ├── SandboxError          50  the sandbox failed, which says nothing about the model
    │   ├── EngineUnavailable 51  no container engine answers
    │   ├── PolicyNotApplied  52  the engine did not apply an option that keeps patients' images in
    │   ├── RunIncomplete     53  our side failed too often; the run can be resumed
    │   └── ScanFailed        54  the vulnerability scanner that limits.toml names did not do its work
    ├── JournalError          60  a journal is damaged, in use, or belongs to another run
    ├── PredictionsError      70  a table of predictions or truth cannot be scored
    ├── ComparisonError       75  these runs cannot be compared: not one partition, target or set of cases
    ├── StorageError          80  a disk is full or read-only
    ├── PdfError              85  a page cannot become a PDF: Pango is missing, or the page asks for something
    ├── TrackingError         90  MLflow did not take the run
    └── Interrupted          130  Ctrl-C; the run, or the build, can be gone on with

A vendor's failure is no exception: it is an `Outcome`, and it is scored.
"""

from __future__ import annotations

from typing import ClassVar, Self


class NccidEvalError(Exception):
    """An error that a person can mend: what happened, where, and what to do about it.

    `safe_for_vendor` is true only for classes whose text may be shown to a vendor as it is.
    """

    exit_code: ClassVar[int] = 1
    safe_for_vendor: ClassVar[bool] = False

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        place = f"\n  where: {self.where}" if self.where else ""
        cure = f"\n  mend:  {self.mend}" if self.mend else ""
        return f"{self.what}{place}{cure}"

    def __reduce__(self) -> tuple[object, tuple[type[Self], str, str, str]]:
        return _rebuild, (type(self), self.what, self.where, self.mend)


def _rebuild(kind: type[NccidEvalError], what: str, where: str, mend: str) -> NccidEvalError:
    return kind(what, where=where, mend=mend)


class ConfigError(NccidEvalError):
    exit_code = 10


class WarehouseError(NccidEvalError):
    exit_code = 20


class NoClinicalRecord(WarehouseError):
    exit_code = 21


class UnreadableImage(WarehouseError):
    exit_code = 22


class AccessDenied(WarehouseError):
    exit_code = 23


class PartitionError(NccidEvalError):
    exit_code = 30


class SubmissionError(NccidEvalError):
    exit_code = 40
    safe_for_vendor = True


class ImageMissing(SubmissionError):
    exit_code = 41


class ImageRefused(SubmissionError):
    exit_code = 42


class RehearsalFailed(SubmissionError):
    exit_code = 43


class SandboxError(NccidEvalError):
    exit_code = 50


class EngineUnavailable(SandboxError):
    exit_code = 51


class PolicyNotApplied(SandboxError):
    exit_code = 52


class RunIncomplete(SandboxError):
    exit_code = 53


class ScanFailed(SandboxError):
    exit_code = 54


class JournalError(NccidEvalError):
    exit_code = 60


class PredictionsError(NccidEvalError):
    exit_code = 70


class ComparisonError(NccidEvalError):
    exit_code = 75


class StorageError(NccidEvalError):
    exit_code = 80


class PdfError(NccidEvalError):
    exit_code = 85


class TrackingError(NccidEvalError):
    exit_code = 90


class Interrupted(NccidEvalError):
    exit_code = 130
