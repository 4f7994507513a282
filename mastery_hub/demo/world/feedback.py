"""What readers said of a few pages, and what forms refused, in the last weeks."""

from datetime import timedelta
from random import Random

from mastery_hub.common import clock
from mastery_hub.dashboards.models import FormCount, PageFeedback, QuestionErrorCount

SAID = {  # answers, useful of ten, plain of ten, what some wrote
    "round_page": (34, 9, 9, ("Say how long the application takes.", "The dates are easy to find.")),
    "application_evidence": (21, 7, 8, ("I did not know how much to write for each question.",)),
    "application_commitments": (12, 8, 6, ("“Leading exponent” needs a sentence of explanation.",)),
    "support_start": (9, 9, 10, ("Clear. It took me ten minutes between two meetings.",)),
}  # fmt: skip
REFUSED = {  # sent and refused each day, and the share of the refused that a mistake has
    "application_about": (9, 3, {
        ("Teacher reference number (TRN)", "Enter your teacher reference number (TRN)"): 2,
        ("Which phase do you teach?", "Select the phase you teach"): 1,
    }),
    "application_headteacher": (6, 1, {
        ("Headteacher’s email address", "Enter your headteacher’s email address"): 1,
    }),
}  # fmt: skip
DAYS = 20


def feedback_make(draw: Random) -> None:
    now = clock.now()
    for route, (answers, useful, plain, said) in SAID.items():
        PageFeedback.objects.bulk_create(
            PageFeedback(
                route=route,
                useful=draw.random() * 10 < useful,
                plain=draw.random() * 10 < plain,
                comment=said[number] if number < len(said) else "",
                at=now - timedelta(hours=draw.randrange(3, 24 * DAYS)),
            )
            for number in range(answers)
        )
    days = [clock.today() - timedelta(days=ago) for ago in range(1, DAYS)]
    for route, (sent, refused, mistakes) in REFUSED.items():
        FormCount.objects.bulk_create(FormCount(day=day, route=route, sent=sent, refused=refused) for day in days)
        QuestionErrorCount.objects.bulk_create(
            QuestionErrorCount(day=day, route=route, question=question, error=error, times=times)
            for day in days
            for (question, error), times in mistakes.items()
        )
