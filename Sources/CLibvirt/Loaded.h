// What the files of this shim share: libvirt's functions once they are loaded, and its errors.
#pragma once

#include "CLibvirt.h"

#include <stddef.h>

// libvirt is loaded when a command first needs it. Its 44 libraries would be half of the time of a
// command that needs none of it, such as `validate`, which also runs on a machine without libvirt.
#define FUNCTIONS(F) \
  F(virConnectBaselineCPU) F(virConnectClose) F(virConnectGetCapabilities) \
  F(virConnectGetDomainCapabilities) F(virConnectGetHostname) F(virConnectGetLibVersion) \
  F(virConnectGetType) F(virConnectGetVersion) F(virConnectIsAlive) F(virConnectListAllDomains) \
  F(virConnectListAllNetworks) F(virConnectListAllStoragePools) F(virConnectOpen) \
  F(virConnectSetKeepAlive) F(virDomainCreate) F(virDomainDefineXMLFlags) F(virDomainDestroy) \
  F(virDomainFree) F(virDomainGetMetadata) F(virDomainGetName) F(virDomainGetState) \
  F(virDomainGetUUIDString) F(virDomainGetXMLDesc) F(virDomainInterfaceAddresses) \
  F(virDomainInterfaceFree) F(virDomainIsActive) F(virDomainLookupByUUIDString) \
  F(virDomainPMWakeup) F(virDomainResume) F(virDomainSetMetadata) F(virDomainSuspend) \
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

struct clv_functions {
#define DECLARE(name) __typeof__(name) *name;
  FUNCTIONS(DECLARE)
#undef DECLARE
};
extern struct clv_functions libvirt;

// Takes over the thread's last error; returns -1 for the caller to return in turn.
int clv_failed(clv_error *error);

// For calls that answer 0 or more, -1 on failure.
static inline int number(int result, clv_error *error) {
  return result < 0 ? clv_failed(error) : result;
}

// For calls that answer a pointer, NULL on failure.
#define POINTER(call)                            \
  do {                                           \
    *out = (call);                               \
    return *out == NULL ? clv_failed(error) : 0; \
  } while (0)
