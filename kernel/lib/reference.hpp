// References that are counted: an object lives as long as somebody refers to it (chapter 15).
#pragma once

#include "lib/panic.hpp"

#include <cstdint>
#include <memory>
#include <utility>

namespace kernel {

/// What a Reference<T> points to derives from this. An object begins with no user; the last reference that goes deletes
/// it. Nothing here is atomic: the kernel runs with interrupts off, and interrupt handlers hold no references.
class Counted {
public:
    Counted() = default;
    Counted(const Counted&) = delete;
    Counted& operator=(const Counted&) = delete;
    virtual ~Counted() = default;

    [[nodiscard]] std::uint32_t user_count() const { return users_; }

private:
    template <typename T>
    friend class Reference;
    /// Not inline: every reference has a call of it, and the kernel is to stay small.
    [[gnu::noinline]] static void destroy(Counted* object) { delete object; }
    std::uint32_t users_ = 0;
};

/// Refers to a T, or to nothing.
template <typename T>
class Reference {
public:
    Reference() = default;
    explicit Reference(T* object) : object_(object) { take(); }
    Reference(const Reference& other) : object_(other.object_) { take(); }
    Reference(Reference&& other) noexcept : object_(std::exchange(other.object_, nullptr)) {}
    explicit Reference(std::unique_ptr<T> object) : Reference(object.release()) {}
    template <typename Derived>
    requires(!__is_same(Derived, T) && __is_base_of(T, Derived)) Reference(const Reference<Derived>& other)
        : object_(other.get()) { // a reference to a base, as with pointers
        take();
    }
    Reference& operator=(Reference other) noexcept {
        std::swap(object_, other.object_);
        return *this;
    }
    ~Reference() {
        if (object_ != nullptr && --object_->users_ == 0) {
            Counted::destroy(object_);
        }
    }

    explicit operator bool() const { return object_ != nullptr; }
    bool operator==(const Reference&) const = default;
    [[nodiscard]] T* get() const { return object_; }
    T* operator->() const {
        KERNEL_ASSERT(object_ != nullptr, "a reference is followed only if it refers to something");
        return object_;
    }
    T& operator*() const { return *operator->(); }

private:
    void take() {
        if (object_ != nullptr) {
            ++object_->users_;
        }
    }

    T* object_ = nullptr;
};

} // namespace kernel
