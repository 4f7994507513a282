"""A round's details, places and document: never below what is taken, in versions."""

from dataclasses import replace

import pytest

from applications.enums import State
from applications.models import Round
from applications.services.announcements import announcements_send
from applications.services.round_documents import information_document_publish, information_document_read, unread
from applications.services.round_log import round_check, round_seen
from applications.services.round_making import RoundDetails, round_set_details
from applications.services.round_places import PlacesError, round_set_places
from cohorts.models import HubPlaces
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError
from mastery_hub.messaging.models import Email
from tests.applications.round_set_up.steps import move_dates
from tests.factories.applications import ApplicationFactory, InformationDocumentFactory, RoundFactory
from tests.factories.cohorts import CohortFactory, HubPlacesFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


# Details


def test_details_change_until_somebody_relies_on_them(round: Round, ncetm: User) -> None:
    details = replace(RoundDetails.of(round), number=99, project_code="NCP27-99", statement_words=200)
    round_set_details(round=round, by=ncetm, details=details, seen=0)
    round.refresh_from_db()
    assert (round.cohort.number, round.cohort.project_code, round.statement_words) == (99, "NCP27-99", 200)

    ApplicationFactory(round=round)
    for changes, why in (({"number": 98}, "begun applications"), ({"statement_words": 199}, "writing already")):
        with pytest.raises(DomainError, match=why):
            round_set_details(round=round, by=ncetm, details=replace(details, **changes), seen=round_seen(round))
    round_set_details(round=round, by=ncetm, details=replace(details, statement_words=250), seen=round_seen(round))
    round.refresh_from_db()
    assert round.statement_words == 250


def test_number_of_another_cohort_is_refused(round: Round, ncetm: User) -> None:
    other = CohortFactory(programme=round.cohort.programme)

    with pytest.raises(DomainError, match="Another cohort of this programme has this number"):
        round_set_details(round=round, by=ncetm, details=replace(RoundDetails.of(round), number=other.number), seen=0)


# Places


def test_places_are_set_changed_and_taken_away(round: Round, ncetm: User) -> None:
    north, south, east = (MathsHubFactory(name=name) for name in ("North", "South", "East"))
    HubPlacesFactory(cohort=round.cohort, hub=south, places=4)
    HubPlacesFactory(cohort=round.cohort, hub=east, places=4)

    round_set_places(round=round, by=ncetm, wanted={north.pk: 3, south.pk: 5, east.pk: None}, seen=0)

    assert dict(HubPlaces.objects.values_list("hub__name", "places")) == {"North": 3, "South": 5}
    assert round.events.get().changes.split("\n") == [
        "East: does not take part (was 4)",
        "North: 3 (was does not take part)",
        "South: 5 (was 4)",
    ]


def test_places_never_go_below_what_is_taken(round: Round, ncetm: User) -> None:
    held = HubPlacesFactory(cohort=round.cohort, places=4, taken=2)
    free = HubPlacesFactory(cohort=round.cohort, places=4)

    for fewer in (1, 0, None):
        with pytest.raises(PlacesError) as refused:
            round_set_places(round=round, by=ncetm, wanted={held.hub_id: fewer, free.hub_id: 1}, seen=0)
        assert refused.value.problems == {held.hub_id: "2 places are taken already: enter 2 or more"}
    assert set(HubPlaces.objects.values_list("places", flat=True)) == {4}

    round_set_places(round=round, by=ncetm, wanted={held.hub_id: 2, free.hub_id: 1}, seen=0)
    assert sorted(HubPlaces.objects.values_list("places", flat=True)) == [1, 2]


def test_hub_that_teachers_apply_to_keeps_its_row(round: Round, ncetm: User) -> None:
    hub = ApplicationFactory(round=round, state=State.COMPLETE).hub

    with pytest.raises(PlacesError) as refused:
        round_set_places(round=round, by=ncetm, wanted={hub.pk: None}, seen=0)
    assert list(refused.value.problems) == [hub.pk]

    round_set_places(round=round, by=ncetm, wanted={hub.pk: 0}, seen=0)
    assert HubPlaces.objects.get(hub=hub).places == 0


# The information document


def test_document_published_again_is_a_later_version(round: Round, ncetm: User) -> None:
    first = round.current_document
    second = information_document_publish(round=round, by=ncetm, title="Information", body="Second")

    assert (second.version, round.current_document) == (first.version + 1, second)
    assert information_document_publish(round=round, by=ncetm, title="Information", body="Second") == second


def test_document_that_nobody_can_have_read_changes_in_place(ncetm: User) -> None:
    document = InformationDocumentFactory(round__published_at=None, version=1)

    changed = information_document_publish(round=document.round, by=ncetm, title="Other", body="Words")

    assert (changed.pk, changed.version, changed.body) == (document.pk, 1, "Words")


def test_those_writing_are_told_and_lose_nothing(ncetm: User) -> None:
    draft = ApplicationFactory(ready=True)
    submitted = ApplicationFactory(round=draft.round, state=State.SUBMITTED)
    before = draft.document

    with pytest.raises(DomainError, match="Say what changed"):
        information_document_publish(round=draft.round, by=ncetm, title="Information", body="New")
    newer = information_document_publish(
        round=draft.round, by=ncetm, title="Information", body="New", changes="Another venue."
    )

    announcements_send()
    assert list(Email.objects.values_list("kind", "to")) == [("information_changed", draft.applicant.email)]
    draft.refresh_from_db()
    assert (draft.document, [each.changes for each in unread(draft)]) == (before, ["Another venue."])
    assert submitted.document == before

    with pytest.raises(DomainError, match="changed again"):
        information_document_read(application=draft, by=draft.applicant, version=before.version)
    with pytest.raises(DomainError, match="can no longer be changed"):
        information_document_read(application=draft, by=ncetm, version=newer.version)
    read = information_document_read(application=draft, by=draft.applicant, version=newer.version)
    assert (read.document, unread(read)) == (newer, [])


# What was copied


def test_copied_parts_are_checked_off(ncetm: User) -> None:
    round = RoundFactory(to_check=["dates", "places", "criteria"])

    round_check(round=round, by=ncetm, keys=["places"])
    move_dates(round, ncetm)  # saved as they are

    round.refresh_from_db()
    assert round.to_check == ["criteria"]
    assert [event.changes for event in round.events.all()] == ["Hubs and places"]
