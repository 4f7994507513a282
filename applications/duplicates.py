"""Whether one teacher may stand behind two applications: worked out when it is read, and only ever a hint.

One teacher reference number under two addresses cannot be: the database refuses the second.
"""

import re
from dataclasses import dataclass, field
from typing import Any

from django.db.models import F, Func, Q, Value
from django.db.models.functions import Right
from django.urls import reverse

from applications.enums import ENDED
from applications.models import Application
from mastery_hub.accounts.models import User
from mastery_hub.common.forms.wording import listed

DIGITS = 10  # of a telephone number, from the end: 07700 900 982 is +44 7700 900982
ELSEWHERE = (
    "Another hub has an application that may be by the same person. You cannot see it: ask NCETM, who sees both."
)


@dataclass
class Duplicates:
    """`rows` are those that this person may see; of others only that there are any is said."""

    rows: list[dict[str, str]] = field(default_factory=list)
    elsewhere: str = ""

    def __bool__(self) -> bool:
        return bool(self.rows or self.elsewhere)


def _digits(telephone: str) -> str:
    return re.sub(r"\D", "", telephone)[-DIGITS:]


def _alike(application: Application) -> list[Application]:
    """Submitted, and either live or to the same round."""
    person = application.applicant
    plain = Func(F("applicant__telephone"), Value(r"\D"), Value(""), Value("g"), function="regexp_replace")
    same = Q(applicant=person)
    if person.full_name:
        named = {"applicant__first_name__iexact": person.first_name, "applicant__last_name__iexact": person.last_name}
        same |= Q(school=application.school_id, **named)
    if telephone := _digits(person.telephone):
        same |= Q(digits=telephone)
    if person.ncetm_username:
        same |= Q(applicant__ncetm_username__iexact=person.ncetm_username)
    found = Application.objects.annotate(digits=Right(plain, DIGITS)).filter(same, submitted_at__isnull=False)
    now = ~Q(state__in=sorted(ENDED)) | Q(round=application.round_id)
    found = found.filter(now).exclude(pk=application.pk)
    return list(found.select_related("applicant", "school", "hub", "round").order_by("submitted_at", "pk"))


def _why(application: Application, other: Application) -> str:
    one, two = application.applicant, other.applicant
    if one == two:
        return "The same person, in another round"
    reasons = []
    if (one.full_name.casefold(), application.school_id) == (two.full_name.casefold(), other.school_id):
        reasons.append("name and school")
    if one.telephone and _digits(one.telephone) == _digits(two.telephone):
        reasons.append("telephone number")
    if one.ncetm_username and one.ncetm_username.casefold() == two.ncetm_username.casefold():
        reasons.append("NCETM username")
    return f"The same {listed(reasons)}, under another email address"


def duplicates(application: Application, user: User) -> Duplicates:
    found = Duplicates()
    hubs = user.hub_ids()
    for other in _alike(application):
        if not (user.is_national or other.hub_id in hubs):
            found.elsewhere = ELSEWHERE
        elif other.applicant_id != user.pk:
            found.rows.append(_row(application, other))
    return found


def _row(application: Application, other: Application) -> dict[str, Any]:
    hub: Any = other.hub
    return {
        "name": str(other.applicant),
        "reference": other.reference,
        "href": reverse("hub_application", args=[hub.slug, other.reference]),
        "email": other.applicant.email,
        "where": f"{other.round.code}, {hub}",
        "why": _why(application, other),
    }
