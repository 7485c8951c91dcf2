"""The conformance suite of exporters."""

import warnings
from collections.abc import Callable, Mapping
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, ClassVar, Self

import fgspace
from fgspace.network.inputs import as_shape
from fgspace.plugins.registry import Type
from fgspace.testing.kit.checks import only_if
from fgspace.testing.kit.examples import Example
from fgspace.testing.kit.running import outputs

_NETWORK: Mapping[str, Any] = {
    "type": "Sequential",
    "modules": ["conv", "norm", "act", "pool", "flatten", "head"],
    "conv": {"type": "Conv2d", "out_channels": 8, "kernel_size": 3, "padding": 1},
    "norm": {"type": "BatchNorm2d"},
    "act": {"type": "ReLU"},
    "pool": {"type": "AdaptiveAvgPool2d", "output_size": 1},
    "flatten": {"type": "Flatten"},
    "head": {"type": "Linear", "out_features": 10},
}
_INPUT = (3, 16, 16)


class ExporterSuite:
    """What every exporter must do: subclass it in a test module, with `export` as a static method.

    An exporter may have an attribute `answers`, a function of a file and an input (a tensor) that returns what the
    network in the file puts out; without it, only the files of an exporter with "onnx" in its name are run.

    Attributes:
        export: the exporter.
        network: the description of a network that it takes.
        input_shape: the shape of its input.
        answers: what runs a file.
        suffix: that of the files.
    """

    export: Any = None
    network: Mapping[str, Any] = _NETWORK
    input_shape: Any = _INPUT
    answers: Callable[[Path, Any], Any] | None = None
    suffix = "out"
    promises: ClassVar[int] = 4

    @classmethod
    def of(cls, found: Type, example: Example) -> Self:
        """Return the suite of a type, tried as an example has it."""
        suite, export = cls(), found.load()
        suite.export = partial(export, **example.options)
        suite.answers = getattr(export, "answers", _of_onnx if "onnx" in found.short_name.lower() else None)
        suite.suffix = found.short_name.lower()
        suite.network = example.network or cls.network
        suite.input_shape = example.input_shape or cls.input_shape
        return suite

    def given(self, name: str) -> Any:
        """Return nothing: the tests take no more than a folder."""
        raise NotImplementedError(name)

    @property
    def can_be_run(self) -> bool:
        """Whether it is known how to run its files."""
        return self.answers is not None and (self.answers is not _of_onnx or find_spec("onnxruntime") is not None)

    def test_it_writes_the_file_that_it_is_given(self, tmp_path: Path) -> None:
        """The file is there and not empty; nothing lies beside it that has not its name."""
        path = self._written(tmp_path)
        assert path.stat().st_size > 0
        assert {one.name.partition(".")[0] for one in tmp_path.iterdir()} == {"network"}

    def test_it_leaves_the_model_as_it_is(self, tmp_path: Path) -> None:
        """Weights, mode and answers are what they were."""
        import torch

        model = self._model()
        before, answers = {name: one.clone() for name, one in model.state_dict().items()}, self._outputs(model)
        self._export(model, tmp_path / f"network.{self.suffix}")
        assert not model.training
        assert [name for name, one in model.state_dict().items() if not torch.equal(one, before[name])] == []
        for one, other in zip(self._outputs(model), answers, strict=True):
            torch.testing.assert_close(one, other, rtol=0, atol=0)

    def test_it_writes_a_model_that_was_in_training(self, tmp_path: Path) -> None:
        """The file is that of the model in evaluation, and the model stays in training."""
        model = self._model().train()
        self._export(model, tmp_path / f"network.{self.suffix}")
        assert model.training

    def test_it_overwrites_a_file(self, tmp_path: Path) -> None:
        """A second export to the same path takes the place of the first."""
        (tmp_path / f"network.{self.suffix}").write_text("old")
        written = self._written(tmp_path)
        assert written.is_dir() or written.read_bytes()[:3] != b"old"

    @only_if(
        "can_be_run", "nothing runs its file: give the exporter an attribute `answers`, or install onnxruntime for ONNX"
    )
    def test_what_the_file_answers_is_what_the_model_answers(self, tmp_path: Path) -> None:
        """For noise, within a thousandth of the largest output."""
        import torch

        from fgspace.network.trace import example

        model, path = self._model(), self._written(tmp_path)
        given = example(self.input_shape, 1, seed=0)
        expected = model(given).detach()
        answers = torch.as_tensor((self.answers or _of_onnx)(path, given))
        assert answers.shape == expected.shape
        torch.testing.assert_close(answers, expected, rtol=1e-3, atol=1e-3 * float(expected.abs().max()))

    def _model(self) -> Any:
        import torch

        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(0)
            return fgspace.build(self.network, input_shape=self.input_shape).eval()

    def _written(self, folder: Path) -> Path:
        path = folder / f"network.{self.suffix}"
        self._export(self._model(), path)
        return path

    def _export(self, model: Any, path: Path) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            self.export(model, path, as_shape(self.input_shape))

    def _outputs(self, model: Any) -> Any:
        return outputs(model, self.input_shape)


def _of_onnx(path: Path, given: Any) -> Any:
    """Return what an ONNX file answers."""
    runtime: Any = import_module("onnxruntime")
    session = runtime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return session.run(None, {session.get_inputs()[0].name: given.numpy()})[0]
