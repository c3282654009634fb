#include "cli/arguments.hpp"

#include <sstream>

#include "cli/commands/commands.hpp"
#include "cli/mistakes.hpp"
#include "cli/output.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

std::string reference() {
  return help_section("Environment", {{"BYOK_ADDR", "As --addr, which wins"},
                                      {"BYOK_CA_FILE", "As --ca-file, which wins"},
                                      {"BYOK_CLIENT_CERT", "As --client-cert, which wins"},
                                      {"BYOK_CLIENT_KEY", "As --client-key, which wins"},
                                      {"BYOK_MODEL", "The model of byok chat; -m wins"},
                                      {"BYOK_TENANT", "As --tenant, which wins"},
                                      {"BYOK_TOKEN", "The bearer token; --token-file wins"},
                                      {"NO_COLOR", "Print no bold headers on a terminal"}}) +
         "\n" +
         help_section("Exit codes", {{"0", "Done"},
                                     {"1", "byokd or a provider answered with an error"},
                                     {"2", "The command line is wrong, or nobody could be asked"},
                                     {"3", "byokd cannot be reached"},
                                     {"4", "Not authorized"},
                                     {"5", "Not found"},
                                     {"6", "No key for the provider"},
                                     {"130", "Interrupted"}}) +
         "\n";
}

void add_global_options(CLI::App& app, Context& context) {
  app.add_option("--addr", context.addr,
                 "Where byokd is: unix:PATH, http://HOST:PORT or https://HOST:PORT")
      ->type_name(type_names::address);
  app.add_option("--tenant", context.tenant, "The tenant to act for, as an operator")
      ->type_name(type_names::tenant);
  app.add_option("--token-file", context.token_file, "A file that holds the bearer token")
      ->type_name(type_names::file);
  app.add_option("--ca-file", context.ca_file,
                 "The authorities to trust for https, in PEM, in place of the system's")
      ->type_name(type_names::file);
  app.add_option("--client-cert", context.client_cert,
                 "The client certificate to show over https, in PEM")
      ->type_name(type_names::file);
  app.add_option("--client-key", context.client_key,
                 "Its key, in PEM, where that is in another file")
      ->type_name(type_names::file);
  app.add_flag("--json", context.json, "Print the API's answer as it is");
  app.add_flag("-q,--quiet", context.quiet, "Print data and errors only");
}

// An option that is given says something; only a variable that is empty counts as none.
void refuse_empty_values(CLI::App& app) {
  for (CLI::Option* option : app.get_options()) {
    if (option->nonpositional() && option->get_expected_max() > 0) option->check(not_empty());
  }
  for (CLI::App* command : app.get_subcommands({})) refuse_empty_values(*command);
}

}  // namespace

void describe(CLI::App& app, Context& context, const std::string& version) {
  app.name("byok");
  app.description("Keeps AI providers' keys encrypted in byokd, and makes calls with them");
  use_help_pages(app);
  app.set_version_flag("--version", version, "Print the version and exit");
  app.require_subcommand(1);
  app.group("Commands");  // what commands of commands inherit
  // A global option may stand after the command too.
  app.fallthrough();
  add_global_options(app, context);

  for (auto add : {add_chat, add_models, add_completion, add_help}) {
    add(app, context, groups::everyone);
  }
  for (auto add : {add_set, add_list, add_rotate, add_delete, add_verify, add_usage}) {
    add(app, context, groups::tenants);
  }
  for (auto add : {add_tenant, add_token, add_link, add_import, add_audit, add_status, add_doctor,
                   add_backup, add_restore, add_compact, add_root_key, add_reload}) {
    add(app, context, groups::operators);
  }
  refuse_empty_values(app);
  // After the commands, which would each inherit it.
  add_examples(&app, {{"byok set openai", "asks for the key, and does not show it"},
                      {"byok chat -m gpt-4o \"why is the sky blue\"", ""},
                      {"git diff | byok chat -m gpt-4o \"review this\"", ""},
                      {"byok rotate openai", "encrypts the key anew, without a gap"},
                      {"byok --tenant acme token create", "a token for the tenant acme"}});
  app.footer(reference() + app.get_footer() +
             "\n\n`byok COMMAND --help` tells of one command and shows examples of it.");
}

Exit explain(const CLI::App& app, const CLI::ParseError& error) {
  if (error.get_exit_code() == 0) {
    // By print(), which fails where nothing can be written.
    std::ostringstream page;
    app.exit(error, page, page);
    print(page.str());
    return Exit::done;
  }
  complain(mistake(app, error));
  return Exit::usage;
}

}  // namespace byok::cli
