"""Decisions go out together on the round's day; letters are the hub's; one that comes late says when."""

from datetime import date, timedelta
from functools import partial

import pytest
from django.db import IntegrityError, transaction

from applications.enums import Outcome, State
from applications.models import Application, LetterWording, ReleaseDelay, Round
from applications.services.letters import letter_of, letter_reset, letter_save, wording_save
from applications.services.releases import decisions_release, release_delay_end, release_delay_set
from applications.services.selection import decision_propose, decision_release, decision_take_back
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.factories.accounts import UserFactory
from tests.factories.applications import ApplicationFactory, RoundFactory
from tests.factories.cohorts import HubPlacesFactory
from tests.factories.directory import MathsHubFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db


@pytest.fixture
def hub():
    return MathsHubFactory()


@pytest.fixture
def round(hub):
    round = RoundFactory(complete=True)
    HubPlacesFactory(cohort=round.cohort, hub=hub, places=4)
    return round


@pytest.fixture
def lead(hub):
    return UserFactory(hub_lead=hub)


@pytest.fixture
def proposed(hub, round, lead) -> list[Application]:
    """An offer, a reserve and one who is unsuccessful."""
    made = [ApplicationFactory(state=State.COMPLETE, hub=hub, round=round) for _ in Outcome]
    for application, outcome in zip(made, Outcome, strict=True):
        decision_propose(application=application, by=lead, outcome=outcome, feedback="Thank you.")
    return made


def marks(applications: list[Application]) -> list[str]:
    at = clock.now()
    found = [Application.objects.get(pk=each.pk) for each in applications]
    return [letter_of(each, each.decisions.open().get(), at=at).mark for each in found]


def states(applications: list[Application]) -> list[str]:
    return [Application.objects.get(pk=each.pk).state for each in applications]


def released_at(round: Round, at) -> None:
    now = clock.now()
    Round.objects.filter(pk=round.pk).update(
        releases_at=at, opens_at=now - timedelta(days=60), closes_at=now - timedelta(days=9)
    )


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)


def test_all_are_released_together_with_a_letter_each(proposed, round, hub, lead) -> None:
    told = decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))

    assert (told.released, told.before, told.refused) == (3, 0, [])
    assert states(proposed) == [State.OFFERED, State.RESERVED, State.UNSUCCESSFUL]
    letters = Email.objects.filter(kind__in=[f"outcome_{outcome}" for outcome in Outcome])
    assert sorted(letters.values_list("to", flat=True)) == sorted(each.applicant.email for each in proposed)


def test_second_click_sends_nothing_again(proposed, round, hub, lead) -> None:
    read = marks(proposed)
    decisions_release(round=round, hub=hub, by=lead, read=read)
    sent = Email.objects.count()

    told = decisions_release(round=round, hub=hub, by=UserFactory(hub_lead=hub), read=read)

    assert (told.released, told.before, told.refused) == (0, 3, [])
    assert Email.objects.count() == sent


def test_one_that_cannot_go_keeps_no_other_back(proposed, round, hub, lead) -> None:
    read = marks(proposed)
    decision_take_back(application=proposed[1], by=lead)
    decision_propose(application=proposed[1], by=lead, outcome=Outcome.RESERVE, feedback="Other words.")

    told = decisions_release(round=round, hub=hub, by=lead, read=read)

    assert told.released == 2
    [(behind, why)] = told.refused
    assert (behind, "has changed since you read it" in why) == (proposed[1], True)
    assert states(proposed) == [State.OFFERED, State.RESERVE_PROPOSED, State.UNSUCCESSFUL]


def test_nothing_that_was_not_read_is_released(proposed, round, hub, lead) -> None:
    told = decisions_release(round=round, hub=hub, by=lead, read=[*marks(proposed[:1]), "", "x", "٣-a", "9" * 40])

    assert told.released == 1
    assert states(proposed)[1:] == [State.RESERVE_PROPOSED, State.UNSUCCESSFUL_PROPOSED]


def test_another_hubs_decisions_are_not_released(proposed, round, lead) -> None:
    other = MathsHubFactory()

    told = decisions_release(round=round, hub=other, by=UserFactory(hub_lead=other), read=marks(proposed))

    assert (told.released, states(proposed)[0]) == (0, State.OFFER_PROPOSED)


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator"])
def test_only_a_lead_releases(proposed, round, hub, role) -> None:
    with refused("not-allowed"):
        decisions_release(round=round, hub=hub, by=UserFactory(**{role: hub}), read=marks(proposed))


def test_nothing_is_released_before_the_day_and_everything_from_then_on(
    proposed, round, hub, lead, time_machine
) -> None:
    day = clock.now() + timedelta(days=3)
    released_at(round, day)
    round.refresh_from_db()
    time_machine.move_to(day - timedelta(microseconds=1), tick=False)
    with refused("too-early"):
        decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))
    with refused("barred"):
        decision_release(application=proposed[0], by=lead)
    assert states(proposed)[0] == State.OFFER_PROPOSED
    assert not Email.objects.exists()

    time_machine.move_to(day, tick=False)

    assert decisions_release(round=round, hub=hub, by=lead, read=marks(proposed)).released == 3


def test_database_keeps_the_day_behind_the_closing(round) -> None:
    with pytest.raises(IntegrityError, match="decisions_follow_the_closing"), transaction.atomic():
        Round.objects.filter(pk=round.pk).update(releases_at=round.closes_at - timedelta(microseconds=1))
    assert Round.objects.filter(pk=round.pk).update(releases_at=round.closes_at) == 1


# Letters


def text_of(application: Application) -> str:
    application = Application.objects.get(pk=application.pk)
    return letter_of(application, application.decisions.open().get(), at=clock.now()).rendered.text


def test_hubs_words_stand_in_every_letter_of_an_outcome(proposed, round, hub, lead) -> None:
    wording_save(round=round, hub=hub, by=lead, outcome=Outcome.RESERVE, text="Dear [name], [hub] waits with [school].")

    application = proposed[1]
    assert f"Dear {application.applicant.full_name}, {hub} waits with {application.school}." in text_of(application)
    assert "waits with" not in text_of(proposed[0])


def test_one_letter_may_have_words_of_its_own_and_is_kept_as_it_went_out(proposed, round, hub, lead) -> None:
    decision = proposed[1].decisions.open().get()
    letter_save(application=proposed[1], by=lead, decision=decision.pk, text="Only for you.")
    wording_save(round=round, hub=hub, by=lead, outcome=Outcome.RESERVE, text="For everybody.")

    decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))

    decision.refresh_from_db()
    sent = Email.objects.get(kind="outcome_reserve").text
    assert ("Only for you." in sent, "For everybody." in sent, decision.letter) == (True, False, "Only for you.")


def test_letter_goes_back_to_the_words_for_the_round(proposed, lead) -> None:
    decision = proposed[1].decisions.open().get()
    letter_save(application=proposed[1], by=lead, decision=decision.pk, text="Only for you.")

    letter_reset(application=proposed[1], by=lead, decision=decision.pk)

    assert "Only for you" not in text_of(proposed[1])
    assert "We cannot say how likely that is" in text_of(proposed[1])


def test_released_letter_keeps_the_words_of_its_day(proposed, round, hub, lead) -> None:
    wording_save(round=round, hub=hub, by=lead, outcome=Outcome.OFFER, text="As it was.")
    decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))

    wording_save(round=round, hub=hub, by=lead, outcome=Outcome.OFFER, text="As it is now.")

    assert proposed[0].decisions.get().letter == "As it was."


@pytest.mark.parametrize(("text", "code"), [("[nmae]", "unknown-gap"), ("x" * 5001, "too-long")])
def test_words_that_cannot_be_sent_are_refused(proposed, round, hub, lead, text, code) -> None:
    decision = proposed[0].decisions.open().get()
    with refused(code):
        wording_save(round=round, hub=hub, by=lead, outcome=Outcome.OFFER, text=text)
    with refused(code):
        letter_save(application=proposed[0], by=lead, decision=decision.pk, text=text)
    assert not LetterWording.objects.exists()


def test_letter_that_has_gone_out_or_changed_is_not_rewritten(proposed, round, hub, lead) -> None:
    decision = proposed[0].decisions.open().get()
    decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))

    with refused("replaced"):
        letter_save(application=proposed[0], by=lead, decision=decision.pk, text="Too late")


@pytest.mark.parametrize("role", ["hub_reviewer", "hub_administrator", "ncetm"])
def test_only_a_lead_writes_letters(proposed, round, hub, role) -> None:
    person = UserFactory(**{role: True if role == "ncetm" else hub})
    decision = proposed[0].decisions.open().get()

    with refused("not-allowed"):
        wording_save(round=round, hub=hub, by=person, outcome=Outcome.OFFER, text="x")
    with refused("not-allowed"):
        letter_save(application=proposed[0], by=person, decision=decision.pk, text="x")


# A hub that writes later


def test_later_day_replaces_the_first_and_is_taken_back(proposed, round, hub, lead) -> None:
    day = clock.today() + timedelta(days=5)
    release_delay_set(round=round, hub=hub, by=lead, until=day, note="Two interviews moved.")
    release_delay_set(round=round, hub=hub, by=lead, until=day + timedelta(days=1), note="Three moved.")

    assert ReleaseDelay.objects.standing().get().note == "Three moved."
    release_delay_end(round=round, hub=hub, by=lead)
    assert not ReleaseDelay.objects.standing().exists()
    with refused("stale"):
        release_delay_end(round=round, hub=hub, by=lead)


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"note": " "}, "note-missing"),
        ({"until": date(2000, 1, 1)}, "day-wrong"),
        ({"until": date(2099, 1, 1)}, "day-wrong"),
    ],
)
def test_later_day_that_says_nothing_is_refused(proposed, round, hub, lead, told, code) -> None:
    said = {"until": clock.today() + timedelta(days=5), "note": "Two interviews moved."}
    with refused(code):
        release_delay_set(round=round, hub=hub, by=lead, **(said | told))
    assert release_delay_set(round=round, hub=hub, by=lead, **said).note == said["note"]


def test_nobody_is_told_of_a_later_day_once_all_have_heard(proposed, round, hub, lead) -> None:
    decisions_release(round=round, hub=hub, by=lead, read=marks(proposed))
    with refused("nobody-waits"):
        release_delay_set(round=round, hub=hub, by=lead, until=clock.today() + timedelta(days=5), note="x")


@pytest.mark.soak
@pytest.mark.django_db(transaction=True)
def test_two_leads_who_release_at_once_send_each_letter_once(proposed, round, hub, lead) -> None:
    read = marks(proposed)
    release = partial(decisions_release, round=round, hub=hub, read=read)

    late = overtaken(partial(release, by=lead), by=partial(release, by=UserFactory(hub_lead=hub)))

    assert late.released == 0
    assert Email.objects.filter(kind__in=[f"outcome_{outcome}" for outcome in Outcome]).count() == 3
