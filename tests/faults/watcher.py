"""A process of its own that looks at every tag and all that it stands for, again and again, while others write.

Usage: python watcher.py HOST:PORT PLACES.json OUT.jsonl EVERY_S MOST_S; it ends when OUT.jsonl.stop exists. Each look is one line:
{"tags": how many were there, "wrong": [what was wrong with them], "down": whether the registry did not answer}.

distribution 2.8 empties a link before it writes it anew, as where two seeders bring one blob, so that a name may be gone for
less than a millisecond. What is wrong is looked at once more, at once: an image that lacks a blob lacks it for longer than that.
"""

from __future__ import annotations

import http.client
import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
from faults.reading import Reader


def look(reader: Reader, places: list[tuple[str, str]]) -> dict[str, object]:
    """Look at every place once."""
    tags, wrong = 0, list[str]()
    try:
        for repository, tag in places:
            status, _, _ = reader.ask("HEAD", f"/v2/{repository}/manifests/{tag}")
            tags += status == 200
            if status == 200 and any(reader.wrongs(repository, tag, whole=False)):
                wrong += reader.wrongs(repository, tag, whole=False)
    except (OSError, http.client.HTTPException) as error:
        return {"tags": tags, "wrong": wrong, "down": True, "why": repr(error)}
    return {"tags": tags, "wrong": wrong, "down": False}


def main(address: str, places_file: str, out_file: str, every_s: float, most_s: float) -> None:
    """Look until told to stop, and at most for so long."""
    stop, reader = Path(f"{out_file}.stop"), Reader(address, 5.0)
    ends, due = time.monotonic() + most_s, time.monotonic()
    with Path(out_file).open("w", encoding="utf-8") as out:
        while not stop.exists() and time.monotonic() < ends:
            places = [(repository, tag) for repository, tag in json.loads(Path(places_file).read_text("utf-8"))]
            out.write(json.dumps(look(reader, places)) + "\n")
            out.flush()
            due = max(due + every_s, time.monotonic())
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], sys.argv[3], float(sys.argv[4]), float(sys.argv[5]))
