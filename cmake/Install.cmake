# What `cmake --install` puts beside the programs and manual pages: the suite, the units, an example
# configuration, what to read. Nothing goes to /etc, and nothing of what is there is overwritten.
install(FILES suites/janus.yaml DESTINATION ${CMAKE_INSTALL_DATADIR}/outrider)
# What README.md links to stands beside it, as in the source.
install(FILES README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})
# Of uPlot there is much in the script of the check's page.
install(FILES web/LICENSE.uPlot DESTINATION ${CMAKE_INSTALL_DOCDIR})
install(FILES docs/architecture.md docs/cookbook.md docs/metrics.md docs/performance.md docs/report.md DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(DIRECTORY docs/pictures DESTINATION ${CMAKE_INSTALL_DOCDIR}/docs)
install(FILES suites/janus.yaml DESTINATION ${CMAKE_INSTALL_DOCDIR}/suites)
install(FILES examples/outrider.yaml examples/nginx.conf examples/Caddyfile DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)
install(DIRECTORY examples/prometheus DESTINATION ${CMAKE_INSTALL_DOCDIR}/examples)

# The units stand where systemd looks (also below /usr/local), and name the program where it is. The prefix
# is known when installing only.
set(OUTRIDER_UNITDIR lib/systemd/system CACHE STRING "Where systemd's units go, below the prefix")
install(CODE "
	file(READ \"${CMAKE_SOURCE_DIR}/systemd/outrider.service\" unit)
	string(REPLACE \"/usr/bin/outrider\" \"\${CMAKE_INSTALL_PREFIX}/${CMAKE_INSTALL_BINDIR}/outrider\" unit \"\${unit}\")
	file(WRITE \"${CMAKE_BINARY_DIR}/systemd/outrider.service\" \"\${unit}\")")
install(FILES ${CMAKE_BINARY_DIR}/systemd/outrider.service DESTINATION ${CMAKE_INSTALL_DOCDIR}/systemd)
install(FILES ${CMAKE_BINARY_DIR}/systemd/outrider.service systemd/outrider.socket
	DESTINATION ${OUTRIDER_UNITDIR})
