// Open files and descriptors: what is shared, what is closed, and which number is the lowest free one.
#include "catch.hpp"
#include "memory_fixture.hpp"

#include "files/descriptors.hpp"
#include "files/file.hpp"
#include "files/open_file.hpp"
#include "files/running_program.hpp"

#include <memory>
#include <string>
#include <vector>

using namespace kernel;
using namespace kernel::files;

namespace {

constexpr std::uint32_t mib = 0x100000;

Reference<OpenFile> open_file(std::uint32_t flags, Reference<Node> node = Reference<Node>(new File(0644))) {
    return Reference<OpenFile>(new OpenFile(node, flags));
}

Result<std::uint32_t> write(OpenFile& file, std::string text) {
    KernelTransfer from{std::as_writable_bytes(std::span(text))};
    return file.write(from);
}

std::string read(OpenFile& file, std::size_t count) {
    std::string text(count, '?');
    KernelTransfer to{std::as_writable_bytes(std::span(text))};
    text.resize(file.read(to).value());
    return text;
}

/// The descriptor that a new open file gets, or an error's number with a minus.
int add(Descriptors& table, int least = 0) {
    const Result<int> added = table.add(open_file(O_RDONLY), false, least);
    return added ? *added : -static_cast<int>(added.error());
}

} // namespace

TEST_CASE("reading and writing go on where the last one ended") {
    const FrameMemory memory(2 * mib);
    const auto file = open_file(O_RDWR);
    CHECK(write(*file, "hello, world") == 12U);
    CHECK(read(*file, 5).empty());
    CHECK(file->seek(0, SEEK_SET) == 0U);
    CHECK(read(*file, 5) == "hello");
    CHECK(read(*file, 50) == ", world");
    CHECK(file->seek(-5, SEEK_END) == 7U);
    CHECK(file->seek(-2, SEEK_CUR) == 5U);
    CHECK(write(*file, "!") == 1U);
    CHECK(file->seek(0, SEEK_SET) == 0U);
    CHECK(read(*file, 50) == "hello! world");
}

TEST_CASE("a place is never negative and never past the largest offset") {
    const FrameMemory memory(2 * mib);
    const auto file = open_file(O_RDWR);
    REQUIRE(write(*file, "abc") == 3U);
    CHECK(file->seek(-1, SEEK_SET).error() == Error::InvalidArgument);
    CHECK(file->seek(-4, SEEK_END).error() == Error::InvalidArgument);
    CHECK(file->seek(0, 3).error() == Error::InvalidArgument);
    CHECK(file->seek(0x7FFF'FFFF'FFFF'FFFF, SEEK_SET) == 0x7FFF'FFFF'FFFF'FFFFU);
    CHECK(file->seek(1, SEEK_CUR).error() == Error::InvalidArgument);
    CHECK(file->seek(0x7FFF'FFFF'FFFF'FFFF, SEEK_CUR).error() == Error::InvalidArgument);
    CHECK(file->seek(0, SEEK_CUR) == 0x7FFF'FFFF'FFFF'FFFFU); // as before
    CHECK(read(*file, 5).empty());
    CHECK(write(*file, "x").error() == Error::FileTooLarge);
    CHECK(file->seek(-0x7FFF'FFFF'FFFF'FFFF - 1, SEEK_CUR).error() == Error::InvalidArgument);
}

TEST_CASE("a file does only what it was opened for") {
    const FrameMemory memory(2 * mib);
    const auto reader = open_file(O_RDONLY);
    CHECK(write(*reader, "x").error() == Error::BadFileDescriptor);
    const auto writer = open_file(O_WRONLY);
    std::byte byte{};
    KernelTransfer to{std::span(&byte, 1)};
    CHECK(writer->read(to).error() == Error::BadFileDescriptor);
}

TEST_CASE("a file is run or written to, by any number, but not both") {
    const FrameMemory memory(2 * mib);
    const Reference<Node> node(new File(0755));
    auto writer = open_file(O_WRONLY, node);
    auto other = open_file(O_RDWR, node);
    const auto reader = open_file(O_RDONLY, node);
    CHECK(node->may_be_written());
    CHECK(node->may_be_run().error() == Error::TextFileBusy);
    writer->set_flags(O_APPEND); // changes nothing of that
    writer = {};
    CHECK(node->may_be_run().error() == Error::TextFileBusy);
    other = {};
    CHECK(node->may_be_run());
    RunningProgram program(node);
    CHECK(node->may_be_run());
    CHECK(node->may_be_written().error() == Error::TextFileBusy);
    RunningProgram childs(program);
    program = RunningProgram(Reference<Node>(new File(0755)));
    CHECK(node->may_be_written().error() == Error::TextFileBusy);
    childs = {};
    CHECK(node->may_be_written());
}

TEST_CASE("what is appended goes to the end, wherever the place is") {
    const FrameMemory memory(2 * mib);
    const Reference<Node> node(new File(0644));
    const auto one = open_file(O_WRONLY | O_APPEND, node);
    const auto other = open_file(O_WRONLY | O_APPEND, node);
    CHECK(write(*one, "1") == 1U);
    CHECK(write(*other, "2") == 1U);
    CHECK(write(*one, "3") == 1U);
    CHECK(node->size() == 3);
    one->set_flags(O_RDWR); // the access mode does not change
    CHECK(one->flags() == O_WRONLY);
}

TEST_CASE("the lowest free descriptor is taken") {
    const FrameMemory memory(2 * mib);
    const auto table = std::make_unique<Descriptors>();
    for (int i = 0; i < OPEN_FILES_MAX; ++i) {
        CHECK(add(*table) == i);
    }
    CHECK(add(*table) == -EMFILE);
    for (const int gone : {200, 31, 32, 64}) {
        CHECK(table->close(gone).has_value());
        CHECK(table->close(gone).error() == Error::BadFileDescriptor);
    }
    CHECK(add(*table, 32) == 32);
    CHECK(add(*table) == 31);
    CHECK(add(*table, 65) == 200);
    CHECK(add(*table, 65) == -EMFILE);
    CHECK(add(*table, 33) == 64); // the first of a word counts as free, though 32 does not
    CHECK(table->close(OPEN_FILES_MAX - 1).has_value());
    CHECK(add(*table, OPEN_FILES_MAX - 1) == OPEN_FILES_MAX - 1);
    CHECK(add(*table, -1) == -EINVAL);
    CHECK(add(*table, OPEN_FILES_MAX) == -EINVAL);
}

TEST_CASE("numbers that are not descriptors, or not open, are refused") {
    const FrameMemory memory(2 * mib);
    const auto table = std::make_unique<Descriptors>();
    for (const int number : {-1, 0, 5, OPEN_FILES_MAX - 1, OPEN_FILES_MAX, 0x7FFFFFFF, -0x7FFFFFFF - 1}) {
        INFO(number);
        CHECK(table->find(number).error() == Error::BadFileDescriptor);
        CHECK(table->close(number).error() == Error::BadFileDescriptor);
        CHECK(table->is_closed_by_exec(number).error() == Error::BadFileDescriptor);
        CHECK(table->set_closed_by_exec(number, true).error() == Error::BadFileDescriptor);
    }
    CHECK(table->set(OPEN_FILES_MAX, open_file(O_RDONLY), false).error() == Error::BadFileDescriptor);
    CHECK(table->set(-1, open_file(O_RDONLY), false).error() == Error::BadFileDescriptor);
}

TEST_CASE("fork shares the place in the file, and an open file goes with its last descriptor") {
    const FrameMemory memory(2 * mib);
    const Reference<Node> node(new File(0644));
    const auto parent = std::make_unique<Descriptors>();
    REQUIRE(parent->add(open_file(O_RDWR, node), false) == 0);
    REQUIRE(parent->add(open_file(O_RDWR, node), true, 100) == 100);
    auto child = std::make_unique<Descriptors>();
    child->copy_from(*parent);
    REQUIRE(write(*parent->find(0).value(), "abc") == 3U);
    CHECK(child->find(0).value()->place() == 3);
    CHECK(child->is_closed_by_exec(100) == true);
    child->close_for_exec();
    CHECK(child->find(100).error() == Error::BadFileDescriptor);
    CHECK(child->find(0).has_value());
    CHECK(parent->find(100).has_value());
    CHECK(node->user_count() == 3); // `node` here, and two open files
    parent->close_all();
    CHECK(node->user_count() == 2);
    child.reset();
    CHECK(node->user_count() == 1);
}

TEST_CASE("dup2 puts one open file in the place of another") {
    const FrameMemory memory(2 * mib);
    const auto table = std::make_unique<Descriptors>();
    const Reference<Node> node(new File(0644));
    REQUIRE(table->add(open_file(O_RDWR, node), true) == 0);
    REQUIRE(table->add(open_file(O_RDWR), true) == 1);
    const Reference<OpenFile> first(table->find(0).value());
    CHECK(table->set(1, first, false).has_value());
    CHECK(table->find(1).value() == first.get());
    CHECK(table->is_closed_by_exec(1) == false);
    CHECK(table->close(0).has_value());
    CHECK(node->user_count() == 2);
}
