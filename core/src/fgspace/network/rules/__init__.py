"""Rules: what modules of `torch.nn` cost and put out, without torch.

A rule has the parameters of its module after `shape`, the input's without the batch; it returns the shape that comes
out, the number of parameters and the multiply-adds of convolutions and linear layers, and raises ValueError where the
module could not be made or could not take that input.
"""

from collections.abc import Callable, Mapping

from fgspace.network.rules import convolution, elementwise, linear, norm, pooling, reshape
from fgspace.network.rules.shapes import Counted

RULES: Mapping[str, Callable[..., Counted]] = {
    **convolution.RULES,
    **linear.RULES,
    **norm.RULES,
    **pooling.RULES,
    **elementwise.RULES,
    **reshape.RULES,
}
"""By the module's name in `torch.nn`."""
