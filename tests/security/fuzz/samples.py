"""What the walks begin with: invented files, and the official examples where they are."""

import io
import tarfile
import zipfile
from collections.abc import Sequence
from functools import cache
from pathlib import Path

from tests.dossiers.small_files import ALAIN, BRIGITTE, declaration, envoi
from tests.netentreprises.documents.corpora import every_family

from scarabee.dsn.invention.mixtures import random_declarations

SHARED = Path(__file__).resolve().parents[4] / "shared" / "data"
LARGEST = 60_000
"""Bytes of an example that is taken whole: a large one only costs time."""


@cache
def dsn_files() -> Sequence[bytes]:
    """Small invented files of every kind, and the samples that are small enough."""
    given = [path.read_bytes() for path in sorted(SHARED.glob("dsn/*/*.dsn")) if path.stat().st_size < LARGEST]
    return [envoi(declaration((ALAIN, BRIGITTE))), *random_declarations(7, 12), *given]


@cache
def documents() -> Sequence[bytes]:
    """A return of every family, and the official examples."""
    given = [path.read_bytes() for path in sorted(SHARED.glob("retours/exemples/*.xml"))]
    return [*every_family(), *(one for one in given if len(one) < LARGEST)]


@cache
def answers() -> Sequence[bytes]:
    """Listings and receipts of the portal, in both of its languages."""
    return [
        b'<?xml version="1.0"?><retours><flux><id>1</id><retour><id>2</id><nature>94</nature><url>http://127.0.0.1/r/2'
        b"</url><production>2026-03-05T10:00:00</production></retour></flux></retours>",
        b'{"retours":{"flux":[{"id":"1","retour":[{"id":2,"nature":"94","url":"http://127.0.0.1/r/2"}]}]}}',
        b"<depots><declarant><nom>A</nom><depot><idflux>1</idflux><date>2026-03-05</date></depot></declarant></depots>",
        b'{"depots":{"declarant":[{"nom":"A","depot":{"idflux":"1","date":null}}]}}',
        b"<retours><pagetotal>2</pagetotal><declarant><declare><siret>84125796700015</siret><bpij><publication>20260301"
        b"</publication><url>http://127.0.0.1/b</url></bpij></declare></declarant></retours>",
        b"<avis><type>AEE</type><idflux>abc</idflux><envoi_etat>OK</envoi_etat><date_reception>20260305"
        b"</date_reception></avis>",
        b"<avis><type>ARE</type><anomalie><description><code>1</code><message>non</message></description></anomalie>"
        b"</avis>",
        *(one for one in documents() if b"AEE" in one[:2000] or b"ARE" in one[:2000]),
    ]


@cache
def names_lists() -> Sequence[bytes]:
    """Lists of names of employers, as spreadsheets write them."""
    text = "siret;nom\n84125796700015;L’Été à la ferme\n79034512800017;=cmd\n"
    return [text.encode(encoding) for encoding in ("utf-8", "utf-8-sig", "utf-16", "cp1252")] + [
        b"84125796700015,Un\n", b'"84125796700015"\t"Deux ""mots"""\n'
    ]  # fmt: skip


@cache
def zips() -> Sequence[bytes]:
    """Archives of DSN files, stored and compressed, one with a folder and a link."""
    found = []
    for kind in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA):
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", kind) as archive:
            archive.writestr("un/deux.dsn", dsn_files()[0])
            archive.writestr("../trois.dsn", b"S10")
            link = zipfile.ZipInfo("lien")
            link.external_attr = 0o120777 << 16
            archive.writestr(link, "/etc/passwd")
        found.append(target.getvalue())
    return found


@cache
def tars() -> Sequence[bytes]:
    """What age and zstd hide in an archive: a tar in the order that is asked for."""
    import hashlib
    import json

    members = {
        "LISEZMOI.txt": b"-",
        "manifeste.json": b'{"format": 1, "kind": "dossier", "made_at": "2026-03-05T10:00:00+01:00", "tables": {}}',
        "tables/a.copy": b"1\tun\n2\tdeux\n",
        "fichiers/imports/7/0000-envoi.dsn": b"S10" * 100,
    }
    seen = {name: {"size": len(data), "sha256": hashlib.sha256(data).hexdigest()} for name, data in members.items()}
    target = io.BytesIO()
    with tarfile.open(fileobj=target, mode="w", format=tarfile.GNU_FORMAT) as tar:
        for name, data in {**members, "preuve.json": json.dumps({"members": seen, "rows": {}}).encode()}.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return [target.getvalue()]
