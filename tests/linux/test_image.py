"""What `make run LINUX=1` boots: a shell that none of us wrote prompts, and runs what is typed; its editor edits."""

from pathlib import Path

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, boot, program
from linux import image
from linux.test_linux import fetched


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_an_unmodified_shell_and_its_editor(place, tmp_path):
    if not isinstance(fetched(), Path):
        pytest.skip(fetched())
    image.write(tmp_path / "initrd.tar", fetched())
    with boot(place, [(program("init.bin"), "init"), (tmp_path / "initrd.tar", "initrd.tar")]) as machine:
        for sign, typed in ((r"~ # ", "ls -l /bin/sh; echo one; vi note\n"), (r"/bin/sh -> busybox\n(.|\n)*note.* 1/1", "ihello, vi\x1b"),
                            (r"hello, vi", ":wq\n"), (r"~ # \S*$", "sed s/hello/bye/ note; exit\n"), (r"^bye, vi\n", "")):
            machine.wait_for(sign, LIMIT[place.emulator])
            machine.type_serial(typed)
