// The range of the integer types, as the compiler gives it (chapter 13).
#pragma once

#define CHAR_BIT  __CHAR_BIT__
#define SCHAR_MAX __SCHAR_MAX__
#define SHRT_MAX  __SHRT_MAX__
#define INT_MAX   __INT_MAX__
#define INT_MIN   (-INT_MAX - 1)
#define UINT_MAX  (INT_MAX * 2U + 1)
#define LONG_MAX  __LONG_MAX__
#define LONG_MIN  (-LONG_MAX - 1)
#define ULONG_MAX (LONG_MAX * 2UL + 1)
