# Installs what is made for the place where it goes: units that name the programs, pages and logs that
# are compressed, completions that byok prints. Run by cmake --install, with the variables that
# CMakeLists.txt sets before it.
set(prefix "${CMAKE_INSTALL_PREFIX}")
file(REMOVE_RECURSE "${work}")
file(MAKE_DIRECTORY "${work}")

function(put file folder)
  file(INSTALL "${file}" DESTINATION "${folder}" TYPE FILE)
endfunction()

# As its name in the folder, compressed without name and time, so that the same gives the same bytes.
function(put_compressed file folder name)
  execute_process(COMMAND gzip -9nc "${file}" OUTPUT_FILE "${work}/${name}.gz" RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "${file} cannot be compressed: install gzip")
  endif()
  put("${work}/${name}.gz" "${folder}")
endfunction()

foreach(unit system/byokd.service system/byokd.socket user/byokd.service)
  string(REGEX REPLACE "^system/" "" from "${unit}")
  get_filename_component(folder "${unit}" DIRECTORY)
  file(READ "${source}/packaging/systemd/${from}" text)
  string(REPLACE "/usr/bin/" "${prefix}/${bindir}/" text "${text}")
  file(WRITE "${work}/${unit}" "${text}")
  put("${work}/${unit}" "${prefix}/lib/systemd/${folder}")
endforeach()

# Where byokd looks for it, and else as an example; never over one that somebody may have written to.
if(prefix STREQUAL "/usr" OR prefix STREQUAL "/usr/local")
  if(NOT EXISTS "$ENV{DESTDIR}/etc/byok/byokd.toml")
    put("${source}/packaging/byokd.toml" "/etc/byok")
  endif()
else()
  put("${source}/packaging/byokd.toml" "${prefix}/${docdir}/examples")
endif()

file(GLOB pages "${source}/man/*.[1-8]")
foreach(page IN LISTS pages)
  get_filename_component(name "${page}" NAME)
  string(REGEX MATCH "[1-8]$" section "${name}")
  put_compressed("${page}" "${prefix}/${mandir}/man${section}" "${name}")
endforeach()

put_compressed("${source}/CHANGELOG.md" "${prefix}/${docdir}" changelog)
# Debian's own, for its package alone.
if(prefix STREQUAL "/usr")
  put_compressed("${source}/packaging/debian/changelog" "${prefix}/${docdir}" changelog.Debian)
  put("${source}/packaging/debian/copyright" "${prefix}/${docdir}")
  file(COPY_FILE "${source}/packaging/debian/lintian-overrides" "${work}/byok")
  put("${work}/byok" "${prefix}/${datadir}/lintian/overrides")
endif()

# byok prints them itself: what it takes is written down once.
function(put_completion shell folder name)
  execute_process(COMMAND "${byok}" completion ${shell} OUTPUT_FILE "${work}/${name}" RESULT_VARIABLE status)
  if(NOT status EQUAL 0)
    message(FATAL_ERROR "byok prints no completion for ${shell}")
  endif()
  put("${work}/${name}" "${prefix}/${datadir}/${folder}")
endfunction()
if(EXISTS "${source}/cli/commands/completion.cpp")
  put_completion(bash bash-completion/completions byok)
  put_completion(zsh zsh/vendor-completions _byok)
  put_completion(fish fish/vendor_completions.d byok.fish)
endif()
