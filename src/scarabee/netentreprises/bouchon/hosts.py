"""Which names the bouchon answers to, and which pages may act on it: a web page of elsewhere may do neither."""

from email.message import Message
from urllib.parse import urlsplit

_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


def is_loopback_host(header: str) -> bool:
    """Whether a Host header names this machine's loopback: any other name may be a DNS rebinding."""
    try:
        return urlsplit(f"//{header}").hostname in _LOOPBACK and "@" not in header
    except ValueError:
        return False


def is_same_origin(headers: Message) -> bool:
    """Whether a form was sent by a page of this very address: Origin decides, else Referer; neither is a no."""
    host = str(headers.get("Host", ""))
    sender = headers.get("Origin") or headers.get("Referer")
    if not host or not sender:
        return False
    try:
        parts = urlsplit(str(sender))
    except ValueError:
        return False
    return parts.scheme == "http" and parts.netloc.lower() == host.lower()
