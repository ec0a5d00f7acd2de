#include "wrap.h"

#include <stdio.h>
#include <string.h>

static int failures;

static void check(const char *name, const char *text, size_t width, const char *expected) {
    char out[128];
    size_t length = wrap(text, width, out, sizeof out);
    int good = length == strlen(expected) && strcmp(out, expected) == 0;
    printf("%s %s\n", good ? "ok  " : "FAIL", name);
    if (!good) {
        printf("     expected \"%s\"\n     got      \"%s\"\n", expected, out);
        failures++;
    }
}

int main(void) {
    check("nothing stays nothing", "", 10, "");
    check("blanks are no words", " \t\n ", 10, "");
    check("words share a line", "a  b\tc", 10, "a b c");
    check("a full line is broken", "one two three", 7, "one two\nthree");
    check("a long word stands alone", "a incomprehensible b", 5, "a\nincomprehensible\nb");

    char small[4];
    size_t length = wrap("abcdef", 10, small, sizeof small);
    int good = length == 6 && strcmp(small, "abc") == 0;
    printf("%s a small buffer is not overrun\n", good ? "ok  " : "FAIL");
    failures += !good;

    printf("%d failed\n", failures);
    return failures > 0;
}
