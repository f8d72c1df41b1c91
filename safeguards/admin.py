"""The flag page: who has it, one tester at a time, off with one click. What was done is read-only."""

from datetime import datetime, time, timedelta
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from safeguards import kill, rollout
from safeguards.flag_page import known
from safeguards.forms import AddForm, ExpiryForm, PersonForm, PromoteForm, ReasonForm, StageForm, TesterForm
from safeguards.models import (
    AuditEntry,
    AuditHead,
    Baseline,
    Flag,
    GameDay,
    Incident,
    IncidentNote,
    KillState,
    StageRun,
    Tester,
)
from safeguards.rollout import by_hand, refusing

AUDIT_LINES = 50


class ReadOnly(admin.ModelAdmin):  # type: ignore[type-arg]  # ModelAdmin takes no argument at run time
    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(AuditEntry)
class AuditEntryAdmin(ReadOnly):
    list_display = ("at", "actor", "action", "subject", "reason")
    list_filter = ("action",)
    search_fields = ("actor", "subject", "reason")


@admin.register(AuditHead, Baseline, GameDay, Incident, IncidentNote, StageRun, Tester)
class Written(ReadOnly):
    """Written by the safeguards alone; changed on the flag page, the operations pages or nowhere."""


@admin.register(KillState)
class KillStateAdmin(ReadOnly):
    """The button itself, with reason and figures, is on the operations page."""

    list_display = ("__str__", "reason", "by", "at")
    change_list_template = "safeguards/kill.html"

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        said = {"title": _("Kill switch"), "killed": kill.killed()}
        return super().changelist_view(request, said | (extra_context or {}))


@admin.register(Flag)
class FlagAdmin(admin.ModelAdmin):  # type: ignore[type-arg]  # ModelAdmin takes no argument at run time
    """Flags are born in migrations; this page changes who has them, through rollout, with an audit line each."""

    list_display = ("name", "who", "notice", "note")
    change_form_template = "safeguards/flag.html"

    @admin.display(description=gettext_lazy("who has it"))
    def who(self, flag: Flag) -> str:
        return rollout.sentence(flag)

    @admin.display(description=gettext_lazy("to do"))
    def notice(self, flag: Flag) -> str:
        return " ".join(rollout.notices(flag))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        flag = self.get_object(request, object_id)
        if flag is None:
            messages.warning(request, _("There is no such flag. Choose one of these."))
            return HttpResponseRedirect(reverse("admin:safeguards_flag_changelist"))
        if request.method == "POST":
            return self._change(request, flag)
        if not self.has_view_permission(request, flag):
            raise PermissionDenied
        return self._page(request, flag)

    def _change(self, request: HttpRequest, flag: Flag) -> HttpResponse:
        if not self.has_change_permission(request, flag):
            raise PermissionDenied
        action = ACTIONS.get(request.POST.get("action", ""))
        form = action[0](request.POST) if action else None
        if action is None or form is None or not form.is_valid():
            sentence = _first_error(form) if form else _("Choose one of the buttons on this page.")
            return self._refused(request, flag, sentence)
        try:
            with rollout.asking(flag.name, request.POST["action"], actor=request.user.get_username()):
                action[1](flag.name, request.user, form)
        except rollout.REFUSALS as refused:
            return self._told(request, flag, refusing.words(refused))
        messages.success(request, rollout.sentence(Flag.objects.get(pk=flag.pk)))
        return HttpResponseRedirect(request.path)

    def _refused(self, request: HttpRequest, flag: Flag, sentence: str) -> HttpResponse:
        rollout.refused(
            flag.name, request.POST.get("action", ""), actor=request.user.get_username(), why=sentence
        )
        return self._told(request, flag, sentence)

    def _told(self, request: HttpRequest, flag: Flag, sentence: str) -> HttpResponse:
        messages.error(request, sentence)
        return self._page(request, flag, status=422)

    def _page(self, request: HttpRequest, flag: Flag, status: int = 200) -> HttpResponse:
        tester = TesterForm(admin.site)
        context = {
            **self.admin_site.each_context(request),
            "title": flag.name,
            "opts": self.opts,
            "flag": flag,
            **known(flag, request.GET.get("person", "")),
            "tester_form": tester,
            "media": self.media + tester.media,
            "asked_day": request.POST.get("expires", ""),  # what was refused is not typed twice
            "may_change": self.has_change_permission(request, flag),
            "entries": AuditEntry.objects.filter(subject=flag.name)[:AUDIT_LINES],
        }
        return TemplateResponse(request, self.change_form_template, context, status=status)


def _add(feature: str, by: Any, form: AddForm) -> None:
    said = form.cleaned_data
    rollout.add(
        feature,
        form.person.username,
        actor=by.get_username(),
        reason=said["reason"],
        consented=said["consented"],
        guarded=True,
    )


def _remove(feature: str, by: Any, form: PersonForm) -> None:
    reason = form.cleaned_data["reason"]
    rollout.remove(feature, form.person.username, actor=by.get_username(), reason=reason)


def _off(feature: str, by: Any, form: ReasonForm) -> None:
    by_hand.off(feature, actor=by.get_username(), reason=form.cleaned_data["reason"])


def _promote(feature: str, by: Any, form: PromoteForm) -> None:
    said = form.cleaned_data
    rollout.promote(feature, actor=by.get_username(), reason=said["reason"], shown=said["place"])


def _rollback(feature: str, by: Any, form: StageForm) -> None:
    said = form.cleaned_data
    by_hand.rollback(feature, actor=by.get_username(), reason=said["reason"], shown=said["place"])


def _expire(feature: str, by: Any, form: ExpiryForm) -> None:
    day = form.cleaned_data["expires"]
    ends = timezone.make_aware(datetime.combine(day + timedelta(days=1), time.min)) if day else None
    rollout.expire(feature, ends, actor=by.get_username(), reason=form.cleaned_data["reason"])


ACTIONS: dict[str, Any] = {
    "add": (AddForm, _add),
    "remove": (PersonForm, _remove),
    "off": (ReasonForm, _off),
    "promote": (PromoteForm, _promote),
    "rollback": (StageForm, _rollback),
    "expire": (ExpiryForm, _expire),
    "claim": (ReasonForm, lambda feature, by, _form: rollout.claim(feature, by)),
}


def _first_error(form: Any) -> str:
    return str(next(iter(form.errors.values()))[0])
