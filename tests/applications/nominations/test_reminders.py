"""A nominee is reminded, a nominator told of what came back, and a round says whether it is by nomination."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django.asserts import assertContains

from applications.models import Nomination
from applications.services.round_copy import round_copy
from mastery_hub.common import clock
from mastery_hub.messaging.models import Email
from mastery_hub.messaging.reminders import reminders_plan, reminders_send
from tests.factories.accounts import UserFactory
from tests.factories.applications import ExtensionFactory, NominationFactory, RoundFactory
from tests.factories.directory import MathsHubFactory
from tests.factories.messaging import EmailFactory

pytestmark = pytest.mark.django_db


# Reminders


def test_nominee_is_reminded_until_they_answer(time_machine: Any) -> None:
    start = clock.london(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    time_machine.move_to(start, tick=False)
    round = RoundFactory(complete=True, by_nomination=True, opens_at=start, closes_at=start + timedelta(days=40))
    nomination = NominationFactory(round=round)
    days = []
    for day in range(1, 42):
        time_machine.move_to(start.replace(hour=9, minute=1) + timedelta(days=day), tick=False)
        reminders_plan()
        if reminders_send():
            days.append(day)

    assert days == [7, 14, 37]
    assert set(Email.objects.values_list("kind", "to")) == {("nomination_reminder", nomination.email)}


@pytest.mark.parametrize("longer", [False, True])
def test_nominee_is_reminded_in_the_extra_time_of_the_hub(time_machine: Any, longer: bool) -> None:
    start = clock.london(clock.now()).replace(hour=10, minute=0, second=0, microsecond=0)
    time_machine.move_to(start, tick=False)
    round = RoundFactory(complete=True, by_nomination=True, opens_at=start, closes_at=start + timedelta(days=5))
    nomination = NominationFactory(round=round)
    ExtensionFactory(round=round, hub=nomination.home_hub if longer else MathsHubFactory())
    days = []
    for day in range(1, 14):
        time_machine.move_to(start.replace(hour=9, minute=1) + timedelta(days=day), tick=False)
        reminders_plan()
        if reminders_send():
            days.append(day)

    assert days == ([7, 9] if longer else [2])


@pytest.mark.parametrize("state", ["accepted", "declined", "withdrawn", "lapsed"])
def test_answer_cancels_reminders(time_machine: Any, state: str) -> None:
    start = clock.now()
    nomination = NominationFactory()
    reminders_plan()
    answered = {"nominee": UserFactory(), "answered_at": start} if state in ("accepted", "declined") else {}
    Nomination.objects.filter(pk=nomination.pk).update(state=state, **answered)
    time_machine.move_to(start + timedelta(days=8), tick=False)

    assert reminders_send() == 0


def test_invitation_that_came_back_is_told_to_whoever_nominated(invited: Nomination) -> None:
    EmailFactory(about=invited, kind="nomination_made_hub", bounced=True)
    reminders_plan()
    reminders_send()
    assert not Email.objects.filter(kind="nomination_undelivered").exists()

    EmailFactory(about=invited, kind="nomination_invited", to=invited.email, bounced=True)
    EmailFactory(about=invited, kind="nomination_made_hub", sent=True)
    for _ in range(2):
        reminders_plan()
        reminders_send()
    assert Email.objects.get(kind="nomination_undelivered").to == invited.nominated_by.email
    Nomination.objects.update(state="withdrawn")
    EmailFactory(about=invited, kind="nomination_invited", to=invited.email, bounced=True)
    reminders_plan()
    assert reminders_send() == 0


# The round


def test_ncetm_says_whether_a_round_is_by_nomination(client: Client) -> None:
    client.force_login(UserFactory(ncetm=True))
    round = RoundFactory(complete=True, published_at=None, opens_at=clock.now() + timedelta(days=9))
    path = reverse("national_round_details", args=[round.code])
    form = client.get(path).context["form"]
    data = {name: form[name].value() for name in form.fields if form[name].value() not in (None, False)}

    client.post(path, data | {"by_nomination": "on"})

    round.refresh_from_db()
    assert round.by_nomination is True
    assert "Teachers are nominated: yes (was no)" in round.events.first().changes
    assertContains(client.get(reverse("national_round", args=[round.code])), "by nomination")
    copied = round_copy(source=round, by=UserFactory(ncetm=True), number=77, starts=2028, project_code="NCP28-77")
    assert copied.by_nomination is True
