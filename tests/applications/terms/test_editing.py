"""A round's terms are changed in place until somebody relies on them, then in a working copy; by two at once."""

import pytest

from applications.enums import Shown
from applications.models import Criterion, Question, Round
from applications.services.terms import terms_change, terms_copy, terms_part_move, terms_part_remove, terms_part_save
from cohorts.versions import ChangedMeanwhileError, order_seen, parts, values_of, version_changes
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from tests.applications.terms.steps import change, question, remove
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, CriterionFactory, RoundFactory

pytestmark = pytest.mark.django_db


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
