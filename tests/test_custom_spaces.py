"""The Python spaces of the examples: their points and networks, and searches on them."""

import runpy
from pathlib import Path
from random import Random
from typing import Any, ClassVar

import fgspace
import pytest
import torch
from fgspace.cli import main
from fgspace.plugins.program import import_modules, registered
from fgspace.testing import SpaceSuite

EXAMPLES = Path(__file__).parents[1] / "examples"
FILES = [EXAMPLES / "custom_space.py", EXAMPLES / "described_space.py"]
SEARCH = """
search_space: {space}
evaluator: {{type: ImageClassification, dataset: {{type: Digits}}, epochs: 1}}
objectives: {{accuracy: max, macs: min}}
budget: {{trials: 2}}
"""


@pytest.fixture(autouse=True, scope="module")
def _examples() -> None:
    import_modules(map(str, FILES))


@pytest.fixture
def _a_program_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Remove the types that a test registers."""
    monkeypatch.setattr("fgspace.plugins.program._registered", {one[:2]: one for one in registered()})


class TestResNetBlockSpace2(SpaceSuite):
    """The conformance suite of the custom space."""

    source: ClassVar[Any] = {"type": "ResNetBlockSpace2", "block_mask": [0, 1], "num_class": 10}
    input_shape = (1, 8, 8)


class TestConvolutionsSpace(SpaceSuite):
    """The conformance suite of the described space."""

    source: ClassVar[Any] = {"type": "ConvolutionsSpace"}
    input_shape = (1, 8, 8)


def convolutions(network: torch.nn.Module) -> list[tuple[int, int, int, int]]:
    """Return the input and output channels, kernel and stride of each convolution."""
    found = [module for module in network.modules() if isinstance(module, torch.nn.Conv2d)]
    return [(conv.in_channels, conv.out_channels, conv.kernel_size[0], conv.stride[0]) for conv in found]


def test_tokens_0_3_5_mean_widths_8_40_128() -> None:
    space = fgspace.space({"type": "ResNetBlockSpace2", "block_mask": [1, 0]})
    network = space.build(space.decode([0, 3, 5, 0, 3, 5]))
    projected = [(3, 8, 1, 1), (8, 40, 3, 2), (40, 128, 1, 1), (3, 128, 1, 2)]
    assert convolutions(network) == [*projected, (128, 8, 1, 1), (8, 40, 3, 1), (40, 128, 1, 1)]


def test_the_mask_says_where_the_custom_space_halves() -> None:
    for mask in ([0, 0, 0], [1, 0, 1], [1, 1, 1]):
        space = fgspace.space({"type": "ResNetBlockSpace2", "block_mask": mask})
        point = space.sample(Random(0))
        out = space.network.cost(space.at(point), (3, 32, 32)).output_shape
        assert out[1:] == (32 >> sum(mask), 32 >> sum(mask))


def test_the_custom_space_has_three_tokens_a_block() -> None:
    space = fgspace.space({"type": "ResNetBlockSpace2", "block_mask": [0, 1, 0]})
    assert (space.range_table, space.init_tokens) == ([8] * 9, [0, 3, 5] * 3)


def test_a_space_class_has_the_face_of_a_space_itself() -> None:
    from custom_space import ResNetBlockSpace2

    space = ResNetBlockSpace2([0, 1], num_class=10)
    point = space.mutate(space.sample(Random(0)), Random(1))
    assert space.decode(space.encode(point)) == point
    assert space.size == 8**6
    assert list(space.hyper_parameters) == ["tokens"]
    assert space.at(point) == {"type": "program/ResNetBlockSpace2", "block_mask": [0, 1], "num_class": 10, **point}
    assert space.cost(point)["params"] == sum(weights.numel() for weights in space.build(point).parameters())


def test_each_hyper_parameter_of_a_described_space_has_the_domain_that_was_written_for_it() -> None:
    space = fgspace.space({"type": "ConvolutionsSpace", "depth": 12})
    written = {path: domain for path, domain in space.hyper_parameters.items() if not path.startswith("act_")}
    widths = {f"conv_{index}.out_channels": fgspace.Int(8, 32, step=8) for index in range(12)}
    kernels = {f"conv_{index}.kernel_size": fgspace.Choice((1, 3, 5)) for index in range(12)}
    assert written == {**widths, **kernels}


@pytest.mark.usefixtures("_a_program_of_its_own")
def test_two_described_spaces_share_nothing_though_their_class_has_one_domain_for_both() -> None:
    shared = {"choice": [1, 3]}

    @fgspace.register
    class OneDomain(fgspace.DescribedSpace):
        def description(self) -> Any:
            conv = {"type": "Conv2d", "out_channels": 4, "kernel_size": shared}
            return {"type": "FineGrainedSpace", "modules": ["conv", "twin"], "conv": conv, "twin": conv}

        def hyper_parameters(self) -> Any:
            return {}

    chain = fgspace.space(["OneDomain", "OneDomain"])
    assert list(chain.hyper_parameters) == ["OneDomain_0.conv.kernel_size", "OneDomain_1.conv.kernel_size"]


@pytest.mark.usefixtures("_a_program_of_its_own")
def test_a_name_that_the_program_has_given_already_is_refused() -> None:
    with pytest.raises(fgspace.FgspaceError) as raised:

        @fgspace.register
        class ResNetBlockSpace2(fgspace.TokenSpace):
            pass

    assert str(raised.value) == (
        "search space 'ResNetBlockSpace2' is registered already, by custom_space.ResNetBlockSpace2; choose another name"
    )


@pytest.mark.usefixtures("_a_program_of_its_own")
def test_a_name_that_a_plugin_has_must_be_written_in_full() -> None:
    @fgspace.register
    class ResNetSpace(fgspace.TokenSpace):
        pass

    with pytest.raises(fgspace.FgspaceError) as raised:
        fgspace.space({"type": "ResNetSpace"})
    assert str(raised.value) == (
        "type: search space 'ResNetSpace' is provided by plugin 'program' (this program) and plugin 'resnet' "
        "(fgspace-plugin-resnet 0.1.0); write 'program/ResNetSpace' or 'resnet/ResNetSpace', or leave a plugin out "
        "with --no-plugin"
    )
    assert fgspace.space(["resnet/ResNetSpace"]).range_table == [7, 5, 7, 6, 6, 13, 5, 6]


def test_a_space_class_without_a_name_says_what_to_do() -> None:
    class Nameless(fgspace.TokenSpace):
        pass

    with pytest.raises(fgspace.FgspaceError) as raised:
        Nameless().sample(Random(0))
    assert str(raised.value) == "Nameless has no name yet; put @fgspace.register above the class"


@pytest.mark.usefixtures("_a_program_of_its_own")
def test_tokens_may_stand_for_a_module_of_torch() -> None:
    @fgspace.register
    class Plain(fgspace.TokenSpace):
        """Two convolutions."""

        def init_tokens(self) -> list[int]:
            return [1]

        def range_table(self) -> list[int]:
            return [3]

        def token2arch(self, tokens: Any) -> torch.nn.Module:
            width = 4 + tokens[0]
            return torch.nn.Sequential(torch.nn.Conv2d(3, width, 3), torch.nn.ReLU(), torch.nn.Conv2d(width, 2, 1))

    space = fgspace.space(["Plain", {"type": "ResNetBlockSpace2", "block_mask": [1]}])
    for point in (space.initial, space.sample(Random(0))):
        network = space.build(point, (3, 8, 8)).eval()
        assert network(torch.rand(1, 3, 8, 8)).shape[2:] == (3, 3)
        counted = sum(weights.numel() for weights in network.parameters())
        assert space.cost(point, (3, 8, 8))["params"] == counted


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_an_example_searches_when_it_is_run(
    file: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("fgspace.plugins.program._registered", {})
    runpy.run_path(str(file), run_name="__main__")
    front = [line.split()[:3] for line in capsys.readouterr().out.splitlines()]
    assert front
    assert all(0.3 < float(accuracy) <= 1 and unit == "MACs" for accuracy, _, unit in front)


@pytest.mark.parametrize(
    ("file", "space"),
    [
        (FILES[0], "{type: ResNetBlockSpace2, block_mask: [1, 1], num_class: 10}"),
        (FILES[1], "[{type: ConvolutionsSpace, depth: 1}]"),
    ],
    ids=["custom_space", "described_space"],
)
def test_the_command_searches_a_space_of_a_python_file(
    file: Path, space: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    search = tmp_path / "search.yaml"
    search.write_text(SEARCH.format(space=space), encoding="utf-8")
    assert main(["search", str(search), "-p", str(file), "--out", str(tmp_path / "out")]) == 0
    assert " of 2 trials" in capsys.readouterr().out
    assert (tmp_path / "out" / "pareto_front.csv").read_text(encoding="utf-8").count("\n") >= 2


def test_a_described_space_has_the_same_tokens_alone_in_a_chain_and_as_a_part() -> None:
    described = {"type": "ConvolutionsSpace", "depth": 11}
    alone, chain = fgspace.space(described), fgspace.space([("ResNetBlockSpace2", {"block_mask": [0]}), described])
    part = fgspace.space({"type": "FineGrainedSpace", "modules": ["body"], "body": described})
    paths = list(alone.hyper_parameters)
    assert paths[:3] == ["conv_0.kernel_size", "conv_0.out_channels", "act_0"]
    assert list(chain.hyper_parameters)[1:] == [f"ConvolutionsSpace.{path}" for path in paths]
    assert chain.range_table == [8, 8, 8, *alone.range_table]
    assert list(part.hyper_parameters) == [f"body.{path}" for path in paths]
