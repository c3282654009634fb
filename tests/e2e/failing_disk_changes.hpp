// The changes that a failing disk is tried with, and what is to be seen of them.
#pragma once

#include <boost/json/array.hpp>
#include <boost/json/value_to.hpp>
#include <functional>
#include <map>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

inline const std::string openai = "/ai/providers/openai";

// What is to be seen of one tenant.
struct Picture {
  std::map<std::string, std::uint64_t> dek_versions;  // by provider
  std::string key_digest;                             // of the key for openai; empty: none
  std::set<std::string> tokens;                       // their ids
  friend bool operator==(const Picture&, const Picture&) = default;
};
using Pictures = std::map<std::string, Picture>;

inline std::string text_at(const boost::json::value& value, const char* name) {
  return boost::json::value_to<std::string>(value.at(name));
}

inline Picture take_picture(Connection& operators, const std::string& tenant) {
  Picture picture;
  const auto get = [&](const std::string& target) {
    const Response response = operators.exchange({.target = target});
    if (response.status != 200) throw std::runtime_error(target + ": " + response.body);
    return response.json();
  };
  const boost::json::value shown = get("/admin/tenants/" + tenant);
  for (const boost::json::value& key : shown.at("providers").as_array()) {
    picture.dek_versions[text_at(key, "provider")] =
        key.at("dekVersion").to_number<std::uint64_t>();
  }
  const boost::json::value listed = get("/admin/tenants/" + tenant + "/tokens");
  for (const boost::json::value& token : listed.at("tokens").as_array()) {
    picture.tokens.insert(text_at(token, "id"));
  }
  const Response chat = operators.exchange({.method = "POST",
                                            .target = "/v1/chat/completions",
                                            .headers = bearer("", {{"X-Byok-Tenant", tenant}}),
                                            .body = chat_body("gpt-4o", "hi")});
  if (chat.status != 200 && chat.status != 422) throw std::runtime_error(chat.body);
  picture.key_digest = chat.header("x-fake-key-sha256");
  return picture;
}

inline Pictures take_pictures(const World& world) {
  Connection operators(world.byokd.socket());
  const boost::json::value listed = operators.exchange({.target = "/admin/tenants"}).json();
  Pictures pictures;
  for (const boost::json::value& tenant : listed.at("tenants").as_array()) {
    const std::string id = text_at(tenant, "id");
    pictures[id] = take_picture(operators, id);
  }
  return pictures;
}

// Whether the change was made between the two; none: there was, or is, no such tenant.
using IsMade = std::function<bool(const Picture* before, const Picture* after)>;

struct Attempt {
  Request request;
  std::map<std::string, IsMade> changes;  // by tenant; nothing else may change
};

// --- The changes. Each prepares what it needs while the disk is whole.

inline Request of_tenant(const std::string& method, const std::string& target,
                         const std::string& body = "") {
  return {method, target, bearer("", {{"X-Byok-Tenant", "acme"}}), body};
}

inline std::string key_body(const std::string& key) { return "{\"apiKey\":\"" + key + "\"}"; }

inline IsMade has_key(const std::string& key) {
  return [digest = sha256_hex(key)](const Picture* before, const Picture* after) {
    return before && after && after->key_digest == digest && after->tokens == before->tokens &&
           after->dek_versions.size() == 1;
  };
}

// Each key is sealed anew.
inline bool is_rotated(const Picture* before, const Picture* after) {
  if (!before || !after || after->key_digest != before->key_digest) return false;
  if (after->tokens != before->tokens) return false;
  if (after->dek_versions.size() != before->dek_versions.size()) return false;
  for (const auto& [provider, version] : before->dek_versions) {
    const auto now = after->dek_versions.find(provider);
    if (now == after->dek_versions.end() || now->second <= version) return false;
  }
  return true;
}

inline void put_key(World& world) {
  const Response put = world.admin("PUT", openai, key_body(make_key("sk-")), "acme");
  if (put.status != 200) throw std::runtime_error("no key could be stored: " + put.body);
}

inline std::string new_name() { return "t" + random_text(10); }

inline Attempt set(World&) {
  const std::string key = make_key("sk-");
  return {of_tenant("PUT", openai, key_body(key)), {{"acme", has_key(key)}}};
}
inline Attempt rotate(World& world) {
  put_key(world);
  return {of_tenant("POST", openai + "/rotate"), {{"acme", is_rotated}}};
}
inline Attempt replace(World& world) {
  put_key(world);
  const std::string key = make_key("sk-");
  return {of_tenant("POST", openai + "/rotate", key_body(key)), {{"acme", has_key(key)}}};
}
inline Attempt remove_key(World& world) {
  put_key(world);
  return {of_tenant("DELETE", openai), {{"acme", [](const Picture* before, const Picture* after) {
                                           return before && after && after->key_digest.empty() &&
                                                  after->dek_versions.empty() &&
                                                  after->tokens == before->tokens;
                                         }}}};
}
inline Attempt make_tenant(World&) {
  const std::string name = new_name();
  return {{"POST", "/admin/tenants", bearer(""), "{\"id\":\"" + name + "\"}"},
          {{name, [](const Picture* before, const Picture* after) { return !before && after; }}}};
}
inline Attempt remove_tenant(World& world) {
  const std::string name = new_name();
  world.put_key(world.make_tenant(name), "openai", make_key("sk-"));
  return {{"DELETE", "/admin/tenants/" + name},
          {{name, [](const Picture* before, const Picture* after) { return before && !after; }}}};
}
inline Attempt make_token(World&) {
  return {{"POST", "/admin/tenants/acme/tokens", bearer(""), R"({"name":"new"})"},
          {{"acme", [](const Picture* before, const Picture* after) {
              return before && after && after->key_digest == before->key_digest &&
                     after->tokens.size() == before->tokens.size() + 1;
            }}}};
}
inline Attempt revoke_token(World& world) {
  const Response made = world.admin("POST", "/admin/tenants/acme/tokens", R"({"name":"old"})");
  const std::string id = made.text("id");
  return {{"DELETE", "/admin/tokens/" + id},
          {{"acme", [id](const Picture* before, const Picture* after) {
              return before && after && after->key_digest == before->key_digest &&
                     after->tokens.size() + 1 == before->tokens.size() &&
                     !after->tokens.contains(id);
            }}}};
}
inline Attempt import(World&) {
  Attempt attempt;
  attempt.request = {"POST", "/admin/import", {{"Content-Type", "application/x-ndjson"}}, ""};
  for (int i = 0; i < 3; ++i) {
    const std::string name = new_name();
    const std::string key = make_key("sk-");
    attempt.request.body += R"({"tenant":")" + name + R"(","provider":"openai","apiKey":")" + key +
                            R"(","token":{"name":"widget"}})" + "\n";
    attempt.changes[name] = [digest = sha256_hex(key)](const Picture* before,
                                                       const Picture* after) {
      return !before && after && after->key_digest == digest && after->tokens.size() == 1;
    };
  }
  return attempt;
}
inline Attempt rotate_all(World& world) {
  put_key(world);
  Attempt attempt{{"POST", "/admin/rotate", bearer(""), "{}"}, {}};
  for (const auto& [name, picture] : take_pictures(world)) {
    if (!picture.dek_versions.empty() && name != "probe") attempt.changes[name] = is_rotated;
  }
  return attempt;
}
inline Attempt compact(World& world) {
  put_key(world);
  return {{"POST", "/admin/compact"}, {}};
}

struct Operation {
  std::string_view name;
  Attempt (*prepare)(World&);
  bool usual;  // tried at the usual size, too
};

inline const Operation operations[] = {
    {"set", set, false},
    {"rotate", rotate, false},
    {"replace", replace, true},
    {"delete", remove_key, false},
    {"tenant", make_tenant, false},
    {"tenant's end", remove_tenant, false},
    {"token", make_token, false},
    {"token's end", revoke_token, false},
    {"import", import, false},
    {"rotate all", rotate_all, false},
    {"compact", compact, true},
};

}  // namespace byok::testing
