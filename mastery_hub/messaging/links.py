from typing import Any

from django.conf import settings
from django.urls import reverse


def site_link(view_name: str, **kwargs: Any) -> str:
    """The whole address of a page, for an email."""
    return settings.SITE_URL + reverse(view_name, kwargs=kwargs)
