"""The types that the transformer plugin provides."""

from collections.abc import Iterable
from typing import Any

from fgspace import Provided, hookimpl

_TOKENS = {"input": [5, 16]}
_SMALL = {"width": 16, "depth": 2, "heads": 2}
_IMAGE = {**_SMALL, "patch": 4, "num_class": 10, "input": [3, 16, 16]}
_TEXT = {"vocabulary": 30, "input": {"shape": [6], "dtype": "int64", "below": 30}}
_BLOCKS, _LEAVES = "fgspace_transformer.blocks", "fgspace_transformer.leaves"
_NETWORKS, _SPACES = "fgspace_transformer.networks", "fgspace_transformer.spaces"


@hookimpl
def fgspace_provide_modules() -> Iterable[Provided]:
    """Name the module types: the networks, their parts, and what `torch.nn` has not."""
    other, causal = {**_IMAGE, "num_class": None, "head_width": 4}, {"heads": 3, "head_width": 4, "causal": True}
    heads = {"head_width": 4, "input": [[5, 8], [5, 8], [5, 8]]}
    modules: tuple[tuple[Any, ...], ...] = (
        (_NETWORKS, "VisionTransformer", "ViT of a size, on patches of images", _IMAGE, other),
        (_NETWORKS, "CausalLanguageModel", "tells the next token, as GPT-2 does", {**_SMALL, **_TEXT}),
        (_BLOCKS, "TransformerBlock", "attention and a feed-forward part behind norms", _TOKENS, {**causal, **_TOKENS}),
        (_BLOCKS, "Attention", "attention of several heads", _TOKENS),
        (_BLOCKS, "FeedForward", "two linear layers", _TOKENS, {"activation": "gelu_tanh", **_TOKENS}),
        (_BLOCKS, "PatchEmbedding", "patches of the image as tokens", {"width": 16, "patch": 4}),
        (_LEAVES, "MapTokens", "the pixels of a map as tokens, behind a learned one", {}),
        (_LEAVES, "LearnedPositions", "a learned vector for each position", {"width": 16, **_TOKENS}),
        (_LEAVES, "Attend", "what heads read of queries, keys and values", heads),
        (_LEAVES, "FirstToken", "the token of the class", _TOKENS),
    )
    return [
        Provided(name, f"{room}:{name}", summary, examples=tuple(examples))
        for room, name, summary, *examples in modules
    ]


@hookimpl
def fgspace_provide_search_spaces() -> Iterable[Provided]:
    """Name the spaces."""
    image = {"size": "tiny", "depth": 2, "patch": 8, "num_class": 10, "input": [3, 16, 16]}
    spaces = {"VisionTransformerSpace": image, "LanguageModelSpace": {**_TEXT, "width": 16, "depth": 2}}
    summary = "depth, width, heads and MLP ratio"
    return [Provided(name, f"{_SPACES}:{name}", summary, examples=(example,)) for name, example in spaces.items()]


@hookimpl
def fgspace_provide_evaluators() -> Iterable[Provided]:
    """Name the evaluator."""
    target, examples = "fgspace_transformer.evaluator:CharacterModelling", "fgspace_transformer.text:small_text"
    return [Provided("CharacterModelling", target, "trains a language model on text files", examples=examples)]


@hookimpl
def fgspace_provide_cost_rules() -> Iterable[Provided]:
    """Name the rules that count the modules of this plugin without building them."""
    rules = {"tokens": "MapTokens", "positions": "LearnedPositions", "attend": "Attend", "first": "FirstToken"}
    return [Provided(name, f"{_LEAVES}:count_{rule}", f"counts {name}") for rule, name in rules.items()]
