# What browsers load, made of web/ts and web/css by esbuild. Node and npm are needed to build, never to run.
# npm runs once for a source tree: when web/node_modules is not what web/package-lock.json says. After that
# no build needs the network.
find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
	message(FATAL_ERROR "The pages' scripts are made with node and npm, and one of them is missing: "
		"scripts/deps installs both (on Debian: apt install nodejs npm)")
endif()

set(web ${CMAKE_SOURCE_DIR}/web)
set(web_packages ${web}/node_modules/installed.json)
add_custom_command(OUTPUT ${web_packages}
	COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DNPM=${NPM} -P ${CMAKE_SOURCE_DIR}/cmake/WebPackages.cmake
	DEPENDS ${web}/package.json ${web}/package-lock.json ${CMAKE_SOURCE_DIR}/cmake/WebPackages.cmake
	VERBATIM)

file(GLOB web_sources CONFIGURE_DEPENDS ${web}/ts/*.ts ${web}/css/*.css)
set(web_files "")
set(web_assets "")
foreach(name app.js chart.js chart.css style.css)
	list(APPEND web_files ${CMAKE_BINARY_DIR}/web/${name} ${CMAKE_BINARY_DIR}/web/${name}.gz)
	list(APPEND web_assets assets/${name}=${CMAKE_BINARY_DIR}/web/${name}
		assets/${name}.gz=${CMAKE_BINARY_DIR}/web/${name}.gz)
endforeach()
file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/web)
add_custom_command(OUTPUT ${web_files}
	COMMAND ${NODE} ${web}/build.mjs ${CMAKE_BINARY_DIR}/web
	DEPENDS ${web_sources} ${web}/build.mjs ${web_packages}
	VERBATIM)
