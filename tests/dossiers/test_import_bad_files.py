"""What each bad file earns: a line, a rubrique, words; and the dossier as it was before."""

import gzip
import io
import time
import tracemalloc
import zipfile
from collections.abc import Callable

import pytest
from tests.dossiers.small_files import (
    ALAIN,
    ASSOCIATION,
    BRIGITTE,
    OTHER_ASSOCIATION,
    Someone,
    declaration,
    envoi,
    s10,
    small_file,
)

from scarabee.dossiers import contents
from scarabee.dossiers.digests import dossier_digest
from scarabee.dossiers.models import Act, Declaration, Dossier, Employee, ImportFile
from scarabee.dossiers.services.importing import import_file, open_import
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db

Try = Callable[..., ImportFile]
GOOD = small_file()


@pytest.fixture
def attempt(owner: Actor, dossier: Dossier) -> Try:
    """Import bytes, whatever comes of it."""

    def run(data: bytes, into: Dossier = dossier) -> ImportFile:
        act = open_import(actor=owner, dossier=into)
        return import_file(actor=owner, act=act, stream=io.BytesIO(data), name="essai.dsn")

    return run


def cut_before(mark: bytes, offset: int = 0) -> bytes:
    return GOOD[: GOOD.index(mark) + offset]


def insert_line(line: str, before: bytes) -> bytes:
    at = GOOD.index(before)
    return GOOD[:at] + line.encode("latin-1") + b"\n" + GOOD[at:]


def replaced(old: bytes, new: bytes) -> bytes:
    assert old in GOOD
    return GOOD.replace(old, new, 1)


def spreadsheet() -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("[Content_Types].xml", "<Types/>")
        archive.writestr("xl/workbook.xml", "<workbook/>")
    return packed.getvalue()


def archive_of(data: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("mars.dsn", data)
    return packed.getvalue()


FIRST_NET = GOOD.index(b"S21.G00.50.002")
REFUSED = {
    "empty": (b"", 0, "", "vide"),
    "blank": (b"\n\n  \n", 0, "", "vide"),
    "prose": (b"Bonjour, voici la paie.\n", 1, "", "n’est pas une DSN"),
    "table": (b"siret;nom\n84125796700015;Val\n", 1, "", "n’est pas une DSN"),
    "pdf": (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n1 0 obj\n", 1, "", "n’est pas une DSN"),
    "gzip": (gzip.compress(GOOD), 1, "", "n’est pas une DSN"),
    "zip": (archive_of(GOOD), 1, "", "ZIP"),
    "spreadsheet": (spreadsheet(), 1, "", "ZIP"),
    "utf-16 with its mark": (GOOD.decode("latin-1").encode("utf-16"), 1, "", "UTF-16"),
    "utf-16 without": (GOOD.decode("latin-1").encode("utf-16-le"), 1, "", "UTF-16"),
    "a nul byte": (replaced(b"MERCIER", b"MER\0CIER"), 22, "", "nul"),
    "a lone carriage return": (replaced(b"MERCIER", b"MER\rCIER"), 22, "", "contrôle"),
    "only carriage returns": (GOOD.replace(b"\n", b"\r"), 1, "", "contrôle"),
    "an escape character": (replaced(b"MERCIER", b"MER\x1bCIER"), 22, "", "contrôle"),
    "a line of 5 KB": (replaced(b"MERCIER", b"M" * 5000), 22, "", "4096"),
    "cut in the middle of a value": (GOOD[: FIRST_NET + 19], 29, "S21.G00.50.002", "coupée"),
    "cut in the middle of a code": (GOOD[: FIRST_NET + 6], 29, "", "coupé"),
    "cut between two lines": (GOOD[:FIRST_NET], 28, "S90.G00.90.001", "incomplet"),
    "cut before the totals": (cut_before(b"S90.G00.90.001"), 40, "S90.G00.90.001", "incomplet"),
    "no S10": (GOOD[GOOD.index(b"S20.") :], 1, "S20.G00.05.001", "en-tête"),
    "no declaration": (envoi(declaration()[9:]), 9, "S21.G00.06.002", "S20.G00.05"),
    "no SIRET": (replaced(b"S21.G00.11.001,'00015'\n", b""), 9, "S21.G00.11.001", "SIRET"),
    "a SIREN too short": (replaced(b"'841257967'", b"'8412579'"), 9, "S21.G00.06.001", "SIRET"),
    "two SIRETs": (
        insert_line("S21.G00.11.001,'00029'", b"S21.G00.30.001"),
        21,
        "S21.G00.11.001",
        "deux SIRET",
    ),
    "something after the totals": (GOOD + b"S21.G00.30.001,'1'\n", 43, "S21.G00.30.001", "totaux"),
    "prose in the middle": (
        insert_line("total du mois", b"S21.G00.50.001"),
        28,
        "",
        "n’est pas une rubrique",
    ),
    "the second envoi is cut": (GOOD + "\n".join(s10()).encode() + b"\n", 50, "S90.G00.90.001", "incomplet"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_must_be_refused_says_where_and_changes_nothing(
    name: str, attempt: Try, dossier: Dossier, import_bytes: Callable[..., ImportFile]
) -> None:
    import_bytes(dossier, small_file(month="2026-01"))
    before = dossier_digest(dossier)
    data, line, rubrique, words = REFUSED[name]
    row = attempt(data)
    assert row.status == ImportFile.Status.REFUSED, row.report
    (error,) = row.report["errors"]
    assert (error["line"], error["rubrique"]) == (line, rubrique), error
    assert words in error["message"]
    assert dossier_digest(dossier) == before
    assert Declaration.objects.count() == 1


WARNED = {
    "wrong total of rubriques": (envoi(declaration(), totals=(99, 1)), 31, "S90.G00.90.001", "99"),
    "wrong total of declarations": (envoi(declaration(), totals=(32, 4)), 32, "S90.G00.90.002", "4"),
    "utf-8": (GOOD.decode("latin-1").encode(), 1, "", "UTF-8"),
    "a UTF-8 mark": (b"\xef\xbb\xbf" + GOOD, 1, "", "BOM"),
    "a bloc out of order": (
        insert_line("S21.G00.15.001,'X'", b"S90."),
        41,
        "S21.G00.15.001",
        "ordre du message",
    ),
    "a bloc without its parent": (
        insert_line("S21.G00.51.001,'X'", b"S21.G00.40.001"),
        26,
        "S21.G00.51.001",
        "S21.G00.50 était attendu",
    ),
    "a SIRET with a wrong key": (GOOD.replace(b"841257967", b"841257968"), 9, "S21.G00.11.001", "SIRET"),
    "a NIR with a wrong shape": (replaced(b"1850575123456", b"9850575123456"), 21, "S21.G00.30.001", "NIR"),
    "a line of 300 characters": (replaced(b"MERCIER", b"M" * 300), 22, "S21.G00.30.002", "256"),
    "spaces around the comma": (
        replaced(b"002,'MERCIER'", b"002 , 'MERCIER'"),
        22,
        "S21.G00.30.002",
        "espaces",
    ),
    "no apostrophes": (replaced(b"'MERCIER'", b"MERCIER"), 22, "S21.G00.30.002", "apostrophes"),
    "an empty value": (replaced(b"'MERCIER'", b"''"), 22, "S21.G00.30.002", "vide"),
    "no fraction": (replaced(b"S20.G00.05.003,'11'\n", b""), 9, "S20.G00.05.003", "fraction"),
    "an unknown bloc": (
        insert_line("S21.G00.99.001,'1'", b"S21.G00.50.001"),
        28,
        "S21.G00.99.001",
        "inconnu",
    ),
    "a C1 byte": (replaced(b"MERCIER", b"MERCIER\x92"), 1, "", "0x80"),
    "a blank line": (replaced(b"S21.G00.40.001", b"\nS21.G00.40.001"), 26, "", "vide"),
}


@pytest.mark.parametrize("name", WARNED)
def test_an_odd_file_is_kept_byte_for_byte_with_a_warning(name: str, attempt: Try, dossier: Dossier) -> None:
    data, line, rubrique, words = WARNED[name]
    row = attempt(data)
    assert row.status == ImportFile.Status.IMPORTED, row.report["errors"]
    seen = [(one["line"], one["rubrique"]) for one in row.report["warnings"] if words in one["message"]]
    assert (line, rubrique) in seen, row.report["warnings"]
    assert declared(dossier) == [data[data.index(b"S20.") : data.index(b"S90.")]]


def declared(dossier: Dossier) -> list[bytes]:
    return [whole(one) for one in Declaration.objects.filter(dossier=dossier).order_by("pk")]


def whole(one: Declaration) -> bytes:
    """A declaration put together again from what is stored."""
    own = contents.load([one.own_content_id])[one.own_content_id]
    pieces, done = [], 0
    for insert_at, content_id in one.months.order_by("position").values_list("insert_at", "content_id"):
        pieces += [own[done:insert_at], contents.load([content_id])[content_id]]
        done = insert_at
    return b"".join([*pieces, own[done:]])


class OneEndlessLine:
    """A stream of one line of 300 MB, made as it is read."""

    def __init__(self, size: int, start: bytes) -> None:
        self.left, self.start, self.given = size, start, 0

    def read(self, count: int = -1) -> bytes:
        block = self.start + b"A" * (min(count, self.left) - len(self.start))
        self.start, self.left, self.given = b"", self.left - len(block), self.given + len(block)
        return block


@pytest.mark.parametrize("start", [b"", GOOD[: GOOD.index(b"MERCIER")]])
def test_a_line_of_300_mb_is_refused_at_once_with_flat_memory(start: bytes, owner: Actor, dossier: Dossier) -> None:
    stream = OneEndlessLine(300 << 20, start or b"S10.G00.00.001,'")
    act = open_import(actor=owner, dossier=dossier)
    began = time.monotonic()
    tracemalloc.start()
    try:
        row = import_file(actor=owner, act=act, stream=stream, name="longue.dsn")  # type: ignore[arg-type]
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert row.status == ImportFile.Status.REFUSED
    assert "4096" in row.report["errors"][0]["message"]
    assert row.report["errors"][0]["line"] == start.count(b"\n") + 1
    assert stream.given < 20 << 20
    assert peak < 60 << 20
    assert time.monotonic() - began < 10


def test_two_people_with_the_same_matricule_stay_two(attempt: Try, dossier: Dossier) -> None:
    row = attempt(small_file([ALAIN, Someone("1860575123457", "PETIT", "Marc", ALAIN.matricule)]))
    assert row.report["counts"]["employees"] == 2
    assert set(Employee.objects.values_list("family_name", flat=True)) == {"MERCIER", "PETIT"}


def test_the_same_person_under_two_employers_is_an_employee_of_each(attempt: Try) -> None:
    row = attempt(envoi(declaration([ALAIN]), declaration([ALAIN], siret=OTHER_ASSOCIATION)))
    assert row.report["counts"]["employees"] == 2


def test_the_same_file_twice_changes_nothing(attempt: Try, dossier: Dossier) -> None:
    attempt(GOOD)
    before = dossier_digest(dossier)
    row = attempt(GOOD)
    assert row.status == ImportFile.Status.KNOWN
    assert set(row.report["counts"].values()) == {0}
    assert row.report["known_declarations"] == 1
    assert dossier_digest(dossier) == before


def test_the_same_declaration_twice_in_one_file_is_kept_once(attempt: Try) -> None:
    row = attempt(envoi(declaration(), declaration()))
    assert row.report["counts"]["declarations"] == 1
    assert row.report["known_declarations"] == 1


def test_several_envois_in_one_file_are_all_read(attempt: Try, dossier: Dossier) -> None:
    row = attempt(small_file(month="2026-01") + small_file(month="2026-02", siret=OTHER_ASSOCIATION))
    assert row.report["counts"]["declarations"] == 2
    assert dossier.employers.count() == 2


@pytest.mark.parametrize(
    ("first", "second", "net"),
    [
        ({"order": "1"}, {"order": "2", "kind": "03"}, "1600.00"),  # annule et remplace
        ({"order": "2", "kind": "03"}, {"order": "1"}, "1500.00"),  # the same, months read backwards
        ({"order": "1"}, {"order": "1"}, "1600.00"),  # same order number: the newest import
    ],
)
def test_the_same_month_again_with_other_figures_is_a_new_version(
    attempt: Try, first: dict[str, str], second: dict[str, str], net: str
) -> None:
    assert attempt(small_file([ALAIN], **first)).status == ImportFile.Status.IMPORTED
    again = attempt(small_file([Someone(net="1600.00")], **second))
    assert again.status == ImportFile.Status.CHANGED
    assert again.report["changed"] == 1
    assert Declaration.objects.count() == 2
    in_force = Declaration.objects.get(in_force=True)
    assert f"S21.G00.50.002,'{net}'".encode() in whole(in_force)


def test_a_reel_prevails_over_a_later_essai(attempt: Try) -> None:
    attempt(envoi(declaration([ALAIN]), real=True))
    attempt(envoi(declaration([Someone(net="9.00")], order="7")))
    assert Declaration.objects.get(in_force=True).is_real


def test_a_wrong_key_is_kept_as_it_is(attempt: Try, dossier: Dossier) -> None:
    attempt(GOOD.replace(b"841257967", b"841257968"))
    assert dossier.employers.get().siret == f"841257968{ASSOCIATION[9:]}"


def test_a_refused_file_leaves_the_others_of_its_import(owner: Actor, dossier: Dossier) -> None:
    act = open_import(actor=owner, dossier=dossier)
    files = [small_file(month="2026-01"), GOOD[:200], small_file([BRIGITTE], month="2026-02")]
    rows = [
        import_file(actor=owner, act=act, stream=io.BytesIO(data), name=f"{rank}.dsn")
        for rank, data in enumerate(files)
    ]
    assert [row.status for row in rows] == ["imported", "refused", "imported"]
    assert Declaration.objects.count() == 2
    assert Act.objects.get(pk=act.pk).files.count() == 3
