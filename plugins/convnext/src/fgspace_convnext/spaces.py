"""A space over the depths, widths, kernels and expansions of the stages of a ConvNeXt."""

from typing import Any

from fgspace import Choice, DescribedSpace, Domain, Int

from fgspace_convnext.blocks import Version
from fgspace_convnext.networks import SIZES

KERNELS = (3, 5, 7, 9)
EXPANSIONS = (2, 3, 4)


class ConvNeXtSpace(DescribedSpace):
    """ConvNeXt with four values searched in each stage: depth, width, kernel and expansion.

    Maps images (N, C, H, W) to logits (N, num_class), or to the features of the last stage if `num_class` is null. The
    search starts at the size that is given; depths reach from 1 to one and a half of those of the size, widths from a
    half to one and a half of its, in eighths. Raises ValueError for an unknown size, and for `stages` that are not from
    1 to 4.

    Args:
        size: the size to start from: atto, femto, pico, nano, tiny, small, base, large, xlarge, huge.
        version: 1 or 2.
        patch: the side of the patches that the stem cuts.
        stages: the number of stages, each but the first of which halves height and width.
        num_class: the number of logits; null leaves the classifier out.
    """

    def __init__(
        self, size: str = "tiny", version: Version = 1, patch: int = 4, stages: int = 4, num_class: int | None = 1000
    ) -> None:
        if size not in SIZES:
            raise ValueError(f"size must be one of {', '.join(SIZES)}; got {size!r}")
        if not 1 <= stages <= 4:
            raise ValueError(f"stages must be from 1 to 4, got {stages!r}")
        self.depths = SIZES[size][0][:stages]
        self.widths = [SIZES[size][1] << index for index in range(stages)]
        self.version, self.patch, self.num_class = version, patch, num_class

    def description(self) -> dict[str, Any]:
        """Return the network of the size, part by part."""
        parts: dict[str, dict[str, Any]] = {
            "stem": {"type": "convnext/ConvNeXtStem", "width": self.widths[0], "patch": self.patch}
        }
        for index, (depth, width) in enumerate(zip(self.depths, self.widths, strict=True)):
            sizes = {"width": width, "depth": depth, "stride": 2 if index else 1, "kernel": 7, "expansion": 4}
            parts[f"stage_{index}"] = {"type": "convnext/ConvNeXtStage", **sizes, "version": self.version}
        if self.num_class is not None:
            parts["head"] = {"type": "convnext/ConvNeXtHead", "num_class": self.num_class}
        return {"type": "FineGrainedSpace", "modules": list(parts), **parts}

    def hyper_parameters(self) -> dict[str, Domain]:
        """Return the domains of the four values of each stage."""
        domains: dict[str, Domain] = {}
        for index, (depth, width) in enumerate(zip(self.depths, self.widths, strict=True)):
            stage, step = f"stage_{index}", width // 8
            domains[f"{stage}.depth"] = Int(1, depth + depth // 2)
            domains[f"{stage}.width"] = Int(width // 2, width + width // 2, step=step)
            domains[f"{stage}.kernel"] = Choice(KERNELS)
            domains[f"{stage}.expansion"] = Choice(EXPANSIONS)
        return domains
