"""Where a list is had as a file: with the filters and the order in force."""

from typing import Any

from django.urls import reverse


def list_file(view: Any, name: str) -> str:
    query = view.request.GET.urlencode()
    return f"{reverse(name, args=[view.hub.slug])}{'?' if query else ''}{query}"
