"""Signalements: arrêt (nature 04), reprise (05), fin de contrat (FCTU, 07), amorçage at hiring (08).

They follow from the same life as the mensuelles: what a month's file declares was signalled in that month.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from scarabee.dsn.invention.bureau import Bureau, Employment
from scarabee.dsn.invention.contracts import Arret, Contract
from scarabee.dsn.invention.declarations import CANCELS, NORMAL, REPLACES, contact_bloc, place_blocs
from scarabee.dsn.invention.draws import draws
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.files import CRLF, chosen_employers, envoi
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import as_month, dsn_date, months_between
from scarabee.dsn.invention.numbers import money, share
from scarabee.dsn.invention.pay import GROSS_RATES, invent_pay
from scarabee.dsn.invention.person_blocs import affiliation_blocs, contract_bloc, individual_blocs

ARRET, RETURN, END, START = "04", "05", "07", "08"
CONTACT_KINDS = {ARRET: "01", RETURN: "01", END: "02", START: "08"}
ACCIDENTS = ("04", "05", "06")


@dataclass(frozen=True, slots=True)
class Signalement:
    """One event to signal; ``order`` is the number of its declaration, never restarting for an employer."""

    nature: str
    employment: Employment
    contract: Contract
    day: date
    order: int
    arret: Arret | None = None


def signalements(bureau: Bureau, employer: Employer, month: date) -> list[Signalement]:
    """Return what an employer signals in a month (first day), in the order of the days."""
    events = [
        (day, nature, employment, contract, arret)
        for employment in bureau.employed(employer, month)
        for contract in employment.contracts_in(month)
        for day, nature, arret in _events(contract)
        if as_month(day) == month
    ]
    events.sort(key=lambda event: (event[0], event[1], event[2].matricule, event[3].number))
    first_order = months_between(date(2020, 1, 1), month) * 1000 + 1
    return [
        Signalement(nature, employment, contract, day, first_order + rank, arret)
        for rank, (day, nature, employment, contract, arret) in enumerate(events)
    ]


def signalement_files(
    bureau: Bureau,
    month: date | str,
    *,
    employers: Collection[str] | None = None,
    real: bool = False,
    line_end: bytes = CRLF,
) -> list[bytes]:
    """Return the signalements of a month, one envoi each, employer after employer; may be empty."""
    first_day = as_month(month)
    norm = bureau.norm_of(first_day)
    return [
        envoi(bureau.sender, [signalement_declaration(bureau, event)], norm=norm, real=real, line_end=line_end)
        for employer in chosen_employers(bureau, first_day, employers)
        for event in signalements(bureau, employer, first_day)
    ]


def signalement_declaration(bureau: Bureau, event: Signalement, *, type: str = NORMAL) -> str:
    """Write one S20. Types 03 (not for 08) and 04 (07 and 08 only) name the one they replace."""
    month = as_month(event.day)
    norm = bureau.norm_of(month)
    made = dsn_date(event.day + timedelta(days=2))
    later = type in (REPLACES, CANCELS)
    text = bloc(
        "S20.G00.05",
        {
            "001": event.nature,
            "002": type,
            "003": "11",
            "004": str(event.order + 500 if later else event.order),
            "006": f"{made}{event.order}" if later else None,
            "007": made,
            "010": "01" if event.nature == END else None,
            "011": "01" if event.nature == START else None,
        },
    )
    text += contact_bloc(bureau.sender, CONTACT_KINDS[event.nature])
    text += _employer_blocs(event.employment.employer, event.nature, norm)
    text += individual_blocs(event.employment, month, norm=norm, nature=event.nature)
    text += contract_bloc(event.employment, event.contract, month, norm=norm, nature=event.nature)
    if event.arret:
        return text + _arret_bloc(event.arret, event.nature)
    text += _end_blocs(event) if event.nature == END else _start_blocs(event)
    return text + place_blocs(event.employment.employer)


def _events(contract: Contract) -> Iterator[tuple[date, str, Arret | None]]:
    yield contract.start, START, None
    for arret in contract.arrets:
        yield arret.last_day_worked, ARRET, arret
        if arret.returned_on:
            yield arret.returned_on, RETURN, arret
    if contract.end:
        yield contract.end, END, None


def _employer_blocs(employer: Employer, nature: str, norm: str) -> str:
    """Return S21.G00.06, 11 and 15, cut down to what the nature allows."""
    ape = employer.activity.ape if norm != "P27V01" else None
    text = bloc("S21.G00.06", {"001": employer.siren, "002": employer.head_nic, "003": ape if nature == END else None})
    text += bloc(
        "S21.G00.11",
        {
            "001": employer.nic,
            "002": ape if nature in (END, START) else None,
            "022": employer.activity.idcc if nature == END else None,
        },
    )
    if employer.health:
        text += bloc("S21.G00.15", {"001": f"SANTE-{employer.siren}", "002": employer.health, "005": "1"})
    if employer.provident:
        text += bloc("S21.G00.15", {"001": f"PREV-{employer.siren}", "002": employer.provident, "005": "2"})
    return text


def _arret_bloc(arret: Arret, nature: str) -> str:
    returned = dsn_date(arret.returned_on) if nature == RETURN and arret.returned_on else None
    accident = nature == ARRET and arret.reason in ACCIDENTS
    return bloc(
        "S21.G00.60",
        {
            "001": arret.reason,
            "002": dsn_date(arret.last_day_worked),
            "003": dsn_date(arret.expected_end),
            "004": "02" if nature == ARRET else None,
            "010": returned,
            "011": "01" if returned else None,
            "012": dsn_date(arret.last_day_worked) if accident else None,
        },
    )


def _start_blocs(event: Signalement) -> str:
    """Return S21.G00.70, 73 and 86 of an amorçage."""
    number = event.contract.number_in(as_month(event.day))
    text = affiliation_blocs(event.employment, event.contract, nature=START)
    return text + bloc("S21.G00.86", {"001": "07", "002": "02", "003": "0", "005": number})


def _end_blocs(event: Signalement) -> str:
    """Return the end of contract and the pay that goes with it: S21.G00.62, 63, 70, 71, 50 to 81, 86."""
    contract, month = event.contract, as_month(event.day)
    employment, number, day = event.employment, contract.number_in(month), dsn_date(event.day)
    start = dsn_date(max(month, contract.start_in(month)))
    pay = invent_pay(draws("end", employment.employer.siret, employment.matricule, month), contract, month)
    text = bloc(
        "S21.G00.62",
        {"001": day, "002": contract.end_reason, "006": day, "008": "02", "020": dsn_date(month)},
    )
    text += bloc("S21.G00.63", {"001": "90"})
    text += affiliation_blocs(employment, contract)
    text += bloc("S21.G00.71", {"002": "RUAA"})
    text += bloc("S21.G00.50", {"001": day, "003": "01", "020": "01"})
    for kind, amount in (("001", pay.gross), ("002", pay.gross), ("010", pay.base)):
        text += bloc("S21.G00.51", {"001": start, "002": day, "010": number, "011": kind, "013": money(amount)})
        if kind == "002":
            unit = "12" if contract.counts_days else "10"
            text += bloc("S21.G00.53", {"001": "01", "002": money(pay.worked), "003": unit})
    if pay.gross:
        text += bloc("S21.G00.52", {"001": "020", "002": money(share(pay.gross, 1000) + 1), "006": number})
    text += bloc("S21.G00.78", {"001": "03", "002": start, "003": day, "004": money(pay.gross)})
    for code, rate, _ in GROSS_RATES[:3]:
        rubriques = {
            "001": code,
            "003": money(pay.gross),
            "004": money(share(pay.gross, rate)),
            "007": money(rate),
        }
        text += bloc("S21.G00.81", rubriques)
    months = str(max(0, months_between(contract.start_in(month), month)))
    return text + bloc("S21.G00.86", {"001": "07", "002": "02", "003": months, "005": number})
