"""Train a numbered compression dictionary on invented DSN files: `python scripts/train_dictionary.py NUMBER`.

A number is used once: contents in the field are compressed with it, so a new dictionary takes the next number and
becomes `CURRENT_DICTIONARY` in scarabee.dossiers.contents.
"""

import io
import sys
from pathlib import Path

import zstandard

from scarabee.dsn import events, reader
from scarabee.dsn.errors import Warnings
from scarabee.dsn.invention import random_declarations

SIZE = 16 << 10
FILES = 400


def main() -> None:
    path = Path("src/scarabee/dossiers/dictionaries") / f"{int(sys.argv[1])}.zstd-dictionary"
    if path.exists():
        sys.exit(f"{path} exists: contents may be compressed with it")
    samples: list[bytes] = []
    for content in random_declarations(20261123, FILES):
        for event in reader.read(io.BytesIO(content), warnings=Warnings()):
            if isinstance(event, events.Person):
                samples.append(event.part)
            elif isinstance(event, events.DeclarationEnd):
                samples.append(event.own)
    dictionary = zstandard.train_dictionary(SIZE, samples, level=3)
    path.write_bytes(dictionary.as_bytes())
    compressor = zstandard.ZstdCompressor(level=1, dict_data=dictionary)
    ratio = sum(map(len, samples)) / sum(len(compressor.compress(sample)) for sample in samples)
    print(f"{path}: {len(samples)} samples, compression ×{ratio:.1f}")


if __name__ == "__main__":
    main()
