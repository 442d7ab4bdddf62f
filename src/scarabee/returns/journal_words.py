"""What the journal says of returns and rates, in French."""

WORDS: dict[str, str] = {}
