/* Verbs of the loader: the program that holds the parser. */
#ifndef LOADER_LOADER_H
#define LOADER_LOADER_H

#include "svc/svc.h"

int check_run(const struct verb *verb, char **operands);
int explain_run(const struct verb *verb, char **operands);
int security_run(const struct verb *verb, char **operands);
int trace_run(const struct verb *verb, char **operands);
int load_run(const struct verb *verb, char **operands);

#endif
