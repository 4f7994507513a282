"""What the hub’s people have done beside deciding, this morning: most applications screened, some cases in somebody’s
hands, two notes, and a view that the lead has saved."""

from datetime import timedelta

from applications.enums import NoteFor, SavedPage, ScreeningOutcome, State
from applications.models import Application
from applications.services.casework import case_give, note_add, screening_record
from applications.services.saved_views import saved_view_save
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.directory.models import MathsHub

QUERY = "The school’s office says that it has had a new headteacher since January. Who is to sign?"
NOTES = (
    ("Rang the school: the deputy confirms the days that the class is taught.", NoteFor.EVERYONE),
    ("Strong on work with colleagues. Ask about number facts at the interview.", NoteFor.SELECTION),
)


def casework_make() -> None:
    hub = MathsHub.objects.get(slug=personas.HUB)
    lead, reviewer = (User.objects.get(email=each.email) for each in (personas.HUB_LEAD, personas.REVIEWER))
    undecided = Application.objects.at_hub(hub).live().filter(shown_state__in=(State.SUBMITTED, State.COMPLETE))
    found = list(undecided.exclude(applicant__in=(lead, reviewer)).order_by("submitted_at", "pk"))
    with told(clock.now() - timedelta(minutes=40)):
        for number, application in enumerate(found):
            if number % 3 < 2:
                screened = (ScreeningOutcome.QUERY, QUERY) if number == 1 else (ScreeningOutcome.OK, "")
                screening_record(application=application, by=lead, outcome=screened[0], note=screened[1])
                case_give(application=application, by=lead, person=reviewer if number % 3 else lead)
        for application, (text, audience) in zip(found, NOTES, strict=False):
            note_add(application=application, by=lead, text=text, audience=audience)
        saved_view_save(by=lead, hub=hub, page=SavedPage.WORK, name="My cases", query="holder=mine")
