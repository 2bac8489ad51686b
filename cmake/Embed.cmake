# embed(TARGET pattern... [MADE name=path...]): a static library that holds files, found at run time by
# asset_find("suites/janus.yaml") of <base/asset.h>: those of the source tree by their paths, and those that
# the build makes by the names they are given.
function(embed TARGET)
	cmake_parse_arguments(EMBED "" "" "MADE" ${ARGN})
	set(files "")
	set(depends "")
	foreach(pattern IN LISTS EMBED_UNPARSED_ARGUMENTS)
		file(GLOB found RELATIVE ${CMAKE_SOURCE_DIR} CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${pattern})
		foreach(file IN LISTS found)
			list(APPEND files ${file}=${CMAKE_SOURCE_DIR}/${file})
			list(APPEND depends ${CMAKE_SOURCE_DIR}/${file})
		endforeach()
	endforeach()
	foreach(made IN LISTS EMBED_MADE)
		string(REGEX REPLACE "^[^=]*=" "" path ${made})
		list(APPEND depends ${path})
	endforeach()
	set(out ${CMAKE_BINARY_DIR}/embed/${TARGET}.c)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DOUT=${out} "-DFILES=${files};${EMBED_MADE}" -P ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
		DEPENDS ${depends} ${CMAKE_SOURCE_DIR}/cmake/EmbedFiles.cmake
		VERBATIM)
	add_library(${TARGET} STATIC ${out})
	target_link_libraries(${TARGET} PUBLIC outrider_base)
endfunction()
