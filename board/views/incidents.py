"""Incidents and runbooks, for staff: what happened, what to do about it, and a report for whoever was not there."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID, uuid4

from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Case, IntegerField, Value, When
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _

from board.markdown import to_html
from board.operations import Refused
from board.views.answers import PersonRequest, page, see_other, uid
from safeguards import bags
from safeguards.incidents import operations, runbooks
from safeguards.incidents.report import report as as_markdown
from safeguards.incidents.timeline import timeline
from safeguards.models import Incident

ON_A_PAGE = 20
STATES = {Incident.Status.OPEN: 0, Incident.Status.ACKNOWLEDGED: 1}  # these first, in this order
View = Callable[..., HttpResponse]


def staff(*methods: str) -> Callable[[View], View]:
    """A page for staff; others are told that it is not theirs."""

    def decorate(view: View) -> View:
        @page(*methods)
        @wraps(view)
        def call(request: PersonRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if not request.user.is_staff:
                raise PermissionDenied
            return view(request, *args, **kwargs)

        return call

    return decorate


@staff("GET")
def index(request: PersonRequest) -> HttpResponse:
    return _list(request)


@staff("POST")
def declare(request: PersonRequest) -> HttpResponse:
    title, reason = request.POST.get("title", ""), request.POST.get("reason", "")
    try:
        made = operations.declare(title, reason, by=request.user.get_username(), uid=uid(request, "mid"))
    except (operations.NotPossible, Refused) as refused:
        typed = {"wrong": str(refused) or _("Reload the page and send it again."), "typed": request.POST}
        return _list(request, typed, status=422)
    return see_other(_address(made.uid))


@staff("GET")
def incident(request: PersonRequest, incident: UUID) -> HttpResponse:
    return _one(request, incident)


@staff("POST")
def note(request: PersonRequest, incident: UUID) -> HttpResponse:
    text = request.POST.get("text", "")
    return _act(request, incident, lambda by: operations.note(incident, text, by=by))


@staff("POST")
def acknowledge(request: PersonRequest, incident: UUID) -> HttpResponse:
    return _act(request, incident, lambda by: operations.acknowledge(incident, by=by))


@staff("POST")
def resolve(request: PersonRequest, incident: UUID) -> HttpResponse:
    summary = request.POST.get("summary", "")
    return _act(request, incident, lambda by: operations.resolve(incident, summary, by=by))


@staff("GET")
def report(request: PersonRequest, incident: UUID) -> HttpResponse:
    found = get_object_or_404(Incident, uid=incident)
    response = HttpResponse(
        as_markdown(found, bags.bags_of(found)), content_type="text/markdown; charset=utf-8"
    )
    name = f"incident-{found.opened_at:%Y%m%d-%H%M}-{found.rule or 'declared'}.md"
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


@staff("GET")
def runbook(request: PersonRequest, rule: str) -> HttpResponse:
    text = runbooks.text(rule)
    if text is None:
        raise Http404
    title, _line, body = text.removeprefix("# ").partition("\n")
    return render(request, "ops/runbook.html", {"title": title, "body": _html(body), "rule": rule})


def _act(request: PersonRequest, incident: UUID, operation: Callable[[str], None]) -> HttpResponse:
    try:
        operation(request.user.get_username())
    except Incident.DoesNotExist as error:
        raise Http404 from error
    except operations.NotPossible as refused:
        resolved = Incident.objects.filter(uid=incident, status=Incident.Status.RESOLVED).exists()
        status = 409 if resolved and "text" not in request.POST else 422
        return _one(request, incident, {"wrong": str(refused), "typed": request.POST}, status=status)
    return see_other(_address(incident))


def _list(request: PersonRequest, more: dict[str, Any] | None = None, status: int = 200) -> HttpResponse:
    first = Case(
        *(When(status=state, then=Value(place)) for state, place in STATES.items()),
        default=Value(len(STATES)),
        output_field=IntegerField(),
    )
    rows = Paginator(Incident.objects.order_by(first, "-opened_at", "-id"), ON_A_PAGE)
    context = {"found": rows.get_page(request.GET.get("page")), "mid": uuid4()}
    return render(request, "ops/incidents.html", context | (more or {}), status=status)


def _one(
    request: PersonRequest, incident: UUID, more: dict[str, Any] | None = None, status: int = 200
) -> HttpResponse:
    found = get_object_or_404(Incident, uid=incident)
    text = runbooks.text(found.rule)
    body = text.partition("\n")[2].replace("\n## ", "\n### ") if text else ""
    context = {"incident": found, "moments": timeline(found), "runbook": _html(body)}
    context["bags"] = bags.bags_of(found)
    return render(request, "ops/incident.html", context | (more or {}), status=status)


def _html(markdown: str) -> SafeString:
    return mark_safe(to_html(markdown))


def _address(incident: UUID) -> str:
    return reverse("incident", args=[incident])
