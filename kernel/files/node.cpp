// Nodes: what the names in the file system lead to (chapter 15).
#include "files/node.hpp"

namespace kernel::files {

namespace {

std::uint32_t last_number = 0;

} // namespace

Node::Node(Kind kind, std::uint32_t permissions, std::uint32_t number)
    : kind_(kind), permissions_(permissions & 07777), number_(number != 0 ? number : ++last_number),
      modified_(seconds_now()) {}

void Node::touch() {
    modified_ = seconds_now();
}

Result<std::uint32_t> Node::read(std::uint64_t, Transfer&) {
    return std::unexpected(Error::InvalidArgument);
}

Result<std::uint32_t> Node::write(std::uint64_t, Transfer&) {
    return std::unexpected(Error::InvalidArgument);
}

Result<void> Node::resize(std::uint64_t) {
    return std::unexpected(Error::InvalidArgument);
}

Result<std::uint32_t> Node::control(std::uint32_t, std::uint32_t) {
    return std::unexpected(Error::NotATerminal);
}

} // namespace kernel::files
