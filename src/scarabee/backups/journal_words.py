"""What the journal says of backups, in French."""

WORDS = {
    "sauvegarde.faite": "Sauvegarde écrite",
    "sauvegarde.echouee": "Sauvegarde non faite",
    "sauvegarde.verifiee": "Archive relue et vérifiée",
    "sauvegarde.illisible": "Archive refusée à la relecture",
    "trousse.montree": "Trousse de clés montrée",
    "trousse.rangee": "Trousse de clés mise à l’abri",
    "installation.restauree": "Retour à une sauvegarde",
    "installation.deplacee": "Installation déplacée vers PostgreSQL",
    "backup": "sauvegarde n°",
    "archive": "archive",
    "bytes": "taille (octets)",
    "archive_sha256": "empreinte de l’archive",
    "because": "motif",
    "failure": "ce qui a manqué",
    "public_key": "clé publique",
    "rows": "lignes",
    "tables": "tables",
    "safety": "copie de sécurité",
    "replaced_head": "dernière écriture du journal remplacé",
    "replaced_hash": "son empreinte",
}
