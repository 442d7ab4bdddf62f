import io
from collections.abc import Callable

import pytest

from scarabee.dossiers.models import Dossier, Employer
from scarabee.dossiers.services.dossiers import archive_dossier
from scarabee.dossiers.services.naming import NameLine, name_employers, read_names_csv
from scarabee.dsn.identifiers import siret_is_valid
from scarabee.dsn.invention import invent_bureau, month_file
from scarabee.maintenance.errors import NotVisible, Refusal
from scarabee.maintenance.journal import Actor

pytestmark = pytest.mark.django_db


@pytest.fixture
def filled(dossier: Dossier, import_bytes: Callable[..., object]) -> Dossier:
    bureau = invent_bureau(13, employers=3, months=1)
    import_bytes(dossier, month_file(bureau, bureau.first_month))
    return dossier


def sirets(dossier: Dossier) -> list[str]:
    return list(dossier.employers.order_by("siret").values_list("siret", flat=True))


def test_names_are_shown_and_searched(owner: Actor, filled: Dossier) -> None:
    one, two, three = sirets(filled)
    before = filled.revision
    report = name_employers(actor=owner, dossier=filled, names=[(one, " L’Œillet  d’Été "), (two, "Club"), (three, "")])
    assert report.named == [one, two] and [remark.siret for remark in report.remarks] == [three]
    employer = Employer.objects.get(siret=one)
    assert employer.name == "L’Œillet d’Été" and employer.search_key.startswith("l oeillet d ete ")
    assert employer.revision == 1
    again = name_employers(actor=owner, dossier=filled, names=[(one, "L’Œillet d’Été"), (two, "Club 2")])
    assert (again.unchanged, again.named) == (1, [two])
    filled.refresh_from_db()
    assert filled.revision >= before + 2


def test_what_names_nobody_is_told_with_its_line(owner: Actor, filled: Dossier) -> None:
    one, two, _ = sirets(filled)
    text = f"SIRET;Nom\n{one};Un\n1,23457E+13;Tableur\n99999999999999;Inconnu\n{two};\n\n{one};Autre\n{one};Un\n"
    report = name_employers(actor=owner, dossier=filled, names=read_names_csv(io.BytesIO(text.encode())))
    assert report.named == [one]
    assert [remark.line for remark in report.remarks] == [3, 4, 5, 7]
    assert "n’est pas un SIRET" in report.remarks[0].message
    assert "aucun employeur" in report.remarks[1].message
    assert "vide" in report.remarks[2].message
    assert "plus haut" in report.remarks[3].message
    assert Employer.objects.get(siret=two).name == ""


@pytest.mark.parametrize(
    "raw",
    [
        "siret;nom\r\n12345678200010;Été, l’asso\r\n".encode(),
        "\ufeffsiret;nom\n12345678200010;Été, l’asso".encode(),
        "12345678200010;Été, l’asso\n".encode("cp1252"),
        '12345678200010,"Été, l’asso"\n'.encode(),
        "12345678200010\tÉté, l’asso\n".encode("utf-16"),
        "Raison sociale;Ville;N° SIRET\nÉté, l’asso;Val;123 456 782 00010\n".encode(),
        '="12345678200010";Été, l’asso;reste\n'.encode(),
    ],
)
def test_a_csv_is_read_however_it_was_written(raw: bytes) -> None:
    (line,) = read_names_csv(io.BytesIO(raw))
    assert line.name == "Été, l’asso"
    assert "".join(c for c in line.siret if c.isdigit()) == "12345678200010"


def test_zeros_that_a_spreadsheet_took_away_are_put_back(owner: Actor, filled: Dossier) -> None:
    siret = next(f"00{n:09d}012" for n in range(10**6) if siret_is_valid(f"00{n:09d}012"))
    Employer.objects.filter(siret=sirets(filled)[0]).update(siret=siret)
    report = name_employers(actor=owner, dossier=filled, names=[NameLine(siret.lstrip("0").zfill(10), "Zéro", 1)])
    assert report.named == [siret]


@pytest.mark.parametrize("raw", [b"PK\x03\x04\0\0", b"\xff\xfe\x00", b"a" * ((10 << 20) + 1)])
def test_what_is_no_csv_is_refused(raw: bytes) -> None:
    with pytest.raises(Refusal) as refused:
        read_names_csv(io.BytesIO(raw))
    assert "CSV" in refused.value.remedy


def test_an_empty_file_names_nobody(owner: Actor, filled: Dossier) -> None:
    assert read_names_csv(io.BytesIO(b"")) == []
    assert name_employers(actor=owner, dossier=filled, names=[]).named == []


def test_only_who_may_write_names(owner: Actor, filled: Dossier, user_with: Callable[..., Actor]) -> None:
    names = [(sirets(filled)[0], "Volé")]
    with pytest.raises(Refusal, match="pas le droit"):
        name_employers(actor=user_with("Léo", {filled: "lecture"}), dossier=filled, names=names)
    with pytest.raises(NotVisible):
        name_employers(actor=user_with("Nina", {}), dossier=filled, names=names)
    archive_dossier(actor=owner, dossier=filled)
    with pytest.raises(Refusal, match="archivé"):
        name_employers(actor=owner, dossier=filled, names=names)
    assert not Employer.objects.filter(name="Volé").exists()
