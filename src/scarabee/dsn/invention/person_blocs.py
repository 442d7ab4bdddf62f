"""The blocs that say who somebody is and which contract they hold: S21.G00.30, 31, 40 and what hangs on it.

Signalements use the same blocs with fewer rubriques: ``FORBIDDEN`` lists what a nature leaves out (rubriques
marked I in the norm's table of usages).
"""

from datetime import date

from scarabee.dsn.invention.bureau import Employment
from scarabee.dsn.invention.contracts import Contract
from scarabee.dsn.invention.employers import Employer
from scarabee.dsn.invention.lines import bloc
from scarabee.dsn.invention.months import dsn_date, month_end
from scarabee.dsn.invention.numbers import money

ANNEX_SITE = "ANNEXE01"
_ARRET_30 = frozenset(("005", "007", "008", "009", "010", "013", "014", "015", "018", "029", "030"))
_ARRET_40 = frozenset(
    "002 003 004 006 007 008 010 011 012 013 014 016 017 018 020 021 024 026 036 037 039 040 041 043 084".split()
)
FORBIDDEN: dict[str, dict[str, frozenset[str]]] = {
    "01": {},
    "04": {"30": _ARRET_30, "40": _ARRET_40},
    "05": {"30": _ARRET_30, "40": _ARRET_40},
    "07": {"30": frozenset(("030",)), "40": frozenset(("039", "040", "041", "043", "084"))},
    "08": {"30": frozenset(("030",)), "40": frozenset(("039", "040", "043", "084"))},
}
_SUCCESSIVE_NORMS = ("P24V01", "P25V01", "P26V01", "P27V01")


def has_annex(employer: Employer) -> bool:
    """Say whether some people of the employer work at a second place (40.019, bloc 85)."""
    return employer.siren[7] in "024"


def individual_blocs(employment: Employment, month: date, *, norm: str, nature: str = "01") -> str:
    """Return S21.G00.30, and in a mensuelle its S21.G00.31."""
    person = employment.person
    nir = person.nir_in(month)
    rubriques = {
        "001": nir,
        "002": person.name_in(month),
        "004": person.first_names,
        "005": None if nir else ("01" if person.man else "02"),
        "006": dsn_date(person.birth),
        "007": person.birthplace,
        "008": person.street,
        "009": person.postcode,
        "010": person.town,
        "013": person.birth_zone,
        "014": person.birth_department,
        "015": person.birth_country,
        "018": person.email,
        "019": employment.matricule,
        "020": employment.ntt if person.needs_ntt(month) else None,
        "029": person.birth_country_label or None,
        "030": "SPST01" if norm in _SUCCESSIVE_NORMS[2:] and employment.pas_rate_id.endswith("7") else None,
    }
    text = bloc("S21.G00.30", _allowed(rubriques, nature, "30"))
    if nature == "01":
        text += "".join([bloc("S21.G00.31", change) for change in person.changes_in(month)])
    return text


def contract_bloc(employment: Employment, contract: Contract, month: date, *, norm: str, nature: str = "01") -> str:
    """Return S21.G00.40."""
    employer, job, hours = employment.employer, contract.job, contract.hours_in(month)
    several = len(employment.contracts_in(month)) > 1
    away = has_annex(employer) and employment.matricule.endswith("3")
    rubriques = {
        "001": dsn_date(contract.start_in(month)),
        "002": job.status,
        "003": "01" if job.is_executive else "04",
        "004": job.pcs,
        "006": job.label,
        "007": contract.kind,
        "008": "99",
        "009": contract.number_in(month),
        "010": dsn_date(contract.planned_end) if contract.planned_end else None,
        "011": "12" if contract.counts_days else "10",
        "012": money(contract.full_measure),
        "013": money(hours),
        "014": "10" if hours >= contract.full_measure else "20",
        "016": "01" if employer.postcode.startswith("67") else "99",
        "017": employer.activity.idcc,
        "018": "200",
        "019": ANNEX_SITE if away else employer.siret,
        "020": "200",
        "021": contract.reason_for_fixed_term,
        "024": "99",
        "026": "99",
        "036": "02" if several else "01",
        "037": "03",
        "039": "200",
        "040": employer.activity.risk,
        "041": job.positioning,
        "043": "1.20",
        "084": ("01" if hours < contract.full_measure else "02") if norm == "P27V01" else None,
    }
    return bloc("S21.G00.40", _allowed(rubriques, nature, "40"))


def contract_event_blocs(employment: Employment, contract: Contract, month: date) -> str:
    """Return what follows the contract in a mensuelle: S21.G00.41, 60, 62, 65, 70, 73 and 71."""
    text = _change_blocs(contract, month)
    for arret in contract.arrets:
        if arret.is_declared_in(month):
            returned = arret.returned_on if arret.returned_on and arret.returned_on <= month_end(month) else None
            text += bloc(
                "S21.G00.60",
                {
                    "001": arret.reason,
                    "002": dsn_date(arret.last_day_worked),
                    "003": dsn_date(arret.expected_end),
                    "004": "02",
                    "010": dsn_date(returned) if returned else None,
                    "011": "01" if returned else None,
                },
            )
    if contract.end and contract.ends_in(month):
        day = dsn_date(contract.end)
        text += bloc("S21.G00.62", {"001": day, "002": contract.end_reason, "006": day})
    for suspension in contract.suspensions:
        if suspension.is_declared_in(month):
            rubriques = {
                "001": suspension.reason,
                "002": dsn_date(suspension.start),
                "003": dsn_date(suspension.end),
            }
            text += bloc("S21.G00.65", rubriques)
    return text + affiliation_blocs(employment, contract) + bloc("S21.G00.71", {"002": "RUAA"})


def affiliation_blocs(employment: Employment, contract: Contract, *, nature: str = "01") -> str:
    """Return S21.G00.70 and 73: health for lasting contracts, prévoyance for everybody covered."""
    person, text = employment.person, ""
    numbered = nature != "08"
    if covers_health(employment, contract):
        children = str(employment.children)
        text += bloc(
            "S21.G00.70",
            {
                "004": "FAMILLE" if employment.children else "ISOLE",
                "005": "ENSEMBLE",
                "007": children if employment.children else None,
                "012": "1" if numbered else None,
                "013": "1",
            },
        )
        if employment.children == 2:
            name = person.old_name or person.name
            text += bloc("S21.G00.73", {"003": "02", "005": "14032018", "006": name, "009": "Lucie"})
    if employment.employer.provident:
        population = "CADRE" if contract.job.is_executive else "NON CADRE"
        text += bloc("S21.G00.70", {"005": population, "012": "2" if numbered else None, "013": "2"})
    return text


def covers_health(employment: Employment, contract: Contract) -> bool:
    return employment.employer.health is not None and not contract.counts_days


def _change_blocs(contract: Contract, month: date) -> str:
    """Return one S21.G00.41 per change: identifying data never with a modality, 028 with modalities only."""
    day, text = dsn_date(month), ""
    if contract.moved_on == month:
        text += bloc("S21.G00.41", {"001": day, "012": contract.old_siret})
    if contract.number_from == month:
        text += bloc("S21.G00.41", {"001": day, "014": contract.old_number})
    if contract.start_from == month and contract.old_start:
        text += bloc("S21.G00.41", {"001": day, "021": dsn_date(contract.old_start)})
    if contract.hours_from == month:
        text += bloc("S21.G00.41", {"001": day, "007": money(contract.old_hours), "028": day})
        was_full, is_full = (
            contract.old_hours >= contract.full_measure,
            contract.hours >= contract.full_measure,
        )
        if was_full != is_full:
            text += bloc("S21.G00.41", {"001": day, "008": "10" if was_full else "20", "028": day})
    return text


def _allowed(rubriques: dict[str, str | None], nature: str, short_bloc: str) -> dict[str, str | None]:
    forbidden = FORBIDDEN[nature].get(short_bloc)
    if not forbidden:
        return rubriques
    return {number: value for number, value in rubriques.items() if number not in forbidden}
