// libvirt's API as dcosforge calls it.
//
// Every function that can fail returns a negative number, and before it returns copies libvirt's
// thread-local last error into the caller's `clv_error`, so that no later call or change of thread
// can replace it. Its result must be used. Strings that come back through `char **` are released
// with `clv_free`, handles with their own `clv_*_free`.
#ifndef CLIBVIRT_H
#define CLIBVIRT_H

#include <libvirt/libvirt.h>
#include <libvirt/virterror.h>

#define CLV_CHECKED __attribute__((warn_unused_result))

/// A copy of libvirt's last error.
typedef struct clv_error {
  int code;    // virErrorNumber
  int domain;  // virErrorDomain
  char message[1024];
} clv_error;

/// Prepares the library once per process: silences libvirt's own printing of errors and starts the
/// thread that drives keepalive messages.
CLV_CHECKED int clv_prepare(clv_error *error);
/// Releases a string or an array of handles.
void clv_free(void *memory);

// Connections.
CLV_CHECKED int clv_open(const char *uri, virConnectPtr *out, clv_error *error);
void clv_close(virConnectPtr connection);
CLV_CHECKED int clv_is_alive(virConnectPtr connection);
/// Probes the peer every `interval` seconds and breaks the connection after `count` silent ones;
/// transports without a peer ignore it.
void clv_keep_alive(virConnectPtr connection, int interval, unsigned count);
CLV_CHECKED int clv_hostname(virConnectPtr connection, char **out, clv_error *error);
CLV_CHECKED int clv_versions(
  virConnectPtr connection, const char **type, unsigned long *hypervisor, unsigned long *library,
  clv_error *error);
CLV_CHECKED int clv_node_info(virConnectPtr connection, virNodeInfo *out, clv_error *error);
/// Bytes of memory that are free or only cache; plain free memory where a driver has no statistics.
CLV_CHECKED int clv_available_memory(
  virConnectPtr connection, unsigned long long *out, clv_error *error);
CLV_CHECKED int clv_capabilities(virConnectPtr connection, char **out, clv_error *error);
CLV_CHECKED int clv_domain_capabilities(
  virConnectPtr connection, const char *type, char **out, clv_error *error);
/// The given CPU definition with every feature of its model written out.
CLV_CHECKED int clv_expanded_cpu(
  virConnectPtr connection, const char *cpu, char **out, clv_error *error);

// Networks.
CLV_CHECKED int clv_networks(virConnectPtr connection, virNetworkPtr **out, clv_error *error);
CLV_CHECKED int clv_network(
  virConnectPtr connection, const char *uuid, virNetworkPtr *out, clv_error *error);
/// Defines after validation against libvirt's schema.
CLV_CHECKED int clv_network_define(
  virConnectPtr connection, const char *xml, virNetworkPtr *out, clv_error *error);
const char *clv_network_name(virNetworkPtr network);
CLV_CHECKED int clv_network_uuid(virNetworkPtr network, char *out, clv_error *error);
CLV_CHECKED int clv_network_xml(virNetworkPtr network, char **out, clv_error *error);
CLV_CHECKED int clv_network_is_active(virNetworkPtr network, clv_error *error);
CLV_CHECKED int clv_network_autostart(virNetworkPtr network, clv_error *error);
CLV_CHECKED int clv_network_start(virNetworkPtr network, clv_error *error);
CLV_CHECKED int clv_network_stop(virNetworkPtr network, clv_error *error);
CLV_CHECKED int clv_network_undefine(virNetworkPtr network, clv_error *error);
/// Changes the running network only.
CLV_CHECKED int clv_network_update(
  virNetworkPtr network, virNetworkUpdateCommand command, virNetworkUpdateSection section,
  const char *xml, clv_error *error);
void clv_network_free(virNetworkPtr network);

// Storage pools.
CLV_CHECKED int clv_pools(virConnectPtr connection, virStoragePoolPtr **out, clv_error *error);
CLV_CHECKED int clv_pool(
  virConnectPtr connection, const char *uuid, virStoragePoolPtr *out, clv_error *error);
CLV_CHECKED int clv_pool_by_name(
  virConnectPtr connection, const char *name, virStoragePoolPtr *out, clv_error *error);
CLV_CHECKED int clv_pool_by_path(
  virConnectPtr connection, const char *path, virStoragePoolPtr *out, clv_error *error);
/// Defines after validation against libvirt's schema.
CLV_CHECKED int clv_pool_define(
  virConnectPtr connection, const char *xml, virStoragePoolPtr *out, clv_error *error);
const char *clv_pool_name(virStoragePoolPtr pool);
CLV_CHECKED int clv_pool_uuid(virStoragePoolPtr pool, char *out, clv_error *error);
CLV_CHECKED int clv_pool_xml(virStoragePoolPtr pool, char **out, clv_error *error);
CLV_CHECKED int clv_pool_is_active(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_info(virStoragePoolPtr pool, virStoragePoolInfo *out, clv_error *error);
CLV_CHECKED int clv_pool_autostart(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_build(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_start(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_refresh(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_stop(virStoragePoolPtr pool, clv_error *error);
/// Removes the pool's folder, which must be empty.
CLV_CHECKED int clv_pool_delete(virStoragePoolPtr pool, clv_error *error);
CLV_CHECKED int clv_pool_undefine(virStoragePoolPtr pool, clv_error *error);
void clv_pool_free(virStoragePoolPtr pool);

// Volumes and streams.
CLV_CHECKED int clv_volumes(virStoragePoolPtr pool, virStorageVolPtr **out, clv_error *error);
CLV_CHECKED int clv_volume(
  virStoragePoolPtr pool, const char *name, virStorageVolPtr *out, clv_error *error);
CLV_CHECKED int clv_volume_create(
  virStoragePoolPtr pool, const char *xml, virStorageVolPtr *out, clv_error *error);
const char *clv_volume_name(virStorageVolPtr volume);
CLV_CHECKED int clv_volume_path(virStorageVolPtr volume, char **out, clv_error *error);
CLV_CHECKED int clv_volume_xml(virStorageVolPtr volume, char **out, clv_error *error);
CLV_CHECKED int clv_volume_info(virStorageVolPtr volume, virStorageVolInfo *out, clv_error *error);
CLV_CHECKED int clv_volume_delete(virStorageVolPtr volume, clv_error *error);
void clv_volume_free(virStorageVolPtr volume);

CLV_CHECKED int clv_stream(virConnectPtr connection, virStreamPtr *out, clv_error *error);
/// Connects the stream to the whole volume for writing `length` bytes.
CLV_CHECKED int clv_stream_upload(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long length, clv_error *error);
/// Connects the stream to the volume for reading from `offset` to its end.
CLV_CHECKED int clv_stream_download(
  virStreamPtr stream, virStorageVolPtr volume, unsigned long long offset, clv_error *error);
/// The number of bytes taken, which may be less than `count`.
CLV_CHECKED int clv_stream_send(
  virStreamPtr stream, const void *bytes, size_t count, clv_error *error);
/// The number of bytes read; 0 at the end.
CLV_CHECKED int clv_stream_receive(
  virStreamPtr stream, void *bytes, size_t count, clv_error *error);
/// Waits for the other side to have everything.
CLV_CHECKED int clv_stream_finish(virStreamPtr stream, clv_error *error);
void clv_stream_abort(virStreamPtr stream);
void clv_stream_free(virStreamPtr stream);

// Domains.
CLV_CHECKED int clv_domains(virConnectPtr connection, virDomainPtr **out, clv_error *error);
CLV_CHECKED int clv_domain(
  virConnectPtr connection, const char *uuid, virDomainPtr *out, clv_error *error);
/// Defines after validation against libvirt's schema.
CLV_CHECKED int clv_domain_define(
  virConnectPtr connection, const char *xml, virDomainPtr *out, clv_error *error);
const char *clv_domain_name(virDomainPtr domain);
CLV_CHECKED int clv_domain_uuid(virDomainPtr domain, char *out, clv_error *error);
CLV_CHECKED int clv_domain_state(virDomainPtr domain, int *reason, clv_error *error);
CLV_CHECKED int clv_domain_xml(virDomainPtr domain, char **out, clv_error *error);
/// The metadata element of the namespace in the persistent definition.
CLV_CHECKED int clv_domain_metadata(
  virDomainPtr domain, const char *uri, char **out, clv_error *error);
/// Replaces the metadata element of the namespace; `xml` is without it, `prefix` is what it then
/// has.
CLV_CHECKED int clv_domain_set_metadata(
  virDomainPtr domain, const char *xml, const char *prefix, const char *uri, clv_error *error);
CLV_CHECKED int clv_domain_start(virDomainPtr domain, clv_error *error);
CLV_CHECKED int clv_domain_resume(virDomainPtr domain, clv_error *error);
CLV_CHECKED int clv_domain_wake(virDomainPtr domain, clv_error *error);
CLV_CHECKED int clv_domain_suspend(virDomainPtr domain, clv_error *error);
CLV_CHECKED int clv_domain_destroy(virDomainPtr domain, clv_error *error);
/// Undefines with managed save and the metadata of snapshots and checkpoints.
CLV_CHECKED int clv_domain_undefine(virDomainPtr domain, clv_error *error);
/// Calls `found` with each IPv4 address that the source (`virDomainInterfaceAddressesSource`)
/// knows.
CLV_CHECKED int clv_domain_addresses(
  virDomainPtr domain, unsigned int source, void *context,
  void (*found)(void *context, const char *address), clv_error *error);
void clv_domain_free(virDomainPtr domain);

#endif
