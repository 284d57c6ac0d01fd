// Families: fork, wait, and what becomes of children without a parent (chapter 16).
#include "process/family.hpp"

#include "memory/new.hpp"
#include "process/wait_status.hpp"

#include "abi/system.h"

#include <array>
#include <optional>

namespace kernel::family {

namespace {

struct SiblingTag;
struct GroupTag;
struct SessionTag;

std::size_t slot;

bool (*child_hook)(Process& parent, Process& child, WaitStatus status) = [](Process&, Process&, WaitStatus) {
    return false;
};
void (*orphaned_hook)(std::int32_t group) = [](std::int32_t) {};
void (*leaderless_hook)(std::int32_t session) = [](std::int32_t) {};

class Family;

/// The members of groups and of sessions. A number leads to one of many short lists.
template <typename Tag>
constinit std::array<List<Family, Tag>, 64> members;

class Family : public Extension, public Link<SiblingTag>, public Link<GroupTag>, public Link<SessionTag> {
public:
    Family(Process& process, Family* parent)
        : process_(process), parent_(parent), eldest_(parent != nullptr ? parent->eldest_ : this) {
        join<SessionTag>(session_, parent != nullptr ? parent->session_ : process.id());
        join<GroupTag>(group_, parent != nullptr ? parent->group_ : process.id());
    }

    ~Family() override {
        leave_siblings();
        leave_group_and_session();
    }

    template <typename Tag>
    static List<Family, Tag>& list_of(std::int32_t number) {
        return members<Tag>[static_cast<std::size_t>(number) % members<Tag>.size()];
    }
    /// The first in `list` for which `condition` holds; null if there is none.
    static Family* first_in(const auto& list, auto condition) {
        Family* one = list.front();
        while (one != nullptr && !condition(*one)) {
            one = list.after(*one);
        }
        return one;
    }
    /// Whether the number `kind`, group_ or session_, of some process is this one.
    template <typename Tag>
    static bool names_any(std::int32_t number, std::int32_t Family::*kind) {
        return first_in(list_of<Tag>(number), [&](Family& one) { return one.*kind == number; }) != nullptr;
    }
    static bool names_group_or_session(std::int32_t id) {
        return names_any<GroupTag>(id, &Family::group_) || names_any<SessionTag>(id, &Family::session_);
    }
    static unsigned for_each(std::int32_t group, void (*visit)(Process&, std::uint32_t), std::uint32_t value) {
        unsigned count = 0;
        for (List<Family, GroupTag>& list : members<GroupTag>) {
            for (Family* one = group == 0 || &list == &list_of<GroupTag>(group) ? list.front() : nullptr;
                 one != nullptr; one = list.after(*one)) {
                if (group == 0 || one->group_ == group) {
                    ++count;
                    visit(one->process_, value);
                }
            }
        }
        return count;
    }

    [[nodiscard]] Result<Extension*> clone(Process& /*parent*/, Process& child) override {
        Family* const family = TRY(allocate<Family>(child, this)).release();
        children_.push_back(*family);
        return family;
    }

    void exec(Process& /*process*/) override { has_begun_another_program_ = true; }

    /// The children go to the eldest of the family, which GRUB brought along; and with its end they end as well.
    void end(Process& /*process*/) override {
        if (session_ == process_.id()) {
            leaderless_hook(session_);
        }
        while (Family* child = children_.pop_front()) {
            if (eldest_->process_.ended()) {
                child->parent_ = nullptr;
                child->process_.kill(WaitStatus::killed_by(SIGKILL));
            } else {
                child->parent_ = eldest_;
                eldest_->children_.push_back(*child);
            }
            child->lose(this);
        }
        while (Family* child = ended_.pop_front()) {
            child->parent_ = eldest_;
            if (eldest_->process_.ended() || child->tell_parent(*child->process_.ended())) {
                child->abandon();
            } else {
                eldest_->ended_.push_back(*child);
            }
        }
        lose(parent_);
        leave_siblings();
        if (parent_ != nullptr) {
            if (tell_parent(*process_.ended())) {
                abandon();
            } else {
                parent_->ended_.push_back(*this);
            }
        } else if (eldest_ != this) {
            abandon();
        }
    }

    [[nodiscard]] Result<Found> wait(std::int32_t id, unsigned options) {
        for (Result<void> slept;; slept = scheduler::sleep(waiting_)) {
            if (Family* child = first(ended_, id, [](Family&) { return true; }); child != nullptr) {
                const Found found = child->as_found(*child->process_.ended());
                process_.ticks_of_children += found.ticks;
                delete &child->process_;
                return found;
            }
            Family* const child = first(children_, id, [&](Family& one) { return one.has_changed(options); });
            if (child != nullptr) {
                const WaitStatus status = *child->change_;
                child->change_.reset();
                return child->as_found(status);
            }
            if (first(children_, id, [](Family&) { return true; }) == nullptr) {
                return std::unexpected(Error::NoChild);
            }
            if ((options & WNOHANG) != 0) {
                return Found{.id = 0, .status = WaitStatus::exited(0)};
            }
            TRY(slept); // after the last look: the child's end may be what has interrupted
        }
    }

    void report(WaitStatus status) {
        change_ = status;
        if (parent_ != nullptr) {
            static_cast<void>(tell_parent(status));
        }
    }

    [[nodiscard]] Result<void> set_group(std::int32_t group) {
        const Family& caller = static_cast<Family&>(current().extension(slot));
        if (this != &caller && parent_ != &caller) {
            return std::unexpected(Error::NoProcess);
        }
        if (this != &caller && session_ == caller.session_ && has_begun_another_program_) {
            return std::unexpected(Error::AccessDenied);
        }
        if (session_ != caller.session_ || session_ == process_.id() ||
            (group != process_.id() && !session_has(group))) {
            return std::unexpected(Error::NotPermitted);
        }
        join<GroupTag>(group_, group);
        return {};
    }

    [[nodiscard]] Result<std::int32_t> begin_session() {
        const std::int32_t id = process_.id();
        if (names_any<GroupTag>(id, &Family::group_)) {
            return std::unexpected(Error::NotPermitted);
        }
        join<SessionTag>(session_, id);
        join<GroupTag>(group_, id);
        return id;
    }

    [[nodiscard]] std::int32_t parent_id() const { return parent_ != nullptr ? parent_->process_.id() : 0; }
    [[nodiscard]] bool session_has(std::int32_t group) const {
        const auto is_in_both = [&](Family& one) { return one.group_ == group && one.session_ == session_; };
        return first_in(list_of<GroupTag>(group), is_in_both) != nullptr;
    }
    [[nodiscard]] bool is_orphaned() const {
        const auto holds = [&](Family& one) {
            return one.group_ == group_ && !one.process_.ended() && one.is_held_by(one.parent_);
        };
        return first_in(list_of<GroupTag>(group_), holds) == nullptr;
    }
    [[nodiscard]] std::int32_t group() const { return group_; }
    [[nodiscard]] std::int32_t session() const { return session_; }

private:
    [[nodiscard]] Found as_found(WaitStatus status) const {
        return {.id = process_.id(), .status = status, .ticks = process_.ticks_used() + process_.ticks_of_children};
    }

    void leave_siblings() { static_cast<Link<SiblingTag>&>(*this).unlink(); }

    template <typename Tag>
    void join(std::int32_t& of_its_kind, std::int32_t number) {
        static_cast<Link<Tag>&>(*this).unlink();
        of_its_kind = number;
        list_of<Tag>(number).push_back(*this);
    }

    [[nodiscard]] bool is_held_by(const Family* parent) const {
        return parent != nullptr && parent->group_ != group_ && parent->session_ == session_;
    }
    /// One of the two has ended: it may have been the last to keep the group from being an orphan.
    void lose(const Family* parent) const {
        if (is_held_by(parent) && is_orphaned()) {
            orphaned_hook(group_);
        }
    }

    void leave_group_and_session() {
        static_cast<Link<GroupTag>&>(*this).unlink();
        static_cast<Link<SessionTag>&>(*this).unlink();
    }

    /// No one will wait for it, though it is deleted later: its group and session have it no more.
    void abandon() {
        leave_group_and_session();
        process::abandon(process_);
    }

    /// Returns what the child hook does.
    bool tell_parent(WaitStatus status) {
        scheduler::wake_all(parent_->waiting_);
        return child_hook(parent_->process_, process_, status);
    }

    [[nodiscard]] bool has_changed(unsigned options) const {
        return change_ &&
               (options & (change_->value() == WaitStatus::continued().value() ? WCONTINUED : WUNTRACED)) != 0;
    }

    [[nodiscard]] Family* child_with(std::int32_t id) const {
        Process* const process = process::find(id);
        if (process == nullptr) {
            return nullptr;
        }
        auto& family = static_cast<Family&>(process->extension(slot));
        return family.parent_ == this ? &family : nullptr;
    }

    /// The first in `list` of those that `id` means, as in family::wait, for which `condition` holds.
    template <typename Condition>
    [[nodiscard]] Family* first(List<Family, SiblingTag>& list, std::int32_t id, Condition condition) const {
        if (id > 0) {
            Family* const one = child_with(id);
            return one != nullptr && one->process_.ended().has_value() == (&list == &ended_) && condition(*one)
                       ? one
                       : nullptr;
        }
        const std::int32_t group = id == 0 ? group_ : -id;
        return first_in(list, [&](Family& one) { return (id == -1 || one.group_ == group) && condition(one); });
    }

    Process& process_;
    Family* parent_;                    // null: the kernel itself has started the process, or its family has ended
    Family* eldest_;                    // the ancestor without a parent
    List<Family, SiblingTag> children_; // that go on
    List<Family, SiblingTag> ended_;    // that are still to be waited for, in the order of their ends
    WaitQueue waiting_;                 // who waits for a child's end: the process itself
    std::int32_t session_ = 0;
    std::int32_t group_ = 0;
    bool has_begun_another_program_ = false; // by exec
    std::optional<WaitStatus> change_;       // stopped or continued, and the parent has not asked since
};

Family& of(Process& process) {
    return static_cast<Family&>(process.extension(slot));
}

Result<Extension*> make(Process& process) {
    return TRY(allocate<Family>(process, nullptr)).release();
}

} // namespace

void initialize() {
    slot = process::add_extension(make);
    process::set_kept_numbers(Family::names_group_or_session);
}

Result<Process*> fork() {
    Process* child = TRY(current().fork());
    scheduler::start(*child);
    return child;
}

std::int32_t parent_of(Process& process) {
    return of(process).parent_id();
}

Result<Found> wait(std::int32_t id, unsigned options) {
    return of(current()).wait(id, options);
}

std::int32_t group_of(Process& process) {
    return of(process).group();
}

std::int32_t session_of(Process& process) {
    return of(process).session();
}

Result<void> set_group(Process& process, std::int32_t group) {
    return of(process).set_group(group);
}

Result<std::int32_t> begin_session() {
    return of(current()).begin_session();
}

bool is_orphaned(Process& process) {
    return of(process).is_orphaned();
}

bool has_group(std::int32_t group) {
    return of(current()).session_has(group);
}

unsigned for_each(std::int32_t group, void (*visit)(Process& process, std::uint32_t value), std::uint32_t value) {
    return Family::for_each(group, visit, value);
}

void report(Process& process, WaitStatus status) {
    of(process).report(status);
}

void set_child_hook(bool (*hook)(Process& parent, Process& child, WaitStatus status)) {
    child_hook = hook;
}

void set_end_hooks(void (*orphaned)(std::int32_t group), void (*leaderless)(std::int32_t session)) {
    orphaned_hook = orphaned;
    leaderless_hook = leaderless;
}

} // namespace kernel::family
