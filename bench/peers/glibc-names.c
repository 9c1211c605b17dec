/* uWebSockets.js is built on a newer system, whose compiler gives three old functions new names (glibc 2.38). On an
   older system they are preloaded from here; see weaken.mjs for the rest. */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

long __isoc23_strtol(const char* text, char** end, int base) { return strtol(text, end, base); }

unsigned long __isoc23_strtoul(const char* text, char** end, int base) { return strtoul(text, end, base); }

int __isoc23_sscanf(const char* text, const char* format, ...) {
  va_list values;
  va_start(values, format);
  const int count = vsscanf(text, format, values);
  va_end(values);
  return count;
}
