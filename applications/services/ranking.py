"""Several applicants of one headteacher in one round, in the order that the headteacher gives them."""

from datetime import datetime

from django.db import transaction

from applications.models import HeadteacherRank, HeadteacherSupport
from applications.services.support import in_time_check
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def supports_rank(*, support: HeadteacherSupport, by: User, at: datetime, places: dict[int, int]) -> None:
    """`places` gives each request, by key, a place from 1 on; none at all takes the order back.

    Raises DomainError `closed`, `not-allowed`, `changed` when others are to be ranked by now, and `places-wrong` unless
    each has a place of its own.
    """
    in_time_check(support.application, at)
    ranked = HeadteacherSupport.objects.to_rank_with(support).order_by("pk").select_for_update(of=("self",))
    found = {each.pk: each for each in ranked.select_related("application")}
    if support.pk not in found or by.pk in {each.application.applicant_id for each in found.values()}:
        raise DomainError("You cannot put these requests in order.", code="not-allowed")
    if by != User.objects.with_address(support.email):
        raise DomainError("You cannot put these requests in order.", code="not-allowed")
    HeadteacherRank.objects.filter(support__in=found).delete()
    if not places:
        return
    if places.keys() != found.keys():
        raise DomainError("The requests have changed. Look at them, then put them in order again.", code="changed")
    if sorted(places.values()) != list(range(1, len(found) + 1)):
        raise DomainError("Give each teacher a place of their own, from 1 on.", code="places-wrong")
    HeadteacherRank.objects.bulk_create(
        HeadteacherRank(support=found[pk], place=place, of=len(found), at=clock.now()) for pk, place in places.items()
    )
