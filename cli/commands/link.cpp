// byok link: links by which a customer hands over a key that the operator never sees.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
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
  std::string provider;
  std::string expires;
  std::string note;
  std::string id;
};

Outcome<void> create(const Options& options, const Context& context) {
  auto provider = provider_argument(options.provider);
  if (!provider) return provider.error();
  auto client = Client::open(context);
  if (!client) return client.error();
  json::object body{{"tenant", client->tenant()}, {"provider", provider->view()}};
  if (!options.expires.empty()) body["expires"] = options.expires;
  if (!options.note.empty()) body["note"] = well_formed(options.note);
  const Call call{
      "POST", "/admin/links",
      fmt::format("create a link for the {} key of {}", provider->view(), client->tenant())};
  auto answer = client->call(call, json::serialize(body));
  if (!answer) return answer.error();
  if (auto printed = print_once(context, *answer, "link", "url"); !printed) return printed;
  if (context.json) return {};
  context.note(fmt::format(
      "id {}, tenant {}, provider {}, expires {}; the link is shown this once, and takes one key",
      text_at(answer->json, "id"), text_at(answer->json, "tenant"),
      text_at(answer->json, "provider"), text_at(answer->json, "expiresAt")));
  return {};
}

Table link_table(const json::value& answer) {
  Table table{{"LINK", "TENANT", "PROVIDER", "STATE", "CREATED", "EXPIRES", "USED", "NOTE"}, {}};
  for (const auto& link : list_at(answer, "links")) {
    table.rows.push_back({text_at(link, "id"), text_at(link, "tenant"), text_at(link, "provider"),
                          text_at(link, "state"), text_at(link, "createdAt"),
                          text_at(link, "expiresAt"), text_at(link, "usedAt"),
                          cell_at(link, "note")});
  }
  return table;
}

Outcome<void> list(const Options&, const Context& context) {
  auto tenant = choose_tenant(context);
  if (!tenant) return tenant.error();
  const std::string from =
      *tenant ? fmt::format("/admin/links?tenant={}", (*tenant)->view()) : "/admin/links";
  return call_pages_and_show(
      context, {"GET", from, "list the links"}, "links", [&](const json::value& answer) {
        context.list(link_table(answer), "there are no links: make one with `byok link create`");
      });
}

// A link or its secret would stand in the call's path, which logs on the way may keep.
Outcome<std::string> target(const std::string& id) {
  const std::size_t secret = id.rfind("byoklink_");
  if (secret != id.npos || token_scope(id)) {
    return usage_error("this is no link's id: give that, lnk_..., which `byok link list` tells");
  }
  return fmt::format("/admin/links/{}", path_segment(id));
}

Outcome<void> show(const Options& options, const Context& context) {
  auto path = target(options.id);
  if (!path) return path.error();
  return call_and_show(context, {"GET", *path, "show the link"}, {}, [](const Answer& answer) {
    print(link_table(json::object{{"links", json::array{answer.json}}}));
  });
}

Outcome<void> revoke(const Options& options, const Context& context) {
  auto path = target(options.id);
  if (!path) return path.error();
  return call_and_show(
      context, {"DELETE", *path, "revoke the link"}, {}, [&](const Answer& answer) {
        context.note(fmt::format("revoked the link {}", text_at(answer.json, "id")));
      });
}

}  // namespace

void add_link(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* link = app.add_subcommand(
      "link", "Links by which customers hand over keys: create, list, show, revoke");
  link->require_subcommand(1);
  const auto add_id = [&options](CLI::App* command) {
    command->add_option("ID", options->id, "The link's id, lnk_...")
        ->check(not_empty())
        ->type_name(type_names::link)
        ->required();
  };

  CLI::App* create_command =
      link->add_subcommand("create", "Create a link, and print it this once on stdout");
  create_command->add_option("--provider", options->provider, "Whose key it asks for")
      ->type_name(type_names::provider)
      ->required();
  create_command
      ->add_option("--expires", options->expires,
                   "How long it can be used, such as 12h (24h by default, 30d at most)")
      ->type_name(type_names::duration)
      ->check(a_duration("12h or 7d"));
  create_command->add_option("--note", options->note, "What its page says of who asks and why")
      ->type_name("TEXT")
      ->check(a_note());
  add_examples(create_command,
               {{"byok --tenant acme link create --provider openai", ""},
                {"byok --tenant acme link create --provider openai --expires 7d --note \"Example "
                 "Ltd, for your chats\"",
                 ""}},
               "Whoever opens the link first can store a key for the tenant, and nothing else: "
               "send it to the one who is to. byokd's settings public_url and ui have to be set.");
  when_chosen(create_command, context, options, create);

  CLI::App* list_command = link->add_subcommand("list", "List the links, and what became of them");
  add_examples(list_command,
               {{"byok link list", "of all tenants"}, {"byok --tenant acme link list", "of one"}});
  when_chosen(list_command, context, options, list);

  CLI::App* show_command = link->add_subcommand("show", "Tell what became of a link");
  add_id(show_command);
  add_examples(show_command, {{"byok link show lnk_0123456789abcdef", ""}});
  when_chosen(show_command, context, options, show);

  CLI::App* revoke_command =
      link->add_subcommand("revoke", "Have a link refused from the next request on");
  add_id(revoke_command);
  add_examples(revoke_command, {{"byok link revoke lnk_0123456789abcdef", ""}},
               "`byok link list` tells the ids.");
  when_chosen(revoke_command, context, options, revoke);

  link->group(group);
  add_examples(link,
               {{"byok --tenant acme link create --provider openai", ""}, {"byok link list", ""}},
               "A customer who opens the link stores a key that nobody else sees.");
}

}  // namespace byok::cli
