// An OpenAI client's chat with models of other providers, which byokd translates.
#pragma once

#include <boost/json/parse.hpp>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/harness/world.hpp"

namespace byok::testing {

struct TranslatedChat {
  explicit TranslatedChat(std::vector<std::string> settings = {}) : world(std::move(settings)) {
    world.put_key(tenant, "anthropic", make_key("sk-ant-"));
    world.put_key(tenant, "gemini", make_key("AQ."));
  }
  Response ask(const std::string& body) const {
    return world.ask(tenant.chat_token, "POST", "/v1/chat/completions", body);
  }
  // One call answered with `answer` by the provider.
  void answer_with(const std::string& answer) const { world.fake.script("[" + answer + "]"); }
  // The body of the last call.
  boost::json::value sent() const { return boost::json::parse(world.fake.calls().back().body); }

  World world;
  Tenant tenant = world.make_tenant("acme");
};

}  // namespace byok::testing
