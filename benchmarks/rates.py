"""A CRM nominatif read and applied, against its bare cost: `python -m benchmarks.rates [PEOPLE] [--memoire]`.

The baseline is a bare `lxml.etree.iterparse` over the same file plus the bulk update that it needs: the insertion of
the same rows, applied, for people whose ids are known. The product treats the return as the collector has it treated:
from its stored bytes, it writes down what the return is and about whom, recognises each person by NIR, compares with
the rate in force, looks for what is odd, brings the work list up to date and applies the rates by itself. Both write to
one SQLite that loses nothing on a power cut. The next CRM of an employer, which finds the rates of the first in force,
is measured as well. `--memoire` brings one CRM only and prints the peak memory of the process.
"""

import hashlib
import os
import resource
import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scarabee.dossiers.models import Act, Employer

ROUNDS = 3
BATCH = 10_000
COLUMNS = (
    "dossier_id", "employer_id", "employee_id", "act_id", "item_id", "crm", "rate", "available_on", "valid_until",
    "state", "why", "decided_at", "decided_by",
)  # fmt: skip


def prepare(folder: Path) -> None:
    os.environ["SCARABEE_DONNEES"] = str(folder)
    os.environ["DJANGO_SETTINGS_MODULE"] = "scarabee.settings.desktop"
    os.environ["SCARABEE_CLE_COFFRE"] = str(folder / "cle-coffre")
    import django

    django.setup()
    from scarabee.maintenance.folder import prepare_folder

    prepare_folder()


def nir_of(number: int) -> str:
    return f"{1 + number % 2}{70 + number % 30}0675{100 + number // 1000 % 900:03}{1 + number % 999:03}"[:13]


def employer_of(people: int, number: int) -> "tuple[Employer, Act]":
    """An employer of that many people, in a dossier of its own that takes rates by itself."""
    from django.db import transaction

    from scarabee.dossiers.bulk import insert_rows, next_id
    from scarabee.dossiers.models import Act, Employee, Employer, Identifier
    from scarabee.dossiers.services.dossiers import create_dossier
    from scarabee.maintenance.clock import now
    from scarabee.maintenance.journal import Actor
    from scarabee.returns.services.rate_options import set_option

    owner = Actor.owner()
    dossier = create_dossier(actor=owner, name=f"Banc {number}")
    set_option(actor=owner, dossier=dossier, applies_alone=True)
    act = Act.objects.create(kind=Act.Kind.IMPORT, dossier=dossier, actor_name="Banc", created_at=now())
    employer = Employer.objects.create(
        dossier=dossier, siret=f"{900_000_000 + number}00015", declaring=True, act=act, search_key="banc"
    )
    with transaction.atomic():
        first = next_id(Employee, people)
        shared = ("", "", "", "", "", "", "{}", 0, act.pk)
        names = ("search_key", "ntt", "matricule", "family_name", "given_names", "birth_date", "freshness")
        for start in range(0, people, BATCH):
            ranks = range(start, min(start + BATCH, people))
            insert_rows(
                Employee,
                ("id", "dossier_id", "employer_id", "nir", *names, "typed", "revision", "act_id"),
                ((first + rank, dossier.pk, employer.pk, nir_of(rank), "", *shared) for rank in ranks),
            )
            insert_rows(
                Identifier,
                ("dossier_id", "employer_id", "employee_id", "kind", "value", "act_id"),
                ((dossier.pk, employer.pk, first + rank, "nir", nir_of(rank), act.pk) for rank in ranks),
            )
    return employer, act


def write_crm(path: Path, siret: str, people: int, identifier: str, shift: int) -> None:
    """A CRM nominatif of that many people; `shift` moves every rate by some tenths of a point."""
    with path.open("w", encoding="utf-8") as out:
        out.write(
            '<?xml version="1.0" encoding="UTF-8"?>\n<gipmds:rapport xmlns:gipmds="http://www.gip-mds.fr/" '
            f'profil="DSN" type="CRM nominatif" version="v02r01" identifiant="{identifier}"><envoi>'
            f"<envoi_identification><essai_reel>02</essai_reel><emetteur_siret>{siret}</emetteur_siret>"
            "</envoi_identification><envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi><declaration><declaration_identification><rang>1</rang>"
            f"<SIREN>{siret[:9]}</SIREN><nic_affectation>{siret[9:]}</nic_affectation></declaration_identification>"
            "<declaration_bilan><etat>OK</etat>\n"
        )
        for rank in range(people):
            rate = (rank * 7 % 180 + shift) / 10
            told = "" if rank % 11 == 0 else f"<taux_imposition_PAS>{rate:.1f}0</taux_imposition_PAS>"
            out.write(f"<salarie><NIR>{nir_of(rank)}</NIR><matricule>M{rank:06}</matricule>{told}</salarie>\n")
        out.write("</declaration_bilan></declaration></gipmds:rapport>\n")


def bare(path: Path, employer: "Employer", act: "Act") -> float:
    """Seconds to parse the file and to insert its rates, and nothing else."""
    from django.db import transaction
    from lxml import etree

    from scarabee.dossiers.bulk import insert_rows
    from scarabee.dossiers.models import Employee
    from scarabee.returns.models import PasRate, Return

    item = Return.objects.create(portal="banc", nature="94", siret=employer.siret)
    people = list(Employee.objects.filter(employer=employer).order_by("pk").values_list("pk", flat=True))
    crm = f"banc{path.stem}"
    fixed = ("2026-04-13", "2026-06-30", "applied", "", "2026-04-13 10:00:00", "Banc")
    rows = [
        (
            employer.dossier_id,
            employer.pk,
            pk,
            act.pk,
            item.pk,
            f"banc{path.stem}",
            f"{rank * 7 % 180 / 10:.1f}0",
            *fixed,
        )
        for rank, pk in enumerate(people)
    ]
    start = time.perf_counter()
    with path.open("rb") as source:
        for _, element in etree.iterparse(source, events=("end",)):
            element.clear()
    with transaction.atomic():
        for first in range(0, len(rows), BATCH):
            insert_rows(PasRate, COLUMNS, rows[first : first + BATCH])
    seconds = time.perf_counter() - start
    PasRate.objects.filter(employer=employer, crm=crm).delete()
    return seconds


def product(path: Path, employer: "Employer", day: str, people: int) -> float:
    """Seconds to treat a return that came, from its stored bytes to its rates in force."""
    from datetime import datetime

    from scarabee.accounts.portal.binding import bind_or_refuse
    from scarabee.dossiers import contents
    from scarabee.returns.enums import FetchState
    from scarabee.returns.models import PasRate, Return, ReturnVersion
    from scarabee.returns.services import treating

    item = Return.objects.create(
        portal=bind_or_refuse(), nature="94", fetch=FetchState.FETCHED,
        published_at=datetime.fromisoformat(f"{day}T10:00:00+00:00"),
    )  # fmt: skip
    document = path.read_bytes()
    digest = hashlib.sha256(document)
    (content,) = contents.store([document], [digest.digest()])
    ReturnVersion.objects.create(item=item, content_id=content, sha256=digest.hexdigest(), size=len(document))
    del document
    start = time.perf_counter()
    treating.treat(item)
    seconds = time.perf_counter() - start
    applied = PasRate.objects.filter(item=item, state="applied").count()
    assert applied == people and item.people == people, f"{applied} of {people} rates are applied"
    return seconds


def main() -> None:
    arguments = [argument for argument in sys.argv[1:] if not argument.startswith("-")]
    people = int(arguments[0]) if arguments else 100_000
    with tempfile.TemporaryDirectory(prefix="scarabee-bench-") as name:
        folder = Path(name)
        prepare(folder / "donnees")
        if "--memoire" in sys.argv:
            memory(folder, people)
            return
        ratios: list[float] = []
        for number in range(ROUNDS):
            employer, act = employer_of(people, number)
            for rank, day in enumerate(("2026-04-13", "2026-05-13")):
                path = folder / f"{number}{rank}.xml"
                write_crm(path, employer.siret, people, f"{number + 1}{rank}", rank)
                baseline = bare(path, employer, act)
                took = product(path, employer, day, people)
                ratios.append(took / baseline)
                which = "first CRM" if rank == 0 else "next CRM"
                print(f"{which}: bare {baseline:.2f} s, product {took:.2f} s, ×{ratios[-1]:.2f}")
        print(f"CRM of {people:,} people, read and applied (median of {len(ratios)}): {statistics.median(ratios):.2f}")


def memory(folder: Path, people: int) -> None:
    employer, _ = employer_of(people, 0)
    path = folder / "crm.xml"
    write_crm(path, employer.siret, people, "1", 0)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    seconds = product(path, employer, "2026-04-13", people)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{people:,} people in {seconds:.1f} s, peak memory {peak:.0f} MB ({before:.0f} MB before it)")


if __name__ == "__main__":
    main()
