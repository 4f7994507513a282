import pytest
from django.contrib.auth.models import AnonymousUser

from mastery_hub.directory.permissions import can_edit_hub, can_edit_page, can_import_register
from tests.factories.accounts import UserFactory
from tests.factories.directory import MathsHubFactory

pytestmark = pytest.mark.django_db


def test_who_may_edit_a_hub_its_page_and_the_register():
    hub = MathsHubFactory()
    people = {
        "nobody": AnonymousUser(),
        "a teacher": UserFactory(),
        "ncetm": UserFactory(ncetm=True),
        "lead": UserFactory(hub_lead=hub),
        "reviewer": UserFactory(hub_reviewer=hub),
        "administrator": UserFactory(hub_administrator=hub),
        "another lead": UserFactory(hub_lead=True),
        "lead here, reviewer there": UserFactory(hub_lead=True, hub_reviewer=hub),
    }

    assert {who for who, user in people.items() if can_edit_hub(user, hub)} == {"ncetm"}
    assert {who for who, user in people.items() if can_import_register(user)} == {"ncetm"}
    assert {who for who, user in people.items() if can_edit_page(user, hub)} == {"ncetm", "lead"}
