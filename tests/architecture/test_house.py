"""The house holds: rooms, doors to outside libraries, the truth out of the sandbox's reach, verbs with help."""

from __future__ import annotations

import ast
import dataclasses
import subprocess
import sys
import typing
from pathlib import Path

import pytest

from nccid_eval import errors, records
from nccid_eval.cli import VERBS
from nccid_eval.errors import NccidEvalError

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src" / "nccid_eval"
DOORS = {
    "mlflow": {"tracking"},
    "docker": {"engine"},
    "dask": {"execution"},
    "distributed": {"execution"},
    "click": {"cli"},
    "matplotlib": {"report"},
    "weasyprint": {"report"},
    "pydyf": {"report"},
    "jinja2": {"report", "starter_kit"},
    "pydicom": {"partition", "synthetic"},
    "aiohttp": {"partition"},
    "botocore": {"partition"},
    "fsspec": {"partition"},
    "s3fs": {"partition"},
    "torch": set(),
    "monai": set(),
}


def imports(path: Path) -> set[str]:
    """Top-level names of everything that a file imports, late imports included."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            found.add(node.module.split(".")[0])
    return found


def room(path: Path) -> str:
    return path.relative_to(SOURCE).parts[0].removesuffix(".py")


def test_each_outside_library_has_one_door() -> None:
    wrong = [
        f"{path.relative_to(ROOT)} imports {library}"
        for path in SOURCE.rglob("*.py")
        for library in imports(path) & set(DOORS)
        if room(path) not in DOORS[library]
    ]
    assert wrong == []


def test_layers_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).with_name("lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


def reachable(start: type) -> set[type]:
    """Every dataclass that a value of this type can hold, at any depth."""
    seen: set[type] = set()
    left: list[typing.Any] = [start]
    while left:
        hint = left.pop()
        left.extend(typing.get_args(hint))
        if isinstance(hint, type) and dataclasses.is_dataclass(hint) and hint not in seen:
            seen.add(hint)
            left.extend(typing.get_type_hints(hint).values())
    return seen


def test_truth_cannot_be_reached_from_what_the_sandbox_gets() -> None:
    assert records.Truth not in reachable(records.RunRequest)
    assert records.Limits in reachable(records.RunRequest)  # the walk does walk


def test_the_sandbox_room_never_names_the_truth() -> None:
    text = "".join(path.read_text(encoding="utf-8") for path in (SOURCE / "sandbox").glob("*.py"))
    assert "Truth" not in text


def leaves(kind: type[NccidEvalError]) -> list[type[NccidEvalError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in leaves(child))]


def test_every_error_has_its_own_exit_status_and_stands_in_the_tree() -> None:
    kinds = leaves(NccidEvalError)[1:]
    codes = [kind.exit_code for kind in kinds]
    assert len(set(codes)) == len(codes)
    assert errors.__doc__ is not None
    for kind in kinds:
        assert f"{kind.__name__} " in errors.__doc__
        assert str(kind.exit_code) in errors.__doc__


@pytest.mark.parametrize("kind", leaves(NccidEvalError))
def test_errors_travel_between_processes(kind: type[NccidEvalError]) -> None:
    import pickle

    error = kind("what", where="where", mend="mend")
    again = pickle.loads(pickle.dumps(error))
    assert type(again) is kind
    assert str(again) == str(error) == "what\n  where: where\n  mend:  mend"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example_and_stands_in_the_readme(verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "nccid_eval.cli", verb, "--help"], capture_output=True, text=True, check=True
    )
    assert "Usage:" in done.stdout
    assert "Example" in done.stdout or verb == "partition"
    assert f"nccid-eval {verb}" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['nccid-eval', '--help']\n"
        "from nccid_eval.cli import main\n"
        "try: main()\n"
        "except SystemExit: pass\n"
        "heavy = {'numpy', 'scipy', 'pandas', 'mlflow', 'docker', 'pydicom', 'matplotlib'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_rooms_are_drawn_in_the_readme_or_the_configuration() -> None:
    drawn = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    for path in SOURCE.iterdir():
        if path.name.startswith("__") or path.name == "py.typed":
            continue
        assert room(path) in drawn


def test_modules_stay_small() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in SOURCE.rglob("*.py")
        if (lines := len(path.read_text(encoding="utf-8").splitlines())) > 300
    }
    assert long == {}
