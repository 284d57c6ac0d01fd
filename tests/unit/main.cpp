// The unit tests' main function: Catch2 2.13 compiles it here, Catch2 3 brings it in libCatch2Main.
#define CATCH_CONFIG_MAIN
#include "catch.hpp"
