# Run by CPack on what was installed below DESTDIR, before it is packed: what Debian wants otherwise.
set(root ${CPACK_TEMPORARY_DIRECTORY})
set(source ${CPACK_OUTRIDER_SOURCE})
set(doc ${root}/usr/share/doc/outrider)

# A user of its own instead of a dynamic one: files can belong to it, and it is there without systemd.
function(edit FILE FROM TO)
	file(READ ${FILE} text)
	string(REPLACE "${FROM}" "${TO}" edited "${text}")
	if(edited STREQUAL text)
		message(FATAL_ERROR "${FILE}: has no ${FROM}")
	endif()
	file(WRITE ${FILE} "${edited}")
endfunction()
foreach(unit ${root}/usr/lib/systemd/system/outrider.service ${doc}/systemd/outrider.service)
	edit(${unit} "DynamicUser=yes" "User=outrider\nGroup=outrider")
endforeach()
# Debian 12 has its units here; where /lib is a link to /usr/lib, it is the same.
file(MAKE_DIRECTORY ${root}/lib/systemd)
file(RENAME ${root}/usr/lib/systemd/system ${root}/lib/systemd/system)
file(REMOVE_RECURSE ${root}/usr/lib)

file(COPY ${source}/cmake/debian/outrider.yaml DESTINATION ${root}/etc/outrider)
file(COPY ${source}/cmake/debian/copyright DESTINATION ${doc})
file(MAKE_DIRECTORY ${root}/usr/share/lintian/overrides)
file(COPY_FILE ${source}/cmake/debian/lintian-overrides ${root}/usr/share/lintian/overrides/outrider)

file(GLOB programs ${root}/usr/bin/*)
execute_process(COMMAND strip --remove-section=.comment --remove-section=.note ${programs} COMMAND_ERROR_IS_FATAL ANY)

# Reproducibly: without names and times.
function(compress FROM TO)
	execute_process(COMMAND gzip -9nc ${FROM} OUTPUT_FILE ${TO} COMMAND_ERROR_IS_FATAL ANY)
endfunction()
compress(${source}/CHANGELOG.md ${doc}/changelog.gz)
compress(${CPACK_OUTRIDER_BUILD}/debian/changelog ${doc}/changelog.Debian.gz)
file(GLOB pages ${root}/usr/share/man/man*/*.[15])
foreach(page ${pages})
	compress(${page} ${page}.gz)
	file(REMOVE ${page})
endforeach()
