#ifndef CSSH2_H
#define CSSH2_H

#include <libssh2.h>

#endif
