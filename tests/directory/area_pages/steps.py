"""What the tests of editing an area share."""

from datetime import date
from html import unescape
from typing import Any
from urllib.parse import urlencode

from django.http import HttpResponse

from mastery_hub.directory.models import HubArea, LocalAuthority

START = date(2090, 9, 1)
PAGE = "/national/hubs/great-sums/"
ADD = f"{PAGE}areas/add/"


def text(response: HttpResponse) -> str:
    return unescape(" ".join(response.content.decode().split()))


def day(name: str, value: date) -> dict[str, Any]:
    return {f"{name}-day": value.day, f"{name}-month": value.month, f"{name}-year": value.year}


def adding(authority: LocalAuthority, district: str = "", from_on: date = START) -> str:
    return f"{ADD}?{urlencode({'authority': authority.pk, 'district': district} | day('from_on', from_on))}"


def rows() -> list[dict[str, Any]]:
    return list(HubArea.objects.order_by("pk").values())
