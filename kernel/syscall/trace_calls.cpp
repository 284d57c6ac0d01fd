// Tracing: each system call of a process is told to an open file, for strace (chapter 18).
#include "files/process_files.hpp"
#include "syscall/system_call.hpp"

#include "abi/trace.h"

#include <array>
#include <iterator>

namespace kernel::system_call {

namespace numbers {
#define SYSTEM_CALL(number, name, ...) inline constexpr std::uint32_t name = number;
#include "abi/system_calls.def"
#undef SYSTEM_CALL
} // namespace numbers

namespace {

/// A call's arguments, a bit each.
struct Texts {
    std::uint8_t read = 0;    // the kernel reads a text there
    std::uint8_t written = 0; // it writes one there
};

template <typename Call>
constexpr Texts texts_of{};
template <typename... Parameters>
constexpr Texts texts_of<Result<std::uint32_t> (*)(Parameters...)> = [] {
    unsigned read = 0;
    unsigned written = 0;
    unsigned bit = 1;
    ((read |= __is_same(Parameters, UserPointer<const char>) ? bit : 0,
      written |= __is_same(Parameters, UserPointer<char>) ? bit : 0, bit <<= 1),
     ...);
    return Texts{static_cast<std::uint8_t>(read), static_cast<std::uint8_t>(written)};
}();

constexpr auto texts_by_number = [] {
    std::array<Texts, 512> texts{};
#define SYSTEM_CALL(number, name, ...) texts[number] = texts_of<decltype(&calls::name)>;
#include "abi/system_calls.def"
#undef SYSTEM_CALL
    return texts;
}();

/// Copies what the arguments of `which` point at. Each byte may be one that can't be read.
void copy_texts(trace_record& record, std::uint8_t which, std::size_t& count) {
    for (std::size_t i = 0; i < std::size(record.arguments) && count < std::size(record.text); ++i) {
        if ((which >> i & 1) == 0) {
            continue;
        }
        unsigned& size = record.text_size[count];
        while (size < sizeof(record.text[0]) &&
               user_memory::copy_in(&record.text[count][size], record.arguments[i] + size, 1)) {
            ++size;
        }
        ++count;
    }
}

void tell(const trace_record& record) {
    const Reference<files::OpenFile> file = files::of(current()).trace;
    if ((file->node().ready() & POLLERR) != 0) { // no one reads the pipe any more: no SIGPIPE for who is traced
        files::of(current()).trace = {};
        return;
    }
    files::KernelTransfer from(std::as_bytes(std::span(&record, 1)));
    static_cast<void>(file->write(from));
}

void trace(interrupts::Frame& frame, void (*call)(interrupts::Frame& frame)) {
    if (!files::of(current()).trace) {
        return call(frame);
    }
    trace_record record{.process = current().id(),
                        .number = frame.eax,
                        .arguments = {frame.ebx, frame.ecx, frame.edx, frame.esi, frame.edi, frame.ebp},
                        .result = 0,
                        .text_size = {},
                        .text = {}};
    const Texts texts = record.number < texts_by_number.size() ? texts_by_number[record.number] : Texts();
    std::size_t count = 0;
    copy_texts(record, texts.read, count);
    if (record.number == numbers::exit || record.number == numbers::exit_group) {
        tell(record);
        return call(frame);
    }
    call(frame);
    record.result = frame.eax;
    copy_texts(record, texts.written, count);
    if (files::of(current()).trace) {
        tell(record);
    }
}

} // namespace

void enable_trace_calls() {}

namespace calls {

/// Has this process's calls told to an open file (abi/trace.h); no other option of prctl is there.
Result<std::uint32_t> prctl(unsigned option, unsigned descriptor, unsigned with_children) {
    if (option != PR_TRACE_CALLS) {
        return std::unexpected(Error::InvalidArgument);
    }
    files::ProcessFiles& own = files::of(current());
    own.trace = Reference<files::OpenFile>(TRY(own.descriptors.find(static_cast<int>(descriptor))));
    own.traces_children = with_children != 0;
    trace_calls(trace);
    return 0U;
}

} // namespace calls

} // namespace kernel::system_call
