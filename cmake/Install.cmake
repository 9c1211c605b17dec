# What `cmake --install` brings: one archive with every floor, the public headers, and how CMake and
# pkg-config find them. Nothing in it knows where it was installed, so the folder can be moved.
include(CMakePackageConfigHelpers)
include(GNUInstallDirs)

set(package ${CMAKE_INSTALL_LIBDIR}/cmake/roomcast)
set_target_properties(roomcast_vocabulary PROPERTIES EXPORT_NAME headers)
set_target_properties(roomcast_boost PROPERTIES EXPORT_NAME boost)
install(TARGETS roomcast roomcast_vocabulary roomcast_boost EXPORT roomcast FILE_SET HEADERS)
install(EXPORT roomcast DESTINATION ${package} NAMESPACE roomcast:: FILE roomcast-targets.cmake)
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/roomcast-config.cmake.in roomcast-config.cmake
  INSTALL_DESTINATION ${package} NO_SET_AND_CHECK_MACRO)
# Before 1.0 a minor version may break the API.
write_basic_package_version_file(roomcast-config-version.cmake COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/roomcast-config.cmake ${PROJECT_BINARY_DIR}/roomcast-config-version.cmake
  DESTINATION ${package})

# The same for pkg-config; its flags are those of the target.
file(RELATIVE_PATH up /prefix/${CMAKE_INSTALL_LIBDIR}/pkgconfig /prefix)
get_target_property(definitions roomcast_boost INTERFACE_COMPILE_DEFINITIONS)
list(TRANSFORM definitions PREPEND -D)
list(JOIN definitions " " definitions)
configure_file(${CMAKE_CURRENT_LIST_DIR}/roomcast.pc.in roomcast.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/roomcast.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(TARGET roomcast_program)
  install(TARGETS roomcast_program)
endif()
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
