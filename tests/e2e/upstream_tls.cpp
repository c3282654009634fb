// TLS to providers: the name and the chain are verified, and no key goes where they do not fit.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

struct Outcome {
  Response response;
  std::size_t calls;
};

Outcome chat_over(const std::string& kind, bool trusted) {
  FakeProvider fake({kind});
  std::vector<std::string> settings{"provider.openai.base_url=" + fake.tls_base_url(kind)};
  if (trusted) settings.push_back("provider.openai.ca_file=" + fake.ca_file());
  World world(settings);
  Tenant tenant = world.make_tenant("acme");
  world.put_key(tenant, "openai", make_key("sk-proj-"));
  Response response = world.ask(tenant.token, "POST", "/ai/chat", chat_body("gpt-4o", "over TLS"));
  return {response, fake.calls().size()};
}

}  // namespace

TEST_CASE("a certificate of the provider's own authority is accepted") {
  Outcome outcome = chat_over("valid", true);
  CAPTURE(outcome.response.body);
  CHECK(outcome.response.status == 200);
  CHECK(outcome.response.text("text") == "fake reply to: over TLS");
}

TEST_CASE("a certificate that does not fit is refused before the key is sent") {
  struct Case {
    const char* kind;
    bool trusted;
  };
  for (const Case& c : {Case{"valid", false}, Case{"expired", true}, Case{"wrong-host", true},
                        Case{"self-signed", true}}) {
    CAPTURE(c.kind);
    Outcome outcome = chat_over(c.kind, c.trusted);
    CAPTURE(outcome.response.body);
    CHECK(outcome.response.status == 502);
    CHECK(outcome.response.text("error") == "PROVIDER_UNREACHABLE");
    CHECK(outcome.calls == 0);
  }
}
