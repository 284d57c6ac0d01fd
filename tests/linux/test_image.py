"""What `make run LINUX=1` boots: a shell that none of us wrote prompts, and runs what is typed."""

import pytest

from boots import BOCHS_ISO, LIMIT, QEMU_KERNEL, boot, program
from linux import distribution, image


@pytest.mark.parametrize("place", (QEMU_KERNEL, BOCHS_ISO), ids=str)
def test_an_unmodified_shell_runs_what_is_typed(place, tmp_path):
    try:
        image.write(tmp_path / "initrd.tar", distribution.programs().parent)
    except distribution.NotAvailable as reason:
        pytest.skip(str(reason))
    with boot(place, [(program("init.bin"), "init"), (tmp_path / "initrd.tar", "initrd.tar")], memory=64) as machine:
        for sign, typed in ((r"~ # ", "ls -l /bin/sh; echo $((6 * 7)); exit\n"), (r"/bin/sh -> busybox\n42\n", "")):
            machine.wait_for(sign, LIMIT[place.emulator])
            machine.type_serial(typed)
