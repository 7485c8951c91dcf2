"""The contract of an evaluator, which turns a description into metrics."""

from collections.abc import Mapping
from typing import Any, Protocol


class Evaluator(Protocol):
    """Turns a description into metrics. A class; its parameters are the options that a file may write.

    `metrics` are the names of its metrics: an attribute of the class, or a property where they depend on its options.
    The rest is optional; a parameter that a class does not have is not passed:

    - parameters `seed`, of its randomness; `folder`, for the weights of candidates (DIGEST.pt, with `fgspace.digest`
      of the description; None where nothing is to be saved); and `space`, the `fgspace.Space` that is searched, or
      that of the one network which is trained in full;
    - a parameter `report` of its call, which early stopping needs: called after every epoch as
      `report(epoch, metrics, of=epochs)`;
    - an attribute `input_shape`, (C, H, W) of its data;
    - an attribute `data_digest`: text computed from the data, equal for equal data;
    - `prepare()`: read the data and check the options, before the first trial;
    - `check_output(shape)`: raise ValueError where networks with outputs of this shape cannot be measured; a parameter
      `option` is the name of the option that sets the width of the output, None if that is not known;
    - `check_options()`: raise ValueError where an option cannot be used, without the data;
    - `check_network(description, input_shape)`: raise ValueError where this network cannot be evaluated, for example
      because its weights do not match, before the first trial and without the data;
    - `expects(description)`: an `fgspace.Expected`, what the network of a description expects of its input; it is
      recorded beside the network;
    - `test(description)`: the metrics of a kept candidate on held-out data, by its weights if it saves them;
    - `train(description, *, folder, report=None)`: train a network in full, for `fgspace train`. It leaves weights.pt
      in the folder, and returns its metrics, with those on held-out data. What it goes on from lies in
      folder/checkpoint, which is removed when all is done: called again after its process was killed, it goes on, and
      comes to the same.
      `report(epoch, metrics, of=epochs)` is called for every epoch, those before the kill included.
    """

    metrics: tuple[str, ...]

    def __call__(self, description: Mapping[str, Any], /) -> Mapping[str, float]:
        """Return name → number for every name in `metrics`.

        Args:
            description: a description with all values fixed; searched options of the evaluator itself are in its part
                `evaluator`.

        Raises:
            Exception: any exception fails this trial only, and is recorded as the reason; an `OSError` of a full disk
                ends the study, which can be resumed.
        """
