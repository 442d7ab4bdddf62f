"""Reads a DSN file as a stream of envois, declarations and people, over bytes, with flat memory.

Bytes are never decoded nor changed here: what the events carry, put end to end, is the file. Most of a file goes by
in one regular expression per person (see `structure`); lines that are not clean are read one by one, and end as a
warning or as a `DsnError` that names the line (design §2, "Read, warned or refused").
"""

import re
from collections.abc import Generator, Iterator
from itertools import pairwise
from typing import BinaryIO

from scarabee.dsn.errors import DsnError, Warnings
from scarabee.dsn.events import DeclarationEnd, DeclarationStart, EnvoiEnd, EnvoiStart, Event, Person
from scarabee.dsn.lines import MAX_PART_BYTES, Lines
from scarabee.dsn.norms import BLOC_PARENTS, PERSON_BLOCS
from scarabee.dsn.structure import message_order, patterns
from scarabee.dsn.unfinished import OpenDeclaration, OpenEnvoi

LONGEST_NORMAL_LINE = 256

_STRICT = re.compile(rb"(S\d\d\.G\d\d\.\d\d)\.(\d\d\d),'([^\r\n]+)'\r?\n?\Z")
_TOLERANT = re.compile(rb"[ \t]*(S\d\d\.G\d\d\.\d\d)\.(\d\d\d)[ \t]*,[ \t]*(.*?)[ \t]*\r?\n?\Z", re.DOTALL)
_PERSON_CODES = frozenset(code.encode() for code in PERSON_BLOCS)
_KNOWN_CODES = frozenset(code.encode() for code in BLOC_PARENTS)
_OUTSIDE_PERSON = _KNOWN_CODES - _PERSON_CODES
_PERSON = b"S21.G00.30"
_IN_ETABLISSEMENT = [b"S20.G00.05", b"S21.G00.06", b"S21.G00.11"]


def read(stream: BinaryIO, *, warnings: Warnings) -> Iterator[Event]:
    """Yield the events of a DSN file, in its order.

    `stream` gives bytes (`read(n)`). Raises `DsnError` as soon as the file must be refused: the events before it are
    then worth nothing. Remarks that refuse nothing go to `warnings`.
    """
    return _Reader(stream, warnings).events()


class _Reader:
    def __init__(self, stream: BinaryIO, warnings: Warnings) -> None:
        self.warnings = warnings
        self.lines = Lines(stream, warnings)
        self.envoi: OpenEnvoi | None = None
        self.declaration: OpenDeclaration | None = None
        self.in_lot = False
        # the slow way's memory: the line before, the blocs open, the rank of the last child of each
        self.previous = (b"", b"")
        self.path: list[bytes] = []
        self.last_child: dict[bytes, int] = {}

    def events(self) -> Iterator[Event]:
        lines = self.lines
        shapes = patterns(lines.line_end)
        while lines.position < len(lines.buffer) or lines.fill():
            start, buffer = lines.position, lines.buffer
            if buffer.startswith(b"S21.G00.30.", start):
                if self.is_new_person(buffer[start + 11 : start + 14]) and (yield from self.fast_people(shapes.person)):
                    continue
            elif buffer.startswith(b"S20.G00.05.001,", start):
                if (yield from self.fast_head(shapes.head)):
                    continue
            elif buffer.startswith((b"S21.G00.85.", b"S89."), start) and (yield from self.fast_tail(shapes.tail)):
                continue
            yield from self.slow_line()
        if self.declaration is not None or (self.envoi is not None and not self.envoi.is_closed):
            raise self.missing_totals(lines.last_number())
        yield from self.close_envoi()

    # -- the fast way: a whole part in one match ----------------------------------------------------------------

    def is_new_person(self, rubrique: bytes) -> bool:
        return self.declaration is not None and (self.previous[0] != _PERSON or rubrique <= self.previous[1])

    def fast_people(self, pattern: re.Pattern[bytes]) -> Generator[Event, None, bool]:
        """All clean people from here on. Returns whether there was one."""
        declaration, lines = self.declaration, self.lines
        assert declaration is not None
        if declaration.part:
            yield declaration.take_person()
        yield from self.announce(declaration)
        insert_at, advanced = declaration.own_size, False
        while match := lines.match(pattern):
            start, (civil_end, end), buffer = lines.position, (match.end(1), match.end()), lines.buffer
            following = buffer[end : end + 10]
            if following == _PERSON:
                # nothing but bloc 30, then bloc 30 again: an odd line, or two people that only line by line can tell
                if end == civil_end:
                    break
            elif end == start or following not in _OUTSIDE_PERSON:
                break
            lines.position = end
            declaration.people += 1
            advanced = True
            yield Person(buffer[start:end], civil_end - start, insert_at, start, lines, match.group(2, 3, 4, 5, 6, 7))
            if following != _PERSON:
                break
        if advanced:
            self.step_to([*_IN_ETABLISSEMENT], _PERSON)
        return advanced

    def fast_head(self, pattern: re.Pattern[bytes]) -> Generator[Event, None, bool]:
        """A clean declaration's own lines before its first individu. Returns whether they were."""
        lines = self.lines
        if self.envoi is None or self.envoi.is_closed:
            return False
        match = lines.match(pattern)
        if match is None:
            return False
        end = match.end()
        head = lines.buffer[lines.position : end]
        if (
            not lines.buffer.startswith((b"S21.G00.30.", b"S21.G00.85.", b"S20.G00.05.", b"S89.", b"S90.G00.90."), end)
            or head.count(b"S20.G00.05.001,") != 1
            or head.count(b"\nS21.G00.06.001,") != 1
            or head.count(b"\nS21.G00.11.001,") != 1
        ):
            return False
        yield from self.close_declaration()
        yield from self.announce_envoi(self.envoi)
        declaration = self.declaration = OpenDeclaration(0, start=lines.position)
        lines.position = end
        declaration.sirens.add(_value(head, b"\nS21.G00.06.001,'"))
        declaration.nics.add(_value(head, b"\nS21.G00.11.001,'"))
        declaration.add_own(head)
        self.step_to([*_IN_ETABLISSEMENT], b"")
        if lines.buffer.startswith((b"S21.G00.30.", b"S20.", b"S90."), end):
            yield from self.announce(declaration)
        else:
            declaration.line = lines.number_at(declaration.start)
        return True

    def fast_tail(self, pattern: re.Pattern[bytes]) -> Generator[Event, None, bool]:
        """Clean own lines after the people, up to the declaration's end. Returns whether they were."""
        declaration, lines = self.declaration, self.lines
        match = lines.match(pattern) if declaration is not None else None
        if declaration is None or match is None:
            return False
        end = match.end()
        if end == lines.position or not lines.buffer.startswith((b"S20.G00.05.", b"S90.G00.90."), end):
            return False
        if declaration.part:
            yield declaration.take_person()
        yield from self.announce(declaration)
        declaration.add_own(lines.buffer[lines.position : end])
        lines.position = end
        self.step_to([b"S20.G00.05"], b"S21.G00.85")
        return True

    def step_to(self, path: list[bytes], last: bytes) -> None:
        """Tell the slow way where the fast way stopped."""
        order = message_order()
        self.path, self.previous = path, (b"", b"")
        self.last_child = {above: order[bloc.decode()] for above, bloc in pairwise([*path, last]) if bloc}

    # -- the slow way: one line, whatever it is -----------------------------------------------------------------

    def slow_line(self) -> Iterator[Event]:
        raw, number = self.lines.take()
        bloc, rubrique, value = self.parse(raw, number)
        if not bloc:
            self.keep_blank(raw)
            return
        if bloc.startswith((b"S05", b"S06", b"S95", b"S96")):
            yield from self.lot_line(bloc, number)
        elif bloc.startswith(b"S10"):
            yield from self.s10_line(raw, bloc, rubrique, number)
        elif bloc.startswith(b"S90"):
            yield from self.s90_line(bloc, rubrique, value, number)
        else:
            yield from self.declaration_line(raw, bloc, rubrique, value, number)
        self.previous = (bloc, rubrique)

    def parse(self, raw: bytes, number: int) -> tuple[bytes, bytes, bytes]:
        """(bloc, rubrique, value) of a line, three empty ones for a blank line; remarks or refuses what is odd."""
        strict = _STRICT.match(raw)
        if strict:
            bloc, rubrique, value = strict.groups()
        else:
            if not raw.strip():
                self.warnings.add(number, "", "une ligne vide est gardée telle quelle.")
                return b"", b"", b""
            found = _TOLERANT.match(raw)
            if not found:
                seen = raw[:40].decode("latin-1").strip()
                if not raw.endswith(b"\n") and number > 1:
                    raise DsnError(
                        f"le fichier est coupé : sa dernière ligne, « {seen} », n’est pas entière. "
                        "Redemandez le fichier ou exportez-le de nouveau.",
                        line=number,
                    )
                raise DsnError(f"« {seen} » n’est pas une rubrique : Sxx.Gyy.zz.nnn,'valeur' attendu.", line=number)
            bloc, rubrique, given = found.groups()
            code = _code(bloc, rubrique)
            if given == b"'" or given.startswith(b"'") != given.endswith(b"'"):
                raise DsnError(
                    "la ligne est coupée : une apostrophe manque autour de la valeur. "
                    "Le fichier est sans doute incomplet : exportez-le de nouveau.",
                    line=number,
                    rubrique=code,
                )
            value = given[1:-1] if given.startswith(b"'") else given
            if not value:
                self.warnings.add(number, code, "la valeur est vide ; la norme demande d’omettre la ligne.")
            elif not given.startswith(b"'"):
                self.warnings.add(number, code, "la valeur n’est pas entre apostrophes.")
            else:
                self.warnings.add(number, code, "des espaces entourent la virgule ou la ligne.")
        if len(raw.rstrip(b"\r\n")) > LONGEST_NORMAL_LINE:
            self.warnings.add(number, _code(bloc, rubrique), "la ligne dépasse les 256 caractères de la norme.")
        return bloc, rubrique, value

    def keep_blank(self, raw: bytes) -> None:
        declaration = self.declaration
        if declaration is not None:
            if self.envoi is not None:
                self.envoi.blank_lines += 1
            (declaration.add_part if declaration.part else declaration.add_own)(raw)
        elif self.envoi is not None and not self.envoi.is_closed and not self.envoi.announced:
            self.envoi.s10.append(raw)
            self.envoi.blank_lines += 1

    def lot_line(self, bloc: bytes, number: int) -> Iterator[Event]:
        if self.declaration is not None or (self.envoi is not None and self.envoi.s10 and not self.envoi.is_closed):
            raise self.missing_totals(number)
        self.warnings.add_once(
            "lot", number, "", "le fichier est un lot de plateforme ; son enveloppe n’est pas gardée."
        )
        yield from self.close_envoi()
        self.in_lot = not bloc.startswith(b"S95")

    def s10_line(self, raw: bytes, bloc: bytes, rubrique: bytes, number: int) -> Iterator[Event]:
        if self.declaration is not None:
            raise self.missing_totals(number)
        if self.envoi is None or self.envoi.is_closed:
            yield from self.close_envoi()
            self.envoi = OpenEnvoi(number)
        self.check_place(bloc, rubrique, number)
        self.envoi.s10.append(raw)

    def s90_line(self, bloc: bytes, rubrique: bytes, value: bytes, number: int) -> Iterator[Event]:
        code = _code(bloc, rubrique)
        if self.envoi is None:
            raise DsnError(
                "les totaux arrivent sans envoi : une rubrique S10 était attendue.", line=number, rubrique=code
            )
        yield from self.close_declaration()
        if rubrique in self.envoi.totals:
            self.warnings.add(number, code, "le total est donné deux fois.")
        self.envoi.totals.setdefault(rubrique, value)
        self.envoi.totals_line = number
        self.envoi.total_lines.setdefault(rubrique, number)

    def declaration_line(self, raw: bytes, bloc: bytes, rubrique: bytes, value: bytes, number: int) -> Iterator[Event]:
        code = _code(bloc, rubrique)
        new = bloc != self.previous[0] or rubrique <= self.previous[1]
        if self.envoi is None and self.in_lot:
            self.envoi = OpenEnvoi(number)
        if self.envoi is None:
            raise DsnError(
                "l’envoi n’a pas d’en-tête : une rubrique S10.G00.00 était attendue avant.", line=number, rubrique=code
            )
        if self.envoi.is_closed:
            raise DsnError("des rubriques suivent les totaux S90 de l’envoi.", line=number, rubrique=code)
        # a line doubled or out of order begins nothing: only 001 does, or a bloc that was left
        if bloc == b"S20.G00.05" and (bloc != self.previous[0] or rubrique == b"001"):
            yield from self.close_declaration()
            yield from self.announce_envoi(self.envoi)
            self.declaration = OpenDeclaration(number)
        declaration = self.declaration
        if declaration is None:
            raise DsnError("une rubrique S20.G00.05 (déclaration) était attendue avant.", line=number, rubrique=code)
        self.check_place(bloc, rubrique, number)
        if bloc == _PERSON and new:
            if declaration.part:
                yield declaration.take_person()
            yield from self.announce(declaration)
            declaration.people += 1
            declaration.part_line = number
            declaration.add_part(raw)
            declaration.civil_end = declaration.part_size
        elif declaration.part and not _ends_person(bloc):
            if bloc == _PERSON and declaration.civil_end == declaration.part_size:
                declaration.civil_end += len(raw)
            declaration.add_part(raw)
        else:
            if declaration.part:
                yield declaration.take_person()
            self.note_siret(declaration, bloc, rubrique, value, number)
            declaration.add_own(raw)
        if max(declaration.own_size, declaration.part_size) > MAX_PART_BYTES:
            raise DsnError("la déclaration ou l’individu dépasse 64 Mo : ce n’est pas plausible.", line=number)

    def note_siret(self, declaration: OpenDeclaration, bloc: bytes, rubrique: bytes, value: bytes, number: int) -> None:
        if rubrique != b"001" or bloc not in (b"S21.G00.06", b"S21.G00.11"):
            return
        seen = declaration.sirens if bloc == b"S21.G00.06" else declaration.nics
        seen.add(value)
        if len(seen) > 1:
            raise DsnError(
                "deux SIRET dans une même déclaration : un seul établissement (S21.G00.11) était attendu.",
                line=number,
                rubrique=_code(bloc, rubrique),
            )

    def check_place(self, bloc: bytes, rubrique: bytes, number: int) -> None:
        """Remark a bloc that no norm knows, that lacks its parent, or that comes out of order."""
        if self.path and self.path[-1] == bloc and self.previous[0] == bloc and rubrique > self.previous[1]:
            return
        code, name = _code(bloc, rubrique), bloc.decode()
        if bloc in (b"S10.G00.00", b"S20.G00.05"):
            self.path, self.last_child = [bloc], {}
            return
        if bloc not in _KNOWN_CODES:
            message = f"le bloc {name} est inconnu des normes publiées ; il est gardé tel quel."
            self.warnings.add_once(f"unknown {name}", number, code, message)
            return
        parent = BLOC_PARENTS[name].encode()
        if parent not in self.path:
            if self.path[:1] != [bloc]:
                message = f"le bloc {name} n’est pas à sa place : {parent.decode()} était attendu avant."
                self.warnings.add(number, code, message)
            return
        del self.path[self.path.index(parent) + 1 :]
        rank = message_order()[name]
        if rank < self.last_child.get(parent, 0):
            self.warnings.add(number, code, f"le bloc {name} n’est pas à sa place dans l’ordre du message.")
        self.last_child[parent] = max(rank, self.last_child.get(parent, 0))
        self.last_child.pop(bloc, None)
        self.path.append(bloc)

    # -- openings and closings ----------------------------------------------------------------------------------

    def announce_envoi(self, envoi: OpenEnvoi) -> Iterator[Event]:
        if not envoi.announced:
            envoi.announced = True
            yield EnvoiStart(b"".join(envoi.s10), envoi.line)

    def announce(self, declaration: OpenDeclaration) -> Iterator[Event]:
        """Tell of the declaration before its first individu, or at its end."""
        if declaration.announced:
            return
        declaration.announced = True
        siret = b"".join([*declaration.sirens, *declaration.nics])
        if len(declaration.sirens) != 1 or len(declaration.nics) != 1 or len(siret) != 14 or not siret.isalnum():
            raise DsnError(
                "la déclaration n’a pas de SIRET : S21.G00.06.001 (SIREN, 9 chiffres) et S21.G00.11.001 "
                "(NIC, 5 chiffres) étaient attendus.",
                line=declaration.line or self.lines.number_at(declaration.start),
                rubrique="S21.G00.06.001" if len(b"".join(declaration.sirens)) != 9 else "S21.G00.11.001",
            )
        window = None if declaration.line else self.lines
        start = declaration.line or declaration.start
        yield DeclarationStart(b"".join(declaration.own), siret.decode("latin-1"), start, window)

    def close_declaration(self) -> Iterator[Event]:
        declaration = self.declaration
        if declaration is None or self.envoi is None:
            return
        if declaration.part:
            yield declaration.take_person()
        yield from self.announce(declaration)
        self.envoi.declarations += 1
        self.declaration = None
        yield DeclarationEnd(b"".join(declaration.own), declaration.people)

    def close_envoi(self) -> Iterator[Event]:
        """The envoi is over: compare its totals with what was read, as remarks."""
        envoi, self.envoi = self.envoi, None
        if envoi is None:
            return
        for rubrique, counted, what in (
            (b"001", envoi.rubriques, "rubriques"),
            (b"002", envoi.declarations, "déclarations"),
        ):
            given, code = envoi.totals.get(rubrique, b""), f"S90.G00.90.{rubrique.decode()}"
            if not given:
                self.warnings.add(envoi.totals_line, code, f"le total manque ; le fichier contient {counted} {what}.")
            elif not given.isdigit() or int(given[:20]) != counted:
                said = given[:20].decode("latin-1")
                message = f"le total annonce {said} {what}, le fichier en contient {counted}."
                self.warnings.add(envoi.total_lines[rubrique], code, message)
        if not envoi.declarations:
            self.warnings.add(envoi.line, "S20.G00.05", "l’envoi ne contient aucune déclaration.")
        yield from self.announce_envoi(envoi)
        yield EnvoiEnd(self.lines.offset)

    def missing_totals(self, line: int) -> DsnError:
        return DsnError(
            "le fichier est incomplet : les totaux S90.G00.90 attendus à la fin de l’envoi manquent. "
            "Redemandez le fichier ou exportez-le de nouveau.",
            line=line,
            rubrique="S90.G00.90.001",
        )


def _code(bloc: bytes, rubrique: bytes) -> str:
    return f"{bloc.decode()}.{rubrique.decode()}"


def _ends_person(code: bytes) -> bool:
    """Whether a line of this bloc ends a person's part: a known bloc outside 30, or anything that is not S21."""
    return code not in _PERSON_CODES and (code[:3] != b"S21" or code in _KNOWN_CODES)


def _value(lines: bytes, start: bytes) -> bytes:
    at = lines.find(start) + len(start)
    return lines[at : lines.find(b"\n", at)].rstrip(b"\r")[:-1]
