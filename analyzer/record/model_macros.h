/*
 * One line a field. Before a table: #define T struct …, the struct whose members it names; after it, #undef T. Included
 * by the model_*.c files only.
 */
#ifndef PLUMBLINE_RECORD_MODEL_MACROS_H
#define PLUMBLINE_RECORD_MODEL_MACROS_H

#include "record/model.h"

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))
#define MEMBER(m) (((T *)0)->m)
#define KEY(k) .key = ",\"" k "\":", .key_n = sizeof(k) + 3
#define AT(k, kd, m) KEY(k), .kind = kd, .offset = offsetof(T, m), .size = sizeof(MEMBER(m))
#define ELEMENTS(k, kd, m) KEY(k), .kind = kd, .offset = offsetof(T, m), .size = sizeof(MEMBER(m)[0])
#define COUNTED(count) .count_offset = offsetof(T, count), .count_size = sizeof(MEMBER(count))

#define UINT(k, m) { AT(k, KIND_UINT, m) }
#define UINT_ALWAYS(k, m) { AT(k, KIND_UINT, m), .always = true }
#define INT(k, m) { AT(k, KIND_INT, m) }
#define BOOL(k, m) { AT(k, KIND_BOOL, m) }
#define BOOL_ALWAYS(k, m) { AT(k, KIND_BOOL, m), .always = true }
#define TIME(k, m) { AT(k, KIND_TIME, m) }
#define ENUM(k, m, nm) { AT(k, KIND_ENUM, m), .names = &names_##nm }
#define ENUM_ALWAYS(k, m, nm) { AT(k, KIND_ENUM, m), .names = &names_##nm, .always = true }
#define ADDR(k, m) { AT(k, KIND_ADDR, m) }
#define MAC(k, m) { AT(k, KIND_MAC, m) }
#define BYTES(k, m) { AT(k, KIND_BYTES, m) }
#define TEXT(k, m) { AT(k, KIND_TEXT, m) }
#define SUB(k, m, r) { AT(k, KIND_RECORD, m), .sub = &(r) }
#define GROUP(k, r) { KEY(k), .kind = KIND_RECORD, .size = sizeof(T), .sub = &(r) }
#define FIXED(k, kd, m) { ELEMENTS(k, kd, m), .form = FORM_FIXED, .max = COUNT_OF(MEMBER(m)) }
#define FIXED_TRIM(k, kd, m) { ELEMENTS(k, kd, m), .form = FORM_FIXED, .max = COUNT_OF(MEMBER(m)), .trim = true }
#define FIXED_SUB(k, m, r) { ELEMENTS(k, KIND_RECORD, m), .form = FORM_FIXED, .max = COUNT_OF(MEMBER(m)), .sub = &(r) }
#define ARRAY(k, kd, m, count) { ELEMENTS(k, kd, m), .form = FORM_ARRAY, .max = COUNT_OF(MEMBER(m)), COUNTED(count) }
#define ARRAY_SUB(k, m, count, r) \
	{ ELEMENTS(k, KIND_RECORD, m), .form = FORM_ARRAY, .max = COUNT_OF(MEMBER(m)), COUNTED(count), .sub = &(r) }
#define LIST(k, kd, m, count) { ELEMENTS(k, kd, m), .form = FORM_POINTER, COUNTED(count) }
#define LIST_ENUM(k, m, count, nm) \
	{ ELEMENTS(k, KIND_ENUM, m), .form = FORM_POINTER, COUNTED(count), .names = &names_##nm }
#define LIST_SUB(k, m, count, r) { ELEMENTS(k, KIND_RECORD, m), .form = FORM_POINTER, COUNTED(count), .sub = &(r) }
#define OPTION_SUB(k, m, has, r) { AT(k, KIND_RECORD, m), .form = FORM_OPTION, COUNTED(has), .sub = &(r) }

#define RECORD(nm, f) { .name = nm, .fields = f, .fields_n = COUNT_OF(f), .size = sizeof(T) }

#endif
