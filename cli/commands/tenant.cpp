// byok tenant: the operator's tenants.
#include <fmt/format.h>

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include "cli/client.hpp"
#include "cli/commands/commands.hpp"
#include "cli/commands/tenant_limit.hpp"
#include "cli/commands/token_table.hpp"
#include "cli/json.hpp"
#include "cli/output.hpp"
#include "cli/prompt.hpp"
#include "cli/text.hpp"
#include "cli/values.hpp"
#include "common/help_page.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

struct Options {
  std::string id;
  bool no_global_fallback = false;
  std::string global_fallback;
  bool yes = false;
};

std::string target(const TenantId& tenant) {
  return fmt::format("/admin/tenants/{}", tenant.view());
}

Outcome<void> create(const Options& options, const Context& context) {
  auto tenant = tenant_argument(options.id);
  if (!tenant) return tenant.error();
  json::object body{{"id", tenant->view()}};
  if (options.no_global_fallback) body["globalFallback"] = false;
  Call call{"POST", "/admin/tenants", fmt::format("create the tenant {}", tenant->view())};
  return call_and_show(context, call, json::serialize(body), [&](const Answer&) {
    context.note(fmt::format("created the tenant {}", tenant->view()));
  });
}

Outcome<void> change(const Options& options, const Context& context) {
  auto tenant = tenant_argument(options.id);
  if (!tenant) return tenant.error();
  const json::object body{{"globalFallback", options.global_fallback == "yes"}};
  Call call{"PATCH", target(*tenant), fmt::format("change the tenant {}", tenant->view())};
  return call_and_show(context, call, json::serialize(body), [&](const Answer& answer) {
    const bool may = text_at(answer.json, "globalFallback") == "true";
    context.note(fmt::format("the tenant {} {} the operator's own keys", tenant->view(),
                             may ? "may use" : "never uses"));
  });
}

Outcome<void> list(const Options&, const Context& context) {
  Call call{"GET", "/admin/tenants", "list the tenants"};
  return call_pages_and_show(context, call, "tenants", [&](const json::value& answer) {
    Table table{{"TENANT", "CREATED", "GLOBAL FALLBACK"}, {}};
    for (const auto& tenant : list_at(answer, "tenants")) {
      table.rows.push_back(
          {text_at(tenant, "id"), text_at(tenant, "createdAt"), text_at(tenant, "globalFallback")});
    }
    context.list(table, "there are no tenants");
  });
}

void print_tenant(const Context& context, const json::value& tenant) {
  print(fmt::format("{}, created {}, global fallback {}\n{}\n\n",
                    on_one_line(text_at(tenant, "id")), on_one_line(text_at(tenant, "createdAt")),
                    on_one_line(text_at(tenant, "globalFallback")),
                    on_one_line(limits_in_words(tenant))));
  Table keys{{"PROVIDER", "SET", "ROTATED", "DEK VERSION"}, {}};
  for (const auto& key : list_at(tenant, "providers")) {
    keys.rows.push_back({text_at(key, "provider"), text_at(key, "setAt"), text_at(key, "rotatedAt"),
                         text_at(key, "dekVersion")});
  }
  context.list(keys, "no keys");
  print("\n");
  context.list(token_table(tenant), "no tokens");
}

Outcome<void> show(const Options& options, const Context& context) {
  auto tenant = tenant_argument(options.id);
  if (!tenant) return tenant.error();
  Call call{"GET", target(*tenant), fmt::format("show the tenant {}", tenant->view())};
  return call_pages_and_show(context, call, "tokens",
                             [&](const json::value& answer) { print_tenant(context, answer); });
}

Outcome<void> remove(const Options& options, const Context& context) {
  auto tenant = tenant_argument(options.id);
  if (!tenant) return tenant.error();
  if (!options.yes) {
    auto consent = confirm(
        fmt::format("Delete the tenant {} with all its keys and tokens?", tenant->view()), "-y");
    if (!consent) return consent;
  }
  Call call{"DELETE", target(*tenant), fmt::format("delete the tenant {}", tenant->view())};
  return call_and_show(context, call, {}, [&](const Answer&) {
    context.note(fmt::format("deleted the tenant {}", tenant->view()));
  });
}

}  // namespace

void add_tenant(CLI::App& app, Context& context, const char* group) {
  auto options = std::make_shared<Options>();
  CLI::App* tenant =
      app.add_subcommand("tenant", "Tenants: create, list, show, set, limit, delete");
  tenant->require_subcommand(1);
  const auto add_id = [&options](CLI::App* command) {
    command->add_option("ID", options->id, "The tenant")->type_name(type_names::tenant)->required();
  };

  CLI::App* create_command = tenant->add_subcommand("create", "Create a tenant");
  create_command->add_option("ID", options->id, "1 to 63 of a-z, 0-9, . _ -")->required();
  create_command->add_flag("--no-global-fallback", options->no_global_fallback,
                           "Never use the operator's own keys for this tenant");
  add_examples(create_command, {{"byok tenant create acme", ""},
                                {"byok tenant create acme --no-global-fallback", ""}});
  when_chosen(create_command, context, options, create);

  CLI::App* list_command = tenant->add_subcommand("list", "List all tenants");
  add_examples(list_command, {{"byok tenant list", ""}, {"byok --json tenant list", ""}});
  when_chosen(list_command, context, options, list);

  CLI::App* show_command = tenant->add_subcommand("show", "Show one tenant's keys and tokens");
  add_id(show_command);
  add_examples(show_command, {{"byok tenant show acme", ""}},
               "Of keys it shows no part, and of tokens no text.");
  when_chosen(show_command, context, options, show);

  CLI::App* set_command = tenant->add_subcommand("set", "Change what a tenant may");
  add_id(set_command);
  only(
      set_command->add_option("--global-fallback", options->global_fallback,
                              "Whether calls without a key of the tenant's use the operator's own"),
      {"yes", "no"})
      ->required();
  add_examples(set_command, {{"byok tenant set acme --global-fallback no", ""}});
  when_chosen(set_command, context, options, change);

  add_tenant_limit(*tenant, context);

  CLI::App* delete_command =
      tenant->add_subcommand("delete", "Delete a tenant, its keys and its tokens for good");
  add_id(delete_command);
  delete_command->add_flag("-y,--yes", options->yes, "Do not ask");
  add_examples(delete_command, {{"byok tenant delete acme", "asks first"},
                                {"byok tenant delete acme -y", "where nobody can be asked"}});
  when_chosen(delete_command, context, options, remove);

  tenant->group(group);
  add_examples(tenant, {{"byok tenant create acme", ""}, {"byok tenant list", ""}});
}

}  // namespace byok::cli
