# A Debian package of what `cmake --install` puts in place: `cpack -G DEB` in a release build, or
# scripts/package. What Debian wants otherwise than others is in cmake/debian/.
set(OUTRIDER_MAINTAINER "The Outrider maintainers <outrider@example.org>" CACHE STRING
	"Who makes the Debian package: a name and an address")
string(TIMESTAMP OUTRIDER_PACKAGED "%a, %d %b %Y %H:%M:%S +0000" UTC)
set(debian ${CMAKE_BINARY_DIR}/debian)
configure_file(cmake/debian/changelog.in ${debian}/changelog @ONLY)
file(COPY cmake/debian/postinst cmake/debian/prerm cmake/debian/postrm cmake/debian/conffiles DESTINATION ${debian})

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_VENDOR Outrider)
set(CPACK_PACKAGE_CONTACT "${OUTRIDER_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "synthetic monitor for LLM services")
set(CPACK_DEBIAN_PACKAGE_DESCRIPTION
"Outrider runs integration checks against deployed services on timers,
judges what comes back, keeps results and latency in SQLite, shows a status
page and Prometheus metrics, and calls hooks when something breaks.
.
It understands event streams (time to first token, stalls, truncation) and
finds failures that are dressed as success. The same engine runs a suite
once, for continuous integration.")
set(CPACK_DEBIAN_PACKAGE_RELEASE 1)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "adduser, ca-certificates")
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA ${debian}/postinst ${debian}/prerm ${debian}/postrm ${debian}/conffiles)
set(CPACK_STRIP_FILES ON)
# Staged below DESTDIR: then the prefix is the one that the unit shall name.
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_INSTALL_DEFAULT_DIRECTORY_PERMISSIONS
	OWNER_READ OWNER_WRITE OWNER_EXECUTE GROUP_READ GROUP_EXECUTE WORLD_READ WORLD_EXECUTE)
set(CPACK_PRE_BUILD_SCRIPTS ${CMAKE_SOURCE_DIR}/cmake/debian/stage.cmake)
set(CPACK_OUTRIDER_SOURCE ${CMAKE_SOURCE_DIR})
set(CPACK_OUTRIDER_BUILD ${CMAKE_BINARY_DIR})
include(CPack)
