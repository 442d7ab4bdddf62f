"""What the journal says of filings, in French."""

WORDS = {
    "lot.recu": "Fichiers reçus pour dépôt",
}
