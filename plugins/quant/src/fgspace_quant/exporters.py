"""Names the exporters that write quantised models, by format: see `fgspace.Exporter`."""

from collections.abc import Mapping
from types import MappingProxyType

EXPORTERS: Mapping[str, str] = MappingProxyType({"onnx": "quant/qdq"})
