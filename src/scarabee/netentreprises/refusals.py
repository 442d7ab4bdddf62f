"""From an answer to its meaning: what each service says with each HTTP status (api-dsn §3.1, §8.4)."""

import re
from enum import Enum, auto

from scarabee.netentreprises import errors
from scarabee.netentreprises.answers import Answer
from scarabee.netentreprises.realms import Realm, realm_of


class Service(Enum):
    """What was asked: one status may mean several things."""

    AUTHENTICATION = auto()
    DEPOSIT = auto()
    LISTING = auto()
    """By date: its path is always right."""
    RETURNS = auto()
    """Of one deposit."""
    LEAVES = auto()
    """Bordereaux of a span of days: no source tells that every host serves them."""
    DOWNLOAD = auto()


_ALIKE: dict[int, type[errors.PortalError]] = {
    400: errors.BadBody,
    406: errors.CompressionRefused,
    407: errors.JudgedDangerous,
    415: errors.MediaRefused,
    503: errors.Maintenance,
}
_REALMS: dict[Realm, type[errors.PortalError]] = {
    Realm.EXPIRED_PASSWORD: errors.ExpiredPassword,
    Realm.NOT_ENROLLED: errors.NotEnrolled,
    Realm.EXPIRED_TOKEN: errors.ExpiredToken,
}
_OF_ONE_DEPOSIT = frozenset({Service.RETURNS, Service.DOWNLOAD})
_ACCESS_REFUSED = "Le portail refuse l’accès à ce service."
_ACCESS_REMEDY = "Vérifiez sur net-entreprises.fr que ce compte a droit à la DSN, puis revérifiez avec la boule bleue."
_DISPLACED = "Le portail ne sert pas cette adresse en ce moment : il est sans doute en maintenance."
_A_PAGE = "Le portail a répondu par une page au lieu de ce qui lui était demandé : il est sans doute en maintenance."
_RANGE = re.compile(r"minutes\s*=\s*0+\s*-\s*([1-9][0-9]{0,5})(?![0-9])")


def refusal(answer: Answer, service: Service) -> errors.PortalError | None:
    """The error that this answer means; None when it is what was asked for."""
    status = answer.status
    if status == 200:
        return errors.Maintenance(_A_PAGE, status=status) if answer.is_html else None
    if alike := _ALIKE.get(status):
        return alike(status=status)
    if status >= 500:
        return errors.PortalFault(status=status)
    if 300 <= status < 400:
        return errors.Maintenance(_A_PAGE, status=status)
    match status:
        case 401:
            return _unauthorized(answer, service)
        case 403:
            return _forbidden(service)
        case 404:
            return _absent(service)
        case 422:
            kind = errors.MalformedCredentials if service is Service.AUTHENTICATION else errors.BadParameters
            return kind(status=status)
        case 429:
            return errors.TooMuchAsked(status=status, allowed_minutes=allowed_minutes(answer))
    return errors.UnreadableAnswer(f"Le portail a répondu {status}, qui n’est pas prévu.", status=status)


def allowed_minutes(answer: Answer) -> int | None:
    """How wide a search may be, of `Accept-Ranges: minutes=0-N`; None when the answer does not say."""
    found = _RANGE.search(answer.header("Accept-Ranges").lower())
    return int(found[1]) if found else None


def _unauthorized(answer: Answer, service: Service) -> errors.PortalError:
    """An unknown realm stops the account at authentication, and is worth one new token elsewhere."""
    realm = realm_of(answer.header_values("WWW-Authenticate"))
    if service is Service.AUTHENTICATION and realm is Realm.EXPIRED_TOKEN:
        return errors.RefusedCredentials(status=401)
    other = errors.RefusedCredentials if service is Service.AUTHENTICATION else errors.InvalidToken
    return _REALMS.get(realm, other)(status=401)


def _forbidden(service: Service) -> errors.PortalError:
    if service is Service.AUTHENTICATION:
        return errors.LockedAccount(status=403)
    if service in _OF_ONE_DEPOSIT:
        return errors.NotTheDepositor(status=403)
    return errors.NotTheDepositor(_ACCESS_REFUSED, _ACCESS_REMEDY, status=403)


def _absent(service: Service) -> errors.PortalError:
    if service in _OF_ONE_DEPOSIT or service is Service.LEAVES:
        return errors.NotFound(status=404)
    return errors.Maintenance(_DISPLACED, status=404)
