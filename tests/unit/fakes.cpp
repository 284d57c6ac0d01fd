// What stands in for the machine in unit tests: panics that can be caught, a log that can be read.
#include "fakes.hpp"

#include "files/contents.hpp"
#include "files/node.hpp"
#include "lib/log.hpp"
#include "lib/panic.hpp"
#include "memory/paging.hpp"

#include <cstdlib>
#include <new>

namespace {

std::string captured;
bool capturing = false;
kernel::log::Level level_before = kernel::log::Level::Info;

void capture(std::span<const char> text) {
    if (capturing) {
        captured.append(text.data(), text.size());
    }
}

} // namespace

void kernel::panic(std::string_view message, const char*, const char*, int) {
    throw Panicked(std::string(message));
}

std::uint32_t kernel::files::seconds_now() {
    return 1234;
}

void kernel::files::take_interrupts() {}

/// That of an address space without a directory of its own, of which no test asks.
kernel::PhysicalAddress kernel::paging::kernel_directory() {
    throw Panicked("there is no kernel directory here");
}

LogCapture::LogCapture() {
    // Sinks cannot be taken out again, so there is one for the whole run.
    static const bool added = (kernel::log::add_sink(capture), true);
    static_cast<void>(added);
    level_before = kernel::log::level();
    capturing = true;
    captured.clear();
}

LogCapture::~LogCapture() {
    capturing = false;
    kernel::log::set_level(level_before);
}

const std::string& LogCapture::text() const {
    return captured;
}

std::size_t LogCapture::complaints() const {
    std::size_t count = 0;
    for (const std::string tag : {"[warn ] ", "[error] "}) {
        for (std::size_t at = captured.find(tag); at != std::string::npos; at = captured.find(tag, at + 1)) {
            ++count;
        }
    }
    return count;
}

void LogCapture::clear() {
    captured.clear();
}

PhysicalMemory::PhysicalMemory(std::size_t size, unsigned char fill)
    : size_(size), bytes_(static_cast<unsigned char*>(std::aligned_alloc(PAGE_SIZE, size))) {
    if (bytes_ == nullptr) {
        throw std::bad_alloc();
    }
    std::memset(bytes_, fill, size);
    kernel::direct_map_base = reinterpret_cast<std::uintptr_t>(bytes_);
}

PhysicalMemory::~PhysicalMemory() {
    kernel::direct_map_base = 0;
    std::free(bytes_);
}
