"""The pages on which NCETM writes criteria, questions and commitments, and puts a version in force."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains, assertNotContains, assertRedirects

from applications.enums import RoundAction, Shown, State
from applications.models import Criterion, Question, Round
from cohorts.models import Commitment, CommitmentSet
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import PledgeFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def ncetm(client: Client) -> Client:
    client.force_login(UserFactory(ncetm=True))
    return client


@pytest.fixture
def round() -> Round:
    return RoundFactory(complete=True)


def url(round: Round, page: str, **more: Any) -> str:
    return reverse(f"national_{page}", kwargs={"code": round.code, **more})


def opened(client: Client, path: str) -> dict[str, Any]:
    """What the form of a page would send if nothing were typed."""
    form = client.get(path).context["form"]
    return {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}


NEW = {
    "criteria": {"text": "Curiosity", "importance": "desirable", "shown": "evidenced", "weight": "2"},
    "questions": {"text": "What makes you curious?", "word_limit": "300"},
    "commitment": {"text": "I will stay curious."},
}
MODELS: dict[str, Any] = {"criteria": Criterion, "questions": Question, "commitment": Commitment}


def place_of(name: str) -> dict[str, str]:
    return {"whose": "applicant"} if name == "commitment" else {}


def key_of(name: str, round: Round) -> str:
    return MODELS[name].objects.filter(**owned(name, round)).order_by("order").first().key


def owned(name: str, round: Round) -> dict[str, Any]:
    if name == "commitment":
        return {"commitment_set": CommitmentSet.objects.in_force().filter(cohort=round.cohort, whose="applicant")[0]}
    return {"terms": round.current_terms}


every = pytest.mark.parametrize("name", NEW)


@every
def test_row_is_added_changed_moved_and_removed(ncetm: Client, round: Round, name: str) -> None:
    place, model = place_of(name), MODELS[name]

    def texts() -> list[str]:
        return [row.text for row in model.objects.filter(**owned(name, round)).order_by("order")]

    before = texts()
    add = url(round, f"{name}_add", **place)
    typed = opened(ncetm, add) | NEW[name]

    for _ in range(2):  # a second click
        assertRedirects(ncetm.post(add, typed), url(round, name, **place))

    assert texts() == [*before, NEW[name]["text"]]
    row = model.objects.get(text=NEW[name]["text"])
    edit = url(round, f"{name}_edit", key=row.key, **place)
    ncetm.post(edit, opened(ncetm, edit) | {"text": "Other words"})
    page = ncetm.get(url(round, name, **place))
    assertContains(page, "Other words")
    ncetm.post(url(round, f"{name}_move", key=row.key, **place), {"to": "up", "seen": page.context["order"]})
    assert texts() == [*before[:-1], "Other words", before[-1]]
    remove = url(round, f"{name}_remove", key=row.key, **place)
    ncetm.post(remove, opened(ncetm, remove))
    assert texts() == before


@every
def test_all_that_is_wrong_with_a_row_is_told_at_once_and_what_was_typed_stays(
    ncetm: Client, round: Round, name: str
) -> None:
    add = url(round, f"{name}_add", **place_of(name))
    problems = {
        "criteria": ["Enter the criterion", "Select how important it is", "Select how it is shown"],
        "questions": ["Enter the question", "Enter the word limit"],
        "commitment": ["Enter the commitment"],
    }

    page = ncetm.post(add, opened(ncetm, add) | {"guidance": "Say when", "word_limit": "", "text": " "})

    for problem in problems[name]:
        assertContains(page, problem)
    if name != "commitment":
        assertContains(page, "Say when")


@pytest.mark.parametrize(
    ("typed", "problem"),
    [
        ({"shown": "evidenced", "weight": "0"}, "Weight must be 1 or more"),
        ({"shown": "evidenced", "weight": "11"}, "Weight must be 10 or less"),
        ({"shown": "evidenced", "weight": "two"}, "Weight must be a whole number"),
        ({"shown": "declared", "declared": ""}, "Enter the sentence to say yes or no to"),
        ({"shown": "headteacher", "declared": "I am"}, "Enter the sentence to tick"),
        ({"text": "x" * 1001}, "Criterion must be 1,000 characters or fewer"),
    ],
)
def test_criterion_with_a_problem_is_not_saved(
    ncetm: Client, round: Round, typed: dict[str, str], problem: str
) -> None:
    add = url(round, "criteria_add")

    assertContains(ncetm.post(add, opened(ncetm, add) | NEW["criteria"] | typed), problem)
    assert round.current_terms.criteria.count() == 4


@pytest.mark.parametrize(("limit", "is_saved"), [("49", False), ("50", True), ("2000", True), ("2001", False)])
def test_word_limit_is_within_its_bounds(ncetm: Client, round: Round, limit: str, is_saved: bool) -> None:
    add = url(round, "questions_add")

    ncetm.post(add, opened(ncetm, add) | NEW["questions"] | {"word_limit": limit})

    assert round.current_terms.questions.filter(word_limit=limit).exists() == is_saved


def test_sentence_is_kept_for_the_way_a_criterion_is_shown(ncetm: Client, round: Round) -> None:
    add = url(round, "criteria_add")
    sentences = {"declared": "I am curious", "confirmed": "They are curious"}
    for shown in ("declared", "headteacher", "evidenced"):
        typed = NEW["criteria"] | sentences | {"shown": shown, "text": shown}
        ncetm.post(add, opened(ncetm, add) | typed)

    saved = round.current_terms.criteria.filter(text__in=["declared", "headteacher", "evidenced"])
    assert [(c.declaration, c.weight) for c in saved] == [("I am curious", 1), ("They are curious", 1), ("", 2)]


def test_question_serves_the_criteria_chosen_among_the_evidenced(ncetm: Client, round: Round) -> None:
    evidenced = [c.key for c in round.current_terms.criteria.filter(shown=Shown.EVIDENCED)]
    add = url(round, "questions_add")
    form = ncetm.get(add).context["form"]
    assert [key for key, _ in form.fields["criteria"].choices] == evidenced

    ncetm.post(add, opened(ncetm, add) | NEW["questions"] | {"criteria": evidenced})

    assert sorted(c.key for c in Question.objects.get(order=3).criteria.all()) == sorted(evidenced)


@every
def test_colleagues_words_are_shown_above_what_was_typed(ncetm: Client, round: Round, name: str) -> None:
    edit = url(round, f"{name}_edit", key=key_of(name, round), **place_of(name))
    stale = opened(ncetm, edit)
    ncetm.post(edit, stale | {"text": "Theirs"})

    page = ncetm.post(edit, stale | {"text": "Mine"})

    assertContains(page, "A colleague has changed this in the meantime.")
    assertContains(page, "Theirs")
    form = page.context["form"]
    again = stale | {"text": form["text"].value(), "seen": form["seen"].value()}
    assert (again["text"], MODELS[name].objects.filter(text="Theirs").count()) == ("Mine", 1)
    assertRedirects(ncetm.post(edit, again), url(round, name, **place_of(name)))
    assert MODELS[name].objects.filter(text="Mine").count() == 1


@every
def test_words_for_a_row_that_a_colleague_removed_are_not_lost(ncetm: Client, round: Round, name: str) -> None:
    key, place = key_of(name, round), place_of(name)
    edit, remove = (url(round, f"{name}_{page}", key=key, **place) for page in ("edit", "remove"))
    stale = opened(ncetm, edit)
    ncetm.post(remove, opened(ncetm, remove))

    page = ncetm.post(edit, stale | {"text": "Mine"})

    assertContains(page, "A colleague has removed this in the meantime.")
    assertContains(page, "Mine")
    ncetm.post(edit, stale | {"text": "Mine", "seen": page.context["form"]["seen"].value() or ""})
    assert MODELS[name].objects.filter(text="Mine", key=key).count() == 1
    assert ncetm.get(url(round, f"{name}_edit", key="NOSUCH22", **place)).status_code == 404


def test_order_that_has_changed_is_not_changed_again_unseen(ncetm: Client, round: Round) -> None:
    first, second, *_ = round.current_terms.criteria.all()
    seen = ncetm.get(url(round, "criteria")).context["order"]
    for _ in range(2):
        page = ncetm.post(url(round, "criteria_move", key=second.key), {"to": "up", "seen": seen}, follow=True)

    assertContains(page, "The order has changed in the meantime")
    assert [c.pk for c in round.current_terms.criteria.all()[:2]] == [second.pk, first.pk]


# Versions


def test_version_is_written_shown_for_whom_it_changes_what_and_put_in_force(ncetm: Client, round: Round) -> None:
    draft, _ = ApplicationFactory(round=round), ApplicationFactory(round=round, state=State.COMPLETE)
    question = round.current_terms.questions.first()
    version = round.current_terms.version
    edit = url(round, "questions_edit", key=question.key)
    assertContains(ncetm.get(edit), f"2 applications rely on version {version}.")

    ncetm.post(edit, opened(ncetm, edit) | {"word_limit": "400"})
    page = ncetm.get(url(round, "terms_version"))

    for words in (
        f"Version {version + 1}, not in force",
        "Word limit: 400 (was 50)",
        "1 draft moves to it",
        "1 submitted application keeps its version.",
    ):
        assertContains(page, words)
    assertContains(ncetm.get(url(round, "questions")), f"You are writing version {version + 1}.")
    done = ncetm.post(url(round, "terms_version"), {"seen": page.context["seen"]}, follow=True)
    assertContains(done, f"Version {version + 1} is in force.")
    draft.refresh_from_db()
    assert draft.terms.version == version + 1
    again = ncetm.post(url(round, "terms_version"), {"seen": page.context["seen"]}, follow=True)
    assertContains(again, "No version is waiting.")


def test_commitments_put_in_force_stand_in_the_rounds_log(ncetm: Client, round: Round) -> None:
    application = ApplicationFactory(round=round, state=State.COMPLETE)
    signed = application.pledge.commitment_set
    old = signed.commitments.first()
    edit = url(round, "commitment_edit", whose=signed.whose, key=old.key)
    ncetm.post(edit, opened(ncetm, edit) | {"text": "I will teach for four days."})
    place = url(round, "commitment_version", whose=signed.whose)
    seen = ncetm.get(place).context["seen"]
    assert not round.events.filter(action=RoundAction.COMMITMENTS_IN_FORCE).exists()

    ncetm.post(place, {"seen": seen})
    ncetm.post(place, {"seen": seen})  # a second click

    event = round.events.get(action=RoundAction.COMMITMENTS_IN_FORCE)
    version, changed = event.changes.split("\n")
    assert version == f"{signed.get_whose_display()} commitments, version {signed.version + 1}"
    assert changed == f"Commitment changed: {old.text}"
    assertContains(ncetm.get(reverse("national_round", args=[round.code])), "New version of commitments put in force")


def test_version_with_problems_has_no_button_and_says_them_all(ncetm: Client, round: Round) -> None:
    ApplicationFactory(round=round)
    for question in round.current_terms.questions.all():
        remove = url(round, "questions_remove", key=question.key)
        ncetm.post(remove, opened(ncetm, remove))

    page = ncetm.get(url(round, "terms_version"))

    assertContains(page, "Add at least one question")
    assertContains(page, "No question serves", count=2)
    assertNotContains(page, "in force</button>")
    refused = ncetm.post(url(round, "terms_version"), {"seen": page.context["seen"]}, follow=True)
    assertContains(refused, "This version cannot be put in force yet.")


def test_version_is_thrown_away(ncetm: Client, round: Round) -> None:
    ApplicationFactory(round=round)
    edit = url(round, "questions_edit", key=round.current_terms.questions.first().key)
    ncetm.post(edit, opened(ncetm, edit) | {"text": "Other words"})
    page = ncetm.get(url(round, "terms_version"))

    for seen, words in (("stale", "This version has changed"), (page.context["seen"], "is thrown away")):
        assertContains(ncetm.post(page.context["discard"], {"seen": seen}, follow=True), words)
    assert round.working_terms is None


def test_commitments_that_somebody_signed_are_changed_in_a_version_and_stay_signed(ncetm: Client, round: Round) -> None:
    signed = CommitmentSet.objects.get(cohort=round.cohort, whose="applicant")
    pledge = PledgeFactory(commitment_set=signed)
    commitment = signed.commitments.first()
    place = {"whose": "applicant"}
    edit = url(round, "commitment_edit", key=commitment.key, **place)
    assertContains(ncetm.get(edit), "1 person has signed version 1.")

    ncetm.post(edit, opened(ncetm, edit) | {"text": "I will stay."})
    page = ncetm.get(url(round, "commitment_version", **place))
    assertContains(page, f"Text: “I will stay.” (was “{commitment}”)")
    assertContains(page, "1 person who has signed keeps what they signed.")
    ncetm.post(url(round, "commitment_version", **place), {"seen": page.context["seen"]})

    pledge.refresh_from_db()
    assert pledge.commitment_set == signed
    assert commitment in signed.commitments.all()
    assertContains(ncetm.get(round.get_absolute_url()), "I will stay.")
    assertNotContains(ncetm.get(round.get_absolute_url()), commitment.text)


def test_commitment_that_waits_is_shown_and_signed_by_nobody(ncetm: Client, round: Round) -> None:
    signed = CommitmentSet.objects.get(cohort=round.cohort, whose="applicant")
    PledgeFactory(commitment_set=signed)
    add = url(round, "commitment_add", whose="applicant")
    ncetm.post(add, opened(ncetm, add) | NEW["commitment"])

    assertNotContains(ncetm.get(round.get_absolute_url()), "I will stay curious.")
    assertContains(ncetm.get(url(round, "commitments")), "You are writing version 2.")
    assert round.cohort.commitment_sets.working().get().commitments.count() == 3


def test_commitment_changed_before_anybody_signed_is_another_row(ncetm: Client, round: Round) -> None:
    """Whoever has the old words before them ticks the old row, which is gone: they are asked again."""
    commitment = CommitmentSet.objects.get(cohort=round.cohort, whose="applicant").commitments.first()
    edit = url(round, "commitment_edit", key=commitment.key, whose="applicant")

    ncetm.post(edit, opened(ncetm, edit) | {"text": "I will stay."})

    changed = Commitment.objects.get(text="I will stay.")
    assert (changed.pk != commitment.pk, changed.key, changed.order) == (True, commitment.key, commitment.order)
    assert not Commitment.objects.filter(pk=commitment.pk).exists()


def test_commitments_of_nobody_are_not_found(ncetm: Client, round: Round) -> None:
    assert ncetm.get(url(round, "commitment", whose="applicant")).status_code == 200
    assert ncetm.get(url(round, "commitment", whose="governor")).status_code == 404


def test_round_without_terms_says_what_it_lacks(ncetm: Client) -> None:
    round = RoundFactory(published_at=None)

    for page in ("criteria", "questions"):
        assertContains(ncetm.get(url(round, page)), "Add at least one essential criterion")
    assertContains(ncetm.get(url(round, "commitment", whose="headteacher")), "Add at least one commitment")
    assertContains(ncetm.get(url(round, "terms_version")), "No version is waiting.")
