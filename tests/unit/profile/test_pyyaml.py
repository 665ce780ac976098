from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
# What PyYAML's own reader in Python makes of texts, and how many patterns of PyYAML's are compiled before and after.
READ = r"""
import json, re, sys
compile, told = re.compile, []

def read(text):
    try:
        return repr(yaml.load(text, Loader=yaml.SafeLoader))
    except yaml.YAMLError as error:
        return str(error)

def compiled():
    patterns = [yaml.reader.Reader.NON_PRINTABLE, yaml.constructor.SafeConstructor.timestamp_regexp]
    patterns += [each for _, each in sum(yaml.SafeLoader.yaml_implicit_resolvers.values(), [])]
    return sum(isinstance(each, re.Pattern) or "search" in vars(each) for each in patterns)

before = compiled()
texts = ["a: \u0001", "[yes, no, 1.5, .inf, 0x1F, 0b11, 1_000, ~, 12:30:00, =]", "when: 2026-11-29 10:00:00+01:00", "<<: {a: 1}", "é: 𝄞"]
answers = [read(text) for text in texts]
print(json.dumps([answers, before, compiled() > 0, re.compile is compile and yaml.reader.re is re]))
"""


def _read(loading: str) -> list[object]:
    command = [sys.executable, "-c", f"{loading}\n{READ}"]
    done = subprocess.run(command, env={"PYTHONPATH": str(ROOT / "src")}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    answer: list[object] = json.loads(done.stdout)
    return answer


def test_pyyaml_reads_the_same_and_compiles_no_pattern_before_it_does() -> None:
    theirs, compiled, *_ = _read("import yaml")
    ours, late, is_used, _ = _read("from regplan.profile.pyyaml import yaml")

    assert ours == theirs
    assert (late, is_used) == (0, True)
    assert isinstance(compiled, int)
    assert compiled > 0


def test_nothing_but_pyyaml_gets_another_re() -> None:
    program = "import re; own = vars(re).copy(); import regplan.profile.pyyaml, sys"
    told = (
        "print(vars(re) == own, re is sys.modules['re'], [each for each in sys.meta_path if 'regplan' in repr(each)])"
    )
    done = subprocess.run(
        [sys.executable, "-c", f"{program}; {told}"],
        env={"PYTHONPATH": str(ROOT / "src")},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.stdout == "True True []\n", done.stderr


@pytest.mark.parametrize("first", ["import yaml", "import yaml.reader"])
def test_where_pyyaml_is_loaded_already_it_stays_as_it_is(first: str) -> None:
    *_, is_own = _read(f"{first}\nimport yaml as own\nfrom regplan.profile.pyyaml import yaml\nassert yaml is own")

    assert is_own is True
