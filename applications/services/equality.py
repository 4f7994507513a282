"""An applicant's optional equality answers: kept apart, changed and taken back by themselves alone."""

from collections.abc import Mapping

from django.db import transaction

from applications import permissions
from applications.models import Application, EqualityAnswers
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.common.errors import DomainError


@transaction.atomic
def equality_save(*, application: Application, by: User, answers: Mapping[str, str]) -> EqualityAnswers | None:
    """`{field: choice}`, empty where not answered; without any answer nothing is kept.

    Raises DomainError `not-allowed`.
    """
    if not permissions.can_answer_equality(by, application):
        raise DomainError("These questions are asked once you have submitted your application.", code="not-allowed")
    if not any(answers.values()):
        EqualityAnswers.objects.filter(application=application).delete()
        return None
    kept, _ = EqualityAnswers.objects.update_or_create(
        application=application, defaults={**answers, "answered_at": clock.now()}
    )
    return kept
