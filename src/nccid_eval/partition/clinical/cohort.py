"""All patients' clinical records, as they count."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from nccid_eval.partition.clinical.record import ClinicalFile, ClinicalRecord, latest, read_file, to_record
from nccid_eval.partition.refusal import Refused
from nccid_eval.partition.text import fold
from nccid_eval.partition.warehouse import WarehouseFile, printable, read_ahead


@dataclass(frozen=True, slots=True, kw_only=True)
class Cohort:
    """Records by folded pseudonym. `sources` are the SHA-256 of the files; `problems` what counted for nothing."""

    records: Mapping[str, ClinicalRecord]
    site_names: Mapping[str, str]  # folded -> the commonest spelling
    sources: tuple[str, ...]
    problems: tuple[tuple[str, str], ...]  # reason, file name below data/


def read_cohort(clinical: Sequence[tuple[str, WarehouseFile]], progress: Callable[[int, int], None]) -> Cohort:
    """Read every clinical file; one that cannot be read or understood is a problem, not an error."""
    files: defaultdict[str, list[ClinicalFile]] = defaultdict(list)
    sources: list[str] = []
    problems: list[tuple[str, str]] = []
    read = zip(clinical, read_ahead([source for _, source in clinical]), strict=True)
    for done, ((pseudonym, source), content) in enumerate(read, start=1):
        file_name = printable(source.name.split("/")[-1])
        name = f"{pseudonym}/{file_name}"
        progress(done, len(clinical))
        if isinstance(content, Refused):
            file = replace(read_file(file_name, b"", pseudonym), problem=content.reason)
        else:
            sources.append(hashlib.sha256(content).hexdigest())
            file = read_file(file_name, content, pseudonym)
        files[fold(pseudonym)].append(file)
        if file.problem:
            problems.append((f"clinical file {file.problem}", name))
    records = {
        patient: to_record(counting) for patient, of_patient in files.items() if (counting := _counting(of_patient))
    }
    moved = [patient for patient, of_patient in files.items() if _centres(of_patient) > 1]
    problems += [("patient's files name several submitting centres; the latest counts", one) for one in moved]
    return Cohort(records=records, site_names=_site_names(records), sources=tuple(sources), problems=tuple(problems))


def _counting(files: Sequence[ClinicalFile]) -> ClinicalFile | None:
    """The latest; but no status_ file where a data_ file was lost, as that is one of a positive patient."""
    found = latest(files)
    is_lost = any(one.is_data and one.is_unread for one in files)
    return None if found and not found.is_data and is_lost else found


def _centres(files: Iterable[ClinicalFile]) -> int:
    return len({fold(one.cells.get("submittingcentre")) for one in files if not one.problem} - {""})


def _site_names(records: Mapping[str, ClinicalRecord]) -> dict[str, str]:
    spellings = Counter(record.site for record in records.values() if record.site)
    ranked = sorted(spellings, key=lambda one: (spellings[one], one))
    return {fold(one): one for one in ranked}
