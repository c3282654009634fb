#include "tests/support/harness/desync_corpus.hpp"

#include <yaml-cpp/yaml.h>

#include <cstdlib>
#include <filesystem>

#include "tests/support/wire/http.hpp"

namespace byok::testing {
namespace {

const char* corpora() { return std::getenv("BYOK_CORPORA"); }

std::string text_of(const YAML::Node& node) {
  return node.IsDefined() && !node.IsNull() ? node.as<std::string>() : std::string();
}

std::string trim(const std::string& text) {
  std::size_t begin = text.find_first_not_of(" \t");
  if (begin == text.npos) return "";
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

DesyncCase case_of(const YAML::Node& node) {
  DesyncCase out;
  out.name = text_of(node["name"]);
  out.tier = text_of(node["expected"]["tier"]);
  out.method = text_of(node["method"]);
  out.target = text_of(node["uri"]);
  out.head = out.method + " " + out.target + " " + text_of(node["version"]) + "\r\n";
  bool has_host = false;
  for (const YAML::Node& header : node["headers"]) {
    const std::string name = text_of(header["name"]);
    const std::string value = text_of(header["value"]);
    out.head += name + ": " + value + "\r\n";
    has_host = has_host || same_name(name, "host");
    if (same_name(name, "transfer-encoding")) {
      out.transfer_codings.push_back(trim(value));
      out.body = "0\r\n\r\n";
    } else if (same_name(name, "content-length")) {
      // Lengths that no buffer could hold are among the cases.
      const std::string digits = trim(value);
      if (digits.size() <= 7)
        out.body.assign(static_cast<std::size_t>(std::atoi(digits.c_str())), 'x');
    }
  }
  if (!has_host) out.head += "Host: localhost\r\n";
  out.head += "\r\n";
  return out;
}

}  // namespace

bool has_desync_corpus() { return corpora() != nullptr; }

std::vector<DesyncCase> desync_cases() {
  std::vector<DesyncCase> out;
  const std::filesystem::path folder = std::filesystem::path(corpora()) / "http-desync";
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.path().extension() != ".yaml") continue;
    for (const YAML::Node& node : YAML::LoadFile(entry.path().string())) {
      out.push_back(case_of(node));
    }
  }
  return out;
}

}  // namespace byok::testing
