"""setup.sh on machines that are not this one: a PATH of stand-ins, a small table, no root, no network."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SETUP = ROOT / "iso/machine/setup.sh"

TABLE = """\
# a comment
needed   | the assembler | command:tool-asm | assembles        | pkg-asm | dnf-asm | pac-asm | brew-asm
needed   | the emulator  | command:tool-emu command:tool-emu2 | runs | pkg-emu | dnf-emu | - | brew-emu
needed   | the ROM       | file:{folder}/rom/*/image.bin | firmware | pkg-emu pkg-rom | dnf-rom | pac-rom | brew-rom
wanted   | the window    | command:tool-window | shows | pkg-window | dnf-window | pac-window | brew-window
optional | the fuzzer    | command:tool-fuzz | fuzzes          | old-fuzz/pkg-fuzz | dnf-fuzz | pac-fuzz | brew-fuzz
"""

# An apt-get that knows five packages, installs what they bring, and writes down how it was called.
APT_GET = """\
echo "apt-get as ${{AS:-user}}: $*" >>{folder}/calls
[ "$DEBIAN_FRONTEND" = noninteractive ] || echo "would have asked questions" >>{folder}/calls
case "$*" in
*install*)
    [ ! -e {folder}/offline-for-all ] || exit 100
    for word in "$@"; do
        case $word in
        pkg-asm) echo >{bin}/tool-asm; chmod +x {bin}/tool-asm ;;
        pkg-emu) echo >{bin}/tool-emu2; chmod +x {bin}/tool-emu2 ;;
        pkg-rom) mkdir -p {folder}/rom/x; echo >{folder}/rom/x/image.bin ;;
        pkg-window) [ -e {folder}/no-window ] || {{ echo >{bin}/tool-window; chmod +x {bin}/tool-window; }} ;;
        pkg-fuzz) echo >{bin}/tool-fuzz; chmod +x {bin}/tool-fuzz ;;
        esac
    done ;;
*update*) [ ! -e {folder}/offline ] && [ ! -e {folder}/offline-for-all ] ;;
esac
"""
APT_CACHE = 'case $2 in pkg-*) ;; *) exit 100 ;; esac\n'


class Computer:
    """A folder of stand-ins that is the whole PATH."""

    def __init__(self, folder):
        self.folder = folder
        self.bin = folder / "bin"
        self.bin.mkdir()
        for tool in ("env", "dirname", "mkdir", "chmod", "true"):
            (self.bin / tool).symlink_to(f"/usr/bin/{tool}")
        self.table = folder / "packages.table"
        self.table.write_text(TABLE.format(folder=folder))
        self.user("reader", 1000)
        self.environment = {}

    def command(self, name, text=""):
        path = self.bin / name
        path.write_text("#!/bin/sh\n" + text.format(folder=self.folder, bin=self.bin))
        path.chmod(0o755)

    def user(self, name, number):
        self.command("id", f'[ "$1" = -u ] && echo {number} || echo {name}\n')

    def debian(self):
        self.command("apt-get", APT_GET)
        self.command("apt-cache", APT_CACHE)

    def sudo(self, works=True):
        self.command("sudo", ('[ "$1" = -n ] && shift\nAS=root exec "$@"\n') if works else "exit 1\n")

    def has_everything(self):
        for tool in ("tool-asm", "tool-emu", "tool-window"):
            self.command(tool)
        (self.folder / "rom/x").mkdir(parents=True)
        (self.folder / "rom/x/image.bin").touch()

    def setup(self, *arguments):
        environment = {"PATH": str(self.bin), "PACKAGE_TABLE": str(self.table), "OS_RELEASE": str(self.folder / "os-release")}
        environment.update(self.environment)
        done = subprocess.run(
            ["/bin/sh", str(SETUP), *arguments], env=environment, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, timeout=60,
        )
        return done.returncode, done.stdout

    @property
    def calls(self):
        file = self.folder / "calls"
        return file.read_text() if file.exists() else ""


@pytest.fixture
def computer(tmp_path):
    return Computer(tmp_path)


def test_does_nothing_where_everything_is_there(computer):
    computer.debian()
    computer.has_everything()
    code, output = computer.setup()
    assert code == 0 and output.count("\n") == 1 and "everything Trapgate needs is here" in output
    assert computer.calls == ""


def test_installs_what_is_missing_as_root(computer):
    computer.debian()
    computer.user("root", 0)
    code, output = computer.setup()
    assert code == 0, output
    assert "the assembler: assembles" in output and "the ROM: firmware" in output
    assert output.rstrip().endswith("everything Trapgate needs is here (`make doctor` says more)")
    update, install = computer.calls.splitlines()
    assert update.endswith(" update")
    assert install.endswith("install -y --no-install-recommends pkg-asm pkg-emu pkg-rom pkg-window"), "each once, no optional one"


def test_installs_only_what_is_missing(computer):
    computer.debian()
    computer.has_everything()
    (computer.bin / "tool-asm").unlink()
    computer.user("root", 0)
    assert computer.setup()[0] == 0
    assert computer.calls.splitlines()[1].endswith("--no-install-recommends pkg-asm")


def test_uses_sudo_where_it_needs_no_password(computer):
    computer.debian()
    computer.sudo()
    code, output = computer.setup()
    assert code == 0, output
    assert computer.calls.splitlines()[1].startswith("apt-get as root: ")
    assert "would have asked" not in computer.calls


def test_without_sudo_says_which_right_is_missing_and_what_to_type(computer):
    computer.debian()
    code, output = computer.setup()
    assert code == 1 and computer.calls == ""
    assert "needs root's rights, and this user (reader)" in output and "there is no sudo" in output
    assert "\n    apt-get install -y --no-install-recommends pkg-asm pkg-emu pkg-rom pkg-window\n" in output


def test_with_a_sudo_that_wants_a_password_and_no_terminal(computer):
    computer.debian()
    computer.sudo(works=False)
    code, output = computer.setup()
    assert code == 1 and computer.calls == ""
    assert "sudo wants a password and there is no terminal" in output
    assert "\n    sudo apt-get install -y --no-install-recommends pkg-asm pkg-emu pkg-rom pkg-window\n" in output


@pytest.mark.parametrize(
    "manager, line",
    [
        ("dnf", "sudo dnf install dnf-asm dnf-emu dnf-rom dnf-window"),
        ("pacman", "sudo pacman -S --needed pac-asm pac-rom pac-window"),
        ("brew", "brew install brew-asm brew-emu brew-rom brew-window"),
    ],
)
def test_elsewhere_prints_the_command_and_fails(computer, manager, line):
    computer.command(manager, "echo called >>{folder}/calls\n")
    code, output = computer.setup()
    assert code == 1 and f"\n    {line}\n" in output
    assert computer.calls == "", "it must not install"
    assert ("no package for some of them" in output) == (manager == "pacman")


def test_root_needs_no_sudo_elsewhere(computer):
    computer.command("dnf")
    computer.user("root", 0)
    assert "\n    dnf install dnf-asm" in computer.setup()[1]


def test_an_unknown_system_is_told_what_is_missing(computer):
    code, output = computer.setup()
    assert code == 1 and "none of apt-get, dnf, pacman and brew" in output and "the emulator: runs" in output


def test_going_on_without_network_if_the_lists_are_there(computer):
    computer.debian()
    computer.user("root", 0)
    (computer.folder / "offline").touch()
    code, output = computer.setup()
    assert code == 0 and "going on with the package lists there are" in output


def test_without_network_it_gives_up_at_once(computer):
    computer.debian()
    computer.user("root", 0)
    (computer.folder / "offline-for-all").touch()
    code, output = computer.setup()
    assert code == 1 and "is there no network?" in output
    assert len(computer.calls.splitlines()) == 2, "no second choice is tried"
    assert computer.calls.count("-o Acquire::Retries=0") == 2


@pytest.mark.parametrize("name, number, old", [
    ("debian", "11", True), ("debian", "12", False), ("debian", "", False), ("ubuntu", "20.04", True), ("ubuntu", "22.04", False),
])  # fmt: skip
def test_a_system_that_is_too_old_is_told_so_before_anything_is_downloaded(computer, name, number, old):
    computer.debian()
    computer.user("root", 0)
    text = f'PRETTY_NAME="The system"\nID={name}\n' + (f'VERSION_ID="{number}"\n' if number else "")
    (computer.folder / "os-release").write_text(text)
    code, output = computer.setup()
    assert (code == 1) == old and ("The system is too old" in output) == old
    assert ("Debian 12, Ubuntu 22.04" in output) == (computer.calls == "") == old


def test_what_is_only_wanted_is_installed_but_can_be_done_without(computer):
    computer.debian()
    computer.has_everything()
    (computer.bin / "tool-window").unlink()
    code, output = computer.setup()
    assert code == 0 and "there is no sudo" in output and "can do without it" in output
    computer.user("root", 0)
    (computer.folder / "no-window").touch()
    code, output = computer.setup()
    assert code == 0 and computer.calls.splitlines()[1].endswith("pkg-window") and "can do without it" in output
    (computer.folder / "no-window").unlink()
    code, output = computer.setup()
    assert code == 0 and "everything Trapgate needs is here" in output


def test_another_cross_compiler_is_not_replaced(computer):
    computer.debian()
    computer.user("root", 0)
    computer.table.write_text("needed | cross compiler | cross:g++ | compiles | pkg-cxx | - | - | -\n")
    computer.environment["CROSS"] = "i686-elf-"
    code, output = computer.setup()
    assert code == 1 and "asks for i686-elf-g++" in output and computer.calls == ""


@pytest.mark.parametrize("system", ["MINGW64_NT-10.0-22631", "MSYS_NT-10.0", "CYGWIN_NT-10.0-22631"])
def test_windows_is_sent_to_its_linux(computer, system):
    computer.command("uname", f"echo {system}\n")
    computer.has_everything()
    code, output = computer.setup()
    assert code == 1 and "\n    wsl --install -d Debian\n" in output


def test_fails_when_a_package_does_not_bring_the_thing(computer):
    computer.debian()
    computer.user("root", 0)
    computer.table.write_text("needed | the moon | command:moon | shines | pkg-moon | - | - | -\n")
    code, output = computer.setup()
    assert code == 1 and "missing still" in output and output.count("the moon: shines") == 2


def test_the_second_choice_is_tried_where_the_first_is_unknown(computer):
    computer.debian()
    computer.has_everything()
    computer.user("root", 0)
    code, output = computer.setup("--optional")
    assert code == 0, output
    assert [line for line in computer.calls.splitlines() if "install" in line][0].endswith("pkg-fuzz")


def test_list_installs_nothing(computer):
    computer.debian()
    computer.user("root", 0)
    code, output = computer.setup("--list")
    assert code == 1 and "the assembler" in output and computer.calls == ""


def test_wrong_use_is_an_error(computer):
    assert computer.setup("--lost")[0] == 2
    computer.table.write_text("needed | x | magic:x | y | z | - | - | -\n")
    code, output = computer.setup()
    assert code == 2 and "unknown probe 'magic:x'" in output
    computer.table.unlink()
    assert computer.setup()[0] == 2


def test_an_old_compiler_counts_as_missing(computer):
    computer.debian()
    computer.table.write_text("needed | the compiler | cross:g++ | compiles | pkg-cxx | - | - | -\n")
    computer.command("i686-linux-gnu-g++", "exit 1\n")
    code, output = computer.setup()
    assert code == 1 and "the compiler: compiles" in output
    computer.command("i686-linux-gnu-g++", "exit 0\n")
    assert computer.setup()[0] == 0


def test_the_real_table_is_well_formed():
    lines = [line for line in (SETUP.parent / "packages.table").read_text().splitlines() if line[:1] not in ("#", "")]
    assert len(lines) > 15
    for line in lines:
        fields = [field.strip() for field in line.split("|")]
        assert len(fields) == 8 and all(fields), line
        assert fields[0] in ("needed", "wanted", "optional"), line
        for probe in fields[2].split():
            assert probe.split(":")[0] in ("command", "file", "python", "cross", "host"), line
        assert fields[4] != "-", "Debian has everything"
