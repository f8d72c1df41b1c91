"""What every view shares: who may ask, what a form sent, and how a write is answered."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from uuid import UUID

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from board import facts
from board.models import Card, User
from board.operations import Done, Refused
from board.operations.base import permission_first
from board.operations.errors import Invalid, wrong
from board.views.errors import error_page, problem, refusal, say_when, wants_json
from board.views.places import let_go


class PersonRequest(HttpRequest):
    """A request of somebody who is signed in."""

    user: User


REASON = 500  # characters
View = Callable[..., HttpResponse]
Operation = Callable[[UUID], Done]


def page(*methods: str) -> Callable[[View], View]:
    """A view for signed-in people that answers these methods only."""

    def decorate(view: View) -> View:
        @wraps(view)
        def call(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
            if request.method not in methods and not (request.method == "HEAD" and "GET" in methods):
                return wrong_method(request, methods)
            if not request.user.is_authenticated:
                return sign_in_first(request)
            return view(request, *args, **kwargs)

        return call

    return decorate


def one_line(request: HttpRequest, name: str) -> str:
    """One line that somebody wrote, without what no database takes; as much as a reason holds."""
    written = request.POST.get(name, "")
    return "".join(char for char in written if char.isprintable()).strip()[:REASON]


def wrong_method(request: HttpRequest, methods: tuple[str, ...]) -> HttpResponse:
    response = error_page(
        request, 405, _("This address does not answer such a request. Go back to the page.")
    )
    response["Allow"] = ", ".join(methods)
    return response


def sign_in_first(request: HttpRequest) -> HttpResponse:
    if wants_json(request):
        return problem(401, "sign-in", _("You are signed out. Sign in again; what you wrote is kept."))
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else "/"
    return redirect_to_login(back)


def act(
    request: PersonRequest,
    operation: Operation,
    to: str,
    again: Callable[[Refused], HttpResponse],
    verb: str = "read",
) -> HttpResponse:
    """Carry out one write. `to`: where a browser goes next; `again`: the page with the sentence, text kept;
    `verb`: what the person's role has to allow before anything else is said about the form."""
    try:
        done = operation(uid(request, "mid"))
    except Refused as refused:
        return refused_form(request, refused, again, verb)
    let_go(request, request.user)
    return carried_out(request, done, to)


def refused_form(
    request: PersonRequest, refused: Refused, again: Callable[[Refused], HttpResponse], verb: str
) -> HttpResponse:
    slug = request.resolver_match.kwargs.get("slug", "") if request.resolver_match else ""
    refused = permission_first(refused, slug, request.user, verb) if slug else refused
    response = refusal(request, refused) if wants_json(request) else again(refused)
    return say_when(response, refused.extra.get("retry_after", 0), refused.extra.get("bucket", ""))


def carried_out(request: HttpRequest, done: Done, to: str) -> HttpResponse:
    if not wants_json(request):
        return see_other(next_page(request, to))
    card = done.object if isinstance(done.object, Card) and not done.object.deleted_at else None
    recorded = done.recorded
    return JsonResponse(
        {
            "seq": recorded.seq,
            "mid": recorded.mid,
            "dup": done.dup,
            "card": facts.card(card) if card else None,
            "placed": done.placed,
            "to": to,
        }
    )


def see_other(to: str) -> HttpResponse:
    response = HttpResponseRedirect(to)
    response.status_code = 303
    return response


def next_page(request: HttpRequest, default: str) -> str:
    wanted = request.POST.get("next", "")
    return wanted if url_has_allowed_host_and_scheme(wanted, allowed_hosts={request.get_host()}) else default


def uid(request: HttpRequest, name: str) -> UUID:
    """A uuid that a form sent. Raises Invalid."""
    found = optional_uid(request, name)
    if found is None:
        raise wrong(name, _("The form is incomplete. Reload the page and send it again."))
    return found


def optional_uid(request: HttpRequest, name: str) -> UUID | None:
    text = request.POST.get(name, "")
    try:
        return UUID(text) if text else None
    except ValueError as error:
        raise wrong(name, _("The form is damaged. Reload the page and send it again.")) from error


def whole_number(request: HttpRequest, name: str) -> int:
    text = request.POST.get(name, "")
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise Invalid(_("The form is damaged. Reload the page and send it again."))
    return int(text)
