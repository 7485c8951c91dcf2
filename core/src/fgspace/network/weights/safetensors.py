"""Reads files of the safetensors format, version 1, without its package: a JSON header, and the bytes of tensors."""

import json
from collections.abc import Mapping
from math import prod
from pathlib import Path
from types import MappingProxyType
from typing import Any

import torch
from torch import Tensor

_SIZE = 8
"""The number of bytes, at the start, of the length of the header."""
_TYPES: Mapping[str, torch.dtype] = MappingProxyType(
    {
        "BOOL": torch.bool,
        "U8": torch.uint8,
        "I8": torch.int8,
        "I16": torch.int16,
        "I32": torch.int32,
        "I64": torch.int64,
        "F16": torch.float16,
        "BF16": torch.bfloat16,
        "F32": torch.float32,
        "F64": torch.float64,
        "C64": torch.complex64,
    }
)


def read_safetensors(file: str) -> dict[str, Tensor]:
    """Return name → tensor of a file.

    Raises:
        ValueError: it is damaged, or holds a type of number that is not read.
        OSError: it cannot be read.
    """
    content = bytearray(Path(file).read_bytes())
    start = _SIZE + int.from_bytes(content[:_SIZE], "little")
    try:
        header = json.loads(content[_SIZE:start])
        return {name: _tensor(content, start, one) for name, one in header.items() if name != "__metadata__"}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(
            f"{file!r} is no whole file of safetensors; write it with safetensors.torch.save_file"
        ) from error


def _tensor(content: bytearray, start: int, written: Mapping[str, Any]) -> Tensor:
    kind, shape = _TYPES[written["dtype"]], written["shape"]
    begin, end = written["data_offsets"]
    if end - begin != prod(shape) * kind.itemsize or not 0 <= begin <= end <= len(content) - start:
        raise ValueError("the place of a tensor is not that of its shape")
    if begin == end:
        return torch.empty(shape, dtype=kind)
    return torch.frombuffer(content, dtype=kind, count=prod(shape), offset=start + begin).reshape(shape)
