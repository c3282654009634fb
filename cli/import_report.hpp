// The answers of POST /admin/import, one JSON object a line, as they come.
#pragma once

#include <boost/json/value.hpp>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "cli/lines.hpp"

namespace byok::cli {

class ImportReport {
 public:
  // Called with each new token's text and its tenant, and for each line that was not taken with its
  // error's code and one sentence.
  struct Listener {
    std::function<void(std::string_view tenant, std::string_view token)> on_token;
    std::function<void(std::string_view code, std::string_view sentence)> on_failure;
    // Called with each answer, after these; may be empty.
    std::function<void(const boost::json::value& answer)> on_answer = {};
  };
  explicit ImportReport(Listener listener) : listener_(std::move(listener)) {}

  // The next bytes of the answer, cut anywhere.
  void take(std::string_view piece);
  // The answer has ended, as a whole or not: what follows its last line break is a line too, but
  // for half a line of an answer that broke off.
  void finish(bool whole);

  std::uint64_t done() const { return done_; }
  std::uint64_t failed() const { return failed_; }
  // The number of the last line that was answered; 0 for none.
  std::uint64_t last_line() const { return last_line_; }
  std::uint64_t new_tokens() const { return new_tokens_; }
  // Named tokens that were there already, and whose text is therefore not told.
  std::uint64_t old_tokens() const { return old_tokens_; }

 private:
  void take_line(std::string_view line);
  void take_answer(const boost::json::value& answer);

  Listener listener_;
  Lines lines_;
  std::uint64_t done_ = 0;
  std::uint64_t failed_ = 0;
  std::uint64_t last_line_ = 0;
  std::uint64_t new_tokens_ = 0;
  std::uint64_t old_tokens_ = 0;
};

}  // namespace byok::cli
