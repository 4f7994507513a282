"""A page that another has overtaken, and one that saves itself."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from applications.models import Answer
from tests.applications.applicants import seen, signed_in
from tests.applications.writing.steps import THEIRS, place_of
from tests.factories.applications import AnswerFactory


@pytest.fixture
def overtaken_page(client: Client) -> tuple[str, dict[str, str]]:
    """The address of a question, and what a page carries that was opened before another window saved."""
    application = signed_in(client)
    AnswerFactory(application=application, text="Begun.")
    carried = seen(application)
    Answer.objects.get().write(THEIRS, page=None, at=datetime(2027, 2, 3, 14, 31, tzinfo=UTC))
    return place_of(application), carried
