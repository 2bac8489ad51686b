# embed(TARGET pattern...): a static library that holds the named files, found at run time by
# asset_find("suites/janus.yaml") of <base/asset.h>.
function(embed TARGET)
	set(files "")
	foreach(pattern IN LISTS ARGN)
		file(GLOB found RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${pattern})
		list(APPEND files ${found})
	endforeach()
	set(out ${CMAKE_BINARY_DIR}/embed/${TARGET}.c)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DOUT=${out} -DROOT=${CMAKE_SOURCE_DIR} "-DFILES=${files}"
			-P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
		DEPENDS ${files} ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
		WORKING_DIRECTORY ${CMAKE_SOURCE_DIR} VERBATIM)
	add_library(${TARGET} STATIC ${out})
	target_link_libraries(${TARGET} PUBLIC outrider_base)
endfunction()
