"""What the tests of an application's own page share."""

from applications.enums import State

KNOWN = set(State) - {State.DELETED}  # what is deleted is gone for its applicant too
PAGES = ("page", "check", "submitted")
