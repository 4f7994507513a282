from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import override_settings

from mastery_hub.demo.world.load import world_load
from mastery_hub.embedded import Place

CLOCK = "mastery_hub.demo.clock.now"


@pytest.fixture
def movable(settings: Any, tmp_path: Any) -> None:
    """The site goes by the demo's clock, kept in a folder of this test."""
    settings.CLOCK, settings.PLACE = CLOCK, Place(tmp_path)


@pytest.fixture(scope="module")
def england(django_db_setup: None, django_db_blocker: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """The demo's data with the personas' own applications alone, undone when the module's last test has run."""
    place = Place(tmp_path_factory.mktemp("demo"))
    with (
        django_db_blocker.unblock(),
        override_settings(CLOCK=CLOCK, PLACE=place, KEEP_SECRETS=True),
        transaction.atomic(),
    ):
        world_load(scale=0)
        yield
        transaction.set_rollback(True)
