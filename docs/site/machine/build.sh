#!/bin/sh
# Compiles Bochs to WebAssembly: build.sh WORK OUT [JOBS]. Leaves bochs.js and bochs.wasm in OUT.
# build.sh fetch WORK fetches the source, and does no more: nothing else needs the network.
#
# The source is Debian's package (3.0 or later: it can be told to start at its debugger's prompt), fetched by apt with its
# signatures checked, and compiled as it is. Ours is page_gui.cpp, in the place of a display library that shows nothing.
# Each step is done once, and again with other options: WORK keeps what it has made.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
only=
if [ "$1" = fetch ]; then
    only=fetch
    shift
fi
mkdir -p "$1" "${2:-$1}"
work=$(cd "$1" && pwd)
out=$(cd "${2:-$1}" && pwd)
jobs=${3:-2}
suite=trixie
case $work$out in
*[[:space:]]*)
    echo "machine: Bochs can't be compiled in a folder with a blank in its name ($work): the site needs the tree elsewhere" >&2
    exit 1
    ;;
esac

# Bochs' makefiles rely on make's built-in rules, which ours is told to do without.
unset MAKEFLAGS MFLAGS MAKELEVEL

# Where emscripten's own programs find acorn: Node from elsewhere than Debian looks in other places.
export NODE_PATH="$work/../tools/node_modules:/usr/share/nodejs"

if [ ! -d "$work/source" ]; then
    # Lists of source packages of our own: those of the machine stay as they are.
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' 'Origin: Debian' | grep -v -- '-security' | head -n 1)
    [ -n "$mirror" ] || { echo "machine: apt knows no Debian mirror; the source of Bochs is one of its packages" >&2; exit 1; }
    rm -rf "$work/apt" # an earlier version of the package
    mkdir -p "$work/apt/lists/partial" "$work/apt/archives"
    echo "deb-src $mirror $suite main" >"$work/apt/sources.list"
    ours="-o Dir::Etc::sourcelist=$work/apt/sources.list -o Dir::Etc::sourceparts=/dev/null -o Dir::State::lists=$work/apt/lists -o Dir::Cache=$work/apt -o APT::Sandbox::User=root"
    (cd "$work/apt" && apt-get -q $ours update && apt-get -q $ours source --download-only --tar-only bochs) >"$work/apt.log" 2>&1 ||
        { tail -n 5 "$work/apt.log" >&2; echo "machine: the source package of Bochs could not be fetched" >&2; exit 1; }
    rm -rf "$work/unpacked" && mkdir "$work/unpacked"
    tar -C "$work/unpacked" --strip-components=1 -xf "$(ls "$work"/apt/bochs_*.orig.tar.*)"
    mv "$work/unpacked" "$work/source"
fi
[ -z "$only" ] || exit 0

cmp -s "$here/page_gui.cpp" "$work/source/gui/nogui.cc" || cp "$here/page_gui.cpp" "$work/source/gui/nogui.cc"
options="--host=wasm32-unknown-emscripten --with-nogui --enable-debugger --enable-x86-64 --enable-cpu-level=6 --disable-large-ramfile
    --disable-docbook --disable-plugins --disable-readline CXXFLAGS=-O2 CFLAGS=-O2"
if [ "$(cat "$work/objects/options" 2>/dev/null)" != "$options" ]; then
    rm -rf "$work/objects"
    mkdir "$work/objects"
    cd "$work/objects"
    emconfigure "$work/source/configure" $options >"$work/configure.log" 2>&1 || { tail -n 5 "$work/configure.log" >&2; exit 1; }
    echo "$options" >options
fi
cd "$work/objects"

objects="logio.o main.o config.o pc_system.o osdep.o plugin.o crc.o bxthread.o"
archives="iodev/libiodev.a iodev/display/libdisplay.a iodev/hdimage/libhdimage.a bx_debug/libdebug.a cpu/libcpu.a
    cpu/cpudb/libcpudb.a memory/libmemory.a gui/libgui.a cpu/fpu/libfpu.a cpu/softfloat3e/libsoftfloat.a"
# libgen.h: keymap.cc takes basename() from where other systems have it.
make -j"$jobs" CXX="em++ -include libgen.h" $objects $archives >"$work/make.log" 2>&1 ||
    { grep -n -m 5 'error' "$work/make.log" >&2; exit 1; }

# What runs while Bochs waits for the page: only these functions are made resumable, so that the processor stays quick.
waiting='["main","bxmain()","bx_begin_simulation(int, char**)","bx_real_sim_c::begin_simulation(int, char**)",
"bx_real_sim_c::configuration_interface(char const*, ci_command_t)","text_ci_callback(void*, ci_command_t)","bx_text_config_interface(int)",
"bx_dbg_main()","bx_dbg_user_input_loop()","bx_get_command()","bx_dbg_interpret_line(char*)","bxparse()","bxparse","dynCall_*","bx_dbg_continue_command(bool)",
"bx_dbg_stepN_command(int, unsigned int)","bx_dbg_step_over_command()","__wrap_fgets","__wrap__ZN8BX_CPU_C17cpu_loop_debuggerEv"]'
em++ -O2 -o "$out/bochs.js" $objects $archives \
    -Wl,--wrap=fgets,--wrap=mktime,--wrap=_ZN8BX_CPU_C17cpu_loop_debuggerEv \
    -Wl,--wrap=_ZN8BX_CPU_C9exceptionEjt \
    -Wl,--wrap=_Z23bx_dbg_symbolic_addressyyy,--wrap=_Z30bx_dbg_disasm_symbolic_addressyy \
    -sASYNCIFY -sASYNCIFY_ONLY="$(echo "$waiting" | tr -d '\n')" -sASYNCIFY_STACK_SIZE=65536 \
    -sENVIRONMENT=worker,node -sALLOW_MEMORY_GROWTH=1 -sINITIAL_MEMORY=67108864 -sDYNAMIC_EXECUTION=0 -sEXIT_RUNTIME=1 -sINVOKE_RUN=0 \
    -sEXPORTED_FUNCTIONS=_main,_malloc,_free -sEXPORTED_RUNTIME_METHODS=FS,callMain,cwrap ${EXTRA:-} >"$work/link.log" 2>&1 ||
    { tail -n 5 "$work/link.log" >&2; exit 1; }
