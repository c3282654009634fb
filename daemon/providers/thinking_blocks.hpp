// What models thought, on its way through OpenAI's messages. Anthropic's thinking blocks stand
// there as the member "thinking_blocks". They are signed: Anthropic takes them back unmodified, in
// their places, and for the model that made them alone. So two members of our own go with each
// while it is outside. Google signs calls instead: "extra_content" holds that, where its own layer
// for OpenAI's clients puts it. Clients that know OpenAI's fields alone lose both, and OpenAI's own
// helpers do: so what goes out is kept by the id of the first call, too.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "daemon/providers/chat.hpp"
#include "daemon/providers/json_read.hpp"

namespace byok::providers {

// Whether a content block is one of them.
bool is_thinking(const json::object& block);

// `block` with its place in the content.
json::object placed_thinking(json::object block, std::uint64_t place);
// The same with the model as the caller named it: so it goes out.
json::object thinking_of(json::object block, std::string_view model);

// A message's thinking blocks that `model` made, for its content to be written: as they were, and
// where they were.
class ThinkingInside {
 public:
  // `outside` may be null.
  ThinkingInside(const json::array* outside, std::string_view model);

  // Those that go in front of the content's next other block, which counts as written with that.
  std::vector<json::object> before_next();
  // Those behind the last one.
  std::vector<json::object> rest();

 private:
  struct Placed {
    std::uint64_t place;
    json::object block;
  };
  std::vector<Placed> blocks_;
  std::size_t given_ = 0;    // of `blocks_`
  std::size_t written_ = 0;  // of the content
};

// "extra_content" with Google's signature of a call, and what is in there; empty where nothing is.
json::object signed_content(std::string_view signature);
std::string_view signature_of(const json::object& call);

// Gives what ThinkingCollector::kept() was for the first call, by its id.
using RecallThinking = std::function<std::optional<std::string>(std::string_view call_id)>;

// Puts what `model` thought back into the assistant's messages of `request` that call tools and
// have lost it.
void restore_thinking(json::object& request, std::string_view model, const RecallThinking& recall);

// Collects what an answer thought before it called a tool.
class ThinkingCollector {
 public:
  explicit ThinkingCollector(std::string_view model) : model_(model) {}

  void add(const ChatAnswer& answer);
  void add(const ChatEvent& event);

  // The id of the first call; empty where there is none, or nothing was thought.
  std::string_view call_id() const {
    const bool thought = !blocks_.empty() || !signatures_.empty();
    return thought ? std::string_view(call_id_) : std::string_view();
  }
  // JSON text, for restore_thinking alone.
  std::string kept() const;

 private:
  void add_block(const json::object& block) { blocks_.push_back(thinking_of(block, model_)); }
  void add_call(const json::object& call, std::size_t place);

  std::string model_;
  std::string call_id_;
  json::array blocks_;
  json::array signatures_;  // by the place of the call; "" for those that have none
};

}  // namespace byok::providers
