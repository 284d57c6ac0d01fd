#!/usr/bin/python3
"""Tries Trapgate on fresh minimal systems, as an ordinary user: `make test-systems`.

    systems.py [--whole] [SYSTEM ...]       the systems are bookworm, trixie and testing; without any: all
                                            --whole: every test, in both folders (hours); else those that hang on versions

Each system is a folder made by debootstrap from the package mirror that this machine's apt uses. Each run works in a copy of
it, in which nothing has been installed yet; the committed tree is cloned into that, to the user's home and to a folder with a
blank in its name. Nothing is mounted outside a namespace of its own. In $TRAPGATE_SYSTEMS (/var/tmp/trapgate-systems) are kept
what debootstrap has made (pristine/; FRESH=1 makes it anew), the last run's copies (work/), and a log of each check.
The last line counts the checks. What can't be tried on this machine is skipped, and the reason is said.
"""

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PLACE = Path(os.environ.get("TRAPGATE_SYSTEMS", "/var/tmp/trapgate-systems"))
SYSTEMS = ("bookworm", "trixie", "testing")
MINIMAL = "git,make,sudo,ca-certificates"  # on top of what a Debian must have
USER, HOME, BLANK = "student", "/home/student/trapgate", "/tmp/a b/trapgate"

PYTEST = "/usr/bin/python3 -m pytest -q -p no:cacheprovider"
ON_VERSIONS = f"{PYTEST} tests/machine tests/boot/test_build.py tests/boot/test_rebuild.py tests/boot/test_gdb.py tests/course/test_docs.py"
NOTHING_TO_DO = "setup: everything Trapgate needs is here (`make doctor` says more)"
CHECKS = [  # what is checked, where, how; quick, whole or both
    ("setup", HOME, "make setup", "both"),
    ("a second setup has nothing to do", HOME, f"said=$(make setup 2>&1) && [ \"$said\" = '{NOTHING_TO_DO}' ]", "both"),
    ("build, warnings are errors", HOME, "make -j2 WERROR=1", "both"),
    ("doctor", HOME, "make doctor", "both"),
    ("unit tests", HOME, "make -j2 test-unit", "quick"),
    ("tests that hang on versions", HOME, ON_VERSIONS, "quick"),
    ("all tests", HOME, "make setup test", "whole"),
    ("build in a path with a blank", BLANK, "make -j2", "both"),
    ("run there, in both emulators", BLANK, "make qemu </dev/null && make run </dev/null", "both"),
    ("debugger there", BLANK, f"{PYTEST} tests/boot/test_gdb.py tests/boot/test_rewind.py", "quick"),
    ("all tests there", BLANK, "make setup test", "whole"),
]  # fmt: skip

# Runs a command in a system: with a /proc, /dev/pts and process numbers of its own, which go when it ends.
INSIDE = """
mount --make-rprivate / && mount -t proc proc "$0/proc" && mkdir -p "$0/dev/pts" &&
mount -t devpts -o newinstance,ptmxmode=0666,mode=620 devpts "$0/dev/pts" && ln -sf pts/ptmx "$0/dev/ptmx" &&
exec chroot "$0" "$@"
"""


def mirror_in(addresses):
    """The main archive among the addresses of apt's package lists, one a line."""
    return next((address.rstrip("/") for address in addresses.split() if re.search(r"/debian/?$", address)), None)


def mirror():
    command = ["apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages"]
    return mirror_in(subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True).stdout)


def reason_to_skip():
    """Why this machine can't make systems, or nothing."""
    if os.geteuid() != 0:
        return "only root can make a system (sudo make test-systems)"
    missing = [tool for tool in ("apt-get", "dpkg-deb", "unshare", "chroot") if not shutil.which(tool)]
    if missing:
        return f"{', '.join(missing)} is not here"
    if subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stderr=subprocess.DEVNULL).returncode != 0:
        return "no namespaces may be made here (in a container without the right)"
    if mirror() is None:
        return "apt knows no mirror of Debian"
    return ""


def debootstrap():
    """The command, and its environment; where it is not installed, its package is unpacked in our folder."""
    if shutil.which("debootstrap"):
        return ["debootstrap"], os.environ
    folder = PLACE / "debootstrap"
    program = folder / "usr/sbin/debootstrap"
    if not program.is_file():
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(["apt-get", "download", "debootstrap"], cwd=folder, check=True, stdout=subprocess.DEVNULL)
        subprocess.run(["dpkg-deb", "-x", next(folder.glob("debootstrap_*.deb")), folder], check=True)
    return [str(program)], {**os.environ, "DEBOOTSTRAP_DIR": str(folder / "usr/share/debootstrap")}


def fresh_copy(name, log):
    """The folder of a system as debootstrap makes it."""
    pristine, half_made, work = PLACE / "pristine" / name, PLACE / "pristine" / f"{name}.new", PLACE / "work" / name
    if os.environ.get("FRESH") == "1":
        shutil.rmtree(pristine, ignore_errors=True)
    if not pristine.exists():
        shutil.rmtree(half_made, ignore_errors=True)
        program, environment = debootstrap()
        command = [*program, "--variant=minbase", f"--include={MINIMAL}", name, str(half_made), mirror()]
        subprocess.run(command, env=environment, check=True, stdout=log, stderr=log)
        half_made.rename(pristine)
    if work.exists():
        shutil.rmtree(work)
    work.parent.mkdir(parents=True, exist_ok=True)
    subprocess.run(["cp", "-a", "--reflink=auto", pristine, work], check=True, stdout=log, stderr=log)
    return work


def make_system(name, log):
    """The folder of a system, with the user in it and the tree in both places."""
    system = fresh_copy(name, log)
    (system / f"etc/sudoers.d/{USER}").write_text(f"{USER} ALL=(ALL) NOPASSWD: ALL\n")
    for file in ("resolv.conf", "hosts"):
        if Path("/etc", file).is_file():
            shutil.copyfile(Path("/etc", file), system / "etc" / file)
    subprocess.run(["chroot", system, "sh", "-c", f"id {USER} || useradd -m -s /bin/sh {USER}"], check=True, stdout=log, stderr=log)
    for place in (HOME, BLANK):
        tree = system / place[1:]
        shutil.rmtree(tree, ignore_errors=True)
        tree.parent.mkdir(exist_ok=True)
        git = ["git", "-c", f"safe.directory={ROOT}", "clone", "--no-hardlinks", "--quiet", ROOT, tree]
        subprocess.run(git, check=True, stdout=log, stderr=log)
        subprocess.run(["chroot", system, "chown", "-R", f"{USER}:", str(Path(place).parent)], check=True)
    return system


def run_inside(system, folder, command, log):
    """True if the command succeeds in the system, as the user, in that folder."""
    words = f"cd '{folder}' && {command}"
    inside = ["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", INSIDE, system, "su", "-", USER, "-c", words]
    log.write(f"\n$ {words}\n")
    log.flush()
    return subprocess.run(["nice", "-n", "15", *inside], stdin=subprocess.DEVNULL, stdout=log, stderr=log).returncode == 0


def last_lines(file, count=12):
    return "".join(f"      {line}\n" for line in file.read_text(errors="replace").splitlines()[-count:])


def main():
    parser = argparse.ArgumentParser(description="Try Trapgate on fresh minimal systems.")
    parser.add_argument("systems", nargs="*", metavar="SYSTEM", help=", ".join(SYSTEMS))
    parser.add_argument("--whole", action="store_true", help="run every test, in both folders")
    arguments = parser.parse_args()
    names = arguments.systems or SYSTEMS
    for name in names:
        if name not in SYSTEMS:
            parser.error(f"there is no system {name}: they are {', '.join(SYSTEMS)}")
    checks = [check for check in CHECKS if check[3] in ("both", "whole" if arguments.whole else "quick")]
    passed = failed = skipped = 0
    reason = reason_to_skip()
    for name in names:
        if reason:
            print(f"{name}: skipped: {reason}")
            skipped += len(checks)
            continue
        PLACE.mkdir(parents=True, exist_ok=True)
        file = PLACE / f"{name}.log"
        with file.open("w") as log:
            try:
                system = make_system(name, log)
            except (OSError, subprocess.CalledProcessError) as error:
                print(f"{name}: skipped: the system could not be made ({error}); see {file}")
                skipped += len(checks)
                continue
            for what, folder, command, _ in checks:
                begin = time.monotonic()
                good = run_inside(system, folder, command, log)
                passed, failed = passed + good, failed + (not good)
                print(f"{name}: {what}: {'passed' if good else 'FAILED'} ({time.monotonic() - begin:.0f} s)", flush=True)
                if not good:
                    print(last_lines(file), end="", flush=True)
    print(f"{passed} passed, {failed} failed, {skipped} skipped")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
