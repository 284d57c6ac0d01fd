// Generated files and directories: texts and names that are made when somebody asks.
#include "files/generated.hpp"
#include "files/tree.hpp"

#include <string>

namespace {

using namespace kernel;
using namespace kernel::files;

std::int32_t value = 0; // what the files tell

Result<void> write_value(std::int32_t key, Text& to) {
    if (value < 0) {
        return std::unexpected(Error::NoProcess);
    }
    for (std::int32_t i = 0; i < key; ++i) {
        to.print("{} ", value);
    }
    return {};
}

/// Lists "one" and, while the value is 2 or more, "two".
class Numbers final : public GeneratedDirectory {
public:
    explicit Numbers(Directory& parent) : GeneratedDirectory(1U << 31, parent) {}

private:
    Result<Reference<Node>> make(std::string_view name) override {
        if (value == 0) {
            return std::unexpected(Error::OutOfMemory);
        }
        const bool is_there = name == "one" || (name == "two" && value >= 2);
        return Reference<Node>(is_there ? new GeneratedFile(1U << 31 | 1, write_value, 100) : nullptr);
    }
    std::string_view name_after(std::uint32_t& position, NameBuffer& buffer) override {
        ++position;
        return position == 3 ? format(buffer, "on{}", 'e') : position == 4 ? "two" : "";
    }
};

std::string read(Node& node, std::uint64_t offset, std::size_t size = 10000) {
    std::string text(size, '\0');
    KernelTransfer to(std::as_writable_bytes(std::span(text)));
    text.resize(node.read(offset, to).value());
    return text;
}

struct Fixture {
    Reference<Directory> root{new Directory(0755, nullptr)};
    Base base{root, root};
    Fixture() {
        value = 2;
        REQUIRE(root->add("numbers", Reference<Node>(new Numbers(*root))));
    }
    ~Fixture() { root->remove("numbers"); } // which keeps its parent
};

} // namespace

TEST_CASE_METHOD(Fixture, "generated files: a text is made at its beginning, and then stays") {
    const Reference<Node> file = find(base, "/numbers/one").value();
    const std::string twos = read(*file, 0);
    CHECK(twos.size() == 200);
    value = 3;
    CHECK(read(*file, 2, 2) == "2 ");
    CHECK(read(*file, 200).empty());
    CHECK(read(*file, 1ULL << 40).empty());
    CHECK(read(*file, 0, 4) == "3 3 ");
    value = -1;
    KernelTransfer nothing{std::span<std::byte>()};
    CHECK(file->read(0, nothing).error() == Error::NoProcess);
    CHECK(read(*file, 0 + 2, 2) == "3 ");
}

TEST_CASE_METHOD(Fixture, "generated directories: a name that has gone is not listed") {
    Directory& numbers = *find(base, "/numbers").value()->as_directory();
    value = 1;
    CHECK(numbers.next(0)->name == ".");
    CHECK(numbers.next(1)->node == Reference<Node>(root));
    CHECK(numbers.next(2)->name == "one");
    CHECK(!numbers.next(3)->node);
    value = 2;
    CHECK(numbers.next(3)->name == "two");
    CHECK(find(base, "/numbers/../numbers/one").value()->number() == (1U << 31 | 1));
}

TEST_CASE_METHOD(Fixture, "generated directories: no memory for what a name leads to is not told as no such name") {
    Directory& numbers = *find(base, "/numbers").value()->as_directory();
    value = 0;
    CHECK(find(base, "/numbers/one").error() == Error::OutOfMemory);
    CHECK(numbers.next(2).error() == Error::OutOfMemory);
    CHECK(numbers.look_up("..").value() == Reference<Node>(root));
}

TEST_CASE_METHOD(Fixture,
                 "generated directories: one that was listed as far as a folder in it does not stay for that") {
    struct Nested final : GeneratedDirectory {
        int& living;
        Nested(Directory& parent, int& count) : GeneratedDirectory(1U << 31 | 2, parent), living(count) { ++living; }
        ~Nested() override { --living; }
        Result<Reference<Node>> make(std::string_view) override { return Reference<Node>(new Nested(*this, living)); }
        std::string_view name_after(std::uint32_t& position, NameBuffer&) override {
            return ++position == 3 ? "inner" : "";
        }
    };
    int living = 0;
    {
        const Reference<Directory> outer(new Nested(*root, living));
        CHECK(outer->next(2)->node->number() == (1U << 31 | 2));
        CHECK(living == 1);
    }
    CHECK(living == 0);
}

TEST_CASE_METHOD(Fixture, "generated directories: what is in them can't be changed") {
    CHECK(open(base, "/numbers/x", O_CREAT | O_WRONLY, 0644).error() == Error::NoSuchFile);
    CHECK(make_directory(base, "/numbers/x", 0755).error() == Error::NoSuchFile);
    CHECK(remove(base, "/numbers/one").error() == Error::NotPermitted);
    CHECK(rename(base, "/numbers/one", base, "/one").error() == Error::NotPermitted);
    CHECK(rename(base, "/numbers", base, "/x").error() == Error::Busy);
    CHECK(remove_directory(base, "/numbers").error() == Error::Busy);
    CHECK(root->link_count() == 3); // ".", ".." of the root, ".." of numbers
    CHECK(find(base, "/numbers/one").value()->link_count() == 1);
}
