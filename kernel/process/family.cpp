// Families: fork, wait, and what becomes of children without a parent (chapter 16).
#include "process/family.hpp"

#include "process/wait_status.hpp"

#include "abi/system.h"

#include <new>

namespace kernel::family {

namespace {

struct SiblingTag;

std::size_t slot;

class Family : public Extension, public Link<SiblingTag> {
public:
    Family(Process& process, Family* parent)
        : process_(process), parent_(parent), eldest_(parent != nullptr ? parent->eldest_ : this) {}

    ~Family() override { unlink(); }

    [[nodiscard]] Result<Extension*> clone(Process& /*parent*/, Process& child) override {
        auto* family = new (std::nothrow) Family(child, this);
        if (family == nullptr) {
            return std::unexpected(Error::OutOfMemory);
        }
        children_.push_back(*family);
        return family;
    }

    /// The children go to the eldest of the family, which GRUB brought along; and with its end they end as well.
    void end(Process& /*process*/) override {
        while (Family* child = children_.pop_front()) {
            if (eldest_ == this) {
                child->parent_ = nullptr;
                child->process_.kill(WaitStatus::killed_by(SIGKILL));
            } else {
                child->parent_ = eldest_;
                eldest_->children_.push_back(*child);
            }
        }
        while (Family* child = ended_.pop_front()) {
            if (eldest_ == this) {
                process::abandon(child->process_);
            } else {
                child->parent_ = eldest_;
                eldest_->ended_.push_back(*child);
                scheduler::wake_all(eldest_->waiting_);
            }
        }
        unlink();
        if (parent_ != nullptr) {
            parent_->ended_.push_back(*this);
            scheduler::wake_all(parent_->waiting_);
        } else if (eldest_ != this) {
            process::abandon(process_);
        }
    }

    [[nodiscard]] Result<Process*> wait(std::int32_t id, Wait wait) {
        while (true) {
            Family* const child = id == -1 ? ended_.front() : child_with(id);
            if (child == nullptr && (id != -1 || children_.empty())) {
                return std::unexpected(Error::NoChild);
            }
            if (child != nullptr && child->process_.ended()) {
                child->unlink();
                return &child->process_;
            }
            if (wait == Wait::NotAtAll) {
                return nullptr;
            }
            TRY(scheduler::sleep(waiting_));
        }
    }

    [[nodiscard]] std::int32_t parent_id() const { return parent_ != nullptr ? parent_->process_.id() : 0; }

private:
    [[nodiscard]] Family* child_with(std::int32_t id) const {
        Process* const process = process::find(id);
        if (process == nullptr) {
            return nullptr;
        }
        auto& family = static_cast<Family&>(process->extension(slot));
        return family.parent_ == this ? &family : nullptr;
    }

    Process& process_;
    Family* parent_;                    // null: the kernel itself has started the process, or its family has ended
    Family* eldest_;                    // the ancestor without a parent
    List<Family, SiblingTag> children_; // that go on
    List<Family, SiblingTag> ended_;    // that are still to be waited for, in the order of their ends
    WaitQueue waiting_;                 // who waits for a child's end: the process itself
};

Family& of(Process& process) {
    return static_cast<Family&>(process.extension(slot));
}

Result<Extension*> make(Process& process) {
    auto* family = new (std::nothrow) Family(process, nullptr);
    if (family == nullptr) {
        return std::unexpected(Error::OutOfMemory);
    }
    return family;
}

} // namespace

void initialize() {
    slot = process::add_extension(make);
}

Result<Process*> fork() {
    Process* child = TRY(current().fork());
    scheduler::start(*child);
    return child;
}

std::int32_t parent_of(Process& process) {
    return of(process).parent_id();
}

Result<Process*> wait(std::int32_t id, Wait wait) {
    return of(current()).wait(id, wait);
}

} // namespace kernel::family
