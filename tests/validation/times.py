"""How long images took to come and to unpack, as it was published.

Sources, in the order of the names: dragonflyoss/d7y.io, blog/2023-04-13, "Volcano Engine: distributed image acceleration
practice based on Dragonfly" (labels of its bar charts: GiB carried and seconds until the pods ran, straight from the
registry); converged-computing/container-chonks, experiments/pulling/metadata/run3 (medians of kubelet's Pulled events on GKE,
n1-standard-16 with local SSD; images of 9 layers of zeros, of which a registry serves 3 to 21 MB); uber/kraken, README
(an image of 3 GB with 2 layers onto 2,600 hosts, each held to 300 MB/s).
"""

from __future__ import annotations

from typing import Final

__all__ = [
    "KRAKEN_BYTES",
    "KRAKEN_BYTES_PER_S",
    "KRAKEN_EFFICIENCY",
    "KRAKEN_HOSTS",
    "KRAKEN_S",
    "UNPACKED_BYTES",
    "UNPACKED_LAYERS",
    "UNPACKED_S",
    "VOLCANO_GIB",
    "VOLCANO_PODS",
    "VOLCANO_S",
]

VOLCANO_PODS: Final = (50, 100, 200, 500)
VOLCANO_GIB: Final = {"nginx": (27.39, 54.78, 109.57, 273.93), "tensorflow": (156.74, 313.78, 626.95, 1567.38)}
VOLCANO_S: Final = {"nginx": (35, 65, 135, 1020), "tensorflow": (260, 1380, 4245, 10800)}

UNPACKED_LAYERS: Final = 9
UNPACKED_BYTES: Final = (1176249324, 2770722493, 6836726027, 10902729561, 14968733095, 19034736629)
UNPACKED_S: Final = {
    4: (6.76, 14.66, 36.47, 58.33, 79.31, 100.18),
    8: (6.73, 14.63, 37.52, 58.94, 79.14, 100.57),
    16: (6.86, 14.85, 37.23, 60.01, 80.72, 103.13),
}

KRAKEN_BYTES: Final = 3_000_000_000
KRAKEN_BYTES_PER_S: Final = 300_000_000
KRAKEN_HOSTS: Final = 2600
KRAKEN_S: Final = {"p50": 10, "p99": 18, "p99.9": 22}
# What the README says of practice, beside 80 % in theory.
KRAKEN_EFFICIENCY: Final = 0.6
