// Edits a text file on the whole screen: arrows, Home, End, Page Up and Down move, ctrl-S saves, ctrl-Q quits.
// Ends: exited with status 0
#include "keys.h"
#include "tool.h"

struct line {
    char* text; // without an end of line; not with a NUL either
    size_t length;
    size_t room;
};

static struct line* lines;
static size_t line_count;
static size_t line_room;

static const char* path;
static const char* message = "ctrl-S saves, ctrl-Q quits";
static int is_changed;

static size_t row, column;           // of the cursor in the text
static size_t first_row, first_column; // of the text on the screen
static size_t rows, columns;         // of the screen, without its last row

// --- The text ---

/// Makes room for `count` bytes in a line. False if there is no memory: then nothing has changed.
static int make_room(struct line* line, size_t count) {
    if (count > line->room) {
        char* text = realloc(line->text, 2 * count + 16);
        if (text == NULL) {
            message = "out of memory";
            return 0;
        }
        line->text = text;
        line->room = 2 * count + 16;
    }
    return 1;
}

/// Puts bytes into a line.
static int insert(struct line* line, size_t place, const char* bytes, size_t count) {
    if (!make_room(line, line->length + count)) {
        return 0;
    }
    memmove(line->text + place + count, line->text + place, line->length - place);
    memcpy(line->text + place, bytes, count);
    line->length += count;
    return 1;
}

/// Puts a line with these bytes before the line `at`.
static int insert_line(size_t at, const char* bytes, size_t count) {
    if (line_count == line_room) {
        struct line* more = realloc(lines, (2 * line_room + 64) * sizeof(*lines));
        if (more == NULL) {
            message = "out of memory";
            return 0;
        }
        lines = more;
        line_room = 2 * line_room + 64;
    }
    struct line new_line = {NULL, 0, 0};
    if (!insert(&new_line, 0, bytes, count)) {
        return 0;
    }
    memmove(lines + at + 1, lines + at, (line_count - at) * sizeof(*lines));
    lines[at] = new_line;
    ++line_count;
    return 1;
}

/// Reads the file; that there is none yet is fine.
static int read_text(void) {
    FILE* file = fopen(path, "r");
    char* text = NULL;
    size_t capacity = 0;
    ssize_t length;
    if (file == NULL && errno != ENOENT) {
        complain(path);
        return 0;
    }
    errno = 0;
    while (file != NULL && (length = getline(&text, &capacity, file)) > 0) {
        if (!insert_line(line_count, text, (size_t)length - (text[length - 1] == '\n'))) {
            errno = ENOMEM;
            break;
        }
    }
    if (file != NULL && errno != 0) {
        complain(path);
        return 0;
    }
    if (file != NULL) {
        fclose(file);
    }
    free(text);
    return line_count > 0 || insert_line(0, "", 0);
}

static int write_all(int file, const char* bytes, size_t count) {
    while (count > 0) {
        const ssize_t written = write(file, bytes, count);
        if (written <= 0) {
            return 0;
        }
        bytes += written;
        count -= (size_t)written;
    }
    return 1;
}

static void save(void) {
    const int file = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0666);
    int is_written = file >= 0;
    const size_t count = line_count == 1 && lines[0].length == 0 ? 0 : line_count; // an empty text has no line
    for (size_t i = 0; i < count && is_written; ++i) {
        is_written = write_all(file, lines[i].text, lines[i].length) && write_all(file, "\n", 1);
    }
    message = is_written ? "saved" : strerror(errno);
    if (file >= 0) { // else it still is as it was
        is_changed = !is_written;
        close(file);
    }
}

// --- The screen ---

static char shown[16384]; // what is about to be written to it
static size_t shown_count;

static void show(const char* bytes, size_t count) {
    if (shown_count + count > sizeof(shown)) {
        write_all(STDOUT_FILENO, shown, shown_count);
        shown_count = 0;
    }
    memcpy(shown + shown_count, bytes, count);
    shown_count += count;
}

static void move_cursor(size_t to_row, size_t to_column) {
    char sequence[32];
    show(sequence, (size_t)snprintf(sequence, sizeof(sequence), "\x1b[%u;%uH", (unsigned)to_row + 1, (unsigned)to_column + 1));
}

/// Each byte takes one column: a tab shows as a blank, other control characters as a question mark.
static void draw_row(size_t index) {
    move_cursor(index - first_row, 0);
    for (size_t i = first_column; index < line_count && i < lines[index].length && i - first_column < columns - 1; ++i) {
        const char byte = lines[index].text[i];
        const int is_control = (unsigned char)byte < ' ' || byte == 0x7F;
        show(byte == '\t' ? " " : is_control ? "?" : &byte, 1);
    }
    show("\x1b[K", 3);
}

/// Of a path that is too long for the row, its end: what comes after it must be seen.
static void draw_status(void) {
    char rest[128];
    char text[PATH_MAX + sizeof(rest)];
    const int rest_length = snprintf(rest, sizeof(rest), "%s  line %u of %u  %s", is_changed ? " (changed)" : "", (unsigned)row + 1,
                                     (unsigned)line_count, message);
    const int room = (int)columns - 2 - rest_length;
    const int excess = (int)strlen(path) - (room > 0 ? room : 0);
    const int length = snprintf(text, sizeof(text), " %s%s", path + (excess > 0 ? excess : 0), rest);
    move_cursor(rows, 0);
    show("\x1b[7m", 4);
    for (size_t i = 0; i < columns - 1; ++i) {
        show(i < (size_t)length && i < sizeof(text) - 1 ? &text[i] : " ", 1);
    }
    show("\x1b[0m", 4);
}

/// Moves what the screen shows of the text so that the cursor is there. Draws what has changed: all, or the row of the cursor.
static void draw(int all) {
    const size_t old_row = first_row;
    const size_t old_column = first_column;
    first_row = row < first_row ? row : row >= first_row + rows ? row - rows + 1 : first_row;
    if (column < first_column || column >= first_column + columns - 1) {
        first_column = column < columns / 2 ? 0 : column - columns / 2;
    }
    if (all || first_row != old_row || first_column != old_column) {
        for (size_t i = 0; i < rows; ++i) {
            draw_row(first_row + i);
        }
    } else {
        draw_row(row);
    }
    draw_status();
    move_cursor(row - first_row, column - first_column);
    write_all(STDOUT_FILENO, shown, shown_count);
    shown_count = 0;
}

// --- The keys ---

/// Joins a line with the one after it.
static int join(size_t index) {
    struct line* next = &lines[index + 1];
    if (!insert(&lines[index], lines[index].length, next->text, next->length)) {
        return 0;
    }
    free(next->text);
    memmove(next, next + 1, (--line_count - index - 1) * sizeof(*lines));
    return 1;
}

/// Does what a key says to the text. True if more than the row of the cursor has changed.
static int change(int key) {
    struct line* line = &lines[row];
    const char byte = (char)key;
    switch (key) {
    case '\r':
    case '\n':
        if (insert_line(row + 1, line->text + column, line->length - column)) {
            lines[row].length = column;
            ++row;
            column = 0;
            is_changed = 1;
        }
        return 1;
    case '\b':
    case 0x7F:
        if (column == 0 && row == 0) {
            return 0;
        }
        if (column == 0) {
            --row;
            column = lines[row].length;
            is_changed |= join(row);
            return 1;
        }
        --column;
        __attribute__((fallthrough));
    case key_delete:
        if (column < line->length) {
            memmove(line->text + column, line->text + column + 1, --line->length - column);
            is_changed = 1;
        } else if (row + 1 < line_count) {
            is_changed |= join(row);
            return 1;
        }
        return 0;
    default:
        if ((key == '\t' || (key >= ' ' && key < 256)) && insert(line, column, &byte, 1)) {
            ++column;
            is_changed = 1;
        }
        return 0;
    }
}

static void move(int key) {
    switch (key) {
    case key_up:
        row -= row > 0;
        break;
    case key_down:
        row += row + 1 < line_count;
        break;
    case key_page_up:
        row -= row < rows ? row : rows;
        break;
    case key_page_down:
        row = row + rows < line_count ? row + rows : line_count - 1;
        break;
    case key_left:
        if (column > 0) {
            --column;
        } else if (row > 0) {
            column = lines[--row].length;
        }
        break;
    case key_right:
        if (column < lines[row].length) {
            ++column;
        } else if (row + 1 < line_count) {
            ++row;
            column = 0;
        }
        break;
    case key_home:
        column = 0;
        break;
    default:
        column = lines[row].length;
        break;
    }
    column = column < lines[row].length ? column : lines[row].length;
}

/// Whether the changes may be lost, if there are any.
static int may_quit(void) {
    if (!is_changed) {
        return 1;
    }
    message = "lose the changes? (y/n)";
    draw(0);
    message = "";
    const int key = read_key();
    return key == 'y' || key == key_none;
}

int main(int argc, char** argv) {
    options(&argc, &argv, "", "file");
    if (argc != 1) {
        usage("file");
    }
    path = argv[0];
    if (!read_text()) {
        return 1;
    }
    if (!take_keys()) {
        give_up("standard input");
    }
    rows = terminal_size().ws_row - 1U;
    columns = terminal_size().ws_col;
    for (int all = 1, key;; ) {
        draw(all);
        key = read_key();
        message = "";
        all = 0;
        if (key == key_none || (key == ('Q' & control) && may_quit())) {
            break;
        }
        if (key == ('S' & control)) {
            save();
        } else if (key >= key_up && key <= key_page_down && key != key_delete) {
            move(key);
        } else if (key == ('L' & control)) {
            all = 1;
        } else {
            all = change(key);
        }
    }
    show("\x1b[2J\x1b[H", 7);
    write_all(STDOUT_FILENO, shown, shown_count);
    give_keys_back();
    return 0;
}
