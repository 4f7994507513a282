from typing import Any

from mastery_hub.directory.models import MathsHub

HUB_LEAD = "hub_lead"  # accounts' word; it stands above and is not imported


def can_edit_hub(user: Any, hub: MathsHub) -> bool:
    """Name, contacts, area and neighbours are NCETM's to keep."""
    return bool(user.is_authenticated and user.is_national)


def can_edit_page(user: Any, hub: MathsHub) -> bool:
    """The texts of a hub's page are its lead's too."""
    return bool(user.is_authenticated and (user.is_national or hub.pk in user.hub_ids(HUB_LEAD)))


def can_import_register(user: Any) -> bool:
    return bool(user.is_authenticated and user.is_national)
