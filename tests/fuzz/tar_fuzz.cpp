// Fuzz target: whatever bytes come as the initrd, reading them ends, and what comes out lies in them (chapter 15).
#include "invariant.hpp"

#include "files/tar.hpp"

#include <cstddef>
#include <cstdint>

namespace {

bool lies_in(const void* begin, std::size_t size, const std::uint8_t* data, std::size_t data_size) {
    const auto* first = static_cast<const std::uint8_t*>(begin);
    return size == 0 || (first >= data && first + size <= data + data_size);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    kernel::files::TarReader reader(std::as_bytes(std::span(data, size)));
    for (std::size_t count = 0;; ++count) {
        INVARIANT(count <= size / 512, "each member takes a header");
        const auto entry = reader.next();
        if (!entry) {
            INVARIANT(!entry.error().empty(), "a refusal has words");
            return 0;
        }
        if (!*entry) {
            return 0;
        }
        INVARIANT((*entry)->name.size() <= 100 && (*entry)->target.size() <= 100 && (*entry)->prefix.size() <= 155,
                  "no text is longer than its field");
        INVARIANT(lies_in((*entry)->name.data(), (*entry)->name.size(), data, size) &&
                      lies_in((*entry)->target.data(), (*entry)->target.size(), data, size) &&
                      lies_in((*entry)->prefix.data(), (*entry)->prefix.size(), data, size) &&
                      lies_in((*entry)->contents.data(), (*entry)->contents.size(), data, size),
                  "texts and contents lie in the archive");
    }
}
