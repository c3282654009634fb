// What pages of other origins are told, so that browsers let them call byokd: the CORS protocol of
// the Fetch standard. A page shows who it is by a token; what a browser adds by itself (cookies,
// client certificates) is never asked for.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "common/http1/message.hpp"

namespace byok::http {

// What an answer says of who may read it.
struct CrossOrigin {
  bool depends = false;     // another origin would be told something else
  std::string_view origin;  // who may; empty: nobody
};

// Of the answer to `head`, where pages of `origins` may call. Holds a view into `origins`.
CrossOrigin cross_origin_of(const std::vector<std::string>& origins,
                            const http1::RequestHead& head);

// Appends its header lines to those of an answer.
void append_cross_origin(std::string& fields, const CrossOrigin& told);

// Whether a browser asks what a page may send, before it sends it.
bool is_preflight(const http1::RequestHead& head);

// The header lines of the answer to that, besides those of append_cross_origin().
extern const std::string_view preflight_fields;

}  // namespace byok::http
