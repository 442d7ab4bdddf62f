"""A fault, and what came of it."""

from dataclasses import dataclass, field

DONE, STAYED = "menée à bien", "comme avant"


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that goes wrong. `place` "": at a random moment, after so many seconds; else at a commit point."""

    job: str
    deed: str
    place: str = ""
    when: str = "avant"
    roles: tuple[str, ...] = ()
    skip: int = 0
    seconds: float = 0.0

    def __str__(self) -> str:
        where = f"{self.when} {self.place}+{self.skip}" if self.place else f"après {self.seconds:.2f} s"
        return f"{self.job} / {self.deed} / {where}"


@dataclass(slots=True)
class Outcome:
    """What came of a fault: `ended` in words, `wrong` what breaks an invariant, `point` where it really struck."""

    fault: Fault
    struck: bool = False
    point: str = ""
    role: str = ""
    ended: str = ""
    wrong: list[str] = field(default_factory=list)
    deaths: int = 0
    decided: int = 0
    seconds: float = 0.0
    acts: list[str] = field(default_factory=list)
    """The last acts, as Scarabée tells of them."""
