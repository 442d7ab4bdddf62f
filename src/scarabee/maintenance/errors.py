"""What a service answers when it will not do what was asked."""


class Refusal(Exception):
    """A clear no. Nothing was written.

    `message` says what happened, `safe` what is safe, `remedy` what to do now: three French sentences,
    shown as they are by screens and commands.
    """

    def __init__(self, message: str, *, safe: str = "Rien n’a été modifié.", remedy: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.safe = safe
        self.remedy = remedy

    def __str__(self) -> str:
        return " ".join(part for part in (self.message, self.safe, self.remedy) if part)


class NotVisible(Refusal):
    """The object does not exist, or not for this actor: both get the same words."""


class NotAllowed(Refusal):
    """The actor sees the object but has no right to do this to it; pages answer 403."""
