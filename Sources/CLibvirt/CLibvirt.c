#include "CLibvirt.h"

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

// Takes over the thread's last error; returns -1 for the caller to return in turn.
static int failed(clv_error *error) {
  virErrorPtr last = virGetLastError();
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
  while (virEventRunDefaultImpl() == 0) {
  }
  return NULL;
}

static void prepare(void) {
  // libvirt writes to its socket without MSG_NOSIGNAL: a libvirtd that ends would end us too.
  signal(SIGPIPE, SIG_IGN);
  virSetErrorFunc(NULL, stay_silent);
  if (virInitialize() < 0 || virEventRegisterDefaultImpl() < 0) {
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
  POINTER(virConnectOpen(uri));
}

void clv_close(virConnectPtr connection) { virConnectClose(connection); }

int clv_is_alive(virConnectPtr connection) { return virConnectIsAlive(connection) == 1; }

void clv_keep_alive(virConnectPtr connection, int interval, unsigned count) {
  virConnectSetKeepAlive(connection, interval, count);
}

int clv_hostname(virConnectPtr connection, char **out, clv_error *error) {
  POINTER(virConnectGetHostname(connection));
}

int clv_versions(
  virConnectPtr connection, const char **type, unsigned long *hypervisor, unsigned long *library,
  clv_error *error) {
  *type = virConnectGetType(connection);
  if (*type == NULL || virConnectGetVersion(connection, hypervisor) < 0) return failed(error);
  return number(virConnectGetLibVersion(connection, library), error);
}

int clv_node_info(virConnectPtr connection, virNodeInfo *out, clv_error *error) {
  return number(virNodeGetInfo(connection, out), error);
}

int clv_available_memory(virConnectPtr connection, unsigned long long *out, clv_error *error) {
  virNodeMemoryStats stats[16];
  int count = 0;
  *out = 0;
  if (virNodeGetMemoryStats(connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, NULL, &count, 0) == 0
      && count > 0 && count <= 16
      && virNodeGetMemoryStats(
           connection, VIR_NODE_MEMORY_STATS_ALL_CELLS, stats, &count, 0) == 0) {
    for (int i = 0; i < count; i++) {
      if (strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_FREE) == 0
          || strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_BUFFERS) == 0
          || strcmp(stats[i].field, VIR_NODE_MEMORY_STATS_CACHED) == 0)
        *out += stats[i].value * 1024;  // libvirt counts kibibytes
    }
    if (*out > 0) return 0;
  }
  *out = virNodeGetFreeMemory(connection);
  // A driver that truly counts 0 bytes reports no error of its own; libvirt then makes one of no domain.
  return *out == 0 && virGetLastErrorDomain() != VIR_FROM_NONE ? failed(error) : 0;
}

int clv_capabilities(virConnectPtr connection, char **out, clv_error *error) {
  POINTER(virConnectGetCapabilities(connection));
}

int clv_domain_capabilities(
  virConnectPtr connection, const char *type, char **out, clv_error *error) {
  POINTER(virConnectGetDomainCapabilities(connection, NULL, NULL, NULL, type, 0));
}

int clv_expanded_cpu(virConnectPtr connection, const char *cpu, char **out, clv_error *error) {
  POINTER(virConnectBaselineCPU(connection, &cpu, 1, VIR_CONNECT_BASELINE_CPU_EXPAND_FEATURES));
}

// Networks.

int clv_networks(virConnectPtr connection, virNetworkPtr **out, clv_error *error) {
  return number(virConnectListAllNetworks(connection, out, 0), error);
}

int clv_network(
  virConnectPtr connection, const char *uuid, virNetworkPtr *out, clv_error *error) {
  POINTER(virNetworkLookupByUUIDString(connection, uuid));
}

int clv_network_define(
  virConnectPtr connection, const char *xml, virNetworkPtr *out, clv_error *error) {
  POINTER(virNetworkDefineXMLFlags(connection, xml, VIR_NETWORK_DEFINE_VALIDATE));
}

const char *clv_network_name(virNetworkPtr network) { return virNetworkGetName(network); }

int clv_network_uuid(virNetworkPtr network, char *out, clv_error *error) {
  return number(virNetworkGetUUIDString(network, out), error);
}

int clv_network_xml(virNetworkPtr network, char **out, clv_error *error) {
  POINTER(virNetworkGetXMLDesc(network, 0));
}

int clv_network_is_active(virNetworkPtr network, clv_error *error) {
  return number(virNetworkIsActive(network), error);
}

int clv_network_autostart(virNetworkPtr network, clv_error *error) {
  return number(virNetworkSetAutostart(network, 1), error);
}

int clv_network_start(virNetworkPtr network, clv_error *error) {
  return number(virNetworkCreate(network), error);
}

int clv_network_stop(virNetworkPtr network, clv_error *error) {
  return number(virNetworkDestroy(network), error);
}

int clv_network_undefine(virNetworkPtr network, clv_error *error) {
  return number(virNetworkUndefine(network), error);
}

int clv_network_update(
  virNetworkPtr network, virNetworkUpdateCommand command, virNetworkUpdateSection section,
  const char *xml, clv_error *error) {
  return number(
    virNetworkUpdate(network, command, section, -1, xml, VIR_NETWORK_UPDATE_AFFECT_LIVE), error);
}

void clv_network_free(virNetworkPtr network) { virNetworkFree(network); }

// Storage pools.

int clv_pools(virConnectPtr connection, virStoragePoolPtr **out, clv_error *error) {
  return number(virConnectListAllStoragePools(connection, out, 0), error);
}

int clv_pool(
  virConnectPtr connection, const char *uuid, virStoragePoolPtr *out, clv_error *error) {
  POINTER(virStoragePoolLookupByUUIDString(connection, uuid));
}

int clv_pool_by_name(
  virConnectPtr connection, const char *name, virStoragePoolPtr *out, clv_error *error) {
  POINTER(virStoragePoolLookupByName(connection, name));
}

int clv_pool_by_path(
  virConnectPtr connection, const char *path, virStoragePoolPtr *out, clv_error *error) {
  POINTER(virStoragePoolLookupByTargetPath(connection, path));
}

int clv_pool_define(
  virConnectPtr connection, const char *xml, virStoragePoolPtr *out, clv_error *error) {
  POINTER(virStoragePoolDefineXML(connection, xml, VIR_STORAGE_POOL_DEFINE_VALIDATE));
}

const char *clv_pool_name(virStoragePoolPtr pool) { return virStoragePoolGetName(pool); }

int clv_pool_uuid(virStoragePoolPtr pool, char *out, clv_error *error) {
  return number(virStoragePoolGetUUIDString(pool, out), error);
}

int clv_pool_xml(virStoragePoolPtr pool, char **out, clv_error *error) {
  POINTER(virStoragePoolGetXMLDesc(pool, 0));
}

int clv_pool_is_active(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolIsActive(pool), error);
}

int clv_pool_info(virStoragePoolPtr pool, virStoragePoolInfo *out, clv_error *error) {
  return number(virStoragePoolGetInfo(pool, out), error);
}

int clv_pool_autostart(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolSetAutostart(pool, 1), error);
}

int clv_pool_build(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolBuild(pool, VIR_STORAGE_POOL_BUILD_NEW), error);
}

int clv_pool_start(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolCreate(pool, 0), error);
}

int clv_pool_refresh(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolRefresh(pool, 0), error);
}

int clv_pool_stop(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolDestroy(pool), error);
}

int clv_pool_delete(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolDelete(pool, VIR_STORAGE_POOL_DELETE_NORMAL), error);
}

int clv_pool_undefine(virStoragePoolPtr pool, clv_error *error) {
  return number(virStoragePoolUndefine(pool), error);
}

void clv_pool_free(virStoragePoolPtr pool) { virStoragePoolFree(pool); }

// Volumes and streams.

int clv_volumes(virStoragePoolPtr pool, virStorageVolPtr **out, clv_error *error) {
  return number(virStoragePoolListAllVolumes(pool, out, 0), error);
}

int clv_volume(
  virStoragePoolPtr pool, const char *name, virStorageVolPtr *out, clv_error *error) {
  POINTER(virStorageVolLookupByName(pool, name));
}

int clv_volume_create(
  virStoragePoolPtr pool, const char *xml, virStorageVolPtr *out, clv_error *error) {
  POINTER(virStorageVolCreateXML(pool, xml, 0));
}

const char *clv_volume_name(virStorageVolPtr volume) { return virStorageVolGetName(volume); }

int clv_volume_path(virStorageVolPtr volume, char **out, clv_error *error) {
  POINTER(virStorageVolGetPath(volume));
}

int clv_volume_xml(virStorageVolPtr volume, char **out, clv_error *error) {
  POINTER(virStorageVolGetXMLDesc(volume, 0));
}

int clv_volume_info(virStorageVolPtr volume, virStorageVolInfo *out, clv_error *error) {
  return number(virStorageVolGetInfo(volume, out), error);
}

int clv_volume_delete(virStorageVolPtr volume, clv_error *error) {
  return number(virStorageVolDelete(volume, VIR_STORAGE_VOL_DELETE_NORMAL), error);
}

void clv_volume_free(virStorageVolPtr volume) { virStorageVolFree(volume); }

int clv_stream(virConnectPtr connection, virStreamPtr *out, clv_error *error) {
  POINTER(virStreamNew(connection, 0));
}

int clv_stream_upload(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long length, clv_error *error) {
  return number(virStorageVolUpload(volume, stream, 0, length, 0), error);
}

int clv_stream_download(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long offset, clv_error *error) {
  return number(virStorageVolDownload(volume, stream, offset, 0, 0), error);
}

int clv_stream_send(
  virStreamPtr stream, const void *bytes, size_t count, clv_error *error) {
  return number(virStreamSend(stream, bytes, count), error);
}

int clv_stream_receive(virStreamPtr stream, void *bytes, size_t count, clv_error *error) {
  return number(virStreamRecv(stream, bytes, count), error);
}

int clv_stream_finish(virStreamPtr stream, clv_error *error) {
  return number(virStreamFinish(stream), error);
}

void clv_stream_abort(virStreamPtr stream) { virStreamAbort(stream); }

void clv_stream_free(virStreamPtr stream) { virStreamFree(stream); }

// Domains.

int clv_domains(virConnectPtr connection, virDomainPtr **out, clv_error *error) {
  return number(virConnectListAllDomains(connection, out, 0), error);
}

int clv_domain(virConnectPtr connection, const char *uuid, virDomainPtr *out, clv_error *error) {
  POINTER(virDomainLookupByUUIDString(connection, uuid));
}

int clv_domain_define(
  virConnectPtr connection, const char *xml, virDomainPtr *out, clv_error *error) {
  POINTER(virDomainDefineXMLFlags(connection, xml, VIR_DOMAIN_DEFINE_VALIDATE));
}

const char *clv_domain_name(virDomainPtr domain) { return virDomainGetName(domain); }

int clv_domain_uuid(virDomainPtr domain, char *out, clv_error *error) {
  return number(virDomainGetUUIDString(domain, out), error);
}

int clv_domain_state(virDomainPtr domain, int *reason, clv_error *error) {
  int state = 0;
  return virDomainGetState(domain, &state, reason, 0) < 0 ? failed(error) : state;
}

int clv_domain_xml(virDomainPtr domain, char **out, clv_error *error) {
  POINTER(virDomainGetXMLDesc(domain, VIR_DOMAIN_XML_INACTIVE));
}

int clv_domain_metadata(virDomainPtr domain, const char *uri, char **out, clv_error *error) {
  POINTER(virDomainGetMetadata(
    domain, VIR_DOMAIN_METADATA_ELEMENT, uri, VIR_DOMAIN_AFFECT_CURRENT));
}

int clv_domain_set_metadata(
  virDomainPtr domain, const char *xml, const char *prefix, const char *uri, clv_error *error) {
  return number(
    virDomainSetMetadata(
      domain, VIR_DOMAIN_METADATA_ELEMENT, xml, prefix, uri, VIR_DOMAIN_AFFECT_CURRENT),
    error);
}

int clv_domain_start(virDomainPtr domain, clv_error *error) {
  return number(virDomainCreate(domain), error);
}

int clv_domain_resume(virDomainPtr domain, clv_error *error) {
  return number(virDomainResume(domain), error);
}

int clv_domain_wake(virDomainPtr domain, clv_error *error) {
  return number(virDomainPMWakeup(domain, 0), error);
}

int clv_domain_suspend(virDomainPtr domain, clv_error *error) {
  return number(virDomainSuspend(domain), error);
}

int clv_domain_shutdown(virDomainPtr domain, clv_error *error) {
  return number(virDomainShutdownFlags(domain, VIR_DOMAIN_SHUTDOWN_DEFAULT), error);
}

int clv_domain_destroy(virDomainPtr domain, clv_error *error) {
  return number(virDomainDestroy(domain), error);
}

int clv_domain_undefine(virDomainPtr domain, clv_error *error) {
  unsigned flags = VIR_DOMAIN_UNDEFINE_MANAGED_SAVE | VIR_DOMAIN_UNDEFINE_SNAPSHOTS_METADATA;
  int result = virDomainUndefineFlags(domain, flags | VIR_DOMAIN_UNDEFINE_CHECKPOINTS_METADATA);
  // A driver without checkpoints knows no flag for them.
  if (result < 0 && virGetLastErrorCode() == VIR_ERR_INVALID_ARG)
    result = virDomainUndefineFlags(domain, flags);
  return number(result, error);
}

int clv_domain_addresses(
  virDomainPtr domain, unsigned int source, void *context,
  void (*found)(void *context, const char *address), clv_error *error) {
  virDomainInterfacePtr *interfaces = NULL;
  int count = virDomainInterfaceAddresses(domain, &interfaces, source, 0);
  if (count < 0) return failed(error);
  for (int i = 0; i < count; i++) {
    for (unsigned int j = 0; j < interfaces[i]->naddrs; j++) {
      if (interfaces[i]->addrs[j].type == VIR_IP_ADDR_TYPE_IPV4) {
        found(context, interfaces[i]->addrs[j].addr);
      }
    }
    virDomainInterfaceFree(interfaces[i]);
  }
  free(interfaces);
  return 0;
}

void clv_domain_free(virDomainPtr domain) { virDomainFree(domain); }
