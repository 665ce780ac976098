"""The house stands as docs and pyproject.toml say: layers, lazy imports, sizes, public names, and nothing of one machine."""

from __future__ import annotations

import ast
import os
import re
import statistics
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
SOURCE = ROOT / "src" / "regplan"
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
CONTRACTS: dict[str, Any] = {contract["id"]: contract for contract in PROJECT["tool"]["importlinter"]["contracts"]}
MODULES = {path: ast.parse(path.read_text(encoding="utf-8")) for path in sorted(SOURCE.rglob("*.py"))}

HEAVY = (
    "IPython",
    "backports.zstd",
    "distributed",
    "httpx",
    "jupyterlab",
    "numpy",
    "oras",
    "pandas",
    "plotly",
    "requests",
    "textual",
)
# What a plan of a recording does without: what waits, what is for archives and other forms of output, what opens hosts.
IDLE = (
    *HEAVY,
    "_hashlib",
    "anyio",
    "asyncio",
    "csv",
    "difflib",
    "email",
    "http.client",
    "httpcore",
    "importlib.metadata",
    "jinja2",
    "logging",
    "multiprocessing",
    "regplan.cli.pulled",
    "regplan.model.seed",
    "regplan.model.life",
    "regplan.plan.media",
    "regplan.profile.answers",
    "regplan.profile.bundledef",
    "regplan.profile.charts",
    "regplan.profile.checks.platforms",
    "regplan.profile.declared",
    "regplan.profile.legacy",
    "regplan.profile.site_schema",
    "regplan.profile.site_template",
    "regplan.registry.client",
    "regplan.registry.palette_target",
    "regplan.report.html",
    "regplan.report.schema",
    "regplan.report.verifying",
    "regplan.sim.carried",
    "regplan.store.layout",
    "regplan.store.piped",
    "regplan.store.referring",
    "regplan.verbs.living",
    "regplan.verbs.portal",
    "secrets",
    "socket",
    "ssl",
    "subprocess",
    "tarfile",
    "tempfile",
    "zipfile",
)
POSIX_ONLY = {
    "crypt",
    "fcntl",
    "grp",
    "posix",
    "pty",
    "pwd",
    "readline",
    "resource",
    "spwd",
    "syslog",
    "termios",
    "tty",
}
FILE_CAP, FILE_MEDIAN = 400, 130
FUNCTION_CAP, FUNCTION_MEAN = 50, 12

# Hosts and options that tie a file to one package index or mirror, and folders that only one machine has.
OF_ONE_MACHINE = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.org|deb\.debian\.org|proxy\.golang\.org|"
    r"--(?:extra-)?index[-]url|/simple/[\s\"']|/w[o]rk/[\w.]|/tmp/[w]/"
)


def _short(expressions: list[str]) -> set[str]:
    return {expression.removeprefix("*.") for expression in expressions}


def _layers() -> set[str]:
    return {name.strip(" ()") for row in CONTRACTS["layers"]["layers"] for name in row.split("|")}


def _main(*arguments: str) -> str:
    return f"import sys; sys.argv = ['regplan', *{arguments!r}]; from regplan.cli import main; main()"


def test_imports_keep_every_contract() -> None:
    # A process of its own: import-linter sets up logging anew, and other tests read what libraries log.
    call = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    environment = {**os.environ, "PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", call], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize(
    ("contract", "free"), [("http", {"registry"}), ("frames", {"report", "notebook"}), ("textual", {"tui"})]
)
def test_a_library_kept_to_one_package_is_forbidden_to_all_others(contract: str, free: set[str]) -> None:
    assert _short(CONTRACTS[contract]["source_modules"]) == _layers() - free


def test_what_is_held_pure_is_what_coverage_demands_95_percent_of() -> None:
    covered = {
        item.removeprefix("src/regplan/").removesuffix(".py").removesuffix("/*").replace("/", ".")
        for item in PROJECT["tool"]["coverage"]["report"]["include"]
    }

    assert _short(CONTRACTS["pure"]["source_modules"]) == covered
    assert PROJECT["tool"]["coverage"]["report"]["fail_under"] >= 95
    assert PROJECT["tool"]["coverage"]["run"]["branch"] is True


def test_every_module_that_is_held_pure_exists() -> None:
    places = [SOURCE / name.replace(".", "/") for name in _short(CONTRACTS["pure"]["source_modules"])]

    assert [path for path in places if not (path.is_dir() or path.with_suffix(".py").is_file())] == []


@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import regplan", id="import"),
        pytest.param(_main("--help"), id="help"),
        pytest.param(_main("--version"), id="version"),
        *(
            pytest.param(f"import regplan.{name}", id=name)
            for name in sorted(_short(CONTRACTS["pure"]["source_modules"]) - {"registry.auth"})
        ),
    ],
)
def test_what_starts_often_loads_no_heavy_library(code: str) -> None:
    assert _loaded(code, HEAVY) == "[]"


def test_a_plan_of_a_recording_loads_neither_a_loop_nor_what_it_does_without() -> None:
    assert _loaded(_main("plan", "data/demo/site.yaml", "--offline"), IDLE) == "[]"


def _loaded(code: str, names: tuple[str, ...]) -> str:
    """Run a program in a process of its own, and tell which of some modules it has loaded at its end."""
    # What the environment loads into every process, such as coverage, is not the program's.
    told = f"print(sorted((set({names!r}) & sys.modules.keys()) - before))"
    program = f"import atexit, sys; before = set(sys.modules); atexit.register(lambda: exec({told!r})); {code}"
    environment = os.environ | {"PYTHONPATH": str(ROOT / "src")}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()[-1]


def test_no_file_holds_two_ideas() -> None:
    lines = {str(path.relative_to(ROOT)): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}

    assert {name: count for name, count in lines.items() if count > FILE_CAP} == {}
    assert statistics.median(lines.values()) <= FILE_MEDIAN


def test_no_function_is_longer_than_a_screen() -> None:
    lines = {
        f"{path.relative_to(ROOT)}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path, tree in MODULES.items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }

    assert {name: count for name, count in lines.items() if count > FUNCTION_CAP} == {}
    assert statistics.mean(lines.values()) <= FUNCTION_MEAN


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(SOURCE)))
def test_public_names_are_declared_and_sorted(path: Path) -> None:
    declared = _declared(MODULES[path])
    public = {
        node.name
        for node in MODULES[path].body
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) and not node.name.startswith("_")
    }

    assert declared == sorted(declared, key=_as_ruff_sorts)
    assert public - set(declared) == set()


def test_nothing_posix_only_is_imported_when_a_module_loads() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{node.lineno}"
        for path, tree in MODULES.items()
        for node in _imports_at_load(tree)
        if POSIX_ONLY & _imported(node)
    ]

    assert found == []


def test_what_tests_compare_with_is_made_without_regplan() -> None:
    helpers = [path for path in (ROOT / "tests/support").glob("*.py") if not path.name.startswith("test_")]
    trees = {path.name: ast.parse(path.read_text(encoding="utf-8")) for path in helpers}
    imports = {
        name: [node for node in ast.walk(tree) if isinstance(node, ast.Import | ast.ImportFrom)]
        for name, tree in trees.items()
    }

    assert [name for name, nodes in imports.items() if any("regplan" in _imported(node) for node in nodes)] == []


def test_the_house_has_the_folders_that_its_docs_name_and_no_others() -> None:
    known = {".ci", "benchmarks", "data", "docs", "notebooks", "scripts", "src", "tests"}

    # What a run leaves behind in the folder where it was started is not to be committed with the rest.
    assert {path.relative_to(ROOT).parts[0] for path in _tracked() if path.parent != ROOT} == known


def test_no_file_names_an_index_or_a_folder_of_one_machine() -> None:
    found = []
    for path in _tracked():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except UnicodeDecodeError:
            continue
        for number, line in enumerate(lines, 1):
            if OF_ONE_MACHINE.search(line):
                found.append(f"{path.relative_to(ROOT)}:{number}: {line.strip()[:80]}")

    assert found == []


def test_every_dependency_has_one_pinned_version_and_no_index() -> None:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    pinned = [_normal(pin.partition("==")[0]) for pin in pins]

    assert [pin for pin in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[\w.+!-]+", pin)] == []
    assert len(set(pinned)) == len(pinned)
    assert _required() - set(pinned) == set()


def _required() -> set[str]:
    project, groups = PROJECT["project"], PROJECT["dependency-groups"]
    everything = [*PROJECT["build-system"]["requires"], *project["dependencies"]]
    everything += [line for extra in project["optional-dependencies"].values() for line in extra]
    everything += [line for group in groups.values() for line in group if isinstance(line, str)]
    names = {_normal(re.split(r"[^A-Za-z0-9._-]", line, maxsplit=1)[0]) for line in everything}
    return names - {"regplan"}


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def _declared(tree: ast.Module) -> list[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            names: list[str] = ast.literal_eval(node.value)
            return names
    return []


def _as_ruff_sorts(name: str) -> tuple[int, str]:
    """Constants, then classes, then functions (rule RUF022)."""
    if name.isupper():
        return 0, name
    return (1 if name[0].isupper() else 2), name


def _imports_at_load(tree: ast.AST) -> list[ast.Import | ast.ImportFrom]:
    found: list[ast.Import | ast.ImportFrom] = []
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.Import | ast.ImportFrom):
            found.append(node)
        elif not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
            found += _imports_at_load(node)
    return found


def _imported(node: ast.Import | ast.ImportFrom) -> set[str]:
    if isinstance(node, ast.ImportFrom):
        return {(node.module or "").partition(".")[0]}
    return {alias.name.partition(".")[0] for alias in node.names}


def _tracked() -> list[Path]:
    """What git tracks, and what it would; where this is no checkout, what a source archive holds."""
    listing = ["git", "-C", str(ROOT), "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
    try:
        names = subprocess.run(listing, capture_output=True, text=True, check=True, timeout=60).stdout.split("\0")
    except (OSError, subprocess.CalledProcessError):
        folders = ("src", "tests", "docs", "data", "notebooks", "scripts", "benchmarks")
        paths = [*ROOT.glob("*"), *(path for folder in folders for path in (ROOT / folder).rglob("*"))]
        return [path for path in paths if path.is_file() and "__pycache__" not in path.parts]
    return [ROOT / name for name in names if name and (ROOT / name).is_file()]
