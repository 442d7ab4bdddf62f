"""What the journal says of backups, in French."""

WORDS = {
    "sauvegarde.faite": "Sauvegarde écrite",
    "sauvegarde.echouee": "Sauvegarde non faite",
    "sauvegarde.verifiee": "Archive relue et vérifiée",
    "sauvegarde.illisible": "Archive refusée à la relecture",
    "trousse.montree": "Trousse de clés montrée",
    "trousse.rangee": "Trousse de clés mise à l’abri",
    "backup": "sauvegarde n°",
    "archive": "archive",
    "bytes": "taille (octets)",
    "archive_sha256": "empreinte de l’archive",
    "because": "motif",
    "failure": "ce qui a manqué",
    "public_key": "clé publique",
}
