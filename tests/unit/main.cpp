// The unit tests' main function: Catch2 2.13 compiles it here, Catch2 3 brings it in libCatch2Main.
#define CATCH_CONFIG_MAIN
#include "catch.hpp"

#include <cstdlib>
#include <iostream>
#include <string>

#if CATCH_VERSION_MAJOR < 3
using Listener = Catch::TestEventListenerBase;
#else
using Listener = Catch::EventListenerBase;
#endif

// For graders: a number that they drew for this run comes back when all tests have run and passed, and with it how many
// checks each case has made: one that ends early fails nothing. It is read only then, and the graders see to it that code
// under test can't read its standard input; printing "All tests passed" and leaving is not a pass.
struct Witness : Listener {
    using Listener::Listener;
    std::string checks;
    void testCaseEnded(const Catch::TestCaseStats& stats) override {
        checks += ' ' + std::to_string(stats.totals.assertions.passed);
    }
    void testRunEnded(const Catch::TestRunStats& stats) override {
        unsigned long long number = 0;
        const auto& assertions = stats.totals.assertions;
        if (std::getenv("TRAPGATE_WITNESS") != nullptr && assertions.failed == 0 && assertions.passed > 0 &&
            stats.totals.testCases.failed == 0 && std::cin >> number) {
            std::cout << "witness " << number << checks << std::endl;
        }
    }
};
CATCH_REGISTER_LISTENER(Witness)
