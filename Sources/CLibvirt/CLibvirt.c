#include "CLibvirt.h"
#include "Loaded.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct clv_functions libvirt;

static const struct {
  const char *name;
  size_t place;
} functions[] = {
#define LOCATE(name) {#name, offsetof(__typeof__(libvirt), name)},
  FUNCTIONS(LOCATE)
};

// Loads libvirt; on failure the error says what the loader said.
static int load(clv_error *error) {
  void *library = dlopen("libvirt.so.0", RTLD_NOW | RTLD_GLOBAL);
  bool is_whole = library != NULL;
  for (size_t i = 0; is_whole && i < sizeof functions / sizeof *functions; i++) {
    void *function = dlsym(library, functions[i].name);
    memcpy((char *)&libvirt + functions[i].place, &function, sizeof function);
    is_whole = function != NULL;
  }
  if (is_whole) return 0;
  memset(error, 0, sizeof *error);
  error->code = VIR_ERR_NO_SUPPORT;
  snprintf(
    error->message, sizeof error->message,
    "libvirt (package libvirt0 or libvirt-libs) cannot be loaded: %s", dlerror());
  return -1;
}

int clv_failed(clv_error *error) {
  virErrorPtr last = libvirt.virGetLastError();
  memset(error, 0, sizeof *error);
  error->code = last ? last->code : VIR_ERR_INTERNAL_ERROR;
  error->domain = last ? last->domain : VIR_FROM_NONE;
  const char *message = last && last->message ? last->message : "libvirt gave no reason";
  strncpy(error->message, message, sizeof error->message - 1);
  return -1;
}

// Setting up.

static pthread_once_t prepared = PTHREAD_ONCE_INIT;
static clv_error preparation;
static bool is_prepared;

static void stay_silent(void *data, virErrorPtr error) {
  (void)data;
  (void)error;
}

static void *drive_events(void *data) {
  (void)data;
  while (libvirt.virEventRunDefaultImpl() == 0) {
  }
  return NULL;
}

static void prepare(void) {
  if (load(&preparation) < 0) return;
  // libvirt writes to its socket without MSG_NOSIGNAL: a libvirtd that ends would end us too.
  signal(SIGPIPE, SIG_IGN);
  libvirt.virSetErrorFunc(NULL, stay_silent);
  if (libvirt.virInitialize() < 0 || libvirt.virEventRegisterDefaultImpl() < 0) {
    clv_failed(&preparation);
    return;
  }
  pthread_t thread;
  if (pthread_create(&thread, NULL, drive_events, NULL) != 0) {
    preparation.code = VIR_ERR_SYSTEM_ERROR;
    strcpy(preparation.message, "cannot start libvirt's event thread");
    return;
  }
  pthread_detach(thread);
  is_prepared = true;
}

int clv_prepare(clv_error *error) {
  pthread_once(&prepared, prepare);
  if (is_prepared) return 0;
  *error = preparation;
  return -1;
}

void clv_free(void *memory) { free(memory); }

// Connections.

int clv_open(const char *uri, virConnectPtr *out, clv_error *error) {
  POINTER(libvirt.virConnectOpen(uri));
}

void clv_close(virConnectPtr connection) { libvirt.virConnectClose(connection); }

int clv_is_alive(virConnectPtr connection) { return libvirt.virConnectIsAlive(connection) == 1; }

void clv_keep_alive(virConnectPtr connection, int interval, unsigned count) {
  libvirt.virConnectSetKeepAlive(connection, interval, count);
}

int clv_hostname(virConnectPtr connection, char **out, clv_error *error) {
  POINTER(libvirt.virConnectGetHostname(connection));
}

int clv_versions(
  virConnectPtr connection, const char **type, unsigned long *hypervisor, unsigned long *library,
  clv_error *error) {
  *type = libvirt.virConnectGetType(connection);
  if (*type == NULL || libvirt.virConnectGetVersion(connection, hypervisor) < 0) {
    return clv_failed(error);
  }
  return number(libvirt.virConnectGetLibVersion(connection, library), error);
}

int clv_node_info(virConnectPtr connection, virNodeInfo *out, clv_error *error) {
  return number(libvirt.virNodeGetInfo(connection, out), error);
}

int clv_available_memory(virConnectPtr connection, unsigned long long *out, clv_error *error) {
  virNodeMemoryStats stats[16];
  int count = 0;
  *out = 0;
  if (libvirt.virNodeGetMemoryStats(
        connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, NULL, &count, 0) == 0
      && count > 0 && count <= 16
      && libvirt.virNodeGetMemoryStats(
           connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats, &count, 0) == 0) {
    for (int i = 0; i < count; i++) {
      if (strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_FREE) == 0
          || strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_BUFFERS) == 0
          || strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_CACHED) == 0)
        *out += stats[i].value * 1024;  // libvirt counts kibibytes
    }
    if (*out > 0) return 0;
  }
  *out = libvirt.virNodeGetFreeMemory(connection);
  // A driver that truly counts 0 bytes reports no error of its own; libvirt then makes one of
  // no domain.
  return *out == 0 && libvirt.virGetLastErrorDomain() != VIR_FROM_NONE ? clv_failed(error) : 0;
}

int clv_capabilities(virConnectPtr connection, char **out, clv_error *error) {
  POINTER(libvirt.virConnectGetCapabilities(connection));
}

int clv_domain_capabilities(
  virConnectPtr connection, const char *type, char **out, clv_error *error) {
  POINTER(libvirt.virConnectGetDomainCapabilities(connection, NULL, NULL, NULL, type, 0));
}

int clv_expanded_cpu(virConnectPtr connection, const char *cpu, char **out, clv_error *error) {
  POINTER(libvirt.virConnectBaselineCPU(
    connection, &cpu, 1, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES));
}

// Networks.

int clv_networks(virConnectPtr connection, virNetworkPtr **out, clv_error *error) {
  return number(libvirt.virConnectListAllNetworks(connection, out, 0), error);
}

int clv_network(
  virConnectPtr connection, const char *uuid, virNetworkPtr *out, clv_error *error) {
  POINTER(libvirt.virNetworkLookupByUUIDString(connection, uuid));
}

int clv_network_define(
  virConnectPtr connection, const char *xml, virNetworkPtr *out, clv_error *error) {
  POINTER(libvirt.virNetworkDefineXMLFlags(connection, xml, VIR_NETWORK_DEFINE_VALIDATE));
}

const char *clv_network_name(virNetworkPtr network) { return libvirt.virNetworkGetName(network); }

int clv_network_uuid(virNetworkPtr network, char *out, clv_error *error) {
  return number(libvirt.virNetworkGetUUIDString(network, out), error);
}

int clv_network_xml(virNetworkPtr network, char **out, clv_error *error) {
  POINTER(libvirt.virNetworkGetXMLDesc(network, 0));
}

int clv_network_is_active(virNetworkPtr network, clv_error *error) {
  return number(libvirt.virNetworkIsActive(network), error);
}

int clv_network_autostart(virNetworkPtr network, clv_error *error) {
  return number(libvirt.virNetworkSetAutostart(network, 1), error);
}

int clv_network_start(virNetworkPtr network, clv_error *error) {
  return number(libvirt.virNetworkCreate(network), error);
}

int clv_network_stop(virNetworkPtr network, clv_error *error) {
  return number(libvirt.virNetworkDestroy(network), error);
}

int clv_network_undefine(virNetworkPtr network, clv_error *error) {
  return number(libvirt.virNetworkUndefine(network), error);
}

int clv_network_update(
  virNetworkPtr network, virNetworkUpdateCommand command, virNetworkUpdateSection section,
  const char *xml, clv_error *error) {
  return number(
    libvirt.virNetworkUpdate(
      network, command, section, -1, xml, VIR_NETWORK_UPDATE_AFFECT_LIVE),
    error);
}

void clv_network_free(virNetworkPtr network) { libvirt.virNetworkFree(network); }
