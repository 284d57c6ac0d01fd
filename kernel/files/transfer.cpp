// Transfers: where a read's bytes go and a write's bytes come from (chapter 15).
#include "files/transfer.hpp"

#include "layout.h"

#include <algorithm>
#include <array>
#include <cstring>

namespace kernel::files {

Result<void> Transfer::put_zeros(std::uint32_t count) {
    static constexpr std::array<std::byte, PAGE_SIZE> zeros{};
    while (count > 0) {
        const std::uint32_t piece = std::min<std::uint32_t>(count, PAGE_SIZE);
        TRY(put(std::span(zeros).first(piece)));
        count -= piece;
    }
    return {};
}

Result<void> KernelTransfer::copy_to(std::span<const std::byte> bytes) {
    KERNEL_ASSERT(to_ != nullptr || bytes.empty(), "only what may be changed is read into");
    std::memcpy(to_ + done(), bytes.data(), bytes.size());
    return {};
}

Result<void> KernelTransfer::copy_from(std::span<std::byte> bytes) {
    std::memcpy(bytes.data(), from_ + done(), bytes.size());
    return {};
}

} // namespace kernel::files
