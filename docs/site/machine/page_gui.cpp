// Bochs' window, made of what a web page needs: text cells, keys, registers and memory; and the places where Bochs gives way to
// the page, while it runs and at its debugger's prompt. Compiled in the place of Bochs' own gui/nogui.cc, with Bochs' headers.

#include "bochs.h"
#include "bx_debug/debug.h"
#include "cpu/cpu.h"
#include "gui.h"
#include "iodev.h"
#include "param_names.h"
#include "plugin.h"

#include <emscripten.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <initializer_list>
#include <limits>
#include <map>
#include <string>

namespace {

// The text screen as the page reads it. Colours are those of the VGA's sixteen.
struct Screen {
    Bit32u columns;
    Bit32u rows;
    Bit32u cursor_x;
    Bit32u cursor_y;
    Bit32u changes;            // grows with each change
    Bit8u cells[2 * 132 * 60]; // character and attribute, row by row
} screen;

// The exceptions that the processor has raised, in their order; as many as are worth telling.
struct Raised {
    Bit32u vector;
    Bit32u error_code;
    Bit32u cr2;
    Bit32u level; // at which it happened
};
constexpr Bit32u RAISED_LIMIT = 64;
struct {
    Bit32u count;
    Raised first[RAISED_LIMIT];
} raised;

constexpr double SLICE_MS = 12; // how long the page may wait for an answer while the machine runs

constexpr double IDLE_SLICE_MS = 20; // the same where it waits, in the machine's time

double slice_begin = 0; // in milliseconds of the page
Bit64u slice_ticks = 0; // the same in the machine's time
bool slice_is_over = false;
bool pause_wanted = false;

struct KeyName {
    const char* name; // KeyboardEvent.code
    Bit32u key;
};
constexpr KeyName KEYS[] = {
    {"Enter", BX_KEY_ENTER},
    {"Space", BX_KEY_SPACE},
    {"Backspace", BX_KEY_BACKSPACE},
    {"Tab", BX_KEY_TAB},
    {"Escape", BX_KEY_ESC},
    {"Minus", BX_KEY_MINUS},
    {"Equal", BX_KEY_EQUALS},
    {"BracketLeft", BX_KEY_LEFT_BRACKET},
    {"Backslash", BX_KEY_BACKSLASH},
    {"BracketRight", BX_KEY_RIGHT_BRACKET},
    {"Semicolon", BX_KEY_SEMICOLON},
    {"Quote", BX_KEY_SINGLE_QUOTE},
    {"Backquote", BX_KEY_GRAVE},
    {"Comma", BX_KEY_COMMA},
    {"Period", BX_KEY_PERIOD},
    {"Slash", BX_KEY_SLASH},
    {"ShiftLeft", BX_KEY_SHIFT_L},
    {"ShiftRight", BX_KEY_SHIFT_R},
    {"ControlLeft", BX_KEY_CTRL_L},
    {"ControlRight", BX_KEY_CTRL_R},
    {"AltLeft", BX_KEY_ALT_L},
    {"AltRight", BX_KEY_ALT_R},
    {"CapsLock", BX_KEY_CAPS_LOCK},
    {"ArrowUp", BX_KEY_UP},
    {"ArrowDown", BX_KEY_DOWN},
    {"ArrowLeft", BX_KEY_LEFT},
    {"ArrowRight", BX_KEY_RIGHT},
    {"Home", BX_KEY_HOME},
    {"End", BX_KEY_END},
    {"PageUp", BX_KEY_PAGE_UP},
    {"PageDown", BX_KEY_PAGE_DOWN},
    {"Insert", BX_KEY_INSERT},
    {"Delete", BX_KEY_DELETE},
    {"IntlBackslash", BX_KEY_LEFT_BACKSLASH},
    {"NumLock", BX_KEY_NUM_LOCK},
    {"Numpad0", BX_KEY_KP_INSERT},
    {"Numpad1", BX_KEY_KP_END},
    {"Numpad2", BX_KEY_KP_DOWN},
    {"Numpad3", BX_KEY_KP_PAGE_DOWN},
    {"Numpad4", BX_KEY_KP_LEFT},
    {"Numpad5", BX_KEY_KP_5},
    {"Numpad6", BX_KEY_KP_RIGHT},
    {"Numpad7", BX_KEY_KP_HOME},
    {"Numpad8", BX_KEY_KP_UP},
    {"Numpad9", BX_KEY_KP_PAGE_UP},
    {"NumpadDecimal", BX_KEY_KP_DELETE},
    {"NumpadEnter", BX_KEY_KP_ENTER},
    {"NumpadAdd", BX_KEY_KP_ADD},
    {"NumpadSubtract", BX_KEY_KP_SUBTRACT},
    {"NumpadMultiply", BX_KEY_KP_MULTIPLY},
    {"NumpadDivide", BX_KEY_KP_DIVIDE},
};

// The kernel's symbols, for the names that the debugger prints. Its own table would do, but for two things that come out well on
// most hosts only: a 64-bit number is printed by %x, and the place before a table's first entry is asked for.
constexpr const char* SYMBOL_FILE = "/kernel.sym";
std::map<Bit64u, std::string> symbols;
bool at_prompt = false; // the debugger has read its first commands, the symbols among them

void load_symbols() {
    char line[512];
    FILE* file = std::fopen(SYMBOL_FILE, "r");
    while (file && std::fgets(line, sizeof line, file)) {
        char* name = nullptr;
        const Bit64u address = std::strtoul(line, &name, 16);
        symbols.emplace(address, std::string(name + 1, std::strcspn(name + 1, "\n"))); // of several names the first
    }
    if (file) {
        std::fclose(file);
    }
}

// "name+offset", or nullptr where no symbol is known.
const char* name_at(Bit64u address) {
    static char text[80]; // as long as the debugger's own
    if (at_prompt && symbols.empty()) {
        load_symbols();
    }
    auto symbol = symbols.upper_bound(address);
    if (symbol == symbols.begin() || symbol == symbols.end()) {
        return nullptr;
    }
    --symbol;
    std::snprintf(text, sizeof text, "%s+%llx", symbol->second.c_str(), address - symbol->first);
    return text;
}

// What a slice has taken of the machine's time.
double machine_ms() {
    return (bx_pc_system.time_ticks() - slice_ticks) * 1000.0 / SIM->get_param_num(BXPN_IPS)->get();
}

bool halted() {
    return BX_CPU(0)->activity_state != BX_CPU_C::BX_ACTIVITY_STATE_ACTIVE;
}

Bit32u key_of(const char* code) {
    if (std::strncmp(code, "Key", 3) == 0 && code[3] >= 'A' && code[3] <= 'Z' && code[4] == 0) {
        return BX_KEY_A + (code[3] - 'A');
    }
    if (std::strncmp(code, "Digit", 5) == 0 && code[5] >= '0' && code[5] <= '9') {
        return BX_KEY_0 + (code[5] - '0');
    }
    if (code[0] == 'F' && code[1] >= '1' && code[1] <= '9') {
        const int number = std::atoi(code + 1);
        return number <= 12 ? BX_KEY_F1 + number - 1 : BX_KEY_UNHANDLED;
    }
    for (const KeyName& one : KEYS) {
        if (std::strcmp(one.name, code) == 0) {
            return one.key;
        }
    }
    return BX_KEY_UNHANDLED;
}

} // namespace

// --- Where Bochs waits for the page. Only here; so only the functions that call these need to be resumable. ---

EM_ASYNC_JS(void, wait_for_page, (double milliseconds), { await Module.giveWay(milliseconds); });

EM_ASYNC_JS(int, wait_for_line, (char* buffer, int size), {
    const line = await Module.nextLine();
    stringToUTF8(line + "\n", buffer, size);
    return 1;
});

extern "C" {

time_t __real_mktime(struct tm* date);
char* __real_fgets(char* buffer, int size, FILE* stream);
void __real__ZN8BX_CPU_C17cpu_loop_debuggerEv();
void __real__ZN8BX_CPU_C9exceptionEjt(unsigned vector, Bit16u error_code);

// Bochs takes the years 1900 and 9999 for the limits of its clock. Where time_t has 32 bits they are 1901 and 2038.
time_t __wrap_mktime(struct tm* date) {
    constexpr int BASE = 1900;
    if (date->tm_year < 1902 - BASE) {
        return std::numeric_limits<Bit32s>::min();
    }
    return date->tm_year >= 2038 - BASE ? std::numeric_limits<Bit32s>::max() : __real_mktime(date);
}

// The debugger's prompt reads a line: the page has it, sooner or later.
char* __wrap_fgets(char* buffer, int size, FILE* stream) {
    if (stream != stdin) {
        return __real_fgets(buffer, size, stream);
    }
    at_prompt = true;
    std::fflush(stdout);
    wait_for_line(buffer, size);
    return buffer;
}

const char* __wrap__Z23bx_dbg_symbolic_addressyyy(Bit64u, Bit64u offset, Bit64u base) {
    const char* name = name_at(base + offset);
    return name ? name : at_prompt ? "no symbol" : "unk. ctxt";
}

const char* __wrap__Z30bx_dbg_disasm_symbolic_addressyy(Bit64u offset, Bit64u base) {
    return name_at(base + offset);
}

// The debugger lets the processor run: in slices, with the page served in between. Bochs sees one run.
void __wrap__ZN8BX_CPU_C17cpu_loop_debuggerEv() {
    pause_wanted = false;
    for (;;) {
        slice_begin = emscripten_get_now();
        slice_ticks = bx_pc_system.time_ticks();
        slice_is_over = false;
        __real__ZN8BX_CPU_C17cpu_loop_debuggerEv();
        if (!slice_is_over || BX_CPU(0)->guard_found.guard_found || BX_CPU(0)->stop_reason != STOP_NO_REASON) {
            return;
        }
        bx_guard.interrupt_requested = false;
        // What the end of the slice has hidden: a breakpoint at the next instruction, the last of the steps that were asked for.
        if (!halted() && BX_CPU(0)->dbg_instruction_epilog()) {
            return;
        }
        // A machine that works does so as fast as it can. One that waits is to wait as long as the reader sees it waiting, and
        // to leave the reader's processor alone.
        const double ahead = halted() ? machine_ms() - (emscripten_get_now() - slice_begin) : 0;
        wait_for_page(ahead > 0 ? ahead : 0);
        if (pause_wanted) {
            bx_guard.interrupt_requested = true;
            return;
        }
    }
}

// Those of the BIOS and of GRUB, before there is paging, are not kept: there may be many.
void __wrap__ZN8BX_CPU_C9exceptionEjt(unsigned vector, Bit16u error_code) {
    const BX_CPU_C* cpu = BX_CPU(0);
    if (cpu->cr0.get_PG() && raised.count < RAISED_LIMIT) {
        const Bit8u level = cpu->sregs[BX_SEG_REG_CS].selector.rpl;
        raised.first[raised.count++] = {vector, error_code, static_cast<Bit32u>(cpu->cr2), level};
    }
    __real__ZN8BX_CPU_C9exceptionEjt(vector, error_code);
}

// --- What the page calls ---

EMSCRIPTEN_KEEPALIVE const Screen* page_screen() {
    return &screen;
}

EMSCRIPTEN_KEEPALIVE const void* page_exceptions() {
    return &raised;
}

EMSCRIPTEN_KEEPALIVE void page_pause() {
    pause_wanted = true;
}

EMSCRIPTEN_KEEPALIVE void page_key(const char* code, int released) {
    const Bit32u key = key_of(code);
    if (key != BX_KEY_UNHANDLED) {
        DEV_kbd_gen_scancode(key | (released ? BX_KEY_RELEASED : BX_KEY_PRESSED));
    }
}

// The instructions executed so far.
EMSCRIPTEN_KEEPALIVE double page_ticks() {
    return static_cast<double>(bx_pc_system.time_ticks());
}

// The processor's registers, in the order of REGISTERS in machine.js.
EMSCRIPTEN_KEEPALIVE const Bit32u* page_registers() {
    static Bit32u values[32];
    BX_CPU_C* cpu = BX_CPU(0);
    Bit32u* next = values;
    for (int number = BX_32BIT_REG_EAX; number <= BX_32BIT_REG_EDI; number++) {
        *next++ = cpu->get_reg32(number);
    }
    *next++ = cpu->get_eip();
    *next++ = cpu->read_eflags();
    for (int segment : {BX_SEG_REG_CS, BX_SEG_REG_SS, BX_SEG_REG_DS, BX_SEG_REG_ES, BX_SEG_REG_FS, BX_SEG_REG_GS}) {
        *next++ = cpu->sregs[segment].selector.value;
    }
    *next++ = cpu->cr0.get32();
    *next++ = static_cast<Bit32u>(cpu->cr2);
    *next++ = static_cast<Bit32u>(cpu->cr3);
    *next++ = cpu->cr4.get32();
    *next++ = static_cast<Bit32u>(cpu->gdtr.base);
    *next++ = cpu->gdtr.limit;
    *next++ = static_cast<Bit32u>(cpu->idtr.base);
    *next++ = cpu->idtr.limit;
    *next++ = cpu->tr.selector.value;
    *next++ = static_cast<Bit32u>(cpu->tr.cache.u.segment.base);
    *next++ = cpu->tr.cache.u.segment.limit_scaled;
    *next++ = cpu->sregs[BX_SEG_REG_CS].cache.u.segment.base;
    *next++ = cpu->sregs[BX_SEG_REG_SS].cache.u.segment.base;
    return values;
}

// Bytes of physical memory, as they are there; a device's memory is not asked.
EMSCRIPTEN_KEEPALIVE int page_read_physical(Bit32u address, Bit32u length, Bit8u* bytes) {
    return BX_MEM(0)->dbg_fetch_mem(BX_CPU(0), address, length, bytes);
}

} // extern "C"

// --- Bochs' side ---

class bx_nogui_gui_c : public bx_gui_c {
public:
    DECLARE_GUI_VIRTUAL_METHODS()
};

static bx_nogui_gui_c* theGui = nullptr;
IMPLEMENT_GUI_PLUGIN_CODE(nogui)

#define LOG_THIS theGui->

void bx_nogui_gui_c::specific_init(int, char**, unsigned) {}

// Bochs calls this at short intervals of the machine's time.
void bx_nogui_gui_c::handle_events() {
    if (emscripten_get_now() >= slice_begin + SLICE_MS || (halted() && machine_ms() >= IDLE_SLICE_MS)) {
        slice_is_over = true;
        bx_guard.interrupt_requested = true;
    }
}

void bx_nogui_gui_c::text_update(Bit8u*, Bit8u* text, unsigned long cursor_x, unsigned long cursor_y,
                                 bx_vga_tminfo_t* info) {
    Bit8u* cell = screen.cells;
    for (Bit32u row = 0; row < screen.rows; row++) {
        const Bit8u* line = text + row * info->line_offset;
        for (Bit32u column = 0; column < screen.columns; column++) {
            *cell++ = *line++;
            const Bit8u attribute = *line++;
            *cell++ = attribute;
        }
    }
    screen.cursor_x = cursor_x;
    screen.cursor_y = cursor_y;
    screen.changes++;
}

void bx_nogui_gui_c::dimension_update(unsigned x, unsigned y, unsigned font_height, unsigned font_width,
                                      unsigned bits_per_pixel) {
    guest_textmode = font_height > 0;
    guest_xres = x;
    guest_yres = y;
    guest_bpp = bits_per_pixel;
    const unsigned columns = font_width ? x / font_width : 0;
    const unsigned rows = font_height ? y / font_height : 0;
    const bool fits = columns * rows * 2 <= sizeof screen.cells; // a graphics mode has no cells
    screen.columns = fits ? columns : 0;
    screen.rows = fits ? rows : 0;
    screen.changes++;
}

void bx_nogui_gui_c::clear_screen() {
    std::memset(screen.cells, 0, sizeof screen.cells);
    screen.changes++;
}

void bx_nogui_gui_c::flush() {}
bool bx_nogui_gui_c::palette_change(Bit8u, Bit8u, Bit8u, Bit8u) {
    return false;
}
void bx_nogui_gui_c::graphics_tile_update(Bit8u*, unsigned, unsigned) {}
int bx_nogui_gui_c::get_clipboard_text(Bit8u**, Bit32s*) {
    return 0;
}
int bx_nogui_gui_c::set_clipboard_text(char*, Bit32u) {
    return 0;
}
unsigned bx_nogui_gui_c::create_bitmap(const unsigned char*, unsigned, unsigned) {
    return 0;
}
unsigned bx_nogui_gui_c::headerbar_bitmap(unsigned, unsigned, void (*)()) {
    return 0;
}
void bx_nogui_gui_c::replace_bitmap(unsigned, unsigned) {}
void bx_nogui_gui_c::show_headerbar() {}
void bx_nogui_gui_c::mouse_enabled_changed_specific(bool) {}
void bx_nogui_gui_c::exit() {}
