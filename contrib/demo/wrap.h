#ifndef WRAP_H
#define WRAP_H

#include <stddef.h>

/* Writes text to out with its words on lines of at most width characters; a longer word gets
 * a line of its own. Returns the length of the whole result, of which at most size - 1
 * characters and a NUL are written, as snprintf does. */
size_t wrap(const char *text, size_t width, char *out, size_t size);

#endif
