"""People: accounts, membership and invitations."""

import hashlib
import uuid
from typing import Any

from django.conf import settings
from django.contrib.auth.models import AbstractUser
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


def token_hash(token: str) -> str:
    """How join links and API tokens are stored: sha256, in hex."""
    return hashlib.sha256(token.encode()).hexdigest()


class User(AbstractUser):
    class Colour(models.TextChoices):
        SLATE = "slate", _("Slate")
        BLUE = "blue", _("Blue")
        GREEN = "green", _("Green")
        AMBER = "amber", _("Amber")
        ROSE = "rose", _("Rose")
        VIOLET = "violet", _("Violet")
        TEAL = "teal", _("Teal")
        CLAY = "clay", _("Clay")

    class Theme(models.TextChoices):
        SYSTEM = "system", _("Like my device")
        LIGHT = "light", _("Light")
        DARK = "dark", _("Dark")

    class Kind(models.TextChoices):
        MEMBER = "member", _("Member")
        GUEST = "guest", _("Guest")
        NAMED = "named", _("By name, without an account")  # from an imported board; cannot sign in

    id: Any = models.BigAutoField(primary_key=True)
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    display_name = models.CharField(_("name"), max_length=120, blank=True)
    colour = models.CharField(_("colour"), max_length=8, choices=Colour, default=Colour.BLUE)
    theme = models.CharField(_("theme"), max_length=8, choices=Theme, default=Theme.SYSTEM)
    kind = models.CharField(max_length=8, choices=Kind, default=Kind.MEMBER)
    shows_presence = models.BooleanField(_("show others that I am here, and where"), default=True)

    limited_to: int | None = None  # set for a request whose token opens this board only

    @property
    def name(self) -> str:
        return self.display_name or self.username

    @property
    def initials(self) -> str:
        words = self.name.split()
        letters = words[0][:2] if len(words) == 1 else words[0][:1] + words[-1][:1] if words else "?"
        return letters.upper()

    @property
    def hue_class(self) -> str:
        return f"hue--{self.colour}"


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    FACILITATOR = "facilitator", _("Facilitator")
    PARTICIPANT = "participant", _("Participant")
    OBSERVER = "observer", _("Observer")


class Membership(models.Model):
    board = models.ForeignKey("board.Board", on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role)
    joined_at = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["board", "user"], name="one_membership_per_person")]

    def __str__(self) -> str:
        return f"{self.user} · {self.role}"


class InviteQuerySet(models.QuerySet["Invite"]):
    def valid(self) -> "InviteQuerySet":
        return self.filter(revoked_at=None, expires_at__gt=timezone.now())

    def for_token(self, token: str) -> "InviteQuerySet":
        return self.filter(token_hash=token_hash(token))


class Invite(models.Model):
    """A join link; only the hash of its token is kept."""

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    board = models.ForeignKey("board.Board", on_delete=models.CASCADE, related_name="invites")
    token_hash = models.CharField(max_length=64, unique=True)
    role = models.CharField(max_length=16, choices=Role, default=Role.PARTICIPANT)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    objects = InviteQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.board} · {self.role}"
