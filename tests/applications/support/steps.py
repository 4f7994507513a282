"""Steps that the tests of a headteacher's part share."""

from datetime import timedelta

import pytest

from mastery_hub.common.errors import DomainError

MICROSECOND = timedelta(microseconds=1)
HEAD = {"first_name": "Helen", "last_name": "Marsh", "email": "head@school.example"}


def refused(code: str):
    return pytest.raises(DomainError, check=lambda error: error.code == code)
