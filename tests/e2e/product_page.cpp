// Each curl of the product's page, run by curl itself, with the answers that the page prints.
#include <doctest/doctest.h>

#include <regex>

#include "tests/support/harness/process.hpp"
#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

class Page {
 public:
  World world;
  Tenant tenant = world.make_tenant("acme");

  // What curl prints, the page's host replaced by ours.
  std::string curl(const std::string& target, std::vector<std::string> options) {
    std::vector<std::string> argv{"curl", "-sS", world.byokd.url() + target, "-H",
                                  "Authorization: Bearer " + tenant.token};
    argv.insert(argv.end(), options.begin(), options.end());
    Finished finished = run(argv, world.byokd.environment());
    CHECK(finished.code == 0);
    CHECK(finished.err == "");
    return finished.out;
  }

  std::string put(const std::string& provider, const std::string& key) {
    return curl("/ai/providers/" + provider, {"-X", "PUT", "-H", "Content-Type: application/json",
                                              "-d", "{ \"apiKey\": \"" + key + "\" }"});
  }
};

bool matches(const std::string& text, const std::string& expression) {
  return std::regex_match(text, std::regex(expression));
}

const std::string time_expression = R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)";

}  // namespace

TEST_CASE("the product page's curl commands answer as the page prints") {
  Page page;

  CHECK(page.put("openai", "sk-proj-your-openai-key") == R"({"provider":"openai","stored":true})");
  CHECK(page.put("anthropic", "sk-ant-your-anthropic-key") ==
        R"({"provider":"anthropic","stored":true})");

  const std::string list = page.curl("/ai/providers", {});
  CAPTURE(list);
  CHECK(list.starts_with(R"({"providers":[)"));
  for (std::string entry : {R"(\{"provider":"openai","maskedKey":"sk-pr\.\.\.key","setAt":")",
                            R"(\{"provider":"anthropic","maskedKey":"sk-an\.\.\.key","setAt":")"}) {
    CHECK(std::regex_search(list, std::regex(entry + time_expression + "\"")));
  }
  CHECK(list.find("your-openai") == list.npos);

  const std::string rotated = page.curl("/ai/providers/openai/rotate", {"-X", "POST"});
  CAPTURE(rotated);
  CHECK(matches(rotated, R"(\{"provider":"openai","rotatedAt":")" + time_expression + R"("\})"));

  const std::string chat = R"({"model":"gpt-4o","messages":[{"role":"user","content":"Hello"}]})";
  const std::string answer =
      page.curl("/ai/chat", {"-H", "Content-Type: application/json", "-d", chat});
  CAPTURE(answer);
  CHECK(answer.starts_with(R"({"text":"fake reply to: Hello")"));

  CHECK(page.curl("/ai/providers/openai", {"-X", "DELETE"}) ==
        R"({"provider":"openai","deleted":true})");
  const std::string refused = page.curl(
      "/ai/chat", {"-H", "Content-Type: application/json", "-d", chat, "-w", " %{http_code}"});
  CAPTURE(refused);
  CHECK(refused.starts_with(R"({"error":"NO_PROVIDER_KEY")"));
  CHECK(refused.ends_with(" 422"));
}
