"""A process of its own that looks at every tag and all that it stands for, again and again, while others write.

Usage: python watcher.py STAGES.json OUT.jsonl EVERY_S MOST_S; it ends when OUT.jsonl.stop exists. STAGES.json holds, by the
name of each stage, the address of a registry with the (repository, tag)s to look at, and may change meanwhile. Each look at
a stage is one line: {"stage": its name, "seen": how many manifests were there, "wrong": [what was wrong with them], "emptied":
[manifests that were read while their link was written, and when], "down": why the registry did not answer, if so}.

What is wrong is looked at once and no more.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from faults.reading import Reader


def look(reader: Reader, places: list[list[str]]) -> dict[str, object]:
    """Look at every place once."""
    wrong, down = list[str](), ""
    reader.emptied, reader.seen = [], 0
    try:
        for repository, tag in places:
            wrong += reader.wrongs(repository, tag, whole=False)
    except (OSError, http.client.HTTPException) as error:
        down = repr(error)
    return {"seen": reader.seen, "wrong": wrong, "emptied": reader.emptied, "down": down}


def main(stages_file: str, out_file: str, every_s: float, most_s: float) -> None:
    """Look until told to stop, and at most for so long."""
    stop, readers = Path(f"{out_file}.stop"), dict[str, Reader]()
    ends, due = time.monotonic() + most_s, time.monotonic()
    with Path(out_file).open("w", encoding="utf-8") as out:
        while not stop.exists() and time.monotonic() < ends:
            stages = json.loads(Path(stages_file).read_text("utf-8"))
            for gone in readers.keys() - stages.keys():
                readers.pop(gone).close()
            for name, (address, places) in stages.items():
                reader = readers.setdefault(name, Reader(address, 5.0))
                out.write(json.dumps({"stage": name, **look(reader, places)}) + "\n")
            out.flush()
            due = max(due + every_s, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), float(sys.argv[4]))
