"""Whole files: envois of one month, replacements, declarations without people."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import date

from scarabee.dsn.invention.bureau import Bureau, Employment, Sender
from scarabee.dsn.invention.declarations import (
    NIL,
    NORMAL,
    REPLACES,
    REPLACES_WITHOUT_PEOPLE,
    Heading,
    filing_day,
    monthly_declaration,
)
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import as_month, dsn_date

CRLF, LF = b"\r\n", b"\n"
AGRICULTURAL_CHAMP = "02"


def sender_blocs(sender: Sender, *, norm: str, real: bool, point: str = "01", without_people: bool = False) -> str:
    """Return S10.G00.00, .01 and .02. ``point``: 01 Net-entreprises, 02 MSA."""
    return (
        bloc(
            "S10.G00.00",
            {
                "001": "Scarabée invention",
                "002": "Scarabée",
                "003": "1.0",
                "005": "02" if real else "01",
                "006": norm,
                "007": point,
                "008": "02" if without_people else "01",
            },
        )
        + bloc(
            "S10.G00.01",
            {
                "001": sender.siren,
                "002": sender.nic,
                "003": sender.name,
                "004": sender.street,
                "005": sender.postcode,
                "006": sender.town,
            },
        )
        + bloc("S10.G00.02", {"001": "02", "002": sender.contact, "004": sender.email, "005": sender.telephone})
    )


def envoi(
    sender: Sender,
    declarations: Sequence[str],
    *,
    norm: str,
    real: bool = False,
    point: str = "01",
    without_people: bool = False,
    line_end: bytes = CRLF,
) -> bytes:
    """Close declarations (texts of S20 structures) into one file, with true S90 totals, in ISO-8859-1."""
    text = sender_blocs(sender, norm=norm, real=real, point=point, without_people=without_people)
    text += "".join(declarations)
    text += bloc("S90.G00.90", {"001": str(text.count("\n") + 2), "002": str(len(declarations))})
    return text.replace("\n", line_end.decode("ascii")).encode("latin-1")


def month_file(
    bureau: Bureau,
    month: date | str,
    *,
    employers: Collection[str] | None = None,
    real: bool = False,
    line_end: bytes = CRLF,
    norm: str | None = None,
    fraction_count: int = 1,
    champ: str = "01",
) -> bytes:
    """Return the envoi of a month: one S20 per employer and fraction, type 02 where nobody is employed.

    ``employers`` is a choice of sirets (None: all that exist in the month). ``fraction_count`` splits people
    over up to nine fractions, fewer where an employer has fewer people. ``champ`` 02 is for the MSA.
    ``norm`` writes another norm than the bureau's.
    Raises ValueError when no chosen employer exists in the month.
    """
    first_day = as_month(month)
    bureau = replace(bureau, norm=norm or bureau.norm)
    declarations, populated = [], False
    for employer in chosen_employers(bureau, first_day, employers):
        people = bureau.employed(employer, first_day)
        populated = populated or bool(people)
        declarations += [
            monthly_declaration(bureau, employer, first_day, heading, group)
            for heading, group in _fractions(people, fraction_count, champ)
        ]
    return envoi(
        bureau.sender,
        declarations,
        norm=bureau.norm_of(first_day),
        real=real,
        point="02" if champ == AGRICULTURAL_CHAMP else "01",
        without_people=not populated,
        line_end=line_end,
    )


def replacement_file(
    bureau: Bureau,
    month: date | str,
    *,
    employers: Collection[str] | None = None,
    order: int = 2,
    without_people: bool = False,
    real: bool = False,
    line_end: bytes = CRLF,
) -> bytes:
    """Return the annule-et-remplace of a month: same people, other sums (type 03), or nobody left (type 05).

    ``order`` is 2 or more; 20.05.006 names the file of the order before.
    """
    first_day = as_month(month)
    before = dsn_date(filing_day(first_day, max(0, order - 2))) + str(order - 1)
    declarations = []
    for employer in chosen_employers(bureau, first_day, employers):
        people = [] if without_people else bureau.employed(employer, first_day)
        heading = Heading(
            type=REPLACES if people else REPLACES_WITHOUT_PEOPLE,
            order=order,
            replaces=before if people else None,
            revision=order - 1,
            days_late=order - 1,
        )
        declarations.append(monthly_declaration(bureau, employer, first_day, heading, people))
    return envoi(
        bureau.sender,
        declarations,
        norm=bureau.norm_of(first_day),
        real=real,
        without_people=without_people,
        line_end=line_end,
    )


def nil_file(
    bureau: Bureau,
    month: date | str,
    *,
    employers: Collection[str] | None = None,
    real: bool = False,
    line_end: bytes = CRLF,
) -> bytes:
    """Return an envoi néant: type 02 for every chosen employer, whoever it employs."""
    first_day = as_month(month)
    heading = Heading(type=NIL)
    declarations = [
        monthly_declaration(bureau, employer, first_day, heading, [])
        for employer in chosen_employers(bureau, first_day, employers)
    ]
    norm = bureau.norm_of(first_day)
    return envoi(bureau.sender, declarations, norm=norm, real=real, without_people=True, line_end=line_end)


def chosen_employers(bureau: Bureau, month: date, sirets: Collection[str] | None) -> list[Employer]:
    """Return the employers of the choice that exist in the month; ValueError when there is none."""
    chosen = [
        employer
        for employer in bureau.employers
        if employer.declares(month) and (sirets is None or employer.siret in sirets)
    ]
    if not chosen:
        raise ValueError(f"no employer of this choice in {month:%Y-%m}")
    return chosen


def _fractions(people: list[Employment], count: int, champ: str) -> list[tuple[Heading, list[Employment]]]:
    if not people:
        return [(Heading(type=NIL, champ=champ), [])]
    count = min(count, len(people), 9)
    return [
        (Heading(type=NORMAL, fraction=f"{rank + 1}{count}", champ=champ), people[rank::count]) for rank in range(count)
    ]
