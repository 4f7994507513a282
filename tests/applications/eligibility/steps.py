"""Steps that the tests of eligibility share."""

from typing import Any

import pytest

from applications.models import Application, EligibilityException
from applications.services.eligibility import eligibility_save, exception_ask, exception_decide
from mastery_hub.accounts.models import User
from mastery_hub.common.errors import DomainError

REASON = "From September I teach three days a week"
WHY = "The school has told us the same"


def fresh(application: Application) -> Application:
    return Application.objects.get(pk=application.pk)


def answer(application: Application, **answers: Any) -> Application:
    eligibility_save(application=application, by=application.applicant, answers=answers)
    return fresh(application)


def ask(application: Application, reason: str = REASON) -> EligibilityException:
    return exception_ask(application=application, by=application.applicant, reason=reason)


def asked(application: Application) -> EligibilityException:
    return ask(answer(application, days=2, years=5))


def decide(exception: EligibilityException, by: User, *, grant: bool, reason: str = WHY) -> EligibilityException:
    return exception_decide(exception=exception, by=by, grant=grant, reason=reason)


def refused(code: str) -> Any:
    return pytest.raises(DomainError, check=lambda error: error.code == code)
