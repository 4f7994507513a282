"""What a teacher who writes meets when the round's terms change: told, nothing lost, no wrong place."""

from collections.abc import Iterator
from itertools import count

import pytest
from django.test import Client
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import Shown
from applications.models import Answer, Application, Criterion, Question
from applications.services.applications import application_save_answer
from applications.services.terms import terms_part_remove, terms_part_save, terms_put_in_force
from cohorts.versions import row_seen, version_seen
from mastery_hub.accounts.models import User
from tests.applications.applicants import signed_in, url
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, CriterionFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ncetm() -> User:
    return UserFactory(ncetm=True)


def edit(application: Application, by: User, order: int, **values: object) -> None:
    row = application.round.current_terms.questions.get(order=order)
    terms_part_save(model=Question, round=application.round, by=by, key=row.key, seen=row_seen(row), values=values)


def remove(application: Application, by: User, order: int) -> None:
    row = application.round.current_terms.questions.get(order=order)
    terms_part_remove(model=Question, round=application.round, by=by, key=row.key, seen=row_seen(row))


def into_force(application: Application, by: User) -> None:
    seen = version_seen(application.round.working_terms)
    terms_put_in_force(round=application.round, by=by, seen=seen)


def sent(client: Client, place: str, **typed: str) -> dict[str, str]:
    """What a page that is open now will send."""
    form = client.get(place).context["form"]
    hidden = {name: form[name].value() or "" for name in ("question", "seen", "terms") if name in form.fields}
    return hidden | typed


def test_notice_tells_what_changed_until_it_is_put_away(client: Client, ncetm: User) -> None:
    application = signed_in(client)
    edit(application, ncetm, 1, word_limit=400)
    into_force(application, ncetm)

    page = client.get(url(application))
    assertContains(page, "What you are asked has changed")
    assertContains(page, "Word limit: 400 (was 50)")
    upto = page.context["application"].terms.version
    assertRedirects(client.post(url(application, "dismiss"), {"upto": "0"}), url(application))
    assertContains(client.get(url(application)), "What you are asked has changed")
    client.post(url(application, "dismiss"), {"upto": str(upto)})

    assertNotContains(client.get(url(application)), "What you are asked has changed")


@pytest.mark.parametrize("odd", ["", "x", "-1", "9" * 30])
def test_odd_number_puts_no_notice_away(client: Client, ncetm: User, odd: str) -> None:
    application = signed_in(client)
    edit(application, ncetm, 1, word_limit=400)
    into_force(application, ncetm)

    assert client.post(url(application, "dismiss"), {"upto": odd}).status_code == 302
    assert application.terms_notices.filter(dismissed_at=None).count() == 1


def test_old_pages_text_is_saved_to_the_question_as_it_is_asked_now(client: Client, ncetm: User) -> None:
    application = signed_in(client)
    old = sent(client, url(application, "answer", number=2), text="My words")
    remove(application, ncetm, 1)
    working = application.round.working_terms
    row, evidenced = working.questions.get(), working.criteria.filter(shown=Shown.EVIDENCED)
    values = {"text": "And now?", "criteria": sorted(criterion.key for criterion in evidenced)}
    terms_part_save(model=Question, round=application.round, by=ncetm, key=row.key, seen=row_seen(row), values=values)
    into_force(application, ncetm)

    page = client.post(url(application, "answer", number=2), old, follow=True)

    assertContains(page, "The questions have changed since you opened that page.")
    assertContains(page, "My words")
    answer = Answer.objects.get()
    assert (answer.text, answer.question.text, answer.question.terms) == (
        "My words",
        "And now?",
        application.round.current_terms,
    )


def test_old_pages_text_to_a_question_no_longer_asked_is_kept_and_shown(client: Client, ncetm: User) -> None:
    application = signed_in(client)
    gone = application.terms.questions.get(order=2)
    old = sent(client, url(application, "answer", number=2), text="My words")
    remove(application, ncetm, 2)
    into_force(application, ncetm)

    page = client.post(url(application, "answer", number=2), old, follow=True)

    assertContains(page, f"“{gone}” is no longer asked.")
    for place in (url(application, "evidence"), url(application, "check")):
        assertContains(client.get(place), "No longer asked")
        assertContains(client.get(place), "My words")
    assert client.get(url(application, "answer", number=2)).status_code == 404


def test_autosave_of_an_old_page_goes_the_same_way(client: Client, ncetm: User) -> None:
    application = signed_in(client)
    old = sent(client, url(application, "answer", number=2), text="My words")
    remove(application, ncetm, 2)
    into_force(application, ncetm)

    saved = client.post(url(application, "answer", number=2), old, headers={"accept": "application/json"})

    assert (saved.status_code, Answer.objects.get().text) == (200, "My words")


def test_answer_that_is_no_longer_asked_counts_for_nothing(client: Client, ncetm: User) -> None:
    application = ApplicationFactory(ready=True)
    client.force_login(application.applicant)
    Answer.objects.filter(question__order=2).update(text="word " * 500)
    remove(application, ncetm, 2)
    into_force(application, ncetm)

    assertContains(client.get(url(application, "check")), "Submit application")
    page = client.get(url(application, "check"))
    client.post(url(application, "check"), {"terms": page.context["application"].terms_id})
    application.refresh_from_db()
    assert application.submitted_at


def test_submit_pressed_on_an_old_page_is_asked_again(client: Client, ncetm: User) -> None:
    application = ApplicationFactory(ready=True)
    client.force_login(application.applicant)
    edit(application, ncetm, 1, word_limit=400)
    into_force(application, ncetm)

    page = client.post(url(application, "check"), {"terms": application.terms_id}, follow=True)

    assertContains(page, "What you are asked has changed since you opened that page.")
    application.refresh_from_db()
    assert application.submitted_at is None


def test_declaration_in_other_words_is_asked_again_and_the_rest_is_taken(client: Client, ncetm: User) -> None:
    application = signed_in(client)
    same = CriterionFactory(terms=application.terms, declared=True, declaration="I lead maths")
    reworded = application.terms.criteria.get(declaration="I have Qualified Teacher Status")
    place = url(application, "declarations")
    names = {row: f"criterion-{row.key}" for row in (same, reworded)}
    old = sent(client, place) | dict.fromkeys(names.values(), "yes")
    terms_part_save(
        model=Criterion,
        round=application.round,
        by=ncetm,
        key=reworded.key,
        seen=row_seen(reworded),
        values={"declaration": "I am qualified"},
    )
    into_force(application, ncetm)

    page = client.post(place, old)

    assertContains(page, "The words have changed. Select yes or no for “I am qualified”")
    assert [d.criterion.key for d in application.declarations.all()] == [same.key]
    again = {name: page.context["form"][name].value() or "" for name in ("terms", "seen")}
    assertRedirects(client.post(place, again | dict.fromkeys(names.values(), "yes")), url(application))
    assert application.declarations.filter(criterion__terms=application.round.current_terms).count() == 2


# Whatever the order

STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("save"), st.integers(0, 5), st.integers(0, 3)),  # a page, opened some versions ago
        st.tuples(st.just("reword"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("remove"), st.integers(0, 5), st.just(0)),
        st.tuples(st.just("add"), st.just(0), st.just(0)),
        st.tuples(st.just("force"), st.just(0), st.just(0)),
    ),
    max_size=12,
)


class Play:
    """One applicant and NCETM, each acting as the steps say; `words` is what was last written under each key."""

    def __init__(self) -> None:
        self.ncetm = UserFactory(ncetm=True)
        self.application = ApplicationFactory()
        self.round = self.application.round
        self.opened = list(self.application.terms.questions.all())
        self.words: dict[str, str] = {}
        self.fresh = (f"NEW{number:05}" for number in count(1))

    def editable(self, number: int) -> Question | None:
        rows = list((self.round.working_terms or self.round.current_terms).questions.all())
        return rows[number % len(rows)] if rows else None

    def save(self, number: int, ago: int) -> None:
        pages = self.opened[: len(self.opened) - ago] or self.opened
        page, text = pages[number % len(pages)], f"Words {len(self.words)} {number} {ago}"
        by = self.application.applicant
        application_save_answer(application=self.application, by=by, question=page, text=text)
        self.words[page.key] = text

    def write(self, key: str, seen: str, **values: object) -> None:
        terms_part_save(model=Question, round=self.round, by=self.ncetm, key=key, seen=seen, values=values)

    def reword(self, number: int, _: int) -> None:
        if row := self.editable(number):
            self.write(row.key, row_seen(row), text=f"{row.text} again")

    def remove(self, number: int, _: int) -> None:
        rows = (self.round.working_terms or self.round.current_terms).questions
        if (row := self.editable(number)) and rows.count() > 1:
            terms_part_remove(model=Question, round=self.round, by=self.ncetm, key=row.key, seen=row_seen(row))

    def add(self, *_: int) -> None:
        row = self.editable(0)
        served = [criterion.key for criterion in row.terms.criteria.filter(shown="evidenced")] if row else []
        self.write(next(self.fresh), "", text="More?", word_limit=100, criteria=served)

    def force(self, *_: int) -> None:
        working = self.round.working_terms
        if working is None:
            return
        first = working.questions.first()
        served = [criterion.key for criterion in working.criteria.filter(shown="evidenced")]
        if first:
            self.write(first.key, row_seen(first), criteria=sorted(served), text=f"{first.text}.")
        for idle in working.questions.filter(criteria=None):
            self.write(idle.key, row_seen(idle), criteria=served[:1])
        terms_put_in_force(round=self.round, by=self.ncetm, seen=version_seen(working))
        self.opened += self.round.current_terms.questions.all()

    def shown(self) -> Iterator[tuple[str, str]]:
        """What the applicant can read: under the questions as they are asked, and what is no longer asked."""
        for answer in self.application.answers.select_related("question"):
            yield answer.question.key, answer.text


@settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_no_order_of_edits_and_saves_loses_a_text(db: None, steps: list[tuple[str, int, int]]) -> None:
    play = Play()
    for step, number, ago in steps:
        getattr(play, step)(number, ago)

        assert dict(play.shown()) == play.words
        current = play.round.current_terms
        play.application.refresh_from_db()
        asked = {question.key for question in current.questions.all()}
        placed = {a.question.key: a.question.terms_id for a in play.application.answers.select_related("question")}
        assert play.application.terms_id == current.pk
        assert {key for key, terms in placed.items() if terms == current.pk} == placed.keys() & asked
