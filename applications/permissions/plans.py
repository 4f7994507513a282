"""Who writes how a hub selects: everybody of the hub and NCETM read it."""

from mastery_hub.accounts.enums import Role
from mastery_hub.accounts.models import User
from mastery_hub.directory.models import MathsHub


def can_write_plan(user: User, hub: MathsHub) -> bool:
    return hub.pk in user.hub_ids(Role.HUB_LEAD)
