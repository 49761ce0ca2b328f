public import ArgumentParser
public import DCOSForgeCore

extension Stage: ExpressibleByArgument {}

extension NodeRole: ExpressibleByArgument {}
