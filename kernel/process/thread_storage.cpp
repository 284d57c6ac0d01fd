// Thread-local storage: each process has a segment of its own for it, in the one further entry of the GDT (chapter 20).
#include "process/thread_storage.hpp"

#include "cpu/thread_segment.hpp"
#include "memory/new.hpp"
#include "process/process.hpp"

namespace kernel::thread_storage {

namespace {

std::size_t slot;
scheduler::SwitchHook hook_before;
/// What the entry holds.
constinit gdt::Descriptor loaded;

class ThreadStorage final : public Extension {
public:
    [[nodiscard]] Result<Extension*> clone(Process& parent, Process& child) override;
    void exec(Process& process) override;

    gdt::Descriptor segment; // null: none
};

ThreadStorage& of(Process& process) {
    return static_cast<ThreadStorage&>(process.extension(slot));
}

void load(gdt::Descriptor segment) {
    if (segment.quadword() != loaded.quadword()) {
        loaded = segment;
        gdt::set_thread_segment(segment);
    }
}

void after_switch(Thread& thread) {
    if (hook_before != nullptr) {
        hook_before(thread);
    }
    load(of(static_cast<Process&>(thread)).segment);
}

Result<Extension*> make(Process& /*process*/) {
    return TRY(allocate<ThreadStorage>()).release();
}

Result<Extension*> ThreadStorage::clone(Process& /*parent*/, Process& /*child*/) {
    ThreadStorage* const copy = TRY(allocate<ThreadStorage>()).release();
    copy->segment = segment;
    return copy;
}

void ThreadStorage::exec(Process& /*process*/) {
    segment = {};
    load(segment);
}

} // namespace

void enable() {
    slot = process::add_extension(make);
}

bool is_in_use() {
    return of(current()).segment.quadword() != 0;
}

void set(gdt::Descriptor segment) {
    static bool has_entry = false;
    if (!has_entry) {
        has_entry = true;
        gdt::add_thread_segment();
        hook_before = scheduler::set_switch_hook(after_switch);
    }
    of(current()).segment = segment;
    load(segment);
}

} // namespace kernel::thread_storage
