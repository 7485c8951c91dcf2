"""Writes what a process changed in a network whose own code makes it: layers, sizes and numbers, line by line."""

from collections.abc import Iterator

from torch import Tensor, nn

from fgspace_export.source.expressions import Expressions
from fgspace_export.source.layers import changed, plain_state, remembered_call, same, torch_name, written


def differences(made: nn.Module, model: nn.Module, source: Expressions, path: str = "") -> Iterator[str]:
    """Yield the lines that turn `made`, which the network's own code makes, into the shape of `model`.

    Raises:
        ValueError: a module of the model cannot be written.
    """
    if not _of_one_class(made, model, source):
        if not isinstance(model, type(made)) or not type(model).__module__.startswith("fgspace"):
            yield _replacement(model, source, path)
            return
        yield f"net.get_submodule({path!r}).__class__ = {source.inlined.name(type(model))}"
    children = dict(model._modules)
    if torch_name(type(model)) and not children and not same(made, model) and remembered_call(model) is not None:
        yield _replacement(model, source, path)
        return
    yield from _tensors(made, model, path)
    now = changed(plain_state(made), plain_state(model))
    if now:
        yield f"remember(net, {path!r}, {', '.join(f'{name}={written(value)}' for name, value in now.items())})"
    for name, child in children.items():
        inside = f"{path}.{name}" if path else name
        other = made._modules.get(name)
        if child is not None and other is not None:
            yield from differences(other, child, source, inside)
        elif child is not None:
            yield _replacement(child, source, inside)


def _replacement(module: nn.Module, source: Expressions, path: str) -> str:
    block = f", net.get_submodule({path!r})" if "block" in vars(module) else ""
    expression = source.of(module, path)
    return f"replace(net, {path!r}, {expression[:-1]}{block})" if block else f"replace(net, {path!r}, {expression})"


def _of_one_class(made: nn.Module, model: nn.Module, source: Expressions) -> bool:
    """Return whether two modules are of one class, or of a class and its copy in the file."""
    return type(made) is type(model) or source.inlined.things.get(type(made).__name__) is type(model)


def _tensors(made: nn.Module, model: nn.Module, path: str) -> Iterator[str]:
    """Yield the line that gives the tensors of one module their sizes."""
    before, now = ({**one._parameters, **one._buffers} for one in (made, model))
    other = {name: _size(one) for name, one in now.items() if _size(one) != _size(before.get(name))}
    if other:
        yield f"resize(net, {path!r}, {', '.join(f'{name}={size}' for name, size in other.items())})"


def _size(tensor: Tensor | None) -> tuple[int, ...] | None:
    return None if tensor is None else tuple(tensor.shape)


def unsaved(made: nn.Module, model: nn.Module) -> dict[str, Tensor]:
    """Return the buffers that the `state_dict` leaves out and that the network's own code makes otherwise."""
    ours, theirs = dict(model.named_buffers()), dict(made.named_buffers())
    left_out = ours.keys() - model.state_dict().keys()
    return {name: ours[name] for name in sorted(left_out) if name not in theirs or not theirs[name].equal(ours[name])}
