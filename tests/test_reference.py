"""The descriptions of the older systems run unchanged, and their costs are exactly those of the older systems."""

from pathlib import Path

import fgspace
import pytest

COPIES = Path(__file__).parent / "reference"
ORIGINALS = Path(__file__).parents[2] / "shared" / "reference" / "configs"
COSTS = {
    "01_resnet18_coarse": ((3, 224, 224), 11_181_642, 1_813_566_464),
    "02_resnet50_fine": ((3, 224, 224), 23_528_522, 4_087_156_736),
    "03_resnet_variant": ((3, 32, 32), 11_173_962, 555_422_720),
    "07_backbone_model": ((3, 32, 32), 7_579_114, 96_310_272),
    "08_backbone_nas": ((3, 32, 32), 7_579_114, 96_310_272),
}


@pytest.mark.parametrize("name", COSTS)
def test_a_reference_description_costs_what_the_reference_says(name: str) -> None:
    shape, params, macs = COSTS[name]
    cost = fgspace.space(COPIES / f"{name}.yaml").cost(input_shape=shape)
    assert (cost["params"], cost["macs"]) == (params, macs)


@pytest.mark.parametrize("name", COSTS)
def test_a_reference_description_builds_a_network_of_as_many_parameters(name: str) -> None:
    shape, params, _ = COSTS[name]
    model = fgspace.space(COPIES / f"{name}.yaml").build(input_shape=shape, init=False)
    assert sum(weights.numel() for weights in model.parameters()) == params


@pytest.mark.parametrize("name", COSTS)
def test_the_copy_of_a_reference_description_is_the_original(name: str) -> None:
    original = ORIGINALS / f"{name}.yaml"
    if not original.exists():
        pytest.skip("the originals are not beside this repository")
    assert (COPIES / original.name).read_bytes() == original.read_bytes()
