// byok: the command line of byokd.
#include <sys/resource.h>

#include <exception>

#include "cli/arguments.hpp"
#include "cli/completion.hpp"
#include "cli/output.hpp"
#include "cli/signals.hpp"
#include "common/commit.hpp"
#include "common/standard_streams.hpp"
#include "common/version.hpp"

namespace {

using namespace byok::cli;

// Keys and tokens pass through this process: no image of it is left on a disk.
void forbid_core_dumps() {
  constexpr rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
}

Exit run(int argc, char** argv) {
  forbid_core_dumps();
  exit_on_interrupt();

  Context context;
  CLI::App app;
  describe(app, context,
           byok::describe_version(
               "byok", byok::commit,
               {byok::openssl_library(), byok::boost_library(), byok::fmt_library()}));
  if (asks_for_completion(argc, argv)) {
    complete(app, argc, argv);
    return Exit::done;
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return explain(app, error);
  }

  auto outcome = context.command(context);
  if (outcome) return Exit::done;
  complain(outcome.error());
  return outcome.error().exit;
}

}  // namespace

int main(int argc, char** argv) {
  byok::fill_standard_streams();
  try {
    return static_cast<int>(run(argc, argv));
  } catch (const std::exception& error) {
    complain(error.what());
    return static_cast<int>(Exit::failed);
  }
}
