// What byokd serves to browsers: the settings page with its files, where the operator wants it, and
// the description of the API.
#include <doctest/doctest.h>

#include "tests/support/harness/world.hpp"

using namespace byok::testing;

namespace {

const char* const files[] = {"settings.css", "settings.js", "texts.json", "icon.svg"};

Response get(const Address& address, const std::string& target, Headers headers = {}) {
  return call(address, {.method = "GET", .target = target, .headers = std::move(headers)});
}

// A directive of the page's Content-Security-Policy, without its name.
std::string policy(const Response& page, const std::string& directive) {
  const std::string all = page.header("Content-Security-Policy");
  const std::size_t begin = all.find(directive + " ");
  if (begin == all.npos) return "missing";
  const std::size_t value = begin + directive.size() + 1;
  return all.substr(value, all.find(';', value) - value);
}

}  // namespace

TEST_CASE("the page is there where ui says so, from the next reload on, and not on a Unix socket") {
  World world;
  auto status = [&](const std::string& target) { return get(world.byokd.tcp(), target).status; };
  CHECK(status("/settings") == 404);
  CHECK(status("/settings/settings.js") == 404);
  write_file(world.byokd.folder() / "config/byokd.toml", "ui = true\n");
  REQUIRE(world.admin("POST", "/admin/reload").status == 200);
  CHECK(status("/settings") == 200);
  for (const char* file : files) CHECK(status(std::string("/settings/") + file) == 200);
  CHECK(get(world.byokd.socket(), "/settings").status == 404);
  CHECK(get(world.byokd.socket(), "/settings/settings.js").status == 404);
}

TEST_CASE("what is no file of the page is not found") {
  World world({"ui=true"});
  for (const char* target : {"/settings/", "/settings/settings.html", "/settings/openapi.json",
                             "/settings/nothing", "/settings/settings.js/x", "/settingsx",
                             "/settings/%2e%2e", "/settings/..%2fopenapi.json"}) {
    CAPTURE(target);
    const int status = get(world.byokd.tcp(), target).status;
    CHECK((status == 404 || status == 400));
  }
  const Response posted = call(world.byokd.tcp(), {.method = "POST", .target = "/settings"});
  CHECK(posted.status == 405);
  CHECK(posted.header("Allow") == "GET");
}

TEST_CASE("the page may run, load and call its own server's alone, and be in no frame") {
  World world({"ui=true"});
  const Response page = get(world.byokd.tcp(), "/settings");
  CHECK(page.header("Content-Type") == "text/html; charset=utf-8");
  CHECK(policy(page, "default-src") == "'none'");
  for (const char* kind : {"script-src", "style-src", "connect-src", "img-src"}) {
    CAPTURE(kind);
    CHECK(policy(page, kind) == "'self'");
  }
  for (const char* kind : {"form-action", "base-uri", "frame-ancestors"}) {
    CAPTURE(kind);
    CHECK(policy(page, kind) == "'none'");
  }
  CHECK(page.header("X-Frame-Options") == "DENY");
  CHECK(page.header("X-Content-Type-Options") == "nosniff");
  CHECK(page.header("Referrer-Policy") == "no-referrer");
  CHECK(page.header("Cache-Control") == "no-store");
  CHECK(page.header("Cross-Origin-Opener-Policy") == "same-origin");
  CHECK(page.has("Permissions-Policy"));
  // Nothing of it stands in the page itself, and every address is relative, for proxies that put it
  // elsewhere.
  for (const char* inside : {"<style", " style=", "javascript:", " onclick", "=\"/", "http"}) {
    CAPTURE(inside);
    CHECK(page.body.find(inside) == std::string::npos);
  }
  CHECK(page.body.find("<script type=\"module\" src=\"settings/settings.js\"></script>") !=
        std::string::npos);
}

TEST_CASE("frame_ancestors lets pages of those origins show it") {
  World world({"ui=true", R"(frame_ancestors=["https://App.Example", "http://localhost:80"])"});
  const Response page = get(world.byokd.tcp(), "/settings");
  CHECK(policy(page, "frame-ancestors") == "https://app.example http://localhost");
  CHECK_FALSE(page.has("X-Frame-Options"));
}

TEST_CASE("a file is sent again only where it is another") {
  World world({"ui=true"});
  for (const std::string target :
       {"/settings/settings.js", "/settings/texts.json", "/openapi.json"}) {
    CAPTURE(target);
    const Response first = get(world.byokd.tcp(), target);
    CHECK(first.header("Cache-Control") == "no-cache");
    CHECK(first.header("X-Content-Type-Options") == "nosniff");
    const std::string tag = first.header("ETag");
    REQUIRE(tag.size() > 2);
    for (const std::string& known : {tag, "W/" + tag, "\"other\", " + tag}) {
      const Response again = get(world.byokd.tcp(), target, {{"If-None-Match", known}});
      CHECK(again.status == 304);
      CHECK(again.body.empty());
      CHECK(again.header("ETag") == tag);
    }
    CHECK(get(world.byokd.tcp(), target, {{"If-None-Match", "\"other\""}}).body == first.body);
    Connection connection(world.byokd.tcp());
    connection.send({.method = "HEAD", .target = target});
    const Response head = connection.read(true);
    CHECK(head.status == 200);
    CHECK(head.header("Content-Length") == std::to_string(first.body.size()));
  }
}

TEST_CASE("files have types that browsers run and draw") {
  World world({"ui=true"});
  const std::pair<const char*, const char*> types[] = {
      {"settings.css", "text/css; charset=utf-8"},
      {"settings.js", "text/javascript; charset=utf-8"},
      {"texts.json", "application/json"},
      {"icon.svg", "image/svg+xml"},
  };
  for (const auto& [file, type] : types) {
    CHECK(get(world.byokd.tcp(), std::string("/settings/") + file).header("Content-Type") == type);
  }
}

TEST_CASE("anybody gets the API's description, as it is in the documentation") {
  World world;
  const Response answer = get(world.byokd.tcp(), "/openapi.json");
  CHECK(answer.status == 200);
  CHECK(answer.header("Content-Type") == "application/json");
  CHECK(answer.body == read_file(BYOK_API_DESCRIPTION));
  CHECK(get(world.byokd.socket(), "/openapi.json").body == answer.body);
  // A bad token is no reason to refuse what is for anybody.
  CHECK(world.ask("byok_nobody", "GET", "/openapi.json").status == 200);
}
