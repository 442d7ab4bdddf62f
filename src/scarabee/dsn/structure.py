"""The order of blocs as compiled patterns: one possessive match checks the syntax and the order of a whole part.

The tree is the union of the known norms. A pattern that matches proves its lines clean: code, comma, value between
apostrophes of 1 to 239 characters, line end, blocs in message order (cahier technique §3.4-3.8, §8). What does not
match is not wrong yet: the reader then goes line by line to say what it is.
"""

import re
from dataclasses import dataclass
from functools import lru_cache

from scarabee.dsn.norms import BLOC_PARENTS, KNOWN_VERSIONS, norm

DECLARATION = "S20.G00.05"
PERSON = "S21.G00.30"
AFTER_PEOPLE = "S21.G00.85"

CIVIL = ("001", "002", "004", "006", "019", "020")
"""Rubriques of bloc 30 whose values a match gives: NIR, names, birth date, matricule, NTT."""
LAST_CIVIL = 30

_REST = {b"\n": r",'[^\n]{2,240}+\n(?<='\n)", b"\r\n": r",'[^\n]{3,241}+\n(?<='\r\n)"}


@dataclass(frozen=True, slots=True)
class Patterns:
    """`head`: from S20.G00.05 to the first individu; `tail`: what follows the last one; `person`: one individu.

    Groups of `person`: 1 its bloc 30, then the values of `CIVIL`, each with its closing apostrophe and CR.
    """

    head: re.Pattern[bytes]
    person: re.Pattern[bytes]
    tail: re.Pattern[bytes]


@lru_cache(maxsize=1)
def message_order() -> dict[str, int]:
    """Rank of every known bloc in the message, the newest norm first, blocs of older norms after their siblings."""
    newest = norm(KNOWN_VERSIONS[-1]).blocs
    order = {code: bloc.order for code, bloc in newest.items()}
    for code in BLOC_PARENTS:
        order.setdefault(code, len(order) + 1)
    return order


@lru_cache(maxsize=1)
def children_in_order() -> dict[str, list[str]]:
    """bloc → its children in message order."""
    order = message_order()
    children: dict[str, list[str]] = {}
    for code in sorted(BLOC_PARENTS, key=lambda code: order[code]):
        children.setdefault(BLOC_PARENTS[code], []).append(code)
    return children


@lru_cache(maxsize=2)
def patterns(line_end: bytes) -> Patterns:
    """The patterns for files whose lines end with LF or with CR LF."""
    rest = _REST[line_end]

    def line(bloc: str) -> str:
        return re.escape(bloc) + r"\.[0-9][0-9][0-9]" + rest

    def subtree(bloc: str, *, without: frozenset[str] = frozenset()) -> str:
        inner = "".join(
            f"(?:{subtree(child, without=without)})*+"
            for child in children_in_order().get(bloc, [])
            if child not in without
        )
        return f"(?:{line(bloc)})++{inner}"

    top = children_in_order()[DECLARATION]
    after = [code for code in top if message_order()[code] >= message_order()[AFTER_PEOPLE]]
    below_person = "".join(f"(?:{subtree(child)})*+" for child in children_in_order()[PERSON])
    code, told = re.escape(PERSON), rest.replace(",'", ",'(").replace("}+", "}+)")
    civil = "".join(
        f"(?:{code}\\.{number:03d}{told if f'{number:03d}' in CIVIL else rest})?+"
        for number in range(1, LAST_CIVIL + 1)
    )
    newer = f"(?:{code}\\.(?!0(?:[0-2][0-9]|30))[0-9][0-9][0-9]{rest})*+"
    return Patterns(
        head=re.compile(subtree(DECLARATION, without=frozenset([PERSON, *after])).encode()),
        person=re.compile(f"({civil}{newer}){below_person}".encode()),
        tail=re.compile("".join(f"(?:{subtree(code)})*+" for code in after).encode()),
    )
