"""Tables: every kind of file is read, once, and what is wrong with one is named with its line."""

import gzip
import json
import os

import pytest
from fgspace import FgspaceError
from fgspace_tabular.table import Wanted, entries, find

CSV = "arch,acc,data\na,0.9,x\nb,0.8,x\na,0.7,y\n"
ROWS = [{"arch": "a", "acc": 0.9, "data": "x"}, {"arch": "b", "acc": 0.8, "data": "x"}]
WANTED = Wanted(("arch",), (("data", "x"),), ("acc",))
EVERY = Wanted(("arch",), (), ("acc",))


def read(path, wanted=WANTED):
    return {key: (entry.line, *entry.values) for key, entry in entries(find(str(path)), wanted).items()}


def written(path, content):
    """Write a file, compressed if its name says so, and return it."""
    data = content if isinstance(content, bytes) else content.encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)
    return path


FILES = {
    "a.csv": CSV,
    "a.CSV": CSV,
    "a.csv.gz": CSV,
    "a.tsv": CSV.replace(",", "\t"),
    "a.tsv.gz": CSV.replace(",", "\t"),
    "spaces.csv": CSV.replace("arch,acc,data", " arch , acc, data"),
    "from windows.csv": "\ufeff" + CSV.replace("\n", "\r\n"),
    "quoted.csv": '"arch","acc","data"\n"a","0.9","x"\nb,0.8,x\n',
}


@pytest.mark.parametrize("name", FILES)
def test_separated_values_are_read(tmp_path, name):
    assert read(written(tmp_path / name, FILES[name])) == {("a",): (2, 0.9), ("b",): (3, 0.8)}


@pytest.mark.parametrize("name", ["a.jsonl", "a.ndjson", "a.jsonl.gz"])
def test_objects_in_lines_are_read(tmp_path, name):
    text = "\n".join(map(json.dumps, ROWS)) + '\n\n{"arch": "c", "acc": true, "data": "x", "more": [1]}\n'
    assert read(written(tmp_path / name, text)) == {("a",): (1, 0.9), ("b",): (2, 0.8), ("c",): (4, "true")}


def test_a_home_folder_is_understood(tmp_path, monkeypatch):
    written(tmp_path / "a.csv", CSV)
    monkeypatch.setenv("HOME", str(tmp_path))
    assert find("~/a.csv") == tmp_path / "a.csv"


def test_a_row_that_is_there_twice_with_equal_values_is_read_once(tmp_path):
    assert read(written(tmp_path / "a.csv", CSV + "b,0.80,x\n"))[("b",)] == (3, 0.8)


def test_what_is_no_finite_number_is_kept_for_the_trial_that_asks_for_it(tmp_path):
    found = read(written(tmp_path / "a.csv", CSV + "c,nan,x\nd,-inf,x\ne,,x\nf,failed,x\n"))
    assert [found[(key,)][1] for key in "cdef"] == ["nan", "-inf", "", "failed"]
    rows = ['{"arch": "a", "acc": NaN}', '{"arch": "b", "acc": null}', '{"arch": "c", "acc": 1' + "0" * 400 + "}"]
    found = read(written(tmp_path / "a.jsonl", "\n".join([*rows, '{"arch": "d", "acc": 2}'])), EVERY)
    assert found[("a",)] == (1, "nan")
    assert found[("b",)] == (2, "")
    assert found[("c",)] == (3, "1" + "0" * 400)


def test_a_table_is_read_once_and_again_if_it_changes(tmp_path):
    path = written(tmp_path / "a.csv", CSV)
    first = entries(path, WANTED)
    assert entries(path, WANTED) is first
    written(path, CSV.replace("0.9", "0.95"))
    os.utime(path, ns=(1, 1))
    assert entries(path, WANTED)[("a",)].values == (0.95,)


WRONG = {
    "no rows": ("a.csv", "", "{file!r} holds no rows"),
    "no rows, but a header": ("a.csv", "arch,acc,data\n", "{file!r} holds no rows"),
    "no objects": ("a.jsonl", "\n\n", "{file!r} holds no rows"),
    "a column is misspelt": (
        "a.csv",
        CSV.replace("acc", "acc1", 1),
        "{file!r} has no column 'acc'; did you mean 'acc1'?",
    ),
    "a column is not there": ("a.csv", "arch,data\na,x\n", "{file!r} has no column 'acc'; there are arch, data"),
    "an object has no such name": (
        "a.jsonl",
        '{"arch": "a", "data": "x"}',
        "{file!r} has no column 'acc'; there are arch, data",
    ),
    "the column of where is not there": (
        "a.csv",
        "arch,acc\na,1\n",
        "{file!r} has no column 'data'; there are acc, arch",
    ),
    "a column is there twice": ("a.csv", "arch,acc,arch\na,1,b\n", "{file!r} has two columns 'arch'; rename one"),
    "nothing is as where says": (
        "a.csv",
        CSV.replace("x", "z"),
        "{file!r}: no row has data 'x', as where says, but data 'y' and data 'z'",
    ),
    "two rows have one key": (
        "a.csv",
        CSV + "a,0.91,x\n",
        "{file!r}: lines 2 and 5 have the same arch 'a', and acc 0.9 and 0.91; add the column that tells them apart to"
        " key, or to where",
    ),
    "a column of words": (
        "a.csv",
        "arch,acc,data\na,good,x\nb,bad,x\n",
        "{file!r}: column 'acc' holds no number, but 'good'",
    ),
    "a line is short": ("a.csv", CSV + "c,1\n", "{file!r}: line 5 has 2 values, but there are 3 columns"),
    "a line is long": ("a.csv", CSV + "c,1,x,y\n", "{file!r}: line 5 has 4 values, but there are 3 columns"),
    "no object": ("a.jsonl", '{"arch": "a"}\n[1]\n', "{file!r}: line 2 is no JSON object, but '[1]'"),
    "half an object": ("a.jsonl", '{"arch": "a"', '{file!r}: line 1 is no JSON object, but \'{{"arch": "a"\''),
    "deep brackets": ("a.jsonl", "[" * 100_000, "{file!r}: line 1 is no JSON object, but '" + "[" * 76 + "..."),
    "an open quote": (
        "a.csv",
        CSV + '"c,1,x\n',
        "{file!r} is truncated or damaged (unexpected end of data); fetch it again",
    ),
    "bytes": (
        "a.csv",
        b"arch\xff\n",
        "{file!r} is truncated or damaged ('utf-8' codec can't decode byte 0xff in position 4: invalid start byte);"
        " fetch it again",
    ),
}


@pytest.mark.parametrize(("name", "content", "message"), WRONG.values(), ids=WRONG)
def test_what_is_wrong_with_a_table_is_said(tmp_path, name, content, message):
    path = written(tmp_path / name, content)
    with pytest.raises(FgspaceError) as raised:
        read(path)
    assert str(raised.value) == "TabularBenchmark: " + message.format(file=str(path))


DAMAGED = {
    "no gzip": (CSV.encode(), "Not a gzipped file (b'ar')"),
    "cut": (gzip.compress(CSV.encode())[:-4], "Compressed file ended before the end-of-stream marker was reached"),
}


@pytest.mark.parametrize(("content", "cause"), DAMAGED.values(), ids=DAMAGED)
def test_a_damaged_archive_is_said_to_be_one(tmp_path, content, cause):
    path = tmp_path / "a.csv.gz"
    path.write_bytes(content)
    with pytest.raises(FgspaceError) as raised:
        read(path)
    expected = f"TabularBenchmark: {str(path)!r} is truncated or damaged ({cause}); fetch it again"
    assert str(raised.value) == expected


def test_a_file_that_is_not_there_says_where_it_was_looked_for(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.csv").mkdir()
    advice = "write in file: where the table is; a relative path begins in the folder that you search from"
    for name, what in (("a.csv.gz", "which is not there"), ("folder.csv", "which is a folder")):
        with pytest.raises(FgspaceError) as raised:
            find(name)
        assert str(raised.value) == f"TabularBenchmark: looked for {str(tmp_path / name)!r}, {what}; {advice}"


@pytest.mark.parametrize("name", ["a.pth", "a", "a.gz", "a.csv.zip"])
def test_a_file_of_another_kind_is_refused(name):
    with pytest.raises(FgspaceError) as raised:
        find(name)
    assert str(raised.value) == (
        f"TabularBenchmark: cannot tell how to read {name!r}; expected the ending .csv, .tsv, .jsonl, .ndjson, and .gz"
        " behind it"
    )
