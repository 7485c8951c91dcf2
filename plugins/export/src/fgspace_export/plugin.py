"""Names the types that the export plugin provides."""

from collections.abc import Iterable

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_exporters() -> Iterable[Provided]:
    """Name the exporters."""
    return [
        Provided(
            "onnx", "fgspace_export.onnx_file:export", "ONNX of any batch; quantised networks by the quant plugin"
        ),
        Provided("program", "fgspace_export.program:export", "torch.export, for torch without the network's code"),
        Provided("torch", "fgspace_export.plain_torch:export", "Python that needs only torch, and its state_dict"),
    ]
