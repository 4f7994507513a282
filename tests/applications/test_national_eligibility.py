"""NCETM writes the eligibility questions of a round, each with its rule."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertRedirects

from applications.enums import AnswerKind
from applications.models import EligibilityQuestion, Round
from applications.models.eligibility import Rule
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, EligibilityQuestionFactory, RoundFactory

pytestmark = pytest.mark.django_db
TYPED = {"text": "How are you employed?", "importance": "essential", "not_met": "Ask again when you are."}
OPTIONS = "* By one school\r\n\r\n *By a trust \r\nBy an agency"


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


def place(round: Round, page: str = "", **more: Any) -> str:
    return reverse(f"national_eligibility{page}", kwargs={"code": round.code, **more})


def shown(client: Client, path: str) -> dict[str, Any]:
    form = client.get(path).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() is not None}


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ({"kind": "yes_no"}, (None, [], [])),
        ({"kind": "number", "least": "3"}, (3, [], [])),
        ({"kind": "choice", "options": OPTIONS}, (None, ["By one school", "By a trust", "By an agency"], [0, 1])),
        ({"kind": "yes_no", "least": "3", "options": OPTIONS}, (None, [], [])),
    ],
)
def test_question_of_each_kind_is_added_and_shown_again(
    ncetm: Client, round: Round, typed: dict[str, str], kept: tuple[int | None, list[str], list[int]]
) -> None:
    add = place(round, "_add")
    assertRedirects(ncetm.post(add, shown(ncetm, add) | TYPED | typed), place(round))

    row: Rule = round.current_terms.eligibility_questions.get()
    least, options, accepted = kept
    assert (row.least, row.options, row.accepted) == (least, options, [options[number] for number in accepted])
    assertContains(ncetm.get(place(round)), f"Met by: {row.in_words}")
    edit = place(round, "_edit", key=row.key)
    assertRedirects(ncetm.post(edit, shown(ncetm, edit) | {"text": "Other words?"}), place(round))
    again = round.current_terms.eligibility_questions.get()
    assert (again.text, again.least, again.options, again.accepted) == ("Other words?", least, options, row.accepted)


@pytest.mark.parametrize(
    ("typed", "message"),
    [
        ({"kind": ""}, "Select how it is answered"),
        ({"kind": "number", "least": ""}, "Enter the smallest number that meets it"),
        ({"kind": "choice", "options": ""}, "Enter the answers, one on each line"),
        ({"kind": "choice", "options": "One\nTwo"}, "with a star before those that meet the rule"),
        ({"kind": "choice", "options": "* One"}, "Enter at least two answers"),
        ({"kind": "choice", "options": "* One\nOne"}, "Each answer must be different"),
        ({"kind": "choice", "options": f"* One\n{'x' * 101}"}, "100 characters or fewer"),
        ({"kind": "yes_no", "not_met": " "}, "Say why, and what to do instead"),
    ],
)
def test_question_without_a_usable_rule_is_not_saved(
    ncetm: Client, round: Round, typed: dict[str, str], message: str
) -> None:
    add = place(round, "_add")
    assertContains(ncetm.post(add, shown(ncetm, add) | TYPED | typed), message)
    assert not EligibilityQuestion.objects.exists()


def test_change_waits_in_a_version_once_an_application_relies_on_it(ncetm: Client, round: Round) -> None:
    asked = EligibilityQuestionFactory(terms=round.current_terms, least=3)
    application = ApplicationFactory(round=round)
    edit = place(round, "_edit", key=asked.key)
    ncetm.post(edit, shown(ncetm, edit) | {"kind": AnswerKind.NUMBER, "least": "4"})
    assert application.terms.eligibility_questions.get().least == 3
    assert round.working_terms.eligibility_questions.get().least == 4
