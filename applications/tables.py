from typing import Any

import django_tables2 as tables
from django.db.models import F, QuerySet
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import mark_safe

from applications.enums import ENDED, Eligibility, RoundStage, State, SupportState
from applications.models import (
    Application,
    Assessment,
    Deferral,
    EligibilityException,
    EligibilityOutcome,
    Extension,
    Nomination,
    Referral,
    Round,
    SchoolChange,
)
from applications.presenters import STAGE_COLOURS, STATE_COLOURS, support_tag
from applications.presenters.assessments import ASSESSMENT_COLOURS
from applications.presenters.deferrals import DEFERRAL_COLOURS
from applications.presenters.eligibility import ELIGIBILITY_COLOURS, EXCEPTION_COLOURS
from applications.presenters.nominations import progress
from applications.presenters.referrals import REFERRAL_COLOURS, next_words
from applications.presenters.school_changes import CHANGE_COLOURS
from mastery_hub.common import clock
from mastery_hub.common.forms.wording import listed
from mastery_hub.common.tables import DayColumn, LinkColumn, MomentColumn, NumberColumn, Table, TagColumn
from mastery_hub.common.templatetags.moments import moment
from mastery_hub.directory.models import MathsHub, School


class HubApplicationTable(Table):
    """A hub's applications; `average` is left out for those who may not see scores."""

    caption = "Applications"
    noun = ("application", "applications")
    nothing = "No application matches. Applications show here once they are submitted."

    applicant = LinkColumn(
        order_by=("applicant__last_name", "applicant__first_name"),
        linkify=lambda record: reverse("hub_application", args=[record.hub.slug, record.reference]),
    )
    school = tables.Column(order_by="school__name")
    phase = tables.Column()
    submitted_at = DayColumn(verbose_name="Submitted")
    headteacher = tables.Column(accessor="support_state", default="Not asked", orderable=False)
    reviews = NumberColumn(accessor="reviews_submitted")
    average = NumberColumn(verbose_name="Average")
    state = tables.Column(accessor="seen_state")

    class Meta:
        model = Application
        fields = ("applicant", "school", "phase", "submitted_at", "headteacher", "reviews", "average", "state")
        order_by = "-submitted_at"

    def render_school(self, value: School, record: Application) -> str:
        if not record.has_unlisted_school:
            return str(value)
        return format_html('{}<br><strong class="govuk-tag govuk-tag--orange">{}</strong>', value, value.urn_in_words)

    def render_phase(self, record: Application) -> str:
        return (
            record.phases_in_words
            if record.phases
            else format_html('<span class="app-nowrap">{}</span>', record.phases_in_words)
        )

    def render_headteacher(self, value: str, record: Application) -> str:
        """With the headteacher's order, and the subject leader where one was asked."""
        row: Any = record  # annotated by the view
        tag = support_tag(SupportState(value))
        words = format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', tag["colour"], tag["text"])
        if row.support_rank:
            words = format_html('{}<br><span class="app-nowrap">Ranked {}</span>', words, row.support_rank)
        if row.leader_state is None:
            return words
        tag = support_tag(SupportState(row.leader_state))
        more = '{}<br>Subject leader: <strong class="govuk-tag govuk-tag--{}">{}</strong>'
        return format_html(more, words, tag["colour"], tag["text"])

    def render_average(self, value: Any) -> str:
        return f"{value:.1f}"

    def render_state(self, value: str, record: Application) -> str:
        tag = format_html(
            '<strong class="govuk-tag govuk-tag--{}">{}</strong>', STATE_COLOURS[State(value)], State(value).label
        )
        if record.eligibility not in (Eligibility.ASKED, Eligibility.REFUSED):
            return tag
        standing = Eligibility(record.eligibility)
        more = '{}<br><strong class="govuk-tag govuk-tag--{}">{}</strong>'
        return format_html(more, tag, ELIGIBILITY_COLOURS[standing], standing.label)


class ExceptionTable(Table):
    """What applicants ask a hub to make an exception from."""

    caption = "Exceptions asked for"
    noun = ("exception", "exceptions")
    nothing = "Nobody has asked this hub for an exception."

    applicant = LinkColumn(
        accessor="application__applicant",
        order_by=("application__applicant__last_name", "application__applicant__first_name"),
        linkify=lambda record: reverse("hub_exception", args=[record.hub.slug, record.pk]),
    )
    school = tables.Column(accessor="application__school", order_by="application__school__name")
    rules = tables.Column(verbose_name="Does not meet", accessor="outcome", orderable=False)
    asked_at = DayColumn(verbose_name="Asked")
    application = tables.Column(accessor="application__shown_state", orderable=False)
    state = TagColumn(verbose_name="Decision", colours=EXCEPTION_COLOURS)

    class Meta:
        model = EligibilityException
        fields = ("applicant", "school", "rules", "asked_at", "application", "state")
        order_by = "-asked_at"

    def render_rules(self, value: EligibilityOutcome) -> str:
        return format_html_join(mark_safe("<br>"), "{} {}", ((f.question, f.answer) for f in value.essential))


class DeferralTable(Table):
    """Who asked a hub to keep a place for the next cohort."""

    caption = "Places kept for the next cohort"
    noun = ("request", "requests")
    nothing = "Nobody has asked to begin in the next cohort."

    applicant = LinkColumn(
        accessor="application__applicant",
        order_by=("application__applicant__last_name", "application__applicant__first_name"),
        linkify=lambda record: reverse("hub_deferral", args=[record.hub.slug, record.pk]),
    )
    school = tables.Column(accessor="application__school", order_by="application__school__name")
    hub = tables.Column(verbose_name="Maths Hub", order_by="hub__name")
    cohort = tables.Column(verbose_name="From", accessor="application__round__cohort", orderable=False)
    asked_at = DayColumn(verbose_name="Asked")
    state = TagColumn(verbose_name="Standing", colours=DEFERRAL_COLOURS)

    class Meta:
        model = Deferral
        fields = ("applicant", "school", "hub", "cohort", "asked_at", "state")
        order_by = "-asked_at"


class AssessmentTable(Table):
    """A hub's lesson observations and interviews, with whom they are."""

    caption = "Observations and interviews"
    noun = ("appointment", "appointments")
    nothing = "Nothing is arranged. A lead or an administrator arranges it on the page of an application."

    starts_at = LinkColumn(
        verbose_name="When", linkify=lambda record: reverse("hub_assessment", args=[record.hub.slug, record.pk])
    )
    kind = tables.Column(verbose_name="What")
    applicant = tables.Column(
        accessor="application__applicant",
        order_by=("application__applicant__last_name", "application__applicant__first_name"),
    )
    place = tables.Column(verbose_name="Where", default="By video", orderable=False)
    people = tables.Column(verbose_name="With", accessor="first", orderable=False)
    state = TagColumn(verbose_name="Standing", colours=ASSESSMENT_COLOURS)

    class Meta:
        model = Assessment
        fields = ("starts_at", "kind", "applicant", "place", "people", "state")
        order_by = "starts_at"

    def render_starts_at(self, record: Assessment) -> str:
        return record.when

    def render_people(self, record: Assessment) -> str:
        return listed([str(person) for person in record.people])


class SchoolChangeTable(Table):
    """Who takes a place to another school; `hub` is the one whose list it is."""

    caption = "Changes of school"
    noun = ("change of school", "changes of school")
    nothing = "Nobody who holds a place has told of a change of school."

    applicant = tables.Column(
        accessor="application__applicant",
        order_by=("application__applicant__last_name", "application__applicant__first_name"),
    )
    school_before = tables.Column(verbose_name="From", order_by="school_before__name")
    school = tables.Column(verbose_name="To", order_by="school__name")
    asked_at = DayColumn(verbose_name="Asked")
    state = TagColumn(verbose_name="Standing", colours=CHANGE_COLOURS)

    def __init__(self, *args: Any, hub: MathsHub, **kwargs: Any) -> None:
        self.hub = hub
        super().__init__(*args, **kwargs)

    class Meta:
        model = SchoolChange
        fields = ("applicant", "school_before", "school", "asked_at", "state")
        order_by = "-asked_at"

    def render_applicant(self, record: SchoolChange) -> str:
        href = reverse("hub_school_change", args=[self.hub.slug, record.pk])
        return format_html('<a class="govuk-link" href="{}">{}</a>', href, record.application.applicant)


class ReferralTable(Table):
    """Whom the hub refers and who is referred to it; `hub` is the one whose list it is."""

    caption = "Referrals"
    noun = ("referral", "referrals")
    nothing = (
        "Nobody is referred. On the page of somebody without a place, a lead can refer them to a neighbouring hub."
    )

    applicant = tables.Column(
        accessor="application__applicant",
        order_by=("application__applicant__last_name", "application__applicant__first_name"),
    )
    school = tables.Column(accessor="application__school", order_by="application__school__name")
    other = tables.Column(verbose_name="From or to", accessor="to_hub", orderable=False)
    made_at = DayColumn(verbose_name="Since")
    state = TagColumn(verbose_name="Standing", colours=REFERRAL_COLOURS)
    to_do = tables.Column(verbose_name="What happens next", accessor="reply_by")

    def __init__(self, *args: Any, hub: MathsHub, **kwargs: Any) -> None:
        self.hub = hub
        super().__init__(*args, **kwargs)

    class Meta:
        model = Referral
        fields = ("applicant", "school", "other", "made_at", "state", "to_do")
        order_by = "-made_at"

    def render_applicant(self, record: Referral) -> str:
        href = reverse("hub_referral", args=[self.hub.slug, record.pk])
        return format_html('<a class="govuk-link" href="{}">{}</a>', href, record.application.applicant)

    def render_other(self, record: Referral) -> str:
        return f"To {record.to_hub}" if record.from_hub_id == self.hub.pk else f"From {record.from_hub}"

    def render_to_do(self, record: Referral) -> str:
        return next_words(record)


class TypedSchoolTable(Table):
    """Schools that applicants typed in, each with the application and what its hub found."""

    caption = "Schools not in the register"
    noun = ("school", "schools")
    nothing = "No school matches. Schools show here once an application with one that was typed in is submitted."

    school = LinkColumn(
        accessor="typed_school__school",
        order_by="typed_school__school__name",
        linkify=lambda record: reverse("hub_application", args=[record.hub.slug, record.reference]),
    )
    town = tables.Column(accessor="typed_school__school__town", verbose_name="Town")
    authority = tables.Column(accessor="typed_school__school__authority", verbose_name="Local authority")
    hub = tables.Column(verbose_name="Maths Hub", order_by="hub__name")
    submitted_at = DayColumn(verbose_name="Submitted")
    found = tables.Column(accessor="typed_school__match", verbose_name="Found to be", empty_values=())
    matched_at = MomentColumn(accessor="typed_school__matched_at", verbose_name="Said on", default="")

    class Meta:
        model = Application
        fields = ("school", "town", "authority", "hub", "submitted_at", "found", "matched_at")
        order_by = "found"

    def order_found(self, rows: QuerySet[Application], is_descending: bool) -> tuple[QuerySet[Application], bool]:
        """What still waits comes first."""
        name = F("typed_school__match__name")
        found = name.desc(nulls_last=True) if is_descending else name.asc(nulls_first=True)
        return rows.order_by(found, "-submitted_at"), True

    def render_found(self, record: Application) -> str:
        match = record.typed_school.match
        if match:
            return f"{match}, {match.urn_in_words}"
        over = record.state in ENDED
        text, colour = ("Not found", "grey") if over else ("Waits for the hub", "orange")
        return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', colour, text)


class NominationTable(Table):
    """One's own, with no more than how far each has come."""

    caption = "Nominations"
    noun = ("nomination", "nominations")
    nothing = (
        "You have nominated nobody. Choose “Nominate a teacher” on the page of a round that recruits by nomination."
    )

    teacher = LinkColumn(
        accessor="full_name", order_by=("last_name", "first_name"), linkify=lambda record: record.get_absolute_url()
    )
    whose = tables.Column(verbose_name="Nominated by", orderable=False)
    round = tables.Column(accessor="round__cohort", orderable=False)
    nominated_at = DayColumn(verbose_name="On")
    progress = tables.Column(empty_values=(), orderable=False)

    class Meta:
        model = Nomination
        fields = ("teacher", "whose", "round", "nominated_at", "progress")
        order_by = "-nominated_at"

    def render_progress(self, record: Nomination) -> str:
        tag = progress(record, self.request.user)
        return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', tag["colour"], tag["text"])


class HubNominationTable(NominationTable):
    nothing = "Nobody of your area has been nominated."
    whose = tables.Column(accessor="nominator", verbose_name="Nominated by", orderable=False)


class RoundTable(Table):
    caption = "Rounds"
    noun = ("round", "rounds")
    nothing = "No rounds yet."

    cohort = LinkColumn(linkify=lambda record: reverse("national_round", args=[record.code]), orderable=False)
    code = tables.Column(attrs={"td": {"class": "app-nowrap"}})
    stage = tables.Column(verbose_name="Now", orderable=False)
    opens_at = MomentColumn(verbose_name="Opens")
    closes_at = MomentColumn(verbose_name="Closes")
    figures = tables.Column(
        empty_values=(),
        orderable=False,
        verbose_name="Numbers",
        linkify=lambda record: f"{reverse('national_home')}?round={record.code}",
        attrs={"a": {"class": "govuk-link"}},
    )

    class Meta:
        model = Round
        fields = ("cohort", "code", "stage", "opens_at", "closes_at", "figures")

    def render_stage(self, value: RoundStage) -> str:
        return format_html('<strong class="govuk-tag govuk-tag--{}">{}</strong>', STAGE_COLOURS[value], value.label)

    def render_figures(self, record: Round) -> str:
        return f"Numbers of {record.code}"


class ExtensionTable(Table):
    """What was given in a round, to whom and why; a mistake is taken back from here."""

    caption = "Extensions"
    noun = ("extension", "extensions")
    nothing = "Nobody has been given more time in this round."

    whose = tables.Column(empty_values=(), orderable=False, verbose_name="For")
    closes_at = MomentColumn(verbose_name="Applicants until", default="")
    support_closes_at = MomentColumn(verbose_name="Headteachers until", default="")
    reason = tables.Column(orderable=False)
    at = MomentColumn(verbose_name="Given")
    by = tables.Column(orderable=False)
    standing = tables.Column(empty_values=(), orderable=False)

    class Meta:
        model = Extension
        fields = ("whose", "closes_at", "support_closes_at", "reason", "at", "by", "standing")
        order_by = "-at"

    def render_whose(self, record: Extension) -> str:
        return str(record.hub or record.applicant)

    def render_standing(self, record: Extension) -> str:
        if record.cancelled_at:
            words = f"{record.cancelled_by}, {moment(record.cancelled_at)}: {record.cancel_reason}"
            return format_html('<strong class="govuk-tag govuk-tag--grey">Taken back</strong><br>{}', words)
        text, colour = ("In force", "green") if record.ends_at > clock.now() else ("Over", "grey")
        href = reverse("national_extension_cancel", args=[record.round.code, record.pk])
        hidden = format_html(
            '<span class="govuk-visually-hidden"> the extra time of {}</span>', self.render_whose(record)
        )
        return format_html(
            '<strong class="govuk-tag govuk-tag--{}">{}</strong><br><a class="govuk-link" href="{}">Take back{}</a>',
            colour,
            text,
            href,
            hidden,
        )
