"""Builds the wheel and the sdist of a distribution and checks what lies in them."""

import sys
import tarfile
import zipfile
from collections.abc import Iterator, Mapping
from configparser import ConfigParser
from dataclasses import dataclass
from email.parser import BytesParser
from pathlib import Path

from packing.commands import Failed, run
from packing.distributions import Distribution

Files = Mapping[str, bytes]


@dataclass(frozen=True)
class Archives:
    """What was built of one distribution."""

    wheel: Path
    sdist: Path

    def modules(self) -> list[str]:
        """Return the dotted names of the modules in the wheel, but for `__main__`, which is a program."""
        with zipfile.ZipFile(self.wheel) as wheel:
            names = [name.removesuffix(".py") for name in wheel.namelist() if name.endswith(".py")]
        dotted = (name.removesuffix("/__init__").replace("/", ".") for name in names)
        return sorted(name for name in dotted if not name.endswith("__main__"))


def archives_of(distribution: Distribution, folder: Path) -> Archives:
    """Return where the archives of a distribution lie in a folder, built or not."""
    stem = distribution.file_stem
    return Archives(folder / f"{stem}-py3-none-any.whl", folder / f"{stem}.tar.gz")


def build(distribution: Distribution, folder: Path) -> None:
    """Build the sdist of a distribution, and the wheel from that sdist, into a folder, and check both.

    Raises:
        Failed: one is not built, lacks a file or has one too many, or its metadata are not those of pyproject.toml.
    """
    run([sys.executable, "-m", "build", "--no-isolation", "--outdir", folder, distribution.folder], folder)
    archives = archives_of(distribution, folder)
    if problems := [*_of_wheel(distribution, archives.wheel), *_of_sdist(distribution, archives.sdist)]:
        raise Failed("\n".join(problems))


def _of_wheel(distribution: Distribution, path: Path) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if not name.endswith("/")}
    info = f"{distribution.file_stem}.dist-info"
    expected = _sources(distribution) | {f"{info}/licenses/LICENSE": _read(distribution, "LICENSE")}
    yield from _differences(path, expected, files)
    code = {name for name in files if not name.startswith(f"{info}/")}
    yield from (f"{path.name} holds {name}, which is no source" for name in sorted(code - expected.keys()))
    yield from _of_metadata(distribution, path, files.get(f"{info}/METADATA", b""))
    points = _entry_points(files.get(f"{info}/entry_points.txt", b""))
    if points != distribution.entry_points:
        yield f"{path.name} has the entry points {points}, pyproject.toml {distribution.entry_points}"


def _of_metadata(distribution: Distribution, path: Path, content: bytes) -> Iterator[str]:
    head, _, described = content.partition(b"\n\n")
    metadata = BytesParser().parsebytes(head)
    said = (metadata["License-Expression"], metadata["License-File"], metadata["Description-Content-Type"])
    if said != ("Apache-2.0", "LICENSE", "text/markdown"):
        yield f"{path.name} says of licence, its file and the README's type {said}"
    if described.strip() != _read(distribution, "README.md").strip():
        yield f"the description in {path.name} is not README.md"


def _entry_points(content: bytes) -> dict[str, dict[str, str]]:
    parser = ConfigParser(delimiters=("=",))
    parser.read_string(content.decode())
    return {group: dict(parser[group]) for group in parser.sections()}


def _of_sdist(distribution: Distribution, path: Path) -> Iterator[str]:
    with tarfile.open(path) as archive:
        files = {one.name: content.read() for one in archive if (content := archive.extractfile(one))}
    top = distribution.file_stem
    texts = {f"{top}/{name}": _read(distribution, name) for name in ("LICENSE", "README.md", "pyproject.toml")}
    sources = {f"{top}/src/{name}": content for name, content in _sources(distribution).items()}
    yield from _differences(path, texts | sources, files)


def _sources(distribution: Distribution) -> dict[str, bytes]:
    """Return what a wheel holds of a package, py.typed included, by its name there."""
    source = distribution.source
    paths = (path for path in source.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {path.relative_to(source.parent).as_posix(): path.read_bytes() for path in paths}


def _differences(path: Path, expected: Files, files: Files) -> Iterator[str]:
    for name, content in expected.items():
        if name not in files:
            yield f"{path.name} lacks {name}"
        elif files[name] != content:
            yield f"{name} in {path.name} is not the file of the workspace"


def _read(distribution: Distribution, name: str) -> bytes:
    return (distribution.folder / name).read_bytes()
