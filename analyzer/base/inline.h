/*
 * For the few functions that every packet goes through: the compiler weighs their size, and does not know how often they
 * are called. ALWAYS_INLINE stands for `static`. A function of several files that is merely `inline` where it is defined
 * is put in its callers by the linker, which optimizes too (meson.build), and is there for others all the same.
 */
#ifndef PLUMBLINE_BASE_INLINE_H
#define PLUMBLINE_BASE_INLINE_H

#define ALWAYS_INLINE __attribute__((always_inline)) static inline

#endif
