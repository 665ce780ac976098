"""What Dragonfly carried on Volcano Engine, as its authors published it.

Source: dragonflyoss/d7y.io, blog/2023-04-13, "Volcano Engine: distributed image acceleration practice based on
Dragonfly", the labels of its bar charts; GiB. So many pods each pulled one image onto a node of its own, straight from
the registry, and by Dragonfly.
"""

from __future__ import annotations

from typing import Final

__all__ = ["DIRECT_GIB", "DRAGONFLY_GIB", "PODS", "SAVED"]

PODS: Final = (50, 100, 200, 500)
DIRECT_GIB: Final = {"nginx": (27.39, 54.78, 109.57, 273.93), "tensorflow": (156.74, 313.78, 626.95, 1567.38)}
DRAGONFLY_GIB: Final = {"nginx": (0.54, 0.71, 0.76, 0.82), "tensorflow": (3.13, 3.22, 3.42, 4.88)}
# Percent, worked out from the two rows above.
SAVED: Final = {"nginx": (98.0, 98.7, 99.3, 99.7), "tensorflow": (98.0, 99.0, 99.5, 99.7)}
