"""Bad metadata, leftovers and older versions on the path: each is named, and the one that Python imports is taken."""

import base64
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

PLUGIN = """
from fgspace import Provided, hookimpl

@hookimpl
def fgspace_provide_algorithms():
    return [Provided("{name}", "{package}.plugin:Algorithm", "of {version}")]

class Algorithm:
    "Of {version}."
"""


def write_package(site: Path, version: str, name: str = "Good", package: str = "fgspace_acme") -> Path:
    folder = site / package
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "__init__.py").write_text("")
    (folder / "plugin.py").write_text(PLUGIN.format(name=name, package=package, version=version))
    return folder


def write_info(site: Path, folder: str, **files: str | bytes) -> Path:
    """Write a folder of metadata; `METADATA` and `entry_points_txt` are those of a plugin acme where not given."""
    info = site / folder
    info.mkdir(parents=True)
    version = folder.rpartition(".")[0].partition("-")[2] or "0"
    texts: dict[str, str | bytes] = {
        "METADATA": f"Metadata-Version: 2.1\nName: fgspace-plugin-acme\nVersion: {version}\n",
        "entry_points_txt": "[fgspace]\nacme = fgspace_acme.plugin\n",
    }
    for name, text in {**texts, **files}.items():
        if text:
            path = info / name.replace("_txt", ".txt").replace("_json", ".json")
            path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return info


def record(*paths: Path, of: Path) -> str:
    """Return the list of installed files as wheels have it."""

    def digest(path: Path) -> str:
        return base64.urlsafe_b64encode(hashlib.sha256(path.read_bytes()).digest()).decode().rstrip("=")

    return "".join(f"{path.relative_to(of)},sha256={digest(path)},{path.stat().st_size}\n" for path in paths)


def fgspace(*arguments: str, sites: "tuple[Path, ...]", only: str = "acme") -> "subprocess.CompletedProcess[str]":
    path = os.pathsep.join(map(str, sites))
    environ = {**os.environ, "PYTHONPATH": path, "FGSPACE_PLUGINS": only}
    command = [sys.executable, "-m", "fgspace", *arguments]
    return subprocess.run(command, capture_output=True, text=True, env=environ, timeout=120, check=False)


def plugins(*sites: Path, only: str = "acme") -> "dict[str, tuple[str, str, str]]":
    """Return distribution → version, state and cause, as the command tells them of all that are not left out."""
    done = fgspace("plugins", "--json", sites=sites, only=only)
    assert (done.returncode, done.stderr) == (0, "")
    return {
        one["distribution"]: (one["version"], one["state"], one["cause"])
        for one in json.loads(done.stdout)["plugins"]
        if one["state"] != "disabled" and one["name"] != "fgspace"
    }


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """Return a folder of packages in which a plugin acme 0.3.1 is in order."""
    write_package(tmp_path / "site", "0.3.1")
    write_info(tmp_path / "site", "fgspace_plugin_acme-0.3.1.dist-info")
    return tmp_path / "site"


ACME = {"fgspace-plugin-acme": ("0.3.1", "ok", "")}


@pytest.mark.parametrize(
    ("folder", "files", "cause"),
    [
        (
            "bad-1.0.dist-info",
            {"entry_points_txt": b"[console_scripts]\nb\xffd = bad:main\n"},
            "{info}/entry_points.txt is not UTF-8, from byte 19 on; install it again",
        ),
        (
            "Bad-1.0.egg-info",
            {"entry_points_txt": "[fgspace]\nb\xe4d = bad.plugin\n".encode("latin-1")},
            "{info}/entry_points.txt is not UTF-8, from byte 11 on; install it again",
        ),
        (
            "bad-1.0.dist-info",
            {"entry_points_txt": "[fgspace]\n".encode("utf-16")},
            "{info}/entry_points.txt is not UTF-8, from byte 0 on; install it again",
        ),
    ],
)
def test_a_package_whose_entry_points_cannot_be_read_is_named_and_everything_else_works(site, folder, files, cause):
    name = folder.partition("-")[0]
    info = write_info(site, folder, **{"METADATA": f"Name: {name}\nVersion: 1.0\n", **files})
    told = cause.format(info=info)
    assert plugins(site, only="acme,bad") == {**ACME, name: ("1.0", "broken", told)}
    done = fgspace("list", "algorithm", sites=(site,), only="acme,bad")
    assert (done.returncode, done.stderr) == (0, f"plugin 'bad' ({name} 1.0): {told}\n")
    assert "Good" in done.stdout
    assert fgspace("list", "--strict", sites=(site,), only="acme,bad").returncode == 2
    assert fgspace("list", "--strict", "--no-plugin", "bad", sites=(site,), only="acme,bad").returncode == 0


def test_metadata_that_are_no_folder_are_named(site):
    (site / "file-1.0.dist-info").write_text("")
    (site / "link-2.0.dist-info").symlink_to(site / "nowhere")
    (site / "legacy-3.0.egg-info").write_text("Name: legacy\nVersion: 3.0\n")  # as old installers wrote it
    (write_info(site, "loop-4.0.dist-info", entry_points_txt="") / "entry_points.txt").symlink_to("entry_points.txt")
    (write_info(site, "folder-5.0.dist-info", entry_points_txt="") / "entry_points.txt").mkdir()
    for info in ("loop-4.0", "folder-5.0"):
        (site / f"{info}.dist-info" / "METADATA").unlink()
    assert plugins(site, only="acme,file,link,legacy,loop,folder") == {
        **ACME,
        "file": ("1.0", "broken", f"{site}/file-1.0.dist-info is not a folder; remove it, or install it again"),
        "link": ("2.0", "broken", f"{site}/link-2.0.dist-info is a link that leads nowhere; remove it, or install it "
                 "again"),
        "loop": ("4.0", "broken", f"{site}/loop-4.0.dist-info/entry_points.txt cannot be read: Too many levels of "
                 "symbolic links"),
        "folder": ("5.0", "broken", f"{site}/folder-5.0.dist-info/entry_points.txt cannot be read: Is a directory"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lines", "state", "cause"),
    [
        ("[fgspace]\n[gui_scripts]\nno equals sign\n[fgspace]\nacme = fgspace_acme.plugin\n", "ok", ""),
        ("\ufeff[fgspace]\r\n# acme\r\nacme=fgspace_acme.plugin\r\n", "ok", ""),
        ("[fgspace]\nacme = fgspace_acme.plugin\n[fgspace]\nacme = fgspace_acme.plugin\n", "ok", ""),
        (
            "[fgspace]\nacme = fgspace_acme.plugin\nbeta\n",
            "broken",
            "line 3 of its entry_points.txt is 'beta', not NAME = package.module",
        ),
        (
            "[fgspace]\nacme = fgspace_acme.plugin\nacme = fgspace-acme.plugin\n",
            "broken",
            "line 3 of its entry_points.txt is 'acme = fgspace-acme.plugin', not NAME = package.module",
        ),
        (
            "[fgspace]\nacme = fgspace_acme.plugin\n[fgspace]\nacme = fgspace_acme\n",
            "broken",
            "its entry point 'acme' is both fgspace_acme.plugin and fgspace_acme",
        ),
    ],
)
def test_a_line_that_is_no_entry_point_is_named_and_the_others_are_read(tmp_path, lines, state, cause):
    write_package(tmp_path, "0.3.1")
    write_info(tmp_path, "fgspace_plugin_acme-0.3.1.dist-info", entry_points_txt=lines)
    assert plugins(tmp_path) == {"fgspace-plugin-acme": ("0.3.1", state, cause)}
    assert "Good" in fgspace("list", "algorithm", sites=(tmp_path,)).stdout


@pytest.mark.parametrize(
    ("metadata", "version", "state", "cause"),
    [
        ("", "0.3.1", "broken", "its metadata have no Name and no Version; install it again"),
        ("Metadata-Version: 2.1\nVersion: 7\n", "7", "broken", "its metadata have no Name; install it again"),
        ("Name: fgspace-plugin-acme\nVersion:\n\nVersion: 7\n", "0.3.1", "broken", "its metadata have no Version; "
         "install it again"),
        ("name: fgspace-plugin-acme\r\nversion: 7\r\nAuthor: J\xf6rg".encode("latin-1"), "7", "ok", ""),
    ],
)  # fmt: skip
def test_metadata_without_a_name_are_named_and_the_plugin_works(tmp_path, metadata, version, state, cause):
    write_package(tmp_path, "0.3.1")
    write_info(tmp_path, "fgspace_plugin_acme-0.3.1.dist-info", METADATA=metadata)
    (told,) = plugins(tmp_path).values()
    assert told == (version, state, cause)
    assert "Good" in fgspace("list", "algorithm", sites=(tmp_path,)).stdout


@pytest.mark.parametrize("leftover", ["~gspace_plugin_acme", "-~space_plugin_acme", "~cme"])
def test_what_pip_has_left_of_what_it_removed_counts_for_nothing(site, leftover):
    write_info(site, f"{leftover}-0.1.dist-info", entry_points_txt="[fgspace]\nacme = gone.plugin\n")
    write_info(site, f"{leftover}_2-0.1.dist-info", entry_points_txt=b"\xff")
    assert plugins(site) == ACME


def test_of_two_in_one_folder_the_one_is_taken_whose_files_are_there(tmp_path):
    package = write_package(tmp_path, "0.9")
    write_info(tmp_path, "fgspace_plugin_acme-0.9.dist-info", RECORD=record(*package.glob("*.py"), of=tmp_path))
    assert plugins(tmp_path) == {"fgspace-plugin-acme": ("0.9", "ok", "")}
    write_package(tmp_path, "0.10", name="Better")
    newer = write_info(
        tmp_path, "fgspace_plugin_acme-0.10.dist-info", RECORD=record(*package.glob("*.py"), of=tmp_path)
    )
    assert plugins(tmp_path) == {"fgspace-plugin-acme": ("0.10", "ok", "")}
    write_package(tmp_path, "0.9")  # as when somebody went back, and the newer folder stayed
    assert plugins(tmp_path) == {"fgspace-plugin-acme": ("0.9", "ok", "")}
    for info in (newer, tmp_path / "fgspace_plugin_acme-0.9.dist-info"):
        (info / "RECORD").unlink()  # nothing tells them apart, but that a newer one is written last
    assert plugins(tmp_path) == {"fgspace-plugin-acme": ("0.10", "ok", "")}


def test_of_several_on_the_path_the_one_is_taken_whose_package_python_imports(tmp_path):
    first, second = tmp_path / "first", tmp_path / "second"
    write_info(first, "fgspace_plugin_acme-2.0.dist-info")  # its package is gone
    write_info(second, "Fgspace.Plugin_acme-1.0.dist-info")
    write_package(second, "1.0")
    assert plugins(first, second) == {"fgspace-plugin-acme": ("1.0", "ok", "")}
    write_package(first, "2.0")
    assert plugins(first, second) == {"fgspace-plugin-acme": ("2.0", "ok", "")}
    assert plugins(second, first) == {"fgspace-plugin-acme": ("1.0", "ok", "")}


def test_an_editable_installation_is_the_one_that_has_the_folder_python_imports_from(tmp_path):
    site, source = tmp_path / "site", tmp_path / "my project"
    write_package(source / "src", "2.0")
    write_info(source / "src", "fgspace_plugin_acme.egg-info", METADATA="", PKG_INFO="")  # of an earlier build
    write_info(site, "fgspace_plugin_acme-1.0.dist-info", RECORD="fgspace_acme/plugin.py,sha256=abc,3\n")
    url = source.as_uri()
    direct = json.dumps({"url": url, "dir_info": {"editable": True}})
    write_info(site, "fgspace_plugin_acme-2.0.dist-info", direct_url_json=direct, RECORD="acme.pth,sha256=abc,3\n")
    assert plugins(site, source / "src") == {"fgspace-plugin-acme": ("2.0", "ok", "")}


def test_an_older_folder_with_a_plugin_does_not_stand_for_a_newer_without(tmp_path):
    write_package(tmp_path, "1.0")
    write_info(tmp_path, "acme-1.0.dist-info", METADATA="Name: acme\nVersion: 1.0\n")
    write_info(tmp_path, "acme-2.0.dist-info", METADATA="Name: acme\nVersion: 2.0\n", entry_points_txt="")
    assert plugins(tmp_path) == {}


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("fgspace-plugin-acme", "fgspace_plugin_acme"),
        ("Fgspace.Plugin.Acme", "Fgspace.Plugin.Acme"),
        ("fgspace_plugin-acme", "fgspace_plugin_acme"),
    ],
)
@pytest.mark.parametrize(
    ("entry_points", "has"),
    [
        ("", ""),
        ("[console_scripts]\nacme = fgspace_acme:main\n", ""),
        ("[fgspace.plugins]\nacme = fgspace_acme.plugin\n", ", but in 'fgspace.plugins'"),
        ("[fgspace]\n[Fgspace]\nacme = fgspace_acme.plugin\n", ", but in 'Fgspace'"),
    ],
)
def test_a_distribution_that_is_named_as_a_plugin_and_has_none_is_named(tmp_path, name, written, entry_points, has):
    write_package(tmp_path, "1.0")
    metadata = f"Name: {name}\nVersion: 1.0\n"
    write_info(tmp_path, f"{written}-1.0.dist-info", METADATA=metadata, entry_points_txt=entry_points)
    assert plugins(tmp_path) == {
        name: (
            "1.0",
            "broken",
            f"it has no entry point in group 'fgspace'{has}; its pyproject.toml needs "
            '[project.entry-points.fgspace] with acme = "fgspace_acme.plugin"',
        )
    }
    done = fgspace("plugins", "--strict", sites=(tmp_path,), only="acme")
    assert (done.returncode, done.stderr) == (2, "")
    assert fgspace("plugins", "--strict", "--no-plugin", "fgspace-plugin-acme", sites=(tmp_path,)).returncode == 0


def test_metadata_that_this_user_may_not_read_are_named():
    program = """
import os
from fgspace.plugins.discovery.entry_points import installed
if os.getuid() == 0:  # who may read everything
    os.seteuid(65534)
print([(one.name, one.version, one.problems) for one in installed("fgspace") if one.problems])
"""
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        info = write_info(Path(folder), "secret-1.0.dist-info", METADATA="Name: secret\nVersion: 1.0\n")
        (info / "entry_points.txt").chmod(0)
        environ = {**os.environ, "PYTHONPATH": folder}
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, env=environ, check=False)
    cause = f"{info}/entry_points.txt cannot be read: Permission denied"
    assert (done.stdout, done.stderr) == (f"{[('secret', '1.0', (cause,))]}\n", "")
