"""Logs that say what broke and where, never with whose data: as lines for people, or as JSON for a machine.

Texts are masked of what looks like a NIR or a SIRET. Of an exception, its type and the places it went through are
written: its message may quote a row. Of an address, the pattern is written, not what stands in it.

The settings read this module, so it imports nothing of Django at the top.
"""

import json
import logging
import sys
import threading
import traceback
from contextvars import ContextVar
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

from scarabee.maintenance.masks import without_numbers

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread answers; "" outside of requests."""
FACTS = ("method", "route", "status", "milliseconds", "user_id")
"""What a record may carry beside its message, given as `extra`."""

type _Raised = tuple[type[BaseException], BaseException, TracebackType | None] | tuple[None, None, None]

logger = logging.getLogger(__name__)


class Lines(logging.Formatter):
    """One line for people: when, level, logger, request, message, facts; then where it broke."""

    def format(self, record: logging.LogRecord) -> str:
        facts = "".join(f" {name}={value}" for name, value in _facts(record).items())
        head = f"{_moment(record)} {record.levelname} {record.name}: {_message(record)}{facts}"
        return "\n".join([head, *_places(record.exc_info)])


class JsonLines(logging.Formatter):
    """One JSON object a line: at, level, logger, process, message, the facts, and `error`, `places` when it broke."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": _moment(record),
            "level": record.levelname.lower(),
            "logger": record.name,
            "process": record.process,
            "message": _message(record),
            **_facts(record),
        }
        if places := _places(record.exc_info):
            told |= {"error": places[0], "places": places[1:]}
        return json.dumps(told, ensure_ascii=False)


class Unforeseen(logging.Filter):
    """Lets no 503 through: a maintenance, or `/sante`, answers it on purpose, again and again."""

    def filter(self, record: logging.LogRecord) -> bool:
        return getattr(record, "status_code", None) != 503


def configuration(*, style: str, level: str) -> dict[str, Any]:
    """The setting LOGGING. `style`: "texte" or "json"; `level`: "ERROR", "WARNING" or "INFO"."""
    formatter = f"{__name__}.{'JsonLines' if style == 'json' else 'Lines'}"
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"line": {"()": formatter}},
        "filters": {"unforeseen": {"()": f"{__name__}.Unforeseen"}},
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": ["console"], "level": level, "propagate": False},
            "axes": {"level": "ERROR"},
            "httpx2": {"level": "ERROR"},  # below, the library of HTTP writes whole addresses
            "django.db.backends": {"level": "WARNING"},  # below, these write out all that a page or a query holds
            "django.template": {"level": "WARNING"},
            # a refused address may hold a token: it is not written down
            "django.request": {"level": "ERROR", "filters": ["unforeseen"]},
        },
    }


def catch_crashes() -> None:
    """From now on, what no code catches is logged like the rest, without its message, instead of printed with it."""

    def crashed(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            logger.critical("Crashed", exc_info=(kind, error, trace))

    def thread_crashed(args: threading.ExceptHookArgs) -> None:
        if args.exc_value is not None:
            crashed(args.exc_type, args.exc_value, args.exc_traceback)

    sys.excepthook = crashed
    threading.excepthook = thread_crashed


def _moment(record: logging.LogRecord) -> str:
    return datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds")


def _message(record: logging.LogRecord) -> str:
    """The message; of one that Django writes about a request, the pattern of the address in place of the address."""
    request = getattr(record, "request", None)
    if request is not None and record.name.startswith("django."):
        return f"{getattr(record, 'status_code', '')} {route_of(request)}".strip()
    return without_numbers(record.getMessage())


def _facts(record: logging.LogRecord) -> dict[str, Any]:
    found = {"request_id": request_id.get()} | {name: getattr(record, name, None) for name in FACTS}
    return {name: value for name, value in found.items() if value not in {None, ""}}


def route_of(request: Any) -> str:
    """The pattern of the address that was asked for (django.http.HttpRequest); "?" when no page is there."""
    match = getattr(request, "resolver_match", None)
    return f"/{match.route}" if match else "?"


def _places(raised: _Raised | None) -> list[str]:
    """The type of what was raised, then the places it went through, the innermost last; nothing when nothing was."""
    if not raised or raised[0] is None:
        return []
    frames = traceback.extract_tb(raised[2])
    return [raised[0].__name__, *(f"  {frame.filename}:{frame.lineno} {frame.name}" for frame in frames)]
