#include "wrap.h"

#include <string.h>

struct output {
    char *to;
    size_t size;
    size_t length;
};

static void put(struct output *output, char c) {
    if (output->length + 1 < output->size)
        output->to[output->length] = c;
    output->length++;
}

size_t wrap(const char *text, size_t width, char *out, size_t size) {
    static const char blanks[] = " \t\r\n";
    struct output output = {out, size, 0};
    size_t column = 0;

    for (text += strspn(text, blanks); *text != '\0'; text += strspn(text, blanks)) {
        size_t word = strcspn(text, blanks);
        if (column > 0 && column + 1 + word > width) {
            put(&output, '\n');
            column = 0;
        } else if (column > 0) {
            put(&output, ' ');
            column++;
        }
        column += word;
        while (word-- > 0)
            put(&output, *text++);
    }
    if (size > 0)
        out[output.length < size ? output.length : size - 1] = '\0';
    return output.length;
}
