#include "CLibvirt.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// libvirt is loaded when it is first needed: with the 44 libraries that it brings it would be half of the time of a
// command that needs none of it, such as `validate`, and such a command also runs on a machine without it.
#define FUNCTIONS(F) \
  F(virConnectBaselineCPU) F(virConnectClose) F(virConnectGetCapabilities) \
  F(virConnectGetDomainCapabilities) F(virConnectGetHostname) F(virConnectGetLibVersion) \
  F(virConnectGetType) F(virConnectGetVersion) F(virConnectIsAlive) F(virConnectListAllDomains) \
  F(virConnectListAllNetworks) F(virConnectListAllStoragePools) F(virConnectOpen) \
  F(virConnectSetKeepAlive) F(virDomainCreate) F(virDomainDefineXMLFlags) F(virDomainDestroy) \
  F(virDomainFree) F(virDomainGetMetadata) F(virDomainGetName) F(virDomainGetState) \
  F(virDomainGetUUIDString) F(virDomainGetXMLDesc) F(virDomainInterfaceAddresses) \
  F(virDomainInterfaceFree) F(virDomainIsActive) F(virDomainLookupByUUIDString) F(virDomainPMWakeup) \
  F(virDomainResume) F(virDomainSetMetadata) F(virDomainShutdownFlags) F(virDomainSuspend) \
  F(virDomainUndefineFlags) F(virEventRegisterDefaultImpl) F(virEventRunDefaultImpl) \
  F(virGetLastError) F(virGetLastErrorCode) F(virGetLastErrorDomain) F(virInitialize) \
  F(virNetworkCreate) F(virNetworkDefineXMLFlags) F(virNetworkDestroy) F(virNetworkFree) \
  F(virNetworkGetName) F(virNetworkGetUUIDString) F(virNetworkGetXMLDesc) F(virNetworkIsActive) \
  F(virNetworkLookupByUUIDString) F(virNetworkSetAutostart) F(virNetworkUndefine) \
  F(virNetworkUpdate) F(virNodeGetFreeMemory) F(virNodeGetInfo) F(virNodeGetMemoryStats) \
  F(virSetErrorFunc) F(virStoragePoolBuild) F(virStoragePoolCreate) F(virStoragePoolDefineXML) \
  F(virStoragePoolDelete) F(virStoragePoolDestroy) F(virStoragePoolFree) \
  F(virStoragePoolGetInfo) F(virStoragePoolGetName) F(virStoragePoolGetUUIDString) \
  F(virStoragePoolGetXMLDesc) F(virStoragePoolIsActive) F(virStoragePoolListAllVolumes) \
  F(virStoragePoolLookupByName) F(virStoragePoolLookupByTargetPath) \
  F(virStoragePoolLookupByUUIDString) F(virStoragePoolRefresh) F(virStoragePoolSetAutostart) \
  F(virStoragePoolUndefine) F(virStorageVolCreateXML) F(virStorageVolDelete) \
  F(virStorageVolDownload) F(virStorageVolFree) F(virStorageVolGetInfo) F(virStorageVolGetName) \
  F(virStorageVolGetPath) F(virStorageVolGetXMLDesc) F(virStorageVolLookupByName) \
  F(virStorageVolUpload) F(virStreamAbort) F(virStreamFinish) F(virStreamFree) F(virStreamNew) \
  F(virStreamRecv) F(virStreamSend)

static struct {
#define DECLARE(name) __typeof__(name) *name;
  FUNCTIONS(DECLARE)
} libvirt;

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

// Takes over the thread's last error; returns -1 for the caller to return in turn.
static int failed(clv_error *error) {
  virErrorPtr last = libvirt.virGetLastError();
  memset(error, 0, sizeof *error);
  error->code = last ? last->code : VIR_ERR_INTERNAL_ERROR;
  error->domain = last ? last->domain : VIR_FROM_NONE;
  const char *message = last && last->message ? last->message : "libvirt gave no reason";
  strncpy(error->message, message, sizeof error->message - 1);
  return -1;
}

// For calls that answer 0 or more, -1 on failure.
static int number(int result, clv_error *error) { return result < 0 ? failed(error) : result; }

// For calls that answer a pointer, NULL on failure.
#define POINTER(call)                       \
  do {                                      \
    *out = (call);                          \
    return *out == NULL ? failed(error) : 0; \
  } while (0)

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
    failed(&preparation);
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
    return failed(error);
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
  // A driver that truly counts 0 bytes reports no error of its own; libvirt then makes one of no domain.
  return *out == 0 && libvirt.virGetLastErrorDomain() != VIR_FROM_NONE ? failed(error) : 0;
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

// Storage pools.

int clv_pools(virConnectPtr connection, virStoragePoolPtr **out, clv_error *error) {
  return number(libvirt.virConnectListAllStoragePools(connection, out, 0), error);
}

int clv_pool(
  virConnectPtr connection, const char *uuid, virStoragePoolPtr *out, clv_error *error) {
  POINTER(libvirt.virStoragePoolLookupByUUIDString(connection, uuid));
}

int clv_pool_by_name(
  virConnectPtr connection, const char *name, virStoragePoolPtr *out, clv_error *error) {
  POINTER(libvirt.virStoragePoolLookupByName(connection, name));
}

int clv_pool_by_path(
  virConnectPtr connection, const char *path, virStoragePoolPtr *out, clv_error *error) {
  POINTER(libvirt.virStoragePoolLookupByTargetPath(connection, path));
}

int clv_pool_define(
  virConnectPtr connection, const char *xml, virStoragePoolPtr *out, clv_error *error) {
  POINTER(libvirt.virStoragePoolDefineXML(connection, xml, VIR_STORAGE_POOL_DEFINE_VALIDATE));
}

const char *clv_pool_name(virStoragePoolPtr pool) { return libvirt.virStoragePoolGetName(pool); }

int clv_pool_uuid(virStoragePoolPtr pool, char *out, clv_error *error) {
  return number(libvirt.virStoragePoolGetUUIDString(pool, out), error);
}

int clv_pool_xml(virStoragePoolPtr pool, char **out, clv_error *error) {
  POINTER(libvirt.virStoragePoolGetXMLDesc(pool, 0));
}

int clv_pool_is_active(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolIsActive(pool), error);
}

int clv_pool_info(virStoragePoolPtr pool, virStoragePoolInfo *out, clv_error *error) {
  return number(libvirt.virStoragePoolGetInfo(pool, out), error);
}

int clv_pool_autostart(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolSetAutostart(pool, 1), error);
}

int clv_pool_build(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolBuild(pool, VIR_STORAGE_POOL_BUILD_NEW), error);
}

int clv_pool_start(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolCreate(pool, 0), error);
}

int clv_pool_refresh(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolRefresh(pool, 0), error);
}

int clv_pool_stop(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolDestroy(pool), error);
}

int clv_pool_delete(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolDelete(pool, VIR_STORAGE_POOL_DELETE_NORMAL), error);
}

int clv_pool_undefine(virStoragePoolPtr pool, clv_error *error) {
  return number(libvirt.virStoragePoolUndefine(pool), error);
}

void clv_pool_free(virStoragePoolPtr pool) { libvirt.virStoragePoolFree(pool); }

// Volumes and streams.

int clv_volumes(virStoragePoolPtr pool, virStorageVolPtr **out, clv_error *error) {
  return number(libvirt.virStoragePoolListAllVolumes(pool, out, 0), error);
}

int clv_volume(
  virStoragePoolPtr pool, const char *name, virStorageVolPtr *out, clv_error *error) {
  POINTER(libvirt.virStorageVolLookupByName(pool, name));
}

int clv_volume_create(
  virStoragePoolPtr pool, const char *xml, virStorageVolPtr *out, clv_error *error) {
  POINTER(libvirt.virStorageVolCreateXML(pool, xml, 0));
}

const char *clv_volume_name(virStorageVolPtr volume) { return libvirt.virStorageVolGetName(volume); }

int clv_volume_path(virStorageVolPtr volume, char **out, clv_error *error) {
  POINTER(libvirt.virStorageVolGetPath(volume));
}

int clv_volume_xml(virStorageVolPtr volume, char **out, clv_error *error) {
  POINTER(libvirt.virStorageVolGetXMLDesc(volume, 0));
}

int clv_volume_info(virStorageVolPtr volume, virStorageVolInfo *out, clv_error *error) {
  return number(libvirt.virStorageVolGetInfo(volume, out), error);
}

int clv_volume_delete(virStorageVolPtr volume, clv_error *error) {
  return number(libvirt.virStorageVolDelete(volume, VIR_STORAGE_VOL_DELETE_NORMAL), error);
}

void clv_volume_free(virStorageVolPtr volume) { libvirt.virStorageVolFree(volume); }

int clv_stream(virConnectPtr connection, virStreamPtr *out, clv_error *error) {
  POINTER(libvirt.virStreamNew(connection, 0));
}

int clv_stream_upload(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long length, clv_error *error) {
  return number(libvirt.virStorageVolUpload(volume, stream, 0, length, 0), error);
}

int clv_stream_download(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long offset, clv_error *error) {
  return number(libvirt.virStorageVolDownload(volume, stream, offset, 0, 0), error);
}

int clv_stream_send(
  virStreamPtr stream, const void *bytes, size_t count, clv_error *error) {
  return number(libvirt.virStreamSend(stream, bytes, count), error);
}

int clv_stream_receive(virStreamPtr stream, void *bytes, size_t count, clv_error *error) {
  return number(libvirt.virStreamRecv(stream, bytes, count), error);
}

int clv_stream_finish(virStreamPtr stream, clv_error *error) {
  return number(libvirt.virStreamFinish(stream), error);
}

void clv_stream_abort(virStreamPtr stream) { libvirt.virStreamAbort(stream); }

void clv_stream_free(virStreamPtr stream) { libvirt.virStreamFree(stream); }

// Domains.

int clv_domains(virConnectPtr connection, virDomainPtr **out, clv_error *error) {
  return number(libvirt.virConnectListAllDomains(connection, out, 0), error);
}

int clv_domain(virConnectPtr connection, const char *uuid, virDomainPtr *out, clv_error *error) {
  POINTER(libvirt.virDomainLookupByUUIDString(connection, uuid));
}

int clv_domain_define(
  virConnectPtr connection, const char *xml, virDomainPtr *out, clv_error *error) {
  POINTER(libvirt.virDomainDefineXMLFlags(connection, xml, VIR_DOMAIN_DEFINE_VALIDATE));
}

const char *clv_domain_name(virDomainPtr domain) { return libvirt.virDomainGetName(domain); }

int clv_domain_uuid(virDomainPtr domain, char *out, clv_error *error) {
  return number(libvirt.virDomainGetUUIDString(domain, out), error);
}

int clv_domain_state(virDomainPtr domain, int *reason, clv_error *error) {
  int state = 0;
  return libvirt.virDomainGetState(domain, &state, reason, 0) < 0 ? failed(error) : state;
}

int clv_domain_xml(virDomainPtr domain, char **out, clv_error *error) {
  POINTER(libvirt.virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE));
}

int clv_domain_metadata(virDomainPtr domain, const char *uri, char **out, clv_error *error) {
  POINTER(libvirt.virDomainGetMetadata(
    domain, VIR_DOMAIN_METADATA_ELEMENT, uri, VIR_DOMAIN_AFFECT_CURRENT));
}

int clv_domain_set_metadata(
  virDomainPtr domain, const char *xml, const char *prefix, const char *uri, clv_error *error) {
  int active = libvirt.virDomainIsActive(domain);
  if (active < 0) return failed(error);
  unsigned flags = VIR_DOMAIN_AFFECT_CONFIG | (active ? VIR_DOMAIN_AFFECT_LIVE : 0);
  return number(
    libvirt.virDomainSetMetadata(
      domain, VIR_DOMAIN_METADATA_ELEMENT, xml, prefix, uri, flags),
    error);
}

int clv_domain_start(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainCreate(domain), error);
}

int clv_domain_resume(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainResume(domain), error);
}

int clv_domain_wake(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainPMWakeup(domain, 0), error);
}

int clv_domain_suspend(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainSuspend(domain), error);
}

int clv_domain_shutdown(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_DEFAULT), error);
}

int clv_domain_destroy(virDomainPtr domain, clv_error *error) {
  return number(libvirt.virDomainDestroy(domain), error);
}

int clv_domain_undefine(virDomainPtr domain, clv_error *error) {
  unsigned flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
  int result = libvirt.virDomainUndefineFlags(
    domain, flags | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA);
  // A driver without checkpoints knows no flag for them.
  if (result < 0 && libvirt.virGetLastErrorCode() == VIR_ERR_INVALID_ARG)
    result = libvirt.virDomainUndefineFlags(domain, flags);
  return number(result, error);
}

int clv_domain_addresses(
  virDomainPtr domain, unsigned int source, void *context,
  void (*found)(void *context, const char *address), clv_error *error) {
  virDomainInterfacePtr *interfaces = NULL;
  int count = libvirt.virDomainInterfaceAddresses(domain, &interfaces, source, 0);
  if (count < 0) return failed(error);
  for (int i = 0; i < count; i++) {
    for (unsigned int j = 0; j < interfaces[i]->naddrs; j++) {
      if (interfaces[i]->addrs[j].type == VIR_IP_ADDR_TYPE_IPV4) {
        found(context, interfaces[i]->addrs[j].addr);
      }
    }
    libvirt.virDomainInterfaceFree(interfaces[i]);
  }
  free(interfaces);
  return 0;
}

void clv_domain_free(virDomainPtr domain) { libvirt.virDomainFree(domain); }
