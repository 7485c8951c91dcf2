"""Names the types that the quant plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the process."""
    summary = "quantises weights and activations of the finished model, with bits for each layer"
    return [Provided("Quant", "fgspace_quant.process:Quant", summary, tags=("process",))]


@hookimpl
def fgspace_provide_exporters() -> Iterable[Provided]:
    """Name the exporter."""
    summary = "ONNX of quantised networks, with QDQ nodes for integer kernels; --format onnx takes it for these"
    return [Provided("qdq", "fgspace_quant.export:export", summary, formerly=("quant/onnx",))]
