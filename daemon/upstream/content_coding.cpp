#include "daemon/upstream/content_coding.hpp"

#include <brotli/decode.h>
#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <array>
#include <new>

#include "common/handle.hpp"
#include "common/http1/message.hpp"

namespace byok::upstream {
namespace {

constexpr std::size_t stretch = 16 * 1024;

class Inflater final : public Decoder {
 public:
  // zlib tells gzip (RFC 1952) and zlib's own format (RFC 1950) apart by itself.
  Inflater() { open(MAX_WBITS + 32); }
  ~Inflater() override { inflateEnd(&stream_); }
  Inflater(const Inflater&) = delete;
  Inflater& operator=(const Inflater&) = delete;

 private:
  void open(int window_bits) {
    if (inflateInit2(&stream_, window_bits) != Z_OK) throw std::bad_alloc();
  }

  bool decode(std::string_view bytes, const Sink& sink) override {
    if (bytes.empty() || is_over(bytes.front())) return true;
    if (first_ && !is_wrapped(bytes.front())) {
      inflateEnd(&stream_);
      stream_ = {};
      open(-MAX_WBITS);
    }
    is_gzip_ = first_ ? bytes.front() == gzip_mark : is_gzip_;
    first_ = false;
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    std::array<char, stretch> out;
    while (!ended_) {
      stream_.next_out = reinterpret_cast<Bytef*>(out.data());
      stream_.avail_out = out.size();
      const int outcome = inflate(&stream_, Z_NO_FLUSH);
      if (outcome != Z_OK && outcome != Z_STREAM_END && outcome != Z_BUF_ERROR) return false;
      ended_ = outcome == Z_STREAM_END;
      const std::size_t made = out.size() - stream_.avail_out;
      if (made > 0 && !sink({out.data(), made})) return false;
      if (stream_.avail_in > 0 && is_over(static_cast<char>(*stream_.next_in))) break;
      if (!ended_ && made < out.size() && stream_.avail_in == 0) break;
    }
    return true;
  }

  // Whether `byte`, the next one, stands behind the end of all. Several members may follow each
  // other in gzip (RFC 1952 section 2.2), but none behind anything else.
  bool is_over(char byte) {
    if (!ended_ || over_) return over_;
    over_ = !is_gzip_ || byte != gzip_mark || inflateReset(&stream_) != Z_OK;
    ended_ = over_;
    return over_;
  }

  // The first byte of gzip is 0x1f; of zlib's format it names the method, 8, and a window of at
  // most 32 KiB.
  static bool is_wrapped(char byte) {
    const auto first = static_cast<unsigned char>(byte);
    return byte == gzip_mark || ((first & 0x0f) == 8 && (first >> 4) <= 7);
  }

  static constexpr char gzip_mark = 0x1f;

  z_stream stream_{};
  bool is_gzip_ = false;
  bool first_ = true;
  bool ended_ = false;  // the member
  bool over_ = false;   // and no other followed
};

class Unbrotli final : public Decoder {
 public:
  Unbrotli() : state_(BrotliDecoderCreateInstance(nullptr, nullptr, nullptr)) {
    if (!state_) throw std::bad_alloc();
  }

 private:
  bool decode(std::string_view bytes, const Sink& sink) override {
    const auto* next = reinterpret_cast<const std::uint8_t*>(bytes.data());
    std::size_t left = bytes.size();
    for (;;) {
      std::size_t no_room = 0;
      std::uint8_t* nowhere = nullptr;
      const BrotliDecoderResult outcome =
          BrotliDecoderDecompressStream(state_.get(), &left, &next, &no_room, &nowhere, nullptr);
      if (outcome == BROTLI_DECODER_RESULT_ERROR) return false;
      std::size_t made = 0;
      const std::uint8_t* out = BrotliDecoderTakeOutput(state_.get(), &made);
      if (made > 0 && !sink({reinterpret_cast<const char*>(out), made})) return false;
      if (outcome != BROTLI_DECODER_RESULT_NEEDS_MORE_OUTPUT) return true;
    }
  }

  Handle<BrotliDecoderState, BrotliDecoderDestroyInstance> state_;
};

class Unzstd final : public Decoder {
 public:
  Unzstd() : state_(ZSTD_createDCtx()) {
    if (!state_) throw std::bad_alloc();
    // What RFC 8878 section 3.1.1.1.2 has every decoder support; more is a provider's odd wish.
    constexpr int most_window_bits = 23;
    ZSTD_DCtx_setParameter(state_.get(), ZSTD_d_windowLogMax, most_window_bits);
  }

 private:
  bool decode(std::string_view bytes, const Sink& sink) override {
    ZSTD_inBuffer in{bytes.data(), bytes.size(), 0};
    std::array<char, stretch> room;
    for (bool more = true; more;) {
      ZSTD_outBuffer out{room.data(), room.size(), 0};
      if (ZSTD_isError(ZSTD_decompressStream(state_.get(), &out, &in))) return false;
      if (out.pos > 0 && !sink({room.data(), out.pos})) return false;
      more = in.pos < in.size || out.pos == out.size;
    }
    return true;
  }

  Handle<ZSTD_DCtx, ZSTD_freeDCtx> state_;
};

}  // namespace

std::unique_ptr<Decoder> Decoder::make(std::string_view content_encoding) {
  const auto is = [content_encoding](std::string_view name) {
    return http1::equal_ignoring_case(content_encoding, name);
  };
  if (is("gzip") || is("x-gzip") || is("deflate")) return std::make_unique<Inflater>();
  if (is("br")) return std::make_unique<Unbrotli>();
  if (is("zstd")) return std::make_unique<Unzstd>();
  return nullptr;
}

bool Decoder::feed(std::string_view bytes, const Sink& sink) {
  broken_ = broken_ || !decode(bytes, sink);
  return !broken_;
}

std::string decoded_beginning(std::string_view content_encoding, std::string_view bytes,
                              std::size_t limit) {
  std::string text;
  std::unique_ptr<Decoder> decoder = Decoder::make(content_encoding);
  if (!decoder) return text;
  decoder->feed(bytes, [&](std::string_view made) {
    text += made.substr(0, limit - std::min(limit, text.size()));
    return text.size() < limit;
  });
  return text;
}

}  // namespace byok::upstream
