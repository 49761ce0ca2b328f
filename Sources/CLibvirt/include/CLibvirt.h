#ifndef CLibvirt_H
#define CLibvirt_H

#include <libvirt/libvirt.h>

#endif
