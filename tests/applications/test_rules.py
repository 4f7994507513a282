"""Every kind of rule against its answers, and all that is not met at once."""

from datetime import timedelta
from itertools import product
from typing import Any

import pytest
from django.db import IntegrityError

from applications.enums import AnswerKind, EligibilityImportance, State
from applications.models import Application, EligibilityQuestion
from applications.models.eligibility import Rule
from applications.rules import (
    answers_given,
    not_met,
    rules_not_met,
    rules_of,
    school_not_met,
    unanswered,
    values_given,
)
from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.directory.enums import PhaseOfEducation
from mastery_hub.directory.models import School
from tests.factories.applications import (
    ApplicationFactory,
    EligibilityOutcomeFactory,
    EligibilityQuestionFactory,
    HubRuleFactory,
    RoundFactory,
)
from tests.factories.directory import MathsHubFactory, SchoolFactory

YES = {"kind": AnswerKind.YES_NO}
DAYS = {"kind": AnswerKind.NUMBER, "least": 3}
KIND = {"kind": AnswerKind.CHOICE, "options": ["Infant", "Junior", "Middle"], "accepted": ["Infant", "Junior"]}


def rule(key: str = "k", **said: Any) -> Rule:
    return EligibilityQuestion(**{"key": key, "text": "Is it so?", "not_met": "Ask again when it is."} | said)


@pytest.mark.parametrize(
    ("said", "met", "failing", "no_answer"),
    [
        (YES, ["yes"], ["no"], ["", "maybe", True, 1, None]),
        (DAYS, [3, 4, 9999], [0, 1, 2], [-1, "3", True, None]),
        (KIND, ["Infant", "Junior"], ["Middle"], ["Primary", "", 1, None]),
    ],
)
def test_rule_is_met_by_some_answers_fails_by_others_and_takes_no_more(
    said: dict[str, Any], met: list[Any], failing: list[Any], no_answer: list[Any]
) -> None:
    asked = rule(**said)
    assert [asked.takes(each) for each in met + failing + no_answer] == (
        [True] * len(met + failing) + [False] * len(no_answer)
    )
    assert [asked.is_met_by(each) for each in met + failing] == [True] * len(met) + [False] * len(failing)


@pytest.mark.parametrize(
    ("said", "words"), [(YES, "Yes"), (DAYS, "At least 3"), (KIND, "Infant or Junior")], ids=["yes", "number", "choice"]
)
def test_rule_says_itself_in_words(said: dict[str, Any], words: str) -> None:
    assert rule(**said).in_words == words


@pytest.mark.parametrize(("said", "value", "words"), [(YES, "no", "No"), (DAYS, 2, "2"), (KIND, "Middle", "Middle")])
def test_answer_that_fails_is_told_with_what_to_do(said: dict[str, Any], value: Any, words: str) -> None:
    [failure] = rules_not_met([rule(**said)], {"k": value})
    assert (failure.answer, failure.message, failure.essential) == (words, "Ask again when it is.", True)


def test_every_rule_is_met_failed_or_not_answered() -> None:
    rules = [rule("a", **YES), rule("b", **YES), rule("c", **YES, importance=EligibilityImportance.ADVISORY)]
    for said in product(["yes", "no", None], repeat=3):
        answers: dict[str, Any] = {key: value for key, value in zip("abc", said, strict=True) if value}
        assert [each.key for each in unanswered(rules, answers)] == [key for key in "abc" if key not in answers]
        failing = [key for key in "abc" if answers.get(key) == "no"]
        assert [(each.key, each.essential) for each in rules_not_met(rules, answers)] == [
            (key, key != "c") for key in failing
        ]


@pytest.mark.parametrize(
    "broken",
    [
        {"kind": AnswerKind.NUMBER, "least": None},
        {"kind": AnswerKind.YES_NO, "least": 3},
        {"kind": AnswerKind.CHOICE, "options": ["One"], "accepted": []},
        {"kind": AnswerKind.CHOICE, "options": ["One"], "accepted": ["Two"]},
        {"kind": AnswerKind.YES_NO, "options": ["One"], "accepted": ["One"]},
        {"not_met": ""},
    ],
)
@pytest.mark.django_db
def test_database_refuses_a_rule_that_is_none(broken: dict[str, Any]) -> None:
    asked = EligibilityQuestionFactory()
    with pytest.raises(IntegrityError):
        EligibilityQuestion.objects.filter(pk=asked.pk).update(**broken)


# The school's


@pytest.mark.parametrize(
    ("said", "keys"),
    [
        ({}, []),
        ({"type_group": 3}, ["school-state-funded"]),
        ({"phase": PhaseOfEducation.SECONDARY}, ["school-phase"]),
        ({"type_group": 3, "phase": PhaseOfEducation.SECONDARY}, ["school-state-funded", "school-phase"]),
    ],
)
def test_school_is_state_funded_and_one_of_the_programmes(said: dict[str, Any], keys: list[str]) -> None:
    school = School(**{"urn": 1, "name": "Oak", "phase": PhaseOfEducation.PRIMARY, "type_group": 4} | said)
    programme = Programme(name="Primary", school_phases=[PhaseOfEducation.PRIMARY])
    found = school_not_met(school, programme)
    assert [(failure.key, failure.essential) for failure in found] == [(key, True) for key in keys]
    assert school_not_met(None, programme) == []


# Which rules are asked


@pytest.mark.django_db
def test_rules_are_the_nations_then_the_hubs_own_of_the_day() -> None:
    round, hub = RoundFactory(complete=True), MathsHubFactory(name="North")
    national = EligibilityQuestionFactory(terms=round.current_terms)
    own = HubRuleFactory(round=round, hub=hub, until_at=round.closes_at)
    HubRuleFactory(round=round)
    HubRuleFactory(hub=hub)
    HubRuleFactory(round=round, hub=hub, from_at=round.closes_at)

    assert rules_of(round, hub, round.opens_at) == [national, own]
    assert own not in rules_of(round, hub, round.closes_at)
    assert rules_of(round, None, round.opens_at) == [national]
    assert (own.whose, national.whose) == ("North Maths Hub", "")


@pytest.mark.django_db
def test_draft_goes_by_the_hubs_rules_of_now_and_what_was_submitted_by_those_of_its_day() -> None:
    round, hub = RoundFactory(complete=True), MathsHubFactory()
    draft = ApplicationFactory(round=round, hub=hub)
    submitted = ApplicationFactory(round=round, hub=hub, state=State.COMPLETE)
    now = clock.now()
    Application.objects.filter(pk=submitted.pk).update(submitted_at=now - timedelta(hours=2))
    old = HubRuleFactory(round=round, hub=hub, until_at=now - timedelta(hours=1))
    new = HubRuleFactory(round=round, hub=hub, from_at=now - timedelta(hours=1))
    HubRuleFactory(round=round, hub=hub, from_at=round.closes_at)

    assert Application.objects.get(pk=draft.pk).eligibility_rules == [new]
    assert Application.objects.get(pk=submitted.pk).eligibility_rules == [old]


@pytest.mark.django_db
def test_question_whose_words_changed_is_asked_again_and_keeps_what_was_said() -> None:
    application = ApplicationFactory()
    asked = EligibilityQuestionFactory(terms=application.terms, least=3, text="How many days?")
    said = {"key": asked.key, "question": "How many hours?", "value": 2, "answer": "2", "whose": ""}
    EligibilityOutcomeFactory(application=application, answers=[said], failures=[])

    assert (answers_given(application), values_given(application)) == ({}, {asked.key: 2})
    application.eligibility_outcomes.update(answers=[said | {"question": "How many days?"}])
    application = Application.objects.get(pk=application.pk)
    assert answers_given(application) == {asked.key: 2}
    assert [failure.key for failure in not_met(application)] == [asked.key]


@pytest.mark.django_db
def test_submitted_application_is_judged_by_what_was_stored() -> None:
    application = ApplicationFactory(state="submitted", school=SchoolFactory(independent=True))
    assert not_met(application) == []
    outcome = EligibilityOutcomeFactory(application=application)
    assert not_met(Application.objects.get(pk=application.pk)) == outcome.not_met
