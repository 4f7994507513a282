"""What is put in force: who keeps their version, which drafts follow, and what stops it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.enums import Importance, Shown, State
from applications.models import Application, Criterion, Declaration, Question, Round
from applications.services.announcements import announcements_send
from applications.services.terms import TermsProblemsError, terms_change, terms_discard, terms_put_in_force
from applications.terms import terms_problems
from cohorts.versions import parts, version_seen
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.terms.steps import change, criterion, put_in_force, question, remove
from tests.factories.applications import AnswerFactory, ApplicationFactory, QuestionFactory

pytestmark = pytest.mark.django_db


def test_submitted_applications_keep_their_version_and_drafts_move(round: Round, ncetm: User) -> None:
    submitted, ended = (ApplicationFactory(round=round, state=state) for state in (State.COMPLETE, State.EXPIRED))
    draft = ApplicationFactory(round=round)
    elsewhere = ApplicationFactory()
    before = round.current_terms
    change(round, ncetm, question(round), text="What do you do?")

    after = put_in_force(round, ncetm)

    versions = {each.pk: each.terms for each in Application.objects.select_related("terms")}
    assert versions == {submitted.pk: before, ended.pk: before, draft.pk: after, elsewhere.pk: elsewhere.terms}
    assert (round.current_terms, round.working_terms) == (after, None)
    assert [notice.application for notice in after.notices.all()] == [draft]


def test_answers_follow_by_key_and_what_is_no_longer_asked_is_kept(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round)
    for order, text in ((1, "About one"), (2, "About two")):
        AnswerFactory(application=draft, question=question(round, order), text=text)
    gone = question(round, 2)
    change(round, ncetm, question(round), text="What do you do?", word_limit=400)
    remove(round, ncetm, gone)

    after = put_in_force(round, ncetm)

    assert {(a.question.terms, a.question.text, a.text) for a in draft.answers.all()} == {
        (after, "What do you do?", "About one"),
        (gone.terms, gone.text, "About two"),
    }


@pytest.mark.parametrize(("words", "follows"), [("I have Qualified Teacher Status", True), ("I am qualified", False)])
def test_declaration_follows_where_its_sentence_is_the_same(
    round: Round, ncetm: User, words: str, follows: bool
) -> None:
    draft = ApplicationFactory(round=round, ready=True)
    old = criterion(round)
    change(round, ncetm, old, declaration=words, guidance="Ask your school office")

    put_in_force(round, ncetm)

    new = criterion(round)
    assert (new.pk, new.declaration) != (old.pk, old.declaration) or follows
    assert Declaration.objects.get(application=draft).criterion == (new if follows else old)


def test_declaration_comes_back_with_its_sentence(round: Round, ncetm: User) -> None:
    draft = ApplicationFactory(round=round, ready=True)
    sentence = criterion(round).declaration
    for words in ("Other words", sentence):
        change(round, ncetm, criterion(round), declaration=words)
        put_in_force(round, ncetm)

    assert [d.criterion for d in draft.declarations.all()] == [criterion(round)]


def test_whoever_writes_is_told_by_email_what_changed(round: Round, ncetm: User) -> None:
    draft, _ = ApplicationFactory(round=round), ApplicationFactory(round=round, state=State.COMPLETE)
    AnswerFactory(application=draft, question=question(round, 2))
    old = question(round)
    change(round, ncetm, old, word_limit=400)
    remove(round, ncetm, question(round, 2))

    put_in_force(round, ncetm)

    announcements_send()
    email = Email.objects.get(kind="terms_changed")
    assert email.to == draft.applicant.email
    for words in (f"Question changed: “{old}”. Word limit: 400 (was 50)", "Question removed", "1 of your answers is"):
        assert words in email.text


def test_nothing_is_put_in_force_that_has_problems_and_all_are_told(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    remove(round, ncetm, question(round, 2))
    remove(round, ncetm, round.working_terms.questions.get())
    for essential in round.working_terms.criteria.filter(importance=Importance.ESSENTIAL):
        change(round, ncetm, essential, importance=Importance.DESIRABLE)

    with pytest.raises(TermsProblemsError) as refused:
        put_in_force(round, ncetm)

    evidenced = [f"No question serves “{c}”: choose one, or say how else it is shown" for c in parts(
        Criterion, round.working_terms) if c.shown == Shown.EVIDENCED]  # fmt: skip
    assert len(evidenced) == 2
    assert refused.value.problems == ["Add at least one essential criterion", *evidenced, "Add at least one question"]
    assert round.working_terms


def test_question_that_serves_nothing_is_a_problem(round: Round) -> None:
    assert terms_problems(round.current_terms) == []
    idle = QuestionFactory(terms=round.current_terms)
    assert terms_problems(round.current_terms) == [
        f"Question {idle.order}, “{idle}”, serves no criterion: choose what it is scored for"
    ]


def test_criterion_that_is_no_longer_evidenced_serves_no_question(round: Round, ncetm: User) -> None:
    evidenced = criterion(round, Shown.EVIDENCED)

    change(round, ncetm, evidenced, shown=Shown.DECLARED, declaration="I am able")

    assert not criterion(round).questions.filter(criteria=evidenced).exists()
    assert evidenced.questions.count() == 0


@pytest.mark.parametrize(
    ("prepare", "code"),
    [
        (lambda round, by: put_in_force(round, by), "stale"),
        (lambda round, by: change(round, by, round.working_terms.questions.first(), text="More"), "changed-meanwhile"),
        (lambda round, by: None, None),
    ],
)
def test_version_is_put_in_force_as_it_was_shown(
    round: Round, ncetm: User, prepare: Callable[[Round, User], Any], code: str | None
) -> None:
    ApplicationFactory(round=round)
    change(round, ncetm, question(round), text="What do you do?")
    seen = version_seen(round.working_terms)
    prepare(round, ncetm)

    for act in (terms_discard, terms_put_in_force):
        if code:
            with pytest.raises(DomainError) as refused:
                act(round=round, by=ncetm, seen=seen)
            assert refused.value.code == code
    if not code:
        assert terms_put_in_force(round=round, by=ncetm, seen=seen) == round.current_terms


def test_version_that_changes_nothing_is_not_put_in_force(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    terms_change(round=round, by=ncetm)

    with pytest.raises(DomainError) as refused:
        put_in_force(round, ncetm)

    assert refused.value.code == "unchanged"


def test_working_copy_is_thrown_away_whole(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    change(round, ncetm, question(round), text="What do you do?")

    terms_discard(round=round, by=ncetm, seen=version_seen(round.working_terms))

    assert round.working_terms is None
    assert Question.objects.filter(text="What do you do?").count() == 0


def test_drafts_follow_in_as_many_queries_however_many_there_are(round: Round, ncetm: User) -> None:
    def queries() -> int:
        ApplicationFactory(round=round, ready=True)
        change(round, ncetm, question(round), text=f"Version {round.current_terms.version}")
        with CaptureQueriesContext(connection) as taken:
            put_in_force(round, ncetm)
        return len([query for query in taken if '"messaging_email"' not in query["sql"]])

    queries()
    one = queries()
    assert [queries() for _ in range(2)] == [one, one]
