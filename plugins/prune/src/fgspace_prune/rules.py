"""The table of rules by operation; one that is neither in it nor pointwise freezes the channels that it touches."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import torch

from fgspace_prune import arithmetic, contraction, indexing, layout
from fgspace_prune.attention import attending
from fgspace_prune.call import Call
from fgspace_prune.labels import CONSTANT, Value
from fgspace_prune.record import Record

Rule = Callable[[Record, Call], Value | list[Value]]

NAMES: Mapping[Rule, str] = {
    layout.unchanged: "clone alias detach contiguous lift_fresh lift _to_copy positive",
    layout.refilled: "zeros_like ones_like full_like empty_like fill zero",
    layout.strided: "as_strided",
    layout.moved: "transpose permute t numpy_T unsqueeze squeeze flip movedim swapaxes expand repeat",
    layout.viewed: "view _unsafe_view reshape _reshape_alias",
    layout.sliced: "slice select narrow",
    layout.divided: "split split_with_sizes unsafe_split unsafe_split_with_sizes unsafe_chunk unbind chunk",
    layout.concatenated: "cat",
    layout.stacked: "stack",
    layout.padded: "constant_pad_nd",
    layout.rolled: "roll",
    layout.shuffled: "channel_shuffle native_channel_shuffle",
    layout.pixels: "pixel_shuffle pixel_unshuffle",
    layout.windows: "im2col",
    layout.gated: "glu",
    indexing.embedded: "embedding",
    indexing.indexed: "index _unsafe_index",
    indexing.selected: "index_select",
    arithmetic.pointwise: "copy _prelu_kernel hardswish log_sigmoid_forward where masked_fill rrelu_with_noise",
    arithmetic.reduced: "mean sum prod amax amin max min any all argmax argmin std var std_mean var_mean median "
    "logsumexp norm linalg_vector_norm",
    arithmetic.along: "_softmax _log_softmax softmax log_softmax _safe_softmax cumsum cumprod sort topk",
    arithmetic.spatial: "max_pool2d_with_indices max_pool3d_with_indices avg_pool1d avg_pool2d avg_pool3d "
    "_adaptive_avg_pool2d _adaptive_avg_pool3d adaptive_avg_pool1d adaptive_max_pool2d adaptive_max_pool3d "
    "upsample_nearest1d upsample_nearest2d upsample_nearest3d upsample_linear1d upsample_bilinear2d "
    "upsample_bicubic2d upsample_trilinear3d _upsample_nearest_exact1d _upsample_nearest_exact2d "
    "_upsample_bilinear2d_aa _upsample_bicubic2d_aa reflection_pad1d reflection_pad2d reflection_pad3d "
    "replication_pad1d replication_pad2d replication_pad3d",
    arithmetic.batch_norm: "native_batch_norm _native_batch_norm_legit _native_batch_norm_legit_no_training "
    "_batch_norm_with_update _batch_norm_no_update cudnn_batch_norm batch_norm",
    arithmetic.layer_norm: "native_layer_norm layer_norm _fused_rms_norm",
    arithmetic.group_norm: "native_group_norm group_norm",
    contraction.attention: "_scaled_dot_product_flash_attention _scaled_dot_product_flash_attention_for_cpu "
    "_scaled_dot_product_efficient_attention _scaled_dot_product_cudnn_attention",
    contraction.convolution: "convolution",
    contraction.matrix_product: "mm addmm bmm baddbmm",
}
RULES: Mapping[str, Rule] = MappingProxyType({name: rule for rule, names in NAMES.items() for name in names.split()})
COUNTED = (layout.viewed, layout.divided, contraction.convolution, contraction.matrix_product)
"""The rules that run for constants too, because they count views, whose order matters, or multiply-adds."""
FRESH = frozenset({"new_zeros", "new_ones", "new_full", "new_empty", "new_empty_strided"})


def follow(record: Record, call: Call) -> Value | list[Value]:
    """Return the labels of the results of one operation, by its rule."""
    rule = RULES.get(call.name)
    labelled = False
    for tensor in arithmetic.tensors(call):
        record.use(tensor)
        labelled = labelled or bool(record.value(tensor).planes)
    if call.name == "expand" and not labelled and attending():
        return layout.broadcast(record, call)
    if call.name in FRESH or not (labelled or rule in COUNTED):
        return CONSTANT
    if rule is not None:
        return rule(record, call)
    if torch.Tag.pointwise in call.function.tags:
        return arithmetic.pointwise(record, call)
    return arithmetic.frozen(record, call, f"the operation {call.name!r} has no rule", unknown=True)
