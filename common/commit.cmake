# Writes OUTPUT, a C++ file with the commit that SOURCE is at; leaves it alone where it says so already.
# usage: cmake -D SOURCE=FOLDER -D OUTPUT=FILE -P commit.cmake
function(git variable)
  execute_process(COMMAND git ${ARGN} WORKING_DIRECTORY ${SOURCE}
    OUTPUT_VARIABLE text RESULT_VARIABLE status ERROR_QUIET OUTPUT_STRIP_TRAILING_WHITESPACE)
  if(NOT status EQUAL 0)
    set(text "")
  endif()
  set(${variable} "${text}" PARENT_SCOPE)
endfunction()

# A look must not take the lock that somebody's commit needs.
set(ENV{GIT_OPTIONAL_LOCKS} 0)
set(commit "")
# Unpacked inside another project's repository, it is not at that one's commit.
git(top rev-parse --show-toplevel)
file(REAL_PATH "${SOURCE}" source)
if(top STREQUAL source)
  git(commit describe --always --dirty --abbrev=12 "--exclude=*")
endif()

file(CONFIGURE OUTPUT "${OUTPUT}" CONTENT [[
#include "common/commit.hpp"

namespace byok {

constinit const std::string_view commit = "@commit@";

}  // namespace byok
]] @ONLY)
