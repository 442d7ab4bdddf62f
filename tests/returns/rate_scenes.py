"""CRM nominatifs written by hand, small enough for a test, and the returns that hold them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from tests.dossiers.small_files import ASSOCIATION

from scarabee.accounts.portal.binding import bind_or_refuse
from scarabee.dossiers.models import Employee
from scarabee.returns.models import PasRate, Return
from scarabee.returns.services import arrivals

CRM = "123456789012345678"


@dataclass(frozen=True)
class Told:
    """A line of a CRM. `rate` None: none is given; "" an empty element. `future`: (rate or None, day)."""

    nir: str = ""
    rate: str | None = None
    ntt: str = ""
    matricule: str = ""
    future: tuple[str | None, str] | None = None

    def lines(self) -> str:
        told = f"<NIR>{self.nir}</NIR>" if self.nir else ""
        told += f"<NTT>{self.ntt}</NTT>" if self.ntt else ""
        told += f"<matricule>{self.matricule}</matricule>" if self.matricule else ""
        if self.rate is not None:
            told += f"<taux_imposition_PAS>{self.rate}</taux_imposition_PAS>"
        if self.future:
            rate, day = self.future
            taux = f"<taux>{rate}</taux>" if rate is not None else ""
            told += f"<future_imposition_PAS>{taux}<date_effet>{day}</date_effet></future_imposition_PAS>"
        return f"<salarie>{told}</salarie>"


def declared(told: Sequence[Told], siret: str = ASSOCIATION, fraction: str = "11") -> str:
    """The part of a CRM on one declaration."""
    return (
        f"<declaration><declaration_identification><rang>1</rang><fraction>{fraction}</fraction>"
        f"<SIREN>{siret[:9]}</SIREN><nic_affectation>{siret[9:]}</nic_affectation></declaration_identification>"
        f"<declaration_bilan><etat>OK</etat>{''.join(one.lines() for one in told)}</declaration_bilan></declaration>"
    )


def crm(
    told: Sequence[Told] = (), *, parts: Sequence[str] = (), identifier: str = CRM, essai_reel: str = "02",
    siret: str = ASSOCIATION,
) -> bytes:  # fmt: skip
    """A whole CRM nominatif."""
    essai = f"<essai_reel>{essai_reel}</essai_reel>" if essai_reel else ""
    named = f' identifiant="{identifier}"' if identifier else ""
    body = "".join(parts) or declared(told, siret)
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><g:rapport xmlns:g="http://www.gip-mds.fr/" profil="DSN" '
        f'type="CRM nominatif" version="v02r01"{named}><envoi><envoi_identification>{essai}'
        f"<emetteur_siret>{siret}</emetteur_siret></envoi_identification><envoi_bilan><envoi_etat>OK</envoi_etat>"
        f"</envoi_bilan></envoi>{body}</g:rapport>"
    ).encode()


def received(day: str = "2026-04-13", **columns: Any) -> Return:
    """A return of nature 94 that the portal published on that day, at noon in Paris."""
    said = {"portal": bind_or_refuse(), "nature": "94", "siret": ASSOCIATION, "is_real": True}
    return Return.objects.create(**(said | {"published_at": noon(day)} | columns))


def noon(day: str) -> datetime:
    """Noon in Paris of a summer day."""
    return datetime.fromisoformat(f"{day}T10:00:00").replace(tzinfo=UTC)


def landed(document: bytes, day: str = "2026-04-13", **columns: Any) -> Return:
    """A CRM that came in on that day."""
    item = received(day, **columns)
    land_again(item, document)
    return item


def land_again(item: Return, document: bytes, day: str = "") -> None:
    """Another version, or the same, of a CRM that came in, published on that day; read as collecting has it read."""
    if day:
        Return.objects.filter(pk=item.pk).update(published_at=noon(day))
    arrivals.store_version(item=item, document=document)
    item.refresh_from_db()


def rate_of(employee: Employee) -> PasRate:
    """The only rate of somebody."""
    return PasRate.objects.get(employee=employee)


def percents(item: Return) -> list[Decimal | None]:
    """The rates that a CRM gave, by person."""
    return list(PasRate.objects.filter(item=item).order_by("employee_id").values_list("rate", flat=True))


APRIL = date(2026, 4, 30)
JUNE = date(2026, 6, 30)
