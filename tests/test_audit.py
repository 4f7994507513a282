"""What `make audit` says of what the databases of known faults answer; that answer is theirs, as they documented it."""

import pytest

from tests.audit import coverage_faults, npm_audit, python_audit
from tests.mutation.mutants import mutants_of

AGAIN = "run this again where the registry answers."
SAFE = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "amqp", "skip_reason": "Dependency not found on PyPI and could not be audited: amqp (5.4.2)"}
FAULTY = {"name": "nh3", "version": "0.3.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["0.3.1"]}]}


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        ([SAFE], "Python packages: no known fault in 1 of 1 packages."),
        (
            [SAFE, UNKNOWN],
            f"Python packages: no known fault in 1 of 2 packages. 1 could not be looked up: {AGAIN}",
        ),
        ([SAFE, FAULTY], "Python packages: 1 known faults\n  nh3 0.3.0: PYSEC-1, mended in 0.3.1"),
    ],
)
def test_python_packages_are_told(packages: list[dict], said: str) -> None:
    assert str(python_audit({"dependencies": packages})) == said


def test_npm_packages_are_told() -> None:
    answer = {"vulnerabilities": {}, "metadata": {"dependencies": {"total": 9}}}

    assert str(npm_audit(answer)) == "npm packages: no known fault in 9 of 9 packages."
    assert str(npm_audit(answer | {"vulnerabilities": {"sass": {"severity": "high"}}})) == (
        "npm packages: 1 known faults\n  sass: high"
    )


@pytest.mark.parametrize("answer", [None, {"statusCode": 405, "message": "Method Not Allowed"}])
def test_silence_is_told_and_is_no_fault(answer: dict | None) -> None:
    for audit in (npm_audit(answer), python_audit(answer)):
        assert str(audit).endswith("nobody could be asked for known faults. Run this again where the registry answers.")
        assert audit.faults == []


@pytest.mark.parametrize(
    ("lines", "branches", "missing", "faults"),
    [
        (980, 95, [], []),
        (979, 95, [], ["97.9% of lines are covered: at least 98% are wanted."]),
        (980, 94, [], ["94.0% of branches are covered: at least 95% are wanted."]),
        (980, 95, [7], ["applications/permissions.py is not covered whole: [7]"]),
    ],
)
def test_coverage_has_a_floor(lines: int, branches: int, missing: list[int], faults: list[str]) -> None:
    totals = {"covered_lines": lines, "num_statements": 1000, "covered_branches": branches, "num_branches": 100}
    files = {
        "applications/permissions.py": {"missing_lines": missing, "missing_branches": []},
        "applications/forms.py": {"missing_lines": [1], "missing_branches": []},
    }

    assert coverage_faults({"totals": totals, "files": files}) == faults


def test_mutants_change_one_thing_each_and_leave_the_rest() -> None:
    source = 'X = {State.A: frozenset({1})}\n\ndef f(a: int) -> bool:\n    """Why."""\n    return a == 2 and not a\n'

    assert [(mutant.line, mutant.now) for mutant in mutants_of(source)] == [
        (1, "X = {}"),
        (1, "X = {State.A: frozenset({2})}"),
        (5, "return not (a == 2 and (not a))"),
        (5, "return a == 2 or not a"),
        (5, "return not a"),
        (5, "return a == 2"),
        (5, "return a != 2 and (not a)"),
        (5, "return a == 2 and (not not a)"),
        (5, "return a == 3 and (not a)"),
    ]
    assert all(compile(mutant.source, "mutant", "exec") for mutant in mutants_of(source))
