"""What each file of a run's folder is, and who may see it: README.txt says so in the folder itself."""

from __future__ import annotations

README = "README.txt"

RUN = """\
ONE RUN OF nccid_eval: a model for COVID-19 chest imaging, tested on images of the NCCID that its vendor never saw.

release/  may leave, once a person has looked at it: counts and numbers that passed a disclosure gate. Only if
          scorecard.json says under "gate" that it was applied: a run scored from tables without --gate may not leave.
private/  may not leave, nor be shown to the vendor: it has answers and reference standard of each case. For the
          evaluator's eyes alone (mode 0700; an unpacked zip has lost that: chmod 700 private).
README.txt  this text. No patient is in it.

In release/
  report.html       the full report: open it in a browser; it needs no network
  summary.html      the same in two pages, for who decides
  letter.html       the vendor's letter: its own result, nothing by case
  *.pdf             these pages, printed
  scorecard.json    every number with its interval (nccid-eval/scorecard/1)
  estimates.csv     the same numbers as a table
  run.json          what was tested, on what, how it ran (nccid-eval/run/1)
  vendor.json       what the letter tells, for a machine (nccid-eval/vendor/2)
  rehearsal.json    alone with a letter: the model failed on synthetic cases, and no unseen one was shown to it
  SHA256SUMS        digests of these files; sha256sum --check SHA256SUMS

In private/
  assessment.json   what the run was started with: submission, partition, cases, plan, limits, seed
  journal.log       each question and each answer, as they came; a sum on each line
  canary.log, synthetic.log, repeat.log    the same of the cases asked before and after the unseen ones
  *-failed-*.log    the same of an attempt at these that failed
  container.log, *-container.log           what the containers wrote to stderr
  predictions.csv   the score and the outcome of each case
  truth.csv         the reference standard of each case; the journal holds its digest
  scorecard.json    every number, those of small groups too
  scan.json         what the vulnerability scanner found, where there is one
  deletion.json     that the vendor's image was removed, once it was
  lock              empty; who writes to the run holds it

This folder is whole: copy it anywhere. Without the images, a container engine or the model,
  nccid-eval report FOLDER    writes the pages again, the same bytes
  nccid-eval score FOLDER     makes the numbers again from journal and reference standard: the same bytes where the
                              same versions compute them, otherwise it says what differs
Each field of the JSON files is described by the JSON Schemas that come with nccid_eval (docs/run-folder.md there).
"""

COMPARISON = """\
A COMPARISON BY nccid_eval of several models on one unseen partition of the NCCID.

release/  may leave, once a person has looked at it: its numbers passed a disclosure gate.
  comparison.html   the report: open it in a browser; it needs no network; comparison.pdf: the same, printed
  comparison.json   every number with its interval (nccid-eval/comparison/1)
  SHA256SUMS        digests of these files; sha256sum --check SHA256SUMS
private/  is empty.
"""
