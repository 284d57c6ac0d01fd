// The line that is typed at the shell's prompt: edited, taken from those before it, completed (chapter 18).
//
// A key at the end of the line shows as itself, so that plain typing looks as it does without all this. Any other change
// draws the whole line again, which may take several rows. Where the cursor is on the terminal is known from what was shown.
#pragma once

#include "keys.h"

#include <stdio.h>
#include <string.h>

enum { line_size = 1024, most_lines_kept = 64 };

/// Calls `visit` with each text that could be in the place of a word which begins with `word`.
typedef void completer(const char* word, int is_command, void visit(const char* text, int is_directory));

static struct {
    char text[line_size + 1]; // ends in NUL; there is room for an end of line before that
    size_t length;
    size_t place; // of the cursor in the text
    size_t shown; // its place on the terminal, counted from the prompt's first column
    const char* prompt;
} line;

static char* kept_lines[most_lines_kept]; // the oldest first
static size_t kept_count;

static inline size_t prompt_length(void) {
    return strlen(line.prompt);
}

/// Moves the terminal's cursor to a place that is counted as `line.shown` is.
static inline void move_to(size_t wanted) {
    const size_t columns = terminal_size().ws_col;
    const size_t row = line.shown / columns;
    const size_t wanted_row = wanted / columns;
    if (wanted_row < row) {
        fprintf(stderr, "\x1b[%uA", (unsigned)(row - wanted_row));
    } else if (wanted_row > row) {
        fprintf(stderr, "\x1b[%uB", (unsigned)(wanted_row - row));
    }
    fputs("\r", stderr);
    if (wanted % columns != 0) {
        fprintf(stderr, "\x1b[%uC", (unsigned)(wanted % columns));
    }
    line.shown = wanted;
}

/// Moves it to where the text's is.
static inline void show_cursor(void) {
    move_to(prompt_length() + line.place);
}

/// After what fills a row to its end: some terminals go to the next one only with the next character.
static inline void finish_row(void) {
    if (line.shown % terminal_size().ws_col == 0) {
        fputs(" \r", stderr);
    }
}

static inline void draw_line(void) {
    move_to(0);
    fprintf(stderr, "\x1b[J%s%s", line.prompt, line.text);
    line.shown = prompt_length() + line.length;
    finish_row();
    show_cursor();
}

static inline void insert_text(const char* text, size_t count) {
    if (line.length + count >= line_size) {
        fputs("\a", stderr);
        return;
    }
    memmove(line.text + line.place + count, line.text + line.place, line.length - line.place + 1);
    memcpy(line.text + line.place, text, count);
    line.length += count;
    line.place += count;
    if (line.place != line.length) {
        draw_line();
        return;
    }
    for (size_t i = 0; i < count; ++i) {
        fprintf(stderr, "%c", text[i]);
        ++line.shown;
        finish_row();
    }
}

/// Takes away what lies between the cursor and `place`.
static inline void remove_to(size_t place) {
    const size_t begin = place < line.place ? place : line.place;
    const size_t end = place < line.place ? line.place : place;
    const int is_last = end == line.length && end - begin == 1 && line.place == end && line.shown % terminal_size().ws_col != 0;
    memmove(line.text + begin, line.text + end, line.length - end + 1);
    line.length -= end - begin;
    line.place = begin;
    if (is_last) {
        fputs("\b \b", stderr);
        --line.shown;
    } else if (begin != end) {
        draw_line();
    }
}

static inline void replace_line(const char* text) {
    snprintf(line.text, line_size, "%s", text);
    line.length = line.place = strlen(line.text);
    draw_line();
}

/// Where the word before the cursor begins: after a blank, or after anything that `also` has.
static inline size_t word_begin(const char* also) {
    size_t begin = line.place;
    while (begin > 0 && line.text[begin - 1] != ' ' && strchr(also, line.text[begin - 1]) == NULL) {
        --begin;
    }
    return begin;
}

static struct {
    const char* word; // what they all begin with
    char common[line_size];
    int count;
    int is_directory;
    int are_listed;
} candidates;

static inline void visit_candidate(const char* text, int is_directory) {
    if (strncmp(text, candidates.word, strlen(candidates.word)) != 0) {
        return;
    }
    if (candidates.are_listed) {
        const char* slash = strrchr(text, '/');
        fprintf(stderr, "%s%s  ", slash != NULL ? slash + 1 : text, is_directory ? "/" : "");
    } else if (candidates.count++ == 0) {
        snprintf(candidates.common, line_size, "%s", text);
        candidates.is_directory = is_directory;
    } else {
        size_t same = 0;
        while (text[same] != '\0' && text[same] == candidates.common[same]) {
            ++same;
        }
        candidates.common[same] = '\0';
    }
}

/// Completes the word before the cursor as far as only one text is possible; if no more is, shows all that are.
static inline void complete_line(completer* complete) {
    static const char operators[] = "|&;<>()";
    const size_t begin = word_begin(operators);
    size_t before = begin;
    while (before > 0 && line.text[before - 1] == ' ') {
        --before;
    }
    const int is_command = before == 0 || strchr("|&;(", line.text[before - 1]) != NULL;
    char word[line_size];
    snprintf(word, line_size, "%.*s", (int)(line.place - begin), line.text + begin);
    candidates.word = word;
    candidates.count = candidates.are_listed = 0;
    complete(word, is_command, visit_candidate);
    const size_t known = strlen(word);
    if (candidates.count == 0) {
        fputs("\a", stderr);
    } else if (candidates.count == 1) {
        insert_text(candidates.common + known, strlen(candidates.common) - known);
        insert_text(candidates.is_directory ? "/" : " ", 1);
    } else if (candidates.common[known] != '\0') {
        insert_text(candidates.common + known, strlen(candidates.common) - known);
    } else {
        const size_t place = line.place;
        line.place = line.length;
        show_cursor();
        fputs("\n", stderr);
        candidates.are_listed = 1;
        complete(word, is_command, visit_candidate);
        fputs("\n", stderr);
        line.shown = 0;
        line.place = place;
        draw_line();
    }
}

static inline void keep_line(void) {
    if (line.length == 0 || (kept_count > 0 && strcmp(kept_lines[kept_count - 1], line.text) == 0)) {
        return;
    }
    if (kept_count == most_lines_kept) {
        free(kept_lines[0]);
        memmove(kept_lines, kept_lines + 1, --kept_count * sizeof(*kept_lines));
    }
    char* copy = strdup(line.text);
    if (copy != NULL) {
        kept_lines[kept_count++] = copy;
    }
}

enum line_end { line_done, line_left, line_none }; // Enter, ctrl-C, ctrl-D in an empty line

/// Lets a line be typed after `prompt`. The text is then in `line.text`, without an end of line.
static inline enum line_end edit_line(const char* prompt, completer* complete) {
    line.prompt = prompt;
    line.text[0] = '\0';
    line.length = line.place = 0;
    line.shown = strlen(prompt);
    fputs(prompt, stderr);
    size_t shown_line = kept_count;     // which of those that are kept; kept_count is the one being typed
    static char typed[line_size]; // that one, while another is shown
    for (;;) {
        const int key = read_key();
        const size_t old_place = line.place;
        switch (key) {
        case key_none:
            return line_none;
        case '\n':
        case '\r':
            line.place = line.length;
            if (line.place != old_place) {
                show_cursor();
            }
            fputs("\n", stderr);
            keep_line();
            return line_done;
        case 'C' & control:
            line.place = line.length;
            if (line.place != old_place) {
                show_cursor();
            }
            fputs("^C\n", stderr);
            return line_left;
        case 'D' & control:
            if (line.length == 0) {
                return line_none;
            } // else it deletes
            __attribute__((fallthrough));
        case key_delete:
            remove_to(line.place < line.length ? line.place + 1 : line.place);
            continue;
        case '\b':
        case 0x7F:
            remove_to(line.place > 0 ? line.place - 1 : 0);
            continue;
        case 'U' & control:
            remove_to(0);
            continue;
        case 'K' & control:
            remove_to(line.length);
            continue;
        case 'W' & control: {
            while (line.place > 0 && line.text[line.place - 1] == ' ') {
                --line.place;
            }
            const size_t begin = word_begin("");
            line.place = old_place;
            remove_to(begin);
            continue;
        }
        case 'L' & control:
            fputs("\x1b[2J\x1b[H", stderr);
            line.shown = 0;
            draw_line();
            continue;
        case '\t':
            complete_line(complete);
            continue;
        case 'A' & control:
        case key_home:
            line.place = 0;
            break;
        case 'E' & control:
        case key_end:
            line.place = line.length;
            break;
        case 'B' & control:
        case key_left:
            line.place -= line.place > 0;
            break;
        case 'F' & control:
        case key_right:
            line.place += line.place < line.length;
            break;
        case 'P' & control:
        case key_up:
            if (shown_line > 0) {
                if (shown_line == kept_count) {
                    memcpy(typed, line.text, sizeof(typed));
                }
                replace_line(kept_lines[--shown_line]);
            }
            continue;
        case 'N' & control:
        case key_down:
            if (shown_line < kept_count) {
                ++shown_line;
                replace_line(shown_line == kept_count ? typed : kept_lines[shown_line]);
            }
            continue;
        default:
            if (key >= ' ' && key < 256) {
                const char character = (char)key;
                insert_text(&character, 1);
            }
            continue;
        }
        if (line.place != old_place) {
            show_cursor();
        }
    }
}
