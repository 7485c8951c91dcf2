"""Cost rules: functions that count a module without building it."""

from collections.abc import Hashable, Mapping
from typing import Any, Protocol

from fgspace.network.costs import Shape
from fgspace.plugins.loading import CORE
from fgspace.plugins.registry import Registry, Type

Counted = tuple[Shape, int, int]
"""The output shape, the number of parameters, and the multiply-adds, as a cost rule returns them."""


class CostRule(Hashable, Protocol):
    """Counts one module without building it: a function of the input's shape and of the module's own arguments.

    `shape` is (C, H, W), without the batch; a tuple of shapes if the module takes several tensors. The other
    parameters are those of the module, with the same names and defaults. Returns the output shape, the number of
    learned parameters, and the multiply-adds of convolutions, linear layers and matrix products for one input.

    Raises:
        ValueError: the module cannot be made with these arguments, or does not take an input of this shape.
        TypeError: the module does not take these arguments.
    """

    def __call__(self, shape: Shape, /, *args: Any, **kwargs: Any) -> Counted:
        """Count the module with these arguments on an input of this shape."""


class CostRules:
    """The cost rules of a registry by module; each is loaded when it is first used."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry
        self._rules = {(one.plugin, one.short_name): one for one in registry.types if one.kind == "cost_rule"}
        self._found: dict[Any, CostRule | None] = {}
        self._by_class: Mapping[Any, Type] | None = None

    def of(self, target: Any) -> CostRule | None:
        """Return the rule of a module, None if it has none.

        `target` is the name of a class of `torch.nn`, or a class or function itself.
        """
        try:
            return self._found[target]
        except KeyError:
            rule = self._rules.get((CORE, target)) if isinstance(target, str) else self._classes().get(target)
            found = self._found[target] = None if rule is None else rule.load()
            return found
        except TypeError:  # a callable that cannot be hashed
            return None

    def _classes(self) -> Mapping[Any, Type]:
        """Return class or function → rule of the module types, except those of core, whose rules are found by name."""
        if self._by_class is None:
            modules = (one for one in self._registry.types if one.kind == "module" and one.plugin != CORE)
            named = {one: self._rules.get((one.plugin, one.short_name)) for one in modules}
            self._by_class = {one.load(): rule for one, rule in named.items() if rule is not None}
        return self._by_class
