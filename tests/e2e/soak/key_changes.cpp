// Customers' keys are set, replaced, re-encrypted, verified, deleted and listed while calls go on
// with them. Each change is answered before the next of that customer's begins.
#include "tests/e2e/soak/stage.hpp"

namespace byok::testing::soak {
namespace {

// One customer's key for one provider, in the hands of one thread.
struct Change {
  Customer& customer;
  Provider provider;
  Hand& hand;

  std::string path() const { return "/ai/providers/" + providers[provider].name; }
  std::string new_key() const { return make_key(providers[provider].key_prefix); }
  KeyHistory& history() const { return customer.history[provider]; }
  std::string& stored() const { return customer.keys[provider]; }

  Response ask(const std::string& method, const std::string& path, const std::string& body = "") {
    return hand.exchange(
        {.method = method, .target = path, .headers = bearer(customer.tenant.token), .body = body});
  }
  // A change after which calls are made with `key`.
  void change_to(const std::string& key, const std::string& method, const std::string& target) {
    history().begin(sha256_hex(key));
    expect(ask(method, target, key_body(key)), 200, method + " " + target);
    history().end();
    stored() = key;
  }
};

void put(Change c) { c.change_to(c.new_key(), "PUT", c.path()); }

void put_verified(Change c) { c.change_to(c.new_key(), "PUT", c.path() + "?verify=true"); }

void replace(Change c) { c.change_to(c.new_key(), "POST", c.path() + "/rotate"); }

void rotate(Change c) { expect(c.ask("POST", c.path() + "/rotate"), 200, "rotate"); }

void refuse(Change c) {
  const std::string key = make_key(providers[c.provider].key_prefix + "-bad-");
  const Response response = c.ask("PUT", c.path() + "?verify=true", key_body(key));
  expect(response, 422, "a bad key");
  expect(response.text("error") == "KEY_REJECTED", response, "a bad key");
}

void verify(Change c) {
  const Response response = c.ask("POST", c.path() + "/verify");
  expect(response, 200, "verify");
  expect(response.text("status") == "valid", response, "verify");
}

// OpenAI's are never without one, so that there is one thing that always works.
void remove_and_put(Change c) {
  if (c.provider == openai) c.provider = gemini;
  c.history().begin("");
  expect(c.ask("DELETE", c.path()), 200, "DELETE");
  c.history().end();
  expect(c.ask("DELETE", c.path()), 404, "DELETE again");
  expect(c.ask("POST", c.path() + "/rotate"), 404, "rotate without a key");
  put(c);
}

void list(Change c) {
  const Response response = c.ask("GET", "/ai/providers");
  expect(response, 200, "list");
  for (const std::string& key : c.customer.keys) {
    const std::string masked = key.substr(0, 5) + "..." + key.substr(key.size() - 3);
    expect(response.body.find(masked) != std::string::npos, response, "no " + masked);
  }
}

struct Row {
  const char* name;
  void (*act)(Change);
};
constexpr Row rows[] = {
    {"a key is set", put},
    {"a key is set if good", put_verified},
    {"a bad key is not set", refuse},
    {"a key is replaced", replace},
    {"a key is rotated", rotate},
    {"a key is verified", verify},
    {"a key is deleted and set", remove_and_put},
    {"keys are listed", list},
};

}  // namespace

std::vector<Kind> key_changes(Stage& stage) {
  std::vector<Kind> kinds;
  for (const Row& row : rows) {
    kinds.push_back({row.name, [act = row.act, &stage](Hand& hand) {
                       Customer& customer = stage.any_customer(hand);
                       const auto provider = static_cast<Provider>(hand.pick(providers.size()));
                       std::scoped_lock alone(customer.changing);
                       act({customer, provider, hand});
                     }});
  }
  return kinds;
}

}  // namespace byok::testing::soak
