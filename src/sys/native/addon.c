/*
 * The library as an addon of Node's: what a command needs that is to act at once, without koffi, which takes a millisecond to
 * load. Whole numbers and addresses go in, a whole number comes back. Of Node-API this says what it uses; where there is no Node,
 * nothing of it is called.
 */
#include "syscalls.h"

#define MOST_ARGUMENTS 10
#define ENOSYS 38

typedef struct environment *environment;
typedef struct value *value;
typedef struct call_info *call_info;
/* napi_valuetype */
enum { UNDEFINED, NULL_, BOOLEAN, NUMBER, STRING, SYMBOL, OBJECT, FUNCTION, EXTERNAL, BIGINT };

#define OF_NODE __attribute__((weak)) extern
OF_NODE int napi_get_cb_info(environment, call_info, unsigned long *count, value *arguments, value *self, void **data);
OF_NODE int napi_typeof(environment, value, int *type);
OF_NODE int napi_get_value_int64(environment, value, i64 *result);
OF_NODE int napi_get_value_bigint_int64(environment, value, i64 *result, u8 *is_whole);
OF_NODE int napi_get_typedarray_info(environment, value, int *type, unsigned long *length, void **data, value *buffer, unsigned long *offset);
OF_NODE int napi_create_int64(environment, i64, value *result);
OF_NODE int napi_throw_type_error(environment, const char *code, const char *message);
OF_NODE int napi_create_function(environment, const char *name, unsigned long length, value (*)(environment, call_info), void *data, value *result);
OF_NODE int napi_set_named_property(environment, value object, const char *name, value);
/* v8::V8::SetFlagsFromString(const char *, size_t), which Node exports for addons. */
OF_NODE void set_flags_of_v8(const u8 *flags, unsigned long length) __asm__("_ZN2v82V818SetFlagsFromStringEPKcm");

EXPORT i64 porthole_scan_ahead(u8 *, i64, const u8 *, i64, i64 *, i32 *, i64, u8 *, i64, i64);
EXPORT i64 porthole_scan_ahead_listed(void *);
EXPORT i64 porthole_scan_ahead_end(void *);

/* The kernel's own answer: negative errnos. */
static i64 system_call(i64 number, i64 a, i64 b, i64 c, i64 d) { return call(number, a, b, c, d); }

static i64 set_flags(const u8 *flags, i64 length) {
  if (set_flags_of_v8 == 0) return -ENOSYS;
  set_flags_of_v8(flags, (unsigned long)length);
  return 0;
}

typedef i64 (*callee)(i64, i64, i64, i64, i64, i64, i64, i64, i64, i64);
static const struct {
  const char *name;
  void *function;
} FUNCTIONS[] = {
    {"syscall", system_call},
    {"set_flags", set_flags},
    {"porthole_scan_ahead", porthole_scan_ahead},
    {"porthole_scan_ahead_listed", porthole_scan_ahead_listed},
    {"porthole_scan_ahead_end", porthole_scan_ahead_end},
};

/* False when it is neither a number, nor null, nor a view of bytes, of which the address is given. */
static int read_argument(environment env, value given, i64 *result) {
  int type;
  u8 is_whole;
  void *data = 0;
  *result = 0;
  if (napi_typeof(env, given, &type) != 0) return 0;
  switch (type) {
    case NULL_: return 1;
    case NUMBER: return napi_get_value_int64(env, given, result) == 0;
    case BIGINT: return napi_get_value_bigint_int64(env, given, result, &is_whole) == 0;
    case OBJECT:
      if (napi_get_typedarray_info(env, given, 0, 0, &data, 0, 0) != 0) return 0;
      *result = (i64)data;
      return 1;
    default: return 0;
  }
}

/* A function takes as many of the arguments as it knows of. */
static value invoke(environment env, call_info info) {
  unsigned long count = MOST_ARGUMENTS;
  value arguments[MOST_ARGUMENTS], result = 0;
  i64 at[MOST_ARGUMENTS] = {0};
  void *function;
  if (napi_get_cb_info(env, info, &count, arguments, 0, &function) != 0) return 0;
  for (unsigned long i = 0; i < count && i < MOST_ARGUMENTS; i++)
    if (!read_argument(env, arguments[i], &at[i])) {
      napi_throw_type_error(env, 0, "numbers, views of bytes and null can be passed, and nothing else");
      return 0;
    }
  i64 answer = ((callee)function)(at[0], at[1], at[2], at[3], at[4], at[5], at[6], at[7], at[8], at[9]);
  return napi_create_int64(env, answer, &result) == 0 ? result : 0;
}

EXPORT value napi_register_module_v1(environment env, value exports) {
  for (unsigned long i = 0; i < sizeof FUNCTIONS / sizeof *FUNCTIONS; i++) {
    value function;
    const char *name = FUNCTIONS[i].name;
    if (napi_create_function(env, name, ~0UL, invoke, FUNCTIONS[i].function, &function) != 0) return exports;
    if (napi_set_named_property(env, exports, name, function) != 0) return exports;
  }
  return exports;
}
