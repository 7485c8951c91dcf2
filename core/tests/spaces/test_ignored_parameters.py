"""Parameters that a space of whole networks ignores: taken, noted once, and left out of the space."""

import warnings

import fgspace
import pytest
from fgspace import DescribedSpace, TokenSpace, halvings
from fgspace.cli import main
from fgspace.signatures.parameters import parameters

GIVEN = {"input_size": 8, "output_size": 2, "block_num": 2}
NOTE = "WholeSpace ignores output_size and block_num: a whole network has no blocks to place"


@pytest.fixture(scope="module", autouse=True)
def types():
    class Ignoring:
        def __init__(
            self,
            width: int = 4,
            input_size: halvings.ImageSize = None,
            output_size: halvings.UnusedSize = None,
            block_num: halvings.UnusedSize = None,
            block_mask: halvings.UnusedMask = None,
        ) -> None:
            self.width = width

        def part(self, kernel):
            return {"type": "Conv2d", "out_channels": self.width, "kernel_size": kernel}

    @fgspace.register
    class WholeSpace(Ignoring, TokenSpace):
        """One convolution, whose kernel is a token."""

        def init_tokens(self):
            return [0]

        def range_table(self):
            return [2]

        def token2arch(self, tokens):
            return {"type": "FineGrainedSpace", "modules": ["conv"], "conv": self.part((1, 3)[tokens[0]])}

    @fgspace.register
    class WholeDescribed(Ignoring, DescribedSpace):
        """The same, described."""

        def description(self):
            return {"type": "FineGrainedSpace", "modules": ["conv"], "conv": self.part(1)}

        def hyper_parameters(self):
            return {"conv.kernel_size": [1, 3]}

    return WholeSpace


def read(source):
    """Return the space, and the notes that were given."""
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        return fgspace.space(source), [str(note.message) for note in notes]


@pytest.mark.parametrize("name", ["WholeSpace", "WholeDescribed"])
def test_a_space_with_ignored_parameters_is_the_space_without_them(name):
    space, notes = read([(name, GIVEN)])
    assert notes == [f"{name}: {NOTE.replace('WholeSpace', name)}"]
    assert space == fgspace.space([name], input_shape=(3, 8, 8))
    description = space.at(space.initial)
    assert not GIVEN.keys() & description.keys()
    assert read(description) == (fgspace.space(description), [])


def test_in_a_file_the_note_names_its_place(tmp_path):
    file = tmp_path / "space.yaml"
    file.write_text("search_space:\n  type: WholeSpace\n  input_size: 8\n  output_size: 2\n  block_num: 2\n")
    space, notes = read(file)
    assert notes == [f"{file}:2:3: {NOTE}"]
    assert space == fgspace.space({"type": "WholeSpace"}, input_shape=(3, 8, 8))


def test_in_a_part_of_a_network_the_note_names_the_part():
    parts = {"body": {"type": "WholeSpace", **GIVEN}, "act": {"type": "ReLU"}}
    assert read({"type": "FineGrainedSpace", "modules": ["body", "act"], **parts})[1] == [f"body: {NOTE}"]


def test_the_size_of_the_images_is_taken_without_a_note_and_so_is_null():
    space, notes = read([("WholeSpace", {"input_size": 16, "block_num": None, "block_mask": None})])
    assert (space.input_shape, notes) == ((3, 16, 16), [])


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"block_nums": 2}, "WholeSpace: WholeSpace has no parameter 'block_nums'; did you mean 'block_num'?"),
        ({"block_num": "two"}, "WholeSpace.block_num: expected int or null, got 'two'"),
    ],
)
def test_misspelt_and_ill_typed_parameters_are_errors_as_ever(given, message):
    with pytest.raises(fgspace.DescriptionError) as raised:
        fgspace.space([("WholeSpace", given)])
    assert str(raised.value) == message


def test_a_space_that_a_program_makes_notes_them_too(types):
    with pytest.warns(UserWarning, match=f"^{NOTE}$") as notes:
        made = types(**GIVEN)
    assert len(notes) == 1
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert made.space == fgspace.space({"type": "WholeSpace"}, input_shape=(3, 8, 8))


def test_show_says_which_parameters_are_ignored(capsys):
    assert main(["show", "WholeSpace"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "  block_num    int | None        None  ignored: a whole network has no blocks to place" in lines
    assert "  input_size   int | None        None" in [line.rstrip() for line in lines]


def test_a_parameter_that_is_used_has_no_such_mark(types):
    assert parameters(types)["width"].ignored is None
