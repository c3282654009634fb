#include "daemon/config.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <string_view>
#include <thread>
#include <utility>

#include "daemon/config_source.hpp"
#include "daemon/config_table.hpp"

namespace byok::daemon {
namespace {

// Settings in the making, and all that was wrong on the way.
class Loader {
 public:
  Loader(const Paths& paths, const Environment& environment) : environment_(environment) {
    put_defaults(settings_);
    settings_.state_dir = paths.state_dir;
    settings_.root_key_file = std::filesystem::path(paths.config_dir) / "root.key";
    settings_.workers = std::max(1U, std::thread::hardware_concurrency());
    settings_.log.format = isatty(STDERR_FILENO) == 1 ? LogFormat::text : LogFormat::json;
  }

  // Layers come weakest first.
  void add_layer(const std::vector<Assignment>& layer, const std::filesystem::path& folder) {
    std::vector<ModelRoute> weaker = std::exchange(settings_.models, {});
    for (const Assignment& assignment : layer) put(assignment, folder);
    for (ModelRoute& route : weaker) {
      auto same = [&](const ModelRoute& other) { return other.pattern == route.pattern; };
      auto& models = settings_.models;
      if (std::none_of(models.begin(), models.end(), same)) models.push_back(std::move(route));
    }
  }

  void complain(std::string problem) { problems_.push_back(std::move(problem)); }

  ReadSettings finish(const Paths& paths) {
    // A person without a runtime folder has the socket in the state folder, wherever that lies.
    bool in_state_dir = paths.runtime_dir == paths.state_dir;
    std::string folder = in_state_dir ? settings_.state_dir.native() : paths.runtime_dir;
    if (settings_.listen.empty()) {
      Value value =
          std::vector<std::string>{"unix:" + socket_path(folder), "http://127.0.0.1:8484"};
      const bool refused = settings_.places.contains("listen");
      if (!refused) put({"listen", std::move(value), "the default"}, {});
    }
    if (settings_.audit_file.empty()) settings_.audit_file = settings_.state_dir / "audit.log";
    check_listeners();
    check_public_url();
    check_tls();
    check_providers();
    check_audit_file();
    return {std::move(settings_), std::move(problems_)};
  }

 private:
  void put(const Assignment& assignment, const std::filesystem::path& folder) {
    const std::string& name = assignment.name;
    Match match = find_setting(name);
    if (match.row == nullptr) {
      if (is_later_setting(name)) {
        complain(
            fmt::format("{}: this version has no {} yet: take it out", assignment.place, name));
      } else if (!is_setting_group(name)) {
        complain(fmt::format("{}: there is no setting {}: did you mean {}?", assignment.place, name,
                             nearest_setting(name)));
      } else if (!std::holds_alternative<EmptyTable>(assignment.value)) {
        complain(fmt::format("{}: {} is a group of settings, such as {}", assignment.place, name,
                             nearest_setting(name + ".")));
      }
      return;
    }
    const Target target{settings_, match.part, folder, environment_, false};
    settings_.places.insert_or_assign(name, assignment.place);
    if (Result<void> done = match.row->put(target, assignment.value); !done) {
      complain(fmt::format("{}: {} {}", assignment.place, name, done.error().message()));
    }
  }

  void check_tls() {
    const TlsSettings& tls = settings_.tls;
    if (listens_over_tls(settings_)) {
      const std::string place = place_of(settings_, "listen");
      if (tls.cert.empty() && !settings_.places.contains("tls.cert")) {
        complain(place + "listen: https:// needs a certificate: set tls.cert to its PEM file");
      }
      if (tls.key.empty() && !settings_.places.contains("tls.key")) {
        complain(place +
                 "listen: https:// needs the certificate's key: set tls.key to its PEM file");
      }
    } else if (tls != TlsSettings()) {
      complain("tls: no listener would use it: add an https:// address to listen, or take tls out");
    }
    if (!tls.client_map.empty() && tls.client_ca.empty() &&
        !settings_.places.contains("tls.client_ca")) {
      complain(
          "tls.client_map: no client certificate is asked for: set tls.client_ca to the PEM file "
          "of who signs them");
    }
  }

  void check_listeners() {
    for (const ListenAddress& address : settings_.metrics_listen) {
      if (address.kind == ListenAddress::Kind::https) continue;
      if (is_local(address) || settings_.allow_plaintext) continue;
      complain(
          fmt::format("metrics_listen: {} would show the metrics to the network, in the clear: "
                      "listen on https://, or on a loopback address, or set "
                      "allow_plaintext = true",
                      to_string(address)));
    }
    for (const ListenAddress& address : settings_.listen) {
      if (address.kind == ListenAddress::Kind::https) continue;
      if (is_local(address) || settings_.allow_plaintext) continue;
      complain(
          fmt::format("{}listen: {} would send keys and tokens over the network in the clear: "
                      "listen on https://, or on a loopback address behind a TLS proxy, or set "
                      "allow_plaintext = true",
                      place_of(settings_, "listen"), to_string(address)));
    }
  }

  void check_public_url() {
    const std::string& url = settings_.public_url;
    if (!url.starts_with("http://") || settings_.allow_plaintext || is_loopback_url(url)) return;
    complain(
        fmt::format("{}public_url: keys handed over at {} would cross the network in the clear: "
                    "put a TLS proxy before byokd and write https://, or set "
                    "allow_plaintext = true",
                    place_of(settings_, "public_url"), url));
  }

  void check_providers() {
    std::vector<ProviderId> wrong;
    for (const ProviderSetting& provider : settings_.providers) {
      std::string_view name = provider.id.view();
      const std::size_t problems_before = problems_.size();
      auto was_set = [&](std::string_view part) {
        return settings_.places.contains(fmt::format("provider.{}.{}", name, part));
      };
      if (provider.base_url.empty() && !was_set("base_url")) {
        complain(fmt::format("{1}provider.{0}: set provider.{0}.base_url too", name,
                             any_place_of_provider(name)));
      }
      if (provider.format.empty() && !was_set("format")) {
        complain(
            fmt::format("{1}provider.{0}: set provider.{0}.format too, to \"openai\", "
                        "\"anthropic\" or \"gemini\"",
                        name, any_place_of_provider(name)));
      }
      if (!provider.ca_file.empty() && access(provider.ca_file.c_str(), R_OK) != 0) {
        const std::string setting = fmt::format("provider.{}.ca_file", name);
        complain(fmt::format("{}{}: the file that it names cannot be read",
                             place_of(settings_, setting), setting));
      }
      const bool complete = !provider.base_url.empty() && !provider.format.empty();
      if (!complete || problems_.size() > problems_before) wrong.push_back(provider.id);
    }
    check_models();
    std::erase_if(settings_.providers, [&wrong](const ProviderSetting& provider) {
      return std::ranges::find(wrong, provider.id) != wrong.end();
    });
  }

  void check_models() {
    for (const ModelRoute& route : settings_.models) {
      auto same = [&](const ProviderSetting& provider) { return provider.id == route.provider; };
      if (std::any_of(settings_.providers.begin(), settings_.providers.end(), same)) continue;
      complain(fmt::format("{}models.\"{}\": there is no provider {}: configure it as provider.{}",
                           place_of(settings_, "models." + route.pattern), route.pattern,
                           route.provider.view(), route.provider.view()));
    }
  }

  // Of one of its settings: something about it was set, or it would not be there.
  std::string any_place_of_provider(std::string_view name) const {
    const std::string start = fmt::format("provider.{}.", name);
    auto found = settings_.places.lower_bound(start);
    if (found == settings_.places.end() || !found->first.starts_with(start)) return {};
    return found->second + ": ";
  }

  // The state folder is made where it is missing; a place of the operator's own choice is not.
  void check_audit_file() {
    const std::filesystem::path folder = settings_.audit_file.parent_path();
    if (folder.lexically_normal() == settings_.state_dir.lexically_normal()) return;
    std::error_code unseen;
    const auto found = std::filesystem::status(folder, unseen).type();
    if (found == std::filesystem::file_type::not_found) {
      complain(
          fmt::format("{}audit.file: there is no folder {}, and nothing is changed without an "
                      "audit log: make it, or choose another file",
                      place_of(settings_, "audit.file"), folder.native()));
    } else if (found != std::filesystem::file_type::directory &&
               found != std::filesystem::file_type::none) {
      complain(fmt::format("{}audit.file: {} is not a folder: choose another file",
                           place_of(settings_, "audit.file"), folder.native()));
    }
  }

  const Environment& environment_;
  Settings settings_{};
  std::vector<std::string> problems_;
};

}  // namespace

std::filesystem::path config_file(const Arguments& arguments, const Paths& paths) {
  return std::filesystem::current_path() / arguments.config_file.value_or(paths.config_file);
}

Result<Settings> load_settings(const Arguments& arguments, const Environment& environment,
                               const Paths& paths) {
  ReadSettings read = read_settings(arguments, environment, paths);
  if (read.problems.empty()) return std::move(read.settings);
  return Error{Errc::bad_request, fmt::format("{}", fmt::join(read.problems, "\n"))};
}

ReadSettings read_settings(const Arguments& arguments, const Environment& environment,
                           const Paths& paths) {
  Loader loader(paths, environment);
  const std::filesystem::path here = std::filesystem::current_path();

  const std::filesystem::path file = config_file(arguments, paths);
  if (auto read = read_config_file(file); !read) {
    loader.complain(read.error().message());
  } else if (*read) {
    loader.add_layer(**read, file.parent_path());
  } else if (arguments.config_file) {
    loader.complain(fmt::format("{}: there is no such file", file.native()));
  }

  loader.add_layer(read_environment(environment), here);

  std::vector<Assignment> overrides;
  for (const std::string& text : arguments.overrides) {
    if (auto read = read_override(text); !read) {
      loader.complain(read.error().message());
    } else {
      std::move(read->begin(), read->end(), std::back_inserter(overrides));
    }
  }
  loader.add_layer(overrides, here);

  return loader.finish(paths);
}

}  // namespace byok::daemon
