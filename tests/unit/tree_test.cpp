// The tree of files: names, paths, links, removing and renaming, as POSIX says. Errors are those that Linux gives.
#include "catch.hpp"
#include "empty_tree.hpp"
#include "memory_fixture.hpp"

#include "files/file.hpp"
#include "files/tree.hpp"

#include <algorithm>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

using namespace kernel;
using namespace kernel::files;

namespace {

constexpr std::uint32_t mib = 0x100000;

/// An empty file system, and commands on it that return an error's number, or 0.
class Disk {
public:
    Disk() : memory_(4 * mib), root_(new Directory(0755, nullptr)), current_(root_) {}

    ~Disk() { empty(*root_); } // a directory and its parent refer to each other
    Disk(const Disk&) = delete;
    Disk& operator=(const Disk&) = delete;

    Base base() const { return {root_, current_}; }
    int mkdir(std::string_view path) { return number(make_directory(base(), path, 0755)); }
    int touch(std::string_view path) { return number(open(base(), path, O_CREAT | O_WRONLY, 0644)); }
    int unlink(std::string_view path) { return number(remove(base(), path)); }
    int rmdir(std::string_view path) { return number(remove_directory(base(), path)); }
    int symlink(std::string_view target, std::string_view path) {
        return number(make_symbolic_link(base(), target, path));
    }
    int link(std::string_view from, std::string_view to) {
        const auto node = find(base(), from, LastLink::Keep);
        return node ? number(make_link(base(), *node, to)) : number(node);
    }
    int mv(std::string_view from, std::string_view to) { return number(files::rename(base(), from, base(), to)); }
    int lookup(std::string_view path, LastLink last = LastLink::Follow) { return number(find(base(), path, last)); }
    int try_open(std::string_view path, std::uint32_t flags) { return number(open(base(), path, flags, 0644)); }
    Reference<Node> at(std::string_view path) { return find(base(), path, LastLink::Keep).value(); }
    void cd(std::string_view path) { current_ = Reference<Directory>(find(base(), path).value()->as_directory()); }
    std::string pwd() {
        std::vector<char> buffer(5000);
        const auto size = path_of(*current_, buffer);
        return size ? std::string(buffer.data(), *size - 1) : "errno " + std::to_string(number(size));
    }
    std::vector<std::string> list(std::string_view path) {
        std::vector<std::string> names;
        Directory* directory = at(path)->as_directory();
        for (auto next = directory->next(0).value(); next.node; next = directory->next(next.position).value()) {
            names.emplace_back(next.name);
        }
        return names;
    }

private:
    template <typename T>
    static int number(const Result<T>& result) {
        return result ? 0 : static_cast<int>(result.error());
    }

    FrameMemory memory_;
    Reference<Directory> root_;
    Reference<Directory> current_;
};

using Names = std::vector<std::string>;

/// A symbolic link without a text.
class Shortcut final : public Node {
public:
    explicit Shortcut(const Reference<Node>& end) : Node(Kind::Link, 0777), end_(end) {}
    Reference<Node> leads_to() const override { return end_; }

private:
    Reference<Node> end_;
};

} // namespace

TEST_CASE("paths lead where their names say") {
    Disk disk;
    REQUIRE(disk.mkdir("/a") == 0);
    REQUIRE(disk.mkdir("/a/b/") == 0);
    REQUIRE(disk.touch("/a/b/file") == 0);
    for (const char* path : {"/a/b/file", "//a///b/./file", "a/b/../b/file", "/../a/b/file", "./a/./b/file"}) {
        INFO(path);
        CHECK(disk.at(path) == disk.at("/a/b/file"));
    }
    CHECK(disk.at("/") == disk.at("/.."));
    CHECK(disk.at("///") == disk.at("."));
    CHECK(disk.lookup("") == ENOENT);
    CHECK(disk.lookup("/a/x") == ENOENT);
    CHECK(disk.lookup("/a/x/y") == ENOENT);
    CHECK(disk.lookup("/a/b/file/") == ENOTDIR);
    CHECK(disk.lookup("/a/b/file/..") == ENOTDIR);
    CHECK(disk.lookup(std::string(255, 'n')) == ENOENT);
    CHECK(disk.lookup(std::string(256, 'n')) == ENAMETOOLONG);
    CHECK(disk.lookup(std::string(256, 'n') + "/x") == ENAMETOOLONG);
    CHECK(disk.lookup(std::string(4095, '/')) == 0);
    CHECK(disk.lookup(std::string(4096, '/')) == ENAMETOOLONG);
    disk.cd("a/b");
    CHECK(disk.at("file") == disk.at("/a/b/file"));
    CHECK(disk.pwd() == "/a/b");
    disk.cd("/");
    CHECK(disk.pwd() == "/");
}

TEST_CASE("open makes what is not there and refuses what is not right") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.touch("f") == 0);
    REQUIRE(disk.symlink("f", "to-file") == 0);
    REQUIRE(disk.symlink("new", "to-nothing") == 0);
    CHECK(disk.try_open("x", O_RDONLY) == ENOENT);
    CHECK(disk.try_open("x/", O_RDONLY | O_CREAT) == EISDIR);
    CHECK(disk.try_open("f", O_CREAT | O_EXCL) == EEXIST);
    CHECK(disk.try_open("to-nothing", O_CREAT | O_EXCL) == EEXIST);
    CHECK(disk.try_open("to-nothing", O_CREAT) == 0);
    CHECK(disk.lookup("new") == 0);
    CHECK(disk.try_open("d", O_RDONLY) == 0);
    CHECK(disk.try_open("d", O_WRONLY) == EISDIR);
    CHECK(disk.try_open("d", O_RDONLY | O_CREAT) == EISDIR);
    CHECK(disk.try_open("f", O_DIRECTORY) == ENOTDIR);
    CHECK(disk.try_open("to-file", O_NOFOLLOW) == ELOOP);
    CHECK(disk.try_open("to-file", O_RDONLY) == 0);
    std::vector<std::byte> byte(1);
    KernelTransfer from{std::span<std::byte>(byte)};
    REQUIRE(disk.at("f")->write(0, from) == 1U);
    disk.at("f")->add_runner();
    CHECK(disk.try_open("f", O_TRUNC | O_RDONLY) == ETXTBSY);
    CHECK(disk.at("f")->size() == 1);
    disk.at("f")->remove_runner();
    CHECK(disk.try_open("f", O_TRUNC | O_RDONLY) == 0);
    CHECK(disk.at("f")->size() == 0);
    CHECK(disk.try_open("d", O_TRUNC | O_RDONLY) == EISDIR);
}

TEST_CASE("symbolic links are followed in the middle of a path, and at its end if that is asked for") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.touch("d/f") == 0);
    REQUIRE(disk.symlink("d", "relative") == 0);
    REQUIRE(disk.symlink("/d", "d/absolute") == 0);
    REQUIRE(disk.symlink("..", "d/up") == 0);
    CHECK(disk.at("relative/f") == disk.at("d/f"));
    CHECK(disk.at("d/absolute/f") == disk.at("d/f"));
    CHECK(disk.at("d/up/d/up/relative/absolute/f") == disk.at("d/f"));
    CHECK(disk.at("relative")->kind() == Node::Kind::Link);
    CHECK(disk.at("relative/")->kind() == Node::Kind::Directory);
    CHECK(disk.at("relative")->target() == "d");
    REQUIRE(disk.symlink("loop2", "loop1") == 0);
    REQUIRE(disk.symlink("loop1", "loop2") == 0);
    CHECK(disk.lookup("loop1") == ELOOP);
    CHECK(disk.lookup("loop1/x") == ELOOP);
    CHECK(disk.lookup("loop1", LastLink::Keep) == 0);
    CHECK(disk.symlink("", "empty") == ENOENT);
    CHECK(disk.symlink("x", "d") == EEXIST);
    CHECK(disk.symlink("x", "y/") == ENOENT);
    CHECK(disk.symlink(std::string(4096, 'x'), "long") == ENAMETOOLONG);
    std::string last = "d/f";
    for (int i = 0; i < 41; ++i) { // the 40th is still followed
        const std::string name = "chain" + std::to_string(i);
        REQUIRE(disk.symlink(last, name) == 0);
        last = name;
    }
    CHECK(disk.lookup("chain39") == 0);
    CHECK(disk.lookup("chain40") == ELOOP);
    // Each is put before what is left: 1,500 bytes thrice is too long.
    REQUIRE(disk.symlink(std::string(1500, '/') + "grow", "grow") == 0);
    CHECK(disk.lookup("grow/x") == ELOOP);
}

TEST_CASE("a link may lead to a node without a path") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.touch("d/f") == 0);
    Directory& root = *disk.at("/")->as_directory();
    REQUIRE(root.add("short", Reference<Node>(new Shortcut(disk.at("d")))));
    REQUIRE(root.add("to-file", Reference<Node>(new Shortcut(disk.at("d/f")))));
    CHECK(disk.at("short")->kind() == Node::Kind::Link);
    CHECK(find(disk.base(), "short").value() == disk.at("d"));
    CHECK(find(disk.base(), "to-file").value() == disk.at("d/f"));
    CHECK(disk.at("short/f") == disk.at("d/f"));
    CHECK(disk.lookup("to-file/") == ENOTDIR);
    CHECK(disk.lookup("to-file/x") == ENOTDIR);
    std::string path;
    for (int i = 0; i < 40; ++i) {
        path += "short/../";
    }
    CHECK(disk.lookup(path) == 0);
    CHECK(disk.lookup(path + "short/f") == ELOOP);
}

TEST_CASE("a file has as many names as it was given, and goes with the last one and its last user") {
    Disk disk;
    REQUIRE(disk.touch("one") == 0);
    REQUIRE(disk.link("one", "two") == 0);
    CHECK(disk.at("one")->link_count() == 2);
    CHECK(disk.link("one", "two") == EEXIST);
    CHECK(disk.link("one", "three/") == ENOENT);
    REQUIRE(disk.mkdir("d") == 0);
    CHECK(disk.link("d", "e") == EPERM);
    Reference<Node> kept = disk.at("one");
    CHECK(disk.unlink("one") == 0);
    CHECK(disk.unlink("two") == 0);
    CHECK(disk.unlink("two") == ENOENT);
    CHECK(disk.unlink("d") == EISDIR);
    CHECK(kept->link_count() == 0);
    CHECK(kept->user_count() == 1);
    CHECK(make_link(disk.base(), kept, "again").error() == Error::NoSuchFile);
}

TEST_CASE("directories count their links, and only empty ones are removed") {
    Disk disk;
    CHECK(disk.at("/")->link_count() == 2);
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.mkdir("d/e") == 0);
    CHECK(disk.at("/")->link_count() == 3);
    CHECK(disk.at("d")->link_count() == 3);
    CHECK(disk.mkdir("d") == EEXIST);
    CHECK(disk.mkdir("/") == EEXIST);
    CHECK(disk.mkdir("x/y") == ENOENT);
    CHECK(disk.rmdir("d") == ENOTEMPTY);
    CHECK(disk.rmdir("d/e/..") == ENOTEMPTY);
    CHECK(disk.rmdir("d/e/.") == EINVAL);
    CHECK(disk.rmdir("/") == EBUSY);
    CHECK(disk.rmdir("/.") == EINVAL);
    CHECK(disk.rmdir("d/..") == ENOTEMPTY);
    CHECK(disk.rmdir("x") == ENOENT);
    REQUIRE(disk.touch("f") == 0);
    CHECK(disk.rmdir("f") == ENOTDIR);
    CHECK(disk.rmdir("d/e/") == 0);
    CHECK(disk.at("d")->link_count() == 2);
}

TEST_CASE("a directory that was removed lives on for those who are in it, but takes no names") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.mkdir("d/e") == 0);
    disk.cd("d/e");
    REQUIRE(disk.rmdir("/d/e") == 0);
    REQUIRE(disk.rmdir("/d") == 0);
    CHECK(disk.touch("x") == ENOENT);
    CHECK(disk.mkdir("x") == ENOENT);
    CHECK(disk.pwd() == "errno " + std::to_string(ENOENT));
    CHECK(disk.list(".") == Names{".", ".."});
    REQUIRE(disk.mkdir("/f") == 0);
    CHECK(disk.mv("/f", "x") == ENOENT);
    disk.cd("../..");
    CHECK(disk.pwd() == "/");
}

TEST_CASE("a chain of removed directories, however long, goes without one destructor within another") {
    Disk disk;
    for (int depth = 0; depth < 20'000; ++depth) { // deep enough for a stack of this process to overflow
        REQUIRE(disk.mkdir("d") == 0);
        disk.cd("d");
    }
    Reference<Node> deepest = disk.at(".");
    for (int depth = 0; depth < 20'000; ++depth) {
        disk.cd("..");
        REQUIRE(disk.rmdir("d") == 0);
    }
    CHECK(deepest->user_count() == 1);
    disk.cd("/");
    const Reference<Node> kept = deepest->as_directory()->parent().find("..");
    deepest = {};
    CHECK(kept->user_count() == 1); // the two below it are gone, and no one else is
    CHECK(kept->as_directory()->parent().is_detached());
}

TEST_CASE("rename moves and replaces as POSIX says") {
    Disk disk;
    REQUIRE(disk.mkdir("a") == 0);
    REQUIRE(disk.mkdir("a/b") == 0);
    REQUIRE(disk.mkdir("empty") == 0);
    REQUIRE(disk.touch("f") == 0);
    REQUIRE(disk.touch("g") == 0);
    CHECK(disk.mv("x", "y") == ENOENT);
    CHECK(disk.mv("f", "x/y") == ENOENT);
    CHECK(disk.mv("f", "empty") == EISDIR);
    CHECK(disk.mv("a", "f") == ENOTDIR);
    CHECK(disk.mv("empty", "a") == ENOTEMPTY);
    CHECK(disk.mv("a", "a/b/c") == EINVAL);
    CHECK(disk.mv("a", "a/b") == EINVAL);
    CHECK(disk.mv("a/b/.", "x") == EBUSY);
    CHECK(disk.mv("a/b/..", "x") == EBUSY);
    CHECK(disk.mv("f", "new/") == ENOTDIR);
    CHECK(disk.mv("f/", "x") == ENOTDIR);
    Reference<Node> f = disk.at("f");
    CHECK(disk.mv("f", "g") == 0);
    CHECK(disk.at("g") == f);
    CHECK(f->link_count() == 1);
    CHECK(disk.lookup("f") == ENOENT);
    REQUIRE(disk.link("g", "h") == 0);
    CHECK(disk.mv("g", "h") == 0); // two names of one file: nothing happens
    CHECK(disk.lookup("g") == 0);
    CHECK(disk.mv("g", "g") == 0);
    CHECK(disk.mv("a/b", "empty") == 0);
    CHECK(disk.at("a")->link_count() == 2);
    CHECK(disk.at("/")->link_count() == 4);
    CHECK(disk.mv("empty", "a/moved") == 0);
    CHECK(disk.at("a/moved/..") == disk.at("a"));
    CHECK(disk.at("/")->link_count() == 3);
    CHECK(disk.at("a")->link_count() == 3);
}

TEST_CASE("a listing that goes on after changes meets every other entry once") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    for (int i = 0; i < 100; ++i) {
        REQUIRE(disk.touch("d/" + std::to_string(i)) == 0);
    }
    Directory* directory = disk.at("d")->as_directory();
    std::multiset<std::string> met;
    Directory::Listed next = directory->next(0).value();
    for (int i = 0; i < 50; ++i, next = directory->next(next.position).value()) {
        met.emplace(next.name);
    }
    const std::uint32_t position = next.position - 1;
    for (int i = 0; i < 90; ++i) { // so that the gaps are closed meanwhile
        REQUIRE(disk.unlink("d/" + std::to_string(i)) == 0);
    }
    REQUIRE(disk.touch("d/late") == 0);
    for (next = directory->next(position).value(); next.node; next = directory->next(next.position).value()) {
        met.emplace(next.name);
    }
    for (int i = 90; i < 100; ++i) {
        CHECK(met.count(std::to_string(i)) == 1);
    }
    CHECK(met.count("late") == 1);
    CHECK(met.size() == 50 + 10 + 1);
}

TEST_CASE("ten thousand names are found and removed") {
    Disk disk;
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(disk.touch(std::to_string(i)) == 0);
    }
    CHECK(disk.list("/").size() == 10'002);
    for (int i = 0; i < 10'000; ++i) {
        REQUIRE(disk.unlink(std::to_string(i * 7 % 10'000)) == 0);
    }
    CHECK(disk.list("/") == Names{".", ".."});
}

TEST_CASE("a path that does not fit is an error, and one that just fits is not") {
    Disk disk;
    REQUIRE(disk.mkdir("abc") == 0);
    std::array<char, 5> exact{};
    CHECK(path_of(*disk.at("abc")->as_directory(), exact) == 5U);
    CHECK(std::string(exact.data()) == "/abc");
    CHECK(path_of(*disk.at("abc")->as_directory(), std::span(exact).first(4)).error() == Error::OutOfRange);
    CHECK(path_of(*disk.at("/")->as_directory(), std::span(exact).first(1)).error() == Error::OutOfRange);
    CHECK(path_of(*disk.at("/")->as_directory(), std::span(exact).first(0)).error() == Error::OutOfRange);
}

TEST_CASE("a path is found without a search through all that a directory has") {
    struct CountedDirectory final : Directory {
        CountedDirectory() : Directory(0755, nullptr) {}
        Result<Listed> next(std::uint32_t position) override { return ++asked, Directory::next(position); }
        unsigned asked = 0;
    };
    const FrameMemory memory(4 * mib);
    const Reference<CountedDirectory> root(new CountedDirectory);
    const Base base{Reference<Directory>(root.get()), Reference<Directory>(root.get())};
    for (int i = 0; i < 1000; ++i) {
        REQUIRE(open(base, "f" + std::to_string(i), O_CREAT, 0644));
    }
    REQUIRE(make_directory(base, "d", 0755));
    std::array<char, 8> path{};
    CHECK(path_of(**find(base, "d"), path) == 3U);
    CHECK(path_of(**find(base, "f999"), path) == 6U);
    CHECK(root->asked == 2);
    empty(*root);
}

TEST_CASE("a file's path is that of the name that was given last") {
    Disk disk;
    REQUIRE(disk.mkdir("d") == 0);
    REQUIRE(disk.touch("d/file") == 0);
    const Reference<Node> file(disk.at("d/file"));
    std::array<char, 32> path{};
    const auto told = [&] { return path_of(*file, path) ? std::string(path.data()) : std::string("none"); };
    CHECK(told() == "/d/file");
    REQUIRE(disk.mv("d/file", "d/other") == 0);
    CHECK(told() == "/d/other");
    REQUIRE(disk.mv("d/other", "up") == 0);
    CHECK(told() == "/up");
    REQUIRE(disk.link("up", "d/second") == 0);
    CHECK(told() == "/d/second");
    REQUIRE(disk.unlink("d/second") == 0);
    CHECK(told() == "none"); // though there is another name
    REQUIRE(disk.link("up", "first") == 0);
    REQUIRE(disk.link("up", "last") == 0);
    REQUIRE(disk.unlink("first") == 0);
    CHECK(told() == "/last");
    REQUIRE(disk.touch("replaced") == 0);
    REQUIRE(disk.mv("last", "replaced") == 0);
    CHECK(told() == "/replaced");
    REQUIRE(disk.unlink("replaced") == 0);
    REQUIRE(disk.unlink("up") == 0);
    CHECK(told() == "none");
}
