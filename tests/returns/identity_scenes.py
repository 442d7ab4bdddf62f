"""A bilan d’identification written by hand, small enough for a test."""

from tests.dossiers.small_files import ASSOCIATION

REFERENCE = "CORAILLON"
"""The family name of the register."""


def recognised(nir: str, family_name: str, *, siret: str = ASSOCIATION, month: str = "2026-03") -> bytes:
    """A BIS of one person, whom the register knows under another family name."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><g:rapport xmlns:g="http://www.gip-mds.fr/" profil="DSN" type="20" '
        f'version="v01r09"><envoi><envoi_identification><essai_reel>02</essai_reel><emetteur_siret>{siret}'
        f"</emetteur_siret></envoi_identification><envoi_bilan><envoi_etat>OK</envoi_etat></envoi_bilan></envoi>"
        f"<declaration><declaration_identification><rang>1</rang><mois>{month}-01</mois><SIREN>{siret[:9]}</SIREN>"
        f"<nic_affectation>{siret[9:]}</nic_affectation></declaration_identification><declaration_bilan><etat>OK</etat>"
        f"</declaration_bilan><declaration_anomalie><description><code>I0310</code><categorie>non-bloquant</categorie>"
        f"<message>SALARIE_RECONNU</message></description><environnement>"
        f'<salarie origine="DSN"><NIR>{nir}</NIR><nom_famille>{family_name}</nom_famille></salarie>'
        f'<salarie origine="SNGI"><NIR>{nir}</NIR><nom_famille>{REFERENCE}</nom_famille></salarie>'
        f"</environnement></declaration_anomalie></declaration></g:rapport>"
    ).encode()
