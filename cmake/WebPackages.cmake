# Installs what WEB/package-lock.json says into WEB/node_modules with NPM, unless it is there; two builds at
# the same time take turns.
set(lock ${WEB}/package-lock.json)
set(installed ${WEB}/node_modules/installed.json)
file(LOCK ${WEB}/node_modules.lock GUARD PROCESS TIMEOUT 600)
set(same 1)
if(EXISTS ${installed})
	execute_process(COMMAND ${CMAKE_COMMAND} -E compare_files ${lock} ${installed} RESULT_VARIABLE same OUTPUT_QUIET ERROR_QUIET)
endif()
if(NOT same EQUAL 0)
	message("Installing web/node_modules")
	execute_process(COMMAND ${NPM} ci --loglevel=error WORKING_DIRECTORY ${WEB} RESULT_VARIABLE failed)
	if(failed)
		message(FATAL_ERROR "npm ci failed in ${WEB}: the first build of a source tree needs the network, "
			"or npm's cache, for the packages of package-lock.json")
	endif()
	file(COPY_FILE ${lock} ${installed})
endif()
file(TOUCH ${installed})
