// Fuzz target: no command line upsets the kernel, and none switches on what it does not name
// (chapter 7).
#include "invariant.hpp"
#include "multiboot/command_line.hpp"

#include <cstddef>
#include <cstdint>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    const std::string_view line(reinterpret_cast<const char*>(data), size);
    // A sink, so that the words really go through the formatter.
    static std::size_t written = 0;
    static const bool added = (kernel::log::add_sink([](std::span<const char> text) { written += text.size(); }), true);
    static_cast<void>(added);

    written = 0;
    const kernel::multiboot::Options options = kernel::multiboot::parse_command_line(line);
    INVARIANT(!options.power_off || line.find("poweroff") != line.npos, "only `poweroff` powers off");
    INVARIANT(options.log_level == kernel::log::Level::Info || line.find("log=") != line.npos,
              "only `log=` changes the level");
    INVARIANT(written <= 100 * (size + 1), "complaints are of the order of what is complained about");
    return 0;
}
