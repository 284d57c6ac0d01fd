// The shell: reads commands, and runs each as a process (chapter 18).
//
// From top to bottom: memory, variables, input, words and commands (the parser), what a word means (expansion), and
// the running of commands. How a line is edited is in line_editing.h. A command is parsed as a whole, to its last line,
// before it is run. Ends: exited with status 0 (that of the last command)
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "line_editing.h"

enum { not_found = 127, cannot_run = 126, wrong_use = 2, first_own_descriptor = 10 };

static int last_status;          // $?
static pid_t last_in_background; // $!
static pid_t shell_id;           // $$, in subshells as well
static char* script_name;        // $0
static char** parameters;        // $1, $2, ...
static int parameter_count;      // $#
static bool interactive;
static bool parse_failed;

// --- Memory: all that is allocated for a command goes when it is done ---

struct allocation {
    struct allocation* before;
    char bytes[];
};
static struct allocation* last_allocation;

static void* checked(void* memory) {
    if (memory == NULL) {
        fputs("sh: out of memory\n", stderr);
        exit(wrong_use);
    }
    return memory;
}

static void* allocate(size_t size) {
    struct allocation* allocation = checked(malloc(sizeof(*allocation) + size));
    allocation->before = last_allocation;
    last_allocation = allocation;
    return allocation->bytes;
}

/// Gives back all that was allocated after `mark`.
static void release_to(struct allocation* mark) {
    while (last_allocation != mark) {
        struct allocation* before = last_allocation->before;
        free(last_allocation);
        last_allocation = before;
    }
}

/// A text that grows.
struct text {
    char* bytes;
    size_t length;
    size_t capacity;
};

static void append(struct text* text, char byte) {
    if (text->length == text->capacity) {
        text->capacity = 2 * text->capacity + 32;
        char* bytes = allocate(text->capacity);
        memcpy(bytes, text->bytes, text->length);
        text->bytes = bytes;
    }
    text->bytes[text->length++] = byte;
}

static void append_all(struct text* text, const char* bytes) {
    while (*bytes != '\0') {
        append(text, *bytes++);
    }
}

static char* finished(struct text* text) {
    append(text, '\0');
    return text->bytes;
}

/// A list of words that grows; a null pointer ends it.
struct list {
    char** words;
    int count;
    int capacity;
};

static void add(struct list* list, char* word) {
    if (list->count + 1 >= list->capacity) {
        list->capacity = 2 * list->capacity + 8;
        char** words = allocate((size_t)list->capacity * sizeof(*words));
        memcpy(words, list->words, (size_t)list->count * sizeof(*words));
        list->words = words;
    }
    list->words[list->count++] = word;
    list->words[list->count] = NULL;
}

// --- Variables ---

struct variable {
    struct variable* next;
    char* text; // "name=value"
    size_t name_length;
    bool exported;
};
static struct variable* variables;

static size_t name_length(const char* text) {
    size_t length = 0;
    while (isalnum((unsigned char)text[length]) || text[length] == '_') {
        ++length;
    }
    return isdigit((unsigned char)text[0]) ? 0 : length;
}

static struct variable* find_variable(const char* name, size_t length) {
    struct variable* variable = variables;
    while (variable != NULL && (variable->name_length != length || memcmp(variable->text, name, length) != 0)) {
        variable = variable->next;
    }
    return variable;
}

static const char* value_of(const char* name, size_t length) {
    const struct variable* variable = find_variable(name, length);
    return variable == NULL ? NULL : variable->text + length + 1;
}

/// Keeps a copy of "name=value" as a variable that hides any other of that name.
static struct variable* add_variable(const char* text) {
    struct variable* variable = checked(calloc(1, sizeof(*variable)));
    variable->next = variables;
    variable->text = checked(strdup(text));
    variable->name_length = strcspn(text, "=");
    return variables = variable;
}

/// Keeps a copy of "name=value".
static struct variable* assign(const char* text) {
    struct variable* variable = find_variable(text, strcspn(text, "="));
    if (variable == NULL) {
        return add_variable(text);
    }
    char* copy = checked(strdup(text));
    free(variable->text);
    variable->text = copy;
    return variable;
}

/// Forgets the variables that add_variable made after `mark`.
static void remove_variables_to(struct variable* mark) {
    while (variables != mark) {
        struct variable* next = variables->next;
        free(variables->text);
        free(variables);
        variables = next;
    }
}

static char** environment(void) {
    struct list list = {0};
    for (struct variable* variable = variables; variable != NULL; variable = variable->next) {
        if (variable->exported) {
            add(&list, variable->text);
        }
    }
    return list.words != NULL ? list.words : (add(&list, NULL), list.words);
}

// --- Input: a string, or lines from a descriptor ---

static const char* input_text; // if it is a string
static int input_descriptor;
static const char* typed_rest = ""; // of the line that was typed last
static bool continues;              // a command has begun, and goes on with the next line
static volatile bool interrupted;   // by ctrl-C, while the shell did not read: the line that runs is left
static int unread = -2;             // -2: none

static completer complete;

static int next_typed_character(void) {
    if (*typed_rest == '\0') {
        take_keys();
        if (interrupted) { // from now on ctrl-C is a key
            fputs("\n", stderr);
            interrupted = false;
        }
        const enum line_end end = edit_line(continues ? "> " : "$ ", complete);
        if (end == line_none) {
            return EOF;
        }
        if (end == line_left) {
            parse_failed = true;
            last_status = 128 + SIGINT;
            typed_rest = ""; // it pointed to the end of the line before, where this one may have text
            return '\n';
        }
        strcpy(line.text + line.length, "\n");
        typed_rest = line.text;
    }
    return (unsigned char)*typed_rest++;
}

static int next_character(void) {
    if (unread != -2) {
        const int character = unread;
        unread = -2;
        return character;
    }
    if (input_text != NULL) {
        return *input_text == '\0' ? EOF : (unsigned char)*input_text++;
    }
    if (interactive) {
        return next_typed_character();
    }
    unsigned char character = '\0'; // one by one: what comes after this command may be for a program that it runs
    while (read(input_descriptor, &character, 1) == 1) {
        if (character != '\0') { // which would end a text
            return character;
        }
    }
    return EOF;
}

static int peek_character(void) {
    return unread = next_character();
}

// --- Parsing: words and operators ---

enum token { END, NEWLINE, WORD, OPERATOR };

static enum token token;
static char* token_text; // a word with its quotes, or an operator

static void syntax_error(void) {
    if (!parse_failed) {
        fprintf(stderr, "sh: syntax error at %s\n",
                token == END       ? "the end"
                : token == NEWLINE ? "the end of the line"
                                   : token_text);
        last_status = wrong_use;
    }
    parse_failed = true;
}

/// The rest of what is between two quotes, which stay part of the word.
static void read_quoted(struct text* word, int quote) {
    int character;
    append(word, (char)quote);
    while ((character = next_character()) != quote) {
        if (character == EOF || parse_failed) {
            token = END;
            syntax_error();
            unread = character; // it ends the word, too
            return;
        }
        append(word, (char)character);
        if (quote == '"' && character == '\\' && peek_character() != EOF && !parse_failed) {
            append(word, (char)next_character());
        }
    }
    append(word, (char)quote);
}

static void read_word(void) {
    struct text word = {0};
    int character;
    while ((character = peek_character()) != EOF && strchr(" \t\n|&;<>()", character) == NULL) {
        next_character();
        if (character == '\'' || character == '"') {
            read_quoted(&word, character);
        } else if (character == '\\' && peek_character() == '\n') {
            next_character(); // the line goes on
        } else {
            append(&word, (char)character);
            if (character == '\\' && (character = next_character()) != EOF) {
                append(&word, (char)character);
            }
        }
    }
    token = WORD;
    token_text = finished(&word);
    // A number just before < or > says which descriptor is meant: it belongs to the operator.
    if (isdigit((unsigned char)token_text[0]) && token_text[1] == '\0' && (character == '<' || character == '>')) {
        token = OPERATOR;
    }
}

static void next_token(void) {
    int character;
    while ((character = next_character()) == ' ' || character == '\t') {
    }
    if (character == '#') {
        while ((character = next_character()) != '\n' && character != EOF) {
        }
    }
    if (character == EOF || character == '\n') {
        token = character == EOF ? END : NEWLINE;
        return;
    }
    continues = true;
    struct text text = {0};
    if (strchr("|&;<>()", character) == NULL) {
        unread = character;
        read_word();
        if (token == WORD) {
            if (*token_text == '\0') { // no more than a backslash at the end of a line: the next one goes on
                next_token();
            }
            return;
        }
        append(&text, token_text[0]); // of "2>" or "2>>"
        character = next_character();
    }
    token = OPERATOR;
    append(&text, (char)character);
    const int second = peek_character();
    if ((strchr("|&>", character) != NULL && second == character) ||
        ((character == '>' || character == '<') && second == '&')) {
        append(&text, (char)next_character());
    }
    token_text = finished(&text);
}

static bool is_operator(const char* text) {
    return token == OPERATOR && strcmp(token_text, text) == 0;
}

static bool is_word(const char* text) {
    return token == WORD && strcmp(token_text, text) == 0;
}

// --- Parsing: commands ---
// list:     and-or { (";" | "&" | newline) and-or }
// and-or:   pipeline { ("&&" | "||") pipeline }
// pipeline: ["!"] command { "|" command }
// command:  words and redirections, or "(" list ")", "{ list }", if, while, until, for, with redirections after it

enum kind { SIMPLE, PIPE, AND, OR, NOT, SEQUENCE, BACKGROUND, SUBSHELL, GROUP, IF, WHILE, UNTIL, FOR };

struct redirection {
    struct redirection* next;
    int descriptor;
    char operation[3]; // "<", ">", ">>", ">&"
    char* word;
};

struct command {
    enum kind kind;
    struct command* left; // of an IF or WHILE, the condition
    struct command* right;
    struct command* otherwise;
    struct list words; // of a FOR, its variable first
    struct redirection* redirections;
};

static struct command* parse_list(bool one_line);

static struct command* new_command(enum kind kind, struct command* left, struct command* right) {
    struct command* command = allocate(sizeof(*command));
    memset(command, 0, sizeof(*command));
    command->kind = kind;
    command->left = left;
    command->right = right;
    return command;
}

static void skip_newlines(void) {
    while (token == NEWLINE && !parse_failed) {
        next_token();
    }
}

static void expect_word(const char* text) {
    if (!is_word(text)) {
        syntax_error();
    } else {
        next_token();
    }
}

static bool is_redirection(void) {
    const char* text = token_text;
    return token == OPERATOR && strchr("<>", text[isdigit((unsigned char)text[0]) ? 1 : 0]) != NULL;
}

static void parse_redirection(struct redirection** end) {
    struct redirection* redirection = allocate(sizeof(*redirection));
    const char* text = token_text;
    memset(redirection, 0, sizeof(*redirection));
    redirection->descriptor = isdigit((unsigned char)*text) ? *text++ - '0' : *text == '<' ? 0 : 1;
    strncpy(redirection->operation, text, sizeof(redirection->operation) - 1);
    next_token();
    if (token != WORD) {
        syntax_error();
        return;
    }
    redirection->word = token_text;
    next_token();
    while (*end != NULL) {
        end = &(*end)->next;
    }
    *end = redirection;
}

/// What comes after a condition: "then list", and what may follow until "fi".
static void parse_branches(struct command* command) {
    command->left = parse_list(false);
    expect_word("then");
    command->right = parse_list(false);
    if (is_word("elif")) {
        next_token();
        command->otherwise = new_command(IF, NULL, NULL);
        parse_branches(command->otherwise);
        return;
    }
    if (is_word("else")) {
        next_token();
        command->otherwise = parse_list(false);
    }
    expect_word("fi");
}

static struct command* parse_loop_body(void) {
    expect_word("do");
    struct command* body = parse_list(false);
    expect_word("done");
    return body;
}

static void parse_for(struct command* command) {
    if (token != WORD || name_length(token_text) != strlen(token_text)) {
        syntax_error();
        return;
    }
    add(&command->words, token_text);
    next_token();
    skip_newlines();
    if (is_word("in")) {
        for (next_token(); token == WORD; next_token()) {
            add(&command->words, token_text);
        }
    } else {
        add(&command->words, "\"$@\"");
    }
    if (is_operator(";")) {
        next_token();
    }
    skip_newlines();
    command->right = parse_loop_body();
}

static struct command* parse_simple(void) {
    struct command* command = new_command(SIMPLE, NULL, NULL);
    while (!parse_failed && (token == WORD || is_redirection())) {
        if (token == WORD) {
            add(&command->words, token_text);
            next_token();
        } else {
            parse_redirection(&command->redirections);
        }
    }
    if (command->words.count == 0 && command->redirections == NULL) {
        syntax_error();
    }
    return command;
}

static struct command* parse_command(void) {
    struct command* command = new_command(SIMPLE, NULL, NULL);
    if (is_operator("(")) {
        next_token();
        command->kind = SUBSHELL;
        command->left = parse_list(false);
        if (!is_operator(")")) {
            syntax_error();
        } else {
            next_token();
        }
    } else if (is_word("{")) {
        next_token();
        command->kind = GROUP;
        command->left = parse_list(false);
        expect_word("}");
    } else if (is_word("if")) {
        next_token();
        command->kind = IF;
        parse_branches(command);
    } else if (is_word("while") || is_word("until")) {
        command->kind = is_word("while") ? WHILE : UNTIL;
        next_token();
        command->left = parse_list(false);
        command->right = parse_loop_body();
    } else if (is_word("for")) {
        next_token();
        command->kind = FOR;
        parse_for(command);
    } else {
        return parse_simple();
    }
    while (!parse_failed && is_redirection()) {
        parse_redirection(&command->redirections);
    }
    return command;
}

static struct command* parse_pipeline(void) {
    if (is_word("!")) {
        next_token();
        return new_command(NOT, parse_pipeline(), NULL);
    }
    struct command* command = parse_command();
    if (!is_operator("|")) {
        return command;
    }
    next_token();
    skip_newlines();
    return new_command(PIPE, command, parse_pipeline());
}

static struct command* parse_and_or(void) {
    struct command* command = parse_pipeline();
    while (!parse_failed && (is_operator("&&") || is_operator("||"))) {
        const enum kind kind = is_operator("&&") ? AND : OR;
        next_token();
        skip_newlines();
        command = new_command(kind, command, parse_pipeline());
    }
    return command;
}

static bool at_end_of_list(void) {
    static const char* const closing[] = {"then", "else", "elif", "fi", "do", "done", "}"};
    for (size_t i = 0; i < sizeof(closing) / sizeof(*closing); ++i) {
        if (is_word(closing[i])) {
            return true;
        }
    }
    return token == END || token == NEWLINE || is_operator(")");
}

static struct command* parse_list(bool one_line) {
    struct command* list = NULL;
    bool goes_on = true;
    while (goes_on && !parse_failed) {
        if (!one_line) {
            skip_newlines();
        }
        if (at_end_of_list()) {
            break;
        }
        struct command* command = parse_and_or();
        goes_on = is_operator(";") || is_operator("&") || (token == NEWLINE && !one_line);
        if (is_operator("&")) {
            command = new_command(BACKGROUND, command, NULL);
        }
        if (token == OPERATOR && goes_on) {
            next_token();
        }
        list = list == NULL ? command : new_command(SEQUENCE, list, command);
    }
    if (list == NULL) {
        syntax_error();
    }
    return list;
}

// --- Expansion: what a word means ---
// A word becomes fields. While a field grows, each byte that was quoted has a backslash before it: so file names can be
// told from patterns of file names at its end.

struct expansion {
    struct list* fields;
    struct text field;
    bool has_field; // also an empty one, if there were quotes
    bool splits;    // into fields, and those that are patterns into file names
};

static bool has_pattern(const char* field) {
    for (; *field != '\0'; ++field) {
        if (*field == '\\') {
            ++field;
        } else if (strchr("*?[", *field) != NULL) {
            return true;
        }
    }
    return false;
}

static char* without_backslashes(const char* field) {
    struct text text = {0};
    for (; *field != '\0'; ++field) {
        field += *field == '\\';
        append(&text, *field);
    }
    return finished(&text);
}

/// Whether the set [abc], [a-z] or [!a] has a character, to `is_in`. Returns where the set ends, or NULL if it does not.
static const char* look_in_set(const char* set, char character, bool* is_in) {
    const bool is_negative = set[1] == '!';
    const char* const first = set + 1 + is_negative;
    const char* place = first;
    *is_in = is_negative;
    for (; *place != ']' || place == first; ++place) { // a "]" that comes first is one of its characters
        place += *place == '\\';
        const char low = *place;
        if (low == '\0') {
            return NULL;
        }
        if (place[1] == '-' && place[2] != ']' && place[2] != '\0') {
            place += 2;
            place += *place == '\\';
        }
        if (low <= character && character <= *place) {
            *is_in = !is_negative;
        }
    }
    return place;
}

static bool matches(const char* pattern, const char* name) {
    for (; *pattern != '\0'; ++pattern, ++name) {
        if (*pattern == '*') {
            while (!matches(pattern + 1, name)) {
                if (*name++ == '\0') {
                    return false;
                }
            }
            return true;
        }
        bool fits;
        const char* const set_end = *pattern == '[' ? look_in_set(pattern, *name, &fits) : NULL;
        if (set_end != NULL) {
            pattern = set_end;
        } else {
            const bool any = *pattern == '?';
            pattern += *pattern == '\\';
            fits = any || *pattern == *name;
        }
        if (*name == '\0' || !fits) {
            return false;
        }
    }
    return *name == '\0';
}

static char* joined(const char* first, const char* second, const char* third) {
    struct text text = {0};
    append_all(&text, first);
    append_all(&text, second);
    append_all(&text, third);
    return finished(&text);
}

/// Adds the files whose paths are `path` and then something that `pattern` matches.
static void add_files(struct list* fields, const char* path, const char* pattern) {
    const char* slash = strchr(pattern, '/');
    if (slash == pattern) {
        add_files(fields, joined(path, "/", ""), pattern + 1);
        return;
    }
    char* part = joined(pattern, "", "");
    if (slash != NULL) {
        part[slash - pattern] = '\0';
    }
    DIR* directory = *part != '\0' && has_pattern(part) ? opendir(*path != '\0' ? path : ".") : NULL;
    if (directory == NULL) {
        char* whole = joined(path, without_backslashes(part), "");
        struct stat64 status;
        if (slash != NULL) {
            add_files(fields, joined(whole, "/", ""), slash + 1);
        } else if (!has_pattern(part) && lstat64(*whole != '\0' ? whole : ".", &status) == 0) {
            add(fields, whole);
        }
        return;
    }
    struct dirent* entry;
    while ((entry = readdir(directory)) != NULL) {
        if (matches(part, entry->d_name) && (entry->d_name[0] != '.' || part[*part == '\\'] == '.')) {
            if (slash == NULL) {
                add(fields, joined(path, entry->d_name, ""));
            } else if (entry->d_type == DT_DIR || entry->d_type == DT_LNK) {
                add_files(fields, joined(path, entry->d_name, "/"), slash + 1);
            }
        }
    }
    closedir(directory);
}

static void sort(char** words, int count) {
    for (int i = 1; i < count; ++i) {
        for (int j = i; j > 0 && strcmp(words[j - 1], words[j]) > 0; --j) {
            char* word = words[j];
            words[j] = words[j - 1];
            words[j - 1] = word;
        }
    }
}

static void end_field(struct expansion* to) {
    if (!to->has_field) {
        return;
    }
    const char* field = finished(&to->field);
    const int before = to->fields->count;
    if (to->splits && has_pattern(field)) {
        add_files(to->fields, "", field);
        sort(to->fields->words + before, to->fields->count - before);
    }
    if (to->fields->count == before) {
        add(to->fields, without_backslashes(field));
    }
    memset(&to->field, 0, sizeof(to->field));
    to->has_field = false;
}

static void put(struct expansion* to, char byte, bool quoted) {
    if (quoted || byte == '\\') {
        append(&to->field, '\\');
    }
    append(&to->field, byte);
    to->has_field = true;
}

static void put_value(struct expansion* to, const char* value, bool quoted) {
    for (; value != NULL && *value != '\0'; ++value) {
        if (to->splits && !quoted && strchr(" \t\n", *value) != NULL) {
            end_field(to);
        } else {
            put(to, *value, quoted);
        }
    }
}

static void put_number(struct expansion* to, int number) {
    char digits[12];
    snprintf(digits, sizeof(digits), "%d", number);
    put_value(to, digits, true);
}

static void put_parameters(struct expansion* to, bool each, bool quoted) {
    for (int i = 0; i < parameter_count; ++i) {
        to->has_field |= quoted; // an empty one, too
        put_value(to, parameters[i], quoted);
        if (i + 1 < parameter_count) {
            if (each) {
                end_field(to);
            } else {
                put_value(to, " ", quoted);
            }
        }
    }
}

/// Puts the value of what `place` names, the byte after a "$". Returns where the word goes on.
static const char* put_variable(struct expansion* to, const char* place, bool quoted) {
    const bool in_braces = *place == '{';
    place += in_braces;
    size_t length = name_length(place);
    if (length > 0) {
        put_value(to, value_of(place, length), quoted);
    } else {
        length = 1;
        if (*place == '?') {
            put_number(to, last_status);
        } else if (*place == '$') {
            put_number(to, shell_id);
        } else if (*place == '!') {
            if (last_in_background != 0) {
                put_number(to, last_in_background);
            }
        } else if (*place == '#') {
            put_number(to, parameter_count);
        } else if (*place == '@' || *place == '*') {
            put_parameters(to, *place == '@' && to->splits, quoted);
        } else if (*place == '0') {
            put_value(to, script_name, quoted);
        } else if (isdigit((unsigned char)*place)) {
            put_value(to, *place - '0' <= parameter_count ? parameters[*place - '1'] : "", quoted);
        } else {
            put(to, '$', quoted);
            length = 0;
        }
    }
    place += length;
    return place + (in_braces && *place == '}');
}

static void expand(const char* word, struct list* fields, bool splits) {
    struct expansion to = {.fields = fields, .has_field = !splits, .splits = splits};
    bool in_quotes = false;
    while (*word != '\0') {
        if (*word == '\'' && !in_quotes) {
            to.has_field = true;
            for (++word; *word != '\''; ++word) {
                put(&to, *word, true);
            }
            ++word;
        } else if (parameter_count == 0 && strncmp(word, "\"$@\"", 4) == 0) {
            word += 4; // no field at all
        } else if (*word == '"') {
            to.has_field = true;
            in_quotes = !in_quotes;
            ++word;
        } else if (*word == '\\') {
            ++word;
            if (*word == '\0' || (in_quotes && strchr("$`\"\\\n", *word) == NULL)) {
                put(&to, '\\', true);
            }
            if (*word != '\0' && *word++ != '\n') { // at the end of a line: the line goes on
                put(&to, word[-1], true);
            }
        } else if (*word == '$') {
            word = put_variable(&to, word + 1, in_quotes);
        } else {
            put(&to, *word++, in_quotes);
        }
    }
    end_field(&to);
}

static char* expand_to_one(const char* word) {
    struct list fields = {0};
    expand(word, &fields, false);
    return fields.words[0];
}

// --- Running ---

static int run(struct command* command, bool is_last);

static int loop_depth;     // how many loops run, one in another
static int leave_loops;    // how many loops a break or continue is still to leave
static bool goes_on_after; // and the last of them goes on with its next turn

/// What a signal does to a process that it ends, in words; NULL where none are needed.
static const char* name_of_end(unsigned signal) {
    static const char* const names[] = {
        [SIGQUIT] = "Quit",    [SIGILL] = "Illegal instruction", [SIGTRAP] = "Trap",
        [SIGABRT] = "Aborted", [SIGBUS] = "Bus error",           [SIGFPE] = "Arithmetic exception",
        [SIGKILL] = "Killed",  [SIGSEGV] = "Segmentation fault", [SIGTERM] = "Terminated"};
    return signal < sizeof(names) / sizeof(*names) ? names[signal] : NULL;
}

/// The status of a process that has ended, as $? tells it; a signal that ended it is named.
static int told_status(int status) {
    if (WIFEXITED(status)) {
        return WEXITSTATUS(status);
    }
    const unsigned signal = WTERMSIG(status);
    if (name_of_end(signal) != NULL) {
        fprintf(stderr, "%s\n", name_of_end(signal));
    }
    return 128 + WTERMSIG(status);
}

// Jobs: where someone types, each command line's processes are a group, and the terminal's keys are for one of them.

struct job {
    pid_t group; // 0: none
    pid_t last;  // whose status is the job's
    bool is_stopped;
    int status; // of `last`, as waitpid tells it, when it has ended
};
enum { most_jobs = 32 };
static struct job jobs[most_jobs]; // job 1 is the first

/// The job whose processes are the group, or NULL.
static struct job* job_of(pid_t group) {
    for (int i = 0; i < most_jobs; ++i) {
        if (jobs[i].group == group) {
            return &jobs[i];
        }
    }
    return NULL;
}

/// Returns the job's number, that which it has or a free one; 0 if there is none.
static int add_job(pid_t group, pid_t last, bool is_stopped, int status) {
    struct job* job = job_of(group) != NULL ? job_of(group) : job_of(0);
    if (job == NULL) {
        return 0;
    }
    *job = (struct job){group, last, is_stopped, status};
    return (int)(job - jobs) + 1;
}

/// Waits for a group in the foreground until all of it has ended, or it is stopped.
static int wait_for_group(pid_t group, pid_t last) {
    struct job* const job = job_of(group);
    int status_of_last = job != NULL ? job->status : not_found << 8;
    int status;
    pid_t ended;
    if (interrupted) { // by a ctrl-C that came before the keys were for the group: it is for the group, too,
                       // which may have ended by itself; and the rest of the line does not run
        kill(-group, SIGINT);
    }
    while ((ended = waitpid(-group, &status, WUNTRACED)) > 0 || errno == EINTR) {
        if (ended > 0 && WIFSTOPPED(status)) {
            fprintf(stderr, "\n[%d] stopped\n", add_job(group, last, true, status_of_last));
            tcsetpgrp(STDIN_FILENO, getpgrp());
            return 128 + WSTOPSIG(status);
        }
        if (ended > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGINT) {
            interrupted = true;   // the rest of the line does not run
            kill(-group, SIGINT); // and whoever joined the group too late for the key is ended, too
        }
        if (ended == last) {
            status_of_last = status;
        }
    }
    if (job != NULL) {
        job->group = 0;
    }
    tcsetpgrp(STDIN_FILENO, getpgrp());
    return told_status(status_of_last);
}

/// A process in the background has ended.
static void note_end(pid_t ended, int status) {
    for (int i = 0; i < most_jobs; ++i) {
        if (jobs[i].group != 0 && jobs[i].last == ended) {
            jobs[i].status = status;
        }
    }
}

/// Waits for a child's end.
static int status_of(pid_t child) {
    int status;
    if (waitpid(child, &status, 0) != child) {
        return interrupted ? 128 + SIGINT : not_found;
    }
    note_end(child, status);
    return told_status(status);
}

/// How a job has ended.
static void tell_end(int number, int status) {
    if (WIFSIGNALED(status)) {
        const char* const name = name_of_end(WTERMSIG(status));
        fprintf(stderr, "[%d] %s\n", number, name != NULL ? name : "ended by a signal");
    } else if (status != 0) {
        fprintf(stderr, "[%d] done: %d\n", number, WEXITSTATUS(status));
    } else {
        fprintf(stderr, "[%d] done\n", number);
    }
}

/// Tells of the jobs in the background that have ended or been stopped.
static void tell_of_jobs(void) {
    if (getpid() != shell_id) { // as in `jobs | cat`: they are another process's children
        return;
    }
    for (int i = 0; i < most_jobs; ++i) {
        int status;
        while (jobs[i].group != 0) {
            const pid_t changed = waitpid(-jobs[i].group, &status, WNOHANG | WUNTRACED | WCONTINUED);
            if (changed == 0) {
                break;
            }
            if (changed < 0) {
                tell_end(i + 1, jobs[i].status);
                jobs[i].group = 0;
            } else if (WIFSTOPPED(status)) {
                if (!jobs[i].is_stopped) {
                    fprintf(stderr, "[%d] stopped\n", i + 1);
                }
                jobs[i].is_stopped = true;
            } else if (WIFCONTINUED(status)) {
                jobs[i].is_stopped = false;
            } else {
                note_end(changed, status);
            }
        }
    }
}

static void set_keyboard_signals(sighandler* action) {
    static const int numbers[] = {SIGQUIT, SIGTERM, SIGTSTP, SIGTTIN, SIGTTOU};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(*numbers); ++i) {
        signal(numbers[i], action);
    }
}

static void take_interrupt(int number) {
    (void)number;
    interrupted = true;
}

/// The shell itself is not ended or stopped by keys, but leaves a line that is typed.
static void take_terminal(void) {
    // In the background it is stopped here, until it is continued in the foreground. An orphaned group can't be stopped.
    for (int tries = 0; tries < 100 && tcgetpgrp(STDIN_FILENO) != getpgrp(); ++tries) {
        kill(0, SIGTTIN);
    }
    const struct sigaction action = {.sa_handler = take_interrupt};
    sigaction(SIGINT, &action, NULL);
    set_keyboard_signals(SIG_IGN);
    setpgid(0, 0);
    tcsetpgrp(STDIN_FILENO, getpgrp());
}

/// As fork. The child, which is not a shell that someone talks to, is of the group `group`, or for 0 of a new one. Signals
/// wait until the keys are for that group and the child has its own actions: with the shell's it would lose a `kill`, and
/// would call the handler at a ctrl-C.
static pid_t new_process(pid_t group, bool in_foreground) {
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    sigprocmask(SIG_BLOCK, &all, &before);
    const pid_t child = fork();
    if (child < 0) {
        fprintf(stderr, "sh: fork: %s\n", strerror(errno));
    } else if (interactive) {
        setpgid(child, group); // both do this: neither must be too late
        if (in_foreground) {
            tcsetpgrp(STDIN_FILENO, getpgid(child));
        }
        if (child == 0) {
            signal(SIGINT, SIG_DFL);
            set_keyboard_signals(SIG_DFL);
            interactive = false;
        }
    }
    sigprocmask(SIG_SETMASK, &before, NULL);
    return child;
}

/// Waits for a process that new_process made in the foreground.
static int finish(pid_t child) {
    return child < 0 ? 1 : interactive ? wait_for_group(child, child) : status_of(child);
}

static bool complain(const char* what) {
    fprintf(stderr, "sh: %s: %s\n", what, strerror(errno));
    return false;
}

/// What a descriptor was before a redirection.
struct saved {
    int descriptor;
    int copy; // -1: it was closed
};
enum { most_saved = 16 };

/// Does what the redirections say. What the descriptors were is put to `saved`, if that is not null.
static bool redirect(struct redirection* redirection, struct saved* saved, int* count) {
    for (; redirection != NULL; redirection = redirection->next) {
        const char* word = expand_to_one(redirection->word);
        const bool duplicates = redirection->operation[1] == '&';
        const int flags = redirection->operation[0] == '<'   ? O_RDONLY
                          : redirection->operation[1] == '>' ? O_WRONLY | O_CREAT | O_APPEND
                                                             : O_WRONLY | O_CREAT | O_TRUNC;
        const bool closes = duplicates && strcmp(word, "-") == 0;
        const int number = isdigit((unsigned char)word[0]) && word[1] == '\0' ? word[0] - '0' : -1;
        const int file = closes ? -1 : duplicates ? number : open(word, flags, 0666);
        const bool is_open = duplicates ? fcntl64(file, F_GETFD) >= 0 : file >= 0;
        if (!closes && !is_open) {
            return complain(word);
        }
        if (saved != NULL && *count < most_saved) {
            const bool was_closed = !duplicates && file == redirection->descriptor; // and open has taken it
            const int copy = was_closed ? -1 : fcntl64(redirection->descriptor, F_DUPFD_CLOEXEC, first_own_descriptor);
            saved[(*count)++] = (struct saved){redirection->descriptor, copy};
        }
        if (closes) {
            close(redirection->descriptor);
        } else if (file != redirection->descriptor) {
            dup2(file, redirection->descriptor);
            if (!duplicates) {
                close(file);
            }
        }
    }
    return true;
}

static void restore(const struct saved* saved, int count) {
    while (count-- > 0) {
        if (saved[count].copy < 0) {
            close(saved[count].descriptor);
        } else {
            dup2(saved[count].copy, saved[count].descriptor);
            close(saved[count].copy);
        }
    }
}

// The commands that only the shell itself can do.

static int do_cd(char** arguments) {
    const char* home = value_of("HOME", 4);
    const char* path = arguments[1] != NULL ? arguments[1] : home != NULL ? home : "/";
    return chdir(path) == 0 ? 0 : (complain(path), 1);
}

/// The number that is a command's argument, or `otherwise` if it has none. -1, and a message, if it is not one or too small.
static int number_in(char** arguments, int least, int otherwise) {
    if (arguments[1] == NULL) {
        return otherwise;
    }
    char* end;
    const long number = strtol(arguments[1], &end, 10);
    if (end != arguments[1] && *end == '\0' && number >= least) {
        return (int)number;
    }
    fprintf(stderr, "sh: %s: %s: bad number\n", arguments[0], arguments[1]);
    return -1;
}

static int do_exit(char** arguments) {
    const int status = number_in(arguments, 0, last_status);
    if (status < 0 && interactive) {
        return wrong_use;
    }
    exit(status < 0 ? wrong_use : status);
}

static int do_export(char** arguments) {
    for (++arguments; *arguments != NULL; ++arguments) {
        const size_t length = name_length(*arguments);
        if (length == 0 || ((*arguments)[length] != '\0' && (*arguments)[length] != '=')) {
            fprintf(stderr, "sh: export: %s: not a name\n", *arguments);
            return wrong_use;
        }
        struct variable* variable = find_variable(*arguments, length);
        if (variable == NULL || (*arguments)[length] == '=') {
            variable = assign((*arguments)[length] == '=' ? *arguments : joined(*arguments, "=", ""));
        }
        variable->exported = true;
    }
    return 0;
}

static int do_leave_loops(char** arguments) {
    const int count = number_in(arguments, 1, 1);
    if (count < 0) {
        return wrong_use;
    }
    leave_loops = count < loop_depth ? count : loop_depth;
    goes_on_after = arguments[0][0] == 'c';
    return 0;
}

static int do_nothing(char** arguments) {
    (void)arguments;
    return 0;
}

static int do_pwd(char** arguments) {
    (void)arguments;
    char path[PATH_MAX];
    return getcwd(path, sizeof(path)) < 0 || puts(path) < 0 ? (complain("pwd"), 1) : 0;
}

static int do_shift(char** arguments) {
    const int count = number_in(arguments, 0, 1);
    if (count < 0) {
        return wrong_use;
    }
    if (count > parameter_count) {
        fputs("sh: shift: there are not so many\n", stderr);
        return wrong_use;
    }
    parameters += count;
    parameter_count -= count;
    return 0;
}

static struct job* latest_job(void) {
    struct job* latest = NULL;
    for (int i = 0; i < most_jobs; ++i) {
        if (jobs[i].group != 0) {
            latest = &jobs[i];
        }
    }
    return latest;
}

/// The job that a word like "%1" names, or "%%", the latest; or NULL.
static struct job* job_called(const char* word) {
    char* end;
    if (strcmp(word, "%%") == 0 || strcmp(word, "%+") == 0) {
        return latest_job();
    }
    const long number = *word == '%' ? strtol(word + 1, &end, 10) : 0;
    return number >= 1 && number <= most_jobs && *end == '\0' && jobs[number - 1].group != 0 ? &jobs[number - 1] : NULL;
}

/// The process that "%2" or "17" means; 0 if there is no such job.
static pid_t waited_for(const char* word) {
    if (*word != '%') {
        return atoi(word);
    }
    const struct job* job = job_called(word);
    return job != NULL ? job->last : 0;
}

static int do_wait(char** arguments) {
    if (arguments[1] == NULL) {
        int status;
        for (pid_t ended; (ended = waitpid(-1, &status, 0)) > 0;) {
            note_end(ended, status);
        }
        return interrupted ? 128 + SIGINT : 0;
    }
    int result = 0;
    for (++arguments; *arguments != NULL && !interrupted; ++arguments) {
        const pid_t child = waited_for(*arguments);
        result = child > 0 ? status_of(child) : not_found;
    }
    return result;
}

static int do_jobs(char** arguments) {
    (void)arguments;
    tell_of_jobs();
    for (int i = 0; i < most_jobs; ++i) {
        const char* const state = jobs[i].is_stopped ? "stopped" : "running";
        if (jobs[i].group != 0 && printf("[%d] %d %s\n", i + 1, jobs[i].group, state) < 0) {
            complain("jobs");
            return 1;
        }
    }
    return 0;
}

/// fg and bg: a job goes on, "%2" or "2" or the latest, with the terminal or without.
static int do_continue(char** arguments) {
    const char* word = arguments[1];
    struct job* const job = word == NULL ? latest_job() : job_called(*word == '%' ? word : joined("%", word, ""));
    if (job == NULL || !interactive) { // in a subshell they are another process's children
        fprintf(stderr, "sh: %s: no such job\n", arguments[0]);
        return 1;
    }
    const bool in_foreground = arguments[0][0] == 'f';
    if (in_foreground) {
        tcsetpgrp(STDIN_FILENO, job->group);
    }
    job->is_stopped = false;
    kill(-job->group, SIGCONT);
    return in_foreground ? wait_for_group(job->group, job->last) : 0;
}

static int do_help(char** arguments) {
    (void)arguments;
    const int written = puts(
        "Commands are programs, most of them in /bin: try `ls /bin`, `edit /etc/motd`, `ps`, `ls / | wc -l`.\n"
        "The shell itself knows: cd, exit, export, help, pwd, shift, wait, jobs, fg, bg, break, continue, :,\n"
        "if, while, until, for, and | < > >> 2> 2>&1 ; && || & ! ( ) { } * ? [ ] $name 'text' \"text\" \\ #\n"
        "Arrow keys move in a line and through the lines before it, Tab completes a name, ctrl-L clears the screen.\n"
        "`exit`, or ctrl-D at the beginning of a line, ends the shell.");
    return written < 0 ? (complain("help"), 1) : 0;
}

struct own_command {
    const char* name;
    int (*run)(char** arguments);
    bool is_special; // in POSIX's sense: variables that are set before it stay set
};
static const struct own_command own_commands[] = {{"cd", do_cd, false},
                                                  {"exit", do_exit, true},
                                                  {"export", do_export, true},
                                                  {"break", do_leave_loops, true},
                                                  {"continue", do_leave_loops, true},
                                                  {":", do_nothing, true},
                                                  {"pwd", do_pwd, false},
                                                  {"shift", do_shift, true},
                                                  {"wait", do_wait, false},
                                                  {"help", do_help, false},
                                                  {"jobs", do_jobs, false},
                                                  {"fg", do_continue, false},
                                                  {"bg", do_continue, false}};

static const struct own_command* find_own_command(const char* name) {
    for (size_t i = 0; i < sizeof(own_commands) / sizeof(*own_commands); ++i) {
        if (strcmp(own_commands[i].name, name) == 0) {
            return &own_commands[i];
        }
    }
    return NULL;
}

/// What a word that is typed could become: the name of a command, or the path of a file.
static void complete(const char* word, int is_command, void visit(const char* text, int is_directory)) {
    const char* slash = strrchr(word, '/');
    const char* folders = value_of("PATH", 4);
    char* folder = joined(word, "", "");
    folder[slash != NULL ? slash + 1 - word : 0] = '\0';
    const bool is_name = is_command && slash == NULL;
    for (size_t i = 0; is_name && i < sizeof(own_commands) / sizeof(*own_commands); ++i) {
        visit(own_commands[i].name, false);
    }
    for (const char* rest = is_name && folders != NULL ? folders : "."; *rest != '\0';) {
        char* path = joined(is_name ? rest : *folder != '\0' ? folder : ".", "", "");
        path[is_name ? strcspn(path, ":") : strlen(path)] = '\0';
        rest += strcspn(rest, ":");
        rest += *rest == ':';
        DIR* directory = opendir(path);
        for (struct dirent* entry; directory != NULL && (entry = readdir(directory)) != NULL;) {
            const bool is_hidden = entry->d_name[0] == '.' && word[strlen(folder)] != '.';
            struct stat64 status;
            char* whole = joined(folder, entry->d_name, "");
            if (!is_hidden) {
                visit(whole, !is_name && stat64(whole, &status) == 0 && S_ISDIR(status.st_mode));
            }
        }
        if (directory != NULL) {
            closedir(directory);
        }
    }
}

/// Whether the file can be a script: its first line has no NUL. Other files are not to be read as one (POSIX, 2.9.1.1).
static bool can_be_script(const char* path) {
    char begin[256];
    const int file = open(path, O_RDONLY | O_CLOEXEC);
    const long size = read(file, begin, sizeof(begin));
    close(file);
    const char* const end = size > 0 ? memchr(begin, '\n', (size_t)size) : NULL;
    return size >= 0 && memchr(begin, '\0', end != NULL ? (size_t)(end - begin) : (size_t)size) == NULL;
}

static void execute(const char* path, char** arguments) {
    execve(path, arguments, environment());
    if (errno == ENOEXEC && !can_be_script(path)) {
        errno = ENOEXEC;           // which tells more than what became of the attempt to read it
    } else if (errno == ENOEXEC) { // a script that does not name its interpreter
        struct list list = {0};
        add(&list, "sh");
        add(&list, joined(path, "", ""));
        for (++arguments; *arguments != NULL; ++arguments) {
            add(&list, *arguments);
        }
        execve("/bin/sh", list.words, environment());
    }
}

/// After `kill %1`, which sends SIGTERM: a stopped job ends only if it goes on.
static void continue_killed_jobs(char** arguments) {
    for (++arguments; *arguments != NULL && **arguments == '%'; ++arguments) {
        const struct job* job = job_called(*arguments);
        if (job != NULL && job->is_stopped) {
            kill(-job->group, SIGCONT);
            sched_yield(); // it is the job's turn: then `jobs` tells how it ended, not that it runs
        }
    }
}

/// What `kill` gets for words as "%1": their groups, as it takes them.
static char** with_groups(char** arguments) {
    struct list list = {0};
    for (; *arguments != NULL; ++arguments) {
        const struct job* job = job_called(*arguments);
        if (job == NULL) {
            add(&list, *arguments);
            continue;
        }
        if (list.count == 1) {
            add(&list, "--"); // else it would take the first for a signal's number
        }
        char* group = allocate(12);
        snprintf(group, 12, "-%d", job->group);
        add(&list, group);
    }
    return list.words;
}

/// Becomes the program; does not return.
static void become(char** arguments) {
    if (strcmp(arguments[0], "kill") == 0) {
        arguments = with_groups(arguments);
    }
    int error = ENOENT;
    if (strchr(arguments[0], '/') != NULL) {
        execute(arguments[0], arguments);
        error = errno;
    } else {
        const char* folder = value_of("PATH", 4);
        folder = folder != NULL ? folder : "/bin";
        for (bool is_more = true; is_more;) {
            const size_t length = strcspn(folder, ":");
            char* path = joined(folder, "", "");
            path[length] = '\0';
            execute(joined(path, length > 0 ? "/" : "./", arguments[0]), arguments);
            error = errno == ENOENT ? error : errno;
            is_more = folder[length] == ':';
            folder += length + is_more;
        }
    }
    fprintf(stderr, "sh: %s: %s\n", arguments[0], error == ENOENT ? "not found" : strerror(error));
    exit(error == ENOENT ? not_found : cannot_run);
}

static int run_simple(struct command* command, bool is_last) {
    struct list arguments = {0};
    int assignments = 0;
    for (; assignments < command->words.count; ++assignments) {
        const char* word = command->words.words[assignments];
        const size_t length = name_length(word);
        if (length == 0 || word[length] != '=') {
            break;
        }
    }
    for (int i = assignments; i < command->words.count; ++i) {
        expand(command->words.words[i], &arguments, true);
    }
    const struct own_command* own = arguments.count > 0 ? find_own_command(arguments.words[0]) : NULL;
    const bool is_program = arguments.count > 0 && own == NULL;
    if (is_program && !is_last) {
        const pid_t child = new_process(0, true);
        if (child != 0) {
            const int status = finish(child);
            if (strcmp(arguments.words[0], "kill") == 0) {
                continue_killed_jobs(arguments.words);
            }
            return status;
        }
    }
    struct variable* const before = variables;
    const bool is_for_one = own != NULL && !own->is_special; // then the variables are as before after it
    for (int i = 0; i < assignments; ++i) {
        const char* text = expand_to_one(command->words.words[i]);
        struct variable* variable = is_for_one ? add_variable(text) : assign(text);
        variable->exported |= is_program;
    }
    struct saved saved[most_saved] = {{0, 0}};
    int count = 0;
    int status = 1;
    if (redirect(command->redirections, is_program ? NULL : saved, &count)) {
        if (is_program) {
            become(arguments.words);
        }
        status = own != NULL ? own->run(arguments.words) : 0;
    }
    if (is_for_one) {
        remove_variables_to(before);
    }
    restore(saved, count);
    return is_program ? (exit(status), 0) : status;
}

/// Starts `command` with `input` and `output` as its descriptors 0 and 1; `unused` is the other end of its pipe.
static pid_t start(struct command* command, pid_t group, int input, int output, int unused) {
    const pid_t child = new_process(group, true);
    if (child == 0) {
        if (input != STDIN_FILENO) {
            dup2(input, STDIN_FILENO);
            close(input);
        }
        if (output != STDOUT_FILENO) {
            dup2(output, STDOUT_FILENO);
            close(output);
            close(unused);
        }
        exit(run(command, true));
    }
    return child;
}

static int run_pipeline(struct command* command) {
    enum { most = 32 };
    pid_t children[most];
    int count = 0;
    int input = STDIN_FILENO;
    while (command->kind == PIPE && count < most - 1) {
        int ends[2];
        if (pipe(ends) < 0) {
            complain("pipe");
            break;
        }
        children[count] = start(command->left, count == 0 ? 0 : children[0], input, ends[1], ends[0]);
        ++count;
        if (input != STDIN_FILENO) {
            close(input);
        }
        close(ends[1]);
        input = ends[0];
        command = command->right;
    }
    children[count] = start(command, count == 0 ? 0 : children[0], input, STDOUT_FILENO, -1);
    ++count;
    if (input != STDIN_FILENO) {
        close(input);
    }
    if (interactive && children[0] > 0) {
        return wait_for_group(children[0], children[count - 1]);
    }
    int status = 1;
    for (int i = 0; i < count; ++i) {
        status = children[i] < 0 ? 1 : status_of(children[i]);
    }
    return status;
}

static int run_in_background(struct command* command) {
    const bool has_terminal = interactive;
    const pid_t child = new_process(0, false);
    if (child == 0) {
        if (!has_terminal) { // else it is stopped if it reads
            const int nothing = open("/dev/null", O_RDONLY);
            dup2(nothing, STDIN_FILENO);
            close(nothing);
        }
        exit(run(command, true));
    }
    last_in_background = child;
    if (interactive && child > 0) {
        fprintf(stderr, "[%d] %d\n", add_job(child, child, false, 0), child);
    }
    return child < 0;
}

/// One turn of a loop is over: whether there is another one.
static bool loop_goes_on(void) {
    if (interactive && interrupted) {
        return false;
    }
    if (leave_loops > 0 && (--leave_loops > 0 || !goes_on_after)) {
        return false;
    }
    goes_on_after = false;
    return true;
}

static int run_loop(struct command* command) {
    int status = 0;
    struct allocation* mark = last_allocation;
    ++loop_depth;
    do {
        const bool is_wanted = (run(command->left, false) == 0) == (command->kind == WHILE);
        if (!is_wanted && leave_loops == 0) {
            break;
        }
        status = run(command->right, false);
        release_to(mark);
    } while (loop_goes_on());
    --loop_depth;
    return status;
}

static int run_for(struct command* command) {
    struct list values = {0};
    for (int i = 1; i < command->words.count; ++i) {
        expand(command->words.words[i], &values, true);
    }
    int status = 0;
    struct allocation* mark = last_allocation;
    ++loop_depth;
    for (int i = 0; i < values.count; ++i) {
        assign(joined(command->words.words[0], "=", values.words[i]));
        status = run(command->right, false);
        release_to(mark);
        if (!loop_goes_on()) {
            break;
        }
    }
    --loop_depth;
    return status;
}

static int run_kind(struct command* command, bool is_last) {
    int status;
    switch (command->kind) {
    case SIMPLE:
        return run_simple(command, is_last);
    case PIPE:
        return run_pipeline(command);
    case AND:
    case OR:
        status = run(command->left, false);
        return (status == 0) == (command->kind == AND) ? run(command->right, is_last) : status;
    case NOT:
        return run(command->left, false) == 0;
    case SEQUENCE:
        run(command->left, false);
        return run(command->right, is_last);
    case BACKGROUND:
        return run_in_background(command->left);
    case SUBSHELL: {
        const pid_t child = is_last ? 0 : new_process(0, true);
        if (child == 0) {
            exit(run(command->left, true));
        }
        return finish(child);
    }
    case GROUP:
        return run(command->left, is_last);
    case IF:
        if (run(command->left, false) == 0) {
            return run(command->right, is_last);
        }
        return command->otherwise != NULL ? run(command->otherwise, is_last) : 0;
    case WHILE:
    case UNTIL:
        return run_loop(command);
    case FOR:
        return run_for(command);
    }
    return 0;
}

/// Runs a command and returns its status, which is $? from then on. If it is the last one of this process, a program takes
/// the shell's place.
static int run(struct command* command, bool is_last) {
    if (interactive && interrupted) {
        return last_status = 128 + SIGINT;
    }
    if (leave_loops > 0) { // after a break or continue nothing runs until the loop ends
        return last_status;
    }
    if (command->kind == SIMPLE || command->redirections == NULL) {
        return last_status = run_kind(command, is_last);
    }
    struct saved saved[most_saved] = {{0, 0}};
    int count = 0;
    last_status = redirect(command->redirections, saved, &count) ? run_kind(command, false) : 1;
    restore(saved, count);
    return last_status;
}

/// Reads and runs what there is, to its end.
static void run_input(void) {
    for (;;) {
        continues = false;
        parse_failed = false;
        if (interactive) {
            tell_of_jobs();
        }
        next_token();
        if (token == END) {
            return;
        }
        if (token == NEWLINE) {
            continue;
        }
        struct command* command = parse_list(true);
        if (!parse_failed && token != NEWLINE && token != END) {
            syntax_error();
        }
        if (parse_failed) {
            if (!interactive) {
                return;
            }
            typed_rest = "";
            unread = -2;
        } else {
            const enum token end = token;
            if (interactive) {
                give_keys_back(); // until the next prompt
            }
            run(command, false);
            leave_loops = 0; // ctrl-C may have come first
            token = end;
        }
        release_to(NULL);
        if (token == END && !interactive) { // where someone types, ctrl-D has ended the command
            return;
        }
    }
}

int main(int argc, char** argv, char** given_environment) {
    for (; *given_environment != NULL; ++given_environment) {
        if (strchr(*given_environment, '=') != NULL) {
            assign(*given_environment)->exported = true;
        }
    }
    shell_id = getpid();
    script_name = argv[0];
    int used = 1;
    if (argc > 2 && strcmp(argv[1], "-c") == 0) {
        input_text = argv[2];
        used = argc > 3 ? 4 : 3;
        script_name = argc > 3 ? argv[3] : argv[0];
    } else if (argc > 1) {
        const int file = open(argv[1], O_RDONLY);
        input_descriptor = file < 0 ? -1 : fcntl64(file, F_DUPFD_CLOEXEC, first_own_descriptor);
        if (input_descriptor < 0) {
            complain(argv[1]);
            return not_found;
        }
        close(file);
        script_name = argv[1];
        used = 2;
    } else {
        interactive = isatty(STDIN_FILENO);
    }
    if (interactive) {
        take_terminal();
    }
    parameters = argv + used;
    parameter_count = argc - used;
    run_input();
    if (interactive) {
        give_keys_back();
        fputs("\n", stderr);
    }
    return last_status;
}
