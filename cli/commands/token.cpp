// byok token: what the callers of a tenant prove themselves with.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/token_table.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/text.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string scope;
  std::string expires;
  std::string name;
  std::string id;
};

std::string target(const Client& client) {
  return fmt::format("/admin/tenants/{}/tokens", client.tenant());
}

void put(json::object& body, std::string_view name, const std::string& value) {
  if (!value.empty()) body[name] = well_formed(value);
}

// The token alone goes to stdout, so that a script can take it from there.
void print_token(const Answer& answer, const Context& context) {
  print(text_at(answer.json, "token") + "\n");
  context.note(fmt::format("id {}, tenant {}, scope {}, expires {}; the token is shown this once",
                           text_at(answer.json, "id"), text_at(answer.json, "tenant"),
                           text_at(answer.json, "scope"), text_at(answer.json, "expiresAt")));
}

Outcome<void> create(const Options& options, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  json::object body;
  put(body, "name", options.name);
  put(body, "scope", options.scope);
  put(body, "expires", options.expires);
  return call_and_show(context, {"POST", target(*client), "create the token"},
                       json::serialize(body),
                       [&](const Answer& answer) { print_token(answer, context); });
}

Outcome<void> list(const Options&, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  return call_pages_and_show(context, {"GET", target(*client), "list the tokens"}, "tokens",
                             [](const json::value& answer) {
                               print(token_table(answer),
                                     "there are no tokens: make one with `byok token create`");
                             });
}

Outcome<void> revoke(const Options& options, const Context& context) {
  Call call{"DELETE", fmt::format("/admin/tokens/{}", path_segment(options.id)),
            "revoke the token"};
  return call_and_show(context, call, {}, [&](const Answer& answer) {
    context.note(fmt::format("revoked the token {}", text_at(answer.json, "id")));
  });
}

}  // namespace

void add_token(CLI::App& app, Context& context) {
  auto options = std::make_shared<Options>();
  CLI::App* token = app.add_subcommand("token", "A tenant's tokens: create, list, revoke");
  token->require_subcommand(1)->group("Operator's commands");
  token->footer("The tenant is that of --tenant or BYOK_TENANT, else `default`.");

  CLI::App* create_command =
      token->add_subcommand("create", "Create a token, and print it this once on stdout");
  create_command->add_option("--scope", options->scope, "full, chat or admin")->type_name("SCOPE");
  create_command->add_option("--expires", options->expires, "A time from now: 12h, 30d ...")
      ->type_name("DURATION");
  create_command->add_option("--name", options->name, "What it is for")->type_name("NAME");
  create_command->footer(
      "full: the tenant's own keys and all calls (the default); chat: calls only, for\n"
      "programs that others can look into; admin: everything, for every tenant.");
  when_chosen(create_command, context, options, create);

  CLI::App* list_command = token->add_subcommand("list", "List the tokens, without their text");
  when_chosen(list_command, context, options, list);

  CLI::App* revoke_command =
      token->add_subcommand("revoke", "Have a token refused from the next request on");
  revoke_command->add_option("ID", options->id, "The token's id, tok_...")->required();
  when_chosen(revoke_command, context, options, revoke);
}

}  // namespace byok::cli
