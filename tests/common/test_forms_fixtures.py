"""The form pack writes the HTML that govuk-frontend's own fixtures ask for, wherever the pack has a word for it."""

from collections import Counter
from typing import Any

import pytest
from django.template.loader import render_to_string

from tests.common import govuk_fixtures

ABSENT = not govuk_fixtures.FOLDER.is_dir()
pytestmark = pytest.mark.skipif(ABSENT, reason="govuk-frontend is not there: run `manage.py build_assets` first")
CASES = [] if ABSENT else list(govuk_fixtures.cases())


@pytest.mark.parametrize(
    ("component", "fixture"), CASES, ids=[f"{component}: {fixture['name']}" for component, fixture in CASES]
)
def test_field_is_written_as_the_fixture_asks(component: str, fixture: dict[str, Any]):
    form = govuk_fixtures.form_of(component, fixture["options"])
    field = next(iter(form))

    found = govuk_fixtures.outline(str(field.as_field_group()))

    assert found == govuk_fixtures.outline(govuk_fixtures.expected(component, fixture))


def test_fixtures_that_the_pack_has_words_for_do_not_grow_fewer():
    assert Counter(component for component, _ in CASES) == {
        "input": 31,
        "textarea": 12,
        "character-count": 15,
        "radios": 16,
        "checkboxes": 19,
        "select": 5,
        "date-input": 8,
        "file-upload": 8,
    }


@pytest.mark.parametrize("name", ["default", "without links", "mixed with and without links"])
def test_error_summary_is_written_as_the_fixture_asks(name: str):
    fixture = govuk_fixtures.fixture_of("error-summary", name)
    form = govuk_fixtures.form_with_errors(fixture["options"]["errorList"])

    found = govuk_fixtures.outline(render_to_string("govforms/error_summary.html", {"form": form}))

    assert found == govuk_fixtures.outline(fixture["html"])
