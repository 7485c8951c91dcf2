"""Makes the small model: slices every parameter and buffer, and sets the widths that modules remember."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from torch import nn
from torch.nn.modules.batchnorm import _NormBase
from torch.nn.modules.conv import _ConvNd

from fgspace_prune.attention import narrow
from fgspace_prune.groups import Plan
from fgspace_prune.keep import Masks, keep_vector
from fgspace_prune.remembered import restore
from fgspace_prune.structure import copied


def sliced(plan: Plan, model: nn.Module, masks: Masks) -> nn.Module:
    """Return a model that has only the kept channels, in small tensors of its own; the given model is left unchanged.

    The kept slices of weights and running statistics are copied. The shapes depend only on the number of channels that
    each group keeps, so a model that is rebuilt from the description and sliced likewise can load this `state_dict`.
    """
    kept = keep_vector(plan, masks)
    tensors = dict(model.named_parameters()) | dict(model.named_buffers())
    memo: dict[int, Any] = {}
    indices: dict[bytes, torch.Tensor] = {}
    for place in plan.places:
        tensor = tensors[place.names[0]]
        memo[id(tensor)] = _like(tensor, _slice(tensor, place.classes, kept, indices))
    small: nn.Module = copied(model, memo)
    for module in small.modules():
        _resize(module)
    _resize_bare_norms(plan, small, kept)
    restore(small, plan.remembered, kept)
    return small


def state(plan: Plan, full: Mapping[str, torch.Tensor], masks: Masks) -> dict[str, torch.Tensor]:
    """Return the `state_dict` of the small model, given that of the full one."""
    kept = keep_vector(plan, masks)
    classes = {name: place.classes for place in plan.places for name in place.names}
    indices: dict[bytes, torch.Tensor] = {}
    return {name: _slice(t, classes[name], kept, indices) if name in classes else t for name, t in full.items()}


def _slice(
    tensor: torch.Tensor, classes: tuple[np.ndarray | None, ...], kept: np.ndarray, indices: dict[bytes, torch.Tensor]
) -> torch.Tensor:
    part = tensor.detach()
    for dim, line in enumerate(classes):
        alive = None if line is None else kept[line]
        if alive is not None and not alive.all():
            key = alive.tobytes()
            if key not in indices:
                indices[key] = torch.from_numpy(alive.nonzero()[0]).to(tensor.device)
            part = part.index_select(dim, indices[key])
    return part.clone() if part.data_ptr() == tensor.data_ptr() else part


def _like(tensor: torch.Tensor, part: torch.Tensor) -> torch.Tensor:
    return nn.Parameter(part, tensor.requires_grad) if isinstance(tensor, nn.Parameter) else part


def _resize(module: nn.Module) -> None:
    """Set the widths that a torch module remembers to those of its tensors."""
    if isinstance(module, _ConvNd):
        first, second = module.weight.shape[:2]
        if module.groups > 1 and module.groups == module.in_channels:
            module.groups = first if module.transposed else first // (module.out_channels // module.in_channels)
        wide = second * module.groups
        module.in_channels, module.out_channels = (first, wide) if module.transposed else (wide, first)
    elif isinstance(module, nn.Linear):
        module.out_features, module.in_features = module.weight.shape
    elif isinstance(module, _NormBase):
        known = module.running_mean if module.weight is None else module.weight
        module.num_features = module.num_features if known is None else len(known)
    elif isinstance(module, nn.RNNBase):
        module.input_size = module.get_parameter("weight_ih_l0").shape[1]
    elif isinstance(module, nn.RNNCellBase):
        module.input_size = module.weight_ih.shape[1]
    elif isinstance(module, nn.MultiheadAttention):
        narrow(module)
    elif isinstance(module, nn.PReLU):
        module.num_parameters = len(module.weight)


def _resize_bare_norms(plan: Plan, model: nn.Module, kept: np.ndarray) -> None:
    """Set the width of norms that hold no tensors to that of their input; instance norms warn where it is wrong."""
    modules = dict(model.named_modules())
    for run in plan.runs:
        module = modules[run.key[0]]
        if isinstance(module, _NormBase) and module.weight is None and module.running_mean is None:
            width = run.inputs[0][1]
            module.num_features = width if isinstance(width, int) else int(kept[width].sum())
