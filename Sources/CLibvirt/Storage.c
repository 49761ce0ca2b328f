#include "Loaded.h"

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

const char *clv_volume_name(virStorageVolPtr volume) {
  return libvirt.virStorageVolGetName(volume);
}

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
