"""The handwritten digits that scikit-learn carries: 1,797 images, 8×8 grey, ten classes, no files to fetch."""

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from fgspace_vision.preprocessing import Preprocessed
from fgspace_vision.splits import Part, Splits, cut


@dataclass(frozen=True)
class Digits(Preprocessed):
    """scikit-learn's digits, (1, 8, 8), 17 grey levels; `test` and `validation` are fractions, cut class by class.

    A fifth is kept for testing and a fifth of the rest for validation: 287 images, one of them 0.35 % of accuracy.
    Source: E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI, 1998 (its test part).
    """

    validation: float = 0.2
    test: float = 0.2
    input_shape: ClassVar = (1, 8, 8)

    def load(self, seed: int) -> Splits:
        """Return the three parts, cut by this seed."""
        from sklearn.datasets import load_digits  # type: ignore[import-untyped]

        digits = load_digits()
        given = Part(digits.images.astype(np.uint8)[:, None], digits.target.astype(np.int64))
        return cut(given, self.test, self.validation, tuple("0123456789"), seed, "Digits")
