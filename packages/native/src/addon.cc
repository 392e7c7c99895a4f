/**
 * The executor as a Node-API add-on. `open(threads, instructionSet)` answers one executor:
 *   attach(view)                   takes the memory that a Uint8Array shows, again after each growth
 *   run(job, record, threads)      0, or an Outcome: nothing is written then
 *   runJobs(table, count)          a list of jobs: 0, or the Outcome of the first that was not done + 8 · its place
 *   problem(), longWaits()
 *   multiplyAdds(rounds, threads)  computes so many in registers, and answers how many that were: the machine's peak, for the bench
 *   close()                        ends the threads; the caller's goes on alone
 * Everything belongs to the environment that loaded it, a main thread or a Worker, and ends with it.
 */
#include <node_api.h>
#include <stdlib.h>
#include "executor.h"
#include "generated/unrolled_abi.h"
#include "platform.h"

namespace {
/** An executor, in its environment's list. */
struct Opened {
  Executor executor;
  Opened *next;
};
struct Environment {
  Opened *first;
};

void endEnvironment(napi_env, void *data, void *) {
  Environment *environment = (Environment *)data;
  while (Opened *own = environment->first) {
    environment->first = own->next;
    executorClose(&own->executor);
    free(own);
  }
  free(environment);
}

/** The executor that a function belongs to, and its arguments. */
template <size_t N> Executor *take(napi_env env, napi_callback_info info, napi_value (&values)[N]) {
  size_t count = N;
  void *data = nullptr;
  napi_get_cb_info(env, info, &count, values, nullptr, &data);
  return &((Opened *)data)->executor;
}

napi_value refuse(napi_env env, const char *message) {
  napi_throw_error(env, nullptr, message);
  return nullptr;
}

napi_value integer(napi_env env, int32_t value) {
  napi_value result;
  napi_create_int32(env, value, &result);
  return result;
}

napi_value attach(napi_env env, napi_callback_info info) {
  napi_value values[1], buffer;
  Executor *e = take(env, info, values);
  napi_typedarray_type type;
  size_t length = 0, offset = 0;
  void *data = nullptr;
  if (napi_get_typedarray_info(env, values[0], &type, &length, &data, &buffer, &offset) != napi_ok || type != napi_uint8_array)
    return refuse(env, "expected a Uint8Array");
  e->memory = (uint8_t *)data;
  e->length = data ? length : 0;
  if (data) preferLargePages(data, length);
  return nullptr;
}

napi_value run(napi_env env, napi_callback_info info) {
  napi_value values[3];
  Executor *e = take(env, info, values);
  int32_t job = -1, threads = 0;
  uint32_t record = 0;
  if (napi_get_value_int32(env, values[0], &job) != napi_ok || napi_get_value_uint32(env, values[1], &record) != napi_ok ||
      napi_get_value_int32(env, values[2], &threads) != napi_ok)
    return refuse(env, "expected a job, an address and a number of threads");
  return integer(env, executorRun(e, job, record, threads));
}

napi_value runJobs(napi_env env, napi_callback_info info) {
  napi_value values[2];
  Executor *e = take(env, info, values);
  uint32_t table = 0;
  int32_t count = 0;
  if (napi_get_value_uint32(env, values[0], &table) != napi_ok || napi_get_value_int32(env, values[1], &count) != napi_ok)
    return refuse(env, "expected an address and a number of jobs");
  return integer(env, executorRunJobs(e, table, count));
}

napi_value problem(napi_env env, napi_callback_info info) {
  napi_value values[1], result;
  Executor *e = take(env, info, values);
  napi_create_string_utf8(env, e->problem ? e->problem : "", NAPI_AUTO_LENGTH, &result);
  return result;
}

napi_value longWaits(napi_env env, napi_callback_info info) {
  napi_value values[1];
  Executor *e = take(env, info, values);
  return integer(env, e->pool ? poolLongWaits(e->pool) : 0);
}

napi_value multiplyAdds(napi_env env, napi_callback_info info) {
  napi_value values[2], result;
  Executor *e = take(env, info, values);
  int32_t rounds = 0, threads = 0;
  if (napi_get_value_int32(env, values[0], &rounds) != napi_ok || napi_get_value_int32(env, values[1], &threads) != napi_ok)
    return refuse(env, "expected rounds and a number of threads");
  napi_create_double(env, executorMultiplyAdds(e, rounds, threads), &result);
  return result;
}

napi_value closeExecutor(napi_env env, napi_callback_info info) {
  napi_value values[1];
  executorClose(take(env, info, values));
  return nullptr;
}

void define(napi_env env, napi_value object, const char *name, napi_callback call, void *data) {
  napi_value function;
  napi_create_function(env, name, NAPI_AUTO_LENGTH, call, data, &function);
  napi_set_named_property(env, object, name, function);
}

napi_value open(napi_env env, napi_callback_info info) {
  napi_value values[2], result, jobs, name;
  size_t count = 2;
  napi_get_cb_info(env, info, &count, values, nullptr, nullptr);
  int32_t threads = 0;
  char asked[32] = "";
  napi_get_value_int32(env, values[0], &threads);
  napi_get_value_string_utf8(env, values[1], asked, sizeof asked, nullptr);
  const InstructionSet *set = chooseInstructionSet(asked);
  if (!set) return refuse(env, asked[0] ? "this processor lacks the instruction set that was asked for" : "this processor has neither AVX-512 nor AVX2");
  Environment *environment = nullptr;
  napi_get_instance_data(env, (void **)&environment);
  Opened *own = environment ? (Opened *)calloc(1, sizeof(Opened)) : nullptr;
  if (own) own->executor = {set, poolNew(threads), nullptr, 0, nullptr, 0, nullptr};
  if (!own || !own->executor.pool) {
    free(own);
    return refuse(env, "no memory");
  }
  own->next = environment->first;
  environment->first = own;
  napi_create_object(env, &result);
  define(env, result, "attach", attach, own);
  define(env, result, "run", run, own);
  define(env, result, "runJobs", runJobs, own);
  define(env, result, "problem", problem, own);
  define(env, result, "longWaits", longWaits, own);
  define(env, result, "multiplyAdds", multiplyAdds, own);
  define(env, result, "close", closeExecutor, own);
  napi_set_named_property(env, result, "lanes", integer(env, set->lanes));
  napi_create_string_utf8(env, set->name, NAPI_AUTO_LENGTH, &name);
  napi_set_named_property(env, result, "instructionSet", name);
  napi_create_array(env, &jobs);
  for (uint32_t job = 0, n = 0; job < 1000; job++)
    if (set->has((int)job)) napi_set_element(env, jobs, n++, integer(env, (int)job));
  napi_set_named_property(env, result, "jobs", jobs);
  return result;
}
}  // namespace

extern "C" {
NAPI_MODULE_EXPORT int32_t node_api_module_get_api_version_v1(void) { return 8; }
NAPI_MODULE_EXPORT napi_value napi_register_module_v1(napi_env env, napi_value exports) {
  Environment *environment = (Environment *)calloc(1, sizeof(Environment));
  if (environment) napi_set_instance_data(env, environment, endEnvironment, nullptr);
  define(env, exports, "open", open, nullptr);
  napi_set_named_property(env, exports, "fingerprint", integer(env, UNROLLED_FINGERPRINT));
  return exports;
}
}
