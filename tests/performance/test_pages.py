"""Pages and jobs at the size of the nation, each page beside a bare one."""

import statistics
import tracemalloc
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from applications.models import Application, Round
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.exports import csv_response
from mastery_hub.messaging.models import Reminder
from mastery_hub.messaging.reminders import reminders_plan
from tests.factories.accounts import UserFactory
from tests.performance.bench import Bench, median, seconds_of
from tests.performance.nation import applications_make, drafts_make, hubs_make, round_make

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.performance.urls")]
NATION = 20_000
BARE = "a bare list of Django’s"
TIMES = 9


def settle() -> None:
    """What autovacuum does within a minute of so many rows: the planner knows their numbers."""
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def opened(client: Client, *paths: str) -> list[float]:
    """The middle of several of each, after the first, which fills what a process keeps. They take turns, so that a busy
    moment of the machine weighs on the yardstick as well."""

    def get(path: str) -> None:
        assert client.get(path).status_code == 200

    for path in paths:
        get(path)
    rounds = [[seconds_of(partial(get, path)) for path in paths] for _ in range(TIMES)]
    return [statistics.median(taken) for taken in zip(*rounds, strict=True)]


def test_list_of_a_hub(bench: Bench) -> None:
    [hub] = hubs_make(1)
    round = round_make([hub])
    applications_make(round, [hub], NATION)
    settle()
    client = signed_in(UserFactory(hub_lead=hub))
    path = reverse("hub_application_list", args=[hub.slug])
    queries = {
        "newest first": "",
        "by teacher": "?sort=applicant",
        "the last page": f"?page={NATION // 50}",
        "one state, a word": "?state=complete&q=rahman",
    }

    bare, *lists = opened(client, "/bare/", *(path + query for query in queries.values()))
    for name, seconds in zip(queries, lists, strict=True):
        bench.add(f"List, 50 of {NATION:,}, {name}", seconds, yardstick=(BARE, bare), most=3, within=0.06)


def test_dashboards(bench: Bench) -> None:
    hubs = hubs_make()
    round = round_make(hubs)
    pages = {
        "Hub's dashboard": (signed_in(UserFactory(hub_lead=hubs[0])), reverse("hub_home", args=[hubs[0].slug])),
        "National dashboard": (signed_in(UserFactory(ncetm=True)), f"{reverse('national_home')}?round={round.code}"),
    }
    applications_make(round, hubs, NATION // 10)
    settle()
    few = {name: opened(*page)[0] for name, page in pages.items()}
    applications_make(round, hubs, NATION - NATION // 10)
    settle()

    for name, page in pages.items():
        tenth = f"with {NATION // 10:,}", few[name]
        [seconds] = opened(*page)
        bench.add(f"{name}, {NATION:,} applications", seconds, yardstick=tenth, most=1.5, within=0.15)


def test_csv_of_applications(bench: Bench) -> None:
    """By the one way there is to answer with CSV; memory must not grow with the rows."""
    hubs = hubs_make()
    applications_make(round_make(hubs), hubs, NATION)
    settle()
    rows = (
        Application.objects.with_people()
        .order_by("submitted_at", "pk")
        .values_list(
            "reference",
            "applicant__first_name",
            "applicant__last_name",
            "school__name",
            "hub__name",
            "state",
            "submitted_at",
        )
    )

    def answer() -> Any:
        heads = ["Reference", "First name", "Last name", "School", "Hub", "State", "Submitted"]
        return iter(csv_response("applications.csv", heads, rows.iterator(chunk_size=2000)))

    def whole() -> None:
        assert sum(1 for _ in answer()) == NATION + 1

    lines = answer()
    bench.add(
        f"CSV of {NATION:,} applications, first bytes", seconds_of(lambda: (next(lines), next(lines))), within=0.5
    )
    bench.add(f"CSV of {NATION:,} applications, all", median(whole), within=3)
    tracemalloc.start()
    whole()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 10_000_000


def test_reminders_of_a_national_day(bench: Bench) -> None:
    """Every draft of the nation a fortnight before the round closes, and every headteacher who has not answered:
    planned for the first time, and again."""
    hubs = hubs_make()
    round = round_make(hubs)
    Round.objects.filter(pk=round.pk).update(closes_at=clock.now() + timedelta(days=16))
    drafts_make(round, hubs, 5_000)
    settle()

    bench.add("Planning a national day's reminders, 5,000 drafts", seconds_of(reminders_plan), within=5)
    planned = Reminder.objects.count()
    bench.add("The same again, with nothing to change", seconds_of(reminders_plan), within=5)
    of_draft, of_headteacher, of_applicant = 5, 4, 2
    assert planned == Reminder.objects.count() == 5_000 * (of_draft + of_headteacher + of_applicant)
