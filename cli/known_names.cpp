#include "cli/known_names.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/timerfd.h>

#include <algorithm>
#include <boost/json/array.hpp>

#include "cli/client.hpp"
#include "cli/json.hpp"
#include "cli/values.hpp"
#include "common/file_descriptor.hpp"

namespace byok::cli {
namespace {

namespace json = boost::json;

// Readable after a second.
FileDescriptor start_patience() {
  FileDescriptor timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC));
  const itimerspec second{{0, 0}, {1, 0}};
  if (timer) ::timerfd_settime(timer.get(), 0, &second, nullptr);
  return timer;
}

// Reading from a pipe would wait, and take from it what the command itself is to read.
bool is_plain_file(const std::string& path) {
  struct stat found {};
  return ::stat(path.c_str(), &found) == 0 && S_ISREG(found.st_mode);
}

class Questions {
 public:
  explicit Questions(const Place& place) : patience_(start_patience()) {
    Context context;
    context.addr = place.addr;
    context.tenant = place.tenant;
    context.token_file = place.token_file;
    context.quiet = true;
    if (!patience_) return;
    if (!context.token_file.empty() && !is_plain_file(context.token_file)) return;
    // A token must not go over a network in the clear before somebody has pressed Enter.
    auto address = choose_address(context);
    if (!address || !address->is_private()) return;
    auto client = Client::open(context);
    if (!client) return;
    client_.emplace(std::move(*client));
    client_->interrupt_by(patience_.get());
  }

  std::string tenant() const { return client_ ? client_->tenant() : std::string(); }

  // The elements of `list` in the answer; null where there is no answer.
  json::value ask(const std::string& target, std::string_view list) {
    if (!client_) return {};
    auto answer = client_->call({"GET", target, "complete"});
    if (!answer) return {};
    return json::value(list_at(answer->json, list));
  }

 private:
  FileDescriptor patience_;
  std::optional<Client> client_;
};

// A candidate of each element: its member `name`, and what `describe` says of it.
template <class Describe>
void add(std::vector<Candidate>& found, const json::value& list, std::string_view name,
         Describe describe) {
  if (!list.is_array()) return;
  for (const json::value& each : list.get_array()) {
    std::string value = text_at(each, name);
    if (value != "-") found.push_back({std::move(value), describe(each)});
  }
}

std::vector<Candidate> tenants(Questions& questions, const std::string& typed) {
  std::string target = "/admin/tenants";
  if (const std::string before = id_before(typed); !before.empty()) {
    target += "?after=" + path_segment(before);
  }
  std::vector<Candidate> found;
  add(found, questions.ask(target, "tenants"), "id", [](const json::value& tenant) {
    return "since " +
           text_at(tenant, "createdAt").substr(0, std::string_view(type_names::day).size());
  });
  return found;
}

std::vector<Candidate> providers(Questions& questions) {
  const json::value known = questions.ask("/ai/catalog", "providers");
  // Those that every byokd has, where it does not tell.
  if (known.is_null()) return {{"openai", ""}, {"anthropic", ""}, {"gemini", ""}};
  std::vector<Candidate> found;
  add(found, known, "provider", [](const json::value& provider) {
    return fmt::format("speaks {}'s format", text_at(provider, "format"));
  });
  return found;
}

std::vector<Candidate> stored_providers(Questions& questions) {
  std::vector<Candidate> found;
  add(found, questions.ask("/ai/providers", "providers"), "provider",
      [](const json::value& key) { return "the key is " + text_at(key, "status"); });
  return found;
}

std::vector<Candidate> models(Questions& questions) {
  std::vector<Candidate> found;
  add(found, questions.ask("/ai/models", "models"), "id", [](const json::value& model) {
    const bool global = text_at(model, "keySource") == "global";
    return text_at(model, "provider") + (global ? ", with the operator's key" : "");
  });
  return found;
}

std::vector<Candidate> tokens(Questions& questions) {
  const auto describe = [](const json::value& token) {
    std::string name = text_at(token, "name");
    return fmt::format("{}{}scope {}", name, name.empty() ? "" : ", ", text_at(token, "scope"));
  };
  std::vector<Candidate> found;
  const std::string own = fmt::format("/admin/tenants/{}/tokens", questions.tenant());
  add(found, questions.ask(own, "tokens"), "id", describe);
  add(found, questions.ask("/admin/tokens", "tokens"), "id", describe);
  return found;
}

std::vector<Candidate> links(Questions& questions) {
  std::vector<Candidate> found;
  add(found, questions.ask("/admin/links", "links"), "id", [](const json::value& link) {
    return fmt::format("{} of {}, {}", text_at(link, "provider"), text_at(link, "tenant"),
                       text_at(link, "state"));
  });
  return found;
}

}  // namespace

std::vector<Candidate> known_names(std::string_view type, const Place& place) {
  if (type != type_names::tenant && type != type_names::provider &&
      type != type_names::stored_provider && type != type_names::model &&
      type != type_names::token && type != type_names::link) {
    return {};
  }
  Questions questions(place);
  if (type == type_names::tenant) return tenants(questions, place.typed);
  if (type == type_names::provider) return providers(questions);
  if (type == type_names::stored_provider) return stored_providers(questions);
  if (type == type_names::model) return models(questions);
  if (type == type_names::link) return links(questions);
  return tokens(questions);
}

std::string id_before(std::string_view beginning) {
  // The characters of ids in their order; a letter or a digit comes first.
  constexpr std::string_view order = "-.0123456789_abcdefghijklmnopqrstuvwxyz";
  constexpr std::size_t longest = 63;
  if (beginning.empty() || beginning.size() > longest) return {};
  std::string before(beginning);
  const std::size_t place = order.find(before.back());
  if (place == order.npos) return {};
  before.pop_back();
  // Nothing stands between an id and the same with the least character behind it.
  if (place == 0) return before;
  const char previous = order[place - 1];
  const bool is_first = before.empty();
  if (is_first && previous == '_') {
    before += '9';
  } else if (is_first && previous == '.') {
    return {};
  } else {
    before += previous;
  }
  before.resize(longest, order.back());
  return before;
}

}  // namespace byok::cli
