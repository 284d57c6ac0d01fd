// The start of the file system: the root from the boot loader's archive, the devices, and files for processes (chapter 15).
#include "files/initrd.hpp"

#include "files/devices.hpp"
#include "files/process_files.hpp"
#include "files/root.hpp"
#include "lib/panic.hpp"
#include "program/image.hpp"

namespace kernel::files {

void initialize(std::span<const multiboot::Module> modules) {
    if (!make_root()) {
        panic("there is no memory for the root directory");
    }
    for (const multiboot::Module& module : modules) {
        const std::span<const std::byte> contents(at_physical<const std::byte>(module.memory.begin),
                                                  module.memory.size());
        if (image::recognize(contents) == image::Kind::Tar) {
            unpack(root(), contents);
        }
    }
    if (!make_devices({root(), root()})) {
        panic("the devices' directory can't be made");
    }
    initialize_processes();
}

} // namespace kernel::files
