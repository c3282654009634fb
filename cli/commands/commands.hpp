// The commands of byok, one file each. Every function adds its command to that group of `app`;
// choosing it on the command line sets context.command.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/context.hpp"

namespace byok::cli {

// Whom the commands are for, as help lists them.
namespace groups {
inline constexpr const char* everyone = "For everyone";
inline constexpr const char* tenants =
    "Keys and usage, with a tenant's token of scope full or as operator";
inline constexpr const char* operators = "For operators";
}  // namespace groups

void add_set(CLI::App& app, Context& context, const char* group);
void add_list(CLI::App& app, Context& context, const char* group);
void add_rotate(CLI::App& app, Context& context, const char* group);
void add_delete(CLI::App& app, Context& context, const char* group);
void add_verify(CLI::App& app, Context& context, const char* group);
void add_chat(CLI::App& app, Context& context, const char* group);
void add_models(CLI::App& app, Context& context, const char* group);
void add_usage(CLI::App& app, Context& context, const char* group);
void add_tenant(CLI::App& app, Context& context, const char* group);
void add_token(CLI::App& app, Context& context, const char* group);
void add_link(CLI::App& app, Context& context, const char* group);
void add_import(CLI::App& app, Context& context, const char* group);
void add_audit(CLI::App& app, Context& context, const char* group);
void add_root_key(CLI::App& app, Context& context, const char* group);
void add_backup(CLI::App& app, Context& context, const char* group);
void add_restore(CLI::App& app, Context& context, const char* group);
void add_doctor(CLI::App& app, Context& context, const char* group);
void add_compact(CLI::App& app, Context& context, const char* group);
void add_status(CLI::App& app, Context& context, const char* group);
void add_reload(CLI::App& app, Context& context, const char* group);
void add_completion(CLI::App& app, Context& context, const char* group);
void add_help(CLI::App& app, Context& context, const char* group);

// What they share.

// Has `command`, once it is chosen, run `run(options, context)`.
template <class Options, class Run>
void when_chosen(CLI::App* command, Context& context, std::shared_ptr<Options> options, Run run) {
  command->callback([&context, options, run] {
    context.command = [options, run](const Context& settled) { return run(*options, settled); };
  });
}

}  // namespace byok::cli
