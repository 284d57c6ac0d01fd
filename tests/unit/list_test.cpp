// The intrusive list: the run queue, wait queues and the table of processes are lists.
#include "catch.hpp"
#include "lib/list.hpp"

#include <memory>
#include <vector>

using kernel::Link;
using kernel::List;

namespace {

struct First;
struct Second;

struct Element : Link<First>, Link<Second> {
    explicit Element(int number) : value(number) {}
    int value;
};

std::vector<int> values(const List<Element, First>& list) {
    std::vector<int> result;
    for (const Element* one = list.front(); one != nullptr; one = list.after(*one)) {
        result.push_back(one->value);
    }
    return result;
}

} // namespace

TEST_CASE("a list is first in, first out", "[list]") {
    List<Element, First> list;
    Element one(1), two(2), three(3);
    CHECK(list.empty());
    CHECK(list.pop_front() == nullptr);

    list.push_back(one);
    list.push_back(two);
    list.push_back(three);
    CHECK(values(list) == std::vector{1, 2, 3});
    CHECK(list.pop_front() == &one);
    CHECK_FALSE(static_cast<Link<First>&>(one).is_in_list());
    list.push_back(one);
    CHECK(values(list) == std::vector{2, 3, 1});
    while (list.pop_front() != nullptr) {
    }
    CHECK(list.empty());
}

TEST_CASE("an element leaves its list from anywhere", "[list]") {
    const int left = GENERATE(0, 1, 2);
    List<Element, First> list;
    std::vector<std::unique_ptr<Element>> elements;
    std::vector<int> expected;
    for (int i = 0; i < 3; ++i) {
        elements.push_back(std::make_unique<Element>(i));
        list.push_back(*elements.back());
        if (i != left) {
            expected.push_back(i);
        }
    }
    Link<First>& link = *elements[static_cast<std::size_t>(left)];
    link.unlink();
    CHECK(values(list) == expected);
    link.unlink(); // in no list: nothing happens
    CHECK(values(list) == expected);
}

TEST_CASE("an element is in one list for each of its links", "[list]") {
    List<Element, First> first;
    List<Element, Second> second;
    Element one(1), two(2);
    first.push_back(one);
    first.push_back(two);
    second.push_back(two);
    second.push_back(one);
    CHECK(first.pop_front() == &one);
    CHECK(second.pop_front() == &two);
    CHECK(second.front() == &one);
}
