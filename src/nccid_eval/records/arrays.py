"""The kinds of array that per-case tables are made of."""

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.str_]
Numbers = NDArray[np.float64]
Flags = NDArray[np.bool_]
