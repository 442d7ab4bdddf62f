"""What a list was asked for: choices stand in the address, what was typed in the session only."""

import re
from collections.abc import Iterable
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponseRedirect

from scarabee.dossiers.views.asked import remember
from scarabee.dsn.readable import MONTHS as MONTH_NAMES
from scarabee.filings.calendar import month_to_declare
from scarabee.filings.comparing.months import month_before
from scarabee.filings.selectors.months import today
from scarabee.maintenance.numbers import is_number

MONTHS_OFFERED = 24
_MONTH = re.compile(r"20[0-9]{2}-(?:0[1-9]|1[0-2])")


def remembered(request: HttpRequest, keys: Iterable[str]) -> HttpResponseRedirect:
    """Keep the posted text in the session, and go to the same page with the posted choices in its address."""
    answer = remember(request)
    chosen = {key: request.POST[key] for key in keys if request.POST.get(key)}
    if not chosen:
        return answer
    link = "&" if "?" in answer.url else "?"
    return HttpResponseRedirect(f"{answer.url}{link}{urlencode(chosen)}")


def month_asked(request: HttpRequest) -> str:
    """The month of the address, AAAA-MM; the one to declare now when there is none that can be read."""
    asked = request.GET.get("mois", "")
    return asked if _MONTH.fullmatch(asked) else month_to_declare(today())


def month_chosen(request: HttpRequest) -> str:
    """The month of the address, AAAA-MM; "" when there is none that can be read."""
    asked = request.GET.get("mois", "")
    return asked if _MONTH.fullmatch(asked) else ""


def number_asked(request: HttpRequest, name: str) -> str:
    """A number of the address, in its digits; "" when it is none that a database takes."""
    asked = request.GET.get(name, "")
    return asked if is_number(asked) else ""


def months_offered(shown: str) -> list[tuple[str, str]]:
    """(AAAA-MM, in words) from the month that runs back two years, and the one that is shown."""
    current = f"{today():%Y-%m}"
    offered = {month_before(current, count) for count in range(MONTHS_OFFERED)}
    if _MONTH.fullmatch(shown):  # the address may hold anything
        offered.add(shown)
    return [(one, f"{MONTH_NAMES[int(one[5:]) - 1]} {one[:4]}") for one in sorted(offered, reverse=True)]


def counted(count: int, singular: str, plural: str) -> str:
    """« 1 déclaration », « 3 déclarations »."""
    return f"{count} {plural if count > 1 else singular}"


def numbers_in(texts: Iterable[str]) -> list[int]:
    """The numbers among posted texts; whatever is none is left out."""
    return [int(text) for text in texts if is_number(text)]
