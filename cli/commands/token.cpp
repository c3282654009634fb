// byok token: what the callers of a tenant prove themselves with.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/token_table.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/shown_once.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"
#include "common/token.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string scope;
  std::string expires;
  std::string name;
  std::string id;
  bool admin = false;
};

std::string target(const Client& client) {
  return fmt::format("/admin/tenants/{}/tokens", client.tenant());
}

void put(json::object& body, std::string_view name, const std::string& value) {
  if (!value.empty()) body[name] = well_formed(value);
}

Outcome<void> create(const Options& options, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  json::object body;
  put(body, "name", options.name);
  put(body, "scope", options.scope);
  put(body, "expires", options.expires);
  auto answer = client->call({"POST", target(*client), "create the token"}, json::serialize(body));
  if (!answer) return answer.error();
  if (auto printed = print_once(context, *answer, "token", "token"); !printed) return printed;
  if (context.json) return {};
  context.note(fmt::format("id {}, tenant {}, scope {}, expires {}; the token is shown this once",
                           text_at(answer->json, "id"), text_at(answer->json, "tenant"),
                           text_at(answer->json, "scope"), text_at(answer->json, "expiresAt")));
  return {};
}

Outcome<void> list(const Options& options, const Context& context) {
  auto client = Client::open(context);
  if (!client) return client.error();
  const std::string from = options.admin ? "/admin/tokens" : target(*client);
  return call_pages_and_show(
      context, {"GET", from, "list the tokens"}, "tokens", [&](const json::value& answer) {
        context.list(token_table(answer), "there are no tokens: make one with `byok token create`");
      });
}

Outcome<void> revoke(const Options& options, const Context& context) {
  // It would stand in the call's path, which logs on the way may keep.
  if (token_scope(options.id)) {
    return usage_error("this is a token's text: give its id, which `byok token list` tells");
  }
  Call call{"DELETE", fmt::format("/admin/tokens/{}", path_segment(options.id)),
            "revoke the token"};
  return call_and_show(context, call, {}, [&](const Answer& answer) {
    context.note(fmt::format("revoked the token {}", text_at(answer.json, "id")));
  });
}

}  // namespace

void add_token(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* token = app.add_subcommand("token", "A tenant's tokens: create, list, revoke");
  token->require_subcommand(1);

  CLI::App* create_command =
      token->add_subcommand("create", "Create a token, and print it this once on stdout");
  only(create_command->add_option("--scope", options->scope, "What it may (full by default)"),
       {"full", "chat", "admin"});
  create_command->add_option("--expires", options->expires, "How long it lives, such as 12h or 30d")
      ->type_name(type_names::duration)
      ->check(a_duration("12h or 30d"));
  create_command->add_option("--name", options->name, "What it is for")
      ->type_name("NAME")
      ->check(a_name());
  add_examples(
      create_command,
      {{"byok --tenant acme token create --name backend >backend.token", ""},
       {"byok --tenant acme token create --scope chat --expires 30d", ""},
       {"byok token create --scope admin --name ops", "for an operator elsewhere"}},
      "full: the tenant's own keys and all calls; chat: chats, embeddings and lists of models, for "
      "programs that others can look into; admin: everything, for every tenant.");
  when_chosen(create_command, context, options, create);

  CLI::App* list_command = token->add_subcommand("list", "List the tokens, without their text");
  list_command->add_flag("--admin", options->admin,
                         "Those of scope admin, which belong to no tenant");
  add_examples(list_command, {{"byok --tenant acme token list", ""},
                              {"byok token list --admin", "the operators' tokens"}});
  when_chosen(list_command, context, options, list);

  CLI::App* revoke_command =
      token->add_subcommand("revoke", "Have a token refused from the next request on");
  revoke_command->add_option("ID", options->id, "The token's id, tok_...")
      ->check(not_empty())
      ->type_name(type_names::token)
      ->required();
  add_examples(revoke_command, {{"byok token revoke tok_0123456789abcdef", ""}},
               "`byok token list` tells the ids.");
  when_chosen(revoke_command, context, options, revoke);

  token->group(group);
  add_examples(token,
               {{"byok --tenant acme token create --name backend", ""},
                {"byok --tenant acme token list", ""}},
               "The tenant is that of --tenant or BYOK_TENANT, else `default`.");
}

}  // namespace byok::cli
