"""Files of the two tools, which the conformance suites convert."""

import json
from collections.abc import Sequence
from pathlib import Path

_VEGA = """\
general:
    quota: "flops < 0.6 and params in [100, 20000]"
pipeline: [nas]
nas:
    search_algorithm:
        type: BackboneNas
        codec: BackboneNasCodec
        objective_keys: ['accuracy', 'flops']
        policy: {num_mutate: 10, random_ratio: 0.2}
        range: {max_sample: 100, min_sample: 10}
    search_space:
        hyperparameters:
            -   {key: network.backbone.depth, type: CATEGORY, range: [18, 34]}
            -   {key: network.backbone.doublechannel, type: CATEGORY, range: [2, 3]}
            -   {key: network.backbone.downsample, type: CATEGORY, range: [2, 3]}
    model:
        model_desc: {modules: ['backbone'], backbone: {type: ResNet, num_class: 10, base_channel: 16}}
    dataset: {type: Cifar10, common: {data_path: /data/cifar}}
    trainer: {type: Trainer, epochs: 1, loss: {type: CrossEntropyLoss}}
"""
_SANAS = {
    "configs": [["MobileNetV1Space", {"input_size": 224, "output_size": 32, "block_num": 10}]],
    "init_temperature": 100,
    "reduce_rate": 0.85,
    "search_steps": 300,
}


def vega(folder: Path) -> Sequence[dict[str, str]]:
    """Write an experiment file of Vega."""
    (folder / "vega.yml").write_text(_VEGA, encoding="utf-8")
    return [{"file": str(folder / "vega.yml")}]


def paddleslim(folder: Path) -> Sequence[dict[str, str]]:
    """Write a search of PaddleSlim, and a space alone."""
    (folder / "sanas.json").write_text(json.dumps(_SANAS), encoding="utf-8")
    (folder / "space.json").write_text(json.dumps([["MobileNetV2Space"]]), encoding="utf-8")
    return [{"file": str(folder / name)} for name in ("sanas.json", "space.json")]
