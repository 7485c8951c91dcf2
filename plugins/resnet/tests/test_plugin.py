"""The plugin passes the conformance suite, and the search space in its README is valid."""

from pathlib import Path

import fgspace
import yaml

README = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")


def test_the_space_in_the_readme_is_valid():
    space = fgspace.space(yaml.safe_load(README.partition("```yaml\n")[2].partition("```")[0]))
    assert space.size == 2**8 * 70
    assert space.cost()["params"] == 7_579_114
