"""The demo's crowd beside its personas: a nation's applications in every state, each come to it by the services."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from applications.enums import State
from applications.models import Application
from mastery_hub.dashboards.invariants import broken_invariants
from mastery_hub.demo.world.load import world_load
from mastery_hub.demo.world.recruitment import OPEN_ENDINGS, PAST_ENDINGS
from mastery_hub.embedded import Place
from tests.demo.conftest import CLOCK

pytestmark = pytest.mark.django_db


@pytest.fixture(scope="module")
def crowd(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    place = Place(tmp_path_factory.mktemp("crowd"))
    with (
        django_db_blocker.unblock(),
        override_settings(CLOCK=CLOCK, PLACE=place, KEEP_SECRETS=True),
        transaction.atomic(),
    ):
        world_load(scale=1)
        yield
        transaction.set_rollback(True)


@pytest.mark.usefixtures("crowd")
def test_crowd_comes_to_every_end_by_sound_steps() -> None:
    applications = Application.objects.count()

    assert applications > sum(OPEN_ENDINGS.values()) + sum(PAST_ENDINGS.values())
    assert set(Application.objects.values_list("state", flat=True)) == set(State) - {State.DELETED}
    assert broken_invariants() == {}
