# Every third-party library, found once. Versions are those of Debian 12.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
# Debian's hiredis 0.14 brings no CMake package.
find_path(HIREDIS_INCLUDE hiredis/read.h REQUIRED)
find_library(HIREDIS_LIBRARY hiredis REQUIRED)
add_library(hiredis::hiredis UNKNOWN IMPORTED)
set_target_properties(hiredis::hiredis PROPERTIES
  IMPORTED_LOCATION ${HIREDIS_LIBRARY} INTERFACE_INCLUDE_DIRECTORIES ${HIREDIS_INCLUDE})
if(ROOMCAST_BUILD_APPS)
  find_package(SQLite3 3.37 REQUIRED)  # the chat's durable store; 3.37 has STRICT tables
endif()
