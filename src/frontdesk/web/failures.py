"""Failures as JSON of one shape, with a message for people and never a stack trace."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from frontdesk.errors import CustomerError, FrontdeskError, TokenRefused, UpstreamError
from frontdesk.web.schema import Failure, Problem

log = logging.getLogger(__name__)


class UnknownButton(CustomerError):
    """There is no such button in this conversation."""


class NoSuchCustomer(CustomerError):
    """The demo has no such customer."""


def failure(
    status: int, code: str, message: str, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    """An answer that isn't a success."""
    body = Failure(error=Problem(code=code, message=message))
    return JSONResponse(body.model_dump(), status, dict(headers or {}))


def install(app: FastAPI) -> None:
    """Makes every failure of the app answer in this shape."""
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(FrontdeskError, _ours)
    app.add_exception_handler(Exception, _unforeseen)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    status = HTTPStatus(error.status_code)
    code = _CODES.get(status) or status.name.lower()
    said = str(error.detail)
    message = _WORDS.get(status, said) if said == status.phrase else said
    return failure(status, code, message, error.headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    """Says where and what, without repeating what was sent."""
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    place = ".".join(str(part) for part in first["loc"] if part != "body")
    message = first["msg"] if first["type"] != "json_invalid" else "the body is not valid JSON"
    return failure(422, "invalid_request", f"{place}: {message}" if _NAME.match(place) else message)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    match error:
        case TokenRefused():
            challenge = {"WWW-Authenticate": "Bearer"}
            return failure(401, "token_refused", str(error), challenge)
        case CustomerError():
            return failure(422, _code(error), str(error))
        case UpstreamError():
            log.error("%s", error)
            message = "the desk can't be reached at the moment; try again"
            return failure(503, "unavailable", message, {"Retry-After": "2"})
        case _:
            return await _unforeseen(_request, error)


async def _unforeseen(request: Request, error: Exception) -> JSONResponse:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    return failure(500, "internal", "something went wrong on our side; it was recorded")


def _code(error: Exception) -> str:
    return re.sub(r"(?<!^)(?=[A-Z])", "_", type(error).__name__).lower()


_NAME = re.compile(r"[A-Za-z]")
_CODES = {HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "too_large"}
_WORDS = {
    HTTPStatus.NOT_FOUND: "there is nothing at this address",
    HTTPStatus.METHOD_NOT_ALLOWED: "this address doesn't take this method",
}
