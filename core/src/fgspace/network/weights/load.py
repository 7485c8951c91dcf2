"""The function that loads the weights of a file into a model; torch is imported when it is called."""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import nn


def load_weights(
    model: "nn.Module",
    file: str,
    *,
    strict: bool | None = None,
    option: str = "weights",
    otherwise: str = "or leave it out",
) -> str:
    """Load the weights and buffers of a file into a model, by name and shape, and return what does not match.

    The file is one that `torch.save(model.state_dict(), file)` or safetensors wrote, or a checkpoint that holds such a
    mapping. The names may have another prefix than those of the model, or those of DataParallel and torch.compile. A
    model on the meta device is compared with the file, and gets no values.

    Args:
        model: any model, which is changed.
        file: the path of the file.
        strict: False loads what matches. True refuses any difference. None, the default, refuses a file that lacks more
            than a tenth of the model's tensors or of its numbers, or half of the numbers of a layer.
        option: the option that names the file, with which messages begin.
        otherwise: what to do instead of giving a file, the end of the message where it is missing.

    Returns:
        A sentence that names the first tensors that do not match, "" where all do.

    Raises:
        ValueError: the file cannot be read, none of its tensors matches, too many do not, or one that matches holds NaN
            or infinity, or complex numbers for real ones.
    """
    from fgspace.network.weights.loading import load_weights

    return load_weights(model, file, strict=strict, option=option, otherwise=otherwise)
