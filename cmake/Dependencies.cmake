# Every third-party library, found once. Versions are those of Debian 12.
find_package(Threads REQUIRED)
find_package(Boost 1.81 REQUIRED)
find_package(OpenSSL 3 REQUIRED)
find_package(ZLIB REQUIRED)
find_package(fmt REQUIRED)
find_package(spdlog REQUIRED)
if(ROOMCAST_BUILD_APPS)
  find_package(SQLite3 3.37 REQUIRED)  # the chat's durable store; 3.37 has STRICT tables
endif()
