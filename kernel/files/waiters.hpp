// Waiters: who sleeps until a file has something to give, or room; one file or several at a time (chapter 18).
#pragma once

#include "process/scheduler.hpp"

namespace kernel::files {

struct WatchTag;

/// A sleeper's interest in one file of several: all its watches wake the same queue. It ends with the watch.
class Watch : public Link<WatchTag> {
public:
    ~Watch() { unlink(); }
    void wake() { scheduler::wake_all(*queue); }

    WaitQueue* queue = nullptr;
};

/// Those who wait for one file.
class Waiters {
public:
    /// For those who wait for nothing else.
    WaitQueue sleepers;

    void add(Watch& watch) { watches_.push_back(watch); }
    void wake_all() {
        if (!sleepers.empty()) { // else even the call is spared: each read and write of a pipe comes here
            scheduler::wake_all(sleepers);
        }
        for (Watch* watch = watches_.front(); watch != nullptr; watch = watches_.after(*watch)) {
            watch->wake();
        }
    }

private:
    List<Watch, WatchTag> watches_;
};

} // namespace kernel::files
