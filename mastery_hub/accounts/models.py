"""People, what they may be in hub, school or nation, and how they are invited."""

from typing import Any, Self

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.core.validators import RegexValidator
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.db.models.functions import Lower
from django.utils.functional import cached_property

from mastery_hub.accounts.enums import HUB_ROLES, NATIONAL_ROLES, SCHOOL_ROLES, Role
from mastery_hub.common import clock
from mastery_hub.common.forms.validators import name_validator
from mastery_hub.common.history import tracked
from mastery_hub.directory.models import MathsHub, School
from mastery_hub.messaging.leases import real_now


class UserManager(BaseUserManager["User"]):
    @transaction.atomic
    def create_user(self, email: str, **fields) -> "User":
        """A person whose address nobody has proven yet: the first code typed in does."""
        user = self.model(email=email.strip().lower(), **fields)
        user.set_unusable_password()
        user.save()
        user.emailaddress_set.create(email=user.email, primary=True)
        return user

    def system(self) -> "User":
        """The named person in whose name jobs act, so that no event lacks a `by`."""
        made = {"first_name": "Mastery Hub", "is_system": True, "is_active": False, "password": "!"}
        return self.get_or_create(email="system@mastery-hub.invalid", defaults=made)[0]

    def of_hub(self, hub: MathsHub) -> "models.QuerySet[User]":
        """Whoever holds any role there today, with all that they hold: what each may do is asked in no query more."""
        held = Membership.objects.current()
        kept: dict[str, Any] = {"to_attr": "current_memberships"}
        own = models.Prefetch("memberships", held.select_related("hub", "school"), **kept)
        return self.filter(pk__in=held.filter(hub=hub).values("user")).prefetch_related(own)

    def with_address(self, email: str) -> "User | None":
        """Whoever has proven this address, else who bears it unproven."""
        email = email.strip().lower()
        proven = self.filter(emailaddress__email=email, emailaddress__verified=True).first()
        return proven or self.filter(email=email).first()

    def for_person(self, *, email: str, first_name: str = "", last_name: str = "") -> "User":
        """The person with this address, made if new without having signed up (a headteacher who signs by link)."""
        if person := self.with_address(email):
            return person
        try:
            return self.create_user(email, first_name=first_name, last_name=last_name)
        except IntegrityError:  # a second click was faster by an instant
            return self.get(email=email.strip().lower())


@tracked
class User(AbstractBaseUser):
    """A person: made on sign-up, invitation, import or first signature. Signs in by emailed code, never by password."""

    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=80, blank=True, validators=[name_validator])
    last_name = models.CharField(max_length=80, blank=True, validators=[name_validator])
    telephone = models.CharField(max_length=30, blank=True)
    trn = models.CharField(
        "TRN",
        max_length=7,
        blank=True,
        validators=[RegexValidator(r"^[0-9]{7}\Z", "A teacher reference number has 7 digits, such as 1234567")],
    )
    ncetm_username = models.CharField("NCETM username", max_length=80, blank=True)
    is_active = models.BooleanField(default=True)
    is_system = models.BooleanField(default=False)
    joined_at = models.DateTimeField(default=clock.now)
    emailaddress_set: Any  # allauth's: every address of the person, proven or not

    USERNAME_FIELD = "email"
    objects = UserManager()

    class Meta:
        ordering = ("last_name", "first_name", "pk")
        indexes = [models.Index(fields=["last_name", "first_name", "id"], name="people_by_name")]
        constraints = [
            models.UniqueConstraint(Lower("email"), name="one_person_an_address"),
            models.UniqueConstraint(fields=["trn"], condition=~Q(trn=""), name="one_person_a_trn"),
        ]

    def __str__(self) -> str:
        return self.full_name or self.email

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @cached_property
    def current_memberships(self) -> list["Membership"]:
        """Read once a request: `request.user` lives as long as the request does."""
        return list(self.memberships.current().select_related("hub", "school"))

    @cached_property
    def is_national(self) -> bool:
        return any(m.role in NATIONAL_ROLES for m in self.current_memberships)

    @cached_property
    def hub_slugs(self) -> set[str]:
        return {m.hub.slug for m in self.current_memberships if m.hub}

    @cached_property
    def school_urns(self) -> set[int]:
        return {m.school_id for m in self.current_memberships if m.school_id}

    def forget_memberships(self) -> None:
        """After a change within the request."""
        for name in ("current_memberships", "is_national", "hub_slugs", "school_urns"):
            self.__dict__.pop(name, None)

    def hub_ids(self, *roles: Role) -> set[int]:
        """Hubs in which this person holds any of the roles; any hub role when none is named."""
        wanted = set(roles) or HUB_ROLES
        return {m.hub_id for m in self.current_memberships if m.hub_id and m.role in wanted}


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self) -> Self:
        today = clock.today()
        return self.filter(Q(until_on=None) | Q(until_on__gt=today), from_on__lte=today)

    def visible_to(self, user: User) -> Self:
        return self if user.is_national else self.filter(hub__in=user.hub_ids())

    def search(self, words: str) -> Self:
        """Every word in the name or the address."""
        for word in words.split():
            named = Q(user__first_name__icontains=word) | Q(user__last_name__icontains=word)
            self = self.filter(named | Q(user__email__icontains=word))
        return self


@tracked
class Membership(models.Model):
    """A role held from a day until another, in exactly one of a hub, a school or the nation."""

    user = models.ForeignKey(User, models.PROTECT, related_name="memberships")
    role = models.CharField(max_length=20, choices=Role)
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="memberships")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="memberships")
    from_on = models.DateField(default=clock.today)
    until_on = models.DateField(null=True, blank=True)
    given_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")

    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ("pk",)
        constraints = [
            models.CheckConstraint(
                condition=Q(role__in=sorted(HUB_ROLES), hub__isnull=False, school=None)
                | Q(role__in=sorted(SCHOOL_ROLES), hub=None, school__isnull=False)
                | Q(role__in=sorted(NATIONAL_ROLES), hub=None, school=None),
                name="membership_in_one_place",
            ),
            models.CheckConstraint(
                condition=Q(until_on=None) | Q(until_on__gte=models.F("from_on")), name="membership_ends_after_start"
            ),
            models.UniqueConstraint(
                fields=["user", "role", "hub", "school"],
                condition=Q(until_on=None),
                nulls_distinct=False,
                name="one_live_membership_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.get_role_display()}"

    @property
    def is_current(self) -> bool:
        return self.from_on <= clock.today() and (self.until_on is None or self.until_on > clock.today())

    @property
    def in_words(self) -> str:
        """Hub lead of Thames Valley Maths Hub; NCETM administrator."""
        role, place = self.get_role_display(), self.hub or self.school
        return f"{role} of {place}" if place else role


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def waiting(self) -> Self:
        """For an answer, or, when it ran out, to be sent again."""
        return self.filter(accepted_at=None, cancelled_at=None)

    def visible_to(self, user: User) -> Self:
        return self if user.is_national else self.filter(hub__in=user.hub_ids())


@tracked
class Invitation(models.Model):
    """Brings somebody into a hub or NCETM. The token is emailed, stored as a hash, and dies on use or with time."""

    email = models.EmailField()
    first_name = models.CharField(max_length=80, blank=True, validators=[name_validator])
    last_name = models.CharField(max_length=80, blank=True, validators=[name_validator])
    role = models.CharField(max_length=20, choices=Role)
    hub = models.ForeignKey(MathsHub, models.PROTECT, null=True, blank=True, related_name="invitations")
    token_hash = models.CharField(max_length=64, unique=True)
    invited_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    invited_at = models.DateTimeField(default=clock.now)
    sent_at = models.DateTimeField(default=real_now, help_text="Real time of the last email")
    expires_at = models.DateTimeField()
    accepted_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    accepted_at = models.DateTimeField(null=True, blank=True)
    cancelled_at = models.DateTimeField(null=True, blank=True)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ("-invited_at",)
        constraints = [
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="accepted_invitation_has_who_and_when",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None) | Q(cancelled_at=None), name="invitation_is_not_accepted_and_cancelled"
            ),
            models.CheckConstraint(
                condition=Q(role__in=sorted(HUB_ROLES), hub__isnull=False)
                | Q(role__in=sorted(NATIONAL_ROLES), hub=None),
                name="invitation_into_one_place",
            ),
            models.UniqueConstraint(
                Lower("email"),
                "role",
                "hub",
                condition=Q(accepted_at=None, cancelled_at=None),
                nulls_distinct=False,
                name="one_open_invitation_of_a_kind",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email}, {self.get_role_display()}"

    @property
    def full_name(self) -> str:
        return f"{self.first_name} {self.last_name}".strip()

    @property
    def in_words(self) -> str:
        role = self.get_role_display()
        return f"{role} of {self.hub}" if self.hub else role

    @property
    def has_expired(self) -> bool:
        return self.expires_at <= clock.now()

    @property
    def is_open(self) -> bool:
        return not (self.accepted_at or self.cancelled_at or self.has_expired)

    def is_for(self, user: User) -> bool:
        """Only whoever has proven the invited address may say yes."""
        return user.emailaddress_set.filter(email=self.email, verified=True).exists()


class PrivacyNotice(models.Model):
    """The privacy notice, versioned: an application keeps which one its applicant was shown."""

    version = models.PositiveSmallIntegerField(unique=True)
    body = models.TextField(help_text="Markdown")
    published_at = models.DateTimeField(default=clock.now)

    class Meta:
        ordering = ("-version",)

    def __str__(self) -> str:
        return f"Privacy notice, version {self.version}"
