"""What applicants do while the terms change under their drafts."""

import pytest

from applications.enums import Shown, State
from applications.models import Answer, Question, Round
from applications.services.applications import (
    application_save_answer,
    application_save_declarations,
    application_start,
    application_submit,
)
from applications.services.terms import terms_notice_dismiss, terms_part_save
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from tests.applications.terms.steps import change, criterion, put_in_force, question, remove
from tests.factories.accounts import UserFactory
from tests.factories.applications import AnswerFactory, ApplicationFactory, DeclarationFactory

pytestmark = pytest.mark.django_db


def test_application_begins_under_the_version_in_force(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    change(round, ncetm, question(round), text="What do you do?")
    start = {"round": round, "document": round.current_document, "at": clock.now()}

    assert application_start(by=UserFactory(), **start).terms == round.current_terms
    after = put_in_force(round, ncetm)
    assert application_start(by=UserFactory(), **start).terms == after


def test_text_from_an_old_page_goes_to_the_question_as_it_is_asked_now(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    opened = question(round)
    change(round, ncetm, opened, text="What do you do?")
    after = put_in_force(round, ncetm)

    answer = application_save_answer(application=draft, by=draft.applicant, question=opened, text="Late words")

    assert (answer.question.terms, answer.question.key, answer.text) == (after, opened.key, "Late words")


def test_text_from_an_old_page_to_a_question_no_longer_asked_is_kept(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    AnswerFactory(application=draft, question=question(round, 2), text="Early words")
    opened = question(round, 2)
    remove(round, ncetm, opened)
    put_in_force(round, ncetm)

    application_save_answer(application=draft, by=draft.applicant, question=opened, text="Late words")

    assert [(a.question, a.text) for a in draft.answers.all()] == [(opened, "Late words")]


def test_question_not_in_force_or_of_another_round_is_refused(round: Round, ncetm: User) -> None:
    draft, elsewhere = ApplicationFactory(round=round), ApplicationFactory()
    new = {"text": "Why?", "guidance": "", "word_limit": 100, "criteria": []}
    waiting = terms_part_save(model=Question, round=round, by=ncetm, key="NEWKEY22", seen="", values=new)

    for other in (waiting, elsewhere.terms.questions.first()):
        with pytest.raises(DomainError) as refused:
            application_save_answer(application=draft, by=draft.applicant, question=other, text="Words")
        assert refused.value.code == "not-a-question"
    assert Answer.objects.count() == 0


def test_declaration_of_an_earlier_version_is_not_taken(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    old = criterion(round)
    change(round, ncetm, question(round), text="What do you do?")
    put_in_force(round, ncetm)

    with pytest.raises(DomainError):
        application_save_declarations(application=draft, by=draft.applicant, met={old: True})
    application_save_declarations(application=draft, by=draft.applicant, met={criterion(round): True})
    assert draft.declarations.get().criterion == criterion(round)


def test_nobody_submits_under_terms_they_have_not_seen(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round, ready=True)
    shown = draft.terms
    change(round, ncetm, question(round), text="What do you do?")
    after = put_in_force(round, ncetm)
    submit = {"application": draft, "by": draft.applicant, "at": clock.now()}

    with pytest.raises(DomainError) as refused:
        application_submit(**submit, terms=shown)

    assert refused.value.code == "terms-changed"
    assert application_submit(**submit, terms=after).state == State.SUBMITTED


def test_notice_is_put_aside_up_to_what_was_shown(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    versions = []
    for words in ("First", "Second"):
        change(round, ncetm, question(round), text=words)
        versions.append(put_in_force(round, ncetm).version)

    terms_notice_dismiss(application=draft, by=draft.applicant, upto=versions[0])

    assert [n.terms.version for n in draft.terms_notices.filter(dismissed_at=None)] == versions[1:]
    with pytest.raises(DomainError):
        terms_notice_dismiss(application=draft, by=ncetm, upto=versions[1])


def test_declared_criterion_of_the_headteacher_follows_too(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    confirmed = criterion(round, Shown.HEADTEACHER)
    DeclarationFactory(application=draft, criterion=confirmed)
    change(round, ncetm, question(round), text="What do you do?")

    put_in_force(round, ncetm)

    assert draft.declarations.get().criterion == criterion(round, Shown.HEADTEACHER)
