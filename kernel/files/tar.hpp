// Tar archives: the form in which the root file system comes to the kernel (chapter 15).
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string_view>

namespace kernel::files {

/// One member of an archive. The texts lie in the archive.
struct TarEntry {
    enum class Kind { File, HardLink, SymbolicLink, Directory, Other };

    Kind kind = Kind::Other;
    std::string_view prefix; ///< if there is one, the path is "prefix/name"
    std::string_view name;
    std::string_view target; ///< of a link
    std::uint32_t mode = 0;
    std::uint32_t modified = 0; ///< in seconds
    std::span<const std::byte> contents;
};

/// Reads an archive in the ustar format (POSIX.1-2017, pax: ustar Interchange Format) from its start to its end. Nothing in
/// it is believed: each error is a sentence's end, as in "initrd: a header's checksum is wrong".
class TarReader {
public:
    explicit TarReader(std::span<const std::byte> archive) : rest_(archive) {}

    /// The next member; nothing at the end. After an error there is no going on.
    [[nodiscard]] std::expected<std::optional<TarEntry>, std::string_view> next();

private:
    std::span<const std::byte> rest_;
};

} // namespace kernel::files
