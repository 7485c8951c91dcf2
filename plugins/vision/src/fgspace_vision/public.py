"""What other plugins build on: the evaluator, and the steps of a training; each is imported when it is first used.

`ImageClassification` and `Recipe` import no torch. The names here keep their meaning as those of `fgspace` do.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fgspace_vision.calibration import estimate as estimate
    from fgspace_vision.calibration import images as images
    from fgspace_vision.evaluator import ImageClassification as ImageClassification
    from fgspace_vision.feeding import batches as batches
    from fgspace_vision.feeding import on_device as on_device
    from fgspace_vision.full import read_checkpoint as read_checkpoint
    from fgspace_vision.full import write_checkpoint as write_checkpoint
    from fgspace_vision.layout import PlainConvolutions as PlainConvolutions
    from fgspace_vision.mixing import mix as mix
    from fgspace_vision.networks import save as save
    from fgspace_vision.optimisers import make_optimizer as make_optimizer
    from fgspace_vision.optimisers import make_scheduler as make_scheduler
    from fgspace_vision.recipe import Recipe as Recipe
    from fgspace_vision.recipe import check as check
    from fgspace_vision.reports import Reports as Reports
    from fgspace_vision.splits import Splits as Splits
    from fgspace_vision.training import checked as checked
    from fgspace_vision.training import make_fabric as make_fabric
    from fgspace_vision.training import measure as measure
    from fgspace_vision.training import seeded as seeded
    from fgspace_vision.training import set_up as set_up
    from fgspace_vision.training import train as train

_NAMES = {
    "calibration": "estimate images",
    "evaluator": "ImageClassification",
    "feeding": "batches on_device",
    "full": "read_checkpoint write_checkpoint",
    "layout": "PlainConvolutions",
    "mixing": "mix",
    "networks": "save",
    "optimisers": "make_optimizer make_scheduler",
    "recipe": "Recipe check",
    "reports": "Reports",
    "splits": "Splits",
    "training": "checked make_fabric measure seeded set_up train",
}
_HOMES = {name: module for module, names in _NAMES.items() for name in names.split()}
__all__ = sorted(_HOMES)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"fgspace_vision.{_HOMES[name]}"), name)
