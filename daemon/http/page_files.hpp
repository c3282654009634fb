// What byokd serves to browsers, embedded by the build: the API's description, and the settings
// page with its files.
#pragma once

#include <string_view>

namespace byok::http {

struct PageFile {
  std::string_view name;  // settings.css
  std::string_view type;  // of its content, as the header says it
  std::string_view etag;  // with its quotes; another where the text is
  std::string_view text;
};

// Null where there is no such file.
const PageFile* find_page_file(std::string_view name);

}  // namespace byok::http
