"""The OpenAPI 3.1 document of the API, served by the API."""

from typing import Any

from django.http import HttpResponse

from board.api import schemas as shape
from board.api.describing import parameters_of
from board.api.endpoint import Call, Endpoint
from board.api.examples import in_path, with_examples
from board.api.paths import PATHS
from board.api.serializers import reply

BUILT: dict[str, Any] = {
    "openapi": "3.1.0",
    "info": {
        "title": "Parley",
        "version": "1",
        "description": "A live conversation board. One accepted write is one event of its log.",
        "license": {"name": "BSD-3-Clause", "identifier": "BSD-3-Clause"},
    },
    "servers": [{"url": "/api/v1"}],
    "paths": {
        path: {
            "parameters": [in_path(path, parameter) for parameter in parameters_of(path)],
            **{verb: with_examples(operation) for verb, operation in verbs.items()},
        }
        for path, verbs in PATHS.items()
    },
    "components": {
        "schemas": shape.COMPONENTS | {"Document": {"type": "object", "required": ["openapi", "paths"]}},
        "securitySchemes": {
            "token": {
                "type": "http",
                "scheme": "bearer",
                "description": "From your account page.",
            },
            "session": {"type": "apiKey", "in": "cookie", "name": "sessionid"},
            "csrf": {"type": "apiKey", "in": "header", "name": "X-CSRFToken"},
        },
    },
}


def show(call: Call) -> HttpResponse:
    return reply(BUILT)


DOCUMENT = Endpoint(GET=show)
