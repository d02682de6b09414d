/* What image.c and verity.c share. */
#ifndef BUILDER_IMAGE_H
#define BUILDER_IMAGE_H

/* A file or block device that others may not write, open for reading: its fd,
 * or -1 with errno. No link is followed. */
int image_file(const char *path) __attribute__((nonnull));

/* Makes a block device of a file, whose fd takes the place of the file's; of a
 * block device nothing. path: for people. 0, or -1 with errno. loop(4) */
int image_loop(const char *path, int *file) __attribute__((nonnull));

#endif
