# A floor is an object library with an include root of its own (src/<floor>/include/<floor>/…).
# It sees the roots of the floors that it names and of the floors below those, so an include that
# points upwards does not compile (tests/unit/floors proves it).

add_library(roomcast_flags INTERFACE)
target_compile_options(roomcast_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Woverloaded-virtual -fno-omit-frame-pointer)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 sees overlapping copies in std::string where there are none (GCC bug 105651).
  target_compile_options(roomcast_flags INTERFACE -Wno-restrict)
endif()
if(ROOMCAST_WERROR)
  target_compile_options(roomcast_flags INTERFACE -Werror)
endif()
if(ROOMCAST_SANITIZE)
  add_compile_options(-fsanitize=${ROOMCAST_SANITIZE})
  add_link_options(-fsanitize=${ROOMCAST_SANITIZE})
  if(ROOMCAST_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=all)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Under the sanitizers GCC 12 pairs the delete of Asio's coroutine frames with the wrong new.
    target_compile_options(roomcast_flags INTERFACE -Wno-mismatched-new-delete)
  endif()
  if(ROOMCAST_SANITIZE MATCHES "thread" AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Asio has stand-alone fences that TSan cannot model; nothing of ours relies on one.
    target_compile_options(roomcast_flags INTERFACE -Wno-tsan)
  endif()
endif()

# Third-party headers as SYSTEM, so that their warnings are not ours. Asio, Beast and Boost.JSON
# are compiled once (src/loop, src/net, src/protocol/json hold their sources).
add_library(roomcast_boost INTERFACE)
target_link_libraries(roomcast_boost INTERFACE Boost::headers Threads::Threads)
target_compile_definitions(roomcast_boost INTERFACE
  BOOST_ASIO_SEPARATE_COMPILATION BOOST_BEAST_SEPARATE_COMPILATION BOOST_ASIO_NO_DEPRECATED
  BOOST_JSON_NO_LIB)

# roomcast_floor(<name> [SEES floor…] [LINKS library…] SOURCES file…)
function(roomcast_floor name)
  cmake_parse_arguments(arg "" "" "SEES;LINKS;SOURCES" ${ARGN})
  add_library(roomcast_${name} OBJECT ${arg_SOURCES})
  target_include_directories(roomcast_${name} PUBLIC ${CMAKE_CURRENT_SOURCE_DIR}/include)
  list(TRANSFORM arg_SEES PREPEND roomcast_)
  target_link_libraries(roomcast_${name} PUBLIC ${arg_SEES} ${arg_LINKS} PRIVATE roomcast_flags)
endfunction()

# roomcast_test(<name> [LABEL label] [LINKS library…] SOURCES file…): one GoogleTest program.
# It may look into every floor. The limit is for what hangs: sanitizers on a busy machine are slow.
function(roomcast_test name)
  cmake_parse_arguments(arg "" "LABEL" "LINKS;SOURCES" ${ARGN})
  add_executable(${name} ${arg_SOURCES})
  target_link_libraries(${name} PRIVATE roomcast_flags roomcast_inside GTest::gtest_main GTest::gmock ${arg_LINKS})
  target_include_directories(${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  if(NOT arg_LABEL)
    set(arg_LABEL unit)
  endif()
  set(limit 60)
  if(ROOMCAST_SANITIZE)
    set(limit 300)
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS ${arg_LABEL} TIMEOUT ${limit} DISCOVERY_TIMEOUT 60)
endfunction()
