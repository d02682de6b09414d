/* The start order: wishes of the text -> edge lists of the table. Pure. */
#ifndef PLAN_ORDER_H
#define PLAN_ORDER_H

#include "table/build.h"

/* Lays out `waits` and `followers` of every service, each pair once with its
 * strongest kind (bound, needs, wants, after). Services that wait for each
 * other in a cycle are marked SERVICE_FAULTY, said once for each knot of
 * cycles, and the edges among them are left out: what remains is free of
 * cycles. Milestones are never marked. Time and memory are linear in services
 * and wishes. */
void order_make(struct table_build *build);

#endif
