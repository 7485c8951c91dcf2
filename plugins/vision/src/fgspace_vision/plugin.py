"""What the vision plugin provides."""

from fgspace import Provided, hookimpl


@hookimpl
def fgspace_provide_evaluators() -> list[Provided]:
    """Provide the evaluator that trains and measures image classifiers."""
    return [
        Provided(
            "ImageClassification",
            "fgspace_vision.evaluator:ImageClassification",
            "trains a network on images and measures it on the validation part",
            examples=({"epochs": 1, "device": "cpu"},),
        ),
        Provided(
            "CompressedClassification",
            "fgspace_vision.compressed:CompressedClassification",
            "trains a network on images once, and measures what its processes make of it",
            examples=({"epochs": 1, "device": "cpu"},),
        ),
    ]


@hookimpl
def fgspace_provide_datasets() -> list[Provided]:
    """Provide one data set a format."""
    return [
        Provided("Digits", "fgspace_vision.datasets.digits:Digits", "scikit-learn's 1,797 digits, 8×8 grey, no files"),
        Provided(
            "Cifar10",
            "fgspace_vision.datasets.cifar:Cifar10",
            "CIFAR-10, 32×32 colour, as it is published",
            examples="fgspace_vision.datasets.examples:cifar10",
        ),
        Provided(
            "Cifar100",
            "fgspace_vision.datasets.cifar:Cifar100",
            "CIFAR-100, fine or coarse labels",
            examples="fgspace_vision.datasets.examples:cifar100",
        ),
        Provided(
            "Idx",
            "fgspace_vision.datasets.idx:Idx",
            "the four idx files of MNIST and its family, .gz or not",
            examples="fgspace_vision.datasets.examples:idx",
        ),
        Provided(
            "ImageFolder",
            "fgspace_vision.datasets.folder:ImageFolder",
            "a folder or zip of one folder a class",
            examples="fgspace_vision.datasets.examples:image_folder",
        ),
        Provided(
            "Npz",
            "fgspace_vision.datasets.npz:Npz",
            "arrays of images and labels in one .npz file",
            examples="fgspace_vision.datasets.examples:npz",
        ),
    ]
