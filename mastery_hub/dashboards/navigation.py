"""What the shell shows around every page: the way to each person's own places."""

from django.conf import settings
from django.http import HttpRequest


def shell(request: HttpRequest) -> dict:
    return {"nav": [], "account_links": [], "demo": settings.DEMO}
