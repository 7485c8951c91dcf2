"""The modules that transformers add to those of `torch.nn`, as module types, and the rules that count them."""

from math import prod
from typing import TYPE_CHECKING, Annotated

from fgspace import Counted, InWidth, Shape

if TYPE_CHECKING:  # a function that a composite names imports torch only when it is called
    from torch.nn import Module


def MapTokens(in_channels: InWidth) -> "Module":
    """Make a token of each pixel, and put a learned token, that of the class, before them.

    Maps (N, in_channels, H, W) to (N, 1 + H·W, in_channels).
    """
    from fgspace_transformer.modules import Tokens

    return Tokens(in_channels)


def LearnedPositions(width: int, length: Annotated[int, InWidth(axis=0)]) -> "Module":
    """Add a learned vector to the token at each position: maps (N, length, width) to the same shape."""
    from fgspace_transformer.modules import Positioned

    return Positioned(width, length)


def Attend(head_width: int, causal: bool = False) -> "Module":
    """Let each head read values by the likeness of queries and keys: scaled dot-product attention.

    Maps queries, keys and values, (N, L, heads·head_width) each, to (N, L, heads·head_width). `causal` hides later
    tokens from earlier ones.
    Vaswani et al., "Attention Is All You Need", NeurIPS 2017.
    """
    from fgspace_transformer.modules import Attended

    return Attended(head_width, causal)


def FirstToken() -> "Module":
    """Keep the first token, which is that of the class: maps (N, L, width) to (N, width)."""
    from fgspace_transformer.modules import First

    return First()


def count_tokens(shape: Shape, in_channels: int) -> Counted:
    """Count `MapTokens`: one token."""
    if len(shape) != 3 or isinstance(shape[0], tuple) or shape[0] != in_channels:
        raise ValueError(f"takes an input of ({in_channels}, H, W), but gets {shape}")
    return (1 + prod(shape[1:]), in_channels), in_channels, 0


def count_positions(shape: Shape, width: int, length: int) -> Counted:
    """Count `LearnedPositions`: a vector for each position."""
    if _length(shape, width) != length:
        raise ValueError(f"length is {length!r}, but the input has {shape[0]} tokens")
    return shape, length * width, 0


def count_attend(shape: Shape, head_width: int, causal: bool = False) -> Counted:
    """Count `Attend`: two products of matrices, which are counted in full where later tokens are hidden too."""
    if len(shape) != 3 or len(set(shape)) > 1 or not isinstance(shape[0], tuple) or len(shape[0]) != 2:
        raise ValueError(f"takes queries, keys and values of one shape, (L, heads·head_width), but gets {shape}")
    length, width = shape[0]
    if head_width < 1 or width % head_width:
        raise ValueError(f"head_width must be a divisor of {width}, got {head_width!r}")
    return shape[0], 0, 2 * length * length * width


def count_first(shape: Shape) -> Counted:
    """Count `FirstToken`, which has no parameters."""
    _length(shape, shape[-1])
    return shape[1:], 0, 0


def _length(shape: Shape, in_features: int) -> int:
    """Return the number of tokens."""
    if len(shape) != 2 or isinstance(shape[0], tuple):
        raise ValueError(f"takes tokens of (L, width), but gets {shape}")
    if shape[1] != in_features:
        raise ValueError(f"takes tokens of {in_features!r} features, but gets {shape[1]}")
    return int(shape[0])
