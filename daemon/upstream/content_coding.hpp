// Content codings (RFC 9110 section 8.4.1) of answers that byokd looks into while they go by.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace byok::upstream {

class Decoder {
 public:
  // For the value of Content-Encoding: gzip, deflate (RFC 1950, or bare as some send it), br, zstd.
  // Null where that is another one, or more than one.
  static std::unique_ptr<Decoder> make(std::string_view content_encoding);
  virtual ~Decoder() = default;

  // Whether to go on: a few bytes may decode to very many.
  using Sink = std::function<bool(std::string_view)>;

  // Gives what the next bytes decode to, by stretches. False, from then on, where they are not in
  // that coding, or the sink has had enough.
  bool feed(std::string_view bytes, const Sink& sink);

 protected:
  // As feed(); what follows the coded text's end is ignored.
  virtual bool decode(std::string_view bytes, const Sink& sink) = 0;

 private:
  bool broken_ = false;
};

// The beginning of a coded text, as far as it could be decoded, and no more than `limit` bytes.
std::string decoded_beginning(std::string_view content_encoding, std::string_view bytes,
                              std::size_t limit);

}  // namespace byok::upstream
