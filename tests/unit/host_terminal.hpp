// A terminal of this machine, a pseudoterminal, as what says what a program reads of what was typed. Apart from the tests,
// since the kernel's constants and the host's have the same names.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

class HostTerminal {
public:
    /// `struct termios` as the kernel of Linux has it, which is how ours has it.
    using Settings = std::array<std::byte, 36>;

    HostTerminal();
    ~HostTerminal();
    HostTerminal(const HostTerminal&) = delete;
    HostTerminal& operator=(const HostTerminal&) = delete;

    void set(const Settings& settings);
    /// Types `text`, which must not be longer than a line, and waits until `echo` is shown for it.
    void type(std::string_view text, std::string_view echo);
    /// What one read gives, of at most 4,096 bytes.
    std::string read();

private:
    int master_ = -1;
    int slave_ = -1;
};
