"""How the personas' hub sees its candidates: a shortlist, a lesson that was observed, and what is still to come."""

from datetime import datetime, time, timedelta

from applications.enums import TO_ASSESS, AssessmentKind, Shown
from applications.models import Application, Assessment, PanelOrder, Round
from applications.services.assessments import (
    Booking,
    assessment_arrange,
    assessment_move,
    assessment_scores_save,
)
from applications.services.panel import panel_order_move
from applications.services.shortlists import shortlist_put
from mastery_hub.accounts.models import User
from mastery_hub.common import clock
from mastery_hub.demo import personas
from mastery_hub.demo.clock import told
from mastery_hub.directory.models import MathsHub

NOTES = (
    "A lesson on equal parts in Year 4. The class worked from one rich example, and every child had something to say "
    "about it. Ready to be watched by others.\n\nAsked afterwards what she would change, she named it before we did."
)
WORDS = "The school asked us to come on another day."


class Panelling:
    def __init__(self, round: Round, now: datetime) -> None:
        self.hub, self.now = MathsHub.objects.get(slug=personas.HUB), now
        self.lead = User.objects.get(email=personas.HUB_LEAD.email)
        self.reviewer = User.objects.get(email=personas.REVIEWER.email)
        found = PanelOrder.objects.candidates(self.hub, round).filter(state__in=TO_ASSESS)
        self.candidates = list(found.select_related("school")[:3])

    def make(self) -> None:
        """Three on the shortlist: one seen, one to be seen twice, one for whom nothing is arranged yet."""
        first, second, third = self.candidates
        with told(self.now - timedelta(days=4)):
            for candidate in (first, second, third):
                shortlist_put(application=candidate, by=self.lead)
            seen = self._arrange(first, AssessmentKind.OBSERVATION, -1, time(9, 30))
            self._arrange(first, AssessmentKind.INTERVIEW, 5, time(15, 30), link="https://calls.example/panel")
            coming = self._arrange(second, AssessmentKind.OBSERVATION, 6, time(9, 30))
        with told(self.now - timedelta(days=2)):
            booking = self._booking(second, 7, time(10, 45))
            assessment_move(assessment=coming, by=self.lead, booking=booking, words=WORDS)
        with told(seen.ends_at):
            asked = first.terms.criteria.filter(shown=Shown.EVIDENCED)
            scores = {criterion: 4 if number % 3 else 3 for number, criterion in enumerate(asked)}
            assessment_scores_save(assessment=seen, by=self.reviewer, scores=dict(scores), notes=NOTES, seen=None)
            panel_order_move(application=second, by=self.lead, up=True)

    def _arrange(
        self, candidate: Application, kind: AssessmentKind, days: int, at: time, *, link: str = ""
    ) -> Assessment:
        booking = self._booking(candidate, days, at, link)
        return assessment_arrange(application=candidate, by=self.lead, kind=kind, booking=booking)

    def _booking(self, candidate: Application, days: int, at: time, link: str = "") -> Booking:
        day = clock.london(self.now).date() + timedelta(days=days)
        starts = datetime.combine(day, at, tzinfo=clock.LONDON)
        place = "" if link else f"{candidate.school}, Year 4"
        return Booking(starts, starts + timedelta(hours=1), self.lead, self.reviewer, place, link)
