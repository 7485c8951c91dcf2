"""The process type `Depth`: takes the finished model and returns one with fewer residual blocks."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import fgspace
from fgspace import Layer, Searched, Vector, bits
from torch import Tensor, nn

from fgspace_prune.blocks import Block, blocks
from fgspace_prune.structure import copied, without_values


def kept_blocks(rows: Sequence[Layer], plan: Sequence[Block]) -> tuple[Vector, list[int]]:
    """Return the domain of `keep`, one bit a block, and its start: all stay."""
    if not plan:
        raise ValueError(_NO_BLOCKS)
    return bits(len(plan)), [1] * len(plan)


Kept = Annotated[list[int] | dict[str, int] | None, Searched(follows=kept_blocks)]


class Skipped(nn.Module):
    """Stands in place of a removed block, and returns its first argument.

    `results` is the number of results of the block if it returned a tuple; those after the first are None. The model's
    code may read attributes of the block: it gets those of `block`, whose parameters have no values.
    """

    def __init__(self, results: int | None, block: nn.Module | None = None) -> None:
        super().__init__()
        self.results = results
        self.__dict__["block"] = block  # not as a module inside, whose parameters would count

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            block = self.__dict__.get("block")
            if block is None or name.startswith("__"):
                raise
            return getattr(block, name)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Return the first tensor among the arguments."""
        given = next(one for one in (*args, *kwargs.values()) if isinstance(one, Tensor))
        return given if self.results is None else (given, *[None] * (self.results - 1))


class Depth:
    """Removes residual blocks: elements of an `nn.Sequential` or `nn.ModuleList` that add to their input.

    Such a block runs once, and puts out a tensor of the shape of its input. A removed block is replaced by one without
    parameters that passes its input on, so that the names of all other weights stay.

    Args:
        keep: 1 for each block that stays and 0 for each that is removed, in the order in which they run, or a mapping
            by the path of a block; blocks that it does not name stay.
    """

    def __init__(self, keep: Kept = None) -> None:
        for bit in keep.values() if isinstance(keep, Mapping) else keep or ():
            if bit not in (0, 1):
                raise ValueError(f"keep: expected 1 for a block that stays and 0 for one that goes, got {bit!r}")
        self.keep = keep

    def __call__(self, model: nn.Module, input_shape: Sequence[int]) -> nn.Module:
        """Return a copy of the model without the removed blocks; the model does not change.

        Raises ValueError if `keep` does not fit the blocks of the model, or the smaller model does not run.
        """
        gone = self.removed(blocks(model, input_shape))
        small: nn.Module = copied(model, {})
        for block in gone:
            parent, _, name = block.path.rpartition(".")
            holder = small.get_submodule(parent)
            holder._modules[name] = Skipped(block.results, without_values(small.get_submodule(block.path)))
        if gone:
            fgspace.trace.rows(small, input_shape)
        return small

    @staticmethod
    def plan(model: nn.Module, input_shape: Sequence[int]) -> tuple[Block, ...]:
        """Return the blocks that can be removed; the model may be on the meta device."""
        return blocks(model, input_shape)

    def layers_after(self, rows: Sequence[Layer], plan: Sequence[Block]) -> list[Layer]:
        """Return the rows without those of the removed blocks; each of these has one row that passes its input on."""
        gone = {block.path: block for block in self.removed(plan)}
        found: dict[str, Layer] = {}
        for row in rows:
            block = next((gone[path] for path in _outward(row.path) if path in gone), None)
            if block is None:
                found[f"{row.path}:{row.type}:{row.call}"] = row
            else:
                found.setdefault(block.path, Layer(block.path, "Skipped", block.in_shape, block.out_shape, 0, 0))
        return list(found.values())

    def removed(self, found: Sequence[Block]) -> list[Block]:
        """Return the blocks that are removed; raise ValueError if `keep` does not fit the blocks."""
        keep = self.keep
        if keep is None:
            return []
        if not found:
            raise ValueError(_NO_BLOCKS)
        paths = [block.path for block in found]
        if not isinstance(keep, Mapping):
            if len(keep) != len(found):
                raise ValueError(f"keep: expected {len(found)} values, one a block ({_some(paths)}), got {len(keep)}")
            keep = dict(zip(paths, keep, strict=True))
        for path in keep:
            if path not in paths:
                raise ValueError(f"keep: {path!r} is no block that can be removed; there are {_some(paths)}")
        return [block for block in found if not keep.get(block.path, 1)]


_NO_BLOCKS = (
    "keep: no block can be removed; expected elements of an nn.Sequential or nn.ModuleList that add to their input and "
    "keep its shape"
)


def _outward(path: str) -> list[str]:
    """Return a path and those of the modules around it."""
    names = path.split(".")
    return [".".join(names[:end]) for end in range(len(names), 0, -1)]


def _some(paths: Sequence[str]) -> str:
    more = f" and {len(paths) - 3} more" if len(paths) > 3 else ""
    return ", ".join(map(repr, paths[:3])) + more
