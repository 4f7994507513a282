from django.db import models


class RoundStage(models.TextChoices):
    """Where a round stands; told by its dates, never stored."""

    SETTING_UP = "setting_up", "Being set up"
    PUBLISHED = "published", "Published"
    OPEN = "open", "Open"
    CLOSED = "closed", "Closed"


class RoundAction(models.TextChoices):
    """What is done to a round, worded as its page lists it."""

    SET_UP = "set_up", "Round set up"
    COPY = "copy", "Round copied from an earlier one"
    CHECK = "check", "Copied parts checked"
    CHANGE_DETAILS = "change_details", "Details changed"
    CHANGE_DATES = "change_dates", "Dates changed"
    CHANGE_PLACES = "change_places", "Hubs and places changed"
    MOVE_PLACES = "move_places", "Places moved between hubs"
    CHANGE_RESIDENTIALS = "change_residentials", "Residentials changed"
    CHANGE_RELEASE = "change_release", "Release days changed"
    CHANGE_POINTS = "change_points", "What the cohort is told changed"
    PUBLISH_DOCUMENT = "publish_document", "Information document published"
    CHANGE_HUB_RULES = "change_hub_rules", "A hub’s own rules changed"
    CHANGE_PLAN = "change_plan", "How a hub selects changed"
    TERMS_IN_FORCE = "terms_in_force", "New version of criteria and questions put in force"
    COMMITMENTS_IN_FORCE = "commitments_in_force", "New version of commitments put in force"
    PUBLISH = "publish", "Round published"
    CLOSE_EARLY = "close_early", "Closed early"
    REOPEN = "reopen", "Opened again"


class AnnouncementKind(models.TextChoices):
    """What those who write, or wait for their headteacher, are told when NCETM acts on a round."""

    TERMS_CHANGED = "terms_changed", "What is asked has changed"
    INFORMATION_CHANGED = "information_changed", "New information document"
    CLOSED_EARLY = "closed_early", "Closed early"
    REOPENED = "reopened", "Opened again"
    EXTENSION_GIVEN = "extension_given", "More time"
    EXTENSION_CANCELLED = "extension_cancelled", "More time taken back"


class State(models.TextChoices):
    """Life cycle of an application. The three proposed states are the hub's secret until released."""

    DRAFT = "draft", "Draft"
    SUBMITTED = "submitted", "Waiting for support"
    COMPLETE = "complete", "With the hub"
    OFFER_PROPOSED = "offer_proposed", "Offer proposed"
    RESERVE_PROPOSED = "reserve_proposed", "Reserve list proposed"
    UNSUCCESSFUL_PROPOSED = "unsuccessful_proposed", "Unsuccessful proposed"
    OFFERED = "offered", "Place offered"
    RESERVED = "reserved", "On the reserve list"
    UNSUCCESSFUL = "unsuccessful", "Unsuccessful"
    ACCEPTED = "accepted", "Place accepted"
    DECLINED = "declined", "Offer declined"
    LAPSED = "lapsed", "Offer lapsed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    DEFERRED = "deferred", "Place kept for the next cohort"
    EXPIRED = "expired", "Not submitted in time"
    INCOMPLETE = "incomplete", "No support in time"
    DELETED = "deleted", "Deleted"


PROPOSED = frozenset({State.OFFER_PROPOSED, State.RESERVE_PROPOSED, State.UNSUCCESSFUL_PROPOSED})
HOLDING_A_PLACE = frozenset({State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED})
IN_THE_RUNNING = PROPOSED | {State.COMPLETE, State.RESERVED, State.OFFERED, State.ACCEPTED}  # whom a hub compares
NEVER_SUBMITTED = frozenset({State.DRAFT, State.EXPIRED, State.DELETED})
ENDED = (NEVER_SUBMITTED - {State.DRAFT}) | {
    State.UNSUCCESSFUL,
    State.DECLINED,
    State.LAPSED,
    State.WITHDRAWN,
    State.DEFERRED,
    State.INCOMPLETE,
}
# How an application stands in its hub's decisions, as far as they go: the higher the better.
STANDING = {
    **dict.fromkeys((State.UNSUCCESSFUL_PROPOSED, State.UNSUCCESSFUL), 0),
    **dict.fromkeys((State.RESERVE_PROPOSED, State.RESERVED), 1),
    **dict.fromkeys(
        (State.OFFER_PROPOSED, State.OFFERED, State.ACCEPTED, State.DECLINED, State.LAPSED, State.DEFERRED), 2
    ),
}

ONCE_OFFERED = frozenset({State.OFFERED, State.ACCEPTED, State.DECLINED, State.LAPSED, State.WITHDRAWN, State.DEFERRED})


class Action(models.TextChoices):
    SUBMIT = "submit", "Submit"
    COMPLETE = "complete", "Complete"
    PROPOSE_OFFER = "propose_offer", "Propose an offer"
    PROPOSE_RESERVE = "propose_reserve", "Propose for the reserve list"
    PROPOSE_UNSUCCESSFUL = "propose_unsuccessful", "Propose as unsuccessful"
    RETRACT = "retract", "Take the proposal back"
    RETURN_TO_RESERVE = "return_to_reserve", "Keep on the reserve list"
    RELEASE_OFFER = "release_offer", "Release the offer"
    RELEASE_RESERVE = "release_reserve", "Release the reserve place"
    RELEASE_UNSUCCESSFUL = "release_unsuccessful", "Release the decision"
    ACCEPT = "accept", "Accept the place"
    DECLINE = "decline", "Decline the place"
    LAPSE = "lapse", "Lapse"
    WITHDRAW = "withdraw", "Withdraw the application"
    DEFER = "defer", "Keep a place for the next cohort"
    EXPIRE = "expire", "Expire"
    MARK_INCOMPLETE = "mark_incomplete", "Mark as incomplete"
    REOPEN = "reopen", "Take the draft up again"
    AWAIT_AGAIN = "await_again", "Wait for the headteacher again"
    DELETE = "delete", "Delete the draft"
    OFFER_RESERVE = "offer_reserve", "Offer the next reserve a place"
    UNDO_RELEASE = "undo_release", "Take a letter back that was sent in error"
    TAKE_ON = "take_on", "Take on from another hub"


class DeferralState(models.TextChoices):
    """Of a request to keep a place for the next cohort."""

    ASKED = "asked", "To decide"
    GRANTED = "granted", "To be taken up"
    TAKEN_UP = "taken_up", "Place taken"
    REFUSED = "refused", "Refused"
    TAKEN_BACK = "taken_back", "Taken back"
    GIVEN_UP = "given_up", "Given up"


LIVE_DEFERRAL = frozenset({DeferralState.ASKED, DeferralState.GRANTED, DeferralState.TAKEN_UP})
UNDECIDED_DEFERRAL = frozenset({DeferralState.ASKED, DeferralState.TAKEN_BACK})


class DeferralAction(models.TextChoices):
    GRANT = "grant", "Keep a place"
    REFUSE = "refuse", "Refuse"
    TAKE_BACK = "take_back", "Take the request back"
    TAKE_UP = "take_up", "Take the place up"
    GIVE_UP = "give_up", "Give the kept place up"


class SchoolChangeState(models.TextChoices):
    """Of a move to another school by somebody who holds a place."""

    ASKED = "asked", "To decide"
    HANDED_ON = "handed_on", "With the new school’s hub"
    AGREED = "agreed", "Agreed"
    REFUSED = "refused", "Refused"
    TAKEN_BACK = "taken_back", "Taken back"


OPEN_CHANGE = frozenset({SchoolChangeState.ASKED, SchoolChangeState.HANDED_ON})


class SchoolChangeAction(models.TextChoices):
    AGREE = "agree", "Agree, and stay their hub"
    HAND_ON = "hand_on", "Ask the new school’s hub to take them"
    TAKE = "take", "Take them, with one of our places"
    SEND_BACK = "send_back", "Send them back"
    REFUSE = "refuse", "Refuse"
    TAKE_BACK = "take_back", "Take the request back"


class ReferralState(models.TextChoices):
    """Of a candidate without a place whom their hub refers to another one."""

    PROPOSED = "proposed", "Proposed by NCETM"
    ASKED = "asked", "Waits for the applicant"
    CONSENTED = "consented", "With the other hub"
    ACCEPTED = "accepted", "Taken on"
    DECLINED = "declined", "Declined"
    REFUSED = "refused", "Refused by the applicant"
    DISMISSED = "dismissed", "Not referred"
    TAKEN_BACK = "taken_back", "Taken back"
    LAPSED = "lapsed", "Not answered in time"


REFERABLE = frozenset({State.RESERVED, State.UNSUCCESSFUL})  # those who may be referred, once they know it
OPEN_REFERRAL = frozenset({ReferralState.PROPOSED, ReferralState.ASKED, ReferralState.CONSENTED})
UNDER_WAY = OPEN_REFERRAL - {ReferralState.PROPOSED}  # the applicant knows
NEVER_ASKED = frozenset({ReferralState.PROPOSED, ReferralState.DISMISSED})
WITH_RECEIVER = frozenset({ReferralState.CONSENTED, ReferralState.ACCEPTED})


class ReferralAction(models.TextChoices):
    AGREE = "agree", "Refer them"
    DISMISS = "dismiss", "Do not refer them"
    CONSENT = "consent", "Consent"
    REFUSE = "refuse", "Refuse"
    ACCEPT = "accept", "Take them on"
    DECLINE = "decline", "Decline"
    TAKE_BACK = "take_back", "Take back"
    LAPSE = "lapse", "Lapse"


class WithdrawalReason(models.TextChoices):
    """Why somebody withdraws; for their hub to read, and counted nowhere."""

    NEW_SCHOOL = "new_school", "I am moving to another school"
    NEW_DUTIES = "new_duties", "My duties at school have changed"
    RELEASE = "release", "My school cannot release me for the days"
    PERSONAL = "personal", "Personal or family reasons"
    OTHER = "other", "Another reason"


class SupportState(models.TextChoices):
    REQUESTED = "requested", "Asked"
    OPENED = "opened", "Opened"
    SIGNED = "signed", "Signed"
    DECLINED = "declined", "Declined"
    CANCELLED = "cancelled", "Cancelled"


class SupportAction(models.TextChoices):
    OPEN = "open", "Open"
    SIGN = "sign", "Sign"
    DECLINE = "decline", "Decline to support"
    PASS_ON = "pass_on", "Pass the request on"
    CANCEL = "cancel", "Cancel the request"


class NominationState(models.TextChoices):
    INVITED = "invited", "Invited"
    ACCEPTED = "accepted", "Accepted"
    DECLINED = "declined", "Declined"
    WITHDRAWN = "withdrawn", "Withdrawn"
    LAPSED = "lapsed", "Not answered in time"


LIVE_NOMINATION = frozenset({NominationState.INVITED, NominationState.ACCEPTED})


class NominationAction(models.TextChoices):
    ACCEPT = "accept", "Accept"
    DECLINE = "decline", "Decline"
    WITHDRAW = "withdraw", "Withdraw the nomination"
    LAPSE = "lapse", "Lapse"


class Signatory(models.TextChoices):
    """Why this person signs for the school."""

    HEADTEACHER = "headteacher", "The headteacher"
    PASSED_ON = "passed_on", "Named by whoever was asked first"
    HEAD_APPLIES = "head_applies", "Named by the headteacher, who applies"


class RenewalWhy(models.TextChoices):
    """Why a school is asked to sign again."""

    TERMS = "terms", "The release days or the residential dates have changed"
    HEAD = "head", "The school has a new headteacher"
    SCHOOL = "school", "The teacher moves to this school"
    COHORT = "cohort", "The deferred place was taken up in the next cohort"


class Reader(models.TextChoices):
    """To whom somebody sends a public page."""

    HEADTEACHER = "headteacher", "My headteacher"
    SUBJECT_LEADER = "subject_leader", "My subject leader"


class AssessmentKind(models.TextChoices):
    """How a candidate is seen besides in writing."""

    OBSERVATION = "observation", "Lesson observation"
    INTERVIEW = "interview", "Interview"


class AssessmentState(models.TextChoices):
    SCHEDULED = "scheduled", "Arranged"
    HELD = "held", "Held"
    CANCELLED = "cancelled", "Cancelled"


class AssessmentAction(models.TextChoices):
    MOVE = "move", "Move"
    HOLD = "hold", "It has been held"
    CANCEL = "cancel", "Cancel"


TO_ASSESS = PROPOSED | {State.COMPLETE, State.RESERVED}  # whoever may still be observed and interviewed


class Outcome(models.TextChoices):
    OFFER = "offer", "Offer a place"
    RESERVE = "reserve", "Reserve list"
    UNSUCCESSFUL = "unsuccessful", "Unsuccessful"


class Importance(models.TextChoices):
    ESSENTIAL = "essential", "Essential"
    DESIRABLE = "desirable", "Desirable"


class Shown(models.TextChoices):
    """How a criterion is shown to be met."""

    DECLARED = "declared", "Declared by the applicant"
    EVIDENCED = "evidenced", "Evidenced in writing"
    HEADTEACHER = "headteacher", "Confirmed by the headteacher"


class AnswerKind(models.TextChoices):
    """How an eligibility question is answered; each kind has one rule."""

    YES_NO = "yes_no", "Yes or no"
    NUMBER = "number", "A whole number"
    CHOICE = "choice", "One of several answers"


class EligibilityImportance(models.TextChoices):
    ESSENTIAL = "essential", "Essential"
    ADVISORY = "advisory", "Advisory"


class Eligibility(models.TextChoices):
    """How an application stands against its essential rules."""

    UNCHECKED = "unchecked", "Not checked"
    MET = "met", "Meets the rules"
    NOT_MET = "not_met", "Does not meet a rule"
    ASKED = "asked", "Waits for the hub’s exception"
    GRANTED = "granted", "Exception granted"
    REFUSED = "refused", "Exception refused"


EXCEPTED = frozenset({Eligibility.ASKED, Eligibility.GRANTED, Eligibility.REFUSED})
NO_PLACE_YET = frozenset({Eligibility.NOT_MET, Eligibility.ASKED, Eligibility.REFUSED})


class ExceptionState(models.TextChoices):
    ASKED = "asked", "To decide"
    GRANTED = "granted", "Granted"
    REFUSED = "refused", "Refused"
    CANCELLED = "cancelled", "Taken back"


OPEN_EXCEPTION = frozenset({ExceptionState.ASKED, ExceptionState.GRANTED})


class ExceptionAction(models.TextChoices):
    GRANT = "grant", "Make the exception"
    REFUSE = "refuse", "Refuse the exception"
    CANCEL = "cancel", "Take back"


class PhaseTaught(models.TextChoices):
    EARLY_YEARS = "early_years", "Early years"
    KEY_STAGE_1 = "key_stage_1", "Key stage 1"
    KEY_STAGE_2 = "key_stage_2", "Key stage 2"
    KEY_STAGE_3 = "key_stage_3", "Key stage 3"
    KEY_STAGE_4 = "key_stage_4", "Key stage 4"
    MIXED = "mixed", "More than one phase"

    @classmethod
    def single(cls) -> "list[PhaseTaught]":
        return [phase for phase in cls if phase != cls.MIXED]


class AgeGroup(models.TextChoices):
    UNDER_30 = "under_30", "Under 30"
    FROM_30 = "30_39", "30 to 39"
    FROM_40 = "40_49", "40 to 49"
    FROM_50 = "50_over", "50 or over"
    UNSAID = "unsaid", "Prefer not to say"


class Sex(models.TextChoices):
    """As the census of England and Wales asks it."""

    FEMALE = "female", "Female"
    MALE = "male", "Male"
    UNSAID = "unsaid", "Prefer not to say"


class Ethnicity(models.TextChoices):
    """The five groups of the census, in its order and words."""

    ASIAN = "asian", "Asian or Asian British"
    BLACK = "black", "Black, Black British, Caribbean or African"
    MIXED = "mixed", "Mixed or multiple ethnic groups"
    WHITE = "white", "White"
    OTHER = "other", "Other ethnic group"
    UNSAID = "unsaid", "Prefer not to say"


class Disability(models.TextChoices):
    YES = "yes", "Yes"
    NO = "no", "No"
    UNSAID = "unsaid", "Prefer not to say"


class Section(models.TextChoices):
    """The parts of an application, in the order of the task list."""

    ABOUT = "about", "About you"
    SCHOOL = "school", "Your school"
    ELIGIBILITY = "eligibility", "Eligibility"
    DECLARATIONS = "declarations", "Your declarations"
    EVIDENCE = "evidence", "Your evidence"
    COMMITMENTS = "commitments", "Your commitments"
    HEADTEACHER = "headteacher", "Your headteacher"
    SUBJECT_LEADER = "subject_leader", "Your subject leader"


class ScreeningOutcome(models.TextChoices):
    """What whoever screens an application says of it."""

    OK = "ok", "Nothing stands against it"
    QUERY = "query", "Something is to be cleared up"


class NoteFor(models.TextChoices):
    """Who in the hub reads a note."""

    SELECTION = "selection", "Leads and reviewers"
    EVERYONE = "everyone", "Everyone in the hub"


class SavedPage(models.TextChoices):
    """The lists whose filters can be kept under a name."""

    APPLICATIONS = "applications", "Applications"
    WORK = "work", "Work list"


SCORE_MEANINGS = {
    0: "No evidence",
    1: "Little evidence",
    2: "Some evidence, with gaps",
    3: "Good evidence",
    4: "Excellent evidence",
}
