"""What looks wrong in the rates of a CRM nominatif, and waits for a person (design §6).

On 28 January 2021 the DGFiP issued CRM in which nearly every rate was missing, and told employers to keep the former
ones (retours §5): a loss that is not one person's is never applied by itself. The thresholds are Scarabée's own choice.
"""

from dataclasses import dataclass

from scarabee.returns.services.crm_lines import Value

LOST_SHARE = 0.20
LOST_PEOPLE = 2
"""Of those who had a rate, this share and this many together lose it: the whole CRM waits. So it does when all do."""
JUMP_HUNDREDTHS = 1000
"""More than ten points up or down is a jump."""
HIGH_AFTER_ZERO_HUNDREDTHS = 500
"""From 0 % straight to five points or more is one too."""

JUMP = "Écart de plus de 10 points avec le taux en vigueur."
AFTER_ZERO = "Taux de 0 % jusqu’ici, élevé désormais."
FUTURE_JUMP = "Le taux à venir s’écarte de plus de 10 points du taux actuel."
OLDER = "Un CRM plus récent est déjà en place."
RE_ISSUED = "CRM réémis avec un autre taux : le premier reste en place tant que celui-ci n’est pas appliqué."
NO_IDENTIFIER = "Ce CRM n’a pas d’identifiant à déclarer."
UNDATED = "CRM sans date : dites sur la page du retour depuis quand il est disponible."
MAYBE_ESSAI = "Rien ne dit si ce CRM répond à une DSN réelle ou d’essai."


@dataclass(slots=True)
class Losses:
    """What a CRM does to the people of one employer. `listed`: recognised; `new`: whose situation changes."""

    listed: int = 0
    with_rate: int = 0
    had: int = 0
    lost: int = 0
    new: int = 0

    def count(self, before: int | None, after: Value, *, is_new: bool) -> None:
        """Count one person: the rate in force before, and what the CRM says; a loss to come is one too."""
        self.listed += 1
        self.with_rate += after.rate is not None
        self.had += before is not None
        self.lost += before is not None and after.ends_without_rate
        self.new += is_new

    @property
    def why(self) -> str:
        """Why the whole CRM waits for this employer, in French; "" when it does not."""
        many = self.lost >= LOST_PEOPLE and self.lost >= LOST_SHARE * self.had
        if self.lost and (many or self.lost == self.had):
            return f"Ce CRM retire leur taux à {self.lost} salarié(s) sur {self.had} : vérifiez-le avant d’appliquer."
        if self.listed and self.new and not self.with_rate:
            return "Ce CRM ne donne aucun taux : vérifiez-le avant d’appliquer."
        return ""


def oddity(before: int | None, after: Value) -> str:
    """What is odd for one person, in French; "" when nothing is. `before`: the rate in force, in hundredths."""
    now, future = after.rate, after.future_rate
    if before is not None and now is not None:
        if before == 0 and now >= HIGH_AFTER_ZERO_HUNDREDTHS:
            return AFTER_ZERO
        if abs(now - before) > JUMP_HUNDREDTHS:
            return JUMP
    if now is not None and future is not None and abs(future - now) > JUMP_HUNDREDTHS:
        return FUTURE_JUMP
    return ""
