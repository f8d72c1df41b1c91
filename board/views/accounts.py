"""Signing in and up, one's own account, and ways out."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import login, logout, update_session_auth_hash
from django.contrib.auth.forms import PasswordChangeForm
from django.contrib.auth.views import LoginView, redirect_to_login
from django.contrib.sessions.models import Session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from board.demo import DEMO_PEOPLE, enter
from board.forms import AccountForm, SignInForm, SignUpForm
from board.models import User
from board.views.answers import PersonRequest, next_page, page, see_other, wrong_method
from board.views.errors import error_page, say_when
from safeguards.admission import sign_in_failed, sign_in_refused
from safeguards.identity import address_of_request
from safeguards.refusals import seconds

BACKEND = "django.contrib.auth.backends.ModelBackend"


class SignIn(LoginView):
    template_name = "accounts/login.html"
    authentication_form = SignInForm
    redirect_authenticated_user = True
    http_method_names = ["get", "head", "post"]

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        name = request.POST.get("username", "")[:150]
        refused = sign_in_refused(address_of_request(request), name)
        if not refused.allowed:
            return self.too_many(name, seconds(refused.retry_after))
        response: HttpResponse = super().post(request, *args, **kwargs)
        if response.status_code == 200:
            sign_in_failed(address_of_request(request), name)
            response.status_code = 422
        elif response.status_code == 302:
            response.status_code = 303
        return response

    def too_many(self, name: str, wait: int) -> HttpResponse:
        """The form again, with the name that was typed."""
        words = ngettext(
            "Too many failed sign-ins for this name from your address. Try again in %(wait)s second.",
            "Too many failed sign-ins for this name from your address. Try again in %(wait)s seconds.",
            wait,
        ) % {"wait": wait}
        form = SignInForm(self.request, initial={"username": name})
        response = self.render_to_response(self.get_context_data(form=form, refused=words), status=429)
        return say_when(response, wait, "sign_in_failure")

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        return wrong_method(request, ("GET", "POST"))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        demo = DEMO_PEOPLE if settings.DEMO else []
        return super().get_context_data(demo=demo, **kwargs)


def admin_sign_in(request: HttpRequest) -> HttpResponse:
    """Django admin's door is the site's own: the same form, and the same limit on guessing."""
    if request.user.is_authenticated and not request.user.is_staff:
        return error_page(
            request, 403, _("Your account may not use the admin pages. Sign out, and in with one that may.")
        )
    return redirect_to_login(request.GET.get("next") or reverse("admin:index"))


def sign_out(request: HttpRequest) -> HttpResponse:
    if request.method != "POST":
        return wrong_method(request, ("POST",))
    logout(request)
    return see_other(reverse("login"))


def sign_up(request: HttpRequest) -> HttpResponse:
    if request.method not in {"GET", "HEAD", "POST"}:
        return wrong_method(request, ("GET", "POST"))
    if not settings.SIGNUP_OPEN:
        return error_page(request, 403, _("Sign-up is closed here. Ask an admin for an account."))
    form = SignUpForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save(), backend=BACKEND)
        return see_other(next_page(request, "/"))
    status = 422 if request.method == "POST" else 200
    wanted = request.POST.get("next", request.GET.get("next", ""))
    return render(request, "accounts/signup.html", {"form": form, "next": wanted}, status=status)


@page("GET", "POST")
def account(request: PersonRequest) -> HttpResponse:
    form = AccountForm(request.POST or None, instance=User.objects.get(uid=request.user.uid))
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("Saved."))
        return see_other(reverse("account"))
    return render(request, "accounts/account.html", {"form": form}, status=422 if form.errors else 200)


@page("GET", "POST")
def password(request: PersonRequest) -> HttpResponse:
    form = PasswordChangeForm(request.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        update_session_auth_hash(request, form.save())
        end_sessions(request, but=request.session.session_key)
        messages.success(request, _("Your password is changed. Other devices are signed out."))
        return see_other(reverse("account"))
    return render(request, "accounts/password.html", {"form": form}, status=422 if form.errors else 200)


@page("POST")
def sign_out_everywhere(request: PersonRequest) -> HttpResponse:
    end_sessions(request)
    logout(request)
    return see_other(reverse("login"))


def end_sessions(request: HttpRequest, but: str | None = None) -> None:
    """Sign this person out on every device but the one with session key `but`; their streams end within 3 s."""
    own = str(request.user.pk)
    keys = [row.pk for row in Session.objects.iterator() if row.get_decoded().get("_auth_user_id") == own]
    Session.objects.filter(pk__in=keys).exclude(pk=but).delete()


def demo_enter(request: HttpRequest) -> HttpResponse:
    """Only with DEMO=1, which settings refuse anywhere but on loopback."""
    if not settings.DEMO:
        return error_page(request, 404, _("There is nothing here. Go to your boards."))
    if request.method != "POST":
        return wrong_method(request, ("POST",))
    person = enter(request.POST.get("who", ""))
    if person is None:
        return error_page(request, 422, _("There is no such demo person. Choose one on the sign-in page."))
    login(request, person, backend=BACKEND)
    return see_other(next_page(request, "/"))
