// What stands in for the machine in unit tests: panics that can be caught, a log that can be read.
#pragma once

#include "lib/address.hpp"

#include <cstddef>
#include <cstring>
#include <stdexcept>
#include <string>
#include <vector>

/// What kernel::panic throws here, so that REQUIRE_THROWS_AS works. what() is the message.
struct Panicked : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// Collects the kernel's log while it lives; at most one at a time. Restores the log level.
class LogCapture {
public:
    LogCapture();
    ~LogCapture();
    LogCapture(const LogCapture&) = delete;
    LogCapture& operator=(const LogCapture&) = delete;

    const std::string& text() const;
    bool contains(const std::string& part) const { return text().find(part) != std::string::npos; }
    /// How many warnings and errors there are.
    std::size_t complaints() const;
    void clear();
};

/// Physical memory [0, size): an array that at_physical() finds while this lives. Its end is the
/// end of the allocation, so reading past it is an error that the address sanitizer reports.
class PhysicalMemory {
public:
    explicit PhysicalMemory(std::size_t size, unsigned char fill = 0xA5);
    ~PhysicalMemory();
    PhysicalMemory(const PhysicalMemory&) = delete;
    PhysicalMemory& operator=(const PhysicalMemory&) = delete;

    std::size_t size() const { return size_; }
    unsigned char* at(std::uint32_t address) const { return bytes_ + address; }

    template <typename T>
    void put(std::uint32_t address, const T& value) {
        check(address, sizeof(T));
        std::memcpy(at(address), &value, sizeof(T));
    }
    void put_text(std::uint32_t address, const std::string& text) {
        check(address, text.size() + 1);
        std::memcpy(at(address), text.c_str(), text.size() + 1);
    }

private:
    void check(std::uint32_t address, std::size_t size) const {
        if (address > size_ || size > size_ - address) {
            throw std::out_of_range("a test writes outside its physical memory");
        }
    }

    std::size_t size_;
    unsigned char* bytes_;
};
