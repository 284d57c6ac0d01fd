// An intrusive list: its elements bring their links along, so putting one in can't fail (chapter 11).
#pragma once

#include <cstddef>

namespace kernel {

/// What an element of a `List<T, Tag>` inherits. An object that is in several lists at a time inherits one link for each,
/// told apart by their tags.
template <typename Tag>
class Link {
public:
    Link() = default;
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;

    [[nodiscard]] bool is_in_list() const { return next_ != nullptr; }

    /// Takes the element out of the list that it is in, if any.
    void unlink() {
        if (next_ != nullptr) {
            previous_->next_ = next_;
            next_->previous_ = previous_;
            next_ = previous_ = nullptr;
        }
    }

private:
    template <typename T, typename Other>
    friend class List;

    Link* next_ = nullptr;
    Link* previous_ = nullptr;
};

/// A list that owns nothing. Everything takes constant time, however long it is. The links form a ring with the list's
/// own link as its beginning and its end, so no case is special.
template <typename T, typename Tag>
class List {
public:
    constexpr List() = default;
    List(const List&) = delete;
    List& operator=(const List&) = delete;

    [[nodiscard]] bool empty() const { return ends_.next_ == nullptr || ends_.next_ == &ends_; }

    /// Puts `element`, which is in no list with this tag, at the end.
    void push_back(T& element) {
        if (ends_.next_ == nullptr) { // not yet a ring
            ends_.next_ = ends_.previous_ = &ends_;
        }
        Link<Tag>& link = element;
        link.previous_ = ends_.previous_;
        link.next_ = &ends_;
        ends_.previous_->next_ = &link;
        ends_.previous_ = &link;
    }

    /// The element that has been in the list longest; null if there is none.
    [[nodiscard]] T* front() const { return empty() ? nullptr : static_cast<T*>(ends_.next_); }

    /// The one after `element`; null if that is the last.
    [[nodiscard]] T* after(const T& element) const {
        Link<Tag>* next = static_cast<const Link<Tag>&>(element).next_;
        return next == &ends_ ? nullptr : static_cast<T*>(next);
    }

    /// Takes the first element out and returns it; null if there is none.
    T* pop_front() {
        T* element = front();
        if (element != nullptr) {
            static_cast<Link<Tag>*>(element)->unlink();
        }
        return element;
    }

private:
    Link<Tag> ends_;
};

} // namespace kernel
