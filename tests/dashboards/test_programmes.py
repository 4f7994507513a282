"""NCETM writes a programme's page block by block, and sees it before it is public."""

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine

from cohorts.models import Programme
from mastery_hub.common import clock
from mastery_hub.common.models import PageBlock
from tests.dashboards.conftest import Reader
from tests.factories.accounts import UserFactory
from tests.factories.cohorts import ProgrammeFactory, ProgrammePageBlockFactory
from tests.threads import overtaken

pytestmark = pytest.mark.django_db

SignIn = Callable[..., Reader]


@pytest.fixture
def programme() -> Programme:
    return ProgrammeFactory(slug="primary")


@pytest.fixture
def ncetm(signed_in: SignIn) -> Reader:
    return signed_in(UserFactory(ncetm=True))


def bodies(programme: Programme) -> dict[str, str]:
    return dict(programme.blocks.values_list("kind", "body"))


def test_editor_lists_every_kind(ncetm: Reader, programme: Programme) -> None:
    ProgrammePageBlockFactory(programme=programme, kind=PageBlock.Kind.WHO)

    words = ncetm.reads("/national/programmes/primary/")

    assert words.count("Left out of the page") == len(PageBlock.Kind) - 1
    assert "Edit “Who is it for?”" in words


def test_block_is_written_and_dated(ncetm: Reader, programme: Programme) -> None:
    later = clock.now() + timedelta(days=2)
    with time_machine.travel(later, tick=False):
        response = ncetm.client.post("/national/programmes/primary/why/", {"body": "Because *maths*"})

    assert response.url == "/national/programmes/primary/"
    assert bodies(programme) == {"why": "Because *maths*"}
    assert programme.blocks.get().updated_at == later


def test_block_is_changed_not_doubled(ncetm: Reader, programme: Programme) -> None:
    ProgrammePageBlockFactory(programme=programme, kind=PageBlock.Kind.WHY, body="Old")

    ncetm.client.post("/national/programmes/primary/why/", {"body": ""})

    assert bodies(programme) == {"why": ""}


def test_preview_shows_what_was_typed_and_saves_nothing(ncetm: Reader, programme: Programme) -> None:
    response = ncetm.client.post("/national/programmes/primary/why/", {"body": "In **bold**", "preview": "1"})

    assert "In <strong>bold</strong>" in response.content.decode()
    assert "In **bold**" in response.content.decode()
    assert bodies(programme) == {}


@pytest.mark.parametrize("path", ["/national/programmes/primary/nonsense/", "/national/programmes/nowhere/why/"])
def test_what_does_not_exist_is_not_found(ncetm: Reader, programme: Programme, path: str) -> None:
    ncetm.gets(path, 404)


def test_editing_is_for_ncetm_alone(signed_in: SignIn, programme: Programme) -> None:
    reader = signed_in(UserFactory(hub_lead=True))

    response = reader.client.post("/national/programmes/primary/why/", {"body": "Mine now"})

    assert response.status_code == 404
    assert bodies(programme) == {}


@pytest.mark.django_db(transaction=True)
def test_block_begun_by_two_at_once_keeps_what_both_typed(ncetm: Reader, programme: Programme) -> None:
    response = overtaken(
        lambda: ncetm.client.post("/national/programmes/primary/why/", {"body": "Mine"}),
        by=lambda: ProgrammePageBlockFactory(programme=programme, kind=PageBlock.Kind.WHY, body="A colleague’s"),
    )

    assert len(response.context["form"].non_field_errors()) == 1
    assert (response.context["form"]["body"].value(), bodies(programme)) == ("Mine", {"why": "A colleague’s"})
