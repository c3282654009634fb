// A byokd that makes links, with one tenant.
#pragma once

#include "tests/support/harness/world.hpp"

namespace byok::testing {

// One that OpenAI takes.
inline const std::string good_key = "sk-proj-0123456789abcdefghijklmnopqrstuv";

struct LinkWorld {
  World world;
  Tenant acme;

  explicit LinkWorld(std::vector<std::string> more = {})
      : world(with_links(std::move(more))), acme(world.make_tenant("acme")) {}

  Response order(const std::string& body) const {
    return world.admin("POST", "/admin/links", body);
  }
  Response admin_link(const std::string& id) const {
    return world.admin("GET", "/admin/links/" + id);
  }
  // The secret of a new link for acme's key of OpenAI.
  std::string link() const;
  // As who holds the link.
  Response get(const std::string& secret) const { return world.ask(secret, "GET", "/links"); }
  Response post(const std::string& secret, const std::string& key) const {
    return world.ask(secret, "POST", "/links", "{\"apiKey\":\"" + key + "\"}");
  }
  std::string stored_keys() const {
    return world.admin("GET", "/ai/providers", "", "acme").text("providers");
  }
  // The SHA-256 of the key that acme's calls go out with.
  std::string key_in_use() const {
    return world.ask(acme.token, "POST", "/v1/chat/completions", chat_body("gpt-4o", "hi"))
        .header("x-fake-key-sha256");
  }

 private:
  static std::vector<std::string> with_links(std::vector<std::string> settings) {
    settings.emplace_back("public_url=https://keys.example.com/byok/");
    settings.emplace_back("ui=true");
    return settings;
  }
};

// Of the answer to an order.
inline std::string secret_of(const Response& made) {
  const std::string url = made.text("url");
  return url.substr(url.find('#') + std::string_view("#link=").size());
}

inline std::string LinkWorld::link() const {
  return secret_of(order(R"({"tenant":"acme","provider":"openai"})"));
}

}  // namespace byok::testing
