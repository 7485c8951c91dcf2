"""The blocks of the networks of every example and every family: together they are the whole network."""

import subprocess
import sys
from pathlib import Path

import fgspace as fg
import pytest

ROOT = Path(__file__).parents[1]
EXAMPLES = sorted(ROOT.glob("examples/*.yaml"))
HALVED = {"input_size": 32, "output_size": 8, "block_num": 3}
NAMED = [
    {"type": "DartsCellSpace"},
    {"type": "InceptionABlockSpace", **HALVED},
    {"type": "InceptionCBlockSpace", **HALVED},
    {"type": "MobileNetV1Space"},
    {"type": "MobileNetV2Space"},
    {"type": "ResNetBlockSpace", **HALVED},
    {"type": "ResNetSpace"},
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Return a folder with the text that one of the examples reads."""
    made = tmp_path_factory.mktemp("examples")
    subprocess.run([sys.executable, ROOT / "examples" / "poems.py"], cwd=made, check=True, capture_output=True)
    return made


@pytest.mark.parametrize("source", [*map(str, EXAMPLES), *NAMED], ids=lambda one: Path(str(one)).stem)
def test_the_costs_of_blocks_add_up_to_those_of_the_network_and_each_reads_the_one_before(source, folder, monkeypatch):
    monkeypatch.chdir(folder)
    space = fg.space(source)
    for seed in range(2):
        point = space.sample(seed)
        blocks = space.network.blocks(space.network_at(point), space.input_shape)
        cost = space.cost(point)
        assert sum(block.params for block in blocks) == cost["params"]
        assert sum(block.macs for block in blocks) == cost["macs"]
        assert [one.out_shape for one in blocks[:-1]] == [one.in_shape for one in blocks[1:]]
        assert all(block.contents for block in blocks)


def test_a_pruned_network_says_how_many_channels_are_kept():
    space = fg.space(
        {
            "type": "FineGrainedSpace",
            "modules": ["net", "prune"],
            "net": {"type": "ResNet", "depth": 20, "small_input": True},
            "prune": {"type": "Prune", "ratios": 0.5},
        }
    )
    blocks = space.network.blocks(space.network_at(), space.input_shape)
    inner = [block for block in blocks if block.type == "BasicBlock"]
    assert len(inner) == 9
    assert all(kept < before for kept, before in (block.kept for block in inner if block.kept))
    assert blocks[-1].kept is None
