# Manual pages and completions, made from the tables of options, keys and faults when the program is
# built: outrider-manual copies a template and fills the tables in.
file(GLOB manual_sources CONFIGURE_DEPENDS src/manual/*.c)
add_executable(outrider-manual ${manual_sources} src/cli_options.c src/cli_help.c)
target_include_directories(outrider-manual PRIVATE src)
target_link_libraries(outrider-manual PRIVATE outrider_config outrider_alert outrider_serve outrider_report outrider_sim)

set(made "")
function(made_of_tables TEMPLATE OUT)
	set(out ${CMAKE_BINARY_DIR}/${OUT})
	get_filename_component(folder ${out} DIRECTORY)
	file(MAKE_DIRECTORY ${folder})
	add_custom_command(OUTPUT ${out}
		COMMAND outrider-manual ${CMAKE_SOURCE_DIR}/${TEMPLATE} > ${out}.new
		COMMAND ${CMAKE_COMMAND} -E rename ${out}.new ${out}
		DEPENDS outrider-manual ${TEMPLATE} VERBATIM)
	set(made ${made} ${out} PARENT_SCOPE)
endfunction()

made_of_tables(docs/man/outrider.1.in man/outrider.1)
made_of_tables(docs/man/janus-sim.1.in man/janus-sim.1)
made_of_tables(docs/man/outrider.yaml.5.in man/outrider.yaml.5)
made_of_tables(completions/outrider.bash.in completions/outrider)
add_custom_target(manual ALL DEPENDS ${made})

install(FILES ${CMAKE_BINARY_DIR}/man/outrider.1 ${CMAKE_BINARY_DIR}/man/janus-sim.1
	DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${CMAKE_BINARY_DIR}/man/outrider.yaml.5 DESTINATION ${CMAKE_INSTALL_MANDIR}/man5)
install(FILES ${CMAKE_BINARY_DIR}/completions/outrider
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES completions/janus-sim.bash RENAME janus-sim
	DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
