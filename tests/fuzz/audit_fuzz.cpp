// The audit log. A line of whatever content is one line of JSON in ASCII that follows the one
// before and is taken for nothing else; a log that was changed in any way does not verify; what is
// read of any file at all is what is in there.
#include <fuzzer/FuzzedDataProvider.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <filesystem>
#include <string>
#include <vector>

#include "daemon/audit/reading.hpp"
#include "tests/fuzz/support.hpp"
#include "tests/support/temp_folder.hpp"

using namespace byok;
using namespace byok::audit;
using fuzz::require;

namespace {

const Chain& chain() {
  static const Chain made("kkkkkkkkkkkkkkkkkkkkkkkkkkkkkkkk");
  return made;
}

// A log of two files, the older of which may be missing.
class Log {
 public:
  void write(const std::string& older, const std::string& newer) {
    std::filesystem::remove(aside());
    if (!older.empty()) testing::write_file(aside(), older);
    testing::write_file(file(), newer);
  }
  std::filesystem::path file() const { return folder_ / "audit.log"; }
  std::filesystem::path aside() const { return aside_name(file(), 1); }

  Verdict verify(const Head& known) const {
    Verification verification(chain(), take_snapshot(file()), known, 1);
    while (verification.step()) {
    }
    return std::move(verification).verdict();
  }

 private:
  testing::TempFolder folder_;
};

// All complete lines of a text.
std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  for (std::size_t end; (end = text.find('\n')) != text.npos; text.remove_prefix(end + 1)) {
    lines.emplace_back(text.substr(0, end));
  }
  return lines;
}

// Appends a line, of a result or, at times, of a file that goes on.
void append_line(FuzzedDataProvider& choices, std::string& text, Head& head) {
  const Head before = head;
  std::string line;
  const bool continued = choices.ConsumeIntegralInRange(0, 7) == 0;
  const std::string first = choices.ConsumeRandomLengthString(1100);
  if (continued) {
    chain().append(line, head, continuation(before, first), {});
  } else {
    const Actor actor{choices.ConsumeRandomLengthString(40), choices.ConsumeRandomLengthString(40),
                      choices.ConsumeRandomLengthString(40)};
    const Record record(Record::Kind::change, "key.set", actor,
                        {{"name", first},
                         {"count", choices.ConsumeIntegral<std::uint64_t>()},
                         {"flag", choices.ConsumeBool()}});
    chain().append(line, head, record, choices.ConsumeRandomLengthString(40));
  }
  text += line;

  require(line.ends_with('\n'));
  line.pop_back();
  require(std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; }));
  boost::system::error_code failure;
  const boost::json::value value = boost::json::parse(line, failure);
  require(!failure && value.is_object() && value.at("seq") == head.seq);
  require(peek(line) == head);
  require(decode_head(encode(head)) == head);
  const auto followed = chain().follow(before, line);
  require(followed && *followed == head);
  require(continued_behind(line) == (continued ? std::optional(before) : std::nullopt));
}

void change(FuzzedDataProvider& choices, std::string& text) {
  const std::size_t at = choices.ConsumeIntegralInRange<std::size_t>(0, text.size());
  const std::size_t size =
      std::min(choices.ConsumeIntegralInRange<std::size_t>(0, 400), text.size() - at);
  switch (choices.ConsumeIntegralInRange(0, 3)) {
    case 0:
      text.erase(at, size);
      break;
    case 1:
      text.insert(at, choices.ConsumeRandomLengthString(200));
      break;
    case 2:
      text.insert(at, text.substr(at, size));
      break;
    default:
      if (at < text.size())
        text[at] = static_cast<char>(text[at] ^ choices.ConsumeIntegral<char>());
  }
}

// With the head known, all that may follow a whole log is the beginning of a line: byokd may be
// writing it.
bool is_whole(const std::string& text, const std::string& written) {
  return text.starts_with(written) && text.find('\n', written.size()) == text.npos;
}

void check_written(FuzzedDataProvider& choices, Log& log) {
  std::string text;
  std::string older;
  Head head;
  for (int i = choices.ConsumeIntegralInRange(1, 5); i > 0; --i) {
    append_line(choices, text, head);
    if (older.empty() && choices.ConsumeIntegralInRange(0, 3) == 0) std::swap(older, text);
  }
  log.write(older, text);
  const Verdict verdict = log.verify(head);
  require(verdict.problems.empty() && verdict.head == head && verdict.lines == head.seq);

  std::string changed = text;
  for (int i = choices.ConsumeIntegralInRange(1, 3); i > 0; --i) change(choices, changed);
  log.write(older, changed);
  require(log.verify(head).problems.empty() == is_whole(changed, text));
}

void check_reading(const std::string& older, const std::string& newer, Log& log, std::size_t most) {
  log.write(older, newer);
  // None of it is signed, so every line that has an end is one too many.
  std::vector<std::string> lines = lines_of(newer);
  const bool older_empty = older.empty();
  require(log.verify({}).problems.empty() == (older_empty && lines.empty()));

  std::string seen;
  const auto behind = each_line(log.file(), [&seen](std::string_view line, bool whole) {
    seen.append(line).append(whole ? "\n" : "");
    return true;
  });
  require(seen == newer);
  require(behind == newer.size() - (newer.rfind('\n') + 1));

  std::vector<std::string> all = lines_of(older);
  all.insert(all.end(), lines.begin(), lines.end());
  if (all.size() > most) all.erase(all.begin(), all.end() - static_cast<std::ptrdiff_t>(most));
  require(tail(take_snapshot(log.file()), most) == all);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static Log log;
  FuzzedDataProvider choices(data, size);
  if (choices.ConsumeBool()) {
    check_written(choices, log);
  } else {
    const auto most = choices.ConsumeIntegralInRange<std::size_t>(0, 20);
    const std::string older = choices.ConsumeRandomLengthString(300);
    check_reading(older, choices.ConsumeRemainingBytesAsString(), log, most);
  }
  return 0;
}
