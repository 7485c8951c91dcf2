"""The JSON Schema of files: what is right is valid, what a schema can catch is not; a language server goes by it."""

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from fgspace.cli import main
from fgspace.config.schema.file import file_schema
from fgspace.documents.reader import read_values
from fgspace.plugins.registry import load_registry

ROOT = Path(__file__).parents[1]
FILES = [*sorted((ROOT / "examples").glob("*.yaml")), *sorted((ROOT / "tests" / "reference").glob("*.yaml"))]
PAGES = [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md")), *sorted(ROOT.glob("plugins/*/README.md"))]
LINE = "# yaml-language-server: $schema="


@pytest.fixture(scope="module")
def schema() -> Any:
    return json.loads(json.dumps(file_schema(load_registry()), default=str))


@pytest.fixture(scope="module")
def checker(schema: Any) -> jsonschema.Draft7Validator:
    jsonschema.Draft7Validator.check_schema(schema)
    return jsonschema.Draft7Validator(schema)


def wrong(checker: jsonschema.Draft7Validator, text: str) -> list[str]:
    data, _ = read_values(text, "file.yaml")
    return [f"{'.'.join(map(str, one.absolute_path))}: {one.message}" for one in checker.iter_errors(data)]


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.name)
def test_every_example_is_valid(checker: jsonschema.Draft7Validator, file: Path) -> None:
    assert wrong(checker, file.read_text("utf-8")) == []


def test_every_experiment_in_the_documentation_is_valid(checker: jsonschema.Draft7Validator) -> None:
    found = 0
    for page in PAGES:
        for block in re.findall(r"```yaml\n(.*?)```", page.read_text("utf-8"), re.DOTALL):
            if re.search(r"^(search_space|type|modules):", block, re.MULTILINE):
                found += 1
                assert wrong(checker, block) == [], f"{page}: {block}"
    assert found > 20


EXAMPLE = (ROOT / "examples" / "backbone_nas.yaml").read_text("utf-8")
MISTAKES = [
    ("type: VariantLayer", "type: VariantLayr", "search_space.layer.type: 'VariantLayr' is not one of "),
    ("type: BasicBlock", "type: BasicBlok", "search_space.layer.block.type: 'BasicBlok' is not one of "),
    ("expansion: 1", "expansin: 1", "search_space.layer: Additional properties are not allowed ('expansin' was "),
    ("num_class: 10", "num_class: ten", "search_space.head.num_class: 'ten' does not match "),
    ("{bits: 6} ", "{bit: 6} ", "search_space.hyper_parameters.layer.doublechannel: {'bit': 6} is not valid under "),
    ("min_sample: 8", "min_sampl: 8", "search_algorithm: Additional properties are not allowed ('min_sampl' was "),
    ("budget:", "budgt:", ": Additional properties are not allowed ('budgt' was unexpected)"),
]


@pytest.mark.parametrize(("before", "after", "message"), MISTAKES)
def test_a_mistake_in_an_example_is_found_where_it_stands(
    checker: jsonschema.Draft7Validator, before: str, after: str, message: str
) -> None:
    assert before in EXAMPLE
    assert wrong(checker, EXAMPLE.replace(before, after))[0].startswith(message)


# Mistakes that depend on values elsewhere in the file, on a place in a path, or on code, are beyond a schema.
BEYOND = re.compile(
    r"puts out|names nothing|does not fit|listed|needs '|is a list of|declares|twice|must |at least 0 and at most"
    r"|the domain holds|no declared domain|already searched|unknown metric|expected a list of candidates|every option"
    r"|a choice of mappings|no parameter '(moduls|hyperparameters)'|above 0 where log|needs at least one|got 16\.0"
    r"|modules does not list"
)


def test_mistakes_that_a_schema_can_catch_are_caught(monkeypatch: pytest.MonkeyPatch) -> None:
    sys.path.insert(0, str(ROOT / "core" / "tests"))
    try:
        table = import_module("test_bad_input")
    finally:
        sys.path.pop(0)
    registry = table.registry.__wrapped__(monkeypatch)
    checker = jsonschema.Draft7Validator(json.loads(json.dumps(file_schema(registry), default=str)))
    assert wrong(checker, table.FILE) == []
    (mark,) = table.test_a_mistake_is_answered_with_its_place_and_what_to_do.pytestmark
    missed = [
        message
        for before, after, message in mark.args[1]
        if not BEYOND.search(message) and not wrong(checker, table.FILE.replace(before, after))
    ]
    assert missed == []


def test_the_command_writes_it_and_says_how_a_file_names_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "fgspace.json"
    assert main(["schema", "--out", str(out)]) == 0
    said = f"{out}: in a file beside it, write as the first line\n{LINE}fgspace.json\n"
    assert capsys.readouterr().out == said
    assert "definitions" in json.loads(out.read_text("utf-8"))
    assert main(["schema", "--out", str(tmp_path / "no" / "where.json")]) == 2
    missing = f"{tmp_path / 'no' / 'where.json'}: cannot be written: No such file or directory\n"
    assert capsys.readouterr().err == missing


SERVER = os.environ.get("YAML_LANGUAGE_SERVER") or shutil.which("yaml-language-server")


class Editor:
    """Talks to a language server as an editor does."""

    def __init__(self, server: str) -> None:
        command = [server, "--stdio"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.number = 0

    def send(self, method: str, params: Any, *, wants: bool = False) -> None:
        self.number += wants
        message = {"jsonrpc": "2.0", "method": method, "params": params, **({"id": self.number} if wants else {})}
        body = json.dumps(message).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()

    def ask(self, method: str, params: Any) -> Any:
        self.send(method, params, wants=True)
        return next(one["result"] for one in self.messages() if one.get("id") == self.number and "result" in one)

    def messages(self) -> Iterator[Any]:
        assert self.process.stdout is not None
        while line := self.process.stdout.readline():
            length = int(line.partition(b":")[2])
            self.process.stdout.readline()
            message = json.loads(self.process.stdout.read(length))
            if "id" in message and "method" in message:  # the server asks for settings: it gets none
                self._answer(message)
            yield message

    def _answer(self, message: Any) -> None:
        items = message["params"].get("items", []) if isinstance(message.get("params"), dict) else []
        body = json.dumps({"jsonrpc": "2.0", "id": message["id"], "result": [{} for _ in items]}).encode()
        assert self.process.stdin is not None
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n" % len(body) + body)
        self.process.stdin.flush()


@pytest.mark.skipif(SERVER is None, reason="no yaml-language-server: make editors installs it, and runs this")
def test_a_language_server_completes_explains_and_checks(schema: Any, tmp_path: Path) -> None:
    (tmp_path / "fgspace.json").write_text(json.dumps(schema))
    text = f"{LINE}{tmp_path}/fgspace.json\n{EXAMPLE.replace('num_class: 10', 'num_class: ten')}"
    uri = (tmp_path / "file.yaml").as_uri()
    editor = Editor(str(SERVER))
    try:
        editor.ask("initialize", {"processId": None, "rootUri": tmp_path.as_uri(), "capabilities": {}})
        editor.send("initialized", {})
        document = {"uri": uri, "languageId": "yaml", "version": 1, "text": text}
        editor.send("textDocument/didOpen", {"textDocument": document})
        told = next(
            one["params"]["diagnostics"]
            for one in editor.messages()
            if one.get("method") == "textDocument/publishDiagnostics" and one["params"]["diagnostics"]
        )
        lines = text.splitlines()
        assert {lines[one["range"]["start"]["line"]].strip() for one in told} == {"num_class: ten"}
        line = next(number for number, one in enumerate(lines) if "type: BackboneNasSearch" in one)
        at = {"textDocument": {"uri": uri}, "position": {"line": line, "character": len("  type: B")}}
        offered = editor.ask("textDocument/completion", at)
        labels = {one["label"] for one in (offered["items"] if isinstance(offered, dict) else offered)}
        assert {"BackboneNasSearch", "NSGA2", "RandomSearch"} <= labels
        line = next(number for number, one in enumerate(lines) if "min_sample" in one)
        at = {"textDocument": {"uri": uri}, "position": {"line": line, "character": 4}}
        assert "Default" in json.dumps(editor.ask("textDocument/hover", at))
    finally:
        editor.process.kill()
        editor.process.communicate()
