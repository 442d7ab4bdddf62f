"""The certificate that the web server shows, and its key: read before it serves, in words where they cannot be used."""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat, load_pem_private_key

from scarabee.maintenance.errors import Refusal

_PKCS8 = b"-----BEGIN PRIVATE KEY-----"
_CONVERT = "openssl pkcs8 -topk8 -nocrypt -in ANCIENNE -out NOUVELLE"


@dataclass(frozen=True, slots=True)
class Certificate:
    """`names`: the host names and addresses it vouches for; `ends_at`: aware, the last moment of its validity."""

    names: frozenset[str]
    ends_at: datetime

    def covers(self, host: str) -> bool:
        """Whether a browser that typed this host (IPv6 in brackets) accepts it, wildcards of one label included."""
        bare = host.strip("[]").lower()
        return bare in self.names or f"*.{bare.partition('.')[2]}" in self.names


def read(certificate: Path, key: Path) -> Certificate:
    """The certificate of this PEM file (the first, if it holds its chain), once its key was proved to be the right one.

    Raises `Refusal` when a file cannot be read, is of another form, or they do not go together.
    """
    try:
        shown = x509.load_pem_x509_certificate(_bytes(certificate))
    except ValueError:
        raise _refusal(f"{certificate} n’est pas un certificat au format PEM", "") from None
    public = shown.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    if _public_of(key) != public:
        raise _refusal(f"la clé {key} n’est pas celle du certificat {certificate}", "")
    return Certificate(_names(shown), shown.not_valid_after_utc)


def _public_of(path: Path) -> bytes:
    """The public half of the private key of this file."""
    content = _bytes(path)
    if _PKCS8 not in content:
        raise _refusal(f"la clé {path} n’est pas au format PKCS#8 sans mot de passe", f"Convertissez-la : {_CONVERT}")
    try:
        key = load_pem_private_key(content, password=None)
    except (ValueError, TypeError):
        raise _refusal(f"la clé {path} est illisible", "") from None
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _names(certificate: x509.Certificate) -> frozenset[str]:
    try:
        told = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return frozenset()
    addresses = (str(each) for each in told.get_values_for_type(x509.IPAddress))
    return frozenset(name.lower() for name in (*told.get_values_for_type(x509.DNSName), *addresses))


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        reason = "n’existe pas" if isinstance(error, FileNotFoundError) else "ne peut pas être lu par ce compte"
        raise _refusal(f"{path} {reason}", "") from None


def _refusal(message: str, remedy: str) -> Refusal:
    remedy = remedy or "Corrigez SCARABEE_CERTIFICAT et SCARABEE_CLE_CERTIFICAT (ou --certificat et --cle)."
    return Refusal(f"Le certificat ne peut pas servir : {message}.", safe="Rien n’est servi.", remedy=remedy)
