"""What the portal answers about a deposit: every version is kept as received, and the dossier is told."""

import hashlib
from datetime import datetime

from scarabee.filings.enums import ProofKind
from scarabee.filings.models import Filing, Proof
from scarabee.netentreprises.receipts import Receipt


def keep(
    filing: Filing,
    kind: ProofKind,
    document: bytes,
    *,
    media_type: str = "",
    statut: str = "",
    return_id: str = "",
    published_at: datetime | None = None,
) -> Proof:
    """Keep a document of the portal; the same bytes are kept once, with the last return that brought them."""
    told = {
        "media_type": media_type[:100], "statut": statut[:12], "return_id": return_id[:40], "published_at": published_at
    }  # fmt: skip
    proof, _ = Proof.objects.update_or_create(
        filing=filing, kind=kind, sha256=hashlib.sha256(document).hexdigest(),
        defaults=told if return_id else {}, create_defaults={**told, "document": document},
    )  # fmt: skip
    return proof


def keep_receipt(filing: Filing, receipt: Receipt) -> None:
    """Keep the AEE or the ARE that answered a deposit; once, by one query."""
    kind = ProofKind.AEE if receipt.is_recorded else ProofKind.ARE
    proof = Proof(
        filing=filing, kind=kind, sha256=hashlib.sha256(receipt.content).hexdigest(), document=receipt.content,
        media_type=receipt.media_type[:100], statut=receipt.etat[:12],
    )  # fmt: skip
    Proof.objects.bulk_create([proof], ignore_conflicts=True)


def hold_dossiers(filing: Filing) -> None:
    """Lock the dossiers that `tell_dossier` will write into, before the filing moves: they come first among locks."""
    from scarabee.dossiers.services import in_force

    if filing.whole_hash:
        in_force.hold_answered(siret=filing.siret, whole_hash=bytes(filing.whole_hash), is_real=filing.is_real)


def tell_dossier(filing: Filing, *, refused: bool) -> None:
    """Let the dossier know that these bytes are refused (ARE, BAN), or conform: what is in force depends on it."""
    from scarabee.dossiers.services import in_force

    if filing.whole_hash:
        in_force.note_answer(
            siret=filing.siret, whole_hash=bytes(filing.whole_hash), refused=refused, is_real=filing.is_real
        )
