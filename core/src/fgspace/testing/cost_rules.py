"""The conformance suite of cost rules, which count a module type without building it."""

from inspect import Parameter, signature
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, ClassVar, Self

from fgspace.plugins.default_registry import default_registry
from fgspace.plugins.registry import Type
from fgspace.signatures.schemas import schema_of
from fgspace.testing.kit.examples import Example, examples_of
from fgspace.testing.kit.running import compare, input_that_fits

_STARRED = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


class CostRuleSuite:
    """What every cost rule must do; the kit makes it, from the examples of the module type that the rule counts.

    Attributes:
        rule: the rule.
        module: the module type of the same name.
    """

    rule: Any = None
    module: Any = None
    promises: ClassVar[int] = 2

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a rule."""
        suite = cls()
        suite.rule, suite.module = found, default_registry().get("module", found.name)
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no arguments."""
        raise NotImplementedError(name)

    def test_its_parameters_are_those_of_the_module(self) -> None:
        """After the shape of the input come the module's parameters, by name."""
        ours = [*signature(self.rule.load()).parameters.values()][1:]
        theirs = signature(schema_of(self.module)).parameters
        if not any(one.kind in _STARRED for one in ours):
            assert [one.name for one in ours] == [name for name in theirs if name != "self"]

    def test_it_counts_what_is_built(self) -> None:
        """For every example of the module, parameters, multiply-adds and output shape are those of the built one."""
        with TemporaryDirectory() as folder:
            for example in examples_of(self.module, Path(folder)):
                description = {"type": self.module.name, **example.options}
                compare(description, example.input_shape or input_that_fits(description))
