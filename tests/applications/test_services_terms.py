"""A round's terms: changed in place until somebody relies on them, then in versions, and drafts that follow."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from applications.enums import Importance, Shown, State
from applications.models import Answer, Application, Criterion, Declaration, Question, Round, RoundTerms
from applications.services.announcements import announcements_send
from applications.services.applications import (
    application_save_answer,
    application_save_declarations,
    application_start,
    application_submit,
)
from applications.services.terms import (
    TermsProblemsError,
    terms_change,
    terms_copy,
    terms_discard,
    terms_notice_dismiss,
    terms_part_move,
    terms_part_remove,
    terms_part_save,
    terms_put_in_force,
)
from applications.terms import terms_problems
from cohorts.versions import (
    ChangedMeanwhileError,
    order_seen,
    parts,
    row_seen,
    values_of,
    version_changes,
    version_seen,
)
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import (
    AnswerFactory,
    ApplicationFactory,
    CriterionFactory,
    DeclarationFactory,
    QuestionFactory,
    RoundFactory,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


def change(round: Round, by: User, row: Any, **values: Any) -> Any:
    """What the page of one criterion or question does."""
    model, seen = type(row), row_seen(row)
    return terms_part_save(model=model, round=round, by=by, key=row.key, seen=seen, values=values)


def remove(round: Round, by: User, row: Any) -> None:
    terms_part_remove(model=type(row), round=round, by=by, key=row.key, seen=row_seen(row))


def put_in_force(round: Round, by: User) -> RoundTerms:
    return terms_put_in_force(round=round, by=by, seen=version_seen(round.working_terms))


def question(round: Round, order: int = 1) -> Question:
    return round.current_terms.questions.get(order=order)


def criterion(round: Round, shown: Shown = Shown.DECLARED) -> Criterion:
    return round.current_terms.criteria.filter(shown=shown).first()


# Which version a change goes into


def test_terms_nobody_relies_on_change_in_place(round: Round, ncetm: User) -> None:
    change(round, ncetm, question(round), text="What do you do?")

    assert [(terms.version, terms.is_in_force) for terms in round.terms.all()] == [(round.current_terms.version, True)]
    assert question(round).text == "What do you do?"


def test_change_of_relied_upon_terms_waits_in_a_working_copy(round: Round, ncetm: User) -> None:
    application = ApplicationFactory(round=round)
    before = question(round)

    changed = change(round, ncetm, before, text="What do you do?")

    application.refresh_from_db()
    assert (round.current_terms, application.terms) == (before.terms, before.terms)
    assert (changed.terms, changed.key) == (round.working_terms, before.key)
    assert round.working_terms.version == before.terms.version + 1
    assert question(round).text == before.text
    assert change(round, ncetm, changed, text="What else?").terms == changed.terms


def test_working_copy_holds_every_part_with_what_it_says_of_others(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    CriterionFactory(terms=round.current_terms, weight=3, allows_document=True, guidance="Say when")

    copy = terms_change(round=round, by=ncetm)

    for model in (Criterion, Question):
        before, after = (
            [(row.key, row.order, values_of(row)) for row in parts(model, terms)]
            for terms in (round.current_terms, copy)
        )
        assert after == before
    assert all(each.terms == copy for row in parts(Question, copy) for each in row.criteria.all())


def test_first_terms_of_a_round_are_in_force(ncetm: User) -> None:
    round = RoundFactory()

    assert terms_change(round=round, by=ncetm) == round.current_terms


def test_terms_are_copied_to_another_round_with_their_keys(round: Round, ncetm: User) -> None:
    other = RoundFactory()

    terms_copy(source=round.current_terms, round=other, by=ncetm)

    assert [q.key for q in other.current_terms.questions.all()] == [q.key for q in round.current_terms.questions.all()]
    with pytest.raises(DomainError) as refused:
        terms_copy(source=round.current_terms, round=other, by=ncetm)
    assert refused.value.code == "not-empty"


@pytest.mark.parametrize("who", [{"hub_lead": True}, {}])
def test_terms_are_changed_by_ncetm_alone(round: Round, ncetm: User, who: dict[str, bool]) -> None:
    with pytest.raises(DomainError) as refused:
        change(round, UserFactory(**who), question(round), text="What do you do?")

    assert (refused.value.code, question(round).text) == ("not-allowed", question(round).text)
    assert change(round, ncetm, question(round), text="What do you do?") == question(round)


# Two who edit at once


def test_edit_of_what_a_colleague_changed_is_refused_with_their_words(round: Round, ncetm: User) -> None:
    opened = question(round)
    change(round, UserFactory(ncetm=True), opened, text="Theirs")

    with pytest.raises(ChangedMeanwhileError) as refused:
        change(round, ncetm, opened, text="Mine")

    assert str(refused.value.row) == "Theirs"
    assert question(round).text == "Theirs"
    change(round, ncetm, refused.value.row, text="Mine")
    assert question(round).text == "Mine"


def test_same_edit_pressed_twice_is_no_error(round: Round, ncetm: User) -> None:
    opened = question(round)

    assert change(round, ncetm, opened, text="Once") == change(round, ncetm, opened, text="Once")


def test_row_added_twice_by_a_second_click_is_there_once(round: Round, ncetm: User) -> None:
    new = {"text": "Why?", "guidance": "", "word_limit": 100, "criteria": []}
    for _ in range(2):
        terms_part_save(model=Question, round=round, by=ncetm, key="NEWKEY22", seen="", values=new)

    assert [q.order for q in round.current_terms.questions.filter(text="Why?")] == [3]


def test_edit_of_what_a_colleague_removed_adds_it_only_when_saved_again(round: Round, ncetm: User) -> None:
    opened = question(round)
    values = values_of(opened) | {"text": "Mine"}
    remove(round, ncetm, opened)
    save = {"model": Question, "round": round, "by": ncetm, "key": opened.key, "values": values}

    with pytest.raises(ChangedMeanwhileError) as refused:
        terms_part_save(**save, seen="stale")
    assert (refused.value.row, round.current_terms.questions.count()) == (None, 1)

    assert terms_part_save(**save, seen="").text == "Mine"


def test_rows_move_and_close_up(round: Round, ncetm: User) -> None:
    def keys() -> list[str]:
        return [row.key for row in parts(Criterion, round.current_terms)]

    first, second, third, fourth = keys()
    seen = order_seen(parts(Criterion, round.current_terms))
    move = {"model": Criterion, "round": round, "by": ncetm}
    terms_part_move(**move, key=third, up=True, seen=seen)
    assert keys() == [first, third, second, fourth]

    with pytest.raises(ChangedMeanwhileError):
        terms_part_move(**move, key=third, up=True, seen=seen)
    for key, up in ((first, True), (fourth, False)):
        terms_part_move(**move, key=key, up=up, seen=order_seen(parts(Criterion, round.current_terms)))
    assert keys() == [first, third, second, fourth]

    remove(round, ncetm, round.current_terms.criteria.get(key=third))
    assert [(row.key, row.order) for row in parts(Criterion, round.current_terms)] == [
        (first, 1),
        (second, 2),
        (fourth, 3),
    ]


def test_removal_of_what_a_colleague_changed_is_refused(round: Round, ncetm: User) -> None:
    opened = question(round)
    change(round, ncetm, opened, text="Theirs")

    with pytest.raises(ChangedMeanwhileError):
        terms_part_remove(model=Question, round=round, by=ncetm, key=opened.key, seen="stale")
    remove(round, ncetm, question(round))
    terms_part_remove(model=Question, round=round, by=ncetm, key=opened.key, seen="stale")

    assert round.current_terms.questions.count() == 1


# What is told of a change


def test_change_tells_what_a_question_counts_for_from_now_on(round: Round, ncetm: User) -> None:
    ApplicationFactory(round=round)
    first, second = round.current_terms.criteria.filter(shown=Shown.EVIDENCED)
    change(round, ncetm, question(round, 2), criteria=[second.key])

    (told,) = version_changes(round.current_terms, round.working_terms)

    assert (told.what, told.name) == ("Question changed", str(question(round, 2)))
    assert told.details == [f"Counts now also for: “{second}”", f"Counts no longer for: “{first}”"]


# What is put in force


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


# What applicants do meanwhile


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
