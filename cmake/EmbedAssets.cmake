# Files carried inside a library or a program, compressed at build time.
find_program(NODE node REQUIRED)

# roomcast_npm(<name> FOLDER folder [BUILD] [INPUTS file…])
# Keeps an npm project up to date as part of the build: `npm ci` when its lock file changes, with BUILD
# also `npm run build` when one of INPUTS does. Sets <name>_STAMP, the file to depend on. The folder is
# shared by all presets; script/npm-project makes them take turns and do the work once.
function(roomcast_npm name)
  cmake_parse_arguments(arg "BUILD" "FOLDER" "INPUTS" ${ARGN})
  set(stamp ${CMAKE_CURRENT_BINARY_DIR}/${name}.stamp)
  set(script ${PROJECT_SOURCE_DIR}/script/npm-project)
  set(inputs ${script} ${arg_FOLDER}/package.json ${arg_FOLDER}/package-lock.json ${arg_INPUTS})
  set(options)
  if(arg_BUILD)
    set(options --build)
  endif()
  add_custom_command(OUTPUT ${stamp}
    COMMAND ${script} ${arg_FOLDER} ${options}
    COMMAND ${CMAKE_COMMAND} -E touch ${stamp}
    DEPENDS ${inputs}
    COMMENT "npm project ${name}" VERBATIM)
  set(${name}_STAMP ${stamp} PARENT_SCOPE)
endfunction()

# roomcast_embed(<target> FUNCTION ns::name TYPE ns::Struct HEADER header ROOT folder
#                [FILES file…] [PREFIX text] [ETAG_OF package.json] DEPENDS file…)
# Adds a source to <target> that defines `std::span<const Struct> ns::name() noexcept`: FILES of ROOT, or
# all that is there when the build runs, sorted by path. HEADER (included with <>) declares both;
# Struct begins with the members path, content_type, etag, identity, gzip, brotli, deflate, all
# std::string_view. A form that was not made (images are not compressed again) is empty.
# The ETag is a hash of the file, or the version in ETAG_OF.
function(roomcast_embed target)
  cmake_parse_arguments(arg "" "FUNCTION;TYPE;HEADER;ROOT;PREFIX;ETAG_OF" "FILES;DEPENDS" ${ARGN})
  string(REGEX REPLACE "[^A-Za-z0-9]+" "_" file ${arg_FUNCTION})
  set(source ${CMAKE_CURRENT_BINARY_DIR}/embedded/${file}.cpp)
  set(generator ${PROJECT_SOURCE_DIR}/script/embed-assets.mjs)
  set(options)
  if(arg_PREFIX)
    list(APPEND options --prefix=${arg_PREFIX})
  endif()
  if(arg_ETAG_OF)
    list(APPEND options --etag-of=${arg_ETAG_OF})
  endif()
  add_custom_command(OUTPUT ${source}
    COMMAND ${NODE} ${generator} --out=${source} --root=${arg_ROOT} --function=${arg_FUNCTION}
            --type=${arg_TYPE} --include=${arg_HEADER} ${options} ${arg_FILES}
    DEPENDS ${generator} ${arg_DEPENDS}
    COMMENT "Embedding ${arg_ROOT}" VERBATIM)
  target_sources(${target} PRIVATE ${source})
endfunction()

# roomcast_embed_chat_page(<target>): the page of apps/chat-web as roomcast::app::chat_page(),
# declared in apps/roomcast/embedded.hpp, which <target> must be able to include as <embedded.hpp>.
function(roomcast_embed_chat_page target)
  set(page ${PROJECT_SOURCE_DIR}/apps/chat-web)
  file(GLOB top LIST_DIRECTORIES false CONFIGURE_DEPENDS ${page}/*.html ${page}/*.ts ${page}/*.js ${page}/tsconfig*.json)
  file(GLOB_RECURSE sources LIST_DIRECTORIES false CONFIGURE_DEPENDS ${page}/src/* ${page}/public/*)
  roomcast_npm(chat_page FOLDER ${page} BUILD INPUTS ${top} ${sources})
  roomcast_embed(${target} FUNCTION roomcast::app::chat_page TYPE roomcast::app::EmbeddedFile HEADER embedded.hpp
    ROOT ${page}/dist PREFIX / DEPENDS ${chat_page_STAMP})
endfunction()
