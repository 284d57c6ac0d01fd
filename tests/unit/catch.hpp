// The one place that knows which Catch2 is installed: 3 has many headers, 2.13 a single one.
#pragma once

#if __has_include(<catch2/catch_all.hpp>)
#include <catch2/catch_all.hpp>
#else
#include <catch2/catch.hpp>
#endif
