"""API tokens: what a program shows in a person's name. Only their hashes are kept."""

import uuid

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from board.models.people import token_hash


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def valid(self) -> "ApiTokenQuerySet":
        lasting = models.Q(expires_at=None) | models.Q(expires_at__gt=timezone.now())
        return self.filter(lasting, revoked_at=None, user__is_active=True)

    def for_token(self, token: str) -> "ApiTokenQuerySet":
        return self.filter(token_hash=token_hash(token))


class ApiToken(models.Model):
    class Limit(models.TextChoices):
        WRITE = "write", _("Read and write")
        READ = "read", _("Read only")

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=120)
    token_hash = models.CharField(max_length=64, unique=True)
    limit = models.CharField(max_length=8, choices=Limit, default=Limit.WRITE)
    board = models.ForeignKey(  # none: every board of the person
        "board.Board", null=True, blank=True, on_delete=models.CASCADE, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    last_used_on = models.DateField(null=True, blank=True)  # by day: a request costs no write

    objects = ApiTokenQuerySet.as_manager()

    def __str__(self) -> str:
        return f"{self.user} · {self.name}"

    @property
    def may_write(self) -> bool:
        return self.limit == self.Limit.WRITE

    @property
    def is_expired(self) -> bool:
        return self.expires_at is not None and self.expires_at <= timezone.now()
