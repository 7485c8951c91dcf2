"""The contract of an evaluator: what turns a description into metrics."""

from collections.abc import Mapping
from typing import Any, Protocol


class Evaluator(Protocol):
    """Turns a description into metrics. A class; its parameters are the options that a file may write.

    `metrics` are the names of what it measures. The rest is optional, and what a class does not take is not passed to
    it:

    - parameters `seed` (where its randomness comes from) and `folder` (where it saves the weights of candidates, as
      DIGEST.pt, `fgspace.digest` of the description; None where nothing is to be saved);
    - a parameter `report` of its call, which early stopping needs: called after every epoch as
      `report(epoch, metrics, of=epochs)`;
    - an attribute `input_shape`, (C, H, W) of its data;
    - an attribute `data_digest`: text that is equal where the data are, made of what was read;
    - `prepare()`: read the data and check the options, before the first trial;
    - `check_output(shape)`: raise ValueError where a network that puts this shape out cannot be measured;
    - `test(description)`: the metrics of a kept candidate on held-out data.
    """

    metrics: tuple[str, ...]

    def __call__(self, description: Mapping[str, Any], /) -> Mapping[str, float]:
        """Return name → number for every name in `metrics`.

        Args:
            description: a description with all values fixed; what is searched of the evaluator itself stands in its
                part `evaluator`.

        Raises:
            Exception: whatever it raises fails this trial only, and is recorded as the reason; an `OSError` of a full
                disk ends the study, which can be resumed.
        """
