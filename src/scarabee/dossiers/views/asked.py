"""What was typed into a search form: kept in the session, so that no NIR stands in an address or a log.

The form posts; the page that follows carries a random token only, and can be paged, sorted and found again.
"""

import secrets

from django.http import HttpRequest, HttpResponseRedirect

KEPT_SEARCHES = 30
LONGEST_TEXT = 200
SEARCHES = "recherches"
"""Where in the session: {token: text}."""
PARAMETER = "recherche"


def asked(request: HttpRequest) -> str:
    """The text of the search that the address names; empty when there is none."""
    kept: dict[str, str] = request.session.get(SEARCHES, {})
    return kept.get(request.GET.get(PARAMETER, ""), "")


def remember(request: HttpRequest) -> HttpResponseRedirect:
    """Keep the posted text and go to the same page with its token; an empty text shows everything again."""
    text = " ".join(request.POST.get("texte", "").split())[:LONGEST_TEXT]
    if not text:
        return HttpResponseRedirect(request.path)
    kept: dict[str, str] = request.session.get(SEARCHES, {})
    token = secrets.token_urlsafe(6)
    request.session[SEARCHES] = dict([*kept.items(), (token, text)][-KEPT_SEARCHES:])
    return HttpResponseRedirect(f"{request.path}?{PARAMETER}={token}")
