"""What the tests of the headteacher's pages share: a browser that followed the link of a request."""

from typing import Any

from django.test import Client
from django.urls import reverse

from applications.enums import Shown, SupportState
from applications.models import HeadteacherSupport
from cohorts.enums import Whose
from cohorts.models import CommitmentSet
from tests.factories.applications import HeadteacherSupportFactory


def asked(state: str = SupportState.REQUESTED, token: str = "the-token", **kwargs: Any) -> HeadteacherSupport:
    return HeadteacherSupportFactory(token=token, state=state, **kwargs)


def by_link(client: Client, token: str = "the-token") -> Client:
    client.get(reverse("support_link", kwargs={"token": token}))
    return client


def with_link(
    client: Client, state: str = SupportState.OPENED, token: str = "the-token", **kwargs: Any
) -> HeadteacherSupport:
    """A headteacher's browser that followed the link of a request in this state."""
    support = asked(state, token, **kwargs)
    by_link(client, token)
    return support


def signature(support: HeadteacherSupport, **changed: Any) -> dict[str, Any]:
    application = support.application
    commitment_set = CommitmentSet.objects.get(cohort=application.round.cohort, whose=Whose.HEADTEACHER)
    return {
        "confirmed": [c.pk for c in application.terms.criteria.filter(shown=Shown.HEADTEACHER)],
        "agreed": [c.pk for c in commitment_set.commitments.all()],
        "signed_as": "Helen Marsh",
    } | changed
