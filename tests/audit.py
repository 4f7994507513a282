"""Part of `make audit`: what the tests covered, and faults that are known in the packages we depend on.

Who knows those are public databases. Where they do not answer, it says so and goes on: no news is not good news, and no
fault either. Coverage stands here and not in `make test`, which it would slow by two fifths.
"""

import json
import re
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mastery_hub.common.management.commands.build_assets import tool

ROOT = Path(__file__).resolve().parent.parent
LINES, BRANCHES = 98, 95  # per cent, at least
WHOLE = re.compile(r"/(workflow|permissions(/\w+)?|eligibility|money|transitions)\.py$")


@dataclass
class Audit:
    """`faults` are sentences; `looked_up` of `packages` were known to whoever was asked."""

    of: str
    packages: int = 0
    looked_up: int = 0
    faults: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        if self.faults:
            return "\n".join([f"{self.of}: {len(self.faults)} known faults", *(f"  {fault}" for fault in self.faults)])
        if not self.packages:
            return f"{self.of}: nobody could be asked for known faults. Run this again where the registry answers."
        missed = self.packages - self.looked_up
        rest = f" {missed} could not be looked up: run this again where the registry answers." if missed else ""
        return f"{self.of}: no known fault in {self.looked_up} of {self.packages} packages.{rest}"


def answer_of(command: list[str], folder: Path) -> Any:
    """What a tool answers as JSON, whatever its exit code; None where it does not."""
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    try:
        return json.loads(ended.stdout)
    except ValueError:
        return None


def python_audit(answer: Any) -> Audit:
    audit = Audit("Python packages")
    for package in (answer or {}).get("dependencies", []):
        audit.packages += 1
        audit.looked_up += "skip_reason" not in package
        for fault in package.get("vulns", []):
            mended = ", ".join(fault["fix_versions"]) or "no version yet"
            audit.faults.append(f"{package['name']} {package['version']}: {fault['id']}, mended in {mended}")
    return audit


def npm_audit(answer: Any) -> Audit:
    audit = Audit("npm packages")
    if "vulnerabilities" in (answer or {}):
        audit.packages = audit.looked_up = answer["metadata"]["dependencies"]["total"]
        audit.faults = [f"{name}: {fault['severity']}" for name, fault in answer["vulnerabilities"].items()]
    return audit


def coverage_faults(told: Any) -> list[str]:
    """`told` is coverage's own JSON."""
    totals = told["totals"]
    faults = []
    for what, covered, number, floor in (
        ("lines", totals["covered_lines"], totals["num_statements"], LINES),
        ("branches", totals["covered_branches"], totals["num_branches"], BRANCHES),
    ):
        if 100 * covered < floor * number:
            faults.append(f"{100 * covered / number:.1f}% of {what} are covered: at least {floor}% are wanted.")
    for name, file in told["files"].items():
        missed = file["missing_lines"] or file["missing_branches"]
        if missed and WHOLE.search(name):
            faults.append(f"{name} is not covered whole: {missed}")
    return faults


def main(covered: str) -> int:
    lock = ["-r", "requirements.lock", "--disable-pip", "--require-hashes"]
    quiet = ["--progress-spinner", "off", "--format", "json"]
    audits = [
        python_audit(answer_of([sys.executable, "-m", "pip_audit", *lock, *quiet], ROOT)),
        npm_audit(answer_of([tool("npm"), "audit", "--json"], ROOT / "static")),
    ]
    faults = coverage_faults(json.loads(Path(covered).read_text()))
    for said in [*faults, *audits]:
        sys.stdout.write(f"{said}\n")
    return bool(faults) or any(audit.faults for audit in audits)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
