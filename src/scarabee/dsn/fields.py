"""The few values that dossiers sort, match and search by, taken from the verbatim lines.

Everything else stays in the lines and is read by `tree` when a screen shows it.
"""

import re
from dataclasses import dataclass
from typing import NamedTuple

from scarabee.dsn.structure import CIVIL

_ODD_LINE = re.compile(rb"[ \t]*(S\d\d\.G\d\d\.\d\d\.\d\d\d)[ \t]*,[ \t]*'?(.*?)'?[ \t]*\r?\Z", re.DOTALL)
# a contract right behind bloc 30, as nearly all are: start, job, nature, number, expected end
_ONE_CONTRACT = re.compile(
    rb"S21\.G00\.40\.001,'([^\r\n]*)'\r?\n(?:S21\.G00\.40\.00[2-5],[^\n]*\n)*+"
    rb"(?:S21\.G00\.40\.006,'([^\r\n]*)'\r?\n)?+(?:S21\.G00\.40\.007,'([^\r\n]*)'\r?\n)?+"
    rb"(?:S21\.G00\.40\.008,[^\n]*\n)?+(?:S21\.G00\.40\.009,'([^\r\n]*)'\r?\n)?+"
    rb"(?:S21\.G00\.40\.010,'([^\r\n]*)'\r?\n)?+"
)
_TOLD = re.compile(r"S21\.G00\.(40\.0(?:0[1679]|10)|41\.0(?:12|14|21)|62\.00[12]),'([^\r\n]*)'")
_EMPLOYER_LINES = re.compile(rb"(?:S21\.G00\.(?:06|11)\.[^\n]*+\n)++")
_EVENT_DATES = (b"S21.G00.62.001", b"S21.G00.60.010", b"S21.G00.60.002", b"S21.G00.40.001")


class ContractRead(NamedTuple):
    """A contract as one declaration tells it; dates JJMMAAAA as declared, empty where nothing is said."""

    number: str
    start: str
    end: str
    end_reason: str
    former_number: str
    former_start: str
    former_siret: str
    nature: str
    job: str
    expected_end: str


class PersonRead(NamedTuple):
    """A person as one declaration tells it. `former_nirs` comes from 31.008."""

    nir: str
    ntt: str
    matricule: str
    family_name: str
    given_names: str
    birth_date: str
    former_nirs: tuple[str, ...]
    contracts: tuple[ContractRead, ...]


@dataclass(frozen=True, slots=True)
class DeclarationRead:
    """The identity of a declaration, S20.G00.05 (dsn-format §4). `month` AAAA-MM, `made_on` AAAAMMJJ."""

    nature: str
    type: str
    month: str
    champ: str
    fraction: str
    order_number: str
    order_rank: int
    made_on: str
    replaces: str


@dataclass(frozen=True, slots=True)
class EnvoiRead:
    """What S10.G00.00 and .01 say of the envoi."""

    norm: str
    is_real: bool
    depot: str
    sender: str
    sender_name: str


def text(value: bytes) -> str:
    """ISO-8859-1, or UTF-8 where the bytes are plainly that (tolerance for files written against the norm)."""
    if _may_be_utf8(value):
        try:
            return value.decode("utf-8")
        except UnicodeDecodeError:
            pass
    return value.decode("latin-1")


def _may_be_utf8(value: bytes) -> bool:
    """Whether a byte is there that starts the UTF-8 of French letters; in ISO-8859-1 they are rare capitals."""
    return not value.isascii() and (b"\xc3" in value or b"\xc2" in value or b"\xc5" in value or b"\xe2" in value)


def line_values(lines: bytes) -> dict[bytes, bytes]:
    """{S21.G00.30.002: value} of verbatim lines; the first value wins where a rubrique comes twice."""
    values: dict[bytes, bytes] = {}
    for line in lines.split(b"\n"):
        if line[14:16] == b",'" and line.startswith(b"S"):
            values.setdefault(line[:14], line[16 : -2 if line.endswith(b"\r") else -1])
        elif line and (found := _ODD_LINE.match(line)):
            values.setdefault(found[1], found[2])
    return values


def read_person(part: bytes, civil_end: int, civil: tuple[bytes | None, ...] | None = None) -> PersonRead:
    """The identity, former numbers and contracts told by a person's part whose bloc 30 ends at `civil_end`.

    `civil`: the values of `structure.CIVIL` as a match of clean lines gave them (`reader.Person.civil`); without it
    the lines are read one by one, spaces around the comma and missing quotes included.
    """
    if civil is not None:
        end = -2 if part[civil_end - 2 : civil_end - 1] == b"\r" else -1
        nir, family_name, given_names, birth_date, matricule, ntt = [
            value[:end].decode("latin-1") if value else "" for value in civil
        ]
        if _may_be_utf8(part[:civil_end]):
            family_name, given_names = text(family_name.encode("latin-1")), text(given_names.encode("latin-1"))
    else:
        get = line_values(part[:civil_end]).get
        nir, family_name, given_names, birth_date, matricule, ntt = [
            text(get(f"S21.G00.30.{number}".encode(), b"")) for number in CIVIL
        ]
    versement = part.find(b"\nS21.G00.50.", civil_end - 1) + 1 or len(part)
    former: tuple[str, ...] = ()
    head = _ONE_CONTRACT.match(part, civil_end)
    if (
        head is not None
        and part.find(b"S21.G00.40.001,", head.end(), versement) < 0
        and part.find(b"S21.G00.41.", head.end(), versement) < 0
        and part.find(b"S21.G00.62.", head.end(), versement) < 0
    ):
        start, job, kind, number, expected_end = [value.decode("latin-1") if value else "" for value in head.groups()]
        if _may_be_utf8(head[0]):
            job = text(job.encode("latin-1"))
        contracts: tuple[ContractRead, ...] = (
            ContractRead(number[:40], start[:10], "", "", "", "", "", kind[:4], job[:120], expected_end[:10]),
        )
    else:
        middle = part[civil_end:versement]
        former = tuple(text(value).strip() for value in _values(middle, b"S21.G00.31.008,'"))
        contracts = _contracts(text(middle))
    return PersonRead(nir.strip(), ntt.strip(), matricule, family_name, given_names, birth_date, former, contracts)


def read_declaration(head: bytes) -> DeclarationRead:
    """The identity of the declaration whose own part starts with `head`."""
    values = line_values(head[: head.find(b"\nS21.") + 1] if b"\nS21." in head else head)

    def get(number: bytes) -> str:
        return text(values.get(b"S20.G00.05." + number, b"")).strip()

    order = get(b"004")
    return DeclarationRead(
        nature=get(b"001")[:4],
        type=get(b"002")[:4],
        month=month_of(get(b"005")),
        champ=get(b"008")[:4],
        fraction=get(b"003")[:4],
        order_number=order[:20],
        order_rank=int(order) if order.isascii() and order.isdigit() and len(order) <= 15 else -1,
        made_on=sortable_date(get(b"007")),
        replaces=get(b"006")[:30],
    )


def read_envoi(lines: bytes) -> EnvoiRead:
    """What the S10 lines say. An envoi is réel only when 00.005 says 02."""
    values = line_values(lines)

    def get(code: bytes) -> str:
        return text(values.get(code, b"")).strip()

    return EnvoiRead(
        norm=get(b"S10.G00.00.006")[:10],
        is_real=get(b"S10.G00.00.005") == "02",
        depot=get(b"S10.G00.00.007")[:2],
        sender=(get(b"S10.G00.01.001") + get(b"S10.G00.01.002"))[:20],
        sender_name=get(b"S10.G00.01.003")[:80],
    )


def employer_lines(head: bytes) -> bytes:
    """Blocs S21.G00.06 and S21.G00.11 of a declaration's own part, verbatim."""
    return b"".join(_EMPLOYER_LINES.findall(head))


def event_date(part: bytes) -> str:
    """The date (AAAAMMJJ) of what a signalement tells: end of contract, resumption, last day worked, start."""
    for code in _EVENT_DATES:
        for value in _values(part, code + b",'"):
            if found := sortable_date(text(value)):
                return found
    return ""


def month_of(date: str) -> str:
    """01MMAAAA → AAAA-MM; empty when it is no such date."""
    return f"{date[4:8]}-{date[2:4]}" if _is_date(date) else ""


def sortable_date(date: str) -> str:
    """JJMMAAAA → AAAAMMJJ; empty when it is no date."""
    return date[4:8] + date[2:4] + date[:2] if _is_date(date) else ""


def _is_date(date: str) -> bool:
    return (
        len(date) == 8 and date.isascii() and date.isdigit()
        and 1 <= int(date[:2]) <= 31 and 1 <= int(date[2:4]) <= 12 and date[4:] >= "1900"
    )  # fmt: skip


def _contracts(middle: str) -> tuple[ContractRead, ...]:
    """The contracts told between bloc 30 and the first bloc 50: each opens with its bloc 40; 41 and 62 speak of it."""
    contracts: list[ContractRead] = []
    told: dict[str, str] = {}
    opened = ""
    for code, value in _TOLD.findall(middle):
        if code[:2] == "40" and (opened >= code or opened[:2] != "40"):
            if told:
                contracts.append(_contract(told))
            told = {}
        opened = code
        told.setdefault(code, value)
    if told:
        contracts.append(_contract(told))
    return tuple(contracts)


def _contract(told: dict[str, str]) -> ContractRead:
    get = told.get
    return ContractRead(
        get("40.009", "")[:40],
        get("40.001", "")[:10],
        get("62.001", "")[:10],
        get("62.002", "")[:5],
        get("41.014", "")[:40],
        get("41.021", "")[:10],
        get("41.012", "")[:14],
        get("40.007", "")[:4],
        get("40.006", "")[:120],
        get("40.010", "")[:10],
    )


def _values(lines: bytes, start: bytes) -> list[bytes]:
    values: list[bytes] = []
    at = lines.find(start)
    while at >= 0:
        end = lines.find(b"\n", at)
        values.append(lines[at + len(start) : end if end >= 0 else len(lines)].rstrip(b"\r")[:-1])
        at = lines.find(start, at + 1)
    return values
