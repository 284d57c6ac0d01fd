// The log's record: its last 64 KiB, for who asks later (chapter 18).
#include "lib/log_record.hpp"

#include "lib/log.hpp"
#include "lib/ring_buffer.hpp"

namespace kernel::log {

namespace {

constinit RingBuffer<char, 65536> record;

void put(std::span<const char> text) {
    for (const char character : text) {
        if (record.room() == 0) {
            static_cast<void>(record.pop());
        }
        record.push(character);
    }
}

} // namespace

void keep_record() {
    add_sink(put, Detail::Record);
}

std::size_t record_size() {
    return record.size();
}

void copy_record(std::size_t begin, std::span<char> to) {
    for (std::size_t i = 0; i < to.size(); ++i) {
        to[i] = record[begin + i];
    }
}

} // namespace kernel::log
