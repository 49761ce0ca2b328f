#include "Loaded.h"

#include <stdlib.h>
#include <string.h>

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
  return libvirt.virDomainGetState(domain, &state, reason, 0) < 0 ? clv_failed(error) : state;
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
  if (active < 0) return clv_failed(error);
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
  if (count < 0) return clv_failed(error);
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
