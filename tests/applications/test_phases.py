"""The phase taught: early years and more than one are asked for, and which ones."""

from typing import Any

import pytest
from django.db import IntegrityError
from django.test import Client
from pytest_django.asserts import assertContains, assertRedirects

from applications.enums import PhaseTaught, State
from applications.models import Application
from tests.applications import hubs
from tests.applications.applicants import LATER, signed_in, url
from tests.factories.applications import ApplicationFactory

pytestmark = pytest.mark.django_db
EARLY, FIRST, MIXED = PhaseTaught.EARLY_YEARS, PhaseTaught.KEY_STAGE_1, PhaseTaught.MIXED
ABOUT = {"first_name": "Amina", "last_name": "Rahman", "job_title": "Class teacher", "trn": "1234567"}


def taught(application: Application) -> tuple[str, list[str]]:
    application = Application.objects.get(pk=application.pk)
    return application.phase, application.phases


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ({"phase": EARLY}, (EARLY, [])),
        ({"phase": MIXED, "phases": [EARLY, FIRST]}, (MIXED, [EARLY, FIRST])),
        ({"phase": EARLY, "phases": [EARLY, FIRST]}, (EARLY, [])),
    ],
)
def test_phase_and_which_where_it_is_more_than_one(client: Client, given: dict[str, Any], kept: tuple) -> None:
    application = signed_in(client)
    assertRedirects(client.post(url(application, "about"), ABOUT | given), url(application))
    assert taught(application) == kept


@pytest.mark.parametrize(
    ("phases", "message"),
    [
        ([], "Select the phases you teach"),
        ([EARLY], "Select another phase, or select only “Early years” above"),
        (["astronomy", EARLY], "Select one of the choices shown"),
        ([MIXED, EARLY], "Select one of the choices shown"),
    ],
)
def test_several_phases_are_at_least_two(client: Client, phases: list[str], message: str) -> None:
    application = signed_in(client)
    page = client.post(url(application, "about"), ABOUT | {"phase": MIXED, "phases": phases})
    assertContains(page, message)
    assert page.context["form"]["phases"].value() == phases


@pytest.mark.parametrize("phases", [[], [EARLY]])
def test_unfinished_phases_are_kept_for_later_and_missing_until_then(client: Client, phases: list[str]) -> None:
    application = signed_in(client)
    answer = client.post(url(application, "about"), ABOUT | {"phase": MIXED, "phases": phases} | LATER)
    assertRedirects(answer, url(application))
    assert taught(application) == (MIXED, phases)
    assertContains(client.get(url(application)), "Select the phases you teach")


def test_database_keeps_phases_for_mixed_alone() -> None:
    application = ApplicationFactory(phase=EARLY)
    with pytest.raises(IntegrityError, match="several_phases_only_where_mixed"):
        Application.objects.filter(pk=application.pk).update(phases=[EARLY, FIRST])


def test_hub_sees_and_finds_each_phase_of_a_mixed_class(client: Client) -> None:
    application = ApplicationFactory(state=State.COMPLETE, phase=MIXED, phases=[EARLY, FIRST])
    other = ApplicationFactory(state=State.COMPLETE, hub=application.hub, phase=PhaseTaught.KEY_STAGE_2)
    hubs.signed_in(client, hub_lead=application.hub)
    assertContains(client.get(hubs.address(application)), "More than one phase: Early years and Key stage 1")

    path = f"/hub/{application.hub.slug}/applications/"
    page = client.get(path)
    assertContains(page, "More than one phase: Early years and Key stage 1")
    assert [value for value, _ in page.context["filter"].form.fields["phase"].choices] == [
        EARLY,
        FIRST,
        PhaseTaught.KEY_STAGE_2,
        MIXED,
    ]

    def found(*phases: str) -> set[Application]:
        return {row.record for row in client.get(path, {"phase": phases}).context["table"].rows}

    assert found(FIRST) == found(MIXED) == {application}
    assert found(FIRST, PhaseTaught.KEY_STAGE_2) == {application, other}
