"""The array types of the engine, named once."""

from __future__ import annotations

from typing import TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.float64]
"""One float an area: people, indices, shares or £ (the docstring says which)."""

Pence: TypeAlias = npt.NDArray[np.int64]
"""One whole number of pence an area."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""One yes or no an area."""

Positions: TypeAlias = npt.NDArray[np.intp]
"""Positions of areas in their table."""
