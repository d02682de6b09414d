/* Not to wait for strangers. Descriptors may come with whatever a stranger
 * sends; who takes it or closes the socket closes them too, and in that the
 * kernel waits as long as the stranger has set: SO_LINGER in socket(7). Only a
 * signal ends this, so one comes at once, and again.
 */
#ifndef BASE_HURRY_H
#define BASE_HURRY_H

#include <stdbool.h>

#define HURRY_SIGNAL SIGALRM /* must not be blocked */

/* Once, before the first. */
void hurry_prepare(void);

/* While it is on no call waits for more than a millisecond or so. setitimer(2)
 */
void hurry(bool on);

#endif
