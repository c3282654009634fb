// Writes the seeds that are no text, or that only our own encoders can make: make_corpus FOLDER
// makes FOLDER/TARGET/SEED, the same bytes each time.
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <string>
#include <string_view>

#include "common/encoding.hpp"
#include "common/token.hpp"
#include "daemon/audit/chain.hpp"
#include "daemon/backup/stream.hpp"
#include "tests/fuzz/coded.hpp"
#include "tests/fuzz/known_records.hpp"
#include "tests/fuzz/repeatable_random.hpp"

using namespace byok;

namespace {

class Corpus {
 public:
  explicit Corpus(std::filesystem::path folder) : folder_(std::move(folder)) {}

  void write(const std::string& name, std::string_view bytes) {
    std::filesystem::create_directories((folder_ / name).parent_path());
    std::ofstream file(folder_ / name, std::ios::binary | std::ios::trunc);
    file.write(bytes.data(), static_cast<std::streamsize>(bytes.size()));
    file.close();
    if (!file) throw std::runtime_error("cannot write " + (folder_ / name).string());
    ++count_;
  }
  int count() const { return count_; }

 private:
  std::filesystem::path folder_;
  int count_ = 0;
};

void write_records(Corpus& corpus) {
  const fuzz::KnownRecords known;
  store::TokenRecord token;
  token.id = "tok_0123456789abcdef";
  token.name = "ci";
  token.tenant = known.place.tenant;
  corpus.write("records/tenant", known.tenant);
  corpus.write("records/token", encode(token));
  corpus.write("records/state", encode(store::KeyState{1'700'000'000, store::KeyStatus::rejected}));
  corpus.write("records/usage_row",
               encode(store::UsageRow{19'000, known.place.provider, "gpt-4o"}));
  corpus.write("records/usage_counts", encode(store::UsageCounts{1, 2, 3, 4}));
  corpus.write("records/wrapped", known.wrapped);
  corpus.write("records/sealed", known.sealed);
  corpus.write("records/authenticated", known.authenticated);
  std::string older = known.sealed;
  older[5] = static_cast<char>(vault::Algorithm::sha512);
  corpus.write("records/older_algorithm", older);
}

// LMDB's two meta pages, as data_file.cpp draws them.
void write_data_files(Corpus& corpus) {
  constexpr std::size_t page_size = 512;
  std::string file(2 * page_size, '\0');
  const auto put = [&file](std::size_t at, auto value) {
    std::memcpy(file.data() + at, &value, sizeof value);
  };
  for (const std::size_t page : {std::size_t{0}, page_size}) {
    put(page + 10, std::uint16_t{0x08});
    put(page + 16, std::uint32_t{0xbeefc0de});
    put(page + 20, std::uint32_t{1});
    put(page + 40, static_cast<std::uint32_t>(page_size));
    put(page + 136, std::uint64_t{1 + page / page_size});
    put(page + 144, std::uint64_t{page / page_size});
  }
  corpus.write("data_file/whole", "\x08" + file);
  corpus.write("data_file/short", std::string(1, '\0') + file);
}

std::string backup_of(std::string_view file) {
  fuzz::repeat_random();
  backup::Writer writer(std::string(32, 'k'), {{'d'}, 7, 1'700'000'000, file.size()});
  const backup::Writer::Frame frame = writer.chunk(file);
  std::string out = writer.header();
  out.append(frame.size).append(file).append(crypto::view(frame.mac));
  return out + writer.end();
}

// The first byte is what the target reads of it, the second one the cut.
void write_backups(Corpus& corpus) {
  const std::string stream = backup_of(std::string(60, 'f'));
  corpus.write("backup/whole", std::string("\0\x3f", 2) + stream);
  corpus.write("backup/cut_short", std::string("\0\x3f", 2) + stream.substr(0, stream.size() - 36));
  corpus.write("backup/header", std::string("\0\0", 2) + stream.substr(0, backup::header_size));
  corpus.write("backup/signed", std::string("\x01\x10", 2) + std::string(80, 'f'));
  corpus.write("backup/written", std::string("\x02\x10", 2) + std::string(300, 'f'));
}

void write_coded(Corpus& corpus) {
  const std::string text = R"({"usage":{"prompt_tokens":9,"completion_tokens":12}})";
  for (std::size_t i = 0; i < fuzz::codings.size(); ++i) {
    const std::string name = "content_coding/" + std::string(fuzz::codings[i]);
    const std::string begin = {static_cast<char>(i), '\x07'};
    const std::string once = fuzz::coded(fuzz::codings[i], text);
    corpus.write(name, begin + once);
    corpus.write(name + "_twice", begin + once + once);
    corpus.write(name + "_followed", begin + once + "x" + once);
    corpus.write(name + "_bomb", begin + fuzz::coded(fuzz::codings[i], std::string(8 << 20, 'z')));
  }
  const std::string wrapped = fuzz::coded("deflate", text);
  corpus.write("content_coding/bare_deflate",
               std::string("\x01\x07", 2) + wrapped.substr(2, wrapped.size() - 6));
}

// Under another key than the target's, to whom every line is foreign. Its last bytes are what it
// goes by: any bytes, read as a file.
void write_log(Corpus& corpus) {
  const audit::Chain chain(std::string(32, 'x'));
  const audit::Actor actor{"tok_0123456789abcdef", "127.0.0.1", "req_1"};
  audit::Head head;
  std::string lines;
  for (int i = 0; i < 3; ++i) {
    chain.append(lines, head, {audit::Record::Kind::change, "key.set", actor, {{"tenant", "acme"}}},
                 "done");
  }
  chain.append(lines, head, audit::continuation(head, "/var/lib/byok/audit.log.0000"), {});
  // The time in it would make it another file each time.
  for (std::size_t at = 0; (at = lines.find("\"time\":\"", at)) != lines.npos; ++at) {
    lines.replace(at + 8, 24, "2026-06-20T12:00:00.123Z");
  }
  // So would the MACs, which cover the time.
  for (std::size_t at = 0; (at = lines.find("Mac\":\"", at)) != lines.npos; ++at) {
    lines.replace(at + 6, 64, std::string(64, 'b'));
  }
  for (std::size_t at = 0; (at = lines.find("\"mac\":\"", at)) != lines.npos; ++at) {
    lines.replace(at + 7, 64, std::string(64, 'a'));
  }
  corpus.write("audit/lines", "\\z" + lines + std::string("\x05\0", 2));
  corpus.write("audit/two_files", lines.substr(0, 290) + "\\z" + lines + std::string("\x05\0", 2));
  corpus.write("audit/written", lines + std::string(40, '\x55'));
}

void write_names(Corpus& corpus) {
  fuzz::repeat_random();
  for (const Scope scope : {Scope::full, Scope::chat, Scope::admin}) {
    corpus.write("names/token_" + std::string(scope_name(scope)), make_token(scope).reveal());
  }
  corpus.write("names/base64", to_base64("thirty-two bytes of a root key.."));
}

}  // namespace

int main(int count, char** words) {
  if (count != 2) {
    std::cerr << "usage: make_corpus FOLDER\n";
    return 2;
  }
  try {
    Corpus corpus(words[1]);
    write_records(corpus);
    write_data_files(corpus);
    write_backups(corpus);
    write_coded(corpus);
    write_log(corpus);
    write_names(corpus);
    std::cout << corpus.count() << " seeds made\n";
  } catch (const std::exception& error) {
    std::cerr << "make_corpus: " << error.what() << '\n';
    return 1;
  }
}
