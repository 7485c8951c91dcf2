"""Weights on their way to disk: there whole or not at all, and a full disk is told as what it is."""

import errno
import os
import subprocess

import pytest
import torch
from fgspace_vision.networks import restore, save


@pytest.fixture
def small_disk(tmp_path):
    mount = ["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", tmp_path]
    if os.geteuid() or subprocess.run(mount, check=False).returncode:
        pytest.skip("only root can mount a small disk")
    yield tmp_path
    subprocess.run(["umount", "--lazy", tmp_path], check=True)


def test_weights_that_the_disk_has_no_room_for_leave_nothing_and_those_before_as_they_were(small_disk):
    small, large = torch.nn.Linear(10, 10), torch.nn.Linear(200, 200)
    save(small, small_disk / "one.pt")
    with pytest.raises(OSError, match="No space left on device") as error:
        save(large, small_disk / "one.pt")
    assert error.value.errno == errno.ENOSPC
    assert [path.name for path in small_disk.iterdir()] == ["one.pt"]
    restore(small, small_disk / "one.pt")
