// Random bytes as files: /dev/random and /dev/urandom (chapter 20).
#include "files/random_device.hpp"

#include "drivers/pit.hpp"
#include "files/root.hpp"
#include "files/tree.hpp"
#include "lib/panic.hpp"
#include "lib/random.hpp"
#include "memory/new.hpp"

#include "layout.h"

#include <algorithm>

namespace kernel::files {

namespace {

class RandomDevice final : public Node {
public:
    explicit RandomDevice(std::uint32_t device) : Node(Kind::Device, 0666), device_(device) {}

    [[nodiscard]] std::uint32_t device_number() const override { return device_; }
    Result<std::uint32_t> read(std::uint64_t, Transfer& to) override { return read_random(to); }
    /// What is written would make the numbers no better.
    Result<std::uint32_t> write(std::uint64_t, Transfer& from) override { return from.left(); }

private:
    std::uint32_t device_;
};

} // namespace

Result<std::uint32_t> read_random(Transfer& to) {
    constexpr std::uint32_t most = 16 * PAGE_SIZE; // no call takes long
    const std::uint32_t size = std::min(to.left(), most);
    random::stir(pit::ticks());
    for (std::uint32_t done = 0; done < size;) {
        const std::uint32_t number = random::next();
        const auto piece =
            std::as_bytes(std::span(&number, 1)).first(std::min<std::size_t>(size - done, sizeof(number)));
        if (const Result<void> put = to.put(piece); !put) {
            return done > 0 ? Result<std::uint32_t>(done) : std::unexpected(put.error());
        }
        done += static_cast<std::uint32_t>(piece.size());
    }
    return size;
}

void make_random_devices() {
    constexpr struct {
        std::string_view name;
        std::uint32_t number; // as Linux has it
    } devices[] = {{"random", 0x108}, {"urandom", 0x109}};
    const Result<Reference<Node>> folder = find({root(), root()}, "/dev");
    for (const auto& device : devices) {
        const Reference<Node> node(new (std::nothrow) RandomDevice(device.number));
        KERNEL_ASSERT(node && folder, "there is memory for two devices, and a directory for them");
        Directory& directory = *(*folder)->as_directory();
        if (directory.find(device.name)) { // the archive has such a name
            directory.remove(device.name);
        }
        KERNEL_ASSERT(directory.add(device.name, node), "there is memory for two names");
    }
}

} // namespace kernel::files
