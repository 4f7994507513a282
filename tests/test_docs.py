"""The documents say what the code does."""

from pathlib import Path

import pytest

from applications.enums import State, SupportState
from applications.workflow import SUPPORT_TRANSITIONS, TRANSITIONS

DOCS = Path(__file__).resolve().parent.parent / "docs"


@pytest.mark.parametrize(("table", "states"), [(TRANSITIONS, State), (SUPPORT_TRANSITIONS, SupportState)])
def test_workflow_page_holds_the_tables(table, states) -> None:
    page = (DOCS / "workflow.md").read_text()
    for action, (sources, target) in table.items():
        row = f"| {action} | {', '.join(state for state in states if state in sources)} | {target} |"
        assert row in page
