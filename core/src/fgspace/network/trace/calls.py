"""Follows the calls of layers, and of functions that multiply, while a model runs."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from torch import Tensor, nn
from torch._C import DisableTorchFunction
from torch.overrides import TorchFunctionMode

from fgspace.network.trace.inputs import tensors_in
from fgspace.network.trace.parameters import Parameters
from fgspace.network.trace.places import line_of_call
from fgspace.network.trace.readings import Readings


@dataclass(frozen=True)
class Call:
    """One call of a layer, or of a function that multiplies and is called by a module that is no layer.

    `path` is that of the layer, or of the module that calls the function; `type` is the class of the layer, or the name
    of the function, which begins with a small letter. `call` counts the calls of the same path and type, from 0.
    `inputs` are the tensors that it is given, without parameters, and `parameters` the names of the parameters that it
    is the first to read. `products` are the numbers of the products that ran in this call, and in no call inside it.
    `where` is the line of the user's code that makes the call. `source` is the number of its input in `Calls.readings`,
    None if it has several. `statistics` says whether it is a layer that holds running statistics.
    """

    path: str
    type: str
    call: int
    inputs: tuple[Tensor, ...]
    outputs: tuple[Tensor, ...]
    parameters: tuple[str, ...]
    products: tuple[int, ...]
    where: str
    source: int | None = None
    statistics: bool = False


@dataclass
class _Open:
    """A call that has not ended."""

    path: str
    module: nn.Module | None
    first_product: int
    where: str = ""
    calls_inside: int = 0
    entered: tuple[int, ...] = ()
    claimed: set[int] = field(default_factory=set)


class Calls(TorchFunctionMode):
    """Inside it, `ended` gets every call of a layer, and of a function that multiplies, when it ends.

    A layer is a module of `torch.nn` that calls no other module, or a module of others that calls neither a module nor
    a function that multiplies.

    Args:
        model: the model that will run; its modules get hooks, so hand over a copy.
        products: returns the number of products that have run so far.
        ended: gets each call.
    """

    def __init__(self, model: nn.Module, products: Callable[[], int], ended: Callable[[Call], None]) -> None:
        super().__init__()
        self._products = products
        self._ended = ended
        self._open = [_Open("", None, 0)]
        self._inside_layer = 0
        self._times: Counter[tuple[str, str]] = Counter()
        self.parameters = Parameters(model)
        self.buffers = Parameters(model, model.named_buffers)
        self.readings = Readings()
        for name, module in model.named_modules():
            module.register_forward_pre_hook(partial(self._enter, name))
            module.register_forward_hook(self._leave, with_kwargs=True)

    def __torch_function__(
        self, func: Callable[..., Any], types: Any, args: Sequence[Any] = (), kwargs: Mapping[str, Any] | None = None
    ) -> Any:
        """Call the function; note the call if it multiplies and no layer makes it."""
        if self._inside_layer or _is_access(func):
            return func(*args, **(kwargs or {}))
        values = self._values((args, kwargs))
        entered = self.readings.numbers(values)
        self._open.append(_Open(self._open[-1].path, None, self._products()))
        try:
            result = func(*args, **(kwargs or {}))
        finally:
            this = self._open.pop()
        products, this.entered = self._claim(this), entered
        if made := tensors_in(result):  # else it asks for a size or the like
            self.readings.read(values)
            self.readings.make(made, None)
        if products:
            this.where = line_of_call()
            self._note(this, _name(func), (args, kwargs), result, products)
        return result

    def _values(self, given: Any) -> list[Tensor]:
        """Return the tensors among arguments that are no parameters."""
        return [tensor for tensor in tensors_in(given) if tensor not in self.parameters]

    def _enter(self, name: str, module: nn.Module, args: Any) -> None:
        with DisableTorchFunction():  # what follows the calls is no call of the model
            self._begin(name, module, args)

    def _begin(self, name: str, module: nn.Module, args: Any) -> None:
        if not self._inside_layer:
            where = "" if _holds_modules(module) else line_of_call()
            entered = self.readings.numbers(self._values(args))
            self._open.append(_Open(name, module, self._products(), where, entered=entered))
        if self._inside_layer or is_layer(module):
            self._inside_layer += 1

    def _leave(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        with DisableTorchFunction():
            self._end(module, args, kwargs, output)

    def _end(self, module: nn.Module, args: Any, kwargs: Any, output: Any) -> None:
        if self._inside_layer:
            self._inside_layer -= 1
        if self._inside_layer:
            return
        this = self._open.pop()
        products = self._claim(this)
        if products or not (this.calls_inside or _holds_modules(module)):
            self._note(this, _class_name(module), (args, kwargs), output, products)

    def _claim(self, this: _Open) -> tuple[int, ...]:
        """Return the products of a call that no call inside it has, and keep them from the call around it."""
        products = range(this.first_product, self._products())
        self._open[-1].claimed.update(products)
        self._open[-1].calls_inside += this.calls_inside
        return tuple(one for one in products if one not in this.claimed) if this.claimed else tuple(products)

    def _note(self, this: _Open, kind: str, given: Any, made: Any, products: tuple[int, ...]) -> None:
        self._open[-1].calls_inside += 1
        key = (this.path, kind)
        inputs, outputs = tensors_in(given), tuple(tensors_in(made))
        names = self.parameters.first_read(inputs if this.module is None else this.module.parameters())
        self.buffers.first_read(() if this.module is None else this.module.buffers())
        values = self._values(given)
        source = self._follow(this, values, outputs)
        statistics = getattr(this.module, "running_var", None) is not None
        self._ended(
            Call(*key, self._times[key], tuple(values), outputs, names, products, this.where, source, statistics)
        )
        self._times[key] += 1

    def _follow(self, this: _Open, values: Sequence[Tensor], outputs: Sequence[Tensor]) -> int | None:
        """Note what a call reads and makes; return the number of its input, None if it has several."""
        entered = this.entered if len(this.entered) == len(values) else self.readings.numbers(values)
        is_own = this.module is not None and is_layer(this.module)  # what it calls itself is not seen
        if is_own and not isinstance(this.module, nn.Identity):
            self.readings.read(values)
        changed = is_own and not isinstance(this.module, nn.Identity)
        if changed or self.readings.numbers(outputs) != entered:
            self.readings.make(outputs, this.path if this.module is not None else None)
        return entered[0] if len(entered) == 1 else None


def is_layer(module: nn.Module) -> bool:
    """Return whether a module is one of `torch.nn` that calls no other module: `MultiheadAttention` is one, too."""
    kind = _own_class(module)
    return kind.__module__.startswith("torch.nn.modules.") and not _holds_modules(module)


def _holds_modules(module: nn.Module) -> bool:
    """Return whether a module may call modules inside it; parametrizations are none."""
    if isinstance(module, nn.Sequential | nn.MultiheadAttention):
        return isinstance(module, nn.Sequential)
    return any(name != "parametrizations" for name, _ in module.named_children())


def _own_class(module: nn.Module) -> type:
    """Return the class of a module, or that which its class stands for.

    `torch.nn.utils.parametrize` puts classes in place of others; so may a process, whose class has the attribute
    `stands_for` then.
    """
    kind = type(module)
    kind = kind.__bases__[0] if kind.__module__ == "torch.nn.utils.parametrize" else kind
    stands_for: type = getattr(kind, "stands_for", kind)
    return stands_for


def _class_name(module: nn.Module) -> str:
    return _own_class(module).__name__


def _name(func: Callable[..., Any]) -> str:
    """Return the name of a function; of an operator, that of the method: `a @ b` is `matmul`."""
    name = str(getattr(func, "__name__", "call")).strip("_")
    return "matmul" if name == "rmatmul" else name


def _is_access(func: Callable[..., Any]) -> bool:
    """Return whether a function only reads an attribute of a tensor."""
    return getattr(func, "__name__", "") == "__get__"
