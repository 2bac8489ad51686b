# What browsers load, made of web/ts and web/css by esbuild. Node and npm are needed to build, never to run.
# npm runs once for a source tree: when web/node_modules is not what web/package-lock.json says. After that
# no build needs the network. Who packages where there is neither gives a folder with what was made elsewhere.
set(OUTRIDER_WEB_ASSETS "" CACHE PATH "Where web/ of another build of these sources is; then neither node nor npm is needed")
set(web_made ${CMAKE_BINARY_DIR}/web)
if(OUTRIDER_WEB_ASSETS)
	set(web_made ${OUTRIDER_WEB_ASSETS})
endif()
set(web_files "")
set(web_assets "")
foreach(name app.js chart.js base.css check.css incident.css status.css)
	list(APPEND web_files ${web_made}/${name} ${web_made}/${name}.gz)
	list(APPEND web_assets assets/${name}=${web_made}/${name} assets/${name}.gz=${web_made}/${name}.gz)
endforeach()
if(OUTRIDER_WEB_ASSETS)
	foreach(file IN LISTS web_files)
		if(NOT EXISTS ${file})
			message(FATAL_ERROR "OUTRIDER_WEB_ASSETS: there is no ${file}; build/release/web of a build with npm has all of them")
		endif()
	endforeach()
	return()
endif()

find_program(NODE NAMES node nodejs)
find_program(NPM npm)
if(NOT NODE OR NOT NPM)
	message(FATAL_ERROR "The pages' scripts are made with node and npm, and one of them is missing: "
		"scripts/deps installs both (on Debian: apt install nodejs npm). Without them: "
		"-DOUTRIDER_WEB_ASSETS=DIR, the folder web/ of a build made elsewhere")
endif()

set(web ${CMAKE_SOURCE_DIR}/web)
set(web_packages ${web}/node_modules/installed.json)
add_custom_command(OUTPUT ${web_packages}
	COMMAND ${CMAKE_COMMAND} -DWEB=${web} -DNPM=${NPM} -P ${CMAKE_SOURCE_DIR}/cmake/WebPackages.cmake
	DEPENDS ${web}/package.json ${web}/package-lock.json ${CMAKE_SOURCE_DIR}/cmake/WebPackages.cmake
	VERBATIM)

file(GLOB web_sources CONFIGURE_DEPENDS ${web}/ts/*.ts ${web}/css/*.css ${web}/css/part/*.css)
file(MAKE_DIRECTORY ${web_made})
add_custom_command(OUTPUT ${web_files}
	COMMAND ${NODE} ${web}/build.mjs ${web_made}
	DEPENDS ${web_sources} ${web}/build.mjs ${web_packages}
	VERBATIM)
