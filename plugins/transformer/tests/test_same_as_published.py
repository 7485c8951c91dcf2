"""The networks count as their papers say, and answer as those of `transformers` do with the same weights."""

import re

import fgspace
import pytest
import torch

LARGE = (3, 224, 224)
# With 1000 classes at 224×224: 22.05 M and 4.6 G of DeiT-S, 86.57 M and 17.6 G of ViT-B/16, 304.33 M of ViT-L/16.
COUNTS = [
    ({"size": "tiny"}, 5_717_416, 1_253_683_200),
    ({"size": "small"}, 22_050_664, 4_598_882_304),
    ({"size": "base"}, 86_567_656, 17_563_828_224),
    ({"size": "large"}, 304_326_632, 61_554_712_576),
]
SMALL = {"width": 24, "depth": 2, "heads": 3}
# Our names of tensors, and those of transformers.
BLOCKS = (r"blocks\.block_(\d)", r"layers.\1")
VIT = (
    (r"^patches\.conv", "embeddings.patch_embeddings.projection"),
    (r"^patches\.tokens\.weight", "embeddings.cls_token"),
    (r"^positions\.weight", "embeddings.position_embeddings"),
    (r"^norm\.", "layernorm."),
    (r"^head\.", "classifier."),
    BLOCKS,
    (r"attention\.branch\.norm", "layernorm_before"),
    (r"mlp\.branch\.norm", "layernorm_after"),
    (r"attention\.branch\.heads\.projected\.(.)(?:uery|ey|alue)", r"attention.\1_proj"),
    (r"attention\.branch\.heads\.out", "attention.o_proj"),
    (r"mlp\.branch\.layers\.expand", "mlp.fc1"),
    (r"mlp\.branch\.layers\.project", "mlp.fc2"),
)
GPT2 = (
    ("^embedding", "wte"),
    ("^positions", "wpe"),
    (r"^norm\.", "ln_f."),
    (r"^head\.", "lm_head."),
    (r"blocks\.block_(\d)", r"h.\1"),
    (r"attention\.branch\.norm", "ln_1"),
    (r"mlp\.branch\.norm", "ln_2"),
    (r"attention\.branch\.heads\.projected\.(\w+)", r"attn.\1"),
    (r"attention\.branch\.heads\.out", "attn.c_proj"),
    (r"mlp\.branch\.layers\.expand", "mlp.c_fc"),
    (r"mlp\.branch\.layers\.project", "mlp.c_proj"),
)


@pytest.mark.parametrize(("parameters", "params", "macs"), COUNTS)
def test_a_size_counts_as_its_paper_says(parameters, params, macs):
    space = fgspace.space({"modules": ["net"], "net": {"type": "VisionTransformer", **parameters}})
    assert space.cost(input_shape=LARGE) == {"params": params, "macs": macs}


def test_a_vision_transformer_answers_as_that_of_transformers_with_its_weights():
    transformers = installed()
    sizes = {"hidden_size": 24, "num_hidden_layers": 2, "num_attention_heads": 3, "intermediate_size": 96}
    config = transformers.ViTConfig(**sizes, image_size=16, patch_size=4, num_labels=7, layer_norm_eps=1e-6)
    theirs = random_weights(transformers.ViTForImageClassification(config))
    weights = {name.removeprefix("vit."): one for name, one in theirs.state_dict().items()}
    ours = loaded({"type": "VisionTransformer", **SMALL, "patch": 4, "num_class": 7}, (3, 16, 16), VIT, weights)
    compare(ours, theirs, torch.randn(2, 3, 16, 16))


def test_a_causal_language_model_answers_as_gpt_2_with_its_weights():
    transformers = installed()
    tokens = {"vocab_size": 50, "n_positions": 12, "bos_token_id": 0, "eos_token_id": 0, "use_cache": False}
    theirs = random_weights(
        transformers.GPT2LMHeadModel(transformers.GPT2Config(**tokens, n_embd=24, n_layer=2, n_head=3))
    )
    weights = {name.removeprefix("transformer."): one for name, one in theirs.state_dict().items()}
    for name in [name for name in weights if ".c_" in name and name.endswith("weight")]:
        weights[name] = weights[name].T  # GPT-2 holds linear layers as (in, out)
    for name in [name for name in weights if ".c_attn." in name]:
        for part, one in zip(("query", "key", "value"), weights.pop(name).chunk(3), strict=True):
            weights[name.replace("c_attn", part)] = one
    text = {"shape": [12], "dtype": "int64", "below": 50}
    ours = loaded({"type": "CausalLanguageModel", **SMALL, "vocabulary": 50}, text, GPT2, weights)
    compare(ours, theirs, torch.randint(50, (2, 12)))


def test_a_causal_language_model_does_not_see_later_tokens():
    text = {"shape": [12], "dtype": "int64", "below": 50}
    network = fgspace.build({"type": "CausalLanguageModel", **SMALL, "vocabulary": 50}, input_shape=text).eval()
    given = torch.randint(50, (1, 12))
    changed = given.clone()
    changed[0, 8:] = (given[0, 8:] + 1) % 50
    first, second = network(given)[0], network(changed)[0]
    torch.testing.assert_close(first[:8], second[:8])
    assert not torch.allclose(first[8:], second[8:])


def installed():
    return pytest.importorskip("transformers", reason="transformers is not installed; make test-zoo does it")


def random_weights(model):
    """Give a model of transformers weights that all matter; nothing is downloaded."""
    torch.manual_seed(0)
    for parameter in model.parameters():
        torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


def loaded(description, input_shape, names, weights):
    """Return our network with weights of theirs, all of which it has a place for."""
    ours, weights = fgspace.build(description, input_shape=input_shape).eval(), dict(weights)
    found = {name: weights.pop(renamed(name, names)).reshape(one.shape) for name, one in ours.state_dict().items()}
    ours.load_state_dict(found)
    assert weights == {}
    return ours


def renamed(name, names):
    for pattern, theirs in names:
        name = re.sub(pattern, theirs, name)
    return name


def compare(ours, theirs, given):
    with torch.no_grad():
        expected, got = theirs(given).logits, ours(given)
    assert float(expected.std()) > 0.1
    torch.testing.assert_close(got, expected, rtol=1e-4, atol=1e-5)
