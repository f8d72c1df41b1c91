"""Drafts and flags out of a bag, put back by hand: first what would change, then, with a reason, the change itself."""

from pathlib import Path
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from board.views import bags as pages
from board.views.answers import PersonRequest, one_line, page
from safeguards import bags as store
from safeguards.bags import restoring, returning
from safeguards.rollout import NotReady

FLAGS, DRAFTS = restoring.FLAGS, "drafts"


@page("GET", "POST")
@pages.or_404
def restore(request: PersonRequest, name: str, part: str) -> HttpResponse:
    """What was put back is as it was: a second time nothing is left to change, and the page says so."""
    if part not in {FLAGS, DRAFTS}:
        raise Http404
    pages.may_change(request)
    if part == FLAGS and not request.user.has_perm(pages.MAY_CHANGE_FLAGS):
        raise PermissionDenied
    try:
        bag = store.verify(name)
        return _restore(request, bag, part) if request.method == "POST" else _shown(request, bag, part)
    except store.Damaged as error:
        wrong = _("This bag is damaged. %s Nothing was changed.") % error
    except store.NotVouched as error:
        wrong = _("%s Nothing was changed. Whoever trusts it restores it with manage.py bag restore.") % error
    return pages.one(request, name, 422, wrong=wrong)


def _restore(request: PersonRequest, bag: Path, part: str) -> HttpResponse:
    reason = one_line(request, "reason")
    if not reason:
        return _shown(request, bag, part, 422, wrong=_("Say why. Nothing was changed."))
    who = {"actor": request.user.get_username(), "reason": reason}
    try:
        told: Any = (
            restoring.apply(bag, **who, guarded=True) if part == FLAGS else returning.apply(bag, part, **who)
        )
    except NotReady as error:
        return _shown(request, bag, part, 422, wrong=_("%s Nothing was changed.") % error)
    return _told(request, bag, part, told, is_done=True)


def _shown(request: PersonRequest, bag: Path, part: str, status: int = 200, **more: Any) -> HttpResponse:
    told = restoring.preview(bag) if part == FLAGS else returning.preview(bag, part)
    return _told(request, bag, part, told, status, **more)


def _told(
    request: PersonRequest, bag: Path, part: str, told: Any, status: int = 200, **more: Any
) -> HttpResponse:
    is_any = any(change.fields for change in told) if part == FLAGS else bool(told.given)
    known = {"name": bag.name, "part": part, "told": told, "is_any": is_any}
    return render(request, "ops/bag_restore.html", known | more, status=status)
