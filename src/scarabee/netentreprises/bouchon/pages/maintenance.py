"""The page that stands where an answer is expected: a maintenance page of the false portal."""

MAINTENANCE_PATH = "/indisponible"
_PAGE = """<!DOCTYPE html>
<html lang="fr"><head><meta charset="utf-8"><title>Bouchon : service indisponible</title></head>
<body><h1>Service momentanément indisponible</h1>
<p>BOUCHON : faux portail, rien n’est transmis. Cette page joue la maintenance du vrai.</p></body></html>
"""


def maintenance_page() -> bytes:
    """The page, in UTF-8."""
    return _PAGE.encode("utf-8")
