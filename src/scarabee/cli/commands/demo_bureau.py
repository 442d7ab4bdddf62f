"""The fictional bureau of the demonstration: invented DSN files that go in through the real import."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from scarabee.accounts.services.users import ADMINISTRATOR_NAME, create_user
from scarabee.cli.commands import demo_filings
from scarabee.cli.commands.demo_filings import Awaited
from scarabee.cli.output import Output
from scarabee.dossiers.models import Act, Dossier, ImportFile
from scarabee.dossiers.services import import_runs, importing
from scarabee.dossiers.services.dossiers import create_dossier
from scarabee.dossiers.services.naming import name_employers, read_names_csv
from scarabee.dsn.invention import (
    Bureau,
    Employer,
    invent_bureau,
    month_file,
    replacement_file,
    signalement_files,
)
from scarabee.maintenance.journal import Actor

SEED = 20261
EMPLOYERS = 52
EMPLOYEES_PER_EMPLOYER = (3, 10)
FIRST_MONTH = "2025-11"
DOSSIERS = {
    "Ligue Nord": ("8891A", "8899B"),
    "Réseau culture": ("8552Z", "9499Z"),
    "Sports et loisirs": ("9312Z", "9329Z"),
}
"""The dossiers, by what their associations do (APE): the établissements of one SIREN do the same thing."""
LEFT_WITHOUT_NAME = 3
PASSWORD = "bureau fictif a visiter"
"""Of the account Administrateur: no secret, since everything is invented; *Confirmer* asks for it."""


def build(actor: Actor, out: Output) -> None:
    """Fill an empty data folder: account, dossiers, twelve months of declarations, names of the employers, deposits."""
    user = create_user(actor=actor, username=ADMINISTRATOR_NAME, password=PASSWORD, is_administrator=True)
    bureau = invented()
    shares = _shares(bureau)
    nameless = {employer.siret for employer in bureau.employers[-LEFT_WITHOUT_NAME:]}
    with tempfile.TemporaryDirectory(prefix="scarabee-demo-") as place:
        for rank, (name, employers) in enumerate(shares.items()):
            out.info(f"  {name} : {len(employers)} associations…")
            dossier = create_dossier(actor=actor, name=name)
            sirets = [one.siret for one in employers]
            awaited = demo_filings.awaited(bureau, sirets, rank)
            _import(actor, dossier, _written(bureau, employers, awaited, Path(place)))
            _name(actor, dossier, [one for one in employers if one.siret not in nameless], Path(place))
            demo_filings.file(bureau, dossier, user, sirets, awaited)


def invented() -> Bureau:
    """The fictional bureau: the same on every machine."""
    return invent_bureau(
        SEED, employers=EMPLOYERS, employees_per_employer=EMPLOYEES_PER_EMPLOYER, first_month=FIRST_MONTH
    )


def _shares(bureau: Bureau) -> dict[str, list[Employer]]:
    """The employers of each dossier; what no dossier asks for goes to the last one."""
    shares: dict[str, list[Employer]] = {name: [] for name in DOSSIERS}
    *_, last = DOSSIERS
    for employer in bureau.employers:
        name = next((name for name, codes in DOSSIERS.items() if employer.activity.ape in codes), last)
        shares[name].append(employer)
    return shares


def _written(bureau: Bureau, employers: list[Employer], awaited: Awaited, place: Path) -> Iterator[Path]:
    """Write the files a payroll program would write for these employers, one after the other.

    Those awaited are not in the mensuelles of the last month: they come in as deposits.
    """
    sirets = {employer.siret for employer in employers}
    last = bureau.all_months[-1]
    for month in bureau.all_months:
        path = place / f"mensuelles_{month:%Y-%m}.dsn"
        declared = sirets if month != last else {siret for siret in sirets if siret not in awaited}
        path.write_bytes(month_file(bureau, month, employers=declared, real=True))
        yield path
        if events := signalement_files(bureau, month, employers=sirets, real=True):
            path = place / f"signalements_{month:%Y-%m}.dsn"
            path.write_bytes(b"".join(events))
            yield path
    present = [one.siret for one in employers if one.siret not in awaited and one.declares(last)]
    corrected = next(one.siret for one in employers if one.siret in present and bureau.employed(one, last))
    path = place / f"annule_et_remplace_{last:%Y-%m}.dsn"
    path.write_bytes(replacement_file(bureau, last, employers={corrected}, real=True))
    yield path


def _import(actor: Actor, dossier: Dossier, paths: Iterator[Path]) -> None:
    act: Act = importing.open_import(actor=actor, dossier=dossier)
    for path in paths:
        with path.open("rb") as stream:
            row = importing.import_file(actor=actor, act=act, stream=stream, name=path.name)
        path.unlink()
        if row.status == ImportFile.Status.REFUSED:
            raise RuntimeError(f"{path.name}: {row.report['errors']}")
    import_runs.finish(actor, act)


def _name(actor: Actor, dossier: Dossier, employers: list[Employer], place: Path) -> None:
    """Names come in as a user gives them: in a CSV, since no DSN holds them."""
    path = place / "noms.csv"
    path.write_text("siret;nom\n" + "".join(f"{one.siret};{one.name}\n" for one in employers), encoding="utf-8")
    with path.open("rb") as stream:
        name_employers(actor=actor, dossier=dossier, names=read_names_csv(stream))
