# Makes page_files.cpp in FOLDER of the files that browsers are served: rows of a table, each with a
# tag that changes when its text does.
function(embed_pages folder)
  set(page_rows "")
  foreach(file
      docs/openapi.json
      ui/api.js ui/chat.js ui/dom.js ui/icon.svg ui/key_dialog.js ui/key_field.js ui/keys.js
      ui/link.js ui/settings.css ui/settings.html ui/settings.js ui/texts.js ui/texts.json
      ui/usage.js)
    set(path ${CMAKE_SOURCE_DIR}/${file})
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${path})
    file(READ ${path} text)
    file(SHA256 ${path} digest)
    string(SUBSTRING ${digest} 0 32 tag)
    get_filename_component(name ${file} NAME)
    get_filename_component(kind ${file} LAST_EXT)
    set(type_.css "text/css; charset=utf-8")
    set(type_.html "text/html; charset=utf-8")
    set(type_.js "text/javascript; charset=utf-8")
    set(type_.json "application/json")
    set(type_.svg "image/svg+xml")
    string(APPEND page_rows
      "    {\"${name}\", \"${type_${kind}}\", \"\\\"${tag}\\\"\", R\"byok(${text})byok\"},\n")
  endforeach()
  configure_file(page_files.cpp.in ${folder}/page_files.cpp @ONLY)
endfunction()
