"""Whole S20 structures of nature 01: the employer's own blocs around its people's parts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from scarabee.dsn.invention.bureau import Bureau, Employment, Sender
from scarabee.dsn.invention.employers import PENSION_SIRET, Employer
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import add_months, dsn_date, month_end
from scarabee.dsn.invention.numbers import money, share
from scarabee.dsn.invention.pay import Totals
from scarabee.dsn.invention.pay_blocs import PersonPart, person_part
from scarabee.dsn.invention.person_blocs import ANNEX_SITE, has_annex

NORMAL, NIL, REPLACES, CANCELS, REPLACES_WITHOUT_PEOPLE = "01", "02", "03", "04", "05"
BORDEREAU_CODES = ("100", "260", "332", "430", "772", "937", "959", "992", "027")


@dataclass(frozen=True, slots=True)
class Heading:
    """The values of S20.G00.05 a mensuelle may vary. ``replaces`` is the .006 of an annule-et-remplace."""

    type: str = NORMAL
    fraction: str = "11"
    order: int = 1
    replaces: str | None = None
    champ: str = "01"
    revision: int = 0
    days_late: int = 0


def filing_day(month: date, days_late: int = 0) -> date:
    """Return the day the files of a month are made: the 3rd of the next one, or some days later."""
    return add_months(month, 1).replace(day=3 + days_late)


def monthly_declaration(
    bureau: Bureau, employer: Employer, month: date, heading: Heading, people: Sequence[Employment]
) -> str:
    """Write the mensuelle of an employer for these people; without any, its type must be 02 or 05."""
    norm = bureau.norm_of(month)
    parts = [
        person_part(employment, month, seed=bureau.seed, norm=norm, revision=heading.revision) for employment in people
    ]
    return assemble(employer, month, heading, norm=norm, sender=bureau.sender, parts=parts)


def assemble(
    employer: Employer,
    month: date,
    heading: Heading,
    *,
    norm: str,
    sender: Sender,
    parts: Sequence[PersonPart],
) -> str:
    """Write a mensuelle around ready parts: own blocs with the sums of the parts, parts, places of work."""
    totals = Totals()
    for part in parts:
        totals.add(part.totals)
    before, after = own_part(employer, month, heading, norm=norm, sender=sender, totals=totals)
    return before + "".join([part.text for part in parts]) + after


def own_part(
    employer: Employer, month: date, heading: Heading, *, norm: str, sender: Sender, totals: Totals
) -> tuple[str, str]:
    """Write what surrounds the people of a mensuelle: the lines before the first, those after the last."""
    text = heading_bloc(month, heading) + contact_bloc(sender)
    text += employer_blocs(employer, norm=norm, headcount=totals.people)
    if not totals.people:
        return text, ""
    return text + _membership_blocs(employer) + own_money_blocs(employer, month, totals), place_blocs(employer)


def heading_bloc(month: date, heading: Heading) -> str:
    return bloc(
        "S20.G00.05",
        {
            "001": "01",
            "002": heading.type,
            "003": heading.fraction,
            "004": str(heading.order),
            "005": dsn_date(month),
            "006": heading.replaces,
            "007": dsn_date(filing_day(month, heading.days_late)),
            "008": heading.champ,
            "010": "01",
        },
    )


def contact_bloc(sender: Sender, kind: str = "08") -> str:
    return bloc("S20.G00.07", {"001": sender.contact, "002": sender.telephone, "003": sender.email, "004": kind})


def employer_blocs(employer: Employer, *, norm: str, headcount: int) -> str:
    """Return S21.G00.06 and S21.G00.11, with the rubriques that each norm knows."""
    with_codes, with_counts = norm != "P27V01", norm in ("P24V01", "P25V01")
    activity = employer.activity
    return bloc(
        "S21.G00.06",
        {
            "001": employer.siren,
            "002": employer.head_nic,
            "003": activity.ape if with_codes else None,
            "004": employer.street,
            "005": employer.postcode,
            "006": employer.town,
            "015": activity.idcc,
        },
    ) + bloc(
        "S21.G00.11",
        {
            "001": employer.nic,
            "002": activity.ape if with_codes else None,
            "003": employer.street,
            "004": employer.postcode,
            "005": employer.town,
            "008": str(headcount) if with_counts and employer.siren[6] in "1357" else None,
            "022": activity.idcc,
            "025": "SPST01" if norm in ("P26V01", "P27V01") and employer.siren[6] in "02" else None,
        },
    )


def _membership_blocs(employer: Employer) -> str:
    """Return the S21.G00.15 of the employer: adhésion 1 is health, 2 is prévoyance."""
    text = ""
    if employer.health:
        text += bloc("S21.G00.15", {"001": f"SANTE-{employer.siren}", "002": employer.health, "004": "01", "005": "1"})
    if employer.provident:
        text += bloc(
            "S21.G00.15",
            {"001": f"PREV-{employer.siren}", "002": employer.provident, "004": "01", "005": "2"},
        )
    return text


def own_money_blocs(employer: Employer, month: date, totals: Totals) -> str:
    """Return S21.G00.82, 20, 55, 22, 23 and 44 from the sums of the people declared."""
    start, end = dsn_date(month), dsn_date(month_end(month))
    text = ""
    if employer.activity.idcc == "1518":
        rubriques = {
            "001": money(share(totals.gross, 15)),
            "002": "005",
            "003": start,
            "004": end,
            "005": "IDCC1518",
        }
        text += bloc("S21.G00.82", rubriques)

    def payment(organism: str, amount: int, entity: str | None, mode: str = "05") -> str:
        return bloc(
            "S21.G00.20",
            {
                "001": organism,
                "002": entity,
                "003": employer.bic,
                "004": employer.iban,
                "005": money(max(0, amount)),
                "006": start,
                "007": end,
                "010": mode,
            },
        )

    def component(amount: int, reference: str) -> str:
        period = f"{month.year}M{month.month:02d}"
        return bloc("S21.G00.55", {"001": money(amount), "003": f"{reference}-{employer.siren}", "004": period})

    text += payment(employer.urssaf, totals.urssaf, employer.siret)
    text += payment(PENSION_SIRET, totals.pension, employer.siret)
    text += payment("DGFIP", totals.pas, "DGFIP_PAS")
    if employer.health:
        text += payment(employer.health, totals.health, None, "02") + component(totals.health, "SANTE")
    if employer.provident:
        text += payment(employer.provident, totals.provident, None, "02") + component(totals.provident, "PREV")
    text += bloc(
        "S21.G00.22",
        {
            "001": employer.urssaf,
            "002": employer.siret,
            "003": start,
            "004": end,
            "005": money(totals.urssaf),
        },
    )
    gross = money(totals.gross)
    for code in BORDEREAU_CODES:
        text += bloc("S21.G00.23", {"001": code, "002": "920", "004": gross})
        if code == "100":
            text += bloc("S21.G00.23", {"001": code, "002": "921", "004": money(totals.capped)})
    text += bloc("S21.G00.23", {"001": "900", "002": "920", "003": "1.75", "004": gross, "006": employer.insee})
    return text + _tax_blocs(month, totals)


def _tax_blocs(month: date, totals: Totals) -> str:
    """Return S21.G00.44, in December's and January's files only."""
    if month.month not in (12, 1):
        return ""
    year = str(month.year if month.month == 12 else month.year - 1)
    return (
        bloc("S21.G00.44", {"001": "002", "003": year, "004": "001"})
        + bloc("S21.G00.44", {"001": "006", "003": year})
        + bloc("S21.G00.44", {"001": "007", "002": money(totals.gross), "003": year})
    )


def place_blocs(employer: Employer) -> str:
    """Return S21.G00.85: the annex, when some people work there."""
    if not has_annex(employer):
        return ""
    return bloc(
        "S21.G00.85",
        {
            "001": ANNEX_SITE,
            "003": "3 chemin de l'Annexe",
            "004": employer.postcode,
            "005": employer.town,
            "010": "02",
            "011": employer.insee,
        },
    )
