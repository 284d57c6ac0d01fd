// assert: stops the program where a condition that must hold does not (chapter 13).
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

__attribute__((noreturn)) void assertion_failed(const char* condition, const char* function,
                                                const char* file, int line);

#define assert(condition)                                                                          \
    ((condition) ? (void)0 : assertion_failed(#condition, __func__, __FILE__, __LINE__))

#ifdef __cplusplus
}
#endif
