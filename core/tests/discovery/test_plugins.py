"""Loading plugins: each is loaded on its own, and has a record even if it fails."""

import sys

import pytest
from fgspace import FgspaceError
from fgspace.plugins.loading import PluginRecord, load_plugins, selection

HEAD = "from fgspace import Provided, hookimpl\n"
GOOD = "@hookimpl\ndef fgspace_provide_algorithms():\n    return [Provided('Good', 'fgspace_acme.good:Good', 'good')]\n"


def record_of(name: str, no_plugin: tuple[str, ...] = ()) -> PluginRecord:
    (found,) = [one for one in load_plugins(selection(no_plugin)) if one.name == name]
    return found


def names(record: PluginRecord) -> list[str]:
    return [provided.name for _, provided in record.provides]


def test_a_plugin_that_is_in_order_has_its_origin_its_time_and_what_it_provides(install):
    install()
    record = record_of("acme")
    assert (record.state, record.cause, record.distribution, record.version) == (
        "ok",
        "",
        "fgspace-plugin-acme",
        "0.3.1",
    )
    assert names(record) == ["Block"]
    assert record.milliseconds > 0


def test_core_comes_first_through_the_same_hooks_and_the_others_by_name(install):
    install("zeta", HEAD + GOOD)
    install("beta", HEAD + GOOD)
    mine = [one.name for one in load_plugins(selection()) if one.state == "ok"]
    assert mine == ["fgspace", "beta", "zeta"]


@pytest.mark.parametrize(
    ("source", "cause"),
    [
        ("import nonsuch", "No module named 'nonsuch'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit('bye')", "SystemExit: bye"),
        ("def broken(:", "SyntaxError: invalid syntax (plugin.py, line 1)"),
        ("", "it implements no hook, such as 'fgspace_provide_modules'"),
        ("fgspace_api = 'one'", "TypeError: fgspace_api is 'one', not an integer"),
        (
            HEAD + "def fgspace_provide_modules():\n    return []",
            "'fgspace_provide_modules' is not marked with @hookimpl",
        ),
        (
            HEAD + "@hookimpl\ndef fgspace_provide_module():\n    return []",
            "there is no hook 'fgspace_provide_module'; did you mean 'fgspace_provide_modules'?",
        ),
    ],
)
def test_a_plugin_that_cannot_be_used_is_broken_and_says_why(install, source, cause):
    install(plugin=source)
    record = record_of("acme")
    assert (record.state, record.cause, record.provides) == ("broken", cause, ())
    assert str(record) == f"plugin 'acme' (fgspace-plugin-acme 0.3.1): {cause}"


@pytest.mark.parametrize(
    ("body", "cause"),
    [
        ("raise ValueError('no')", "fgspace_provide_modules failed: ValueError: no"),
        (
            "return None",
            "fgspace_provide_modules failed: TypeError: it returned None, not a list of Provided records",
        ),
        (
            "return 'Block'",
            "fgspace_provide_modules failed: TypeError: it returned 'Block', not a list of Provided records",
        ),
        ("yield Block", "fgspace_provide_modules failed: NameError: name 'Block' is not defined"),
        ("return [7]", "fgspace_provide_modules gives 7, which is not a Provided record"),
        (
            "return [Provided('A', 'a.b', 'x')]",
            "fgspace_provide_modules gives 'A' the target 'a.b', which is not 'package.module:Attribute'",
        ),
        (
            "return [Provided('a b', 'a:b', 'x')]",
            "fgspace_provide_modules gives 'a b' as a name, which is not a word without spaces and '/'",
        ),
        (
            "return [Provided('A', 'a:b', 'x', aliases='AB')]",
            "fgspace_provide_modules gives 'A' with aliases, tags or former names that are not a tuple",
        ),
        (
            "return [Provided('A', 'a:b', 'x', formerly='acme/B')]",
            "fgspace_provide_modules gives 'A' with aliases, tags or former names that are not a tuple",
        ),
        *(
            (
                f"return [Provided('A', 'a:b', 'x', formerly=({former!r},))]",
                f"fgspace_provide_modules gives 'A' the former name {former!r}, which is neither"
                " 'package.module:Attribute' nor 'plugin/name'",
            )
            for former in (7, "B", "acme/old/B", "acme.old.B")
        ),
        (
            "return [Provided('A', 'a:b', 'x', suits=50)]",
            "fgspace_provide_modules gives 'A' with suits=50, which is not a function",
        ),
        (
            "return [Provided('A', 'a:b', 'x', examples=({'n': 1}, 3))]",
            "fgspace_provide_modules gives 'A' with examples=({'n': 1}, 3), which is neither a tuple of mappings nor"
            " 'package.module:function'",
        ),
        (
            "return [Provided('A', 'a:b', 'x\\ny')]",
            "fgspace_provide_modules gives 'A' a summary that is not one line",
        ),
    ],
)
def test_a_hook_that_fails_or_gives_junk_loses_only_its_own(install, body, cause):
    install(plugin=f"{HEAD}{GOOD}@hookimpl\ndef fgspace_provide_modules():\n    {body}\n")
    record = record_of("acme")
    assert (record.state, record.cause, names(record)) == ("broken", cause, ["Good"])


def test_of_two_records_with_one_name_the_first_stays_and_the_second_is_told(install):
    install(
        plugin=HEAD + "@hookimpl\ndef fgspace_provide_modules():\n"
        "    return [Provided('A', 'a:A', 'first'), Provided('B', 'a:B', 'second', aliases=('A',))]\n"
    )
    record = record_of("acme")
    assert (record.cause, names(record)) == ("fgspace_provide_modules gives the module type 'A' twice", ["A"])


def test_a_hook_with_arguments_loses_only_its_own(install):
    install(plugin=HEAD + GOOD + "@hookimpl\ndef fgspace_provide_modules(registry):\n    return []\n")
    record = record_of("acme")
    assert (record.state, names(record)) == ("broken", ["Good"])
    assert record.cause == "fgspace_provide_modules takes 'registry'; a hook takes no arguments"


def test_a_hook_newer_than_this_core_may_be_marked_optional(install):
    install(plugin=HEAD + GOOD + "@hookimpl(optionalhook=True)\ndef fgspace_provide_kittens():\n    return []\n")
    assert record_of("acme").state == "ok"


@pytest.mark.parametrize(("api", "upgrade"), [(99, "fgspace"), (0, "fgspace-plugin-acme")])
def test_a_plugin_of_another_interface_is_incompatible_and_names_what_to_upgrade(install, api, upgrade):
    install(plugin=f"fgspace_api = {api}\n")
    record = record_of("acme")
    assert record.state == "incompatible"
    assert record.cause == (f"it is written for plugin interface {api}, and this fgspace serves 1; upgrade {upgrade}")


@pytest.mark.parametrize("name", ["acme", "fgspace-plugin-acme"])
def test_a_plugin_left_out_is_disabled_before_anything_of_it_is_imported(install, monkeypatch, name):
    install(plugin="raise RuntimeError")
    record = record_of("acme", (name,))
    assert (record.state, record.cause) == ("disabled", "left out by --no-plugin")
    monkeypatch.setenv("FGSPACE_DISABLE_PLUGINS", f"other, {name}")
    record = record_of("acme")
    assert (record.state, record.cause) == ("disabled", "left out by FGSPACE_DISABLE_PLUGINS")
    assert "fgspace_acme" not in sys.modules


def test_an_allow_list_leaves_out_what_it_does_not_name(install, monkeypatch):
    install()
    monkeypatch.setenv("FGSPACE_PLUGINS", "other")
    record = record_of("acme")
    assert (record.state, record.cause) == ("disabled", "left out by FGSPACE_PLUGINS, which does not name it")
    assert record_of("fgspace").state == "ok"


@pytest.mark.parametrize("no_plugin", [("fgspace",), ()])
def test_core_cannot_be_left_out(monkeypatch, no_plugin):
    monkeypatch.setenv("FGSPACE_DISABLE_PLUGINS", "fgspace")
    who = "--no-plugin" if no_plugin else "FGSPACE_DISABLE_PLUGINS"
    with pytest.raises(FgspaceError) as raised:
        selection(no_plugin)
    assert str(raised.value) == f"{who} names 'fgspace', which is core itself and cannot be left out"


def test_two_distributions_with_one_plugin_name_are_both_in_conflict_until_one_is_left_out(install):
    install()
    install("acme", HEAD + GOOD, dist="other-acme", version="2.0")
    both = [one for one in load_plugins(selection()) if one.name == "acme"]
    assert [(one.distribution, one.state, one.provides) for one in both] == [
        ("fgspace-plugin-acme", "conflict", ()),
        ("other-acme", "conflict", ()),
    ]
    assert {one.cause for one in both} == {
        "fgspace-plugin-acme 0.3.1 and other-acme 2.0 have a plugin of this name each; "
        "uninstall one, or leave one out with --no-plugin and the distribution's name"
    }
    states = [one.state for one in load_plugins(selection(["other-acme"])) if one.name == "acme"]
    assert states == ["ok", "disabled"]


@pytest.mark.parametrize(("name", "owner"), [("fgspace", "core"), ("program", "what a program registers")])
def test_a_name_that_is_kept_cannot_be_taken(install, name, owner):
    install(name, dist="impostor", version="6")
    (record,) = [one for one in load_plugins(selection()) if one.distribution == "impostor"]
    assert (record.state, record.provides) == ("conflict", ())
    assert record.cause == f"the name {name!r} is kept for {owner}; its author has to name it otherwise"


def test_a_distribution_that_is_on_the_path_twice_counts_once_as_imports_find_it(install, monkeypatch):
    old = install(version="0.1")
    old.rename(old.with_name("elsewhere"))
    monkeypatch.syspath_prepend(old.with_name("elsewhere"))
    install(version="0.2")
    assert record_of("acme").version == "0.2"


def test_attributes_that_are_no_hooks_are_never_touched(install):
    install(
        plugin=HEAD + GOOD + "def __dir__():\n    return ['fgspace_provide_algorithms', 'heavy']\n"
        "def __getattr__(name):\n    raise SystemExit(name) if name == 'heavy' else AttributeError(name)\n"
    )
    assert record_of("acme").state == "ok"


def test_a_type_with_the_name_of_one_of_cores_puts_its_plugin_in_conflict(install):
    install(
        plugin=HEAD + "@hookimpl\ndef fgspace_provide_modules():\n    return [Provided('Conv2d', 'a:Conv2d', 'x')]\n"
    )
    record = record_of("acme")
    assert (record.state, names(record)) == ("conflict", ["Conv2d"])
    assert record.cause == "module type 'Conv2d' is core's own, so this one is 'acme/Conv2d' only"
