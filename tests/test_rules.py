"""Rules of the house that a grep can hold."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = ("mastery_hub", "applications", "cohorts", "workgroups")
SOURCES = [path for package in PACKAGES for path in (ROOT / package).rglob("*.py") if "migrations" not in path.parts]
FORMS_OF_FILES = "mastery_hub/common/forms/fields.py"


def lines_with(pattern: str, *allowed: str) -> list[str]:
    found = []
    for path in SOURCES:
        name = path.relative_to(ROOT).as_posix()
        if name in allowed or (name.startswith(allowed) if allowed else False):
            continue
        found += [f"{name}:{n}" for n, line in enumerate(path.read_text().splitlines(), 1) if re.search(pattern, line)]
    return found


def test_sources_are_found() -> None:
    assert len(SOURCES) > 50


def test_state_of_a_life_cycle_is_assigned_by_the_engine_alone() -> None:
    """Emails and reminders are queues, not life cycles: their workers write `status` and `state` under a lease."""
    assigned = r"(application|support|row|self)\.(shown_)?state\s*=[^=]|update\([^)]*\b(shown_)?state="
    assert lines_with(assigned, "mastery_hub/messaging/") == []


def test_rules_ask_one_clock() -> None:
    """Real time is for leases, links that expire and codes; each place that asks for it is named here."""
    real_time = (
        "mastery_hub/common/clock.py",
        "mastery_hub/common/arrival.py",
        "mastery_hub/messaging/leases.py",
        "mastery_hub/demo/",
    )
    asked = r"timezone\.now\(|datetime\.now\(|date\.today\(|timezone\.localdate\(|auto_now|functions import .*\bNow\b"
    assert lines_with(asked, *real_time) == []


def test_locks_name_what_they_lock() -> None:
    assert lines_with(r"select_for_update\((?!.*of=)") == []


def test_files_are_private() -> None:
    """One field for rows, one for forms, no address: docs/decisions/0013-private-files.md."""
    own = "mastery_hub/common/files/"
    assert lines_with(r"\b(models\.|forms\.)?(FileField|ImageField|FilePathField)\(", own, FORMS_OF_FILES) == []
    assert lines_with(r"MEDIA_(URL|ROOT)|default_storage|FileSystemStorage", own) == []
    assert lines_with(r"file\.(url|path)\b") == []
    assert lines_with(r"\.FILES\b", own, "mastery_hub/common/typed.py") == []
    pages = [
        path for path in (ROOT / "templates").rglob("*.html") if re.search(r"file\.(url|path)\b", path.read_text())
    ]
    assert pages == []


@pytest.mark.parametrize("folder", ["templates", "static/js", "static/scss"])
def test_nothing_is_inline(folder) -> None:
    """The Content-Security-Policy allows no inline script or style; the email's layout alone needs styles."""
    inline = re.compile(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son[a-z]+=\"")
    pages = [path for path in (ROOT / folder).rglob("*") if path.suffix in (".html", ".js")]
    found = [path.relative_to(ROOT).as_posix() for path in pages if inline.search(path.read_text())]
    assert [path for path in found if not path.startswith("templates/messaging/email/")] == []
