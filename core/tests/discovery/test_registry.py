"""Names and their types, and the errors for unknown and ambiguous names."""

import inspect

import pytest
import torch.nn
from fgspace.plugins.builtin import fgspace_provide_modules
from fgspace.plugins.loading import CORE, load_plugins, selection
from fgspace.plugins.official_names import KNOWN_NAMES, KNOWN_PLUGINS
from fgspace.plugins.registry import AmbiguousTypeError, Registry, UnknownTypeError, load_registry, make_registry
from fgspace.plugins.torch_names import TORCH_NAMES

BLOCKS = "class Block:\n    pass\n"
TWIN = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [Provided("Block", "fgspace_twin.blocks:Block", "another block")]
"""
SHADOW = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_modules():
    return [Provided("Conv2d", "fgspace_shadow.blocks:Block", "not torch's")]
"""

NOTHING_NEAR = "; fgspace list shows what there is, and -p MODULE imports types of your own"


@pytest.fixture
def core_only() -> Registry:
    return make_registry(load_plugins(selection())[:1])


@pytest.mark.parametrize("name", ["Block", "acme/Block", "Blk", "acme/Blk"])
def test_a_type_is_found_by_its_short_and_full_name_and_its_alias(install, name):
    install(blocks=BLOCKS)
    found = load_registry().get("module", name)
    assert (found.name, str(found.origin)) == ("acme/Block", "fgspace-plugin-acme 0.3.1")
    assert found.load().__module__ == "fgspace_acme.blocks"
    assert found.load() is found.load()


def test_a_name_that_two_plugins_provide_is_an_error_when_it_is_used_and_not_before(install):
    install()
    install("twin", TWIN, version="2.0", blocks=BLOCKS)
    registry = load_registry()
    with pytest.raises(AmbiguousTypeError) as raised:
        registry.get("module", "Block")
    assert str(raised.value) == (
        "module type 'Block' is provided by plugin 'acme' (fgspace-plugin-acme 0.3.1) and plugin 'twin' "
        "(fgspace-plugin-twin 2.0); write 'acme/Block' or 'twin/Block', or leave a plugin out with --no-plugin"
    )
    assert registry.get("module", "twin/Block").load().__module__ == "fgspace_twin.blocks"
    assert load_registry(no_plugin=["acme"]).get("module", "Block").name == "twin/Block"


def test_what_core_provides_cannot_be_shadowed(install):
    install("shadow", SHADOW, blocks=BLOCKS)
    registry = load_registry()
    assert registry.get("module", "Conv2d").load() is torch.nn.Conv2d
    assert registry.get("module", "shadow/Conv2d").load().__name__ == "Block"
    assert registry.shortest(registry.get("module", "shadow/Conv2d")) == "shadow/Conv2d"


@pytest.mark.parametrize(
    ("kind", "name", "message"),
    [
        ("module", "Conv2f", "unknown module type 'Conv2f'; did you mean 'Conv2d'?"),
        ("module", "fgspace/Conv2f", "unknown module type 'fgspace/Conv2f'; did you mean 'fgspace/Conv2d'?"),
        ("module", "fgspce/Conv2d", "unknown module type 'fgspce/Conv2d'; no plugin 'fgspce' is installed; "
         "did you mean 'fgspace'?"),
        ("module", "program/MyNet", "unknown module type 'program/MyNet'; it is a type of your own, import its file "
         "with -p MODULE"),
        ("module", "qwertz", f"unknown module type 'qwertz'{NOTHING_NEAR}"),
        ("evaluator", "Conv2d", "unknown evaluator 'Conv2d'; there is a module type of that name"),
        ("module", "MobileNetV2", "unknown module type 'MobileNetV2'; it is in fgspace-plugin-mobilenet, which is not "
         "installed: pip install fgspace-plugin-mobilenet"),
        ("module", "quant/Quant", "unknown module type 'quant/Quant'; it is in fgspace-plugin-quant, which is not "
         "installed: pip install fgspace-plugin-quant"),
        ("early_stopping", "fgspace/MedianStop", "unknown early stopping rule 'fgspace/MedianStop'; it is in "
         "fgspace-plugin-stopping, which is not installed: pip install fgspace-plugin-stopping"),
        ("algorithm", "SANAS", "unknown search algorithm 'SANAS'; it is in fgspace-plugin-annealing, which is not "
         "installed: pip install fgspace-plugin-annealing"),
    ],
)  # fmt: skip
def test_an_unknown_name_says_what_may_help(core_only, kind, name, message):
    with pytest.raises(UnknownTypeError) as raised:
        core_only.get(kind, name)
    assert str(raised.value) == message


@pytest.mark.parametrize(
    ("kind", "word"),
    [
        ("search_space", "search space 'qwertz'; there is FineGrainedSpace"),
        ("dataset", f"data set 'qwertz'{NOTHING_NEAR}"),
        ("executor", "executor 'qwertz'; there are ProcessExecutor, SerialExecutor"),
    ],
)
def test_every_kind_has_its_words_and_says_what_there_is(core_only, kind, word):
    with pytest.raises(UnknownTypeError) as raised:
        core_only.get(kind, "qwertz")
    assert str(raised.value) == f"unknown {word}"


def test_a_name_that_a_broken_plugin_would_have_says_so(install):
    install("quant", "import nonsuch")
    registry = load_registry()
    cause = "plugin 'quant' (fgspace-plugin-quant 0.3.1): No module named 'nonsuch'"
    for name in ("Quant", "quant/Quant"):
        with pytest.raises(UnknownTypeError) as raised:
            registry.get("module", name)
        assert str(raised.value) == f"unknown module type {name!r}; {cause}"
    with pytest.raises(UnknownTypeError) as raised:
        registry.get("module", "qwertz")
    likely = f"it may be in a plugin that does not work: {cause}; fgspace plugins says what to do"
    assert str(raised.value) == f"unknown module type 'qwertz'; {likely}"


def test_a_name_of_a_plugin_that_is_left_out_says_so(install):
    install("quant")
    with pytest.raises(UnknownTypeError) as raised:
        load_registry(no_plugin=["quant"]).get("module", "Quant")
    assert str(raised.value) == (
        "unknown module type 'Quant'; plugin 'quant' (fgspace-plugin-quant 0.3.1): left out by --no-plugin"
    )


@pytest.mark.parametrize(
    ("blocks", "cause"),
    [
        ("import nonsuch", "No module named 'nonsuch'"),
        ("", "module 'fgspace_acme.blocks' has no attribute 'Block'"),
    ],
)
def test_a_target_that_cannot_be_imported_names_the_type_and_its_origin(install, blocks, cause):
    install(blocks=blocks)
    found = load_registry().get("module", "Block")
    with pytest.raises(UnknownTypeError.__base__) as raised:
        found.load()
    assert str(raised.value) == f"module type 'acme/Block' (fgspace-plugin-acme 0.3.1): {cause}"


def test_what_the_plugins_of_this_project_provide_is_known_where_they_are_missing():
    installed = [record for record in load_plugins(selection()) if record.name in KNOWN_PLUGINS]
    provided = {
        name: record.name for record in installed for _, one in record.provides for name in (one.name, *one.aliases)
    }
    assert {name: KNOWN_NAMES.get(name) for name in provided} == provided


def test_the_names_of_torch_nn_are_those_of_the_torch_that_is_tested():
    public = {
        name for name, thing in vars(torch.nn).items() if inspect.isclass(thing) and issubclass(thing, torch.nn.Module)
    }
    assert set(TORCH_NAMES) == public - {"Module", "Sequential"}


def test_every_type_of_core_can_be_loaded(core_only):
    assert {one.plugin for one in core_only.types} == {CORE}
    assert len(list(fgspace_provide_modules())) == len([one for one in core_only.types if one.kind == "module"])
    assert [one.name for one in core_only.types if not callable(one.load())] == []
