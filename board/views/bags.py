"""The incident bags of this host: staff see what there is; who may kill also seals, takes and removes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _

from board.views.answers import PersonRequest, one_line, page, see_other
from board.views.downloads import attachment
from board.views.ops import MAY_KILL
from safeguards import bags as store
from safeguards.bags import form, zipping
from safeguards.models import AuditEntry

TRIGGER = "by-hand"
MAY_CHANGE_FLAGS = "safeguards.change_flag"
View = Callable[..., HttpResponse]


def or_404(view: View) -> View:
    """Also for a bag that another process removes at this moment."""

    @wraps(view)
    def call(request: PersonRequest, name: str, **more: str) -> HttpResponse:
        try:
            return view(request, name, **more)
        except store.NoSuchBag as error:
            raise Http404 from error

    return call


@page("GET")
def index(request: PersonRequest) -> HttpResponse:
    _staff_only(request)
    return _list(request)


@page("POST")
def seal(request: PersonRequest) -> HttpResponse:
    """One more bag, with a reason."""
    may_change(request)
    reason = one_line(request, "reason")
    if not reason:
        return _list(request, 422, wrong=_("Say why. Nothing was sealed."))
    try:
        sealed = store.seal(TRIGGER, by=request.user.get_username(), reason=reason)
    except store.NotSealed as error:
        return _list(request, 503, wrong=_("The bag could not be sealed. %s") % error, reason=reason)
    return see_other(reverse("ops-bag", args=[sealed.name]))


@page("GET")
@or_404
def bag(request: PersonRequest, name: str) -> HttpResponse:
    _staff_only(request)
    return one(request, name)


@page("POST")
@or_404
def verify(request: PersonRequest, name: str) -> HttpResponse:
    """Reads every byte of it: not for everybody who only looks."""
    may_change(request)
    try:
        store.verify(name)
    except store.Damaged as error:
        return one(request, name, wrong=_("This bag is damaged. %s") % error)
    except store.NotVouched as error:
        return one(request, name, wrong=_("Every file is as its own manifest says. %s") % error)
    return one(request, name, done=_("Whole and unchanged since it was sealed."))


@page("POST")
@or_404
def pin(request: PersonRequest, name: str) -> HttpResponse:
    """Keep it when others are pruned, or no longer."""
    may_change(request)
    act = store.unpin if request.POST.get("action") == "unpin" else store.pin
    try:
        act(name, by=request.user.get_username())
    except OSError:
        return one(
            request, name, 503, wrong=_("The folder of the bags cannot be written. Nothing was changed.")
        )
    return see_other(reverse("ops-bag", args=[name]))


@page("POST")
def prune(request: PersonRequest) -> HttpResponse:
    may_change(request)
    try:
        store.prune(by=request.user.get_username())
    except OSError:
        return _list(
            request, 503, wrong=_("The folder of the bags cannot be written. Some bags are still there.")
        )
    return see_other(reverse("ops-bags"))


@page("POST")
@or_404
def download(request: PersonRequest, name: str) -> HttpResponse:
    """The bag as a zip. It holds texts of every board that was touched, so it is asked for with a permission, and
    leaves a line."""
    may_change(request)
    try:
        pieces = zipping.zipped(name)
    except OSError:
        return one(request, name, 503, wrong=_("The bag cannot be read. Try it again in a minute."))
    AuditEntry.objects.create(actor=request.user.get_username(), action="bag.download", subject=name)
    return attachment(request, f"{name}.zip", "application/zip", pieces)


def _staff_only(request: PersonRequest) -> None:
    if not request.user.is_staff:
        raise PermissionDenied


def may_change(request: PersonRequest) -> None:
    if not (request.user.is_staff and request.user.has_perm(MAY_KILL)):
        raise PermissionDenied


def _list(request: PersonRequest, status: int = 200, **more: Any) -> HttpResponse:
    known = {"bags": store.every(), "may_change": request.user.has_perm(MAY_KILL)}
    return render(request, "ops/bags.html", known | more, status=status)


def one(request: PersonRequest, name: str, status: int = 200, **more: Any) -> HttpResponse:
    path = store.find(name)
    try:
        told = list(form.info(path).items())
        files = [(file.name, file.stat().st_size) for file in sorted((path / "data").iterdir())]
    except (store.Damaged, OSError):
        store.find(name)  # removed meanwhile, or damaged
        told, files = [], []
        more = {"wrong": _("This bag is damaged: its own description cannot be read.")} | more
    known = {
        "name": path.name,
        "incident": store.incident_of(path),
        "pinned": any(bag.pinned for bag in store.every() if bag.name == path.name),
        "told": told,
        "files": files,
        "may_change": request.user.has_perm(MAY_KILL),
        "may_change_flags": request.user.has_perm(MAY_CHANGE_FLAGS),
    }
    return render(request, "ops/bag.html", known | more, status=status)
