"""Where the tests of writing write."""

from applications.models import Answer, Application
from tests.applications.applicants import url

SCRIPT = {"accept": "application/json"}
MINE, THEIRS = "Written on the laptop, <b>last</b>.", "Written on the phone, first."


def place_of(application: Application) -> str:
    return url(application, "answer", number=1)


def text_of(application: Application) -> str:
    return Answer.objects.get(application=application, question__order=1).text
