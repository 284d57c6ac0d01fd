// The initrd: what an archive has becomes files, and what is wrong in it is refused in words.
#include "catch.hpp"
#include "empty_tree.hpp"
#include "memory_fixture.hpp"
#include "tar_files.hpp"

#include "files/file.hpp"
#include "files/root.hpp"
#include "files/tar.hpp"
#include "files/tree.hpp"

#include <string>

using namespace kernel;
using namespace kernel::files;

namespace {

constexpr std::uint32_t mib = 0x100000;

std::string text_of(const Reference<Node>& node) {
    std::string text(static_cast<std::size_t>(node->size()), '?');
    KernelTransfer to{std::as_writable_bytes(std::span(text))};
    REQUIRE(node->read(0, to) == text.size());
    return text;
}

struct Unpacked {
    explicit Unpacked(const TarFile& file) { unpack(root, file.bytes()); }
    ~Unpacked() { empty(*root); }
    Result<Reference<Node>> find(const char* path) const { return files::find({root, root}, path, LastLink::Keep); }

    FrameMemory memory{4 * mib};
    LogCapture log;
    Reference<Directory> root{new Directory(0755, nullptr)};
};

} // namespace

TEST_CASE("files, directories and links come out of an archive as they went in") {
    TarFile file;
    file.add("./", "", '5')
        .add("etc/", "", '5')
        .add("etc/rc", "echo hello\n")
        .add("bin/deep/er/cat", std::string(1000, 'x'));
    file.add("./etc/motd", "hi", '\0').add("sh", "", '2', "bin/deep").add("hard", "", '1', "etc/rc").end();
    const Unpacked disk(file);
    CHECK(disk.log.complaints() == 0);
    CHECK(text_of(disk.find("/etc/rc").value()) == "echo hello\n");
    CHECK(text_of(disk.find("bin/deep/er/cat").value()) == std::string(1000, 'x'));
    CHECK(text_of(disk.find("etc/motd").value()) == "hi");
    CHECK(disk.find("sh").value()->target() == "bin/deep");
    CHECK(disk.find("hard").value() == disk.find("etc/rc").value());
    CHECK(disk.find("etc/rc").value()->link_count() == 2);
    CHECK(disk.find("etc/rc").value()->mode() == (S_IFREG | 0644));
    CHECK(disk.find("etc/rc").value()->modified() == 77);
}

TEST_CASE("a long name is put together from its two parts") {
    TarFile file;
    file.add(std::string(100, 'n'), "x", '0', "", std::string(155, 'p')).end();
    const Unpacked disk(file);
    CHECK(disk.find((std::string(155, 'p') + "/" + std::string(100, 'n')).c_str()).has_value());
}

TEST_CASE("members that can't be files here are left out, and the rest is there") {
    TarFile file;
    file.add("../escape", "x")
        .add("a/../../b", "x")
        .add("..", "x")
        .add("", "x")
        .add("device", "", '3')
        .add("fifo", "", '6');
    file.add("link", "", '1', "nowhere")
        .add("empty-link", "", '2', "")
        .add("file", "x")
        .add("file/below", "x")
        .add("good", "x");
    const Unpacked disk(file.end());
    CHECK(disk.find("good").has_value());
    CHECK(disk.find("file").has_value());
    CHECK(disk.log.complaints() == 9);
    CHECK(disk.root->entry_count() == 2);
}

TEST_CASE("a damaged archive is told in words, and what came before the damage is there") {
    TarFile file;
    file.add("first", "x");
    std::string reason;
    SECTION("checksum") {
        file.add("second", "x").break_checksum();
        reason = "a header's checksum is wrong";
    }
    SECTION("magic") {
        file.add("second", "x").patch(257, "USTAR");
        reason = "a header is not in the ustar format";
    }
    SECTION("size is no number") {
        file.add("second", "x").patch(124, "0000000009x");
        reason = "a header's size or mode is not an octal number";
    }
    SECTION("size is blank") {
        file.add("second", "x").patch(124, "           ");
        reason = "a header's size or mode is not an octal number";
    }
    SECTION("size in base 256") {
        file.add("second", "x").patch(124, "\x80");
        reason = "a header's size or mode is not an octal number";
    }
    SECTION("size over 32 bits") {
        file.add("second", "x").patch(124, "77777777777");
        reason = "a header's size or mode is not an octal number";
    }
    SECTION("a size larger than the archive") {
        file.add("second", "x").patch(124, "37777777777");
        reason = "it ends within a file";
    }
    SECTION("cut within the contents") {
        file.add("second", std::string(600, 'x')).cut(512);
        reason = "it ends within a file";
    }
    SECTION("cut within a header") {
        file.add("second", "").cut(100);
        reason = "it ends within a header";
    }
    const Unpacked disk(file);
    CHECK(disk.log.contains("initrd: " + reason + "; what came before it is there"));
    CHECK(disk.find("first").has_value());
    CHECK(!disk.find("second").has_value());
}

TEST_CASE("an archive without its end is read to the last byte") {
    TarFile file;
    file.add("only", "x");
    SECTION("whole blocks") {}
    SECTION("the last block cut off after the contents") {
        file.cut(511);
    }
    const Unpacked disk(file);
    CHECK(disk.log.complaints() == 0);
    CHECK(text_of(disk.find("only").value()) == "x");
}

TEST_CASE("when memory runs out a file is left out with a warning, and nothing leaks") {
    TarFile file;
    file.add("one", std::string(5000, 'x')).add("two", std::string(5000, 'x')).end();
    FrameMemory memory(4 * mib);
    LogCapture log;
    Reference<Directory> root(new Directory(0755, nullptr));
    frames::fail_after(3);
    unpack(root, file.bytes());
    CHECK(log.contains("two is left out (errno 28)"));
    CHECK(text_of(find({root, root}, "one").value()) == std::string(5000, 'x'));
    CHECK(!find({root, root}, "two")); // no part of it either
    empty(*root);
}
