// Memory that is lent: who waits for whom, and whose the memory is when one of them ends (chapter 20).
#include "process/memory_loan.hpp"

#include "memory/new.hpp"
#include "process/family.hpp"
#include "process/memory_on_demand.hpp"
#include "process/signals.hpp"

#include <utility>

namespace kernel {

void Process::take_memory_of(Process& lender) {
    space_ = std::move(lender.space_);
    break_ = lender.break_;
    lender_ = nullptr;
}

namespace memory_loan {

namespace {

std::size_t slot;

process::MemoryForChild memory_for_child_before;
bool is_lending = false; // while `fork` makes the child

class Loan;
Loan& of(Process& process);

/// What a process has lent. Invariant: its borrower's lender is this process, and while there is one, the process sleeps in
/// `wait`. So lenders and borrowers are a chain: the first owns the memory, the last one uses it.
class Loan final : public Extension {
public:
    Process* borrower = nullptr;
    WaitQueue waiting; // for the memory: the process itself

    Result<Extension*> clone(Process& parent, Process& /*child*/) override { return make(parent); }

    void exec(Process& process) override { give_back(process); }

    /// A lender that ends leaves the chain; its memory, if it owns it, goes to the borrower. This is the first of all
    /// extensions to hear of an end, so the parent has its memory back when it hears of it from families.
    void end(Process& process) override {
        if (borrower == nullptr) {
            give_back(process);
            return;
        }
        if (Process* const lender = process.lender(); lender != nullptr) {
            borrower->borrow_memory_of(lender);
            of(*lender).borrower = borrower;
        } else {
            memory_on_demand::swap_regions(process, *borrower);
            borrower->take_memory_of(process);
        }
        process.borrow_memory_of(nullptr);
        borrower = nullptr;
    }

    static Result<Extension*> make(Process& /*process*/) { return TRY(allocate<Loan>()).release(); }

private:
    static void give_back(Process& process) {
        if (Process* const lender = process.lender(); lender != nullptr) {
            process.borrow_memory_of(nullptr);
            of(*lender).borrower = nullptr;
            scheduler::wake_all(of(*lender).waiting);
        }
    }
};

Loan& of(Process& process) {
    return static_cast<Loan&>(process.extension(slot));
}

/// For a borrower that forks, too: its child gets what the lender's memory is now, and the break with it.
Result<AddressSpace> memory_for_child(AddressSpace& /*parents*/) {
    Process& parent = current();
    parent.update_break();
    return is_lending ? AddressSpace() : memory_for_child_before(parent.address_space());
}

} // namespace

void enable() {
    slot = process::add_extension(Loan::make);
    memory_for_child_before = process::set_memory_for_child(memory_for_child);
}

Result<Process*> fork() {
    is_lending = true;
    const Result<Process*> child = family::fork();
    is_lending = false;
    if (child) {
        (*child)->directory = current().directory;
        (*child)->borrow_memory_of(&current());
        of(current()).borrower = *child;
    }
    return child;
}

void wait() {
    Process& process = current();
    bool has_attention = false;
    while (of(process).borrower != nullptr) {
        signals::end_if_fatal();
        has_attention |= process.has_attention;
        process.has_attention = false; // else it could not sleep
        static_cast<void>(scheduler::sleep(of(process).waiting));
    }
    process.has_attention |= has_attention;
}

} // namespace memory_loan

} // namespace kernel
