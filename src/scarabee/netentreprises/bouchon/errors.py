"""Why a bouchon does not start."""


class BouchonRefusal(Exception):
    """A clear no, in French: `message` says what happened, `remedy` what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(message, remedy)
        self.message = message
        self.remedy = remedy

    def __str__(self) -> str:
        return f"{self.message} {self.remedy}"
