from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from board.views.errors import error_page


def needs_asgi(request: HttpRequest, slug: str) -> HttpResponse:
    return error_page(request, 501, _("Live streams need an ASGI server: start Parley with manage.py serve."))
