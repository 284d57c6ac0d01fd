/lib/ld-linux.so.2 /bin/dash -c 'echo started by the loader'; echo $?
/lib/ld-linux.so.2 /nowhere 2>&1; echo $?
LD_TRACE_LOADED_OBJECTS=1 /usr/bin/lua5.4 | sed 's/ (.*//' | grep -v linux-gate
LD_DEBUG=statistics /bin/dash -c true 2>&1 | grep -c relocations
/lib/ld-linux.so.2 --verify /usr/bin/tcc; echo $?
