"""What the tests of a round's pages share."""

from datetime import datetime
from typing import Any

from django.http import HttpResponse

from applications.models import Round
from mastery_hub.common.clock import LONDON

OPENS, CLOSES = datetime(2027, 1, 11, 9, tzinfo=LONDON), datetime(2027, 2, 26, 17, tzinfo=LONDON)


def at(round: Round, page: str = "") -> str:
    return f"/national/rounds/{round.code}/{page}"


def errors(response: HttpResponse) -> dict[str, list[str]]:
    return dict(response.context["form"].errors)


def sent(response: HttpResponse, **more: Any) -> dict[str, Any]:
    """What the form of a page would send as it is."""
    form = response.context["form"]
    return {name: value for name in form.fields if (value := form[name].value()) is not None} | more
